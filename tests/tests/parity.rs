//! Parity with the original: its training loop, rebuilt from the project's public parts, reproduces
//! the vectors it wrote.
//!
//! The data's README has every detail of the runs. Where their order of operations cannot be had,
//! that of a sum for instance, the vectors may differ: compiling word2vec.c anew moves its own by
//! up to 7·10⁻⁵.

use std::collections::HashMap;
use std::fs;
use std::path::Path as FilePath;

use rand_core::Rng;
use w2v::Vectors;
use w2v_core::huffman::{self, Huffman, Link, Path};
use w2v_core::kinds::{Architecture, CbowGradient};
use w2v_core::lanes::Lanes;
use w2v_core::sigmoid::Sigmoid;
use w2v_core::simd::{Dispatch, Kernel, Simd};
use w2v_core::step::cbow::{Gather, Scatter};
use w2v_core::step::negative::NegativeSampling;
use w2v_core::step::path::HierarchicalSoftmax;
use w2v_core::step::{HiddenUpdate, Prefetch};
use w2v_core::train::Schedule;
use w2v_core::vector;
use w2v_core::window::Window;
use w2v_tests::backends::{for_each_backend, name};
use w2v_tests::data;
use w2v_tests::inputs::Owned;
use w2v_tests::original::{Beyond, Generator, Noise, Sigma, draw_share};

/// Largest absolute difference of any number of any vector.
const BOUND: f32 = 2e-4;
const WINDOW: u64 = 5;
const NEGATIVES: usize = 5;
const SAMPLE: f32 = 1e-3;
const LONGEST_SENTENCE: usize = 1000;
const WORDS_BETWEEN_RATES: u64 = 10_000;

/// The corpus as word ids, 0 the end of a sentence, and how often each occurs.
struct Text {
    tokens: Vec<u32>,
    counts: Vec<u64>,
}

impl Text {
    /// Reads the corpus with the words, and their order, of a model made from it.
    fn read(path: &FilePath, model: &Vectors) -> Self {
        let ids: HashMap<&[u8], u32> = model.words().map(|word| &**word).zip(0..).collect();
        let mut text = Self { tokens: Vec::new(), counts: vec![0; model.len()] };
        let bytes = fs::read(path).expect("the corpus");
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            let words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
            text.tokens.extend(words.filter_map(|word| ids.get(word)));
            text.tokens.extend(line.ends_with(b"\n").then_some(0));
        }
        text.tokens.iter().for_each(|&word| text.counts[word as usize] += 1);
        text
    }
}

enum Objective {
    Negative(Noise),
    Tree(Vec<Path>),
}

impl Objective {
    fn tree(counts: &[u64]) -> Self {
        // The sentence's end stands first whatever its count, and so is joined when all other
        // leaves are. Raised to the next count, which keeps the order that the tree asks for, it
        // still is: no inner node is lighter by then.
        let mut counts = counts.to_vec();
        counts[0] = counts[1];
        let mut links = vec![Link::default(); huffman::required_len(counts.len())];
        let mut weights = vec![0; huffman::required_weights(counts.len())];
        let tree = Huffman::new(&counts, &mut links, &mut weights).expect("a tree");
        let path = |word| {
            let mut path = Path::new();
            tree.path(word, &mut path).expect("a word of the tree");
            path
        };
        Self::Tree((0..counts.len() as u32).map(path).collect())
    }
}

/// A run of the rebuilt loop.
struct Run {
    architecture: Architecture,
    input: Owned,
    predictor: Predictor,
}

/// All of it but the input matrix, whose rows predict.
struct Predictor {
    dispatch: Dispatch,
    objective: Objective,
    sigma: Sigma,
    output: Owned,
    random: Generator,
    learning_rate: f32,
}

