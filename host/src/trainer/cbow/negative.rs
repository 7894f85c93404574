//! Negative sampling: in each partition the windows whose centers are its words. Their hidden vectors predict the centers in the
//! partition's output rows, and become a gradient each.

use super::batch::{Batch, Dealing};
use super::predict::{Part, Predict, Shared};
use super::{Predicted, Predictor};
use crate::error::Result;
use crate::partition::Partitioning;
use crate::threads;
use crate::trainer::{Outcome, Setting, Step, start};
use w2v_core::matrix::{Lanes, blocks};
use w2v_core::simd::Dispatch;
use w2v_core::unigram::Slot;

/// The output matrix and the noise distribution of each partition.
pub(in crate::trainer) struct Negative {
    dealing: Partitioning,
    dim: usize,
    negatives: usize,
    output: Vec<Lanes>,
    noise: Vec<Slot>,
    /// For each partition the loss of a batch's windows.
    losses: Vec<f64>,
    dispatch: Dispatch,
}

impl Negative {
    /// The model at its start, with the words dealt as `dealing` has it.
    pub(super) fn new(setting: &Setting<'_>, dealing: Partitioning) -> Result<(Self, Dealing)> {
        let Setting { vocabulary, config, dispatch, ref keep, .. } = *setting;
        #[allow(clippy::cast_possible_truncation)]
        let place = |word| {
            let (part, row) = dealing.place(word);
            (part as u16, row as u32)
        };
        let rows = Dealing::new(dealing.parts(), (0..).take(vocabulary.len()).map(place), keep);
        let negative = Self {
            dim: config.dim,
            negatives: config.negatives,
            output: start::zeros(vocabulary.len(), config.dim),
            noise: start::noise(&dealing, vocabulary.counts(), config.exponent)?,
            losses: Vec::new(),
            dealing,
            dispatch,
        };
        Ok((negative, rows))
    }
}

impl Predictor for Negative {
    fn predict<'w>(&'w mut self, batch: &Batch, windows: &'w mut [Lanes], step: Step) -> Outcome<Predicted<'w>> {
        let Self { dealing, dim, negatives, output, noise, losses, dispatch } = self;
        let (dealing, per_row) = (&*dealing, blocks(*dim));
        losses.clear();
        losses.resize(dealing.parts(), 0.0);
        let shared = Shared { batch, dim: *dim, negatives: *negatives, step };
        let lent = dealing.split(output, per_row).into_iter().zip(dealing.split(noise, 1));
        let lent = lent.zip(batch.split(&mut *windows, per_row)).zip(losses.iter_mut()).enumerate();
        let parts =
            lent.map(|(number, (((output, noise), windows), loss))| Part { number, output, noise, windows, loss });
        let mut jobs: Vec<Vec<_>> = Vec::new();
        jobs.resize_with(batch.jobs().iter().max().map_or(0, |last| last + 1), || Vec::with_capacity(dealing.parts()));
        parts.zip(batch.jobs()).for_each(|(part, &job)| jobs[job].push(part));
        let predict = |parts: Vec<_>| dispatch.run(Predict { shared: &shared, parts: parts.into_iter() });
        threads::each(jobs, predict).into_iter().collect::<Outcome<()>>()?;
        // In the order of the partitions, so that the sum of losses is the same bits too.
        Ok(Predicted { loss: losses.iter().sum(), gradients: windows })
    }
}
