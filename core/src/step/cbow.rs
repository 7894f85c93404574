//! CBOW's two ends: the mean of the context's input rows, and its gradient divided among those rows
//! (Rong, section 1.2).

use crate::error::Error;
use crate::kernel::{Kernel, Simd};
use crate::kinds::CbowGradient;
use crate::lanes::{LANES, Lanes, blocks};
use crate::matrix::{Matrix, MatrixMut};
use crate::vector;

/// Writes the mean of some input rows, summed in their order and then times 1/C, to a hidden row.
///
/// # Errors
/// An empty context or a hidden row of other than `blocks(dim)` lanes, and the hidden row is as it
/// was. An id beyond the matrix, and the hidden row is zero.
#[derive(Debug)]
pub struct Gather<'a, 'm, I> {
    input: &'a Matrix<'m>,
    context: I,
    hidden: &'a mut [Lanes],
}

impl<'a, 'm, I> Gather<'a, 'm, I> {
    /// The mean of rows `context` of `input`, which may repeat, is written to `hidden`, a padded
    /// row.
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

/// Adds a gradient, whole or 1/C of it, to each of some input rows in turn.
///
/// # Errors
/// An empty context, a gradient of other than `blocks(dim)` lanes, an id beyond the matrix; rows
/// before that id have been updated.
#[derive(Debug)]
pub struct Scatter<'a, 'm, I> {
    input: &'a mut MatrixMut<'m>,
    context: I,
    gradient: &'a [Lanes],
    division: CbowGradient,
}

impl<'a, 'm, I> Scatter<'a, 'm, I> {
    /// `gradient` is added to rows `context` of `input`, which may repeat, divided as `division`
    /// says.
    ///
    /// `gradient` is the padded row that a step with
    /// [`Gradient`](crate::kinds::HiddenUpdate::Gradient) left: it includes the step size.
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

/// Adds to one input row what [`Scatter`] for several windows would add: `part · gradient` of each
/// window in turn; without windows, nothing.
///
/// # Errors
/// An id beyond the matrix, an input row of other than `blocks(dim)` lanes; the row may then hold
/// anything.
#[derive(Debug)]
pub struct Receive<'a, 'm, I> {
    gradients: &'a Matrix<'m>,
    windows: I,
    input: &'a mut [Lanes],
}

impl<'a, 'm, I> Receive<'a, 'm, I> {
    /// The padded row `input` receives from rows of `gradients`, one row a window.
    ///
    /// `windows` are ids of such rows, each with the part of its gradient that the input row
    /// receives: [`CbowGradient::part`].
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

/// The part of a gradient that each row of `context` receives: 1/C with [`CbowGradient::Exact`]. An
/// empty context is an error.
pub(crate) fn part_of_each(division: CbowGradient, context: impl Iterator<Item = u32>) -> Result<f32, Error> {
    match context.count() {
        0 => Err(Error::Empty),
        words => Ok(division.part(words)),
    }
}

/// Refuses a row of another length.
pub(crate) fn same_length(row: &[Lanes], dim: usize) -> Result<(), Error> {
    if row.len() == blocks(dim) {
        return Ok(());
    }
    Err(Error::Dim { expected: blocks(dim) * LANES, given: row.len() * LANES })
}
