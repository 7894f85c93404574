//! Rows of 16 bits: exact to widen, right on average when rounded, the same bits on every backend,
//! and as good as `f32`.

use rand_core::Rng;
use w2v::{ReadOptions, Source};
use w2v::{Vectors, Vocabulary, builtin};
use w2v_core::compact::{self, Compact, LARGEST, round, widen};
use w2v_core::error::Error;
use w2v_core::huffman::{self, Huffman, Link};
use w2v_core::initial;
use w2v_core::kinds::{Architecture, CbowGradient, Objective};
use w2v_core::lanes::{LANES, Lanes, blocks};
use w2v_core::matrix::MatrixMut;
use w2v_core::rng::SplitMix64;
use w2v_core::sigmoid::TABLE;
use w2v_core::simd::{Arithmetic, Dispatch, Scalar};
use w2v_core::step::negative::NegativeSampling;
use w2v_core::storage::Storage;
use w2v_core::train::{Progress, Sampler, Schedule, Trainer};
use w2v_core::unigram::{Slot, Unigram};
use w2v_tests::backends::{for_each_backend, name, scalar};
use w2v_tests::inputs::Owned;

/// Every finite number of 16 bits.
fn numbers() -> impl Iterator<Item = u16> {
    (0..0x7c00).flat_map(|size: u16| [size, size | 0x8000])
}

#[test]
fn what_has_sixteen_bits_is_kept_whatever_is_drawn() {
    for bits in numbers().filter(|&bits| bits != 0x8000) {
        for random in [0, 1, 4095, 8191, u32::MAX] {
            assert_eq!(round(widen(bits), random), bits, "{bits:#06x}");
        }
    }
    assert_eq!((widen(0x3c00), widen(0xc000), widen(0x0001), widen(0x7bff)), (1.0, -2.0, 2f32.powi(-24), LARGEST));
}

#[test]
fn rounding_is_right_on_average() {
    let mut random = SplitMix64::new(5);
    for exponent in -13..15 {
        let number = (1.0 + random.next_u32() as f32 / 2f32.powi(32)) * 2f32.powi(exponent);
        for number in [number, -number] {
            let rounded = || (0..1 << 13).map(|random| widen(round(number, random)));
            let mean = rounded().map(f64::from).sum::<f64>() / f64::from(1 << 13);
            assert_eq!(mean, f64::from(number));
            let step = 2f32.powi(exponent - 10);
            assert!(rounded().all(|one| (one - number).abs() < step), "{number} is rounded to a neighbour");
        }
    }
}

#[test]
fn what_is_too_large_is_the_largest() {
    for number in [LARGEST, 1e9, f32::INFINITY, f32::NAN] {
        assert_eq!(widen(round(number, 8191)), LARGEST);
    }
    assert_eq!(widen(round(-1e9, 0)), -LARGEST);
}

#[test]
fn a_thousand_words_of_32_numbers_take_128_kilobytes() {
    assert_eq!(compact::required_len(1000, 32).map(|len| 2 * len * size_of::<u16>()), Ok(128_000));
}

const DIM: usize = 20;

/// Numbers of `rows` rows, and the same rows widened.
fn filled(rows: usize) -> (Vec<u16>, Owned) {
    let mut owned = Owned::random(rows, DIM, 1.0, 8);
    let mut numbers = Vec::new();
    for row in 0..rows {
        for number in owned.row_mut(row).iter_mut().flat_map(|lanes| &mut lanes.0).take(DIM) {
            numbers.push(round(*number, 0));
            *number = widen(round(*number, 0));
        }
    }
    (numbers, owned)
}

/// Predicts one target against negatives; returns the loss.
fn update(
    (hidden, hidden_rows): (&mut MatrixMut, &[u32; 1]),
    (output, targets, negatives): (&mut MatrixMut, &[u32; 1], &[u32]),
) -> f32 {
    let step = NegativeSampling::new(hidden, hidden_rows, output, targets, negatives, 0.1, &TABLE);
    scalar(Arithmetic::Unfused).run(step).expect("valid rows")
}

