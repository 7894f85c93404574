//! Negative sampling: in each partition the windows whose centers are its words. Their hidden vectors predict the centers in the
//! partition's output rows, and leave a gradient each.

use super::batch::{Batch, Dealing};
use super::predict::{Predict, Windows};
use super::{Predictor, Step, enough};
use crate::error::Result;
use crate::partition::Partitioning;
use crate::trainer::noise::Noise;
use crate::trainer::{Outcome, Setting, start};
use rayon::prelude::*;
use w2v_core::matrix::{Lanes, Matrix, MatrixMut, blocks};
use w2v_core::rng::SplitMix64;
use w2v_core::simd::Dispatch;
use w2v_core::train::Progress;
use w2v_core::unigram::{Slot, Unigram};

/// The output matrix and the noise distribution of each partition.
pub(in crate::trainer) struct Negative {
    dealing: Partitioning,
    dim: usize,
    negatives: usize,
    output: Vec<Lanes>,
    noise: Vec<Slot>,
    /// For each window of a batch its gradient, by partition of the center.
    gradients: Vec<Lanes>,
    dispatch: Dispatch,
}

impl Negative {
    /// The model at its start, with the words dealt as `dealing` has it.
    pub(super) fn new(setting: &Setting<'_>, dealing: Partitioning) -> Result<(Self, Dealing)> {
        let Setting { vocabulary, config, dispatch, .. } = *setting;
        #[allow(clippy::cast_possible_truncation)]
        let place = |word| {
            let (part, row) = dealing.place(word);
            (part as u16, row as u32)
        };
        let places = (0..).take(vocabulary.len()).map(place).collect();
        let rows = Dealing::new(dealing.parts(), places);
        let negative = Self {
            dim: config.dim,
            negatives: config.negatives,
            output: dealing.lanes(config.dim),
            noise: start::noise(&dealing, vocabulary.counts(), config.exponent)?,
            gradients: Vec::new(),
            dealing,
            dispatch,
        };
        Ok((negative, rows))
    }
}

impl Predictor for Negative {
    fn predict(
        &mut self,
        batch: &Batch,
        hidden: Matrix<'_>,
        Step { learning_rate, rng }: Step<impl Fn(u64) -> SplitMix64>,
    ) -> Outcome<Progress> {
        let Self { dealing, dim, negatives, output, noise, gradients, dispatch } = self;
        let (dealing, dim, per_row) = (&*dealing, *dim, blocks(*dim));
        let gradients = enough(gradients, batch.len() * per_row);
        let lent = dealing.split(output, per_row).into_iter().zip(dealing.split(noise, 1));
        let mut jobs = Vec::with_capacity(dealing.parts());
        for (part, (gradients, (output, noise))) in batch.split(gradients, per_row).into_iter().zip(lent).enumerate() {
            let centers = batch.tokens(part);
            if !centers.is_empty() {
                jobs.push(Predict {
                    gradients: MatrixMut::new(gradients, centers.len(), dim)?,
                    noise: Noise {
                        output: MatrixMut::new(output, dealing.words(part).len(), dim)?,
                        distribution: Unigram::from_slots(noise),
                        negatives: *negatives,
                        learning_rate,
                        rng: rng(part as u64),
                    },
                    windows: Windows { batch, hidden, centers },
                });
            }
        }
        let mut finished = Vec::with_capacity(jobs.len());
        jobs.into_par_iter().map(|job| dispatch.run(job)).collect_into_vec(&mut finished);
        // In the order of the partitions, so that the sum of losses is the same bits too.
        finished.into_iter().try_fold(Progress::default(), |mut progress, done| {
            progress += done?;
            Ok(progress)
        })
    }

    fn gradients(&self) -> &[Lanes] {
        &self.gradients
    }
}
