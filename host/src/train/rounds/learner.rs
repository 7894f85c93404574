//! What the rounds ask of an objective.

use super::pairs::{Chunk, Placement};
use crate::error::Result;
use crate::train::context::{Outcome, Rows, RowsMut, StepParameters};
use w2v_core::lanes::Lanes;
use w2v_core::rng::SplitMix64;

/// The output matrix, and how pairs train it and the input rows.
pub(super) trait Learner: Send {
    /// The most pairs of a superbatch without subsampling. A superbatch with more is trained in
    /// portions.
    const MOST_PAIRS: u64;

    /// How the objective places words as inputs and as targets.
    type Placement: Placement + Sync;

    /// The placement of all words.
    fn placement(&self) -> &Self::Placement;

    /// The generator for pairing, made from the superbatch's. Each chunk draws
    /// [`within`](SplitMix64::within) it.
    fn pairing(superbatch: &SplitMix64) -> SplitMix64;

    /// Trains both matrices with all pairs of a superbatch, or of a portion of it, and returns the
    /// sum of the losses: the same bits for any number of threads.
    fn learn(&mut self, chunks: &[Chunk], input: &mut [Lanes], step: StepParameters) -> Outcome<f64>;

    /// The output matrix of words that occur `counts` times, where it is trained.
    fn output(&mut self, counts: &[u64]) -> Result<RowsMut<'_>>;

    /// The output matrix of words that occur `counts` times.
    fn into_output(self, counts: &[u64]) -> Result<Rows>;
}
