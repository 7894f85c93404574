//! The second phase in a few partitions, with negative sampling: centers predicted, each window's gradient left.

use super::Step;
use super::batch::Batch;
use crate::partition::Partitioning;
use crate::trainer::Outcome;
use crate::trainer::noise::{Begun, Noise, Source};
use std::ops::Range;
use w2v_core::matrix::{Lanes, Matrix, MatrixMut, blocks};
use w2v_core::simd::{Kernel, Simd};
use w2v_core::step::Hidden;
use w2v_core::unigram::{Slot, Unigram};

/// What all jobs of the phase need.
pub(super) struct Shared<'a> {
    pub(super) batch: &'a Batch,
    /// A row for each window, in the order of the text.
    pub(super) hidden: Matrix<'a>,
    pub(super) dealing: &'a Partitioning,
    pub(super) negatives: usize,
    pub(super) step: Step,
}

/// Consecutive partitions, and the windows whose centers are their words.
pub(super) struct Predict<'a> {
    pub(super) shared: &'a Shared<'a>,
    pub(super) parts: Range<usize>,
    /// A row for each word, partition after partition.
    pub(super) output: &'a mut [Lanes],
    /// The same of the noise distributions.
    pub(super) noise: &'a [Slot],
    /// A row for each window, by partition of the center.
    pub(super) gradients: &'a mut [Lanes],
    /// For each partition its windows' loss.
    pub(super) losses: &'a mut [f64],
}

/// One of the partitions, its first group drawn.
struct Part<'a> {
    windows: Windows<'a>,
    noise: Noise<'a>,
    begun: Begun,
    gradients: MatrixMut<'a>,
    loss: &'a mut f64,
}

impl<'a> Predict<'a> {
    /// Takes the next partition that has windows, and asks for the output rows of its first group.
    #[inline(always)]
    fn next<S: Simd>(&mut self, simd: S) -> Outcome<Option<Part<'a>>> {
        let Shared { batch, hidden, dealing, negatives, ref step } = *self.shared;
        let (dim, per_row) = (hidden.dim(), blocks(hidden.dim()));
        for part in self.parts.by_ref() {
            let (centers, words) = (batch.tokens(part), dealing.words(part).len());
            let gradients = self.gradients.split_off_mut(..centers.len() * per_row).unwrap_or_default();
            let output = self.output.split_off_mut(..words * per_row).unwrap_or_default();
            let noise = self.noise.split_off(..words).unwrap_or_default();
            let (Some(loss), false) = (self.losses.split_off_first_mut(), centers.is_empty()) else { continue };
            let mut noise = Noise {
                output: MatrixMut::new(output, words, dim)?,
                distribution: Unigram::from_slots(noise),
                negatives,
                learning_rate: step.learning_rate,
                rng: step.rng.within(part as u64),
            };
            let windows = Windows { batch, hidden, centers };
            let begun = noise.begin(simd, &windows);
            return Ok(Some(Part {
                windows,
                noise,
                begun,
                gradients: MatrixMut::new(gradients, centers.len(), dim)?,
                loss,
            }));
        }
        Ok(None)
    }
}

impl Kernel for Predict<'_> {
    type Output = Outcome<()>;

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) -> Outcome<()> {
        let mut next = self.next(simd)?;
        while let Some(Part { windows, mut noise, begun, mut gradients, loss }) = next {
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
