//! The storage of a trained matrix: its rows are stored as steps use them, or with 16-bit numbers
//! that are widened for each step.

use crate::error::Error;
use crate::kernel::{Kernel, Simd};
use crate::kinds::CbowGradient;
use crate::lanes::Lanes;
use crate::matrix::MatrixMut;
use crate::step::cbow::{Gather, part_of_each, same_length};
use crate::vector;
use rand_core::Rng;

/// A matrix that a [`Trainer`](crate::train::Trainer) trains: [`MatrixMut`] or
/// [`Compact`](crate::compact::Compact).
///
/// No `unsafe` code relies on an implementation: each step checks the ids and the matrix that
/// [`load`](Self::load) returns.
pub trait Storage {
    /// The number of rows.
    fn rows(&self) -> usize;

    /// The number of numbers in a row.
    fn dim(&self) -> usize;

    /// Returns rows `targets` and `shared` as rows of a matrix, for one step.
    ///
    /// # Errors
    /// [`Error::Row`] for an id beyond the rows, [`Error::TooShort`] if there is no room for the
    /// rows of the step.
    fn load<'s>(&'s mut self, targets: &'s [u32], shared: &'s [u32]) -> Result<StepRows<'s>, Error>;

    /// Stores rows `targets` and `shared` after the step. The ids must be those of the last
    /// [`load`](Self::load).
    fn store<R: Rng>(&mut self, targets: &[u32], shared: &[u32], rng: &mut R);

    /// Performs [`Gather`] on this matrix.
    ///
    /// # Errors
    /// As for [`Gather`].
    #[inline(always)]
    fn gather<S: Simd, I>(&mut self, simd: S, context: I, hidden: &mut [Lanes]) -> Result<(), Error>
    where
        I: Iterator<Item = u32> + Clone,
    {
        let share = part_of_each(CbowGradient::Exact, context.clone())?;
        same_length(hidden, self.dim())?;
        hidden.fill(Lanes::ZERO);
        for id in context {
            if let Err(error) = add(simd, self, id, hidden) {
                // Earlier rows may have been added already.
                hidden.fill(Lanes::ZERO);
                return Err(error);
            }
        }
        vector::scale(simd, share, hidden);
        Ok(())
    }

    /// Performs [`Scatter`](crate::step::cbow::Scatter) on this matrix.
    ///
    /// # Errors
    /// As for [`Scatter`](crate::step::cbow::Scatter).
    #[inline(always)]
    fn scatter<S: Simd, I, R: Rng>(
        &mut self,
        simd: S,
        context: I,
        gradient: &[Lanes],
        division: CbowGradient,
        rng: &mut R,
    ) -> Result<(), Error>
    where
        I: Iterator<Item = u32> + Clone,
    {
        let share = part_of_each(division, context.clone())?;
        same_length(gradient, self.dim())?;
        for id in context {
            vector::axpy(simd, share, gradient, self.load(&[id], &[])?.row()?);
            self.store(&[id], &[], rng);
        }
        Ok(())
    }
}

/// The rows of one step.
#[derive(Debug)]
pub struct StepRows<'s> {
    /// The matrix that holds the rows.
    pub matrix: MatrixMut<'s>,
    /// The ids in `matrix` of the rows that were asked for as targets, in the same order.
    pub targets: &'s [u32],
    /// The ids in `matrix` of the rows that were asked for as shared rows, in the same order.
    pub shared: &'s [u32],
}

impl StepRows<'_> {
    /// The row of the first target.
    #[inline(always)]
    fn row(&mut self) -> Result<&mut [Lanes], Error> {
        let (row, rows) = (self.targets.first().copied().ok_or(Error::Empty)?, self.matrix.rows());
        self.matrix.row_mut(row).ok_or(Error::Row { row, rows })
    }
}

// A function and not a closure: a closure that is called from two places is not inlined, and is
// then compiled without the backend's instructions.
/// Adds row `id` to `sum`.
#[inline(always)]
fn add<S: Simd, M: Storage + ?Sized>(simd: S, rows: &mut M, id: u32, sum: &mut [Lanes]) -> Result<(), Error> {
    vector::add(simd, rows.load(&[id], &[])?.row()?, sum);
    Ok(())
}

impl Storage for MatrixMut<'_> {
    #[inline(always)]
    fn rows(&self) -> usize {
        self.rows()
    }

    #[inline(always)]
    fn dim(&self) -> usize {
        self.dim()
    }

    #[inline(always)]
    fn load<'s>(&'s mut self, targets: &'s [u32], shared: &'s [u32]) -> Result<StepRows<'s>, Error> {
        Ok(StepRows { matrix: self.reborrow(), targets, shared })
    }

    #[inline(always)]
    fn store<R: Rng>(&mut self, _targets: &[u32], _shared: &[u32], _rng: &mut R) {}

    #[inline(always)]
    fn gather<S: Simd, I>(&mut self, simd: S, context: I, hidden: &mut [Lanes]) -> Result<(), Error>
    where
        I: Iterator<Item = u32> + Clone,
    {
        Gather::new(&self.as_ref(), context, hidden).run(simd)
    }
}
