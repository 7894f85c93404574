//! CBOW on any number of threads, with one result (design: partitioned training).
//!
//! A batch of windows, from several places of the text, goes in three phases. *Gather*: the windows' hidden vectors, means of
//! input rows. *Predict*: they predict the centers, each partition's by its output rows, and leave a gradient each. *Learn*: each
//! token adds the gradients of the windows that it is in to its word's input row. No two jobs of a phase write the same row,
//! and the draws of each depend on its place alone.

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

/// Windows of a batch: few enough that their hidden vectors stay in L2, enough to be shared out.
const WINDOWS: usize = 1024;

/// Stretches of text that a batch is made of, far apart. All windows of a batch miss each other's gradients, which matters where
/// they have words in common: rare ones are repeated by the text around them.
const PIECES: usize = 8;

/// A batch has at least so many windows for each word of reach, so that few are cut off at the ends of its pieces ...
const WINDOWS_OF_REACH: usize = 200;

/// ... up to here.
const MOST_WINDOWS: usize = 8192;

/// Threads that batches are worth: with so many each has 64 windows or more, as a rule, which take a few microseconds in each
/// phase. One that is woken for fewer, or only looks for work, keeps the others waiting.
pub(super) const MOST_THREADS: usize = 16;

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

/// The text that a batch is cut from.
#[derive(Clone, Copy, Debug)]
struct Size {
    /// Tokens, on average of the corpus.
    tokens: usize,
    /// Stretches of text.
    pieces: usize,
}

/// The model, the batches of the current superbatch, and who trains them.
struct Cbow<P> {
    cutting: Cutting,
    size: Size,
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
            size: Size::choose(vocabulary.counts(), &keep, config.window),
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

impl Size {
    /// As many windows as a batch shall have, or fewer where a word is too frequent; then of fewer pieces, as long as ever.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn choose(counts: &[u64], keep: &[u32], window: usize) -> Self {
        let kept =
            || counts.iter().zip(keep).map(|(&count, &share)| count as f64 * f64::from(share) / f64::from(u32::MAX));
        let windows = window.saturating_mul(WINDOWS_OF_REACH).clamp(WINDOWS, MOST_WINDOWS);
        let wanted = windows as f64 / kept().sum::<f64>();
        let share_of_corpus = wanted.min(MOST_REPEATED / kept().fold(0.0, f64::max));
        Self {
            tokens: ((share_of_corpus * counts.iter().sum::<u64>() as f64) as usize).max(1),
            pieces: ((share_of_corpus / wanted * PIECES as f64) as usize).max(1),
        }
    }

    /// The pieces of each of a superbatch's batches: the text is the first piece of each batch, then the second of each, and so on.
    /// They are no more than the batches, so that those of a few lie apart too.
    fn cut(self, text: &[u32]) -> impl ExactSizeIterator<Item = impl Iterator<Item = &[u32]>> {
        let batches = text.len().div_ceil(self.tokens);
        let pieces = self.pieces.min(batches);
        let len = text.len().div_ceil((batches * pieces).max(1)).max(1);
        (0..batches)
            .map(move |batch| (0..pieces).filter_map(move |piece| text.chunks(len).nth(piece * batches + batch)))
    }
}

impl<P: Predictor> Cbow<P> {
    /// Trains on word ids, batch after batch.
    fn batches(&mut self, tokens: &[u32], place: Place) -> Outcome<Progress> {
        let Self { cutting, size, batches, dim, input, windows, predictor, dispatch, schedule } = self;
        let (per_row, dim) = (blocks(*dim), *dim);
        let [cutting_rng, training_rng] = [CUTTING, TRAINING].map(|kind| place.generator().within(kind));
        let texts = size.cut(tokens);
        batches.resize_with(texts.len(), Batch::default);
        let threads = rayon::current_num_threads();
        let cut: Vec<_> = (0..).zip(texts).zip(&mut *batches).collect();
        cut.into_par_iter().for_each(|((number, pieces), batch)| {
            batch.fill(cutting, pieces, cutting_rng.within(number), threads);
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
        self.size.tokens.saturating_mul(BATCHES)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_a_batch_lie_apart_and_all_text_is_in_one() {
        let text: Vec<u32> = (0..100).collect();
        let cut = |tokens, pieces| {
            let size = Size { tokens, pieces };
            size.cut(&text).map(|pieces| pieces.map(<[u32]>::to_vec).collect::<Vec<_>>()).collect::<Vec<_>>()
        };
        let quarters = cut(25, 2);
        assert_eq!(quarters.len(), 4);
        assert_eq!(quarters[1].iter().map(|piece| (piece[0], piece.len())).collect::<Vec<_>>(), [(13, 13), (65, 13)]);
        // A text too short for several batches is one piece.
        assert_eq!(cut(100, 8), [[text.clone()]]);
        for (tokens, pieces) in [(1, 1), (1, 8), (7, 3), (30, 8), (33, 2), (99, 8), (1000, 8)] {
            let batches = cut(tokens, pieces);
            assert!(batches.concat().iter().all(|piece| piece.len() <= tokens), "{tokens} {pieces}");
            let mut all = batches.concat().concat();
            all.sort_unstable();
            assert_eq!(all, text, "{tokens} {pieces}");
        }
        assert_eq!(Size { tokens: 3, pieces: 8 }.cut(&[]).len(), 0);
    }

    #[test]
    fn a_batch_has_a_frequent_word_seldom() {
        let size = |counts: &[u64], keep| {
            let Size { tokens, pieces } = Size::choose(counts, &vec![keep; counts.len()], 5);
            (tokens, pieces)
        };
        assert_eq!(size(&[1 << 20; 1024], u32::MAX), (1024, 8));
        assert_eq!(size(&[1 << 20; 1024], u32::MAX / 2), (2048, 8));
        // 32 times at most, and what pieces there are stay as long.
        assert_eq!(size(&[1 << 20; 16], u32::MAX), (512, 4));
        assert_eq!(size(&[1 << 20, 7 << 20], u32::MAX), (36, 1));
    }
}