impl Run {
    fn train(&mut self, text: &Text, start: f32) {
        let tokens = text.tokens.len() as u64;
        let schedule = Schedule { start, tokens };
        let (mut read, mut refreshed) = (0, 0);
        let mut rest = text.tokens.iter().copied();
        while read < tokens {
            let mut sentence = Vec::new();
            while sentence.len() < LONGEST_SENTENCE
                && let Some(word) = rest.next()
            {
                read += 1;
                if word == 0 {
                    break;
                }
                if keeps(text.counts[word as usize] as f32, tokens as f32, &mut self.predictor.random) {
                    sentence.push(word);
                }
            }
            for center in 0..sentence.len() {
                // The original looks before it reads a sentence, so the first step still has the
                // old rate.
                if center > 0 && read - refreshed > WORDS_BETWEEN_RATES {
                    self.predictor.learning_rate = schedule.learning_rate(read);
                    refreshed = read;
                }
                let reach = WINDOW - self.predictor.random.next_u64() % WINDOW;
                let window = Window::around(center, reach as usize, sentence.len());
                let context: Vec<u32> = window.context().map(|position| sentence[position]).collect();
                self.step(&context, sentence[center]);
            }
        }
    }

    fn step(&mut self, context: &[u32], target: u32) {
        let Self { architecture, input, predictor } = self;
        match architecture {
            Architecture::SkipGram => {
                context.iter().for_each(|&word| predictor.predict(input, word, target, HiddenUpdate::Learn));
            }
            Architecture::Cbow if context.is_empty() => {}
            Architecture::Cbow => {
                let mut hidden = Owned::zeros(1, input.dim());
                let words = || context.iter().copied();
                predictor.dispatch.run(Gather::new(&input.as_ref(), words(), hidden.row_mut(0))).expect("a context");
                predictor.predict(&mut hidden, 0, target, HiddenUpdate::Gradient);
                let (gradient, division) = (hidden.row(0), CbowGradient::Undivided);
                predictor
                    .dispatch
                    .run(Scatter::new(&mut input.as_mut(), words(), gradient, division))
                    .expect("a context");
            }
        }
    }
}

fn keeps(count: f32, tokens: f32, random: &mut Generator) -> bool {
    let ratio = SAMPLE * tokens;
    let keep = (f64::from(count / ratio).sqrt() + 1.0) * f64::from(ratio) / f64::from(count);
    keep as f32 >= draw_share(random)
}

impl Predictor {
    /// One hidden row predicts the target.
    fn predict(&mut self, hidden: &mut Owned, hidden_row: u32, target: u32, then: HiddenUpdate) {
        let (dispatch, learning_rate, sigmoid) = (self.dispatch, self.learning_rate, &self.sigma);
        let (hidden_rows, ahead) = (&[hidden_row], Prefetch::default());
        match &self.objective {
            Objective::Negative(noise) => {
                let drawn = (0..NEGATIVES).map(|_| noise.draw(&mut self.random)).filter(|&word| word != target);
                let (negatives, repeated) = &firsts(drawn);
                let before = hidden.row(hidden_row as usize).to_vec();
                dispatch
                    .run(
                        NegativeSampling::new(
                            &mut hidden.as_mut(),
                            hidden_rows,
                            &mut self.output.as_mut(),
                            &[target],
                            negatives,
                            learning_rate,
                            sigmoid,
                        )
                        .hidden_update(then)
                        .prefetch(ahead),
                    )
                    .expect("arguments that fit");
                for &word in repeated {
                    let to = hidden.row_mut(hidden_row as usize);
                    let output = self.output.row_mut(word as usize);
                    dispatch.run(Again { hidden: &before, output, to, learning_rate, sigmoid });
                }
            }
            Objective::Tree(paths) => {
                let (hidden, output) = (&mut hidden.as_mut(), &mut self.output.as_mut());
                let (nodes, code) = (paths[target as usize].nodes(), paths[target as usize].code());
                let step = HierarchicalSoftmax::new(hidden, hidden_rows, output, nodes, code, learning_rate, sigmoid)
                    .hidden_update(then)
                    .prefetch(ahead);
                dispatch.run(step).expect("arguments that fit");
            }
        }
    }
}

