//! A C program and the Rust API do the same to the bit.

use crate::programs::{Mode, Program};
use rand_core::Rng;
use std::fmt::Write;
use w2v_core::huffman::{self, Huffman, Link, Path};
use w2v_core::initial;
use w2v_core::kinds::{Architecture, CbowGradient, Objective};
use w2v_core::lanes::{Lanes, blocks};
use w2v_core::matrix::{MatrixMut, required_len};
use w2v_core::rng::SplitMix64;
use w2v_core::sigmoid::TABLE;
use w2v_core::simd::{Arithmetic, Backend, Dispatch};
use w2v_core::step::HiddenUpdate;
use w2v_core::step::cbow::{Gather, Scatter};
use w2v_core::step::negative::NegativeSampling;
use w2v_core::step::path::HierarchicalSoftmax;
use w2v_core::step::softmax::Softmax;
use w2v_core::subsample::keep_share;
use w2v_core::train::{Progress, Sampler, Schedule, Trainer};
use w2v_core::unigram::{Negatives, Slot, Unigram};

/// The header's number for a backend.
fn backend_number(backend: Backend) -> u32 {
    match backend {
        Backend::Scalar => 1,
        Backend::Portable => 2,
        Backend::Avx2 => 3,
        Backend::Avx512 => 4,
        Backend::Neon => 5,
        other => panic!("the header has no number for {other}"),
    }
}

/// The header's number for an arithmetic.
fn arithmetic_number(arithmetic: Arithmetic) -> u32 {
    match arithmetic {
        Arithmetic::Fused => 1,
        Arithmetic::Unfused => 2,
    }
}

/// What can run in a mode: everything, but that valgrind has no AVX-512.
fn dispatches(mode: Mode) -> impl Iterator<Item = Dispatch> {
    Dispatch::all().filter(move |dispatch| !mode.is_valgrind() || dispatch.backend() != Backend::Avx512)
}

/// A matrix with its memory.
#[derive(Clone)]
struct Owned {
    lanes: Vec<Lanes>,
    rows: usize,
    dim: usize,
}

impl Owned {
    fn zeros(rows: usize, dim: usize) -> Self {
        Self { lanes: vec![Lanes::ZERO; required_len(rows, dim).expect("a size")], rows, dim }
    }

    fn initial(rows: usize, dim: usize, seed: u64) -> Self {
        let mut matrix = Self::zeros(rows, dim);
        for (word, row) in (0..).zip(matrix.lanes.chunks_mut(blocks(dim))) {
            initial::fill(seed, word, dim, row);
        }
        matrix
    }

    fn lend(&mut self) -> MatrixMut<'_> {
        MatrixMut::new(&mut self.lanes, self.rows, self.dim).expect("a matrix")
    }

    fn bytes(&self) -> impl Iterator<Item = u8> {
        self.lanes.iter().flat_map(|lanes| lanes.0).flat_map(f32::to_ne_bytes)
    }
}

fn tree(counts: &[u64]) -> Vec<Link> {
    let mut links = vec![Link::default(); huffman::required_len(counts.len())];
    Huffman::new(counts, &mut links, &mut vec![0; huffman::required_weights(counts.len())]).expect("a tree");
    links
}

fn noise(counts: &[u64]) -> Vec<Slot> {
    let mut slots = vec![Slot::default(); counts.len()];
    Unigram::new(counts.iter().copied(), 0.75, &mut slots).expect("a distribution");
    slots
}

const WORDS: usize = 30;
const DIM: usize = 21;

/// Sentences of three topics, some longer than the trainer's scratch, and counts as the tree wants
/// them.
fn corpus() -> (Vec<u64>, Vec<Vec<u32>>) {
    let mut random = SplitMix64::new(5);
    let mut word = |topic| (random.next_u32() % 10).min(random.next_u32() % 10) * 3 + topic;
    let lengths = [0, 1, 8, 20, 45].into_iter().cycle().take(60);
    let sentences: Vec<Vec<u32>> =
        lengths.zip(0..).map(|(length, n)| (0..length).map(|_| word(n % 3)).collect()).collect();
    let mut counts = vec![1; WORDS];
    sentences.iter().flatten().for_each(|&word| counts[word as usize] += 1);
    counts.sort_unstable_by(|a, b| b.cmp(a));
    (counts, sentences)
}

/// The corpus as the program reads it.
fn written(counts: &[u64], sentences: &[Vec<u32>]) -> String {
    let mut text = format!("{WORDS} {DIM}\n");
    counts.iter().for_each(|count| write!(text, "{count} ").expect("room"));
    let _ = writeln!(text, "\n{}", sentences.len());
    for sentence in sentences {
        let _ = write!(text, "{}", sentence.len());
        sentence.iter().for_each(|word| write!(text, " {word}").expect("room"));
        text.push('\n');
    }
    text
}

