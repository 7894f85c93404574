//! How far a run has come, and what ends it early.

use std::f64::consts::LN_2;

use w2v_core::kinds::Objective;
use w2v_core::train::{Progress as Done, Schedule};

use crate::config::Config;
use crate::error::{Error, Result};
use crate::train::place::mean_loss;

/// How far training has come.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// Current epoch, counted from 1.
    pub epoch: usize,
    /// Epochs in all.
    pub epochs: usize,
    /// Tokens read so far, all epochs.
    pub tokens: u64,
    /// Tokens of all epochs.
    pub tokens_total: u64,
    /// Pairs trained in this epoch.
    pub pairs: u64,
    /// Mean loss of a pair in this epoch so far, in nats; none where no pair was trained.
    pub loss: Option<f64>,
    /// Current step size.
    pub learning_rate: f64,
    /// Whether this is the epoch's last report.
    pub epoch_finished: bool,
}

impl Progress {
    /// After `tokens` of all epochs, when `done` is what `epoch` has trained.
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

/// So many times the loss of an untrained model is no longer that of one in training.
const DIVERGED: f64 = 4.0;

/// Refuses to go on where the loss of a model of `words` words shows that training has diverged.
pub(crate) fn check_loss(progress: &Progress, words: usize, config: &Config) -> Result<()> {
    // Each decision is worth ln 2: of a tree's there are about as many on a path as bits tell words
    // apart.
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
