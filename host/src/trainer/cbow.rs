//! CBOW on any number of threads, with one result (design: partitioned training).
//!
//! A batch of windows goes in three phases. *Gather*: the windows' hidden vectors, means of input rows. *Predict*: they predict the
//! centers, each partition's by its output rows, and leave a gradient each. *Learn*: each token adds the gradients of the windows
//! that it is in to its word's input row. No two jobs of a phase write the same row, and the draws of each depend on its
//! place alone.

mod batch;
mod gather;
mod learn;
mod negative;
mod predict;
mod tree;

use super::{Model, Outcome, Place, Setting, defect, start};
use crate::error::Result;
use crate::partition::Partitioning;
use batch::{Batch, Cutting, Dealing};
use gather::GatherAll;
use learn::Learn;
use negative::Negative;
use rayon::prelude::*;
use tree::Tree;
use w2v_core::matrix::{Lanes, Matrix, MatrixMut, blocks};
use w2v_core::rng::SplitMix64;
use w2v_core::simd::Dispatch;
use w2v_core::train::{Progress, Schedule};

/// Windows of a batch: few enough that their hidden vectors are not stale and stay in L2, enough to be shared out.
const WINDOWS: usize = 512;

/// A batch has at least so many windows for each word of reach, so that few are cut off at its ends ...
const WINDOWS_OF_REACH: usize = 100;

/// ... up to here.
const MOST_WINDOWS: usize = 8192;

/// Windows of a batch, as a rule, for each thread, at least: in each phase so many take a few microseconds, and a thread that is
/// woken for fewer, or only looks for work, keeps the others waiting.
const WINDOWS_OF_THREAD: usize = 64;

/// How often a batch may have the most frequent word: all gradients of a batch are taken at one place, and with ten times
/// as many for one row it overshoots until it is infinite.
const MOST_REPEATED: f64 = 32.0;

/// Batches that are cut from the text at once.
const BATCHES: usize = 64;

/// Draws for cutting and for training are kept apart by one more counter.
const CUTTING: u64 = 0;
const TRAINING: u64 = 1;

/// A batch's step size, and the generator at its place; each partition draws [`within`](SplitMix64::within) it.
struct Step {
    learning_rate: f32,
    rng: SplitMix64,
}

/// The output matrix, and how it is trained.
trait Predictor: Send {
    /// Trains the output matrix with all windows of `batch`, whose hidden vectors are the rows of `windows` by partition of the
    /// center.
    fn predict<'w>(&'w mut self, batch: &Batch, windows: &'w mut [Lanes], step: Step) -> Outcome<Predicted<'w>>;
}

/// What [`Predictor::predict`] leaves.
struct Predicted<'w> {
    /// The sum of the windows' losses, the same bits for any number of threads.
    loss: f64,
    /// Of all windows, by partition of the center.
    gradients: &'w [Lanes],
}

/// The model, the batches of the current superbatch, and who trains them.
struct Cbow<P> {
    cutting: Cutting,
    /// Tokens that a batch is cut from.
    batch_tokens: usize,
    batches: Vec<Batch>,
    dim: usize,
    input: Vec<Lanes>,
    /// For each window of a batch its hidden vector, by partition of the center; with negative sampling it becomes its gradient.
    windows: Vec<Lanes>,
    predictor: P,
    dispatch: Dispatch,
    schedule: Schedule,
}

/// CBOW with negative sampling.
pub(super) fn with_negatives(setting: Setting<'_>) -> Result<Box<dyn Model>> {
    let (negative, dealing) = Negative::new(&setting, deal(&setting))?;
    Ok(Box::new(Cbow::new(setting, dealing, negative)))
}

/// CBOW with hierarchical softmax.
pub(super) fn with_tree(setting: Setting<'_>) -> Result<Box<dyn Model>> {
    let (tree, dealing) = Tree::new(&setting, deal(&setting))?;
    Ok(Box::new(Cbow::new(setting, dealing, tree)))
}

/// As few partitions as keep the threads busy: a batch is too short to come back to rows while they are in a cache.
fn deal(setting: &Setting<'_>) -> Partitioning {
    Partitioning::of_bytes(setting.vocabulary.len(), setting.config.dim, usize::MAX)
}

