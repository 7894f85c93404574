//! CBOW with negative sampling on any number of threads, with one result (design: partitioned training).
//!
//! A batch of windows goes in two phases over the partitions of the words. *Predict*: for each partition the windows whose
//! centers are its words; their hidden vectors, means of input rows that nobody writes now, predict the centers in the
//! partition's output rows, and each window's gradient takes the place of its hidden vector. *Learn*: for each partition
//! the tokens that are its words; each adds the gradients of the windows that it is in to its input row. No two jobs of a
//! phase write the same row, and the draws of each depend on its place alone.

mod batch;
mod learn;
mod predict;

use super::noise::Noise;
use super::{Model, Outcome, Place, Setting, defect, start};
use crate::error::Result;
use crate::partition::Partitioning;
use batch::{Batch, Cutting};
use learn::Learn;
use predict::{Predict, Windows};
use rayon::prelude::*;
use w2v_core::matrix::{Lanes, Matrix, MatrixMut, blocks};
use w2v_core::rng::SplitMix64;
use w2v_core::simd::Dispatch;
use w2v_core::train::{CbowGradient, Progress, Schedule};
use w2v_core::unigram::{Slot, Unigram};

/// Windows of a batch: few enough that their hidden vectors are not stale and stay in L2, enough to be shared out.
const WINDOWS: usize = 512;

/// A batch has at least so many windows for each word of reach, so that few are cut off at its ends ...
const WINDOWS_OF_REACH: usize = 100;

/// ... up to here.
const MOST_WINDOWS: usize = 8192;

/// How often a batch may have the most frequent word: all gradients of a batch are taken at one place, and with ten times
/// as many for one row it overshoots until it is infinite.
const MOST_REPEATED: f64 = 32.0;

/// Batches that are cut from the text at once.
const BATCHES: usize = 64;

/// Draws for cutting and for training are kept apart by one more counter.
const CUTTING: u64 = 0;
const TRAINING: u64 = 1;

/// The model, the batches of the current superbatch, and who trains them.
pub(super) struct Cbow {
    cutting: Cutting,
    /// Tokens that a batch is cut from.
    batch_tokens: usize,
    batches: Vec<Batch>,
    phases: Phases,
    schedule: Schedule,
    pool: rayon::ThreadPool,
}

impl Cbow {
    pub(super) fn new(setting: Setting<'_>, threads: usize) -> Result<Self> {
        let Setting { vocabulary, config, dispatch, schedule, keep, .. } = setting;
        let counts = vocabulary.counts();
        // As few as keep the threads busy: a batch is too short to come back to rows while they are in a cache.
        let dealing = Partitioning::of_bytes(vocabulary.len(), config.dim, usize::MAX);
        let pool = start::pool(threads)?;
        let phases = Phases {
            dealing,
            dim: config.dim,
            window: config.window,
            negatives: config.negatives,
            division: config.cbow_gradient,
            input: start::input(&dealing, config, &pool),
            output: dealing.lanes(config.dim),
            hidden: Vec::new(),
            noise: start::noise(&dealing, counts, config.exponent)?,
            dispatch,
        };
        Ok(Self {
            batch_tokens: batch_tokens(counts, &keep, config.window),
            batches: Vec::new(),
            phases,
            cutting: Cutting::new(dealing, keep, config.window),
            schedule,
            pool,
        })
    }
}

/// Of how many tokens a batch is made, on average of the corpus.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn batch_tokens(counts: &[u64], keep: &[u32], window: usize) -> usize {
    let kept = || counts.iter().zip(keep).map(|(&count, &share)| count as f64 * f64::from(share) / f64::from(u32::MAX));
    let windows = (WINDOWS_OF_REACH * window).clamp(WINDOWS, MOST_WINDOWS);
    let repeated = MOST_REPEATED / kept().fold(0.0, f64::max);
    let share_of_corpus = repeated.min(windows as f64 / kept().sum::<f64>());
    ((share_of_corpus * counts.iter().sum::<u64>() as f64) as usize).max(1)
}

impl Model for Cbow {
    fn superbatch(&self) -> usize {
        self.batch_tokens.saturating_mul(BATCHES)
    }

