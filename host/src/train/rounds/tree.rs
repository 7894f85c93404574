//! Hierarchical softmax: the pairs of a superbatch are trained along the paths of their targets.
//!
//! The tree is a [`TreeSplit`]: a path consists of some upper nodes and then of nodes of one
//! subtree, and each subtree lies in one output partition. A path is trained in two phases. In the
//! first phase, the pairs of each input partition train a copy of the upper nodes, so that input
//! partitions can be trained in parallel. The copies are then averaged, weighted by use. A copy is
//! trained with the pairs of all subtrees, which take turns: pairs of one subtree alone would teach
//! it only the way to that subtree. In the second phase, the rounds train the subtrees, bucket by
//! bucket.

use super::learner::Learner;
use super::pairs::{Chunk, Pair, Placement};
use super::rotation;
use crate::error::Result;
use crate::train::context::{ModelContext, Outcome, Rows, RowsMut, StepParameters};
use crate::train::initial_state;
use crate::train::layout::Partitioning;
use crate::train::objective::tree::{Descent, PathGroups};
use crate::train::objective::tree_split::TreeSplit;
use rayon::prelude::*;
use w2v_core::lanes::{Lanes, blocks};
use w2v_core::matrix::MatrixMut;
use w2v_core::rng::SplitMix64;
use w2v_core::simd::{Dispatch, Kernel, Simd};
use w2v_core::step::HiddenUpdate;
use w2v_core::vector;

/// See `Learner::MOST_PAIRS`. With 1.5 times as many pairs, training takes 4 % less time, but the
/// model scores .005 less on SimLex and MEN.
pub const MOST_PAIRS: u64 = 6 << 20;

/// The number of chunks between two averagings of the upper nodes.
pub const CHUNKS: usize = 4;

/// The number of slices of a bucket. In the first phase the buckets of an input partition take
/// turns, one slice at a time.
const SLICES: usize = 16;

/// The output matrix, split into upper nodes and subtrees.
pub(super) struct Tree {
    split: TreeSplit,
    dim: usize,
    upper: Vec<Lanes>,
    /// The rows of all subtrees, partition after partition.
    output: Vec<Lanes>,
    copies: Vec<UpperCopy>,
    /// For each region the groups of the second phase.
    scratches: Vec<PathGroups<u16>>,
    dispatch: Dispatch,
}

impl Placement for TreeSplit {
    fn inputs(&self) -> &Partitioning {
        Self::inputs(self)
    }

    fn target_blocks(&self) -> usize {
        Self::target_blocks(self)
    }

    fn input(&self, word: u32) -> (usize, u16) {
        Placement::input(Self::inputs(self), word)
    }

    fn target(&self, word: u32) -> (usize, u16) {
        self.target_block(word)
    }
}

/// A copy of the upper nodes, and working memory, for the first phase of one input partition.
#[derive(Default)]
struct UpperCopy {
    upper: Vec<Lanes>,
    /// For each upper node the number of pairs that trained its row.
    uses: Vec<u32>,
    groups: PathGroups<u16>,
}

impl Tree {
    /// The output matrix at its starting values.
    pub(super) fn new(context: &ModelContext<'_>) -> Result<Self> {
        let ModelContext { vocabulary, config, dispatch, ref keep, .. } = *context;
        let split = TreeSplit::skip_gram(vocabulary.counts(), keep, config.dim)?;
        Ok(Self {
            dim: config.dim,
            upper: initial_state::zeros(split.upper_rows(), config.dim),
            output: initial_state::zeros(split.rows_below(), config.dim),
            copies: std::iter::repeat_with(UpperCopy::default).take(split.parts().len()).collect(),
            scratches: Vec::new(),
            split,
            dispatch,
        })
    }

    /// The first phase: trains the upper nodes with the pairs of `chunks`. Returns the loss at the
    /// upper nodes.
    fn train_upper(&mut self, chunks: &[Chunk], input: &mut [Lanes], learning_rate: f32) -> Outcome<f64> {
        let Self { split, dim, upper, dispatch, copies, .. } = self;
        let (split, dim) = (&*split, *dim);
        let blocks_of_targets: Vec<&[u32]> = split.subtrees_by_block().collect();
        let mut inputs = split.inputs().split(input, blocks(dim));
        let mut losses = Vec::with_capacity(inputs.len());
        let from: &[Lanes] = upper;
        let lent = inputs.par_iter_mut().zip(&mut *copies).enumerate();
        lent.map(|(input_part, (input, copy))| {
            let mixed = chunks.iter().flat_map(|chunk| {
                let slices =
                    (0..SLICES).flat_map(|number| (0..).zip(&blocks_of_targets).map(move |block| (number, block)));
                slices.flat_map(move |(number, (block, subtrees))| {
                    let pairs = slice(chunk.bucket(input_part * split.target_blocks() + block), number);
                    pairs.iter().map(move |pair| (subtrees[usize::from(pair.target)], pair.input))
                })
            });
            copy.groups.gather(split.upper_paths().len(), mixed);
            copy.uses.clear();
            copy.uses.resize(split.upper_rows(), 0);
            // Pairs are counted by subtree first, because there are fewer subtrees than groups.
            let mut pairs = vec![0; split.upper_paths().len()];
            copy.groups.sizes().for_each(|(subtree, size)| pairs[subtree as usize] += size);
            for (subtree, pairs) in (0..).zip(pairs) {
                split.upper_paths().get(subtree).0.iter().for_each(|&row| copy.uses[row as usize] += pairs);
            }
            copy.upper.clear();
            copy.upper.extend_from_slice(from);
            let hidden = MatrixMut::new(input, split.inputs().words(input_part).len(), dim)?;
            let output = MatrixMut::new(&mut copy.upper, split.upper_rows(), dim)?;
            let (paths, groups, hidden_update) = (split.upper_paths(), copy.groups.gathered(), HiddenUpdate::Learn);
            // Upper nodes are not prefetched: most pairs use only a few of them, and their rows
            // stay in the cache.
            dispatch.run(Descent { hidden, output, paths, fetch_nodes: false, groups, learning_rate, hidden_update })
        })
        .collect_into_vec(&mut losses);
        dispatch.run(Average { upper, copies, per_row: blocks(dim) });
        losses.into_iter().sum()
    }

