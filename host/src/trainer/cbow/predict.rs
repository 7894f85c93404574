//! The second phase in a few partitions, with negative sampling: centers predicted, and each window's gradient left.

use super::batch::Batch;
use crate::trainer::noise::{Begun, Noise, Source};
use crate::trainer::{Outcome, Step};
use std::vec;
use w2v_core::matrix::{Lanes, MatrixMut};
use w2v_core::simd::{Kernel, Simd};
use w2v_core::step::Hidden;
use w2v_core::unigram::{Slot, Unigram};

/// What all jobs of the phase need.
pub(super) struct Shared<'a> {
    pub(super) batch: &'a Batch,
    pub(super) dim: usize,
    pub(super) negatives: usize,
    pub(super) step: Step,
}

/// A partition, and the windows whose centers are its words.
pub(super) struct Part<'a> {
    pub(super) number: usize,
    /// A row for each word.
    pub(super) output: &'a mut [Lanes],
    pub(super) noise: &'a [Slot],
    /// A row for each window: its hidden vector, and then its gradient.
    pub(super) windows: &'a mut [Lanes],
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
    targets: Targets<'a>,
    noise: Noise<'a>,
    begun: Begun,
    windows: MatrixMut<'a>,
    loss: &'a mut f64,
}

impl<'a> Predict<'a> {
    /// Takes the next partition that has windows, and asks for the output rows of its first group.
    #[inline(always)]
    fn next<S: Simd>(&mut self, simd: S) -> Outcome<Option<Ready<'a>>> {
        let Shared { batch, dim, negatives, ref step } = *self.shared;
        let Some(part) = self.parts.find(|part| !part.windows.is_empty()) else { return Ok(None) };
        let targets = Targets { batch, centers: batch.tokens(part.number) };
        let mut noise = Noise {
            output: MatrixMut::new(part.output, part.noise.len(), dim)?,
            distribution: Unigram::from_slots(part.noise),
            negatives,
            learning_rate: step.learning_rate,
            rng: step.rng.within(part.number as u64),
        };
        let begun = noise.begin(simd, &targets);
        let windows = MatrixMut::new(part.windows, targets.centers.len(), dim)?;
        Ok(Some(Ready { targets, noise, begun, windows, loss: part.loss }))
    }
}

impl Kernel for Predict<'_> {
    type Output = Outcome<()>;

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) -> Outcome<()> {
        let mut next = self.next(simd)?;
        while let Some(Ready { targets, mut noise, begun, mut windows, loss }) = next {
            // So that its first rows are there when this one is done.
            next = self.next(simd)?;
            *loss = noise.train(simd, begun, &targets, &mut windows, Hidden::Gradient)?;
        }
        Ok(())
    }
}

/// Whom the windows of one partition predict, in their order.
struct Targets<'a> {
    batch: &'a Batch,
    /// As places in the batch.
    centers: &'a [u32],
}

impl Source for Targets<'_> {
    const APART: bool = false;

    #[inline(always)]
    fn len(&self) -> usize {
        self.centers.len()
    }

    #[inline(always)]
    fn rows(&self, number: usize) -> (u32, u32) {
        (number as u32, self.batch.token(self.centers.get(number).copied().unwrap_or_default()).row)
    }
}
