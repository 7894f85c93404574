//! Steps with all their arguments, to be run on any backend, by the oracle, or both.

use rand_core::Rng;
use w2v_core::huffman::{self, Huffman, Link, Path};
use w2v_core::rng::{SplitMix64, below};
use w2v_core::sigmoid::{Exact, LOSS_ERROR, SIGMOID_ERROR, Sigmoid, TABLE};
use w2v_core::simd::Dispatch;
use w2v_core::step::negative::NegativeSampling;
use w2v_core::step::path::HierarchicalSoftmax;
use w2v_core::step::{HiddenUpdate, Prefetch};

use crate::backends::{for_each_backend, name, scalar};
use crate::bounds::{assert_near, step_bound};
use crate::inputs::Owned;
use crate::reference::{self, Rows};

/// Rows to be fetched that change nothing: some that exist and some that do not.
pub const PREFETCH: Prefetch<'_> = Prefetch::new(&[0, u32::MAX], [&[1, 1_000_000], &[0]]);

/// Step size of every case: large for training, so that a wrong term shows.
pub const LEARNING_RATE: f32 = 0.125;

/// The two matrices and a group of `G` hidden rows of the first.
#[derive(Clone, Debug)]
pub struct Case<const G: usize> {
    /// The matrix of the hidden rows.
    pub input: Owned,
    /// The output matrix.
    pub output: Owned,
    /// The group's rows of `input`.
    pub hidden_rows: [u32; G],
    /// Their targets (negative sampling).
    pub targets: [u32; G],
    /// Their negatives (negative sampling).
    pub negatives: Vec<u32>,
    /// Step size.
    pub learning_rate: f32,
    /// What becomes of the hidden rows.
    pub then: HiddenUpdate,
}

/// What a step left.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The matrix of the hidden rows.
    pub input: Owned,
    /// The output matrix.
    pub output: Owned,
    /// The loss before the update.
    pub loss: f32,
}

impl Outcome {
    /// All bits: both matrices, padding included, and the loss.
    pub fn bits(&self) -> (Vec<u32>, Vec<u32>, u32) {
        (self.input.bits(), self.output.bits(), self.loss.to_bits())
    }

    /// Whether the padding of both matrices is zero.
    pub fn padding_is_zero(&self) -> bool {
        self.input.padding_is_zero() && self.output.padding_is_zero()
    }
}

/// What the oracle leaves: input rows, output rows, loss.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The matrix of the hidden rows.
    pub input: Rows,
    /// The output matrix.
    pub output: Rows,
    /// The loss before the update.
    pub loss: f64,
}

impl<const G: usize> Case<G> {
    /// A case of `rows` rows in each matrix, of numbers in ±`size`; with few rows, ids repeat.
    pub fn random(rows: u32, dim: usize, negatives: usize, size: f32, seed: u64) -> Self {
        let mut random = SplitMix64::at(&[seed, 1]);
        let mut id = || below(random.next_u32(), rows);
        Self {
            hidden_rows: [(); G].map(|()| id()),
            targets: [(); G].map(|()| id()),
            negatives: (0..negatives).map(|_| id()).collect(),
            input: Owned::random(rows as usize, dim, size, seed ^ 2),
            output: Owned::random(rows as usize, dim, size, seed ^ 3),
            learning_rate: LEARNING_RATE,
            then: HiddenUpdate::Learn,
        }
    }

    /// Negative sampling as the project does it.
    ///
    /// # Panics
    /// If the step refuses its arguments.
    pub fn negative(&self, dispatch: Dispatch, sigmoid: &impl Sigmoid) -> Outcome {
        self.run(|hidden, output| {
            dispatch.run(
                NegativeSampling::new(
                    &mut hidden.as_mut(),
                    &self.hidden_rows,
                    &mut output.as_mut(),
                    &self.targets,
                    &self.negatives,
                    self.learning_rate,
                    sigmoid,
                )
                .hidden_update(self.then)
                .prefetch(PREFETCH),
            )
        })
    }

    /// Hierarchical softmax along `path` as the project does it.
    ///
    /// # Panics
    /// If the step refuses its arguments.
    pub fn path(&self, dispatch: Dispatch, path: &Path, sigmoid: &impl Sigmoid) -> Outcome {
        self.walk(dispatch, path.nodes(), path.code(), sigmoid)
    }

