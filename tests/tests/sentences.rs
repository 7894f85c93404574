//! The sentence trainer of the kernel crate: each architecture with each objective learns, as the
//! oracle would, with the same bits on every backend, and can be left and resumed.

use rand_core::Rng;
use w2v_core::error::Error;
use w2v_core::huffman::{self, Huffman, Link, Path};
use w2v_core::initial;
use w2v_core::kinds::{Architecture, CbowGradient, Objective};
use w2v_core::lanes::{Lanes, blocks};
use w2v_core::rng::SplitMix64;
use w2v_core::sigmoid::{Exact, Sigmoid, TABLE, Table};
use w2v_core::simd::Dispatch;
use w2v_core::subsample::{keep_share, keeps};
use w2v_core::train::{Progress, Sampler, Schedule, Trainer};
use w2v_core::unigram::{MAX_NEGATIVES, Negatives, Slot, Unigram};
use w2v_core::window::{Window, draw_reach};
use w2v_tests::backends::{for_each_backend, name, scalar};
use w2v_tests::cases::{ids, turns};
use w2v_tests::inputs::Owned;
use w2v_tests::reference::{self, Rows};

const WORDS: usize = 24;
const DIM: usize = 20;
const NEGATIVES: usize = 4;
const WINDOW: u32 = 3;
const START: f32 = 0.1;

/// Four topics of six words; a sentence keeps to one of them. Falling counts, as the tree needs
/// them.
fn sentences(count: usize) -> Vec<Vec<u32>> {
    let mut random = SplitMix64::new(9);
    let mut sentence = || {
        let topic = random.next_u32() % 4;
        (0..8).map(|_| (random.next_u32() % 6).min(random.next_u32() % 6) * 4 + topic).collect()
    };
    (0..count).map(|_| sentence()).collect()
}

/// A model of one cell with its memory; `trainer` lends it out.
#[derive(Clone)]
struct Cell {
    architecture: Architecture,
    objective: Objective,
    division: CbowGradient,
    input: Owned,
    output: Owned,
    noise: Vec<Slot>,
    tree: Vec<Link>,
    keep: Vec<u32>,
    read: u64,
    random: SplitMix64,
    kept: Vec<u32>,
    hidden: Vec<Lanes>,
    tokens: u64,
}

fn cells() -> impl Iterator<Item = (Architecture, Objective, CbowGradient)> {
    let objectives = |architecture| Objective::ALL.map(|objective| (architecture, objective));
    let all = Architecture::ALL.into_iter().flat_map(objectives);
    all.flat_map(|(architecture, objective)| CbowGradient::ALL.map(|division| (architecture, objective, division)))
        .filter(|&(architecture, _, division)| architecture == Architecture::Cbow || division == CbowGradient::Exact)
}

impl Cell {
    fn new((architecture, objective, division): (Architecture, Objective, CbowGradient), text: &[Vec<u32>]) -> Self {
        let mut counts = vec![1_u64; WORDS];
        text.iter().flatten().for_each(|&word| counts[word as usize] += 1);
        let total = counts.iter().sum();
        let keep = counts.iter().map(|&count| keep_share(count, total, 0.05)).collect();
        let mut noise = vec![Slot::default(); WORDS];
        Unigram::new(counts.iter().copied(), 0.75, &mut noise).expect("a distribution");
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let mut tree = vec![Link::default(); huffman::required_len(WORDS)];
        let mut weights = vec![0; huffman::required_weights(WORDS)];
        Huffman::new(&counts, &mut tree, &mut weights).expect("a tree");
        let mut input = Owned::zeros(WORDS, DIM);
        (0..WORDS).for_each(|word| initial::fill(3, word as u32, DIM, input.row_mut(word)));
        let rows = if objective == Objective::NegativeSampling { WORDS } else { WORDS - 1 };
        Self {
            architecture,
            objective,
            division,
            input,
            output: Owned::zeros(rows, DIM),
            noise,
            tree,
            keep,
            read: 0,
            random: SplitMix64::at(&[1, 2]),
            kept: vec![0; 64],
            hidden: vec![Lanes::ZERO; blocks(DIM)],
            tokens: total,
        }
    }

    fn schedule(&self) -> Schedule {
        Schedule { start: START, tokens: 4 * self.tokens }
    }

