//! Vector functions on rows that stay in L1, and update steps on rows drawn at random from matrices
//! that stay in L2.

use rand_core::Rng;
use std::hint::black_box;
use w2v_core::error::Error;
use w2v_core::initial;
use w2v_core::kinds::CbowGradient;
use w2v_core::lanes::{Lanes, blocks};
use w2v_core::matrix::{Matrix, MatrixMut};
use w2v_core::rng::{SplitMix64, below};
use w2v_core::sigmoid::TABLE;
use w2v_core::simd::{Dispatch, Kernel, Simd};
use w2v_core::step::cbow::{Gather, Scatter};
use w2v_core::step::negative::NegativeSampling;
use w2v_core::step::path::HierarchicalSoftmax;
use w2v_core::vector;

/// Pairs that one run of a step trains; of CBOW's two ends, contexts.
pub const PAIRS: usize = 512;

/// Bytes of each of the two matrices: both take a half of an L1 of 32 KiB, or of an L2 of 1 MiB.
const VECTOR_BYTES: usize = 8 << 10;
const STEP_BYTES: usize = 256 << 10;

/// Times that one run of a vector function goes over the matrices.
const SWEEPS: usize = 16;

/// Largest group, and pairs that share a path.
const GROUP: usize = 8;

/// Negatives that a group shares.
const NEGATIVES: usize = 5;

/// Nodes on a path.
const PATH: usize = 16;

/// Words of a context.
const CONTEXT: usize = 6;

/// Small enough that endless repetition does not wear the vectors out.
const LEARNING_RATE: f32 = 1e-3;

/// A vector function, an update step, or a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Dot products of two rows.
    Dot,
    /// A multiple of one row added to another.
    Axpy,
    /// A row multiplied by a number.
    Scale,
    /// The length of a row.
    Norm,
    /// Negative sampling, each pair with 5 negatives of its own.
    Negative1,
    /// Negative sampling, 8 pairs with 5 negatives in common.
    Negative8,
    /// A path of 16 nodes, pair by pair.
    Path1,
    /// A path of 16 nodes, 8 pairs at once.
    Path8,
    /// The mean of 6 rows, and a gradient added to them.
    Cbow,
}

impl Work {
    /// The vector functions.
    pub const VECTORS: [Self; 4] = [Self::Dot, Self::Axpy, Self::Scale, Self::Norm];

    /// The steps.
    pub const STEPS: [Self; 5] = [Self::Negative1, Self::Negative8, Self::Path1, Self::Path8, Self::Cbow];

    /// What tables call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dot => "dot",
            Self::Axpy => "axpy",
            Self::Scale => "scale",
            Self::Norm => "norm",
            Self::Negative1 => "negative-sampling-1",
            Self::Negative8 => "negative-sampling-8",
            Self::Path1 => "path-1",
            Self::Path8 => "path-8",
            Self::Cbow => "cbow-gather-scatter",
        }
    }

    /// Floating-point operations for each of a row's numbers, in a row, a pair or a context; those
    /// of σ are not counted.
    const fn per_number(self) -> usize {
        match self {
            Self::Scale => 1,
            Self::Dot | Self::Axpy | Self::Norm => 2,
            // A logit, a gradient and an update for each output row.
            Self::Negative1 | Self::Negative8 => 6 * (1 + NEGATIVES),
            Self::Path1 | Self::Path8 => 6 * PATH,
            // Summed, divided, dealt out.
            Self::Cbow => CONTEXT + 1 + 2 * CONTEXT,
        }
    }

    const fn is_vector(self) -> bool {
        matches!(self, Self::Dot | Self::Axpy | Self::Scale | Self::Norm)
    }
}

/// Memory and draws for one kind of work, to be done again and again.
#[derive(Debug)]
pub struct Workbench {
    work: Work,
    dim: usize,
    rows: usize,
    input: Vec<Lanes>,
    output: Vec<Lanes>,
    hidden: Vec<Lanes>,
    draws: Draws,
}

