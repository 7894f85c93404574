//! Skip-gram on any number of threads, with the same result.
//!
//! The text is trained in superbatches. The pairs of a superbatch are sorted into buckets by (input
//! partition a, output partition b). With P partitions there are P rounds: round `r` trains the
//! buckets (a, (a + r) mod P), for every a. No two buckets of a round share a row of either matrix,
//! so threads never write the same row: each bucket is given its two partitions as `&mut`. The
//! draws of a bucket depend only on its position. This is the block schedule of distributed SGD
//! (Gemulla et al. 2011), applied to the caches of one machine.
//!
//! [`rotation`] has the order in which threads go through the rounds. The objective, [`negative`]
//! or [`tree`], decides how a bucket is trained, and what is done before the rounds.

mod learner;
pub mod negative;
pub mod pairs;
pub mod rotation;
pub mod tree;

use crate::error::Result;
use crate::train::context::{
    Model, ModelContext, Rows, RowsMut, State, StepParameters, StreamPosition, check_tokens, defect,
};
use crate::train::initial_state;
use learner::Learner;
use negative::Negative;
use pairs::{Pairing, Pairs, Placement};
use tree::Tree;
use w2v_core::lanes::Lanes;
use w2v_core::train::{Progress, Schedule};

/// The fewest superbatches of an epoch, unless superbatches would be shorter than
/// [`FEWEST_TOKENS`].
const SUPERBATCHES: u64 = 8;

/// The most tokens of a superbatch. Larger superbatches score better and take more memory.
const MOST_TOKENS: u64 = 3 << 19;

/// The fewest tokens of a superbatch.
const FEWEST_TOKENS: u64 = 1 << 10;

/// A superbatch may by chance have up to 1/`SLACK` more pairs than [`Learner::MOST_PAIRS`]. With
/// still more pairs it is trained in several portions.
const SLACK: u64 = 8;

/// The number of the second portion's generator [`within`](SplitMix64::within) the superbatch's
/// generator; later portions have the numbers that follow. The first portion uses the superbatch's
/// generator itself. Within that, objectives use numbers below `PORTION`.
const PORTION: u64 = 2;

/// The model in training, with the pairs of the current superbatch. `learner` is the objective with
/// its output matrix.
struct SkipGram<L> {
    window: usize,
    keep: Vec<u32>,
    input: Vec<Lanes>,
    schedule: Schedule,
    superbatch: usize,
    pairs: Pairs,
    learner: L,
}

/// Skip-gram with negative sampling.
pub(super) fn with_negatives(context: ModelContext<'_>) -> Result<Box<dyn Model>> {
    let negative = Negative::new(&context)?;
    Ok(Box::new(SkipGram::new(context, negative)))
}

/// Skip-gram with hierarchical softmax.
pub(super) fn with_tree(context: ModelContext<'_>) -> Result<Box<dyn Model>> {
    let tree = Tree::new(&context)?;
    Ok(Box::new(SkipGram::new(context, tree)))
}

impl<L: Learner> SkipGram<L> {
    fn new(context: ModelContext<'_>, learner: L) -> Self {
        let ModelContext { config, schedule, keep, corpus_tokens, .. } = context;
        Self {
            window: config.window,
            keep,
            input: initial_state::input(&learner.placement().inputs().rows(), config),
            schedule,
            superbatch: superbatch(corpus_tokens, config.window, L::MOST_PAIRS),
            pairs: Pairs::default(),
            learner,
        }
    }
}

/// The number of tokens of a superbatch, for a corpus of `corpus_tokens` tokens and a largest reach
/// of `window`. Without subsampling, a superbatch has about `most_pairs` pairs at most, except that
/// it never has fewer than 1,024 tokens.
#[must_use]
pub fn superbatch(corpus_tokens: u64, window: usize, most_pairs: u64) -> usize {
    // The mean reach is (window + 1) / 2, on each of two sides: so there are window + 1 pairs for
    // each token.
    let most = (most_pairs / (window as u64 + 1)).clamp(FEWEST_TOKENS, MOST_TOKENS);
    corpus_tokens.div_ceil(SUPERBATCHES).clamp(FEWEST_TOKENS, most) as usize
}

impl<L: Learner> Model for SkipGram<L> {
    fn superbatch(&self) -> usize {
        self.superbatch
    }

    fn train(&mut self, tokens: &[u32], position: StreamPosition) -> Result<Progress> {
        let Self { window, keep, input, schedule, pairs, learner, .. } = self;
        check_tokens(tokens, keep.len())?;
        let rng = position.generator();
        let pairing_rng = L::pairing(&rng);
        let learning_rate = schedule.learning_rate(position.read);
        let most_pairs = L::MOST_PAIRS + L::MOST_PAIRS / SLACK;
        let pairing = Pairing { placement: learner.placement(), keep, window: *window };
        let portions = pairs.take(&pairing, tokens, most_pairs, |number| pairing_rng.within(number));
        let mut done = Progress::default();
        for (number, portion) in (0..).zip(portions) {
            let chunks = pairs.fill(&Pairing { placement: learner.placement(), keep, window: *window }, portion);
            let rng = if number == 0 { rng.clone() } else { rng.within(PORTION + number - 1) };
            let loss = learner.learn(chunks, input, StepParameters { learning_rate, rng }).map_err(defect)?;
            let pairs = chunks.iter().map(|chunk| chunk.len() as u64).sum();
            done += Progress { pairs, loss, ..Progress::default() };
        }
        Ok(done)
    }

    fn state(&mut self, counts: &[u64]) -> Result<State<'_>> {
        let of = self.learner.placement().inputs().rows();
        let input = RowsMut { lanes: [&mut self.input, &mut []], of };
        Ok(State { input, output: self.learner.output(counts)?, text: self.pairs.text() })
    }

    fn into_input(self: Box<Self>) -> Rows {
        Rows { of: self.learner.placement().inputs().rows(), lanes: self.input }
    }

    fn into_both(self: Box<Self>, counts: &[u64]) -> Result<(Rows, Rows)> {
        let input = Rows { of: self.learner.placement().inputs().rows(), lanes: self.input };
        Ok((input, self.learner.into_output(counts)?))
    }
}
