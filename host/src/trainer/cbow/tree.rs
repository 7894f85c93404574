//! Hierarchical softmax: the hidden vectors of a batch predict their centers' paths.
//!
//! A batch's hidden vectors do not change while it is trained, so what an inner node learns depends on no other node: each
//! may be trained by whoever has it, if only its windows come to it in the order of the text. The nodes of the [`Cut`]'s
//! crown are one job, those of each partition's subtrees another, and a window's gradient is the sum of what the two leave.
//! Where the tree is cut decides nothing but the order in which those are added.

use super::batch::{Batch, Dealing, Token};
use super::{Predicted, Predictor, Step, enough};
use crate::error::Result;
use crate::partition::Partitioning;
use crate::trainer::tree::cut::Cut;
use crate::trainer::{Outcome, Setting, start};
use rayon::prelude::*;
use w2v_core::matrix::{Lanes, Matrix, MatrixMut, blocks};
use w2v_core::sigmoid::TABLE;
use w2v_core::simd::{Dispatch, Kernel, Simd};
use w2v_core::step::path::HierarchicalSoftmax;
use w2v_core::step::{Ahead, Hidden};
use w2v_core::vector;

/// Subtrees below the crown. The crown's job is the longest: the fewer there are, the more threads find work beside it.
const SUBTREES: usize = 16;

/// How many windows ahead nodes are fetched: a step is shorter than the way from memory.
const AHEAD: usize = 3;

/// Windows whose two gradients one job adds.
const SUMMED: usize = 64;

/// The output matrix, cut in two.
pub(in crate::trainer) struct Tree {
    cut: Cut,
    dim: usize,
    crown: Vec<Lanes>,
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
        let Self { cut, dim, crown, output, above, below, dispatch } = self;
        let (cut, per_row) = (&*cut, blocks(*dim));
        let hidden = Matrix::new(windows, batch.len(), *dim)?;
        let [above, below] = [above, below].map(|rows| enough(rows, batch.len() * per_row));
        let job = |part, gradients, output| Descent { batch, cut, part, hidden, gradients, output, learning_rate };
        let mut jobs = vec![job(None, &mut *above, crown)];
        let shares = batch.split(&mut *below, per_row).into_iter().zip(cut.split(output, per_row)).enumerate();
        jobs.extend(shares.map(|(part, (below, output))| job(Some(part), below, output)));
        let mut losses = Vec::with_capacity(jobs.len());
        jobs.into_par_iter().with_max_len(1).map(|job| dispatch.run(job)).collect_into_vec(&mut losses);
        let pieces = below.par_chunks_mut(SUMMED * per_row).zip(above.par_chunks(SUMMED * per_row));
        pieces.for_each(|(sums, terms)| dispatch.run(Add { terms, sums }));
        // In the order of the jobs, so that the sum of losses is the same bits too.
        let loss = losses.into_iter().sum::<Outcome<f64>>()?;
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

/// Windows on one part of their way down the tree.
struct Descent<'a> {
    batch: &'a Batch,
    cut: &'a Cut,
    /// The partition in whose subtrees all its windows descend, or none, and all of the batch descend in the crown.
    part: Option<usize>,
    /// Of all windows, by partition of the center.
    hidden: Matrix<'a>,
    /// A row for each of its windows.
    gradients: &'a mut [Lanes],
    /// A row for each of its nodes.
    output: &'a mut [Lanes],
    learning_rate: f32,
}

/// A window on such a part of its way.
struct Window<'a> {
    nodes: &'a [u32],
    /// Its turns at those.
    code: u64,
    /// Row of its hidden vector.
    hidden: u32,
    /// Row of its gradient.
    gradient: u32,
}

impl Kernel for Descent<'_> {
    /// The windows' loss.
    type Output = Outcome<f64>;

    /// One by one: groups of 8 with the same path, which spare loads, learn worse, and training diverged where they came in
    /// the order of their paths (benches/CHOICES.md).
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
        let windows: Vec<Window<'_>> = if let Some(part) = part {
            let window = |(&place, gradient)| {
                let Token { row, window: hidden, .. } = batch.token(place);
                let (nodes, code) = cut.parts()[part].paths.get(row);
                Window { nodes, code, hidden, gradient }
            };
            batch.tokens(part).iter().zip(0..).map(window).collect()
        } else {
            let window = |(Token { row, window, .. }, part)| {
                let (nodes, code) = cut.crown().get(cut.parts()[usize::from(part)].subtrees[row as usize]);
                Window { nodes, code, hidden: window, gradient: window }
            };
            batch.in_order().map(window).collect()
        };
        // Of the crown nothing: so few nodes stay in the cache.
        let fetched =
            |number: usize| windows.get(number).filter(|_| part.is_some()).map_or(&[][..], |window| window.nodes);
        for &node in (0..AHEAD).flat_map(fetched) {
            output.as_ref().prefetch(simd, node);
        }
        let mut loss = 0.0;
        for (number, &Window { nodes, code, hidden: window, gradient }) in windows.iter().enumerate() {
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
