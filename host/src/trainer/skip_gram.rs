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

use super::{Done, Model, Outcome, Place, Setting, Step, defect, start};
use crate::error::Result;
use negative::Negative;
use pairs::{Chunk, Pairing, Placement};
use tree::Tree;
use w2v_core::lanes::Lanes;
use w2v_core::rng::SplitMix64;
use w2v_core::train::Schedule;

/// Superbatches that an epoch of a large corpus is cut into, at least.
const SUPERBATCHES: u64 = 8;

/// Tokens of a superbatch, at most: more score better, and take more memory.
const MOST_TOKENS: u64 = 3 << 19;

/// Tokens of a superbatch, at least: windows do not reach across its ends.
const FEWEST_TOKENS: u64 = 1 << 10;

/// The output matrix, and how pairs train it and the input rows.
trait Learner: Send {
    /// Pairs of a superbatch without subsampling, at most.
    const MOST_PAIRS: u64;

    /// Says where words are as inputs and as targets.
    type Placement: Placement + Sync;

    /// Where they are.
    fn placement(&self) -> &Self::Placement;

    /// The generator of pairing, made from that of the superbatch; each chunk draws [`within`](SplitMix64::within) it.
    fn pairing(superbatch: &SplitMix64) -> SplitMix64;

    /// Trains both matrices with all pairs of a superbatch, by its step size and generator, and returns the sum of their losses, the
    /// same bits for any number of threads.
    fn learn(&mut self, chunks: &[Chunk], input: &mut [Lanes], step: Step) -> Outcome<f64>;
}

/// The model, the pairs of the current superbatch, and who learns from them.
struct SkipGram<L> {
    window: u32,
    keep: Vec<u32>,
    input: Vec<Lanes>,
    schedule: Schedule,
    superbatch: usize,
    chunks: Vec<Chunk>,
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
        #[allow(clippy::cast_possible_truncation)]
        Self {
            window: config.window as u32,
            keep,
            input: start::input(&learner.placement().inputs().rows(), config),
            schedule,
            superbatch: superbatch(corpus_tokens, config.window, L::MOST_PAIRS),
            chunks: Vec::new(),
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
        let Self { window, keep, input, schedule, chunks, learner, .. } = self;
        let rng = place.generator();
        let pairing_rng = L::pairing(&rng);
        let pairing = Pairing { placement: learner.placement(), keep, window: *window };
        pairs::fill(chunks, &pairing, tokens, |number| pairing_rng.within(number));
        let step = Step { learning_rate: schedule.learning_rate(place.read), rng };
        let loss = learner.learn(chunks, input, step).map_err(defect)?;
        let pairs = chunks.iter().map(|chunk| chunk.len() as u64).sum();
        Ok(Done { pairs, loss, ..Done::default() })
    }

    fn into_input(self: Box<Self>) -> (Vec<Lanes>, Vec<u32>) {
        (self.input, self.learner.placement().inputs().rows())
    }
}
