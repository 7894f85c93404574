//! The last phase: input rows receive the gradients of the windows that their words are in.

use super::batch::Batch;
use crate::train::context::Outcome;
use w2v_core::lanes::LANES;
use w2v_core::matrix::Matrix;
use w2v_core::matrix::disjoint::RowOwner;
use w2v_core::simd::{Kernel, Simd};
use w2v_core::step::cbow::Receive;

/// How many tokens ahead rows are fetched.
const PREFETCH_DISTANCE: usize = 4;

/// A share of the text: the rows of most of its tokens, and of some that other shares have tokens
/// of too.
pub(super) struct Learn<'a> {
    pub(super) batch: &'a Batch,
    /// Its number.
    pub(super) share: u8,
    /// Its rows, of a matrix of all partitions.
    pub(super) input: RowOwner<'a>,
    /// Of all windows of the batch, learning rate included.
    pub(super) gradients: Matrix<'a>,
    /// Largest reach.
    pub(super) window: usize,
}

impl Kernel for Learn<'_> {
    type Output = Outcome<()>;

    /// In the order of the text, for the gradients of one token's windows are those of the next
    /// one's too.
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Outcome<()> {
        let Self { batch, share, mut input, gradients, window } = self;
        let mut found = vec![(0, 0.0); batch.rows().len().min(2 * window)];
        let (tokens, mut run) = (batch.learnt_by(share), 0);
        for (number, &(place, row)) in tokens.iter().enumerate() {
            // Gather had them all, but some are no longer in L2. Measured with AVX2, on another
            // machine, it did not pay.
            if S::WIDTH == LANES
                && let Some(&(_, later)) = tokens.get(number + PREFETCH_DISTANCE)
            {
                input.prefetch(simd, later);
            }
            let windows = batch.windows(place as usize, &mut run, window, &mut found).iter().copied();
            // If a row is not this share's, the kernel refuses the empty slice.
            let input = input.row_mut(row).unwrap_or_default();
            Receive::new(&gradients, windows, input).run(simd)?;
        }
        Ok(())
    }
}
