//! The place of a run between two superbatches, and what was trained by then.

use w2v_core::train::Progress as Done;

/// Where a run stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    /// The epoch of the next superbatch, counted from 1; one more than all epochs at the end.
    pub(super) epoch: usize,
    /// Superbatches of that epoch that were trained.
    pub(super) superbatch: u64,
    /// Tokens read, all epochs.
    pub(super) read: u64,
    /// What that epoch has trained.
    pub(super) done: Done,
    /// Pairs of the epochs before.
    pub(super) pairs: u64,
    /// The mean loss of each epoch before.
    pub(super) losses: Vec<Option<f64>>,
}

impl Place {
    /// Before the first superbatch.
    pub(super) fn start() -> Self {
        Self { epoch: 1, superbatch: 0, read: 0, done: Done::default(), pairs: 0, losses: Vec::new() }
    }

    /// Tokens read in the epoch, where all epochs have `tokens`; `None` if those are more than all.
    pub(super) fn read_in_epoch(&self, tokens: u64) -> Option<u64> {
        let before = (self.epoch as u64).checked_sub(1)?.checked_mul(tokens)?;
        self.read.checked_sub(before)
    }

    /// A superbatch of `tokens` tokens was trained.
    pub(super) fn pass_superbatch(&mut self, tokens: u64, done: Done) {
        self.superbatch += 1;
        self.read += tokens;
        self.done += done;
    }

    /// The epoch is at its end.
    pub(super) fn pass_epoch(&mut self) {
        self.epoch += 1;
        self.superbatch = 0;
        let done = std::mem::take(&mut self.done);
        self.pairs += done.pairs;
        self.losses.push(mean_loss(&done));
    }
}

/// The mean loss of a pair, in nats; none where no pair was trained.
pub(super) fn mean_loss(done: &Done) -> Option<f64> {
    (done.pairs > 0).then(|| done.loss / done.pairs as f64)
}
