//! How the rows of a trained matrix are kept: as the steps use them, or in 16 bits and widened for a step.

use crate::error::Error;
use crate::matrix::{Lanes, MatrixMut};
use crate::simd::{Kernel, Simd};
use crate::step::cbow::{Gather, part_of_each, same_length};
use crate::train::CbowGradient;
use crate::vector;
use rand_core::Rng;

/// Rows that a [`Trainer`](crate::train::Trainer) learns: [`MatrixMut`], or [`Compact`](crate::compact::Compact).
pub trait Storage {
    /// Number of rows.
    fn rows(&self) -> usize;

    /// Numbers in a row.
    fn dim(&self) -> usize;

    /// Rows `own` and `shared` as a matrix, for one step.
    ///
    /// # Errors
    /// [`Error::Row`] for an id beyond the rows, [`Error::TooShort`] if there is no room for them.
    fn open<'s>(&'s mut self, own: &'s [u32], shared: &'s [u32]) -> Result<Opened<'s>, Error>;

    /// Keeps what the step left in rows `own` and `shared`, the same as were opened last.
    fn close<R: Rng>(&mut self, own: &[u32], shared: &[u32], rng: &mut R);

    /// As [`Gather`].
    ///
    /// # Errors
    /// As there.
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
                // Rows before this one may have been added.
                hidden.fill(Lanes::ZERO);
                return Err(error);
            }
        }
        vector::scale(simd, share, hidden);
        Ok(())
    }

    /// As [`Scatter`](crate::step::cbow::Scatter).
    ///
    /// # Errors
    /// As there.
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
            vector::axpy(simd, share, gradient, self.open(&[id], &[])?.row()?);
            self.close(&[id], &[], rng);
        }
        Ok(())
    }
}

/// Rows opened for a step.
#[derive(Debug)]
pub struct Opened<'s> {
    /// The matrix that has them.
    pub matrix: MatrixMut<'s>,
    /// Where the own rows are in it.
    pub own: &'s [u32],
    /// Where the shared rows are in it.
    pub shared: &'s [u32],
}

impl Opened<'_> {
    /// The first own row.
    #[inline(always)]
    fn row(&mut self) -> Result<&mut [Lanes], Error> {
        let (row, rows) = (self.own.first().copied().ok_or(Error::Empty)?, self.matrix.rows());
        self.matrix.row_mut(row).ok_or(Error::Row { row, rows })
    }
}

// A function and no closure: one that is called from two places stays a call, without the instruction set.
/// Adds row `id` to `sum`.
#[inline(always)]
fn add<S: Simd, M: Storage + ?Sized>(simd: S, rows: &mut M, id: u32, sum: &mut [Lanes]) -> Result<(), Error> {
    vector::add(simd, rows.open(&[id], &[])?.row()?, sum);
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
    fn open<'s>(&'s mut self, own: &'s [u32], shared: &'s [u32]) -> Result<Opened<'s>, Error> {
        Ok(Opened { matrix: self.reborrow(), own, shared })
    }

    #[inline(always)]
    fn close<R: Rng>(&mut self, _own: &[u32], _shared: &[u32], _rng: &mut R) {}

    #[inline(always)]
    fn gather<S: Simd, I>(&mut self, simd: S, context: I, hidden: &mut [Lanes]) -> Result<(), Error>
    where
        I: Iterator<Item = u32> + Clone,
    {
        Gather { input: &self.as_ref(), context, hidden }.run(simd)
    }
}