/// Ids drawn ahead, so that no step waits for a generator.
#[derive(Debug)]
struct Draws {
    contexts: Vec<[u32; CONTEXT]>,
    inputs: Vec<u32>,
    targets: Vec<u32>,
    /// A set for each pair, of which a group uses the first.
    negatives: Vec<[u32; NEGATIVES]>,
    /// The nodes and the code of a target, for each group.
    paths: Vec<([u32; PATH], u64)>,
}

impl Workbench {
    /// A bench for `work` on rows of `dim` numbers.
    ///
    /// # Errors
    /// [`Error::Size`] for a `dim` of 0, or one of which the caches hold too few rows.
    pub fn new(work: Work, dim: usize) -> Result<Self, Error> {
        let bytes = if work.is_vector() { VECTOR_BYTES } else { STEP_BYTES };
        let fitting = bytes.checked_div(blocks(dim) * size_of::<Lanes>());
        let rows = fitting.filter(|&rows| rows >= 2).ok_or(Error::Size)?;
        Ok(Self {
            work,
            dim,
            rows,
            input: filled(1, rows, dim),
            output: filled(2, rows, dim),
            hidden: vec![Lanes::ZERO; blocks(dim)],
            draws: Draws::new(rows),
        })
    }

    /// Floating-point operations of one run, the padding's and σ's not counted.
    #[must_use]
    pub const fn operations(&self) -> usize {
        let repeated = if self.work.is_vector() { self.rows * SWEEPS } else { PAIRS };
        repeated * self.work.per_number() * self.dim
    }

    /// Does the work on the backend of `dispatch`, which is entered once; what comes out is a sum
    /// of its results.
    ///
    /// # Errors
    /// None, unless a kernel is at fault.
    pub fn run(&mut self, dispatch: Dispatch) -> Result<f32, Error> {
        let Self { work, dim, rows, input, output, hidden, draws } = self;
        let (work, per_row) = (*work, blocks(*dim));
        if work.is_vector() {
            return Ok(dispatch.run(Vectors { work, input, output, per_row }));
        }
        let (input, output) = (MatrixMut::new(input, *rows, *dim)?, MatrixMut::new(output, *rows, *dim)?);
        match work {
            Work::Negative1 => dispatch.run(Negative::<1> { input, output, draws }),
            Work::Negative8 => dispatch.run(Negative::<GROUP> { input, output, draws }),
            Work::Path1 => dispatch.run(Paths::<1> { input, output, draws }),
            Work::Path8 => dispatch.run(Paths::<GROUP> { input, output, draws }),
            _ => dispatch.run(Cbow { input, hidden, gradient: output.as_ref(), draws }),
        }
    }
}

/// Rows with the starting values of a model.
fn filled(seed: u64, rows: usize, dim: usize) -> Vec<Lanes> {
    let mut lanes = vec![Lanes::ZERO; rows * blocks(dim)];
    for (word, row) in (0..).zip(lanes.chunks_exact_mut(blocks(dim))) {
        initial::fill(seed, word, dim, row);
    }
    lanes
}

impl Draws {
    /// Draws below `rows`.
    fn new(rows: usize) -> Self {
        let mut rng = SplitMix64::new(1);
        let mut draw = |rows: usize| below(rng.next_u32(), rows as u32);
        Self {
            contexts: (0..PAIRS).map(|_| std::array::from_fn(|_| draw(rows))).collect(),
            inputs: (0..PAIRS).map(|_| draw(rows)).collect(),
            targets: (0..PAIRS).map(|_| draw(rows)).collect(),
            negatives: (0..PAIRS).map(|_| std::array::from_fn(|_| draw(rows))).collect(),
            paths: (0..PAIRS / GROUP).map(|_| (path(rows, &mut draw), draw(1 << PATH).into())).collect(),
        }
    }
}

/// The nodes of a path in a tree that doubles its width at each depth until half of the rows are in
/// one.
fn path(rows: usize, mut draw: impl FnMut(usize) -> u32) -> [u32; PATH] {
    std::array::from_fn(|depth| {
        let width = (rows / 2).min(1 << depth);
        width as u32 - 1 + draw(width)
    })
}

