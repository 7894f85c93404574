//! CBOW on any number of threads, with one result (design: partitioned training).
//!
//! A batch of windows, from several places of the text, goes in three phases. *Gather*: the windows' hidden vectors, means of
//! input rows. *Predict*: they predict the centers, each partition's by its output rows, and leave a gradient each. *Learn*: each
//! token adds the gradients of the windows that it is in to its word's input row. No two jobs of a phase write the same row,
//! and the draws of each depend on its place alone.

pub mod balance;
mod batch;
mod gather;
mod learn;
mod negative;
mod tree;

use super::partition::Partitioning;
use super::{Done, Model, Outcome, Place, Setting, Step, defect, start};
use crate::error::Result;
use crate::threads::{attended, each};
use batch::{Batch, Cutting, Words};
use gather::GatherAll;
use learn::Learn;
use negative::Negative;
use tree::Tree;
use w2v_core::matrix::{Lanes, Matrix, MatrixMut, blocks};
use w2v_core::simd::Dispatch;
use w2v_core::train::Schedule;

/// Windows of a batch: few enough that their hidden vectors stay in an L2 of 1 MiB (D = 100), enough to be shared out.
const WINDOWS: usize = 1024;

/// Stretches of text that a batch is made of, far apart: windows of a batch miss each other's gradients, and a large batch of one
/// place learns worse (benches/CHOICES.md).
const PIECES: usize = 8;

/// A piece has at least so many windows for each word of reach, so that few are cut off at its ends: if need be batches grow ...
const WINDOWS_OF_REACH: usize = 25;

/// ... up to here, and then have fewer pieces.
const MOST_WINDOWS: usize = 8192;

/// Threads that batches are worth. They have 16 partitions to predict, and 64 windows for each thread, as a rule, which take a few
/// microseconds in each phase: one that is woken for fewer, or only looks for work, keeps the others waiting.
pub(super) const MOST_THREADS: usize = 16;

// The number of a batch's share is a `u8`, and so is that after the last.
const _: () = assert!(MOST_THREADS < u8::MAX as usize);

/// How often a batch may have the most frequent word, if it is spread evenly over the text: all gradients of a batch are taken at one
/// place, and with ten times as many for one row it overshoots until it is infinite.
const MOST_REPEATED: f64 = 32.0;

/// Batches that are cut from the text at once.
const BATCHES: usize = 64;

/// Tokens of a superbatch, at most: where subsampling keeps next to none, it would be all of the corpus.
const MOST_TOKENS: usize = 1 << 22;

/// Draws for cutting and for training are kept apart by one more counter.
const CUTTING: u64 = 0;
const TRAINING: u64 = 1;

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
    /// Tokens, on average of the corpus; where text is cut, ends of sentences count as such.
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
    let (negative, words) = Negative::new(&setting, partitioning(&setting))?;
    Ok(Box::new(Cbow::new(setting, words, negative)))
}

/// CBOW with hierarchical softmax.
pub(super) fn with_tree(setting: Setting<'_>) -> Result<Box<dyn Model>> {
    let (tree, words) = Tree::new(&setting, partitioning(&setting))?;
    Ok(Box::new(Cbow::new(setting, words, tree)))
}

/// As few partitions as keep the threads busy: a batch is too short to come back to rows while they are in a cache.
fn partitioning(setting: &Setting<'_>) -> Partitioning {
    Partitioning::of_bytes(setting.vocabulary.len(), setting.config.dim, usize::MAX)
}

impl<P> Cbow<P> {
    fn new(setting: Setting<'_>, words: Words, predictor: P) -> Self {
        let Setting { vocabulary, config, dispatch, schedule, keep, .. } = setting;
        Self {
            size: Size::choose(vocabulary.counts(), &keep, config.window),
            batches: Vec::new(),
            dim: config.dim,
            input: start::input(&words.rows(), config),
            windows: Vec::new(),
            predictor,
            dispatch,
            cutting: Cutting { words, window: config.window, division: config.cbow_gradient },
            schedule,
        }
    }
}

impl Size {
    /// As many windows as a batch shall have, or fewer where a word is too frequent: fewer pieces then, and no shorter ones, as long
    /// as there is more than one.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn choose(counts: &[u64], keep: &[u32], window: usize) -> Self {
        let kept =
            || counts.iter().zip(keep).map(|(&count, &share)| count as f64 * f64::from(share) / f64::from(u32::MAX));
        let shortest = window.saturating_mul(WINDOWS_OF_REACH).max(1);
        let windows = shortest.saturating_mul(PIECES).clamp(WINDOWS, MOST_WINDOWS);
        let pieces = (windows / shortest).min(PIECES);
        let wanted = windows as f64 / kept().sum::<f64>();
        let share_of_corpus = wanted.min(MOST_REPEATED / kept().fold(0.0, f64::max));
        Self {
            tokens: ((share_of_corpus * counts.iter().sum::<u64>() as f64) as usize).max(1),
            pieces: ((share_of_corpus / wanted * pieces as f64) as usize).max(1),
        }
    }

    /// Tokens of a superbatch.
    fn superbatch(self) -> usize {
        self.tokens.saturating_mul(BATCHES).min(MOST_TOKENS)
    }

    /// The pieces of each of a superbatch's batches: the text is the first piece of each batch, then the second of each, and so on.
    /// They are no more than the batches, so that those of a few lie apart too.
    fn cut(self, text: &[u32]) -> impl ExactSizeIterator<Item = impl Iterator<Item = &[u32]>> {
        let batches = text.len().div_ceil(self.tokens);
        let pieces = self.pieces.min(batches);
        let len = text.len().div_ceil((batches * pieces).max(1)).max(1);
        (0..batches).map(move |batch| text.chunks(len).skip(batch).step_by(batches))
    }
}

