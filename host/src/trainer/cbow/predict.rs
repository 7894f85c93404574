//! The first phase in one partition: hidden vectors gathered, centers predicted, gradients left in their place.

use super::batch::{Batch, Token};
use crate::trainer::Outcome;
use crate::trainer::noise::{Noise, Source};
use w2v_core::matrix::{Matrix, MatrixMut};
use w2v_core::simd::{Kernel, Simd};
use w2v_core::step::{Hidden, cbow::Gather};
use w2v_core::train::Progress;

/// The windows whose centers are words of one partition, in the order of the text.
pub(super) struct Predict<'a> {
    /// A row for each center.
    pub(super) hidden: MatrixMut<'a>,
    pub(super) noise: Noise<'a>,
    pub(super) windows: Windows<'a>,
}

impl Kernel for Predict<'_> {
    type Output = Outcome<Progress>;

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) -> Outcome<Progress> {
        let centers = self.windows.centers;
        let loss = self.noise.train(simd, centers, &self.windows, &mut self.hidden, Hidden::Gradient)?;
        Ok(Progress { tokens: 0, pairs: centers.len() as u64, loss })
    }
}

/// The windows of one partition.
pub(super) struct Windows<'a> {
    pub(super) batch: &'a Batch,
    /// The whole input matrix.
    pub(super) input: Matrix<'a>,
    /// The centers, as places in the batch.
    pub(super) centers: &'a [u32],
}

impl Windows<'_> {
    /// The row of a center's hidden vector among those of the partition.
    #[inline(always)]
    fn hidden(&self, center: Token) -> u32 {
        let first = self.centers.first().map_or(0, |&first| self.batch.token(first).hidden);
        center.hidden - first
    }
}

impl Source for Windows<'_> {
    type Item = u32;

    #[inline(always)]
    fn rows(&self, &center: &u32) -> (u32, u32) {
        let center = self.batch.token(center);
        (self.hidden(center), center.row)
    }

    #[inline(always)]
    fn make<S: Simd>(&self, simd: S, hidden: &mut MatrixMut<'_>, centers: &[u32], next: &[u32]) -> Outcome<()> {
        for row in next.iter().flat_map(|&center| self.batch.context(center)) {
            self.input.prefetch(simd, row);
        }
        for &center in centers {
            let hidden = hidden.row_mut(self.hidden(self.batch.token(center))).unwrap_or_default();
            Gather { input: &self.input, context: self.batch.context(center), hidden }.run(simd)?;
        }
        Ok(())
    }
}
