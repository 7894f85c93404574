//! Training: what a [`Trainer`](crate::Trainer) with these settings would do on this machine.
//!
//! The result is a function of the corpus and the settings, and of nothing else: not of the threads, nor of the
//! instruction set within one arithmetic.
//!
//! There are two models, `skip_gram` and `cbow`, and each has a `negative` and a `tree`: the objectives that train its output
//! matrix. Both stand on `kept`, which forms windows, on `partition`, which deals words out, on `tree_split`, which divides the
//! tree, and on groups of predictions that share what they are trained with: `noise_groups` their negatives, or
//! `many_negatives`, `path_groups` a path.

pub(crate) mod cbow;
pub(crate) mod initial_state;
mod kept;
mod many_negatives;
mod noise_groups;
pub(crate) mod partition;
mod path_groups;
pub(crate) mod skip_gram;
mod subsample;
pub(crate) mod trainer;
pub(crate) mod tree_split;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::memory;
use crate::setting;
use crate::text::vocabulary::Vocabulary;
use crate::threads;
use std::f64::consts::LN_2;
use trainer::Progress;
use w2v_core::kinds::{Architecture, Objective};
use w2v_core::lanes::{Lanes, blocks};
use w2v_core::rng::SplitMix64;
use w2v_core::simd::{Arithmetic, Backend, Dispatch};
use w2v_core::subsample::keep_probability;
use w2v_core::train::{Progress as Done, Schedule};

/// Where in the run a superbatch stands; with the seed it determines every draw.
#[derive(Clone, Copy, Debug)]
struct Place {
    seed: u64,
    epoch: u64,
    superbatch: u64,
    /// Tokens read before it, all epochs.
    read: u64,
}

impl Place {
    /// The generator of this place, for others [`within`](SplitMix64::within) it.
    fn generator(&self) -> SplitMix64 {
        SplitMix64::at(&[self.seed, self.epoch, self.superbatch])
    }
}

/// A step size, and the generator at the step's place; what draws side by side draws [`within`](SplitMix64::within) it.
struct Step {
    learning_rate: f32,
    rng: SplitMix64,
}

/// A model in training, by the threads of the current pool.
trait Model: Send {
    /// Tokens that it wants at once.
    fn superbatch(&self) -> usize;
    /// Trains on word ids with [`SENTENCE_END`](crate::text::corpus::SENTENCE_END) after each sentence, but for one that goes on in the
    /// next superbatch of the epoch: there are trained those windows whose context comes only then.
    fn train(&mut self, tokens: &[u32], place: Place) -> Result<Done>;
    /// The input matrix.
    fn into_input(self: Box<Self>) -> Rows;
    /// The input matrix and the output matrix of words that occur `counts` times.
    fn into_both(self: Box<Self>, counts: &[u64]) -> Result<(Rows, Rows)>;
}

/// Threads that a model with these settings is trained on: those of `config`, but with CBOW at most 16.
#[must_use]
pub fn threads(config: &Config) -> usize {
    let wanted = threads::number(config.threads);
    match config.architecture {
        Architecture::SkipGram => wanted,
        Architecture::Cbow => wanted.min(cbow::MOST_THREADS),
    }
}

/// Of `tokens` tokens of a corpus those that subsampling with threshold `sample` keeps in an epoch, on average, if its words are as
/// frequent as in `vocabulary`'s counts.
///
/// ```
/// use w2v::{Vocabulary, train::tokens_kept};
///
/// # fn main() -> w2v::Result<()> {
/// let vocabulary = Vocabulary::parse(&b"often 90\nseldom 10\n"[..], "counts", 1)?;
/// assert_eq!(tokens_kept(&vocabulary, vocabulary.tokens(), 0.1), 40 + 10);
/// // The counts may be those of a larger corpus.
/// assert_eq!(tokens_kept(&vocabulary, 10, 0.1), 5);
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn tokens_kept(vocabulary: &Vocabulary, tokens: u64, sample: f64) -> u64 {
    let (counts, total) = (vocabulary.counts(), vocabulary.tokens());
    let kept = counts.iter().map(|&count| count as f64 * keep_probability(count, total, sample)).sum::<f64>();
    (kept * (tokens as f64 / total as f64)).round() as u64
}

