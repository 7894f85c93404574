//! Skip-gram with negative sampling on any number of threads, with one result (design: partitioned training).
//!
//! A superbatch's pairs lie in buckets (partition of the input, partition of the target). In round `r` the buckets
//! (a, (a + r) mod P) are trained at once, for every a: no two of them share a row of either matrix, each is given its two
//! partitions as `&mut`, and the draws of each depend on its place alone. This is the block schedule of distributed SGD
//! (Gemulla et al. 2011), brought down to one machine's caches.

use super::{Model, Place, Setting, defect, start};
use crate::error::Result;
use crate::pairs::{self, Chunk, Pair, Pairing, superbatch};
use crate::partition::Partitioning;
use rayon::prelude::*;
use w2v_core::matrix::{Lanes, MatrixMut, blocks};
use w2v_core::rng::SplitMix64;
use w2v_core::sigmoid::TABLE;
use w2v_core::simd::{Dispatch, Kernel, Simd};
use w2v_core::step::{Hidden, negative::NegativeSampling};
use w2v_core::train::{Progress, Schedule};
use w2v_core::unigram::{Negatives, Slot, Unigram};

/// Pairs that share their negatives.
const GROUP: usize = 8;

/// Words of a partition, at least, for its pairs to share negatives.
const FEWEST_NOISE_WORDS: usize = 64;

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
    /// For each input partition, the pairs of its current bucket.
    pairs: Vec<Vec<Pair>>,
    pool: rayon::ThreadPool,
}

impl SkipGram {
    pub(super) fn new(setting: Setting<'_>, threads: usize) -> Result<Self> {
        let Setting { vocabulary, config, dispatch, schedule, keep, corpus_tokens } = setting;
        let dealing = Partitioning::choose(vocabulary.len(), config.dim);
        let pool = start::pool(threads)?;
        #[allow(clippy::cast_possible_truncation)]
        Ok(Self {
            output: dealing.lanes(config.dim),
            pairs: vec![Vec::new(); dealing.parts()],
            dealing,
            dim: config.dim,
            window: config.window as u32,
            negatives: config.negatives,
            keep,
            input: start::input(&dealing, config, &pool),
            noise: start::noise(&dealing, vocabulary.counts(), config.exponent)?,
            dispatch,
            schedule,
            superbatch: superbatch(corpus_tokens, config.window),
            chunks: Vec::new(),
            pool,
        })
    }

    /// Sorts a superbatch into buckets, a chunk a job.
    fn pair(&mut self, tokens: &[u32], place: Place) {
        let Self { dealing, keep, window, chunks, pool, .. } = self;
        let pairing = Pairing { placement: &*dealing, keep, window: *window };
        pool.install(|| pairs::fill(chunks, &pairing, tokens, |number| place.generator(&[PAIRING, number])));
    }
}

impl Model for SkipGram {
    fn superbatch(&self) -> usize {
        self.superbatch
    }

    fn train(&mut self, tokens: &[u32], place: Place) -> Result<Progress> {
        self.pair(tokens, place);
        let Self { dealing, dim, negatives, input, output, noise, dispatch, schedule, chunks, pairs, pool, .. } = self;
        let (dim, negatives, parts) = (*dim, *negatives, dealing.parts());
        let learning_rate = schedule.learning_rate(place.read);
        let chunks: &[Chunk] = chunks;
        let mut inputs = dealing.split(input, blocks(dim));
        let mut outputs = dealing.split(output, blocks(dim));
        let noise: Vec<&[Slot]> = dealing.split(noise, 1).into_iter().map(|slots| &*slots).collect();
        let mut progress = Progress { tokens: tokens.len() as u64, ..Progress::default() };
        let mut finished = Vec::with_capacity(parts);
        for round in 0..parts {
            pool.install(|| {
                let lent = inputs.par_iter_mut().zip(&mut outputs).zip(&mut *pairs).enumerate();
                lent.map(|(input_part, ((input, output), pairs))| {
                    let output_part = (input_part + round) % parts;
                    let bucket = input_part * parts + output_part;
                    pairs.clear();
                    for chunk in chunks {
                        pairs.extend_from_slice(chunk.bucket(bucket));
                    }
                    let rng = place.generator(&[TRAINING, bucket as u64]);
                    let noise = Unigram::from_slots(noise[output_part]);
                    let input = MatrixMut::new(input, dealing.words(input_part).len(), dim)?;
                    let output = MatrixMut::new(output, dealing.words(output_part).len(), dim)?;
                    dispatch.run(Bucket { input, output, noise, negatives, pairs, learning_rate, rng })
                })
                .collect_into_vec(&mut finished);
            });
            // In the order of the partitions, so that the sum of losses is the same bits too.
            for result in finished.drain(..) {
                progress += result.map_err(defect)?;
            }
            outputs.rotate_left(1);
        }
        Ok(progress)
    }

