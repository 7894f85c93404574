//! The last phase: input rows receive the gradients of the windows that their words are in.

use super::batch::Batch;
use crate::sift;
use crate::trainer::Outcome;
use w2v_core::matrix::{Hand, LANES, Matrix};
use w2v_core::simd::{Kernel, Simd};
use w2v_core::step::cbow::Receive;

/// How many tokens ahead rows are fetched.
const AHEAD: usize = 4;

/// Rows, and all tokens of a batch whose words' rows they are: most are in one share of the text, as their gradients are then.
pub(super) struct Learn<'a> {
    pub(super) batch: &'a Batch,
    /// The rows, of a matrix of all partitions.
    pub(super) input: Hand<'a>,
    /// Of all windows of the batch, learning rate included.
    pub(super) gradients: Matrix<'a>,
    /// Largest reach.
    pub(super) window: usize,
}

impl Kernel for Learn<'_> {
    type Output = Outcome<()>;

    /// In the order of the text, for the gradients of one token's windows are those of the next one's too.
    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) -> Outcome<()> {
        let mut found = vec![(0, 0.0); self.batch.len().min(2 * self.window)];
        let own = self.own();
        for (number, &(place, row)) in own.iter().enumerate() {
            // Gather had them all, but some are no longer in L2. Measured with AVX2, on another machine, it did not pay.
            if S::WIDTH == LANES
                && let Some(&(_, later)) = own.get(number + AHEAD)
            {
                self.input.prefetch(simd, later);
            }
            let windows = self.batch.windows(place as usize, self.window, &mut found).iter().copied();
            let input = self.input.row_mut(row).unwrap_or_default();
            Receive { gradients: &self.gradients, windows, input }.run(simd)?;
        }
        Ok(())
    }
}

impl Learn<'_> {
    /// The tokens whose rows these are: their places in the batch, and their rows.
    #[inline(always)]
    fn own(&self) -> Vec<(u32, u32)> {
        let rows = self.batch.rows();
        let mut own = vec![(0, 0); rows.len()];
        let mut len = 0;
        for (place, &row) in (0..).zip(rows) {
            sift::note(&mut own, &mut len, (place, row), self.input.has(row));
        }
        own.truncate(len);
        own
    }
}