impl<P: Predictor> Cbow<P> {
    /// Trains on word ids, batch after batch.
    fn batches(&mut self, tokens: &[u32], place: Place) -> Outcome<Done> {
        let Self { cutting, size, batches, dim, input, windows, predictor, dispatch, schedule } = self;
        let (per_row, dim) = (blocks(*dim), *dim);
        let [cutting_rng, training_rng] = [CUTTING, TRAINING].map(|kind| place.generator().within(kind));
        let texts = size.cut(tokens);
        batches.resize_with(texts.len(), Batch::default);
        let threads = rayon::current_num_threads().min(MOST_THREADS);
        let jobs = (0..).zip(texts).zip(&mut *batches).collect();
        each(jobs, |((number, pieces), batch): ((u64, _), &mut Batch)| {
            batch.fill(cutting, pieces, cutting_rng.within(number), threads);
        });
        let mut read = place.read;
        let mut done = Done::default();
        for (number, batch) in (0..).zip(&*batches) {
            let learning_rate = schedule.learning_rate(read);
            read += batch.read();
            if batch.len() == 0 {
                continue;
            }
            let rows = input.len() / per_row;
            let frozen = Matrix::new(input, rows, dim)?;
            let windows = enough(windows, batch.len() * per_row);
            let gather = |(centers, hidden)| dispatch.run(GatherAll { batch, centers, input: frozen, hidden });
            let jobs = batch.gathering(MatrixMut::new(windows, batch.len(), dim)?);
            each(jobs, gather).into_iter().collect::<Outcome<()>>()?;

            let rng = training_rng.within(number);
            let Predicted { loss, gradients } = predictor.predict(batch, windows, Step { learning_rate, rng })?;
            done += Done { pairs: batch.len() as u64, loss };

            let gradients = Matrix::new(gradients, batch.len(), dim)?;
            let window = cutting.window;
            let learn = |(share, input)| dispatch.run(Learn { batch, share, input, gradients, window });
            let jobs = batch.learning(MatrixMut::new(input, rows, dim)?);
            each(jobs, learn).into_iter().collect::<Outcome<()>>()?;
        }
        Ok(done)
    }
}

impl<P: Predictor> Model for Cbow<P> {
    fn superbatch(&self) -> usize {
        self.size.superbatch()
    }

    fn train(&mut self, tokens: &[u32], place: Place) -> Result<Done> {
        // A phase of a batch is shorter than it takes to wake a thread on some machines.
        attended(|| self.batches(tokens, place)).map_err(defect)
    }

    fn into_input(self: Box<Self>) -> (Vec<Lanes>, Vec<u32>) {
        (self.input, self.cutting.words.rows())
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
        let starts = |batch: &[Vec<u32>]| batch.iter().map(|piece| piece[0]).collect::<Vec<_>>();
        assert_eq!(
            cut(25, 2).iter().map(|batch| starts(batch)).collect::<Vec<_>>(),
            [[0, 52], [13, 65], [26, 78], [39, 91]]
        );
        // A text too short for several batches is one piece.
        assert_eq!(cut(100, 8), [[text.clone()]]);
        for (tokens, pieces) in [(1, 1), (1, 8), (7, 3), (30, 8), (33, 2), (99, 8), (1000, 8)] {
            let batches = cut(tokens, pieces);
            assert_eq!(batches.len(), text.len().div_ceil(tokens), "{tokens} {pieces}");
            let lengths = batches.iter().map(|batch| batch.concat().len());
            assert!(lengths.clone().all(|len| 0 < len && len < tokens + pieces), "{tokens} {pieces}");
            let mut all = batches.concat().concat();
            all.sort_unstable();
            assert_eq!(all, text, "{tokens} {pieces}");
        }
        assert_eq!(Size { tokens: 3, pieces: 8 }.cut(&[]).len(), 0);
    }

    #[test]
    fn batches_are_as_large_as_reach_and_the_most_frequent_word_want() {
        let size = |counts: &[u64], keep, window| {
            let Size { tokens, pieces } = Size::choose(counts, &vec![keep; counts.len()], window);
            (tokens, pieces)
        };
        let even = [1 << 20; 1024];
        assert_eq!(size(&even, u32::MAX, 1), (1024, 8));
        assert_eq!(size(&even, u32::MAX, 5), (1024, 8));
        assert_eq!(size(&even, u32::MAX / 2, 5), (2048, 8));
        assert_eq!(size(&even, u32::MAX, 10), (2000, 8));
        assert_eq!(size(&even, u32::MAX, 100), (8192, 3));
        assert_eq!(size(&even, u32::MAX, 10_000), (8192, 1));
        // 32 times at most, and what pieces there are stay as long.
        assert_eq!(size(&[1 << 20; 16], u32::MAX, 5), (512, 4));
        assert_eq!(size(&[1 << 20, 7 << 20], u32::MAX, 5), (36, 1));
        // Nothing is kept.
        assert_eq!(size(&even, 0, 5), (usize::MAX, 1));
        assert_eq!(
            [1, 2048, 1 << 20, usize::MAX].map(|tokens| Size { tokens, pieces: 1 }.superbatch()),
            [64, 1 << 17, 1 << 22, 1 << 22]
        );
    }
}
