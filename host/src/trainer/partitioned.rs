//! Skip-gram with negative sampling on any number of threads, with one result (design: partitioned training).
//!
//! A superbatch's pairs lie in buckets (partition of the input, partition of the target). In round `r` come the buckets
//! (a, (a + r) mod P), for every a: no two of them share a row of either matrix, each is given its two partitions as
//! `&mut`, and the draws of each depend on its place alone. This is the block schedule of distributed SGD (Gemulla et al.
//! 2011), brought down to one machine's caches; [`rounds`] has the order in which threads go through it.

use super::noise::{Noise, Source};
use super::{Done, Model, Outcome, Place, Setting, defect, rounds, start};
use crate::error::Result;
use crate::pairs::{self, Chunk, MOST_PAIRS, Pair, Pairing, superbatch};
use crate::partition::Partitioning;
use w2v_core::matrix::{Lanes, MatrixMut, blocks};
use w2v_core::simd::{Dispatch, Kernel, Simd};
use w2v_core::step::Hidden;
use w2v_core::train::Schedule;
use w2v_core::unigram::{Slot, Unigram};

/// Draws for pairing and for training are kept apart by one more counter.
const PAIRING: u64 = 0;
const TRAINING: u64 = 1;

/// The model and everything that its rounds need.
pub(super) struct SkipGram {
    dealing: Partitioning,
    dim: usize,
    window: u32,
    negatives: usize,
    keep: Vec<u32>,
    input: Vec<Lanes>,
    output: Vec<Lanes>,
    noise: Vec<Slot>,
    dispatch: Dispatch,
    schedule: Schedule,
    superbatch: usize,
    chunks: Vec<Chunk>,
    /// The pairs of the buckets that are being trained.
    scratches: Vec<Vec<Pair>>,
}

impl SkipGram {
    pub(super) fn new(setting: Setting<'_>) -> Result<Self> {
        let Setting { vocabulary, config, dispatch, schedule, keep, corpus_tokens } = setting;
        let dealing = Partitioning::choose(vocabulary.len(), config.dim);
        #[allow(clippy::cast_possible_truncation)]
        Ok(Self {
            output: start::zeros(vocabulary.len(), config.dim),
            scratches: Vec::new(),
            dim: config.dim,
            window: config.window as u32,
            negatives: config.negatives,
            keep,
            input: start::input(&dealing.rows(), config),
            noise: start::noise(&dealing, vocabulary.counts(), config.exponent)?,
            dispatch,
            schedule,
            superbatch: superbatch(corpus_tokens, config.window, MOST_PAIRS),
            chunks: Vec::new(),
            dealing,
        })
    }

    /// Sorts a superbatch into buckets, a chunk a job.
    fn pair(&mut self, tokens: &[u32], place: Place) {
        let Self { dealing, keep, window, chunks, .. } = self;
        let pairing = Pairing { placement: &*dealing, keep, window: *window };
        let rng = place.generator().within(PAIRING);
        pairs::fill(chunks, &pairing, tokens, |number| rng.within(number));
    }
}

impl Model for SkipGram {
    fn superbatch(&self) -> usize {
        self.superbatch
    }

    fn train(&mut self, tokens: &[u32], place: Place) -> Result<Done> {
        self.pair(tokens, place);
        let Self { dealing, dim, negatives, input, output, noise, dispatch, schedule, chunks, scratches, .. } = self;
        let (dim, negatives, parts) = (*dim, *negatives, dealing.parts());
        let learning_rate = schedule.learning_rate(place.read);
        let chunks: &[Chunk] = chunks;
        let inputs = dealing.split(input, blocks(dim));
        let outputs = dealing.split(output, blocks(dim));
        let noise: Vec<&[Slot]> = dealing.split(noise, 1).into_iter().map(|slots| &*slots).collect();
        let rng = place.generator().within(TRAINING);
        let train = |bucket: rounds::Bucket<'_>, pairs: &mut Vec<Pair>| {
            let rounds::Bucket { input_part, output_part, input, output } = bucket;
            let number = input_part * parts + output_part;
            pairs.clear();
            for chunk in chunks {
                pairs.extend_from_slice(chunk.bucket(number));
            }
            let noise = Noise {
                output: MatrixMut::new(output, dealing.words(output_part).len(), dim)?,
                distribution: Unigram::from_slots(noise[output_part]),
                negatives,
                learning_rate,
                rng: rng.within(number as u64),
            };
            let input = MatrixMut::new(input, dealing.words(input_part).len(), dim)?;
            dispatch.run(Bucket { input, noise, pairs })
        };
        let loss = rounds::train(inputs, outputs, scratches, train).map_err(defect)?;
        let pairs = chunks.iter().map(|chunk| chunk.len() as u64).sum();
        Ok(Done { pairs, loss })
    }

    fn into_input(self: Box<Self>) -> (Vec<Lanes>, Vec<u32>) {
        (self.input, self.dealing.rows())
    }
}

/// One bucket's pairs and the two partitions that they touch.
struct Bucket<'a> {
    input: MatrixMut<'a>,
    noise: Noise<'a>,
    pairs: &'a [Pair],
}

impl Kernel for Bucket<'_> {
    type Output = Outcome<f64>;

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) -> Outcome<f64> {
        let pairs = Pairs(self.pairs);
        let begun = self.noise.begin(simd, &pairs);
        self.noise.train(simd, begun, &pairs, &mut self.input, Hidden::Learn)
    }
}

/// The hidden rows are input rows.
struct Pairs<'a>(&'a [Pair]);

impl Source for Pairs<'_> {
    const APART: bool = true;

    #[inline(always)]
    fn len(&self) -> usize {
        self.0.len()
    }

    #[inline(always)]
    fn rows(&self, number: usize) -> (u32, u32) {
        let pair = self.0[number];
        (pair.input.into(), pair.target.into())
    }
}
