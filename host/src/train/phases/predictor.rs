//! What the phases ask of an objective.

use super::batch::Batch;
use crate::error::Result;
use crate::train::context::{Outcome, Rows, RowsMut, StepParameters};
use w2v_core::lanes::Lanes;

/// The output matrix, and how it is trained.
pub(super) trait Predictor: Send {
    /// Trains the output matrix with all windows of `batch`. Their hidden vectors are the rows of
    /// `windows`, in the order of the centers' partitions.
    fn predict<'w>(
        &'w mut self,
        batch: &Batch,
        windows: &'w mut [Lanes],
        step: StepParameters,
    ) -> Outcome<Predicted<'w>>;

    /// The output matrix of words that occur `counts` times, where it is trained.
    fn output(&mut self, counts: &[u64]) -> Result<RowsMut<'_>>;

    /// The output matrix of words that occur `counts` times.
    fn into_output(self, counts: &[u64]) -> Result<Rows>;
}

/// What [`Predictor::predict`] leaves.
pub(super) struct Predicted<'w> {
    /// The sum of the windows' losses, the same bits for any number of threads.
    pub(super) loss: f64,
    /// The gradient of each window, in the order of the centers' partitions.
    pub(super) gradients: &'w [Lanes],
}

/// The first `len` of `rows`, which grow if they are fewer. They hold what an earlier batch left.
pub(super) fn enough(rows: &mut Vec<Lanes>, len: usize) -> &mut [Lanes] {
    rows.resize(rows.len().max(len), Lanes::ZERO);
    &mut rows[..len]
}
