//! The place of a run between two superbatches, and the losses so far.

use w2v_core::train::Progress as Done;

/// The place of a run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    /// The epoch of the next superbatch, counted from 1. After the last epoch it is the number of
    /// epochs + 1.
    pub(super) epoch: usize,
    /// The number of superbatches of this epoch that were trained.
    pub(super) superbatch: u64,
    /// The number of tokens read, in all epochs.
    pub(super) read: u64,
    /// The pairs and the loss of this epoch.
    pub(super) done: Done,
    /// The number of pairs in the epochs before this one.
    pub(super) pairs: u64,
    /// The mean loss of each epoch before this one.
    pub(super) losses: Vec<Option<f64>>,
}

impl Place {
    /// The place before the first superbatch.
    pub(super) fn start() -> Self {
        Self { epoch: 1, superbatch: 0, read: 0, done: Done::default(), pairs: 0, losses: Vec::new() }
    }

    /// The number of tokens read in this epoch, where each epoch has `tokens` tokens. `None` if the
    /// epochs before already have more tokens than were read.
    pub(super) fn read_in_epoch(&self, tokens: u64) -> Option<u64> {
        let before = (self.epoch as u64).checked_sub(1)?.checked_mul(tokens)?;
        self.read.checked_sub(before)
    }

    /// Moves the place past a superbatch of `tokens` tokens.
    pub(super) fn pass_superbatch(&mut self, tokens: u64, done: Done) {
        self.superbatch += 1;
        self.read += tokens;
        self.done += done;
    }

    /// Moves the place past the end of the epoch.
    pub(super) fn pass_epoch(&mut self) {
        self.epoch += 1;
        self.superbatch = 0;
        let done = std::mem::take(&mut self.done);
        self.pairs += done.pairs;
        self.losses.push(mean_loss(&done));
    }
}

/// The mean loss of a pair, in nats; `None` if no pair was trained.
pub(super) fn mean_loss(done: &Done) -> Option<f64> {
    (done.pairs > 0).then(|| done.loss / done.pairs as f64)
}
