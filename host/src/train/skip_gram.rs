//! Skip-gram on any number of threads, with one result (design: partitioned training).
//!
//! A superbatch's pairs lie in buckets (partition of the input, partition of the target). In round `r` come the buckets
//! (a, (a + r) mod P), for every a: no two of them share a row of either matrix, each is given its two partitions as
//! `&mut`, and the draws of each depend on its place alone. This is the block schedule of distributed SGD (Gemulla et al.
//! 2011), brought down to one machine's caches; [`rounds`] has the order in which threads go through it. What a bucket
//! trains, and what comes before the rounds, is up to the objective: [`negative`] or [`tree`].

pub mod negative;
pub mod pairs;
pub mod rounds;
pub mod tree;

use super::{Done, Model, Outcome, Place, Rows, Setting, Step, defect, initial_state};
use crate::error::Result;
use negative::Negative;
use pairs::{Chunk, Pairing, Pairs, Placement};
use tree::Tree;
use w2v_core::lanes::Lanes;
use w2v_core::rng::SplitMix64;
use w2v_core::train::Schedule;

/// Superbatches that an epoch of a large corpus is cut into, at least.
const SUPERBATCHES: u64 = 8;

/// Tokens of a superbatch, at most: more score better, and take more memory.
const MOST_TOKENS: u64 = 3 << 19;

/// Tokens of a superbatch, at least.
const FEWEST_TOKENS: u64 = 1 << 10;

/// Over [`Learner::MOST_PAIRS`] a superbatch may have this share of them, by chance, before it is trained in several runs.
const SLACK: u64 = 8;

/// The generator of the second run of a superbatch: the first has that of the superbatch, which objectives draw
/// [`within`](SplitMix64::within) by numbers below.
const RUN: u64 = 2;

/// The output matrix, and how pairs train it and the input rows.
trait Learner: Send {
    /// Pairs of a superbatch without subsampling, about, at most: if it has more, it is trained in several runs.
    const MOST_PAIRS: u64;

    /// Says where words are as inputs and as targets.
    type Placement: Placement + Sync;

    /// Where they are.
    fn placement(&self) -> &Self::Placement;

    /// The generator of pairing, made from that of the superbatch; each chunk draws [`within`](SplitMix64::within) it.
    fn pairing(superbatch: &SplitMix64) -> SplitMix64;

    /// Trains both matrices with all pairs of a superbatch, or of a run of it, by its step size and generator, and returns the sum of their losses, the
    /// same bits for any number of threads.
    fn learn(&mut self, chunks: &[Chunk], input: &mut [Lanes], step: Step) -> Outcome<f64>;

    /// The output matrix of words that occur `counts` times.
    fn into_output(self, counts: &[u64]) -> Result<Rows>;
}

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
pub(super) fn with_negatives(setting: Setting<'_>) -> Result<Box<dyn Model>> {
    let negative = Negative::new(&setting)?;
    Ok(Box::new(SkipGram::new(setting, negative)))
}

/// Skip-gram with hierarchical softmax.
pub(super) fn with_tree(setting: Setting<'_>) -> Result<Box<dyn Model>> {
    let tree = Tree::new(&setting)?;
    Ok(Box::new(SkipGram::new(setting, tree)))
}

impl<L: Learner> SkipGram<L> {
    fn new(setting: Setting<'_>, learner: L) -> Self {
        let Setting { config, schedule, keep, corpus_tokens, .. } = setting;
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

/// Tokens of a superbatch, for a corpus of so many and windows so wide, and `most_pairs` without subsampling, as far as the fewest
/// tokens allow.
#[must_use]
#[allow(clippy::cast_possible_truncation)]
pub fn superbatch(corpus_tokens: u64, window: usize, most_pairs: u64) -> usize {
    // A reach is (window + 1) / 2 on average, on each of two sides.
    let most = (most_pairs / (window as u64 + 1)).clamp(FEWEST_TOKENS, MOST_TOKENS);
    corpus_tokens.div_ceil(SUPERBATCHES).clamp(FEWEST_TOKENS, most) as usize
}

impl<L: Learner> Model for SkipGram<L> {
    fn superbatch(&self) -> usize {
        self.superbatch
    }

    fn train(&mut self, tokens: &[u32], place: Place) -> Result<Done> {
        let Self { window, keep, input, schedule, pairs, learner, .. } = self;
        let rng = place.generator();
        let pairing_rng = L::pairing(&rng);
        let learning_rate = schedule.learning_rate(place.read);
        let most_pairs = L::MOST_PAIRS + L::MOST_PAIRS / SLACK;
        let pairing = Pairing { placement: learner.placement(), keep, window: *window };
        let runs = pairs.take(&pairing, tokens, most_pairs, |number| pairing_rng.within(number));
        let mut done = Done::default();
        for (number, run) in (0..).zip(runs) {
            let chunks = pairs.fill(&Pairing { placement: learner.placement(), keep, window: *window }, run);
            let rng = if number == 0 { rng.clone() } else { rng.within(RUN + number - 1) };
            let loss = learner.learn(chunks, input, Step { learning_rate, rng }).map_err(defect)?;
            let pairs = chunks.iter().map(|chunk| chunk.len() as u64).sum();
            done += Done { pairs, loss, ..Done::default() };
        }
        Ok(done)
    }

    fn into_input(self: Box<Self>) -> Rows {
        Rows { of: self.learner.placement().inputs().rows(), lanes: self.input }
    }

    fn into_both(self: Box<Self>, counts: &[u64]) -> Result<(Rows, Rows)> {
        let input = Rows { of: self.learner.placement().inputs().rows(), lanes: self.input };
        Ok((input, self.learner.into_output(counts)?))
    }
}
