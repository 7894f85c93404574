//! Sequences of calls of the C ABI, as a careless program makes them that still keeps what only it
//! can keep: nothing is written but what the header says, and tables with any bytes give ids of
//! their words or are refused.
#![no_main]
#![allow(unsafe_code, reason = "the functions are C's; what their header asks is kept here")]

use core::ffi::c_void;
use core::ptr::{self, null_mut};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use rand_core::Rng as _;
use w2v_c::choice::{Dispatch, w2v_choose};
use w2v_c::huffman::{Path, W2V_MAX_CODE_LENGTH, w2v_huffman_build, w2v_huffman_path};
use w2v_c::matrix::{Matrix, w2v_initial_rows, w2v_matrix_size};
use w2v_c::rng::{Rng, w2v_rng_at};
use w2v_c::status::Status;
use w2v_c::step::{Step, w2v_gather, w2v_hierarchical_softmax, w2v_negative_sampling, w2v_scatter, w2v_softmax};
use w2v_c::train::{Progress, Trainer, w2v_train};
use w2v_c::unigram::{w2v_keep_shares, w2v_unigram_build, w2v_unigram_draw};
use w2v_core::rng::{SplitMix64, below};
use w2v_fuzz::arena::{Arena, Place};

#[derive(Arbitrary, Debug)]
enum Call {
    Choose(u8, u8),
    Flip(Place, u16),
    Copy(Place, Place),
    Build { tree: bool, table: Place, scratch: Place, words: u8, exponent: i8 },
    Draw { table: Place, targets: u8, count: u8 },
    Path(Place, u8),
    Initial { matrix: Rows, first: u8, count: u8 },
    Sample { of: Both, pairs: u8, negatives: u8 },
    Walk { of: Both, pairs: u8, nodes: u8, code: u64 },
    Softmax { of: Both, hidden_row: u8, target: u8, scratch: Place },
    Cbow { scatter: bool, input: Rows, hidden: Rows, row: u8, context: u8, gradient: u8 },
    Train(Box<Training>),
}

/// A matrix.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct Rows {
    place: Place,
    rows: u8,
    dim: u8,
}

/// The matrices of a step, and the rest of its settings.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct Both {
    hidden: Rows,
    output: Rows,
    learning_rate: f32,
    then: u8,
}

#[derive(Arbitrary, Debug)]
struct Training {
    of: Both,
    architecture: u8,
    objective: u8,
    gradient: u8,
    window: u8,
    negatives: u8,
    table: Place,
    scratch: Place,
    keep: bool,
    own: bool,
    length: u8,
}

/// What a program has.
struct Program {
    arena: Arena,
    dispatch: Dispatch,
    random: SplitMix64,
    rng: Rng,
}

extern "C" fn next(context: *mut c_void) -> u64 {
    // SAFETY: the program's own generator, which nothing else uses meanwhile.
    unsafe { (*context.cast::<SplitMix64>()).next_u64() }
}

impl Program {
    /// Ids below `rows`, or now and then the first beyond.
    fn ids(&mut self, rows: usize, count: u8) -> Vec<u32> {
        let beyond = u32::from(self.random.next_u32().is_multiple_of(16));
        (0..count % 64).map(|_| below(self.random.next_u32(), rows as u32 + beyond)).collect()
    }

    /// As many rows as the place has memory for, at most: no call can find out that there are not
    /// as many.
    fn matrix(&mut self, Rows { place, rows, dim }: Rows) -> Matrix {
        let (numbers, size) = self.arena.find::<f32>(place);
        let (mut rows, dim) = (usize::from(rows % 40), usize::from(dim % 70));
        while !numbers.is_null() && w2v_matrix_size(rows, dim) > size {
            rows -= 1;
        }
        Matrix { numbers, rows, dim }
    }

    fn step(&mut self, Both { hidden, output, learning_rate, then }: Both) -> Step {
        let (hidden, output) = (self.matrix(hidden), self.matrix(output));
        Step { dispatch: self.dispatch, hidden, output, learning_rate, then: u32::from(then % 3) }
    }

    /// Makes a call, which writes the places of `written` at most, and nothing if its status is one
    /// of `clean`.
    fn call(&mut self, written: &[(usize, usize)], clean: fn(Status) -> bool, call: impl FnOnce() -> Status) {
        let before = self.arena.clone();
        let status = call();
        self.arena.assert_unchanged_but(&before, if clean(status) { &[] } else { written });
    }