impl<P> Cbow<P> {
    fn new(setting: Setting<'_>, dealing: Dealing, predictor: P) -> Self {
        let Setting { vocabulary, config, dispatch, schedule, keep, .. } = setting;
        Self {
            batch_tokens: batch_tokens(vocabulary.counts(), &keep, config.window),
            batches: Vec::new(),
            dim: config.dim,
            input: start::input(&dealing.rows(), config),
            windows: Vec::new(),
            predictor,
            dispatch,
            cutting: Cutting { dealing, window: config.window, division: config.cbow_gradient },
            schedule,
        }
    }
}

/// Windows of a batch, on average of the corpus, if no word is too frequent.
fn batch_windows(window: usize) -> usize {
    window.saturating_mul(WINDOWS_OF_REACH).clamp(WINDOWS, MOST_WINDOWS)
}

/// Threads that batches are worth.
pub(super) fn most_threads(window: usize) -> usize {
    batch_windows(window) / WINDOWS_OF_THREAD
}

/// Of how many tokens a batch is made, on average of the corpus.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn batch_tokens(counts: &[u64], keep: &[u32], window: usize) -> usize {
    let kept = || counts.iter().zip(keep).map(|(&count, &share)| count as f64 * f64::from(share) / f64::from(u32::MAX));
    let windows = batch_windows(window);
    let repeated = MOST_REPEATED / kept().fold(0.0, f64::max);
    let share_of_corpus = repeated.min(windows as f64 / kept().sum::<f64>());
    ((share_of_corpus * counts.iter().sum::<u64>() as f64) as usize).max(1)
}

impl<P: Predictor> Cbow<P> {
    /// Trains on word ids, batch after batch.
    fn batches(&mut self, tokens: &[u32], place: Place) -> Outcome<Progress> {
        let Self { cutting, batch_tokens, batches, dim, input, windows, predictor, dispatch, schedule } = self;
        let (per_row, dim) = (blocks(*dim), *dim);
        let [cutting_rng, training_rng] = [CUTTING, TRAINING].map(|kind| place.generator().within(kind));
        batches.resize_with(tokens.len().div_ceil(*batch_tokens), Batch::default);
        let texts = tokens.par_chunks(*batch_tokens);
        let threads = rayon::current_num_threads();
        batches.par_iter_mut().zip(texts).enumerate().for_each(|(number, (batch, text))| {
            batch.fill(cutting, text, cutting_rng.within(number as u64), threads);
        });
        let mut progress = Progress::default();
        for (number, batch) in (0..).zip(&*batches) {
            let learning_rate = schedule.learning_rate(place.read + progress.tokens);
            progress.tokens += batch.read();
            if batch.len() == 0 {
                continue;
            }
            let frozen = Matrix::new(input, input.len() / per_row, dim)?;
            let windows = enough(windows, batch.len() * per_row);
            let mut hidden = batch.to_text_order(windows.chunks_exact_mut(per_row));
            let together = batch.len().div_ceil(threads);
            let pieces = hidden.par_chunks_mut(together).enumerate();
            pieces.try_for_each(|(piece, hidden)| {
                dispatch.run(GatherAll { batch, first: piece * together, input: frozen, hidden })
            })?;

            let rng = training_rng.within(number);
            let Predicted { loss, gradients } = predictor.predict(batch, windows, Step { learning_rate, rng })?;
            progress += Progress { tokens: 0, pairs: batch.len() as u64, loss };

            let gradients = Matrix::new(gradients, batch.len(), dim)?;
            let shares = batch.shares(input, per_row);
            shares.into_par_iter().with_max_len(1).try_for_each(|(first_row, input)| {
                let input = MatrixMut::new(input, input.len() / per_row, dim)?;
                dispatch.run(Learn { batch, input, first_row, gradients, window: cutting.window })
            })?;
        }
        Ok(progress)
    }
}

impl<P: Predictor> Model for Cbow<P> {
    fn superbatch(&self) -> usize {
        self.batch_tokens.saturating_mul(BATCHES)
    }

    fn train(&mut self, tokens: &[u32], place: Place) -> Result<Progress> {
        self.batches(tokens, place).map_err(defect)
    }

    fn into_input(self: Box<Self>) -> (Vec<Lanes>, Vec<u32>) {
        (self.input, self.cutting.dealing.rows())
    }
}

/// The first `len` of `rows`, which become more if they are fewer; what an earlier batch left there is overwritten.
fn enough(rows: &mut Vec<Lanes>, len: usize) -> &mut [Lanes] {
    rows.resize(rows.len().max(len), Lanes::ZERO);
    &mut rows[..len]
}
