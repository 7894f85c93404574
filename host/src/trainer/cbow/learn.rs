//! The last phase: input rows receive the gradients of the windows that their words are in.

use super::batch::Batch;
use crate::trainer::Outcome;
use w2v_core::matrix::{Matrix, MatrixMut};
use w2v_core::simd::{Kernel, Simd};
use w2v_core::step::cbow::Receive;
use w2v_core::train::CbowGradient;

/// Partitions that lie together, and all tokens of a batch that are their words.
pub(super) struct Learn<'a> {
    pub(super) batch: &'a Batch,
    /// Their rows.
    pub(super) input: MatrixMut<'a>,
    /// The first of those in a matrix of all partitions.
    pub(super) first_row: u32,
    /// Of all windows of the batch, learning rate included.
    pub(super) gradients: Matrix<'a>,
    pub(super) window: usize,
    pub(super) division: CbowGradient,
}

impl Kernel for Learn<'_> {
    type Output = Outcome<()>;

    /// In the order of the text, for the gradients of one token's windows are those of the next one's too.
    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) -> Outcome<()> {
        let mut windows = Vec::new();
        for (place, row) in self.batch.rows().iter().enumerate() {
            let Some(input) = row.checked_sub(self.first_row).and_then(|row| self.input.row_mut(row)) else { continue };
            self.batch.windows(place, self.window, &mut windows);
            let windows = windows.iter().copied();
            Receive { gradients: &self.gradients, windows, input, division: self.division }.run(simd)?;
        }
        Ok(())
    }
}
