//! The settings of a training run, with word2vec's defaults.

#[cfg(feature = "serde")]
use crate::by_name;
use crate::error::{Error, Result};
use crate::setting::Setting;
use w2v_core::kinds::{Architecture, CbowGradient, Objective};
use w2v_core::simd::{Arithmetic, Backend};

/// word2vec.c's.
const SKIP_GRAM_LEARNING_RATE: f64 = 0.025;

/// For CBOW with the exact gradient, whose rows receive 1/C of it each; of 0.075 to 0.2 the best on
/// 100 MB of Wikipedia.
const CBOW_LEARNING_RATE: f64 = 0.1;

/// word2vec.c's, for its undivided gradient; of 0.035 to 0.065 the best on the same text.
const CBOW_UNDIVIDED_LEARNING_RATE: f64 = 0.05;

/// Longest vector.
pub const MAX_DIM: usize = 65_536;

/// Widest window.
pub const MAX_WINDOW: usize = 10_000;

/// Most noise words for a target: beyond the kernel's
/// [`MAX_NEGATIVES`](w2v_core::unigram::MAX_NEGATIVES), 47, they are trained in several steps.
pub const MAX_NEGATIVES: usize = 1000;

/// Largest power of the counts, and with a minus the smallest: those of any counts are numbers
/// still.
pub const MAX_EXPONENT: f64 = 15.0;

/// Most epochs.
pub const MAX_EPOCHS: usize = 1_000_000;

/// Most threads.
pub const MAX_THREADS: usize = 1024;

/// What to train and how; the result is a function of these (but `threads`), the corpus and nothing
/// else.
///
/// Settings will be added: write `..Config::default()` after those that you choose, or use the
/// methods of [`Trainer`](crate::Trainer).
///
/// The defaults:
///
/// ```
/// use w2v::{Architecture, CbowGradient, Config, Objective};
///
/// let defaults = Config {
///     architecture: Architecture::SkipGram,
///     objective: Objective::NegativeSampling,
///     dim: 100,
///     window: 5,
///     negatives: 5,
///     exponent: 0.75,
///     epochs: 5,
///     sample: 1e-3,
///     learning_rate: None, // 0.025; with CBOW 0.05, or 0.1 with the exact gradient
///     cbow_gradient: CbowGradient::Undivided,
///     seed: 1,
///     threads: None,
///     backend: None,
///     arithmetic: None,
/// };
/// assert_eq!(Config::default(), defaults);
/// let cbow = |cbow_gradient| Config { architecture: Architecture::Cbow, cbow_gradient, ..Config::default() };
/// assert_eq!(defaults.learning_rate(), 0.025);
/// assert_eq!(cbow(CbowGradient::Undivided).learning_rate(), 0.05);
/// assert_eq!(cbow(CbowGradient::Exact).learning_rate(), 0.1);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
pub struct Config {
    /// Skip-gram or CBOW.
    #[cfg_attr(feature = "serde", serde(with = "by_name"))]
    pub architecture: Architecture,
    /// Negative sampling or hierarchical softmax.
    #[cfg_attr(feature = "serde", serde(with = "by_name"))]
    pub objective: Objective,
    /// Length of a word's vector.
    pub dim: usize,
    /// Largest number of words each side of the center; each window draws its reach from
    /// `1..=window`. A window ends where its sentence ends and nowhere else: words that subsampling
    /// leaves out do not count, and a sentence may be of any length.
    pub window: usize,
    /// Noise words per target (negative sampling).
    pub negatives: usize,
    /// Power of the counts in the noise distribution (negative sampling).
    pub exponent: f64,
    /// Passes over the corpus.
    pub epochs: usize,
    /// Subsampling threshold; 0 keeps every token.
    pub sample: f64,
    /// Starting step size, `None` for the architecture's default.
    pub learning_rate: Option<f64>,
    /// How CBOW deals its gradient; undivided by default, since at the best rate of each it scores
    /// higher (benches/CHOICES.md).
    #[cfg_attr(feature = "serde", serde(with = "by_name"))]
    pub cbow_gradient: CbowGradient,
    /// Seed of every draw.
    pub seed: u64,
    /// Worker threads, `None` for one per processor; never changes the result.
    /// [`train::threads`](crate::train::threads) tells how many train.
    pub threads: Option<usize>,
    /// Instruction set, `None` for the fastest found; changes the result only where it leads to
    /// another arithmetic.
    #[cfg_attr(feature = "serde", serde(with = "by_name::optional"))]
    pub backend: Option<Backend>,
    /// Rounding, `None` for fused where the instruction set has it at speed.
    #[cfg_attr(feature = "serde", serde(with = "by_name::optional"))]
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
            cbow_gradient: CbowGradient::Undivided,
            seed: 1,
            threads: None,
            backend: None,
            arithmetic: None,
        }
    }
}

