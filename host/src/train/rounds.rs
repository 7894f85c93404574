//! Skip-gram on any number of threads, with one result (design: partitioned training).
//!
//! The pairs of a superbatch lie in buckets (partition of the input, partition of the target).
//! Round `r` trains the buckets (a, (a + r) mod P), for every a. No two buckets of a round share a
//! row of either matrix: each is given its two partitions as `&mut`, and its draws depend on its
//! position alone. This is the block schedule of distributed SGD (Gemulla et al. 2011), brought
//! down to one machine's caches. [`rotation`] has the order in which threads go through the rounds.
//! What a bucket trains, and what comes before the rounds, is up to the objective: [`negative`] or
//! [`tree`].

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

/// The fewest superbatches of an epoch of a large corpus.
const SUPERBATCHES: u64 = 8;

/// The most tokens of a superbatch. Larger superbatches score better and take more memory.
const MOST_TOKENS: u64 = 3 << 19;

/// The fewest tokens of a superbatch.
const FEWEST_TOKENS: u64 = 1 << 10;

/// A superbatch may exceed [`Learner::MOST_PAIRS`] by 1/`SLACK`, by chance, before it is trained in
/// several portions.
const SLACK: u64 = 8;

/// The generator of the second portion of a superbatch: the first has that of the superbatch, which
/// objectives draw [`within`](SplitMix64::within) by numbers below.
const PORTION: u64 = 2;

/// The model, the pairs of the current superbatch, and who learns from them.
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

/// Tokens of a superbatch, for a corpus of `corpus_tokens` tokens and windows of `window`. A
/// superbatch without subsampling has at most `most_pairs` pairs, unless the fewest tokens have
/// more.
#[must_use]
pub fn superbatch(corpus_tokens: u64, window: usize, most_pairs: u64) -> usize {
    // A reach is (window + 1) / 2 on average, on each of two sides.
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