    fn train(&mut self, dispatch: Dispatch, sigmoid: &impl Sigmoid, text: &[Vec<u32>]) -> Result<Progress, Error> {
        let schedule = self.schedule();
        let sampler = match self.objective {
            Objective::NegativeSampling => Sampler::Noise(Unigram::from_slots(&self.noise), NEGATIVES),
            Objective::HierarchicalSoftmax => Sampler::Tree(Huffman::from_links(&self.tree)),
        };
        let mut trainer = Trainer::new(
            self.input.as_mut(),
            self.output.as_mut(),
            sampler,
            schedule,
            sigmoid,
            self.random.clone(),
            &mut self.kept,
        );
        trainer.architecture = self.architecture;
        trainer.division = self.division;
        trainer.window = WINDOW;
        trainer.keep = &self.keep;
        trainer.read = self.read;
        trainer.hidden = &mut self.hidden;
        let mut progress = Progress::default();
        for sentence in text {
            progress += trainer.sentence(dispatch, sentence)?;
        }
        (self.read, self.random) = (trainer.read, trainer.rng);
        Ok(progress)
    }

    /// The same by the oracle: both matrices and the loss.
    fn expected(&self, text: &[Vec<u32>]) -> (Rows, Rows, f64) {
        let (mut input, mut output) = (self.input.to_reference(), self.output.to_reference());
        let (mut random, mut read, mut loss) = (self.random.clone(), self.read, 0.0);
        for sentence in text {
            let rate = f64::from(self.schedule().learning_rate(read));
            read += sentence.len() as u64;
            let kept: Vec<u32> =
                sentence.iter().copied().filter(|&word| keeps(self.keep[word as usize], &mut random)).collect();
            for (center, &target) in kept.iter().enumerate() {
                let window = Window::around(center, draw_reach(WINDOW, &mut random), kept.len());
                let context: Vec<usize> = window.context().map(|position| kept[position] as usize).collect();
                let mut predict = |hidden| {
                    let (mut gradients, step_loss) = self.predict(&hidden, &mut output, target, rate, &mut random);
                    loss += step_loss;
                    gradients.remove(0)
                };
                match self.architecture {
                    Architecture::SkipGram => {
                        for &word in &context {
                            let gradient = predict(reference::rows(&input, &[word]));
                            reference::axpy(1.0, &gradient, &mut input[word]);
                        }
                    }
                    Architecture::Cbow if context.is_empty() => {}
                    Architecture::Cbow => {
                        let gradient = predict(vec![reference::gather(&input, &context)]);
                        let exact = self.division == CbowGradient::Exact;
                        reference::scatter(&mut input, &context, &gradient, exact);
                    }
                }
            }
        }
        (input, output, loss)
    }

    fn predict(
        &self,
        hidden: &Rows,
        output: &mut Rows,
        target: u32,
        rate: f64,
        random: &mut SplitMix64,
    ) -> (Rows, f64) {
        match self.objective {
            Objective::NegativeSampling => {
                let mut negatives = Negatives::new();
                Unigram::from_slots(&self.noise).draw_negatives(random, NEGATIVES, &[target], &mut negatives);
                reference::negative(hidden, output, &[target as usize], &ids(&negatives), rate)
            }
            Objective::HierarchicalSoftmax => {
                let mut path = Path::new();
                Huffman::from_links(&self.tree).path(target, &mut path).expect("a word of the tree");
                reference::path(hidden, output, &turns(path.nodes(), path.code()), rate)
            }
        }
    }
}

#[test]
fn every_cell_learns() {
    let text = sentences(500);
    for cell in cells() {
        for_each_backend(|dispatch| {
            let what = format!("{cell:?}, {}", name(dispatch));
            let (mut model, before) = (Cell::new(cell, &text), Cell::new(cell, &text));
            let mut epoch = |text: &[Vec<u32>]| {
                let progress = model.train(dispatch, &TABLE, text).expect("a sentence");
                assert_eq!(progress.tokens, 8 * text.len() as u64, "{what}");
                progress.loss / progress.pairs as f64
            };
            let losses = [epoch(&text[..50]), epoch(&text[50..]), epoch(&text)];
            assert!(losses[2] < 0.75 * losses[0], "{what}: the loss falls: {losses:?}");
            for word in 0..WORDS {
                assert!(model.input.numbers(word).ne(before.input.numbers(word)), "{what}: word {word} moves");
            }
            assert!(model.input.padding_is_zero() && model.output.padding_is_zero(), "{what}");
        });
    }
}

