//! Matrices over memory that the caller owns.
//!
//! A row has `dim` numbers and is padded with zeros to a whole number of [`Lanes`], which are 16
//! numbers each, aligned to a cache line. So the stride of rows is `dim` rounded up to a multiple
//! of 16.
//!
//! Operations treat padding like other numbers: they multiply padding by a factor, and add the
//! product to padding. So padding stays zero if all factors of a step are finite. An infinite
//! factor or a NaN turns padding into NaN. The factors of a step are finite with
//! [`TABLE`](crate::sigmoid::TABLE), whatever the rows hold. With another sigmoid they are finite
//! as long as all logits are.

use crate::error::Error;
use crate::kernel::Simd;
use crate::lanes::{LANES, Lanes, blocks};

pub mod disjoint;

/// A row of a size known at compile time: `[Row<{ blocks(32) }>; 256]` is memory for a matrix of
/// 256 rows of 32 numbers.
pub type Row<const BLOCKS: usize> = [Lanes; BLOCKS];

/// The number of [`Lanes`] of a matrix of `rows` rows of `dim` numbers: `rows` · ⌈`dim` / 16⌉.
///
/// # Errors
/// [`Error::Size`] if `rows` or `dim` is zero, if `rows` is beyond `u32`, or if the product
/// overflows.
pub const fn required_len(rows: usize, dim: usize) -> Result<usize, Error> {
    if rows == 0 || dim == 0 || rows > u32::MAX as usize {
        return Err(Error::Size);
    }
    match rows.checked_mul(blocks(dim)) {
        Some(len) => Ok(len),
        None => Err(Error::Size),
    }
}

/// Returns an error if rows of `dim` numbers do not have `BLOCKS` blocks.
const fn fills<const BLOCKS: usize>(dim: usize) -> Result<(), Error> {
    if blocks(dim) == BLOCKS { Ok(()) } else { Err(Error::Dim { expected: BLOCKS * LANES, given: dim }) }
}

/// A matrix to read.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a> {
    lanes: &'a [Lanes],
    rows: usize,
    dim: usize,
}

impl<'a> Matrix<'a> {
    /// The matrix of `rows` rows of `dim` numbers in the first [`required_len`] of `lanes`.
    ///
    /// # Errors
    /// [`Error::Size`] for impossible sizes, [`Error::TooShort`] if `lanes` is too short.
    pub fn new(lanes: &'a [Lanes], rows: usize, dim: usize) -> Result<Self, Error> {
        let needed = required_len(rows, dim)?;
        let given = lanes.len();
        let lanes = lanes.get(..needed).ok_or(Error::TooShort { needed, given })?;
        Ok(Self { lanes, rows, dim })
    }

    /// The matrix over an array of rows, each of `dim` numbers.
    ///
    /// # Errors
    /// [`Error::Dim`] if rows of `dim` numbers do not have `BLOCKS` blocks, [`Error::Size`] if
    /// there are no rows.
    pub fn from_rows<const BLOCKS: usize>(rows: &'a [Row<BLOCKS>], dim: usize) -> Result<Self, Error> {
        fills::<BLOCKS>(dim)?;
        Self::new(rows.as_flattened(), rows.len(), dim)
    }

    /// Number of rows.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Numbers in a row, without padding.
    #[must_use]
    pub const fn dim(&self) -> usize {
        self.dim
    }

    /// The padded row `id`, `None` if there is no such row.
    #[inline(always)]
    #[must_use]
    pub fn row(&self, id: u32) -> Option<&'a [Lanes]> {
        let blocks = blocks(self.dim);
        let start = (id as usize).checked_mul(blocks)?;
        self.lanes.get(start..start.checked_add(blocks)?)
    }

    /// Prefetches the cache lines of row `id`, if the row exists.
    #[inline(always)]
    pub fn prefetch<S: Simd>(&self, simd: S, id: u32) {
        for lanes in self.row(id).unwrap_or_default() {
            simd.prefetch(&lanes.0);
        }
    }
}

/// A matrix to read and write.
#[derive(Debug)]
pub struct MatrixMut<'a> {
    lanes: &'a mut [Lanes],
    rows: usize,
    dim: usize,
}

impl<'a> MatrixMut<'a> {
    /// The matrix of `rows` rows of `dim` numbers in the first [`required_len`] of `lanes`. The
    /// padding must be zero.
    ///
    /// # Errors
    /// As [`Matrix::new`].
    pub fn new(lanes: &'a mut [Lanes], rows: usize, dim: usize) -> Result<Self, Error> {
        let needed = required_len(rows, dim)?;
        let given = lanes.len();
        let lanes = lanes.get_mut(..needed).ok_or(Error::TooShort { needed, given })?;
        Ok(Self { lanes, rows, dim })
    }

    /// The matrix over an array of rows, each of `dim` numbers. The padding must be zero.
    ///
    /// # Errors
    /// As [`Matrix::from_rows`].
    pub fn from_rows<const BLOCKS: usize>(rows: &'a mut [Row<BLOCKS>], dim: usize) -> Result<Self, Error> {
        fills::<BLOCKS>(dim)?;
        let count = rows.len();
        Self::new(rows.as_flattened_mut(), count, dim)
    }

    /// Number of rows.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Numbers in a row, without padding.
    #[must_use]
    pub const fn dim(&self) -> usize {
        self.dim
    }

    /// The same matrix to read.
    #[inline(always)]
    #[must_use]
    pub const fn as_ref(&self) -> Matrix<'_> {
        Matrix { lanes: self.lanes, rows: self.rows, dim: self.dim }
    }

    /// The same matrix with a shorter borrow.
    #[inline(always)]
    #[must_use]
    pub const fn reborrow(&mut self) -> MatrixMut<'_> {
        MatrixMut { lanes: self.lanes, rows: self.rows, dim: self.dim }
    }

    /// The padded row `id` to write, `None` if there is no such row. The padding must stay zero.
    #[inline(always)]
    #[must_use]
    pub fn row_mut(&mut self, id: u32) -> Option<&mut [Lanes]> {
        let blocks = blocks(self.dim);
        let start = (id as usize).checked_mul(blocks)?;
        self.lanes.get_mut(start..start.checked_add(blocks)?)
    }

    /// All lanes, row after row.
    #[inline(always)]
    pub(crate) const fn lanes_mut(&mut self) -> &mut [Lanes] {
        self.lanes
    }
}
