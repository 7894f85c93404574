//! Hierarchical softmax: the hidden vectors of a batch are trained along the paths of their
//! centers.
//!
//! The hidden vectors of a batch do not change in this phase, so the training of an inner node does
//! not depend on any other node. Any thread may train a node, as long as the node's windows come in
//! the same order and in the same groups. The upper nodes of the [`TreeSplit`] are one job: many
//! windows of a batch have the same path through the upper nodes, so these windows are trained in
//! groups. The subtrees of each partition are a job of their own, in which windows are trained one
//! by one in the order of the text. The gradient of a window is the sum of the two parts that the
//! job of the upper nodes and the job of its partition compute.

use super::batch::Batch;
use super::predictor::{Predicted, Predictor, enough};
use super::segment::{Token, Words};
use crate::error::Result;
use crate::threads;
use crate::train::context::{ModelContext, Outcome, Rows, RowsMut, StepParameters};
use crate::train::initial_state;
use crate::train::layout::Partitioning;
use crate::train::objective::tree::{Descent, PathGroups};
use crate::train::objective::tree_split::TreeSplit;
use w2v_core::error::Error;
use w2v_core::lanes::{Lanes, blocks};
use w2v_core::matrix::MatrixMut;
use w2v_core::sigmoid::TABLE;
use w2v_core::simd::{Dispatch, Kernel, Simd};
use w2v_core::step::path::HierarchicalSoftmax;
use w2v_core::step::{HiddenUpdate, Prefetch};
use w2v_core::vector;

/// The number of sections of a batch. Windows are taken from the sections in turn, so that a group
/// has windows from several sections. Groups of neighbouring windows learn worse.
const SECTIONS: usize = 8;

/// The number of windows by which nodes are prefetched ahead. One window would not be enough,
/// because a step takes less time than a fetch from memory.
const PREFETCH_DISTANCE: usize = 3;

/// The number of windows in a job that adds the two parts of gradients.
const SUMMED: usize = 64;

/// The output matrix, split into upper nodes and subtrees.
pub(in crate::train) struct Tree {
    split: TreeSplit,
    dim: usize,
    upper: Vec<Lanes>,
    /// Windows in groups that share a path through the upper nodes.
    groups: PathGroups<u32>,
    /// The rows of all subtrees, partition after partition.
    output: Vec<Lanes>,
    /// For each window of a batch the part of its gradient that comes from upper nodes, in the
    /// order of the centers' partitions.
    from_upper: Vec<Lanes>,
    /// The same for the part that comes from the subtrees.
    from_subtrees: Vec<Lanes>,
    dispatch: Dispatch,
}

impl Tree {
    /// The output matrix at its starting values, and the table of words. There are as many output
    /// partitions as `partitioning` has partitions.
    pub(super) fn new(context: &ModelContext<'_>, partitioning: Partitioning) -> Result<(Self, Words)> {
        let ModelContext { vocabulary, config, dispatch, ref keep, .. } = *context;
        let split = TreeSplit::cbow(partitioning, vocabulary.counts(), keep)?;
        let words = Words::new(split.parts().len(), split.places().iter().copied(), keep);
        let tree = Self {
            dim: config.dim,
            upper: initial_state::zeros(split.upper_rows(), config.dim),
            groups: PathGroups::default(),
            output: initial_state::zeros(split.rows_below(), config.dim),
            from_upper: Vec::new(),
            from_subtrees: Vec::new(),
            split,
            dispatch,
        };
        Ok((tree, words))
    }
}

