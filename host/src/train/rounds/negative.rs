//! Negative sampling: in a bucket, both the targets and the noise words are words of the bucket's
//! output partition.

use super::learner::Learner;
use super::pairs::{Chunk, Pair};
use super::rotation;
use crate::error::Result;
use crate::train::context::{ModelContext, Outcome, Rows, RowsMut, StepParameters};
use crate::train::initial_state;
use crate::train::layout::Partitioning;
use crate::train::objective::noise::{Noise, Predictions, sharing};
use w2v_core::lanes::{Lanes, blocks};
use w2v_core::matrix::MatrixMut;
use w2v_core::rng::SplitMix64;
use w2v_core::simd::{Dispatch, Kernel, Simd};
use w2v_core::step::HiddenUpdate;
use w2v_core::unigram::{Slot, Unigram};

/// See `Learner::MOST_PAIRS`. All pairs of a superbatch are held in memory.
pub const MOST_PAIRS: u64 = 9 << 20;

/// Draws for pairing and draws for training have generators of their own, with these numbers.
const PAIRING: u64 = 0;
const TRAINING: u64 = 1;

/// The output matrix and the noise distribution of each partition.
pub(super) struct Negative {
    partitioning: Partitioning,
    dim: usize,
    negatives: usize,
    output: Vec<Lanes>,
    noise: Vec<Slot>,
    /// For each partition, whether the pairs of a group share negatives.
    sharing: Vec<bool>,
    /// For each region a buffer for the pairs of the bucket that is being trained.
    scratches: Vec<Vec<Pair>>,
    dispatch: Dispatch,
}

impl Negative {
    /// The output matrix at its starting values.
    pub(super) fn new(context: &ModelContext<'_>) -> Result<Self> {
        let ModelContext { vocabulary, config, dispatch, ref keep, .. } = *context;
        let partitioning = Partitioning::choose(vocabulary.len(), config.dim);
        let noise = initial_state::noise(&partitioning, vocabulary.counts(), config.exponent)?;
        Ok(Self {
            dim: config.dim,
            negatives: config.negatives,
            output: initial_state::zeros(vocabulary.len(), config.dim),
            sharing: sharing(&partitioning, &noise, vocabulary.counts(), keep),
            noise,
            scratches: Vec::new(),
            partitioning,
            dispatch,
        })
    }
}

impl Learner for Negative {
    const MOST_PAIRS: u64 = MOST_PAIRS;

    type Placement = Partitioning;

    fn placement(&self) -> &Partitioning {
        &self.partitioning
    }

    fn pairing(superbatch: &SplitMix64) -> SplitMix64 {
        superbatch.within(PAIRING)
    }

    fn learn(&mut self, chunks: &[Chunk], input: &mut [Lanes], step: StepParameters) -> Outcome<f64> {
        let Self { partitioning, dim, negatives, output, noise, sharing, scratches, dispatch } = self;
        let (dim, negatives, parts) = (*dim, *negatives, partitioning.parts());
        let inputs = partitioning.split(input, blocks(dim));
        let outputs = partitioning.split(output, blocks(dim));
        let noise: Vec<&[Slot]> = partitioning.split(noise, 1).into_iter().map(|slots| &*slots).collect();
        let StepParameters { learning_rate, rng } = step;
        let rng = rng.within(TRAINING);
        let train = |bucket: rotation::Bucket<'_>, pairs: &mut Vec<Pair>| {
            let rotation::Bucket { input_part, output_part, input, output } = bucket;
            let number = input_part * parts + output_part;
            pairs.clear();
            for chunk in chunks {
                pairs.extend_from_slice(chunk.bucket(number));
            }
            let noise = Noise {
                output: MatrixMut::new(output, partitioning.words(output_part).len(), dim)?,
                distribution: Unigram::from_slots(noise[output_part]),
                negatives,
                shares: sharing[output_part],
                learning_rate,
                rng: rng.within(number as u64),
            };
            let input = MatrixMut::new(input, partitioning.words(input_part).len(), dim)?;
            dispatch.run(TrainPairs { input, noise, pairs })
        };
        rotation::train(inputs, outputs, scratches, train)
    }

    fn output(&mut self, _: &[u64]) -> Result<RowsMut<'_>> {
        Ok(RowsMut { of: self.partitioning.rows(), lanes: [&mut self.output, &mut []] })
    }

    fn into_output(self, _: &[u64]) -> Result<Rows> {
        Ok(Rows { of: self.partitioning.rows(), lanes: self.output })
    }
}

/// The pairs of one bucket, and its two partitions.
struct TrainPairs<'a> {
    input: MatrixMut<'a>,
    noise: Noise<'a>,
    pairs: &'a [Pair],
}

impl Kernel for TrainPairs<'_> {
    type Output = Outcome<f64>;

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) -> Outcome<f64> {
        let pairs = Pairs(self.pairs);
        let begun = self.noise.begin(simd, &pairs);
        self.noise.train(simd, begun, &pairs, &mut self.input, HiddenUpdate::Learn)
    }
}

/// The pairs as predictions: the hidden rows are input rows.
struct Pairs<'a>(&'a [Pair]);

impl Predictions for Pairs<'_> {
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
