//! The steps before and after a prediction of CBOW: the mean of the context's input rows, and the
//! division of its gradient among these rows (Rong, section 1.2).

use crate::error::Error;
use crate::kernel::{Kernel, Simd};
use crate::kinds::CbowGradient;
use crate::lanes::{LANES, Lanes, blocks};
use crate::matrix::{Matrix, MatrixMut};
use crate::vector;

/// Writes the mean of C input rows to a hidden row. The rows are added in order, and the sum is
/// multiplied by 1/C.
///
/// # Errors
/// [`Error::Empty`] for an empty context and [`Error::Dim`] for a hidden row that does not have
/// `blocks(dim)` lanes; then the hidden row is unchanged. [`Error::Row`] for an id beyond the
/// matrix; then the hidden row is zero.
#[derive(Debug)]
pub struct Gather<'a, 'm, I> {
    input: &'a Matrix<'m>,
    context: I,
    hidden: &'a mut [Lanes],
}

impl<'a, 'm, I> Gather<'a, 'm, I> {
    /// The step that writes the mean of rows `context` of `input` to the padded row `hidden`. A row
    /// may occur several times in `context`.
    #[inline(always)]
    pub const fn new(input: &'a Matrix<'m>, context: I, hidden: &'a mut [Lanes]) -> Self {
        Self { input, context, hidden }
    }
}

impl<I: Iterator<Item = u32> + Clone> Kernel for Gather<'_, '_, I> {
    type Output = Result<(), Error>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Result<(), Error> {
        let Self { input, context, hidden } = self;
        let share = part_of_each(CbowGradient::Exact, context.clone())?;
        same_length(hidden, input.dim())?;
        let outcome = vector::mean(simd, input, context, share, hidden);
        if outcome.is_err() {
            hidden.fill(Lanes::ZERO);
        }
        outcome
    }
}

/// Adds a gradient, or 1/C of it, to each of C input rows in turn.
///
/// # Errors
/// [`Error::Empty`] for an empty context and [`Error::Dim`] for a gradient that does not have
/// `blocks(dim)` lanes; then nothing was written. [`Error::Row`] for an id beyond the matrix; then
/// the rows before this id have been updated.
#[derive(Debug)]
pub struct Scatter<'a, 'm, I> {
    input: &'a mut MatrixMut<'m>,
    context: I,
    gradient: &'a [Lanes],
    division: CbowGradient,
}

impl<'a, 'm, I> Scatter<'a, 'm, I> {
    /// The step that adds `gradient` to rows `context` of `input`, divided according to `division`.
    /// A row may occur several times in `context`.
    ///
    /// `gradient` is the padded row that a step with
    /// [`Gradient`](crate::kinds::HiddenUpdate::Gradient) left, so it includes the step size.
    #[inline(always)]
    pub const fn new(input: &'a mut MatrixMut<'m>, context: I, gradient: &'a [Lanes], division: CbowGradient) -> Self {
        Self { input, context, gradient, division }
    }
}

impl<I: Iterator<Item = u32> + Clone> Kernel for Scatter<'_, '_, I> {
    type Output = Result<(), Error>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Result<(), Error> {
        let share = part_of_each(self.division, self.context.clone())?;
        same_length(self.gradient, self.input.dim())?;
        let rows = self.input.rows();
        for row in self.context {
            let to = self.input.row_mut(row).ok_or(Error::Row { row, rows })?;
            vector::axpy(simd, share, self.gradient, to);
        }
        Ok(())
    }
}

/// Adds `part · gradient` of each of several windows, in turn, to one input row. The result is the
/// same as that of a [`Scatter`] for each window. Without windows nothing is added.
///
/// # Errors
/// [`Error::Dim`] for an input row that does not have `blocks(dim)` lanes; then nothing was
/// written. [`Error::Row`] for an id beyond the matrix; then the content of the input row is
/// arbitrary.
#[derive(Debug)]
pub struct Receive<'a, 'm, I> {
    gradients: &'a Matrix<'m>,
    windows: I,
    input: &'a mut [Lanes],
}

impl<'a, 'm, I> Receive<'a, 'm, I> {
    /// The step that adds rows of `gradients` to the padded row `input`.
    ///
    /// Each window is given as (id of its row in `gradients`, factor for this row), where the
    /// factor is [`CbowGradient::part`].
    #[inline(always)]
    pub const fn new(gradients: &'a Matrix<'m>, windows: I, input: &'a mut [Lanes]) -> Self {
        Self { gradients, windows, input }
    }
}

impl<I: Iterator<Item = (u32, f32)> + Clone> Kernel for Receive<'_, '_, I> {
    type Output = Result<(), Error>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Result<(), Error> {
        same_length(self.input, self.gradients.dim())?;
        vector::weighted(simd, self.gradients, self.windows, self.input)
    }
}

/// The factor of the gradient for each row of `context`: 1/C with [`CbowGradient::Exact`],
/// otherwise 1. [`Error::Empty`] if `context` is empty.
pub(crate) fn part_of_each(division: CbowGradient, context: impl Iterator<Item = u32>) -> Result<f32, Error> {
    match context.count() {
        0 => Err(Error::Empty),
        words => Ok(division.part(words)),
    }
}

/// [`Error::Dim`] if `row` does not have `blocks(dim)` lanes.
pub(crate) fn same_length(row: &[Lanes], dim: usize) -> Result<(), Error> {
    if row.len() == blocks(dim) {
        return Ok(());
    }
    Err(Error::Dim { expected: blocks(dim) * LANES, given: row.len() * LANES })
}