#[test]
fn a_step_does_what_it_does_to_whole_rows_even_if_they_repeat() {
    let (targets, shared) = ([2], [4, 1, 4, 2]);
    let ((mut input, mut wide_input), (mut output, mut wide_output)) = (filled(3), filled(5));
    let (mut room, mut more) = ([Lanes::ZERO; 2], [Lanes::ZERO; 10]);
    let mut input = Compact::new(&mut input, 3, DIM, &mut room).expect("room for a row");
    let mut output = Compact::new(&mut output, 5, DIM, &mut more).expect("room for five");
    let (mut read, mut predicted) =
        (input.load(&[1], &[]).expect("a row"), output.load(&targets, &shared).expect("rows"));
    let loaded: (&[u32; 1], &[u32; 1]) =
        (read.targets.try_into().expect("one"), predicted.targets.try_into().expect("one"));
    let loss = update((&mut read.matrix, loaded.0), (&mut predicted.matrix, loaded.1, predicted.shared));
    let mut random = SplitMix64::new(1);
    output.store(&targets, &shared, &mut random);
    input.store(&[1], &[], &mut random);

    let expected = update((&mut wide_input.as_mut(), &[1]), (&mut wide_output.as_mut(), &targets, &shared));
    assert_eq!(loss.to_bits(), expected.to_bits());
    for (compact, wide, rows) in [(&input, &wide_input, 3), (&output, &wide_output, 5)] {
        for row in 0..rows {
            let found = compact.row(row as u32).expect("a row").iter().map(|&bits| widen(bits));
            for (found, expected) in found.zip(wide.numbers(row)) {
                assert!((found - expected).abs() <= expected.abs() / 1024.0, "{found} for {expected}");
            }
        }
    }
}

#[test]
fn a_row_of_another_length_is_refused() {
    let (mut numbers, mut wide) = (vec![7; 2 * 20], [Lanes::ZERO; 2]);
    let mut matrix = Compact::new(&mut numbers, 2, 20, &mut wide).expect("room");
    for len in [0, 1, 3] {
        let error = Error::Dim { expected: 2 * LANES, given: len * LANES };
        assert_eq!(matrix.set_row(1, &vec![Lanes::ZERO; len], &mut SplitMix64::new(1)), Err(error));
    }
    assert_eq!(matrix.row(1), Some(&[7; 20][..]));
}

#[test]
fn what_cannot_be_opened_is_an_error() {
    let (mut numbers, _) = filled(3);
    assert_eq!(Compact::new(&mut numbers, 3, DIM, &mut []).err(), Some(Error::TooShort { needed: 2, given: 0 }));
    let mut room = [Lanes::ZERO; 4];
    let mut compact = Compact::new(&mut numbers, 3, DIM, &mut room).expect("room for two rows");
    assert_eq!(compact.load(&[3], &[]).err(), Some(Error::Row { row: 3, rows: 3 }));
    assert_eq!(compact.load(&[0], &[1, 2]).err(), Some(Error::TooShort { needed: 6, given: 4 }));
    assert!(compact.load(&[0], &[1, 0, 1]).is_ok(), "two rows that repeat fit");
    let (scalar, context, short) = (Scalar::<false>, [0, 2].into_iter(), &mut [Lanes::ZERO]);
    let refused = Err(Error::Dim { expected: 2 * LANES, given: LANES });
    assert_eq!(compact.gather(scalar, context.clone(), short), refused);
    let hidden = &mut [Lanes([1.0; 16]); 2];
    assert_eq!(compact.gather(scalar, [0, 3].into_iter(), hidden), Err(Error::Row { row: 3, rows: 3 }));
    assert!(*hidden == [Lanes::ZERO; 2], "nothing of the row before it is left");
    let division = CbowGradient::Exact;
    assert_eq!(compact.scatter(scalar, context, short, division, &mut SplitMix64::new(1)), refused);
}

/// A text as word ids, and what is to be learned from it.
struct Text {
    vocabulary: Vocabulary,
    sentences: Vec<Vec<u32>>,
}

impl Text {
    fn builtin() -> Self {
        let text = builtin::text(1);
        let corpus = ReadOptions::new().sources([Source::text(text.clone())]).expect("a text");
        let vocabulary = corpus.vocabulary().clone();
        let line = |line: &[u8]| line.split(u8::is_ascii_whitespace).filter_map(|word| vocabulary.id(word)).collect();
        let sentences = text.split(|&byte| byte == b'\n').map(line).collect();
        Self { vocabulary, sentences }
    }

    /// Trains on the first `sentences`; returns the loss of a pair and all input rows.
    fn train<M: Storage>(
        &self,
        (architecture, objective): (Architecture, Objective),
        sentences: usize,
        dispatch: Dispatch,
        (input, output): (M, M),
    ) -> (f64, Vec<f32>) {
        let counts = self.vocabulary.counts();
        let mut slots = vec![Slot::default(); counts.len()];
        let mut links = vec![Link::default(); huffman::required_len(counts.len())];
        let mut weights = vec![0; huffman::required_weights(counts.len())];
        let noise = Unigram::new(counts.iter().copied(), 0.75, &mut slots).expect("counts");
        let tree = Huffman::new(counts, &mut links, &mut weights).expect("counts");
        let (mut kept, mut hidden) = ([0; 256], [Lanes::ZERO; blocks(DIM)]);
        let mut trainer = Trainer::new(
            input,
            output,
            match objective {
                Objective::NegativeSampling => Sampler::Noise(noise, 5),
                Objective::HierarchicalSoftmax => Sampler::Tree(tree),
            },
            Schedule { start: 0.05, tokens: counts.iter().sum() },
            &TABLE,
            SplitMix64::new(1),
            &mut kept,
        );
        trainer.architecture = architecture;
        trainer.division = CbowGradient::Undivided;
        trainer.window = 5;
        trainer.hidden = &mut hidden;
        let mut progress = Progress::default();
        for sentence in self.sentences.iter().take(sentences) {
            progress += trainer.sentence(dispatch, sentence).expect("valid words");
        }
        let mut vectors = Vec::new();
        for word in 0..counts.len() as u32 {
            let id = [word];
            let loaded = trainer.input.load(&id, &[]).expect("a word");
            let row = loaded.matrix.as_ref().row(loaded.targets[0]).expect("a loaded row");
            vectors.extend(row.iter().flat_map(|lanes| lanes.0).take(DIM));
        }
        (progress.loss / progress.pairs as f64, vectors)
    }