/// What the program shall write: both matrices and the sums of what was done.
fn trained(
    dispatch: Dispatch,
    architecture: Architecture,
    objective: Objective,
    division: CbowGradient,
    counts: &[u64],
    sentences: &[Vec<u32>],
) -> Vec<u8> {
    let tokens = counts.iter().sum();
    let (slots, links) = (noise(counts), tree(counts));
    let (rows, sampler) = match objective {
        Objective::NegativeSampling => (WORDS, Sampler::Noise(Unigram::from_slots(&slots), 4)),
        Objective::HierarchicalSoftmax => (WORDS - 1, Sampler::Tree(Huffman::from_links(&links))),
    };
    let (mut input, mut output) = (Owned::initial(WORDS, DIM, 3), Owned::zeros(rows, DIM));
    let keep: Vec<u32> = counts.iter().map(|&count| keep_share(count, tokens, 0.05)).collect();
    // The program's scratch is rounded up: 32 numbers of a row and 12 tokens to 48.
    let (mut kept, mut hidden) = ([0; 16], [Lanes::ZERO; blocks(DIM)]);
    let (schedule, rng) = (Schedule { start: 0.1, tokens }, SplitMix64::new(7));
    let mut trainer = Trainer::new(input.lend(), output.lend(), sampler, schedule, &TABLE, rng, &mut kept);
    trainer.architecture = architecture;
    trainer.division = division;
    trainer.window = 3;
    trainer.keep = &keep;
    trainer.hidden = &mut hidden;
    let mut sum = Progress::default();
    for sentence in sentences {
        sum += trainer.sentence(dispatch, sentence).expect("a sentence");
    }
    let progress = [sum.tokens.to_ne_bytes(), sum.pairs.to_ne_bytes(), sum.loss.to_ne_bytes()].concat();
    input.bytes().chain(output.bytes()).chain(progress).collect()
}

#[test]
fn training_gives_the_bytes_of_the_rust_api() {
    let (counts, sentences) = corpus();
    let text = written(&counts, &sentences);
    for mode in Mode::alone() {
        let program = Program::new("train", mode);
        for dispatch in dispatches(mode) {
            let (backend, arithmetic) = (backend_number(dispatch.backend()), arithmetic_number(dispatch.arithmetic()));
            for (a, architecture) in (0..).zip([Architecture::SkipGram, Architecture::Cbow]) {
                for (o, objective) in (0..).zip([Objective::NegativeSampling, Objective::HierarchicalSoftmax]) {
                    // CBOW both ways; a generator of the program's own where it makes the least and
                    // the most draws.
                    let (division, undivided) =
                        [(CbowGradient::Exact, 0), (CbowGradient::Undivided, 1)][(a & o) as usize];
                    let found = program.run(&[backend, arithmetic, a, o, undivided, u32::from(a == o)], &text);
                    let expected = trained(dispatch, architecture, objective, division, &counts, &sentences);
                    assert!(found == expected, "{mode:?}, {dispatch:?}, {architecture}, {objective}");
                }
            }
        }
    }
}

/// The model on which `steps.c` performs every step.
struct Steps {
    dispatch: Dispatch,
    input: Owned,
    output: Owned,
    losses: Vec<f32>,
}

const RATE: f32 = 0.25;
const STEP_WORDS: usize = 40;
const STEP_DIM: usize = 37;
const ROWS: [u32; 8] = [3, 1, 4, 1, 5, 9, 2, 6];
const TARGETS: [u32; 8] = [5, 3, 5, 8, 9, 7, 9, 3];

impl Steps {
    fn sample<const G: usize>(&mut self) {
        let loss = self.dispatch.run(NegativeSampling::<_, G>::new(
            &mut self.input.lend(),
            ROWS.first_chunk().expect("rows"),
            &mut self.output.lend(),
            TARGETS.first_chunk().expect("rows"),
            &[23, 38, 23, 32, 11],
            RATE,
            &TABLE,
        ));
        self.losses.push(loss.expect("a step"));
    }

    fn walk<const G: usize>(&mut self, path: &Path) {
        let loss = self.dispatch.run(HierarchicalSoftmax::<_, G>::new(
            &mut self.input.lend(),
            ROWS.first_chunk().expect("rows"),
            &mut self.output.lend(),
            path.nodes(),
            path.code(),
            RATE,
            &TABLE,
        ));
        self.losses.push(loss.expect("a step"));
    }

