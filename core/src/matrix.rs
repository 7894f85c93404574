//! Rows of `dim` numbers over memory that the caller owns.
//!
//! A row is a whole number of [`Lanes`], 16 numbers aligned to a cache line; its stride is `dim` rounded up to 16, and
//! the padding is zero. Every operation of this crate multiplies padding by numbers and adds products of padding, so it stays
//! zero as long as these numbers are finite: an infinite one, or a NaN, makes a NaN of it. In the steps they are with
//! [`TABLE`](crate::sigmoid::TABLE) whatever the rows hold, with other arithmetic as long as all logits are.

use crate::error::Error;
use crate::simd::Simd;

pub use crate::simd::hands::Hand;

/// Numbers in one [`Lanes`], and running sums in a dot product.
pub const LANES: usize = 16;

/// Sixteen consecutive numbers of a row, aligned to a cache line.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C, align(64))]
pub struct Lanes(pub [f32; LANES]);

impl Lanes {
    /// Sixteen zeros.
    pub const ZERO: Self = Self([0.0; LANES]);
}

/// The number of [`Lanes`] in a row of `dim` numbers.
#[must_use]
pub const fn blocks(dim: usize) -> usize {
    dim.div_ceil(LANES)
}

/// A row whose size is known at compile time: `[Row<{ blocks(32) }>; 256]` is a matrix of fixed size.
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

    /// Asks for the cache lines of row `id`, if it exists, ahead of a step that will use them.
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
    /// The matrix of `rows` × `dim` in the first [`required_len`] of `lanes`, whose padding must be zero.
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

    /// The padded row `id`, to write; the padding must stay zero.
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
