//! What the phases ask of an objective.

use super::batch::Batch;
use crate::train::context::{Outcome, StepParameters};
use w2v_core::lanes::Lanes;

/// The output matrix, and how it is trained.
pub(super) trait Predictor: Send {
    /// Trains the output matrix with all windows of `batch`, whose hidden vectors are the rows of `windows` by partition of the
    /// center.
    fn predict<'w>(
        &'w mut self,
        batch: &Batch,
        windows: &'w mut [Lanes],
        step: StepParameters,
    ) -> Outcome<Predicted<'w>>;
}

/// What [`Predictor::predict`] leaves.
pub(super) struct Predicted<'w> {
    /// The sum of the windows' losses, the same bits for any number of threads.
    pub(super) loss: f64,
    /// Of all windows, by partition of the center.
    pub(super) gradients: &'w [Lanes],
}

/// The first `len` of `rows`, which become more if they are fewer; what an earlier batch left there is overwritten.
pub(super) fn enough(rows: &mut Vec<Lanes>, len: usize) -> &mut [Lanes] {
    rows.resize(rows.len().max(len), Lanes::ZERO);
    &mut rows[..len]
}
