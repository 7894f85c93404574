//! CBOW's two ends: the mean of the context's input rows, and its gradient dealt back to them (Rong, section 1.2).

use crate::error::Error;
use crate::matrix::{LANES, Lanes, Matrix, MatrixMut, blocks};
use crate::simd::{Kernel, Simd};
use crate::train::CbowGradient;
use crate::vector;

/// Writes the mean of rows `context`, summed in their order and then times 1/C, to `hidden`.
///
/// # Errors
/// An empty context or a `hidden` of other than `blocks(dim)` lanes, and `hidden` is as it was; an id beyond the matrix,
/// and it is zero.
#[derive(Debug)]
pub struct Gather<'a, 'm, I> {
    /// The input matrix.
    pub input: &'a Matrix<'m>,
    /// The context words; may repeat.
    pub context: I,
    /// Where the mean goes: one padded row.
    pub hidden: &'a mut [Lanes],
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

/// Adds `gradient`, whole or 1/C of it, to each of the rows `context` in turn.
///
/// # Errors
/// An empty context, a `gradient` of other than `blocks(dim)` lanes, an id beyond the matrix; rows before that one have been
/// updated.
#[derive(Debug)]
pub struct Scatter<'a, 'm, I> {
    /// The input matrix.
    pub input: &'a mut MatrixMut<'m>,
    /// The context words; may repeat.
    pub context: I,
    /// What a step with [`Hidden::Gradient`](super::Hidden) left: one padded row, learning rate included.
    pub gradient: &'a [Lanes],
    /// Whole or divided.
    pub division: CbowGradient,
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

/// Adds to one input row what [`Scatter`] of several windows would: `part · gradient` of each in turn; of none, nothing.
///
/// # Errors
/// An id beyond the matrix, an `input` of other than `blocks(dim)` lanes; the row may then hold anything.
#[derive(Debug)]
pub struct Receive<'a, 'm, I> {
    /// A row for each window, as [`Scatter::gradient`].
    pub gradients: &'a Matrix<'m>,
    /// Rows of `gradients`, each with the part of it that is received: [`CbowGradient::part`].
    pub windows: I,
    /// The input row, padded.
    pub input: &'a mut [Lanes],
}

impl<I: Iterator<Item = (u32, f32)> + Clone> Kernel for Receive<'_, '_, I> {
    type Output = Result<(), Error>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Result<(), Error> {
        same_length(self.input, self.gradients.dim())?;
        vector::weighted(simd, self.gradients, self.windows, self.input)
    }
}

/// The part of a gradient that each row of `context` receives, which must have one; with [`CbowGradient::Exact`] 1/C.
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
