//! The interface of an objective for the phases.

use super::batch::Batch;
use crate::error::Result;
use crate::train::context::{Outcome, Rows, RowsMut, StepParameters};
use w2v_core::lanes::Lanes;

/// An objective with its output matrix.
pub(super) trait Predictor: Send {
    /// Trains the output matrix with all windows of `batch`. The rows of `windows` are their hidden
    /// vectors, in the order of the centers' partitions; they may be overwritten.
    fn predict<'w>(
        &'w mut self,
        batch: &Batch,
        windows: &'w mut [Lanes],
        step: StepParameters,
    ) -> Outcome<Predicted<'w>>;

    /// The output matrix in place, where it is trained. `counts` are the counts of the words.
    fn output(&mut self, counts: &[u64]) -> Result<RowsMut<'_>>;

    /// The output matrix. `counts` are the counts of the words.
    fn into_output(self, counts: &[u64]) -> Result<Rows>;
}

/// The result of [`Predictor::predict`].
pub(super) struct Predicted<'w> {
    /// The sum of the windows' losses. It has the same bits for any number of threads.
    pub(super) loss: f64,
    /// The gradient of each window, in the order of the centers' partitions.
    pub(super) gradients: &'w [Lanes],
}

/// The first `len` of `rows`. `rows` grows if it is shorter. The content is arbitrary: an earlier
/// batch left it.
pub(super) fn enough(rows: &mut Vec<Lanes>, len: usize) -> &mut [Lanes] {
    rows.resize(rows.len().max(len), Lanes::ZERO);
    &mut rows[..len]
}