    fn softmax(&mut self) {
        let loss = self.dispatch.run(Softmax::new(
            &mut self.input.lend(),
            10,
            &mut self.output.lend(),
            12,
            RATE,
            &mut [0.0; STEP_WORDS],
            &mut [Lanes::ZERO; blocks(STEP_DIM)],
        ));
        self.losses.push(loss.expect("a step"));
    }

    /// Two windows at once.
    fn cbow(&mut self, negatives: &[u32]) {
        let contexts: [&[u32]; 2] = [&[20, 21, 22, 21], &ROWS[..3]];
        let mut means = Owned::zeros(2, STEP_DIM);
        for (context, hidden) in contexts.into_iter().zip(means.lanes.chunks_mut(blocks(STEP_DIM))) {
            let input = &self.input.lend();
            let context = context.iter().copied();
            self.dispatch.run(Gather::new(&input.as_ref(), context, hidden)).expect("a mean");
        }
        let loss = self.dispatch.run(
            NegativeSampling::<_, 2>::new(
                &mut means.lend(),
                &[0, 1],
                &mut self.output.lend(),
                TARGETS.first_chunk().expect("rows"),
                negatives,
                RATE,
                &TABLE,
            )
            .hidden_update(HiddenUpdate::Gradient),
        );
        self.losses.push(loss.expect("a step"));
        let divisions = [CbowGradient::Exact, CbowGradient::Undivided];
        for ((context, gradient), division) in
            contexts.into_iter().zip(means.lanes.chunks(blocks(STEP_DIM))).zip(divisions)
        {
            let (input, context) = (&mut self.input.lend(), context.iter().copied());
            self.dispatch.run(Scatter::new(input, context, gradient, division)).expect("a gradient");
        }
    }

    /// One pair without negatives, whose ids the program counts from rows 8 and 16.
    fn part(&mut self) {
        let loss = self.dispatch.run(NegativeSampling::new(
            &mut self.input.lend(),
            &[8 + ROWS[0]],
            &mut self.output.lend(),
            &[16 + TARGETS[0]],
            &[],
            RATE,
            &TABLE,
        ));
        self.losses.push(loss.expect("a step"));
    }
}

/// What `steps.c` shall write.
fn stepped(dispatch: Dispatch) -> Vec<u8> {
    let counts: Vec<u64> = (0..STEP_WORDS as u64).map(|word| 1000 / (1 + word)).collect();
    let links = tree(&counts);
    let path = |word| {
        let mut path = Path::new();
        Huffman::from_links(&links).path(word, &mut path).expect("a path");
        path
    };
    let mut drawn = Negatives::new();
    let slots = noise(&counts);
    Unigram::from_slots(&slots).draw_negatives(&mut SplitMix64::at(&[1, 2]), 3, &TARGETS[..2], &mut drawn);

    let input = Owned::initial(STEP_WORDS, STEP_DIM, 1);
    let output = Owned::initial(STEP_WORDS, STEP_DIM, 2);
    let mut steps = Steps { dispatch, input, output, losses: Vec::new() };
    steps.sample::<1>();
    steps.sample::<2>();
    steps.sample::<4>();
    steps.sample::<8>();
    steps.walk::<1>(&path(7));
    steps.walk::<2>(&path(8));
    steps.walk::<4>(&path(9));
    steps.walk::<8>(&path(10));
    steps.softmax();
    steps.cbow(&drawn);
    steps.part();
    let losses = steps.losses.into_iter().flat_map(f32::to_ne_bytes);
    steps.input.bytes().chain(steps.output.bytes()).chain(losses).collect()
}

#[test]
fn steps_give_the_bytes_of_the_rust_api() {
    for mode in Mode::alone() {
        let program = Program::new("steps", mode);
        for dispatch in dispatches(mode) {
            let (backend, arithmetic) = (backend_number(dispatch.backend()), arithmetic_number(dispatch.arithmetic()));
            assert!(program.run(&[backend, arithmetic], "") == stepped(dispatch), "{mode:?}, {dispatch:?}");
        }
    }
}

#[test]
fn the_fastest_pair_is_chosen_where_none_is_asked_for() {
    let found = Program::new("steps", Mode::Plain).run(&[0, 0], "");
    assert!(found == stepped(Dispatch::detect()));
}

#[test]
fn threads_that_own_their_rows_give_the_same_bytes_without_a_race() {
    let expected = Program::new("threads", Mode::Plain).run(&[1, 2, 1], "");
    for mode in Mode::threaded() {
        let program = Program::new("threads", mode);
        for dispatch in dispatches(mode).filter(|dispatch| dispatch.arithmetic() == Arithmetic::Unfused) {
            let found = program.run(&[backend_number(dispatch.backend()), 2, 2], "");
            assert!(found == expected, "{mode:?}, {dispatch:?}");
        }
    }
}
