//! The progress of training, and what ends it early.

use std::f64::consts::LN_2;

use w2v_core::kinds::Objective;
use w2v_core::train::{Progress as Done, Schedule};

use crate::config::Config;
use crate::error::{Error, Result};
use crate::train::place::mean_loss;

/// The progress of training.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// The current epoch, counted from 1.
    pub epoch: usize,
    /// The number of epochs in all.
    pub epochs: usize,
    /// Tokens read so far, in all epochs.
    pub tokens: u64,
    /// Tokens to read in all epochs together.
    pub tokens_total: u64,
    /// Pairs of a hidden vector and a target trained in this epoch. With skip-gram there is a pair
    /// for each context word, with CBOW for each window.
    pub pairs: u64,
    /// Mean loss of a pair in this epoch so far, in nats; `None` if no pair was trained.
    pub loss: Option<f64>,
    /// The current step size.
    pub learning_rate: f64,
    /// Whether this is the epoch's last report.
    pub epoch_finished: bool,
}

impl Progress {
    /// The progress after `tokens` tokens of all epochs. `done` has the pairs and the loss of epoch
    /// `epoch`.
    pub(crate) fn new(epoch: usize, tokens: u64, done: &Done, config: &Config, schedule: Schedule) -> Self {
        Self {
            epoch,
            epochs: config.epochs,
            tokens,
            tokens_total: schedule.tokens,
            pairs: done.pairs,
            loss: mean_loss(done),
            learning_rate: schedule.learning_rate(tokens).into(),
            epoch_finished: false,
        }
    }
}

/// A mean loss above this many times the loss of an untrained model shows that training has
/// diverged.
const DIVERGED: f64 = 4.0;

/// Fails with [`Error::Diverged`] if the mean loss shows that training has diverged. The model has
/// `words` words.
pub(crate) fn check_loss(progress: &Progress, words: usize, config: &Config) -> Result<()> {
    // An untrained model has a loss of ln 2 for each decision. Negative sampling makes K + 1
    // decisions for a pair. With the tree, a path has at most log₂(words) + 1 nodes on average.
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

/// The error that no pair was trained.
pub(crate) fn untrained(config: &Config) -> Error {
    let more = if config.sample > 0.0 { "sample 0, " } else { "" };
    Error::NothingToTrain(format!(
        "no sentence of the corpus has two words that min-count and sample {} keep; {more}a smaller min-count or \
         longer lines would leave some",
        config.sample
    ))
}