/// The words at their first occurrence, and those that had occurred before.
fn firsts(words: impl Iterator<Item = u32>) -> (Vec<u32>, Vec<u32>) {
    let (mut firsts, mut repeated) = (Vec::new(), Vec::new());
    for word in words {
        if firsts.contains(&word) { repeated.push(word) } else { firsts.push(word) }
    }
    (firsts, repeated)
}

/// One negative alone. A step takes all its logits before it changes a row; the original takes them
/// in turn, which shows where a word is drawn twice.
struct Again<'a> {
    hidden: &'a [Lanes],
    output: &'a mut [Lanes],
    to: &'a mut [Lanes],
    learning_rate: f32,
    sigmoid: &'a Sigma,
}

impl Kernel for Again<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let logit = vector::dot(simd, self.hidden, self.output);
        let scaled = self.learning_rate * self.sigmoid.error(logit, 0.0);
        vector::axpy(simd, scaled, self.output, self.to);
        vector::axpy(simd, scaled, self.hidden, self.output);
    }
}

/// Starting rows as the original fills them.
fn starting_rows(words: usize, dim: usize) -> Owned {
    let mut random = Generator(1);
    let mut input = Owned::zeros(words, dim);
    input.fill(|_, _| (draw_share(&mut random) - 0.5) / dim as f32);
    input
}

fn assert_reproduced(file: &str, architecture: Architecture, objective: fn(&[u64]) -> (Objective, Beyond), start: f32) {
    let (Some(corpus), Some(model)) = (data::find("parity/corpus.txt"), data::find(&format!("parity/{file}"))) else {
        return;
    };
    let model = Vectors::load(&model).expect("a model of the original");
    let text = Text::read(&corpus, &model);
    assert_eq!((text.tokens.len(), model.len()), (24_693, 943), "the corpus is the one described");
    for_each_backend(|dispatch| {
        let (objective, beyond) = objective(&text.counts);
        let predictor = Predictor {
            dispatch,
            objective,
            sigma: Sigma::new(beyond),
            output: Owned::zeros(model.len(), model.dim()),
            random: Generator(0),
            learning_rate: start,
        };
        let mut run = Run { architecture, input: starting_rows(model.len(), model.dim()), predictor };
        run.train(&text, start);
        let found = (0..model.len()).flat_map(|word| run.input.numbers(word));
        let off = found.zip(model.numbers()).map(|(found, written)| (found - written).abs()).fold(0.0, f32::max);
        println!("{file}, {}: largest difference {off:e}", name(dispatch));
        assert!(off <= BOUND, "{file}, {}: off by {off:e}", name(dispatch));
    });
}

fn negative(counts: &[u64]) -> (Objective, Beyond) {
    (Objective::Negative(Noise::new(counts)), Beyond::Clamp)
}

fn tree(counts: &[u64]) -> (Objective, Beyond) {
    (Objective::tree(counts), Beyond::Skip)
}

#[test]
fn skip_gram_with_negative_sampling() {
    assert_reproduced("sgns-d32.bin", Architecture::SkipGram, negative, 0.025);
    assert_reproduced("sgns-d100.bin", Architecture::SkipGram, negative, 0.025);
}

#[test]
fn skip_gram_with_hierarchical_softmax() {
    assert_reproduced("sghs-d32.bin", Architecture::SkipGram, tree, 0.025);
}

#[test]
fn cbow_with_negative_sampling() {
    assert_reproduced("cbns-d32.bin", Architecture::Cbow, negative, 0.05);
}

#[test]
fn cbow_with_hierarchical_softmax() {
    assert_reproduced("cbhs-d32.bin", Architecture::Cbow, tree, 0.05);
}
