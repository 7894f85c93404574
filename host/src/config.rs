//! The settings of a training run, with word2vec's defaults.

use w2v_core::simd::{Arithmetic, Backend};
use w2v_core::train::{Architecture, CbowGradient, Objective};

/// What to train and how; the result is a function of these (but `threads`), the corpus and nothing else.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Skip-gram or CBOW.
    pub architecture: Architecture,
    /// Negative sampling or hierarchical softmax.
    pub objective: Objective,
    /// Length of a word's vector.
    pub dim: usize,
    /// Largest number of words each side of the center; each window draws its reach from `1..=window`.
    pub window: usize,
    /// Noise words per target (negative sampling).
    pub negatives: usize,
    /// Power of the counts in the noise distribution.
    pub exponent: f64,
    /// Passes over the corpus.
    pub epochs: usize,
    /// Subsampling threshold; 0 keeps every token.
    pub sample: f64,
    /// Starting step size, `None` for the architecture's default.
    pub learning_rate: Option<f64>,
    /// How CBOW deals its gradient.
    pub cbow_gradient: CbowGradient,
    /// Seed of every draw.
    pub seed: u64,
    /// Worker threads, `None` for one per processor; never changes the result.
    pub threads: Option<usize>,
    /// Instruction set, `None` for the fastest found; never changes the result.
    pub backend: Option<Backend>,
    /// Rounding, `None` for fused where the processor has it.
    pub arithmetic: Option<Arithmetic>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            architecture: Architecture::SkipGram,
            objective: Objective::NegativeSampling,
            dim: 100,
            window: 5,
            negatives: 5,
            exponent: 0.75,
            epochs: 5,
            sample: 1e-3,
            learning_rate: None,
            cbow_gradient: CbowGradient::Exact,
            seed: 1,
            threads: None,
            backend: None,
            arithmetic: None,
        }
    }
}
