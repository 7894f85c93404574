//! The interface of an objective for the rounds.

use super::pairs::{Chunk, Placement};
use crate::error::Result;
use crate::train::context::{Outcome, Rows, RowsMut, StepParameters};
use w2v_core::lanes::Lanes;
use w2v_core::rng::SplitMix64;

/// An objective with its output matrix.
pub(super) trait Learner: Send {
    /// The number of pairs for which the size of a superbatch is chosen, as if there were no
    /// subsampling. A superbatch that has clearly more pairs is trained in portions.
    const MOST_PAIRS: u64;

    /// The objective's placement of words in input partitions and target blocks.
    type Placement: Placement + Sync;

    /// The placement of all words.
    fn placement(&self) -> &Self::Placement;

    /// The generator for subsampling and windows, derived from the superbatch's generator. Each
    /// chunk draws [`within`](SplitMix64::within) it.
    fn pairing(superbatch: &SplitMix64) -> SplitMix64;

    /// Trains the output matrix and the matrix `input` with all pairs of a superbatch, or of a
    /// portion. Returns the sum of the losses, which has the same bits for any number of threads.
    fn learn(&mut self, chunks: &[Chunk], input: &mut [Lanes], step: StepParameters) -> Outcome<f64>;

    /// The output matrix in place, where it is trained. `counts` are the counts of the words.
    fn output(&mut self, counts: &[u64]) -> Result<RowsMut<'_>>;

    /// The output matrix. `counts` are the counts of the words.
    fn into_output(self, counts: &[u64]) -> Result<Rows>;
}
