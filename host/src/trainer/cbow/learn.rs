//! The last phase in one partition: input rows receive the gradients of the windows that their words are in.

use super::batch::Batch;
use crate::trainer::Outcome;
use w2v_core::matrix::{Matrix, MatrixMut};
use w2v_core::simd::{Kernel, Simd};
use w2v_core::train::CbowGradient;
use w2v_core::vector;

/// The tokens that are words of one partition, in the order of the text.
pub(super) struct Learn<'a> {
    pub(super) batch: &'a Batch,
    /// The tokens, as places in the batch.
    pub(super) tokens: &'a [u32],
    /// The partition's rows.
    pub(super) input: MatrixMut<'a>,
    /// Of all windows of the batch, learning rate included.
    pub(super) gradients: Matrix<'a>,
    pub(super) window: usize,
    pub(super) division: CbowGradient,
}

impl Kernel for Learn<'_> {
    type Output = Outcome<()>;

    /// For each token in turn, and for each window that it is in, from left to right: row ← share · gradient + row.
    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) -> Outcome<()> {
        for &place in self.tokens {
            let row = self.batch.token(place).row;
            let input = self.input.row_mut(row).unwrap_or_default();
            for center in self.batch.centers(place, self.window) {
                let share = match self.division {
                    CbowGradient::Exact => 1.0 / f32::from(center.before + center.after),
                    CbowGradient::Undivided => 1.0,
                };
                vector::axpy(simd, share, self.gradients.row(center.hidden).unwrap_or_default(), input);
            }
        }
        Ok(())
    }
}
