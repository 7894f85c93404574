//! The second phase in a few partitions, with negative sampling: centers predicted, each window's gradient left.

use super::Step;
use super::batch::Batch;
use crate::trainer::Outcome;
use crate::trainer::noise::{Begun, Noise, Source};
use std::vec;
use w2v_core::matrix::{Lanes, Matrix, MatrixMut};
use w2v_core::simd::{Kernel, Simd};
use w2v_core::step::Hidden;
use w2v_core::unigram::{Slot, Unigram};

/// What all jobs of the phase need.
pub(super) struct Shared<'a> {
    pub(super) batch: &'a Batch,
    /// A row for each window, in the order of the text.
    pub(super) hidden: Matrix<'a>,
    pub(super) negatives: usize,
    pub(super) step: Step,
}

/// A partition, and the windows whose centers are its words.
pub(super) struct Part<'a> {
    pub(super) number: usize,
    /// A row for each word.
    pub(super) output: &'a mut [Lanes],
    pub(super) noise: &'a [Slot],
    /// A row for each window.
    pub(super) gradients: &'a mut [Lanes],
    /// The windows' loss.
    pub(super) loss: &'a mut f64,
}

/// Partitions one after the other.
pub(super) struct Predict<'a> {
    pub(super) shared: &'a Shared<'a>,
    pub(super) parts: vec::IntoIter<Part<'a>>,
}

/// A partition with its first group drawn.
struct Ready<'a> {
    windows: Windows<'a>,
    noise: Noise<'a>,
    begun: Begun,
    gradients: MatrixMut<'a>,
    loss: &'a mut f64,
}

impl<'a> Predict<'a> {
    /// Takes the next partition that has windows, and asks for the output rows of its first group.
    #[inline(always)]
    fn next<S: Simd>(&mut self, simd: S) -> Outcome<Option<Ready<'a>>> {
        let Shared { batch, hidden, negatives, ref step } = *self.shared;
        let dim = hidden.dim();
        let Some(part) = self.parts.find(|part| !part.gradients.is_empty()) else { return Ok(None) };
        let windows = Windows { batch, hidden, centers: batch.tokens(part.number) };
        let mut noise = Noise {
            output: MatrixMut::new(part.output, part.noise.len(), dim)?,
            distribution: Unigram::from_slots(part.noise),
            negatives,
            learning_rate: step.learning_rate,
            rng: step.rng.within(part.number as u64),
        };
        let begun = noise.begin(simd, &windows);
        let gradients = MatrixMut::new(part.gradients, windows.centers.len(), dim)?;
        Ok(Some(Ready { windows, noise, begun, gradients, loss: part.loss }))
    }
}

impl Kernel for Predict<'_> {
    type Output = Outcome<()>;

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) -> Outcome<()> {
        let mut next = self.next(simd)?;
        while let Some(Ready { windows, mut noise, begun, mut gradients, loss }) = next {
            // So that its first rows are there when this one is done.
            next = self.next(simd)?;
            *loss = noise.train(simd, begun, &windows, &mut gradients, Hidden::Gradient)?;
        }
        Ok(())
    }
}

/// The windows of one partition, in the order of their centers and of their gradients.
struct Windows<'a> {
    batch: &'a Batch,
    /// Of all windows of the batch, in the order of the text.
    hidden: Matrix<'a>,
    /// The centers, as places in the batch.
    centers: &'a [u32],
}

impl Windows<'_> {
    #[inline(always)]
    fn center(&self, number: usize) -> u32 {
        self.centers.get(number).copied().unwrap_or_default()
    }
}

impl Source for Windows<'_> {
    const APART: bool = false;

    #[inline(always)]
    fn len(&self) -> usize {
        self.centers.len()
    }

    #[inline(always)]
    fn rows(&self, number: usize) -> (u32, u32) {
        (number as u32, self.batch.token(self.center(number)).row)
    }

    #[inline(always)]
    fn make<S: Simd>(&self, simd: S, gradients: &mut MatrixMut<'_>, rows: &[u32], next: &[u32]) {
        for &row in next {
            self.hidden.prefetch(simd, self.center(row as usize));
        }
        for &row in rows {
            let hidden = self.hidden.row(self.center(row as usize)).unwrap_or_default();
            gradients.row_mut(row).unwrap_or_default().copy_from_slice(hidden);
        }
    }
}