#[test]
fn every_backend_trains_the_same_bits() {
    let text = sentences(100);
    for cell in cells() {
        for_each_backend(|dispatch| {
            let (mut found, mut plain) = (Cell::new(cell, &text), Cell::new(cell, &text));
            let progress = found.train(dispatch, &TABLE, &text);
            assert_eq!(progress, plain.train(scalar(dispatch.arithmetic()), &TABLE, &text), "{}", name(dispatch));
            let bits = |cell: &Cell| (cell.input.bits(), cell.output.bits());
            assert_eq!(bits(&found), bits(&plain), "{cell:?}, {}", name(dispatch));
        });
    }
}

#[test]
fn training_is_what_the_oracle_would_do() {
    let text = sentences(40);
    for cell in cells() {
        let start = Cell::new(cell, &text);
        let (input, output, loss) = start.expected(&text);
        for_each_backend(|dispatch| {
            let what = format!("{cell:?}, {}", name(dispatch));
            let mut found = start.clone();
            let progress = found.train(dispatch, &Exact, &text).expect("a sentence");
            // A few thousand updates of numbers below 1 that round at 2⁻²⁴ each.
            found.input.assert_near(&input, 2e-5, &what);
            found.output.assert_near(&output, 2e-5, &what);
            assert!((progress.loss - loss).abs() < 1e-4 * loss, "{what}: {} where {loss} is expected", progress.loss);
        });
    }
}

#[test]
fn training_can_be_left_and_resumed() {
    let text = sentences(50);
    for cell in cells() {
        let (mut whole, mut halves) = (Cell::new(cell, &text), Cell::new(cell, &text));
        let dispatch = Dispatch::detect();
        whole.train(dispatch, &TABLE, &text).expect("a sentence");
        halves.train(dispatch, &TABLE, &text[..20]).expect("a sentence");
        halves.random = SplitMix64::new(halves.random.state());
        halves.train(dispatch, &TABLE, &text[20..]).expect("a sentence");
        assert_eq!(whole.input.bits(), halves.input.bits(), "{cell:?}");
    }
}

#[test]
fn a_sentence_longer_than_the_buffer_is_trained_in_pieces() {
    let cell = (Architecture::SkipGram, Objective::NegativeSampling, CbowGradient::Exact);
    let text = vec![sentences(40).concat()];
    let pieces: Vec<Vec<u32>> = text[0].chunks(64).map(<[u32]>::to_vec).collect();
    let (mut whole, mut cut) = (Cell::new(cell, &text), Cell::new(cell, &text));
    (whole.keep, cut.keep) = (Vec::new(), Vec::new());
    let progress = whole.train(Dispatch::detect(), &TABLE, &text).expect("a sentence");
    assert_eq!(progress.tokens, 320);
    assert_eq!(Ok(progress.pairs), cut.train(Dispatch::detect(), &TABLE, &pieces).map(|progress| progress.pairs));
    assert_eq!(whole.input.bits(), cut.input.bits());
}

#[test]
fn impossible_arguments_are_refused() {
    let text = sentences(5);
    let dispatch = Dispatch::detect();
    for cell in cells() {
        let mut model = Cell::new(cell, &text);
        let beyond = model.train(dispatch, &TABLE, &[vec![0, WORDS as u32, 0]]);
        assert!(matches!(beyond, Err(Error::Row { .. })), "{cell:?}: {beyond:?}");
        model.kept = vec![0];
        assert_eq!(model.train(dispatch, &TABLE, &text), Err(Error::TooShort { needed: 2, given: 1 }));
        let mut model = Cell::new(cell, &text);
        assert_eq!(model.train(dispatch, &TABLE, &[vec![], vec![3]]).map(|progress| progress.pairs), Ok(0));
    }
    let cell = (Architecture::Cbow, Objective::NegativeSampling, CbowGradient::Exact);
    let mut model = Cell::new(cell, &text);
    model.hidden.pop();
    assert_eq!(model.train(dispatch, &TABLE, &text), Err(Error::TooShort { needed: 2, given: 1 }));
}