impl Config {
    /// The starting step size: as set, or the architecture's default.
    #[must_use]
    pub fn learning_rate(&self) -> f64 {
        self.learning_rate.unwrap_or(match (self.architecture, self.cbow_gradient) {
            (Architecture::SkipGram, _) => SKIP_GRAM_LEARNING_RATE,
            (Architecture::Cbow, CbowGradient::Exact) => CBOW_LEARNING_RATE,
            (Architecture::Cbow, CbowGradient::Undivided) => CBOW_UNDIVIDED_LEARNING_RATE,
        })
    }

    /// Checks every setting on its own.
    ///
    /// # Errors
    /// [`Error::Setting`] for the first that cannot train.
    #[allow(clippy::cast_possible_truncation)]
    pub fn validate(&self) -> Result<()> {
        let rate = self.learning_rate();
        let sampled = self.objective == Objective::NegativeSampling;
        let checks = [
            (Setting::Dim, self.dim.to_string(), (1..=MAX_DIM).contains(&self.dim), format!("must be 1 to {MAX_DIM}")),
            (
                Setting::Window,
                self.window.to_string(),
                (1..=MAX_WINDOW).contains(&self.window),
                format!("must be 1 to {MAX_WINDOW}"),
            ),
            (
                Setting::Negatives,
                self.negatives.to_string(),
                !sampled || (1..=MAX_NEGATIVES).contains(&self.negatives),
                if self.negatives == 0 {
                    format!("must be 1 to {MAX_NEGATIVES}; without noise words negative sampling learns nothing")
                } else {
                    format!("must be 1 to {MAX_NEGATIVES}; a pair's time grows with them, and 5 to 20 are usual")
                },
            ),
            (
                Setting::Exponent,
                self.exponent.to_string(),
                !sampled || self.exponent.abs() <= MAX_EXPONENT,
                format!("must be -{MAX_EXPONENT} to {MAX_EXPONENT}, such as word2vec's 0.75"),
            ),
            (
                Setting::Epochs,
                self.epochs.to_string(),
                (1..=MAX_EPOCHS).contains(&self.epochs),
                format!("must be 1 to {MAX_EPOCHS}"),
            ),
            (
                Setting::Sample,
                self.sample.to_string(),
                self.sample.is_finite() && self.sample >= 0.0,
                "must be 0 (keep every token) or a small positive number such as 1e-3".into(),
            ),
            (
                Setting::LearningRate,
                rate.to_string(),
                (rate as f32).is_normal() && rate > 0.0,
                "must be a positive number such as 0.025".into(),
            ),
            (
                Setting::Threads,
                self.threads.unwrap_or(1).to_string(),
                self.threads.is_none_or(|threads| (1..=MAX_THREADS).contains(&threads)),
                format!("must be 1 to {MAX_THREADS}"),
            ),
        ];
        match checks.into_iter().find(|(_, _, holds, _)| !holds) {
            Some((setting, value, _, problem)) => Err(Error::Setting { setting, value, problem }),
            None => Ok(()),
        }
    }
}
