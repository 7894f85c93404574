//! Hierarchical softmax: the hidden vectors of a batch predict their centers' paths.
//!
//! A batch's hidden vectors do not change while it is trained, so what an inner node learns depends on no other node: each
//! may be trained by whoever has it, if only its windows come to it in one order. The nodes of the [`Cut`]'s crown are one job:
//! much of a batch has the same way through it and goes in groups. Those of each partition's subtrees are another, where the
//! windows go one by one in the order of the text. A window's gradient is the sum of what the two leave.

use super::batch::{Batch, Dealing, Token};
use super::{Predicted, Predictor, Step, enough};
use crate::error::Result;
use crate::partition::Partitioning;
use crate::trainer::tree::cut::Cut;
use crate::trainer::tree::groups::{self, Groups};
use crate::trainer::{Outcome, Setting, start};
use rayon::prelude::*;
use std::iter;
use w2v_core::matrix::{Lanes, Matrix, MatrixMut, blocks};
use w2v_core::sigmoid::TABLE;
use w2v_core::simd::{Dispatch, Kernel, Simd};
use w2v_core::step::path::HierarchicalSoftmax;
use w2v_core::step::{Ahead, Hidden};
use w2v_core::vector;

/// Subtrees below the crown. The more, the longer are the ways of groups, but of 64 analogies are the worse (benches/CHOICES.md).
const SUBTREES: usize = 32;

/// Stretches of a batch that windows come from in turn, so that those of a group of 8 are not neighbours: those would learn worse.
const STRETCHES: usize = 8;

/// How many windows ahead nodes are fetched: a step is shorter than the way from memory.
const AHEAD: usize = 3;

/// Windows whose two gradients one job adds.
const SUMMED: usize = 64;

/// The output matrix, cut in two.
pub(in crate::trainer) struct Tree {
    cut: Cut,
    dim: usize,
    crown: Vec<Lanes>,
    /// Windows on their way through the crown.
    groups: Groups<u32>,
    /// The rows of all subtrees, partition after partition.
    output: Vec<Lanes>,
    /// For each window of a batch the crown's part of its gradient, by partition of the center.
    above: Vec<Lanes>,
    /// The same for the subtrees' part.
    below: Vec<Lanes>,
    dispatch: Dispatch,
}

impl Tree {
    /// The model at its start, its subtrees dealt into so many partitions as `dealing` has.
    pub(super) fn new(setting: &Setting<'_>, dealing: Partitioning) -> Result<(Self, Dealing)> {
        let Setting { vocabulary, config, dispatch, ref keep, .. } = *setting;
        let cut = Cut::of_counts(dealing, SUBTREES, vocabulary.counts(), keep)?;
        let dealing = Dealing::new(cut.parts().len(), cut.places().iter().copied(), keep);
        let tree = Self {
            dim: config.dim,
            crown: start::zeros(cut.crown_rows(), config.dim),
            groups: Groups::default(),
            output: start::zeros(cut.rows_below(), config.dim),
            above: Vec::new(),
            below: Vec::new(),
            cut,
            dispatch,
        };
        Ok((tree, dealing))
    }
}