    /// Hierarchical softmax along any nodes as the project does it.
    ///
    /// # Panics
    /// If the step refuses its arguments.
    pub fn walk(&self, dispatch: Dispatch, nodes: &[u32], code: u64, sigmoid: &impl Sigmoid) -> Outcome {
        self.run(|hidden, output| {
            dispatch.run(
                HierarchicalSoftmax::new(
                    &mut hidden.as_mut(),
                    &self.hidden_rows,
                    &mut output.as_mut(),
                    nodes,
                    code,
                    self.learning_rate,
                    sigmoid,
                )
                .hidden_update(self.then)
                .prefetch(PREFETCH),
            )
        })
    }

    fn run<E: std::fmt::Debug>(&self, step: impl FnOnce(&mut Owned, &mut Owned) -> Result<f32, E>) -> Outcome {
        let (mut input, mut output) = (self.input.clone(), self.output.clone());
        let loss = step(&mut input, &mut output).expect("arguments that fit");
        Outcome { input, output, loss }
    }

    /// Fails unless every backend does to the case what the scalar one does, and that is what the
    /// oracle does; its numbers are below `size`, and `what` is how a message calls it.
    ///
    /// # Panics
    /// If one does not.
    pub fn negative_agrees(&self, size: f32, what: &str) {
        let (dim, columns) = (self.input.dim(), self.negatives.len() + 1);
        let expected = self.expected_negative();
        for_each_backend(|dispatch| {
            let what = format!("{}, dim {dim}, {what}", name(dispatch));
            let plain = scalar(dispatch.arithmetic());
            let check = |found: &Outcome, plain: &Outcome, sigmoid_error: f32, loss_error: f32| {
                assert_eq!(found.bits(), plain.bits(), "{what}");
                assert!(found.padding_is_zero(), "{what}");
                let bound = step_bound(dim, size.into(), G, columns, sigmoid_error.into(), loss_error.into());
                assert_near(found, &expected, &bound, &what);
            };
            check(&self.negative(dispatch, &Exact), &self.negative(plain, &Exact), 0.0, 0.0);
            check(&self.negative(dispatch, &TABLE), &self.negative(plain, &TABLE), SIGMOID_ERROR, LOSS_ERROR);
        });
    }

    /// Negative sampling as the oracle does it.
    pub fn expected_negative(&self) -> Expected {
        let (targets, negatives) = (ids(&self.targets), ids(&self.negatives));
        let rate = f64::from(self.learning_rate);
        self.expect(|hidden, output| reference::negative(hidden, output, &targets, &negatives, rate))
    }

    /// Hierarchical softmax along `path` as the oracle does it.
    pub fn expected_path(&self, path: &Path) -> Expected {
        self.expected_walk(path.nodes(), path.code())
    }

    /// Hierarchical softmax along any nodes as the oracle does it.
    pub fn expected_walk(&self, nodes: &[u32], code: u64) -> Expected {
        let turns = turns(nodes, code);
        let rate = f64::from(self.learning_rate);
        self.expect(|hidden, output| reference::path(hidden, output, &turns, rate))
    }

    fn expect(&self, step: impl FnOnce(&Rows, &mut Rows) -> (Rows, f64)) -> Expected {
        let (mut input, mut output) = (self.input.to_reference(), self.output.to_reference());
        let rows = ids(&self.hidden_rows);
        let (gradients, loss) = step(&reference::rows(&input, &rows), &mut output);
        match self.then {
            HiddenUpdate::Learn => reference::add_rows(&mut input, &rows, &gradients),
            HiddenUpdate::Gradient => {
                for (row, gradient) in rows.into_iter().zip(gradients) {
                    input[row] = gradient;
                }
            }
        }
        Expected { input, output, loss }
    }
}

/// Ids as the oracle takes them.
pub fn ids(rows: &[u32]) -> Vec<usize> {
    rows.iter().map(|&row| row as usize).collect()
}

/// Nodes with the label to learn at each: 1 − code bit.
pub fn turns(nodes: &[u32], code: u64) -> Vec<(usize, bool)> {
    let label = |k: usize| (code >> k) & 1 == 0;
    nodes.iter().enumerate().map(|(k, &node)| (node as usize, label(k))).collect()
}

/// The path of each of `words` words whose counts fall as Zipf's law has them.
///
/// # Panics
/// For fewer than two words.
pub fn paths(words: usize) -> Vec<Path> {
    let counts: Vec<u64> = (0..words as u64).map(|word| 10_000 / (word + 1) + 1).collect();
    let mut links = vec![Link::default(); huffman::required_len(words)];
    let mut weights = vec![0; huffman::required_weights(words)];
    let tree = Huffman::new(&counts, &mut links, &mut weights).expect("a tree");
    let path = |word| {
        let mut path = Path::new();
        tree.path(word, &mut path).expect("a word of the tree");
        path
    };
    (0..words as u32).map(path).collect()
}
