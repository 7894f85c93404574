//! Negative sampling. A partition trains the windows whose centers are words of the partition:
//! their hidden vectors predict the centers, and each is replaced by its gradient. Noise words are
//! drawn from the same partition.

use super::batch::Batch;
use super::predictor::{Predicted, Predictor};
use super::segment::Words;
use crate::error::Result;
use crate::threads;
use crate::train::context::{ModelContext, Outcome, Rows, RowsMut, StepParameters};
use crate::train::initial_state;
use crate::train::layout::Partitioning;
use crate::train::objective::noise::{Begun, Noise, Predictions, sharing};
use std::vec;
use w2v_core::lanes::{Lanes, blocks};
use w2v_core::matrix::MatrixMut;
use w2v_core::simd::{Dispatch, Kernel, Simd};
use w2v_core::step::HiddenUpdate;
use w2v_core::unigram::{Slot, Unigram};

/// The output matrix and the noise distribution of each partition.
pub(in crate::train) struct Negative {
    partitioning: Partitioning,
    dim: usize,
    negatives: usize,
    output: Vec<Lanes>,
    noise: Vec<Slot>,
    /// For each partition, whether the predictions of a group share negatives.
    sharing: Vec<bool>,
    /// For each partition the loss of its windows in the current batch.
    losses: Vec<f64>,
    dispatch: Dispatch,
}

impl Negative {
    /// The output matrix at its starting values, and the table of words, with the layout
    /// `partitioning`.
    pub(super) fn new(context: &ModelContext<'_>, partitioning: Partitioning) -> Result<(Self, Words)> {
        let ModelContext { vocabulary, config, dispatch, ref keep, .. } = *context;
        let place = |word| {
            let (part, row) = partitioning.place(word);
            (part as u16, row as u32)
        };
        let words = Words::new(partitioning.parts(), (0..).take(vocabulary.len()).map(place), keep);
        let noise = initial_state::noise(&partitioning, vocabulary.counts(), config.exponent)?;
        let negative = Self {
            dim: config.dim,
            negatives: config.negatives,
            output: initial_state::zeros(vocabulary.len(), config.dim),
            sharing: sharing(&partitioning, &noise, vocabulary.counts(), keep),
            noise,
            losses: Vec::new(),
            partitioning,
            dispatch,
        };
        Ok((negative, words))
    }
}

impl Predictor for Negative {
    fn predict<'w>(
        &'w mut self,
        batch: &Batch,
        windows: &'w mut [Lanes],
        step: StepParameters,
    ) -> Outcome<Predicted<'w>> {
        let Self { partitioning, dim, negatives, output, noise, sharing, losses, dispatch } = self;
        let (partitioning, per_row) = (&*partitioning, blocks(*dim));
        losses.clear();
        losses.resize(partitioning.parts(), 0.0);
        let shared = Shared { batch, dim: *dim, negatives: *negatives, step };
        let lent = partitioning.split(output, per_row).into_iter().zip(partitioning.split(noise, 1));
        let lent = lent.zip(batch.split(&mut *windows, per_row)).zip(losses.iter_mut().zip(&*sharing)).enumerate();
        let parts = lent.map(|(number, (((output, noise), windows), (loss, &shares)))| PartWindows {
            number,
            output,
            noise,
            shares,
            windows,
            loss,
        });
        let mut jobs: Vec<Vec<_>> = Vec::new();
        jobs.resize_with(batch.jobs().iter().max().map_or(0, |last| last + 1), || {
            Vec::with_capacity(partitioning.parts())
        });
        parts.zip(batch.jobs()).for_each(|(part, &job)| jobs[job].push(part));
        let predict = |parts: Vec<_>| dispatch.run(Predict { shared: &shared, parts: parts.into_iter() });
        threads::each(jobs, predict).into_iter().collect::<Outcome<()>>()?;
        // Losses are added in the order of the partitions, so the sum has the same bits for any
        // number of threads.
        Ok(Predicted { loss: losses.iter().sum(), gradients: windows })
    }

    fn output(&mut self, _: &[u64]) -> Result<RowsMut<'_>> {
        Ok(RowsMut { of: self.partitioning.rows(), lanes: [&mut self.output, &mut []] })
    }

    fn into_output(self, _: &[u64]) -> Result<Rows> {
        Ok(Rows { of: self.partitioning.rows(), lanes: self.output })
    }
}

/// The data that all jobs of a prediction share.
struct Shared<'a> {
    batch: &'a Batch,
    dim: usize,
    negatives: usize,
    step: StepParameters,
}

/// A partition, and the windows whose centers are words of the partition.
struct PartWindows<'a> {
    number: usize,
    /// The output rows, one for each word of the partition.
    output: &'a mut [Lanes],
    noise: &'a [Slot],
    /// Whether the predictions of a group share negatives.
    shares: bool,
    /// A row for each window: first its hidden vector, then its gradient.
    windows: &'a mut [Lanes],
    /// The sum of the windows' losses.
    loss: &'a mut f64,
}

/// A job: trains its partitions one after the other.
struct Predict<'a> {
    shared: &'a Shared<'a>,
    parts: vec::IntoIter<PartWindows<'a>>,
}

/// A partition whose first group has been drawn.
struct Ready<'a> {
    targets: Targets<'a>,
    noise: Noise<'a>,
    begun: Begun,
    windows: MatrixMut<'a>,
    loss: &'a mut f64,
}

impl<'a> Predict<'a> {
    /// Takes the next partition that has windows, draws its first group, and prefetches the group's
    /// output rows.
    #[inline(always)]
    fn next<S: Simd>(&mut self, simd: S) -> Outcome<Option<Ready<'a>>> {
        let Shared { batch, dim, negatives, ref step } = *self.shared;
        let Some(part) = self.parts.find(|part| !part.windows.is_empty()) else { return Ok(None) };
        let targets = Targets { batch, centers: batch.tokens(part.number) };
        let mut noise = Noise {
            output: MatrixMut::new(part.output, part.noise.len(), dim)?,
            distribution: Unigram::from_slots(part.noise),
            negatives,
            shares: part.shares,
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
            // The next partition is begun before this one is trained, so that its first rows are in
            // the cache in time.
            next = self.next(simd)?;
            *loss = noise.train(simd, begun, &targets, &mut windows, HiddenUpdate::Gradient)?;
        }
        Ok(())
    }
}

/// The targets of the windows of one partition, in the order of the windows.
struct Targets<'a> {
    batch: &'a Batch,
    /// The places of the centers in the batch.
    centers: &'a [u32],
}

impl Predictions for Targets<'_> {
    const APART: bool = false;

    #[inline(always)]
    fn len(&self) -> usize {
        self.centers.len()
    }

    #[inline(always)]
    fn rows(&self, number: usize) -> (u32, u32) {
        (number as u32, self.batch.token(self.centers[number]).row)
    }
}
