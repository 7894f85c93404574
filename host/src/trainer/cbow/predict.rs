//! The second phase in one partition, with negative sampling: centers predicted, each window's gradient left.

use super::batch::{Batch, Token};
use crate::trainer::Outcome;
use crate::trainer::noise::{Noise, Source};
use w2v_core::matrix::{Matrix, MatrixMut};
use w2v_core::simd::{Kernel, Simd};
use w2v_core::step::Hidden;
use w2v_core::train::Progress;

/// The windows whose centers are words of one partition, in the order of the text.
pub(super) struct Predict<'a> {
    /// A row for each center.
    pub(super) gradients: MatrixMut<'a>,
    pub(super) noise: Noise<'a>,
    pub(super) windows: Windows<'a>,
}

impl Kernel for Predict<'_> {
    type Output = Outcome<Progress>;

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) -> Outcome<Progress> {
        let centers = self.windows.centers;
        let loss = self.noise.train(simd, centers, &self.windows, &mut self.gradients, Hidden::Gradient)?;
        Ok(Progress { tokens: 0, pairs: centers.len() as u64, loss })
    }
}

/// The windows of one partition.
pub(super) struct Windows<'a> {
    pub(super) batch: &'a Batch,
    /// Of all windows of the batch, in the order of the text.
    pub(super) hidden: Matrix<'a>,
    /// The centers, as places in the batch.
    pub(super) centers: &'a [u32],
}

impl Windows<'_> {
    /// The row of a center's gradient among those of the partition.
    #[inline(always)]
    fn gradient(&self, center: Token) -> u32 {
        let first = self.centers.first().map_or(0, |&first| self.batch.token(first).gradient);
        center.gradient - first
    }
}

impl Source for Windows<'_> {
    type Item = u32;
    const APART: bool = false;

    #[inline(always)]
    fn rows(&self, &center: &u32) -> (u32, u32) {
        let center = self.batch.token(center);
        (self.gradient(center), center.row)
    }

    #[inline(always)]
    fn make<S: Simd>(&self, simd: S, gradients: &mut MatrixMut<'_>, centers: &[u32], next: &[u32]) -> Outcome<()> {
        for &center in next {
            self.hidden.prefetch(simd, center);
        }
        for &center in centers {
            let gradient = gradients.row_mut(self.gradient(self.batch.token(center))).unwrap_or_default();
            gradient.copy_from_slice(self.hidden.row(center).unwrap_or_default());
        }
        Ok(())
    }
}