    fn into_input(self: Box<Self>) -> (Vec<Lanes>, Option<Vec<u32>>) {
        (self.input, Some(self.dealing.rows()))
    }
}

/// One bucket's pairs and the two partitions that they touch.
struct Bucket<'a> {
    input: MatrixMut<'a>,
    output: MatrixMut<'a>,
    noise: Unigram<'a>,
    negatives: usize,
    pairs: &'a [Pair],
    learning_rate: f32,
    rng: SplitMix64,
}

impl Kernel for Bucket<'_> {
    type Output = std::result::Result<Progress, w2v_core::error::Error>;

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) -> Self::Output {
        // Where the targets of a group are a good part of all words, few noise words are left that are none of them.
        let grouped = if self.noise.len() < FEWEST_NOISE_WORDS { 0 } else { self.pairs.len() };
        let (groups, _) = self.pairs.get(..grouped).unwrap_or_default().as_chunks::<GROUP>();
        let rest = self.pairs.get(groups.len() * GROUP..).unwrap_or_default();
        let loss = self.train(simd, groups)? + self.train(simd, rest.as_chunks::<1>().0)?;
        Ok(Progress { tokens: 0, pairs: self.pairs.len() as u64, loss })
    }
}

impl Bucket<'_> {
    /// Trains `groups` in their order and returns their loss; while one is computed, the rows of the next are fetched.
    #[inline(always)]
    fn train<S: Simd, const G: usize>(
        &mut self,
        simd: S,
        groups: &[[Pair; G]],
    ) -> std::result::Result<f64, w2v_core::error::Error> {
        let mut loss = 0.0;
        let mut groups = groups.iter();
        let mut next = groups.next().map(|pairs| self.prepare(simd, pairs));
        while let Some(group) = next {
            next = groups.next().map(|pairs| self.prepare(simd, pairs));
            loss += f64::from(self.update(simd, &group)?);
        }
        Ok(loss)
    }

    /// Draws the negatives of a group and asks for its rows.
    #[inline(always)]
    fn prepare<S: Simd, const G: usize>(&mut self, simd: S, pairs: &[Pair; G]) -> Group<G> {
        let (mut inputs, mut targets, mut negatives) = ([0; G], [0; G], Negatives::new());
        for ((input, target), pair) in inputs.iter_mut().zip(&mut targets).zip(pairs) {
            *input = pair.input.into();
            *target = pair.target.into();
        }
        self.noise.draw_negatives(&mut self.rng, self.negatives, &targets, &mut negatives);
        for &input in &inputs {
            self.input.prefetch(simd, input);
        }
        for &target in targets.iter().chain(&negatives) {
            self.output.prefetch(simd, target);
        }
        Group { inputs, targets, negatives }
    }

    #[inline(always)]
    fn update<S: Simd, const G: usize>(
        &mut self,
        simd: S,
        group: &Group<G>,
    ) -> std::result::Result<f32, w2v_core::error::Error> {
        NegativeSampling {
            hidden: &mut self.input,
            hidden_rows: &group.inputs,
            output: &mut self.output,
            targets: &group.targets,
            negatives: &group.negatives,
            learning_rate: self.learning_rate,
            sigmoid: &TABLE,
            then: Hidden::Learn,
        }
        .run(simd)
    }
}

/// Pairs that are trained together, and the negatives that they share.
struct Group<const G: usize> {
    inputs: [u32; G],
    targets: [u32; G],
    negatives: Negatives,
}