#[test]
fn what_is_refused_at_entry_writes_and_draws_nothing() {
    let text = sentences(5);
    for cell in cells() {
        let is_sampled = cell.1 == Objective::NegativeSampling;
        let refused = |change: &dyn Fn(&mut Trainer<'_, Table, SplitMix64>), sentence: &[u32], expected: Error| {
            let mut model = Cell::new(cell, &text);
            let before = (model.input.bits(), model.output.bits());
            let sampler = match cell.1 {
                Objective::NegativeSampling => Sampler::Noise(Unigram::from_slots(&model.noise), NEGATIVES),
                Objective::HierarchicalSoftmax => Sampler::Tree(Huffman::from_links(&model.tree)),
            };
            let mut trainer = Trainer::new(
                model.input.as_mut(),
                model.output.as_mut(),
                sampler,
                Schedule { start: START, tokens: 100 },
                &TABLE,
                SplitMix64::new(1),
                &mut model.kept,
            );
            trainer.architecture = cell.0;
            trainer.division = cell.2;
            trainer.window = WINDOW;
            trainer.keep = &model.keep;
            trainer.read = 5;
            trainer.hidden = &mut model.hidden;
            change(&mut trainer);
            assert_eq!(trainer.sentence(Dispatch::detect(), sentence), Err(expected), "{cell:?}");
            assert_eq!((trainer.rng.state(), trainer.read), (1, 5), "{cell:?}: {expected}");
            assert!((model.input.bits(), model.output.bits()) == before, "{cell:?}: {expected}");
        };
        let beyond = Error::Row { row: WORDS as u32, rows: WORDS };
        refused(&|_| (), &[0, 4, 8, WORDS as u32], beyond);
        refused(&|_| (), &[WORDS as u32], beyond);
        refused(&|trainer| trainer.schedule.start = f32::NAN, &[0, 1], Error::Number);
        refused(&|trainer| trainer.window = 0, &[0, 1], Error::Size);
        let too_short = |needed, given| Error::TooShort { needed, given };
        refused(&|trainer| trainer.keep = &[u32::MAX], &[0, 1], too_short(WORDS, 1));
        refused(&|trainer| trainer.kept = Box::leak(Box::new([0])), &[0, 1], too_short(2, 1));
        if cell.0 == Architecture::Cbow {
            let shorter = |trainer: &mut Trainer<'_, Table, SplitMix64>| {
                trainer.hidden = Box::leak(Box::new([Lanes::ZERO; blocks(DIM) - 1]));
            };
            refused(&shorter, &[0, 1], too_short(blocks(DIM), blocks(DIM) - 1));
        }
        // Rows of another length, in as many blocks.
        let other = |trainer: &mut Trainer<'_, Table, SplitMix64>| {
            trainer.output = Box::leak(Box::new(Owned::zeros(WORDS, DIM + 1))).as_mut();
        };
        refused(&other, &[0, 1], Error::Dim { expected: DIM, given: DIM + 1 });
        if is_sampled {
            let noise = |count| {
                move |trainer: &mut Trainer<'_, Table, SplitMix64>| match &mut trainer.sampler {
                    Sampler::Noise(_, negatives) => *negatives = count,
                    Sampler::Tree(_) => unreachable!(),
                }
            };
            refused(&noise(0), &[0, 1], Error::Empty);
            refused(&noise(MAX_NEGATIVES + 1), &[0, 1], Error::TooManyRows);
        }
        refused(&|trainer| trainer.sampler = Sampler::Noise(Unigram::from_slots(&[]), 1), &[0], Error::Empty);
        refused(&|trainer| trainer.sampler = Sampler::Tree(Huffman::from_links(&[])), &[0], Error::Empty);
        // A sampler of more words than the output matrix has rows for.
        let larger: &'static [Slot] = Box::leak(vec![Slot::default(); WORDS + 1].into());
        let (row, rows) = (WORDS as u32, if is_sampled { WORDS } else { WORDS - 1 });
        let sampler = move |trainer: &mut Trainer<'_, Table, SplitMix64>| {
            trainer.sampler = Sampler::Noise(Unigram::from_slots(larger), 1);
        };
        refused(&sampler, &[0, 1], Error::Row { row, rows });
    }
}

#[test]
fn the_step_size_falls_to_a_floor() {
    let schedule = Schedule { start: 0.5, tokens: 99 };
    assert_eq!((schedule.learning_rate(0), schedule.learning_rate(50)), (0.5, 0.25));
    assert_eq!((schedule.learning_rate(100), schedule.learning_rate(u64::MAX)), (5e-5, 5e-5));
}