/// The backend and arithmetic that these settings lead to on this machine.
///
/// # Errors
/// [`Error::Setting`] if the machine lacks what was asked for.
pub fn dispatch(config: &Config) -> Result<Dispatch> {
    Dispatch::choose(config.backend, config.arithmetic).map_err(|_| {
        let known = Dispatch::all().map(|pair| format!("{} {}", pair.backend(), pair.arithmetic()));
        let wish = [config.backend.map(Backend::name), config.arithmetic.map(Arithmetic::name)];
        Error::Setting {
            setting: if config.backend.is_some() { setting::Setting::Backend } else { setting::Setting::Arithmetic },
            value: wish.into_iter().flatten().collect::<Vec<_>>().join(" "),
            problem: format!("not available on this processor; there are {}", known.collect::<Vec<_>>().join(", ")),
        }
    })
}

/// So many times the loss of an untrained model is no longer that of one in training.
const DIVERGED: f64 = 4.0;

/// Refuses to go on where the loss of a model of `words` words shows that training has diverged.
pub(crate) fn check_loss(progress: &Progress, words: usize, config: &Config) -> Result<()> {
    // Each decision is worth ln 2: of a tree's there are about as many on a path as bits tell words apart.
    let decisions = match config.objective {
        Objective::NegativeSampling => config.negatives as f64 + 1.0,
        Objective::HierarchicalSoftmax => (words as f64).log2() + 1.0,
    };
    let untrained = decisions * LN_2;
    match progress.loss {
        Some(loss) if loss.is_nan() || loss > DIVERGED * untrained => {
            Err(Error::Diverged { epoch: progress.epoch, loss, untrained, learning_rate: config.learning_rate() })
        }
        _ => Ok(()),
    }
}

/// That no pair was trained.
pub(crate) fn untrained(config: &Config) -> Error {
    let more = if config.sample > 0.0 { "sample 0, " } else { "" };
    Error::NothingToTrain(format!(
        "no sentence of the corpus has two words that min-count and sample {} keep; {more}a smaller min-count or \
         longer lines would leave some",
        config.sample
    ))
}

/// The model of these settings at its start.
fn model(setting: Setting<'_>) -> Result<Box<dyn Model>> {
    Ok(match (setting.config.architecture, setting.config.objective) {
        (Architecture::SkipGram, Objective::NegativeSampling) => skip_gram::with_negatives(setting)?,
        (Architecture::SkipGram, Objective::HierarchicalSoftmax) => skip_gram::with_tree(setting)?,
        (Architecture::Cbow, Objective::NegativeSampling) => cbow::with_negatives(setting)?,
        (Architecture::Cbow, Objective::HierarchicalSoftmax) => cbow::with_tree(setting)?,
    })
}

/// What a model is made from.
struct Setting<'a> {
    vocabulary: &'a Vocabulary,
    config: &'a Config,
    dispatch: Dispatch,
    schedule: Schedule,
    /// For each word the share of draws that keep a token.
    keep: Vec<u32>,
    /// Tokens of one epoch.
    corpus_tokens: u64,
}

/// A matrix as it was trained, and which of its rows is each word's or each inner node's.
struct Rows {
    lanes: Vec<Lanes>,
    of: Vec<u32>,
}

impl Rows {
    /// The rows in the order of the words or nodes, without their padding.
    fn into_numbers(self, dim: usize) -> Result<Vec<f32>> {
        let Self { lanes, of } = self;
        let blocks = blocks(dim);
        let mut numbers = Vec::new();
        memory::reserve(&mut numbers, of.len() * dim, "vectors")?;
        for row in of.iter().map(|&row| row as usize) {
            let lanes = lanes[row * blocks..(row + 1) * blocks].iter().flat_map(|lanes| lanes.0);
            numbers.extend(lanes.take(dim));
        }
        Ok(numbers)
    }
}

/// What a kernel returns.
type Outcome<T> = std::result::Result<T, w2v_core::error::Error>;

/// A kernel's refusal, of which there should be none: the host has checked what it passes.
fn defect(error: w2v_core::error::Error) -> Error {
    Error::Kernel(error)
}