    fn train(&mut self, tokens: &[u32], place: Place) -> Result<Progress> {
        let Self { cutting, batch_tokens, batches, phases, schedule, pool } = self;
        let train = || {
            batches.resize_with(tokens.len().div_ceil(*batch_tokens), Batch::default);
            let texts = tokens.par_chunks(*batch_tokens);
            batches.par_iter_mut().zip(texts).enumerate().for_each(|(number, (batch, text))| {
                batch.fill(cutting, text, place.generator(&[CUTTING, number as u64]));
            });
            let mut progress = Progress::default();
            for (number, batch) in (0..).zip(&*batches) {
                let learning_rate = schedule.learning_rate(place.read + progress.tokens);
                progress.tokens += batch.read();
                progress += phases.predict(batch, learning_rate, |part| place.generator(&[TRAINING, number, part]))?;
                phases.learn(batch)?;
            }
            Ok(progress)
        };
        pool.install(train).map_err(defect)
    }

    fn into_input(self: Box<Self>) -> (Vec<Lanes>, Option<Vec<u32>>) {
        let Phases { input, dealing, .. } = self.phases;
        (input, Some(dealing.rows()))
    }
}

/// The model, and the phases that train it.
struct Phases {
    dealing: Partitioning,
    dim: usize,
    window: usize,
    negatives: usize,
    division: CbowGradient,
    input: Vec<Lanes>,
    output: Vec<Lanes>,
    noise: Vec<Slot>,
    /// For each window of a batch its hidden vector, then its gradient; by partition of the center.
    hidden: Vec<Lanes>,
    dispatch: Dispatch,
}

impl Phases {
    /// Trains the output matrix with all windows of `batch` and leaves their gradients in `hidden`.
    fn predict(
        &mut self,
        batch: &Batch,
        learning_rate: f32,
        rng: impl Fn(u64) -> SplitMix64 + Sync,
    ) -> Outcome<Progress> {
        let Self { dealing, dim, negatives, input, output, noise, hidden, dispatch, .. } = self;
        let (dealing, dim, per_row) = (*dealing, *dim, blocks(*dim));
        let input = Matrix::new(input, input.len() / per_row, dim)?;
        // What an earlier batch left is overwritten, so only a longer batch needs new rows.
        hidden.resize(hidden.len().max(batch.len() * per_row), Lanes::ZERO);
        let mut rest = hidden.as_mut_slice();
        let mut jobs = Vec::with_capacity(dealing.parts());
        for (part, (output, noise)) in
            dealing.split(output, per_row).into_iter().zip(dealing.split(noise, 1)).enumerate()
        {
            let centers = batch.tokens(part);
            let hidden = rest.split_off_mut(..centers.len() * per_row).unwrap_or_default();
            if !centers.is_empty() {
                jobs.push(Predict {
                    hidden: MatrixMut::new(hidden, centers.len(), dim)?,
                    noise: Noise {
                        output: MatrixMut::new(output, dealing.words(part).len(), dim)?,
                        distribution: Unigram::from_slots(noise),
                        negatives: *negatives,
                        learning_rate,
                        rng: rng(part as u64),
                    },
                    windows: Windows { batch, input, centers, named: 0, gathered: 0 },
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

    /// Trains the input matrix with the gradients that [`predict`](Self::predict) left.
    fn learn(&mut self, batch: &Batch) -> Outcome<()> {
        let Self { dealing, dim, window, division, input, hidden, dispatch, .. } = self;
        let (dealing, dim, per_row) = (*dealing, *dim, blocks(*dim));
        if batch.len() == 0 {
            return Ok(());
        }
        let gradients = Matrix::new(hidden, batch.len(), dim)?;
        dealing.split(input, per_row).into_par_iter().enumerate().try_for_each(|(part, input)| {
            let input = MatrixMut::new(input, dealing.words(part).len(), dim)?;
            let (tokens, window, division) = (batch.tokens(part), *window, *division);
            dispatch.run(Learn { batch, tokens, input, gradients, window, division })
        })
    }
}