    /// The same from rows of 16 bits.
    fn train_compact(&self, model: (Architecture, Objective), sentences: usize, dispatch: Dispatch) -> (f64, Vec<f32>) {
        let words = self.vocabulary.len();
        let len = compact::required_len(words, DIM).expect("a size");
        let (mut input, mut output) = (vec![0; len], vec![0; len]);
        let (mut room, mut more) = ([Lanes::ZERO; blocks(DIM)], [Lanes::ZERO; 64 * blocks(DIM)]);
        let mut input = Compact::new(&mut input, words, DIM, &mut room).expect("room for a row");
        let output = Compact::new(&mut output, words, DIM, &mut more).expect("room for 64");
        let (mut row, mut random) = ([Lanes::ZERO; blocks(DIM)], SplitMix64::new(2));
        for word in 0..words as u32 {
            initial::fill(1, word, DIM, &mut row);
            input.set_row(word, &row, &mut random).expect("a word");
        }
        self.train(model, sentences, dispatch, (input, output))
    }

    /// The same from rows of `f32`.
    fn train_wide(&self, model: (Architecture, Objective), sentences: usize, dispatch: Dispatch) -> (f64, Vec<f32>) {
        let words = self.vocabulary.len();
        let (mut input, mut output) = (Owned::zeros(words, DIM), Owned::zeros(words, DIM));
        (0..words).for_each(|word| initial::fill(1, word as u32, DIM, input.row_mut(word)));
        self.train(model, sentences, dispatch, (input.as_mut(), output.as_mut()))
    }

    /// The share of the built-in analogies that vectors answer.
    fn analogies(&self, numbers: Vec<f32>) -> f64 {
        let vectors = Vectors::new(self.vocabulary.words(), DIM, numbers).expect("a row a word");
        let right = |question: &builtin::Question| {
            let [a, b, c] = [question.a, question.b, question.c].map(str::as_bytes);
            let found = vectors.analogy(a, b, c, 1).ok().and_then(|found| found.first().map(|near| near.id));
            found.is_some() && found == self.vocabulary.id(question.expected.as_bytes())
        };
        let asked = builtin::questions().count();
        builtin::questions().filter(right).count() as f64 / asked as f64
    }
}

fn models() -> impl Iterator<Item = (Architecture, Objective)> {
    Architecture::ALL.into_iter().flat_map(|one| Objective::ALL.map(|objective| (one, objective)))
}

#[test]
fn every_model_learns_the_same_bits_on_every_backend() {
    let text = Text::builtin();
    for model in models() {
        for_each_backend(|dispatch| {
            let bits = |(loss, vectors): (f64, Vec<f32>)| {
                (loss.to_bits(), vectors.into_iter().map(f32::to_bits).collect::<Vec<_>>())
            };
            let plain = text.train_compact(model, 200, scalar(dispatch.arithmetic()));
            assert!(bits(text.train_compact(model, 200, dispatch)) == bits(plain), "{} {model:?}", name(dispatch));
        });
    }
}

/// `core/README.md` shows these figures: `cargo test -p w2v-tests sixteen_bits -- --nocapture`.
#[test]
fn sixteen_bits_are_as_good_as_thirty_two() {
    let text = Text::builtin();
    for model in models() {
        let (wide_loss, wide) = text.train_wide(model, usize::MAX, Dispatch::detect());
        let (loss, compact) = text.train_compact(model, usize::MAX, Dispatch::detect());
        let (wide, compact) = (text.analogies(wide), text.analogies(compact));
        let (architecture, objective) = model;
        println!(
            "{architecture}, {objective}: loss {wide_loss:.3} and {loss:.3}, analogies {wide:.3} and {compact:.3}"
        );
        assert!((loss / wide_loss - 1.0).abs() < 0.005, "the loss of a pair is the same");
        assert!(compact > wide - 0.03, "analogies differ by no more than from seed to seed");
    }
}