impl Predictor for Tree {
    fn predict<'w>(
        &'w mut self,
        batch: &Batch,
        windows: &'w mut [Lanes],
        step: StepParameters,
    ) -> Outcome<Predicted<'w>> {
        let learning_rate = step.learning_rate;
        let Self { split, dim, upper, groups, output, from_upper, from_subtrees, dispatch } = self;
        let (split, dim, per_row, dispatch) = (&*split, *dim, blocks(*dim), *dispatch);
        let [from_upper, from_subtrees] = [from_upper, from_subtrees].map(|rows| enough(rows, batch.len() * per_row));
        let upper_job = || {
            let window =
                |(Token { row, window, .. }, part)| (split.parts()[usize::from(part)].subtrees[row as usize], window);
            groups.gather(split.upper_paths().len(), batch.in_turn(SECTIONS).map(window));
            from_upper.copy_from_slice(windows);
            let hidden = MatrixMut::new(from_upper, batch.len(), dim)?;
            let output = MatrixMut::new(upper, split.upper_rows(), dim)?;
            let (paths, groups, hidden_update) = (split.upper_paths(), groups.gathered(), HiddenUpdate::Gradient);
            // Upper nodes are not prefetched: they are so few that their rows stay in the cache.
            dispatch.run(Descent { hidden, output, paths, fetch_nodes: false, groups, learning_rate, hidden_update })
        };
        let mut jobs = vec![Job::Upper(upper_job)];
        let mut hidden = &*windows;
        let shares =
            batch.split(&mut *from_subtrees, per_row).into_iter().zip(split.split_rows(output, per_row)).enumerate();
        jobs.extend(shares.map(|(part, (gradients, output))| {
            let (hidden_of_part, rest) = hidden.split_at(gradients.len());
            hidden = rest;
            Job::Below(Below { batch, split, part, hidden: hidden_of_part, gradients, output, dim, learning_rate })
        }));
        let losses = threads::each(jobs, |job| match job {
            Job::Upper(mut upper_job) => upper_job(),
            Job::Below(below) => dispatch.run(below),
        });
        // Losses are added in the order of the jobs, so the sum has the same bits for any number of
        // threads.
        let loss = losses.into_iter().sum::<Outcome<f64>>()?;
        let runs = from_subtrees.chunks_mut(SUMMED * per_row).zip(from_upper.chunks(SUMMED * per_row));
        threads::each(runs.collect(), |(sums, terms)| dispatch.run(Add { terms, sums }));
        Ok(Predicted { loss, gradients: from_subtrees })
    }

    fn output(&mut self, counts: &[u64]) -> Result<RowsMut<'_>> {
        Ok(RowsMut { of: self.split.rows_of_nodes(counts)?, lanes: [&mut self.upper, &mut self.output] })
    }

    fn into_output(self, counts: &[u64]) -> Result<Rows> {
        self.split.matrix_of_nodes(counts, self.upper, &self.output)
    }
}

/// Adds `terms` to `sums`, row by row.
struct Add<'a> {
    terms: &'a [Lanes],
    sums: &'a mut [Lanes],
}

impl Kernel for Add<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        vector::add(simd, self.terms, self.sums);
    }
}

/// A job of the predict phase: the upper nodes, or the subtrees of one partition.
enum Job<'a, C> {
    Upper(C),
    Below(Below<'a>),
}

/// Trains windows along their paths in the subtrees of one partition.
struct Below<'a> {
    batch: &'a Batch,
    split: &'a TreeSplit,
    part: usize,
    /// The hidden vectors of the partition's windows, one row for each.
    hidden: &'a [Lanes],
    /// The part of each window's gradient that comes from the subtrees, one row for each window.
    gradients: &'a mut [Lanes],
    /// The output rows, one for each node of the partition.
    output: &'a mut [Lanes],
    dim: usize,
    learning_rate: f32,
}

impl Kernel for Below<'_> {
    /// The sum of the windows' losses in the subtrees.
    type Output = Outcome<f64>;

    /// Windows are trained one by one in the order of the text. When they were trained in groups,
    /// in the order of their paths, training diverged (benches/CHOICES.md).
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Outcome<f64> {
        let Self { batch, split, part, hidden, gradients, output, dim, learning_rate } = self;
        if output.is_empty() || gradients.is_empty() {
            gradients.fill(Lanes::ZERO);
            return Ok(0.0);
        }
        gradients.copy_from_slice(hidden);
        let (windows, rows) = (gradients.len() / blocks(dim), output.len() / blocks(dim));
        let mut gradients = MatrixMut::new(gradients, windows, dim)?;
        let mut output = MatrixMut::new(output, rows, dim)?;
        // First, all paths are looked up in a loop of its own, so that many are fetched from memory
        // at once: the path of a rare word is not in a near cache.
        let path = |&place| split.parts()[part].paths.get(batch.token(place).row);
        let paths: Vec<(&[u32], u64)> = batch.tokens(part).iter().map(path).collect();
        let fetched = |number: usize| paths.get(number).map_or(&[][..], |(nodes, _)| nodes);
        for &node in (0..PREFETCH_DISTANCE).flat_map(fetched) {
            output.as_ref().prefetch(simd, node);
        }
        let mut loss = 0.0;
        for (number, (window, &(nodes, code))) in (0..).zip(&paths).enumerate() {
            if nodes.is_empty() {
                let rows = gradients.rows();
                let gradient = gradients.row_mut(window).ok_or(Error::Row { row: window, rows })?;
                gradient.fill(Lanes::ZERO);
                continue;
            }
            let (prefetch, hidden) = (Prefetch::new(&[], [fetched(number + PREFETCH_DISTANCE), &[]]), [window]);
            let step =
                HierarchicalSoftmax::new(&mut gradients, &hidden, &mut output, nodes, code, learning_rate, &TABLE)
                    .hidden_update(HiddenUpdate::Gradient)
                    .prefetch(prefetch);
            loss += f64::from(step.run(simd)?);
        }
        Ok(loss)
    }
}
