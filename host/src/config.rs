//! The settings of a training run, with word2vec's defaults.

pub(crate) mod texts;

#[cfg(feature = "serde")]
use crate::by_name;
use crate::error::{Error, Result};
use crate::setting::Setting;
use w2v_core::kinds::{Architecture, CbowGradient, Objective};
use w2v_core::simd::{Arithmetic, Backend};

/// The default of word2vec.c.
const SKIP_GRAM_LEARNING_RATE: f64 = 0.025;

/// The default for CBOW with the exact gradient, of which each of C context rows receives 1/C. Of
/// the rates from 0.075 to 0.2 this one scored best on 100 MB of Wikipedia.
const CBOW_LEARNING_RATE: f64 = 0.1;

/// The default for CBOW with the undivided gradient, as in word2vec.c. Of the rates from 0.035 to
/// 0.065 this one scored best on the same text.
const CBOW_UNDIVIDED_LEARNING_RATE: f64 = 0.05;

/// The largest [`Config::dim`].
pub const MAX_DIM: usize = 65_536;

/// The largest [`Config::window`].
pub const MAX_WINDOW: usize = 10_000;

/// The largest [`Config::negatives`]. More noise words than
/// [`MAX_NEGATIVES`](w2v_core::unigram::MAX_NEGATIVES) of the kernel, 47, are trained in several
/// steps.
pub const MAX_NEGATIVES: usize = 1000;

/// The largest absolute value of [`Config::exponent`]. Within it, the power of any count is finite
/// and not zero.
pub const MAX_EXPONENT: f64 = 15.0;

/// The largest [`Config::epochs`].
pub const MAX_EPOCHS: usize = 1_000_000;

/// The largest [`Config::threads`].
pub const MAX_THREADS: usize = 1024;

/// The settings of a training run. The trained model depends only on the corpus and on these
/// settings except `threads`.
///
/// Later versions will add settings. So write `..Config::default()` after the settings that you
/// choose, or use the methods of [`Trainer`](crate::Trainer).
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
    /// The number of numbers in a word's vector.
    pub dim: usize,
    /// The largest number of context words on each side of the center. Each window draws its reach
    /// uniformly from `1..=window`. Words that subsampling drops do not count. Only the ends of the
    /// sentence cut a window short; a sentence may have any length.
    pub window: usize,
    /// The number of noise words for each target (negative sampling).
    pub negatives: usize,
    /// The exponent of the noise distribution: a word that occurs n times has the weight n to the
    /// power `exponent` (negative sampling).
    pub exponent: f64,
    /// The number of passes over the corpus.
    pub epochs: usize,
    /// The subsampling threshold t: a token of a word that makes up the share f of the corpus is
    /// kept with probability √(t/f) + t/f, and always if this is over 1. 0 keeps every token.
    pub sample: f64,
    /// The step size at the start; `None` for the default of [`architecture`](Self::architecture)
    /// and [`cbow_gradient`](Self::cbow_gradient).
    pub learning_rate: Option<f64>,
    /// Whether each context word of CBOW receives the whole gradient or its share. Undivided is the
    /// default, because it scores higher when both have their best step size (benches/CHOICES.md).
    #[cfg_attr(feature = "serde", serde(with = "by_name"))]
    pub cbow_gradient: CbowGradient,
    /// The seed of every random draw.
    pub seed: u64,
    /// The number of threads, `None` for one for each processor. It never changes the result.
    /// [`train::threads`](crate::train::threads) returns the number that will train.
    pub threads: Option<usize>,
    /// The instruction set, `None` for the fastest of this processor. It changes the result only if
    /// it leads to another arithmetic.
    #[cfg_attr(feature = "serde", serde(with = "by_name::optional"))]
    pub backend: Option<Backend>,
    /// The rounding of a product and a sum; `None` for fused if the instruction set has fast fused
    /// instructions, unfused otherwise.
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
    /// The step size at the start: [`learning_rate`](Config#structfield.learning_rate) if set, or
    /// else the default of the architecture and the CBOW gradient.
    #[must_use]
    pub fn learning_rate(&self) -> f64 {
        self.learning_rate.unwrap_or(match (self.architecture, self.cbow_gradient) {
            (Architecture::SkipGram, _) => SKIP_GRAM_LEARNING_RATE,
            (Architecture::Cbow, CbowGradient::Exact) => CBOW_LEARNING_RATE,
            (Architecture::Cbow, CbowGradient::Undivided) => CBOW_UNDIVIDED_LEARNING_RATE,
        })
    }

    /// Checks each setting by itself.
    ///
    /// # Errors
    /// [`Error::Setting`] for the first setting whose value is not allowed.
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
