//! What the rounds ask of an objective.

use super::pairs::{Chunk, Placement};
use crate::train::context::{Outcome, StepParameters};
use w2v_core::lanes::Lanes;
use w2v_core::rng::SplitMix64;

/// The output matrix, and how pairs train it and the input rows.
pub(super) trait Learner: Send {
    /// Pairs of a superbatch without subsampling, about, at most: if it has more, it is trained in several runs.
    const MOST_PAIRS: u64;

    /// Says where words are as inputs and as targets.
    type Placement: Placement + Sync;

    /// Where they are.
    fn placement(&self) -> &Self::Placement;

    /// The generator of pairing, made from that of the superbatch; each chunk draws [`within`](SplitMix64::within) it.
    fn pairing(superbatch: &SplitMix64) -> SplitMix64;

    /// Trains both matrices with all pairs of a superbatch, or of a run of it, by its step size and generator, and returns the sum of their losses, the
    /// same bits for any number of threads.
    fn learn(&mut self, chunks: &[Chunk], input: &mut [Lanes], step: StepParameters) -> Outcome<f64>;
}
