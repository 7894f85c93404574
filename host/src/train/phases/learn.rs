//! The last phase: the gradients of windows are added to the input rows of their context words.

use super::batch::Batch;
use crate::train::context::Outcome;
use w2v_core::lanes::LANES;
use w2v_core::matrix::Matrix;
use w2v_core::matrix::disjoint::RowOwner;
use w2v_core::simd::{Kernel, Simd};
use w2v_core::step::cbow::Receive;

/// The number of tokens by which rows are prefetched ahead.
const PREFETCH_DISTANCE: usize = 4;

/// The work of one share of the text: the rows of most of its tokens. A word with tokens in several
/// shares belongs to only one of them.
pub(super) struct Learn<'a> {
    pub(super) batch: &'a Batch,
    /// The number of the share.
    pub(super) share: u8,
    /// The owner of the share's rows in the input matrix.
    pub(super) input: RowOwner<'a>,
    /// The gradients of all windows of the batch. They include the step size.
    pub(super) gradients: Matrix<'a>,
    /// The largest reach.
    pub(super) window: usize,
}

impl Kernel for Learn<'_> {
    type Output = Outcome<()>;

    /// Tokens are processed in the order of the text: neighbouring tokens receive nearly the same
    /// gradients, which are then in the cache.
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Outcome<()> {
        let Self { batch, share, mut input, gradients, window } = self;
        let mut found = vec![(0, 0.0); batch.rows().len().min(2 * window)];
        let (tokens, mut run) = (batch.learnt_by(share), 0);
        for (number, &(place, row)) in tokens.iter().enumerate() {
            // The rows were fetched in the gather phase, but some are no longer in L2. Prefetching
            // is for AVX-512 only: with AVX2, measured on another machine, it saved no time.
            if S::WIDTH == LANES
                && let Some(&(_, later)) = tokens.get(number + PREFETCH_DISTANCE)
            {
                input.prefetch(simd, later);
            }
            let windows = batch.windows(place as usize, &mut run, window, &mut found).iter().copied();
            // If another share owns the row, the slice is empty, and the kernel returns an error.
            let input = input.row_mut(row).unwrap_or_default();
            Receive::new(&gradients, windows, input).run(simd)?;
        }
        Ok(())
    }
}