    /// The second phase: trains the subtrees with the pairs of `chunks`. Returns the loss in the
    /// subtrees.
    fn train_subtrees(&mut self, chunks: &[Chunk], input: &mut [Lanes], learning_rate: f32) -> Outcome<f64> {
        let Self { split, dim, output, dispatch, scratches, .. } = self;
        let (split, dim, per_row) = (&*split, *dim, blocks(*dim));
        let parts = split.parts();
        let inputs = split.inputs().split(input, per_row);
        let outputs = split.split_rows(output, per_row);
        let train = |bucket: rotation::Bucket<'_>, groups: &mut PathGroups<u16>| {
            let rotation::Bucket { input_part, output_part, input, output } = bucket;
            let Some(part) = parts.get(output_part).filter(|part| part.rows > 0) else { return Ok(0.0) };
            let pairs = chunks.iter().flat_map(|chunk| {
                split.target_blocks_of(output_part).flat_map(move |(block, first)| {
                    let pairs = chunk.bucket(input_part * split.target_blocks() + block);
                    pairs.iter().map(move |pair| (first + u32::from(pair.target), pair.input))
                })
            });
            groups.gather(part.paths.len(), pairs);
            let hidden = MatrixMut::new(input, split.inputs().words(input_part).len(), dim)?;
            let output = MatrixMut::new(output, part.rows, dim)?;
            let (paths, groups, hidden_update) = (&part.paths, groups.gathered(), HiddenUpdate::Learn);
            dispatch.run(Descent { hidden, output, paths, fetch_nodes: true, groups, learning_rate, hidden_update })
        };
        rotation::train(inputs, outputs, scratches, train)
    }
}

/// Slice `number` of [`SLICES`] slices of `pairs`.
fn slice(pairs: &[Pair], number: usize) -> &[Pair] {
    &pairs[pairs.len() * number / SLICES..pairs.len() * (number + 1) / SLICES]
}

impl Learner for Tree {
    const MOST_PAIRS: u64 = MOST_PAIRS;

    type Placement = TreeSplit;

    fn placement(&self) -> &TreeSplit {
        &self.split
    }

    /// The superbatch's generator itself: the tree makes no other draws.
    fn pairing(superbatch: &SplitMix64) -> SplitMix64 {
        superbatch.clone()
    }

    fn learn(&mut self, chunks: &[Chunk], input: &mut [Lanes], step: StepParameters) -> Outcome<f64> {
        let mut loss = 0.0;
        for chunks in chunks.chunks(CHUNKS) {
            loss += self.train_upper(chunks, input, step.learning_rate)?;
        }
        loss += self.train_subtrees(chunks, input, step.learning_rate)?;
        Ok(loss)
    }

    fn output(&mut self, counts: &[u64]) -> Result<RowsMut<'_>> {
        Ok(RowsMut { of: self.split.rows_of_nodes(counts)?, lanes: [&mut self.upper, &mut self.output] })
    }

    fn into_output(self, counts: &[u64]) -> Result<Rows> {
        self.split.matrix_of_nodes(counts, self.upper, &self.output)
    }
}

/// Replaces each row of `upper` by the mean of its copies, weighted by uses: Σ uses · copy / Σ
/// uses. The sum is in the order of the copies. A row that no copy used stays as it is.
struct Average<'a> {
    upper: &'a mut [Lanes],
    copies: &'a [UpperCopy],
    per_row: usize,
}

impl Kernel for Average<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        for (row, mean) in self.upper.chunks_exact_mut(self.per_row).enumerate() {
            let total: f64 = self.copies.iter().map(|copy| f64::from(copy.uses[row])).sum();
            if total == 0.0 {
                continue;
            }
            mean.fill(Lanes::ZERO);
            for copy in self.copies {
                let weight = (f64::from(copy.uses[row]) / total) as f32;
                vector::axpy(simd, weight, &copy.upper[row * self.per_row..(row + 1) * self.per_row], mean);
            }
        }
    }
}
