//! Rows of `dim` numbers over memory that the caller owns.
//!
//! A row is a whole number of [`Lanes`]: 16 numbers each, aligned to a cache line. The stride of a
//! row is `dim` rounded up to a multiple of 16, and the padding is zero.
//!
//! Every operation of this crate multiplies padding by numbers and adds such products to padding.
//! So padding stays zero as long as the numbers are finite; an infinite number or a NaN makes a NaN
//! of it. The numbers of a step are finite with [`TABLE`](crate::sigmoid::TABLE), whatever the rows
//! hold. With another sigmoid they are finite as long as all logits are.

use crate::error::Error;
use crate::kernel::Simd;
use crate::lanes::{LANES, Lanes, blocks};

pub mod disjoint;

/// A row whose size is known at compile time: `[Row<{ blocks(32) }>; 256]` is a matrix of 256 rows
/// of 32 numbers.
pub type Row<const BLOCKS: usize> = [Lanes; BLOCKS];

/// The [`Lanes`] that a matrix of `rows` rows of `dim` numbers needs.
///
/// # Errors
/// [`Error::Size`] if either is zero or the product overflows.
pub const fn required_len(rows: usize, dim: usize) -> Result<usize, Error> {
    if rows == 0 || dim == 0 || rows > u32::MAX as usize {
        return Err(Error::Size);
    }
    match rows.checked_mul(blocks(dim)) {
        Some(len) => Ok(len),
        None => Err(Error::Size),
    }
}

/// Refuses a `dim` that does not fill `BLOCKS` blocks.
const fn fills<const BLOCKS: usize>(dim: usize) -> Result<(), Error> {
    if blocks(dim) == BLOCKS { Ok(()) } else { Err(Error::Dim { expected: BLOCKS * LANES, given: dim }) }
}

/// `rows` rows of `dim` numbers, to read.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a> {
    lanes: &'a [Lanes],
    rows: usize,
    dim: usize,
}

impl<'a> Matrix<'a> {
    /// The matrix of `rows` × `dim` in the first [`required_len`] of `lanes`.
    ///
    /// # Errors
    /// [`Error::Size`] for impossible sizes, [`Error::TooShort`] if `lanes` does not hold them.
    pub fn new(lanes: &'a [Lanes], rows: usize, dim: usize) -> Result<Self, Error> {
        let needed = required_len(rows, dim)?;
        let given = lanes.len();
        let lanes = lanes.get(..needed).ok_or(Error::TooShort { needed, given })?;
        Ok(Self { lanes, rows, dim })
    }

    /// The matrix over a static array of rows, each of `dim` numbers.
    ///
    /// # Errors
    /// [`Error::Dim`] if `dim` does not fill `BLOCKS` blocks, [`Error::Size`] if there are no rows.
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

    /// The padded row `id`.
    #[inline(always)]
    #[must_use]
    pub fn row(&self, id: u32) -> Option<&'a [Lanes]> {
        let blocks = blocks(self.dim);
        let start = (id as usize).checked_mul(blocks)?;
        self.lanes.get(start..start.checked_add(blocks)?)
    }

    /// Asks for the cache lines of row `id`, if it exists, before a step uses them.
    #[inline(always)]
    pub fn prefetch<S: Simd>(&self, simd: S, id: u32) {
        for lanes in self.row(id).unwrap_or_default() {
            simd.prefetch(&lanes.0);
        }
    }
}

/// `rows` rows of `dim` numbers, to read and write.
#[derive(Debug)]
pub struct MatrixMut<'a> {
    lanes: &'a mut [Lanes],
    rows: usize,
    dim: usize,
}

impl<'a> MatrixMut<'a> {
    /// The matrix of `rows` × `dim` in the first [`required_len`] of `lanes`. The padding must be
    /// zero.
    ///
    /// # Errors
    /// As [`Matrix::new`].
    pub fn new(lanes: &'a mut [Lanes], rows: usize, dim: usize) -> Result<Self, Error> {
        let needed = required_len(rows, dim)?;
        let given = lanes.len();
        let lanes = lanes.get_mut(..needed).ok_or(Error::TooShort { needed, given })?;
        Ok(Self { lanes, rows, dim })
    }

    /// The matrix over a static array of rows, each of `dim` numbers.
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

    /// All rows, to read.
    #[inline(always)]
    #[must_use]
    pub const fn as_ref(&self) -> Matrix<'_> {
        Matrix { lanes: self.lanes, rows: self.rows, dim: self.dim }
    }

    /// The same matrix under a shorter borrow.
    #[inline(always)]
    #[must_use]
    pub const fn reborrow(&mut self) -> MatrixMut<'_> {
        MatrixMut { lanes: self.lanes, rows: self.rows, dim: self.dim }
    }

    /// The padded row `id`, to write. The padding must stay zero.
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
