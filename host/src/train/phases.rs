//! CBOW on any number of threads, with the same result.
//!
//! The text is trained in superbatches, and a superbatch in batches. A batch has up to 1,024
//! windows, taken from runs of text that lie far apart. It is trained in three phases, one after
//! the other:
//!
//! * *Gather* computes the hidden vector of each window: the mean of the input rows of its context.
//! * *Predict* lets the hidden vectors predict the centers. Each partition of output rows learns
//!   from the windows whose centers are words of the partition. The result is a gradient for each
//!   window.
//! * *Learn* adds to the input row of each token the gradients of the windows that have the token
//!   as context.
//!
//! No two jobs of a phase write the same row, and the draws of a job depend only on its position.

pub mod assignment;
mod batch;
mod division;
mod gather;
mod learn;
mod negative;
mod predictor;
mod segment;
mod tree;

use crate::error::Result;
use crate::text::corpus::SENTENCE_END;
use crate::threads::{attended, each};
use crate::train::context::{
    Model, ModelContext, Outcome, Rows, RowsMut, State, StepParameters, StreamPosition, check_tokens, defect,
};
use crate::train::initial_state;
use crate::train::layout::Partitioning;
use crate::train::windows::{KeptText, Sampling};
use batch::Batch;
pub(super) use division::MOST_THREADS;
use division::{Division, Size};
use gather::GatherAll;
use learn::Learn;
use negative::Negative;
use predictor::{Predicted, Predictor, enough};
use segment::{Segment, WindowSampler, Words};
use std::mem;
use tree::Tree;
use w2v_core::lanes::{Lanes, blocks};
use w2v_core::matrix::{Matrix, MatrixMut};
use w2v_core::simd::Dispatch;
use w2v_core::train::{Progress, Schedule};

/// Draws for windows and draws for training have generators of their own, with these numbers within
/// the superbatch's generator.
const SAMPLING: u64 = 0;
const TRAINING: u64 = 1;

/// The model in training, with the segments and batches of the current superbatch. `predictor` is
/// the objective with its output matrix.
struct Cbow<P> {
    sampler: WindowSampler,
    size: Size,
    text: KeptText,
    segments: Vec<Segment>,
    batches: Vec<Batch>,
    dim: usize,
    input: Vec<Lanes>,
    /// The hidden vectors of the windows of a batch, in the order of the centers' partitions. With
    /// negative sampling each is replaced by the window's gradient.
    windows: Vec<Lanes>,
    predictor: P,
    dispatch: Dispatch,
    schedule: Schedule,
}

/// CBOW with negative sampling.
pub(super) fn with_negatives(context: ModelContext<'_>) -> Result<Box<dyn Model>> {
    let (negative, words) = Negative::new(&context, partitioning(&context))?;
    Ok(Box::new(Cbow::new(context, words, negative)))
}

/// CBOW with hierarchical softmax.
pub(super) fn with_tree(context: ModelContext<'_>) -> Result<Box<dyn Model>> {
    let (tree, words) = Tree::new(&context, partitioning(&context))?;
    Ok(Box::new(Cbow::new(context, words, tree)))
}

/// A layout with only as many partitions as keep the threads busy. Small partitions would not help:
/// a batch is too short to use a row again while the row is in a cache.
fn partitioning(context: &ModelContext<'_>) -> Partitioning {
    Partitioning::of_bytes(context.vocabulary.len(), context.config.dim, usize::MAX)
}

impl<P> Cbow<P> {
    fn new(context: ModelContext<'_>, words: Words, predictor: P) -> Self {
        let ModelContext { vocabulary, config, dispatch, schedule, keep, .. } = context;
        Self {
            size: Size::choose(vocabulary.counts(), &keep, config.window),
            text: KeptText::default(),
            segments: Vec::new(),
            batches: Vec::new(),
            dim: config.dim,
            input: initial_state::input(&words.rows(), config),
            windows: Vec::new(),
            predictor,
            dispatch,
            sampler: WindowSampler { words, window: config.window, division: config.cbow_gradient },
            schedule,
        }
    }
}