    fn run(&mut self, call: Call) {
        match call {
            Call::Choose(backend, arithmetic) => {
                // SAFETY: a place for the result.
                unsafe { w2v_choose((backend % 7).into(), (arithmetic % 4).into(), &mut self.dispatch) };
            }
            Call::Flip(place, bit) => self.arena.flip(place, bit.into()),
            Call::Copy(from, to) => self.arena.copy(from, to),
            Call::Build { tree, table, scratch, words, exponent } => self.build(tree, table, scratch, words, exponent),
            Call::Draw { table, targets, count } => self.draw(table, targets, count),
            Call::Path(table, word) => self.path(table, word.into()),
            Call::Initial { matrix, first, count } => {
                let matrix = self.matrix(matrix);
                // SAFETY: the matrix is there.
                self.call(&[bytes(&matrix)], failed, || unsafe {
                    w2v_initial_rows(&matrix, (first % 40).into(), (count % 40).into(), 7)
                });
            }
            Call::Sample { of, pairs, negatives } => {
                let step = self.step(of);
                let (rows, targets) = (self.ids(step.hidden.rows, 8), self.ids(step.output.rows, 8));
                let (negatives, mut loss) = (self.ids(step.output.rows, negatives), 0.0);
                let pairs = usize::from(pairs % 9);
                // SAFETY: both matrices are there, and the lists.
                self.call(&both(&step), failed, || unsafe {
                    let (negatives, count) = (negatives.as_ptr(), negatives.len());
                    w2v_negative_sampling(&step, rows.as_ptr(), targets.as_ptr(), pairs, negatives, count, &mut loss)
                });
            }
            Call::Walk { of, pairs, nodes, code } => {
                let step = self.step(of);
                let (rows, nodes) = (self.ids(step.hidden.rows, 8), self.ids(step.output.rows, nodes));
                let pairs = usize::from(pairs % 9);
                // SAFETY: both matrices are there, and the lists.
                self.call(&both(&step), failed, || unsafe {
                    let (nodes, count) = (nodes.as_ptr(), nodes.len());
                    w2v_hierarchical_softmax(&step, rows.as_ptr(), pairs, nodes, count, code, null_mut())
                });
            }
            Call::Softmax { of, hidden_row, target, scratch } => {
                let (step, (scratch, size)) = (self.step(of), self.arena.find::<c_void>(scratch));
                let [hidden, output] = both(&step);
                // SAFETY: both matrices are there, and the scratch.
                self.call(
                    &[hidden, output, (scratch.addr(), size)],
                    |_| false,
                    || unsafe { w2v_softmax(&step, hidden_row.into(), target.into(), scratch, size, null_mut()) },
                );
            }
            Call::Cbow { scatter, input, hidden, row, context, gradient } => {
                let (input, hidden, dispatch) = (self.matrix(input), self.matrix(hidden), self.dispatch);
                let (context, row) = (self.ids(input.rows, context), u32::from(row % 40));
                let (list, count) = (context.as_ptr(), context.len());
                let partly = |status| failed(status) && status != Status::Row;
                let written = [bytes(if scatter { &input } else { &hidden })];
                // SAFETY: both matrices are there, and the list.
                self.call(&written, partly, || unsafe {
                    if scatter {
                        w2v_scatter(dispatch, &input, list, count, &hidden, row, (gradient % 3).into())
                    } else {
                        w2v_gather(dispatch, &input, list, count, &hidden, row)
                    }
                });
            }
            Call::Train(training) => self.train(&training),
        }
    }

    /// A distribution or a tree.
    fn build(&mut self, tree: bool, table: Place, scratch: Place, words: u8, exponent: i8) {
        let (memory, size) = self.arena.find::<c_void>(table);
        let (scratch, scratch_size) = self.arena.find::<c_void>(scratch);
        let mut counts: Vec<u64> = (0..words).map(|_| 1 << below(self.random.next_u32(), 40)).collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let (list, words) = (counts.as_ptr(), counts.len());
        let written = [(memory.addr(), size), (scratch.addr(), if tree { scratch_size } else { 0 })];
        // SAFETY: the table's memory is there, and the scratch.
        self.call(
            &written,
            |_| false,
            || unsafe {
                if tree {
                    w2v_huffman_build(memory.cast(), size, scratch, scratch_size, list, words)
                } else {
                    w2v_unigram_build(memory.cast(), size, list, words, f64::from(exponent) / 32.0)
                }
            },
        );
    }