impl Predictor for Tree {
    fn predict<'w>(&'w mut self, batch: &Batch, windows: &'w mut [Lanes], step: Step) -> Outcome<Predicted<'w>> {
        let learning_rate = step.learning_rate;
        let Self { cut, dim, crown, groups, output, above, below, dispatch } = self;
        let (cut, dim, per_row) = (&*cut, *dim, blocks(*dim));
        let hidden = Matrix::new(windows, batch.len(), dim)?;
        let [above, below] = [above, below].map(|rows| enough(rows, batch.len() * per_row));
        let in_crown = || {
            let subtree = |(token, part): (Token, u16)| cut.parts()[usize::from(part)].subtrees[token.row as usize];
            let windows_in_turn = batch.in_turn(STRETCHES).map(|window| (subtree(window), window.0.window));
            groups.gather(cut.crown().len(), windows_in_turn);
            above.copy_from_slice(windows);
            let input = MatrixMut::new(above, batch.len(), dim)?;
            let output = MatrixMut::new(crown, cut.crown_rows(), dim)?;
            let (paths, then) = (cut.crown(), Hidden::Gradient);
            dispatch.run(groups::Descent { input, output, paths, fetch_nodes: false, groups, learning_rate, then })
        };
        let mut losses = Vec::with_capacity(cut.parts().len());
        let below_it = || {
            let shares = batch.split(below, per_row).into_iter().zip(cut.split(output, per_row)).enumerate();
            let job =
                |(part, (gradients, output))| Descent { batch, cut, part, hidden, gradients, output, learning_rate };
            let jobs: Vec<_> = shares.map(job).collect();
            jobs.into_par_iter().with_max_len(1).map(|job| dispatch.run(job)).collect_into_vec(&mut losses);
        };
        let (loss, ()) = rayon::join(in_crown, below_it);
        let pieces = below.par_chunks_mut(SUMMED * per_row).zip(above.par_chunks(SUMMED * per_row));
        pieces.for_each(|(sums, terms)| dispatch.run(Add { terms, sums }));
        // In the order of the jobs, so that the sum of losses is the same bits too.
        let loss = iter::once(loss).chain(losses).sum::<Outcome<f64>>()?;
        Ok(Predicted { loss, gradients: below })
    }
}

/// Rows that are added to others.
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

/// Windows on their way down the subtrees of a partition.
struct Descent<'a> {
    batch: &'a Batch,
    cut: &'a Cut,
    part: usize,
    /// Of all windows, by partition of the center.
    hidden: Matrix<'a>,
    /// A row for each of its windows.
    gradients: &'a mut [Lanes],
    /// A row for each of its nodes.
    output: &'a mut [Lanes],
    learning_rate: f32,
}

/// A window on such a way.
struct Window<'a> {
    nodes: &'a [u32],
    /// Its turns at those.
    code: u64,
    /// Row of its hidden vector.
    hidden: u32,
}

impl Kernel for Descent<'_> {
    /// The windows' loss.
    type Output = Outcome<f64>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Outcome<f64> {
        let Self { batch, cut, part, hidden, gradients, output, learning_rate } = self;
        let (dim, per_row) = (hidden.dim(), blocks(hidden.dim()));
        if output.is_empty() || gradients.is_empty() {
            gradients.fill(Lanes::ZERO);
            return Ok(0.0);
        }
        let (windows, rows) = (gradients.len() / per_row, output.len() / per_row);
        let mut gradients = MatrixMut::new(gradients, windows, dim)?;
        let mut output = MatrixMut::new(output, rows, dim)?;
        // All paths first, by themselves, so that many are fetched at once: a rare word's is in no near cache.
        let window = |&place| {
            let Token { row, window: hidden, .. } = batch.token(place);
            let (nodes, code) = cut.parts()[part].paths.get(row);
            Window { nodes, code, hidden }
        };
        let windows: Vec<Window<'_>> = batch.tokens(part).iter().map(window).collect();
        let fetched = |number: usize| windows.get(number).map_or(&[][..], |window| window.nodes);
        for &node in (0..AHEAD).flat_map(fetched) {
            output.as_ref().prefetch(simd, node);
        }
        let mut loss = 0.0;
        for ((number, gradient), &Window { nodes, code, hidden: window }) in (0..).zip(0..).zip(&windows) {
            let row = gradients.row_mut(gradient).unwrap_or_default();
            if nodes.is_empty() {
                row.fill(Lanes::ZERO);
                continue;
            }
            let ahead = Ahead { hidden: &[], output: [fetched(number + AHEAD), &[]] };
            row.copy_from_slice(hidden.row(window).unwrap_or_default());
            let step = HierarchicalSoftmax {
                hidden: &mut gradients,
                hidden_rows: &[gradient],
                output: &mut output,
                nodes,
                code,
                learning_rate,
                sigmoid: &TABLE,
                then: Hidden::Gradient,
                ahead,
            };
            loss += f64::from(step.run(simd)?);
        }
        Ok(loss)
    }
}