impl<P: Predictor> Cbow<P> {
    /// Trains a superbatch of word ids, batch after batch.
    fn batches(&mut self, tokens: &[u32], position: StreamPosition) -> Outcome<Progress> {
        let Self { sampler, size, text, segments, .. } = self;
        let [sampling_rng, training_rng] = [SAMPLING, TRAINING].map(|kind| position.generator().within(kind));
        let share = |word| sampler.words.keep(word);
        let sampling = Sampling { share, window: sampler.window, chunk: tokens.len().div_ceil(size.segments).max(1) };
        let centers = text.take(tokens, &sampling, |number| sampling_rng.within(number));
        segments.resize_with(centers.len(), Segment::default);
        let jobs = centers.into_iter().zip(&mut *segments).collect();
        each(jobs, |(centers, segment): (_, &mut Segment)| segment.fill(sampler, text, centers));
        let Division { batches: count, parts, threads, at_once } = size.divide(segments);
        let read = tokens.iter().filter(|&&token| token != SENTENCE_END).count() as u64;
        let mut done = Progress::default();
        for first in (0..count).step_by(at_once) {
            let numbers = first..count.min(first + at_once);
            let Self { sampler, segments, batches, .. } = self;
            batches.resize_with(batches.len().max(numbers.len()), Batch::default);
            each(numbers.clone().zip(&mut *batches).collect(), |(number, batch)| {
                let runs = segments.iter().map(|segment| (segment, segment.runs(parts, number, count)));
                let runs = runs.flat_map(|(segment, runs)| runs.map(move |centers| (segment, centers)));
                batch.fill(sampler, runs, threads);
            });
            let batches = mem::take(batches);
            for (number, batch) in
                numbers.map(|number| number as u64).zip(&batches).filter(|(_, batch)| batch.len() > 0)
            {
                let read = position.read + read * number / count as u64;
                let step = StepParameters {
                    learning_rate: self.schedule.learning_rate(read),
                    rng: training_rng.within(number),
                };
                done += self.train_batch(batch, step)?;
            }
            self.batches = batches;
        }
        Ok(done)
    }

    /// Trains all windows of `batch`, which has at least one.
    fn train_batch(&mut self, batch: &Batch, step: StepParameters) -> Outcome<Progress> {
        let Self { sampler, dim, input, windows, predictor, dispatch, .. } = self;
        let (per_row, dim) = (blocks(*dim), *dim);
        let rows = input.len() / per_row;
        let frozen = Matrix::new(input, rows, dim)?;
        let windows = enough(windows, batch.len() * per_row);
        let gather = |(centers, hidden)| dispatch.run(GatherAll { batch, centers, input: frozen, hidden });
        let jobs = batch.gathering(MatrixMut::new(windows, batch.len(), dim)?);
        each(jobs, gather).into_iter().collect::<Outcome<()>>()?;

        let Predicted { loss, gradients } = predictor.predict(batch, windows, step)?;

        let gradients = Matrix::new(gradients, batch.len(), dim)?;
        let window = sampler.window;
        let learn = |(share, input)| dispatch.run(Learn { batch, share, input, gradients, window });
        let jobs = batch.learning(MatrixMut::new(input, rows, dim)?);
        each(jobs, learn).into_iter().collect::<Outcome<()>>()?;
        Ok(Progress { pairs: batch.len() as u64, loss, ..Progress::default() })
    }
}

impl<P: Predictor> Model for Cbow<P> {
    fn superbatch(&self) -> usize {
        self.size.superbatch
    }

    fn train(&mut self, tokens: &[u32], position: StreamPosition) -> Result<Progress> {
        check_tokens(tokens, self.sampler.words.len())?;
        // The threads stay awake: on some machines, waking a thread takes longer than a phase of a
        // batch.
        attended(|| self.batches(tokens, position)).map_err(defect)
    }

    fn state(&mut self, counts: &[u64]) -> Result<State<'_>> {
        let input = RowsMut { lanes: [&mut self.input, &mut []], of: self.sampler.words.rows() };
        Ok(State { input, output: self.predictor.output(counts)?, text: &mut self.text })
    }

    fn into_input(self: Box<Self>) -> Rows {
        Rows { of: self.sampler.words.rows(), lanes: self.input }
    }

    fn into_both(self: Box<Self>, counts: &[u64]) -> Result<(Rows, Rows)> {
        let input = Rows { of: self.sampler.words.rows(), lanes: self.input };
        Ok((input, self.predictor.into_output(counts)?))
    }
}