    /// Whatever the table holds, what is drawn is of its words and no target.
    fn draw(&mut self, table: Place, targets: u8, count: u8) {
        let (memory, size) = self.arena.find::<u32>(table);
        let (targets, count) = (self.ids(20, targets), usize::from(count % 50));
        let (mut negatives, mut drawn, mut rng) = (vec![u32::MAX; count], usize::MAX, self.rng);
        let state = rng.state;
        self.call(
            &[],
            |_| true,
            || {
                // SAFETY: the table's memory is there, and the lists.
                let status = unsafe {
                    let (list, of) = (targets.as_ptr(), targets.len());
                    w2v_unigram_draw(memory.cast(), size, &mut rng, list, of, negatives.as_mut_ptr(), count, &mut drawn)
                };
                if status != Status::Ok {
                    assert_eq!((drawn, rng.state), (usize::MAX, state));
                    return status;
                }
                // SAFETY: a table was read there, which begins with a seal and its number of words.
                let words = unsafe { memory.add(1).read() };
                assert!(drawn <= count);
                for negative in &negatives[..drawn] {
                    assert!(*negative < words && !targets.contains(negative), "{negative} of {words}");
                }
                status
            },
        );
        self.rng = rng;
    }

    fn path(&mut self, table: Place, word: u32) {
        let (memory, size) = self.arena.find::<u32>(table);
        let mut path = Path { code: 0, length: 0, nodes: [0; W2V_MAX_CODE_LENGTH] };
        self.call(
            &[],
            |_| true,
            || {
                // SAFETY: the table's memory is there, and a place for the path.
                let status = unsafe { w2v_huffman_path(memory.cast(), size, word, &mut path) };
                if status == Status::Ok {
                    // SAFETY: as in `draw`.
                    let words = unsafe { memory.add(1).read() };
                    assert!(word < words && path.length > 0 && path.nodes[0] == words - 2);
                    assert!(path.nodes.iter().all(|&node| node < words - 1));
                } else {
                    assert_eq!(path.length, 0);
                }
                status
            },
        );
    }

    fn train(&mut self, training: &Training) {
        let step = self.step(training.of);
        let (table, table_size) = self.arena.find::<c_void>(training.table);
        let (scratch, scratch_size) = self.arena.find::<c_void>(training.scratch);
        let counts = vec![9; step.hidden.rows];
        let mut shares = vec![0; step.hidden.rows];
        // SAFETY: both lists are there.
        unsafe { w2v_keep_shares(counts.as_ptr(), counts.len(), 0.01, shares.as_mut_ptr()) };
        let sentence = self.ids(step.hidden.rows, training.length);
        let mut own = self.random.clone();
        let context = ptr::from_mut(&mut own).cast();
        let mut trainer = Trainer {
            dispatch: step.dispatch,
            architecture: u32::from(training.architecture % 3),
            objective: u32::from(training.objective % 3),
            cbow_gradient: u32::from(training.gradient % 3),
            window: u32::from(training.window),
            input: step.hidden,
            output: step.output,
            unigram: table.cast(),
            unigram_size: table_size,
            negatives: usize::from(training.negatives % 50),
            huffman: table.cast(),
            huffman_size: table_size,
            keep: if training.keep { shares.as_ptr() } else { ptr::null() },
            learning_rate: step.learning_rate,
            tokens: 1000,
            read: 10,
            rng: if training.own { Rng { next: Some(next), context, state: 0 } } else { self.rng },
            scratch,
            scratch_size,
        };
        let [input, output] = both(&step);
        let before = trainer;
        // SAFETY: matrices, table, scratch and lists are there; the generator is used by nobody
        // else.
        self.call(
            &[input, output, (scratch.addr(), scratch_size)],
            |_| false,
            || unsafe {
                let mut progress = Progress { tokens: 0, pairs: 0, loss: 0.0 };
                let status = w2v_train(&mut trainer, sentence.as_ptr(), sentence.len(), &mut progress);
                let tokens = if status == Status::Ok { sentence.len() as u64 } else { 0 };
                assert_eq!((progress.tokens, trainer.read), (tokens, before.read + tokens));
                assert!(status == Status::Ok || trainer.rng.state == before.rng.state);
                status
            },
        );
    }
}

fn failed(status: Status) -> bool {
    status != Status::Ok
}

/// Where a matrix lies.
fn bytes(matrix: &Matrix) -> (usize, usize) {
    (matrix.numbers.addr(), w2v_matrix_size(matrix.rows, matrix.dim))
}

fn both(step: &Step) -> [(usize, usize); 2] {
    [bytes(&step.hidden), bytes(&step.output)]
}

fuzz_target!(|calls: Vec<Call>| {
    let mut program = Program {
        arena: Arena::default(),
        dispatch: Dispatch { backend: 1, arithmetic: 2 },
        random: SplitMix64::new(calls.len() as u64),
        rng: Rng { next: None, context: null_mut(), state: 0 },
    };
    // SAFETY: an empty list, and a place for the generator.
    unsafe { w2v_rng_at(ptr::null(), 0, &mut program.rng) };
    for call in calls {
        program.run(call);
    }
});