/// One of the vector functions on every row, [`SWEEPS`] times.
struct Vectors<'a> {
    work: Work,
    input: &'a [Lanes],
    output: &'a mut [Lanes],
    per_row: usize,
}

impl Kernel for Vectors<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> f32 {
        let Self { work, input, output, per_row } = self;
        let mut total = 0.0;
        for _ in 0..SWEEPS {
            // A sweep that changes nothing would be done once.
            let rows = black_box(input).chunks_exact(per_row).zip(black_box(&mut *output).chunks_exact_mut(per_row));
            match work {
                Work::Dot => {
                    for (a, b) in rows {
                        total += vector::dot(simd, a, b);
                    }
                }
                Work::Axpy => {
                    let factor = black_box(1e-3);
                    for (from, to) in rows {
                        vector::axpy(simd, factor, from, to);
                    }
                }
                Work::Scale => {
                    let factor = black_box(1.0);
                    for (_, row) in rows {
                        vector::scale(simd, factor, row);
                    }
                }
                _ => {
                    for (row, _) in rows {
                        total += vector::norm(simd, row);
                    }
                }
            }
        }
        total
    }
}

/// Negative sampling in groups of `G`.
struct Negative<'a, const G: usize> {
    input: MatrixMut<'a>,
    output: MatrixMut<'a>,
    draws: &'a Draws,
}

impl<const G: usize> Kernel for Negative<'_, G> {
    type Output = Result<f32, Error>;

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) -> Result<f32, Error> {
        let Draws { inputs, targets, negatives, .. } = self.draws;
        let mut loss = 0.0;
        for ((hidden_rows, targets), negatives) in groups(inputs).iter().zip(groups(targets)).zip(negatives) {
            loss += NegativeSampling::<_, G>::new(
                &mut self.input,
                hidden_rows,
                &mut self.output,
                targets,
                negatives,
                LEARNING_RATE,
                &TABLE,
            )
            .run(simd)?;
        }
        Ok(loss)
    }
}

/// Paths in groups of `G`.
struct Paths<'a, const G: usize> {
    input: MatrixMut<'a>,
    output: MatrixMut<'a>,
    draws: &'a Draws,
}

impl<const G: usize> Kernel for Paths<'_, G> {
    type Output = Result<f32, Error>;

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) -> Result<f32, Error> {
        let mut loss = 0.0;
        for (inputs, (nodes, code)) in self.draws.inputs.chunks_exact(GROUP).zip(&self.draws.paths) {
            for hidden_rows in groups::<G>(inputs) {
                loss += HierarchicalSoftmax::new(
                    &mut self.input,
                    hidden_rows,
                    &mut self.output,
                    nodes,
                    *code,
                    LEARNING_RATE,
                    &TABLE,
                )
                .run(simd)?;
            }
        }
        Ok(loss)
    }
}

/// CBOW without a step between its two ends.
struct Cbow<'a> {
    input: MatrixMut<'a>,
    hidden: &'a mut [Lanes],
    gradient: Matrix<'a>,
    draws: &'a Draws,
}

impl Kernel for Cbow<'_> {
    type Output = Result<f32, Error>;

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) -> Result<f32, Error> {
        let gradient = self.gradient.row(0).unwrap_or_default();
        let mut total = 0.0;
        for context in &self.draws.contexts {
            let context = context.iter().copied();
            Gather::new(&self.input.as_ref(), context.clone(), self.hidden).run(simd)?;
            total += self.hidden.first().map_or(0.0, |lanes| lanes.0[0]);
            Scatter::new(&mut self.input, context, gradient, CbowGradient::Exact).run(simd)?;
        }
        Ok(total)
    }
}

/// Groups of `G` ids.
fn groups<const G: usize>(ids: &[u32]) -> &[[u32; G]] {
    ids.as_chunks().0
}
