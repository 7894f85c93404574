//! Rows of 16-bit floating-point numbers (IEEE 754 binary16), for devices: they take half the
//! memory of a [`MatrixMut`].
//!
//! Before a step, rows are widened to 32 bits, which is exact. After the step, each number is
//! rounded to one of its two neighbours among the 16-bit numbers. The probability of a neighbour is
//! larger, the closer the neighbour is: the mean of the rounded number is the number itself. So
//! even small changes are learned on average (stochastic rounding; Gupta et al. 2015,
//! arXiv:1502.02551).

use crate::error::Error;
use crate::lanes::{Lanes, blocks};
use crate::matrix::{self, MatrixMut};
use crate::rows::MAX_ROWS;
use crate::step::cbow::same_length;
use crate::storage::{StepRows, Storage};
use rand_core::Rng;

/// The largest finite 16-bit number. Larger numbers are rounded to this one.
pub const LARGEST: f32 = 65504.0;

/// A matrix of 16-bit numbers without padding, and working memory to widen the rows of one step.
#[derive(Debug)]
pub struct Compact<'a> {
    numbers: &'a mut [u16],
    rows: usize,
    dim: usize,
    wide: &'a mut [Lanes],
    /// For each row of the last step its row in `wide`.
    places: heapless::Vec<u32, MAX_ROWS>,
}

/// The number of 16-bit numbers in a matrix of `rows` rows of `dim` numbers: `rows` · `dim`.
///
/// # Errors
/// [`Error::Size`] if either is zero or the product overflows.
pub const fn required_len(rows: usize, dim: usize) -> Result<usize, Error> {
    match (matrix::required_len(rows, dim), rows.checked_mul(dim)) {
        (Ok(_), Some(len)) => Ok(len),
        _ => Err(Error::Size),
    }
}

impl<'a> Compact<'a> {
    /// The matrix in the first [`required_len`] of `numbers`.
    ///
    /// `wide` is working memory and is cleared. It needs room for the padded rows of one step, each
    /// of `blocks(dim)` lanes: 1 row for an input matrix; for an output matrix 1 + the number of
    /// negatives, or the length of the longest path.
    ///
    /// # Errors
    /// [`Error::Size`] for impossible sizes, [`Error::TooShort`] if `numbers` is too short for the
    /// rows or `wide` for one padded row.
    pub fn new(numbers: &'a mut [u16], rows: usize, dim: usize, wide: &'a mut [Lanes]) -> Result<Self, Error> {
        let (needed, given) = (required_len(rows, dim)?, numbers.len());
        let numbers = numbers.get_mut(..needed).ok_or(Error::TooShort { needed, given })?;
        if wide.len() < blocks(dim) {
            return Err(Error::TooShort { needed: blocks(dim), given: wide.len() });
        }
        wide.fill(Lanes::ZERO);
        Ok(Self { numbers, rows, dim, wide, places: heapless::Vec::new() })
    }

    /// The 16-bit numbers of row `id`, which [`widen`] turns into `f32`; `None` if there is no such
    /// row.
    #[must_use]
    pub fn row(&self, id: u32) -> Option<&[u16]> {
        self.numbers.get(self.range(id))
    }

    /// Rounds the numbers of the padded row `from`, and stores them in row `id`.
    ///
    /// # Errors
    /// [`Error::Row`] if there is no row `id`, [`Error::Dim`] if `from` does not have `blocks(dim)`
    /// lanes.
    pub fn set_row<R: Rng>(&mut self, id: u32, from: &[Lanes], rng: &mut R) -> Result<(), Error> {
        same_length(from, self.dim)?;
        let (range, rows) = (self.range(id), self.rows);
        narrow(from, self.numbers.get_mut(range).ok_or(Error::Row { row: id, rows })?, rng);
        Ok(())
    }

    fn range(&self, id: u32) -> core::ops::Range<usize> {
        // Saturating: if the product overflows, there is no such row, and the range is beyond the
        // rows too.
        let start = (id as usize).saturating_mul(self.dim);
        start..start.saturating_add(self.dim)
    }
}

impl Storage for Compact<'_> {
    fn rows(&self) -> usize {
        self.rows
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn load<'s>(&'s mut self, targets: &'s [u32], shared: &'s [u32]) -> Result<StepRows<'s>, Error> {
        let stride = blocks(self.dim);
        let given = self.wide.len();
        self.places.clear();
        for (at, &id) in targets.iter().chain(shared).enumerate() {
            // A row that is used twice is widened only once.
            let first = targets.iter().chain(shared).take(at).position(|&earlier| earlier == id);
            if first.is_none() {
                let numbers = self.numbers.get(self.range(id)).ok_or(Error::Row { row: id, rows: self.rows })?;
                let (start, end) = (at.saturating_mul(stride), at.saturating_add(1).saturating_mul(stride));
                let row = self.wide.get_mut(start..end).ok_or(Error::TooShort { needed: end, given })?;
                for (wide, &number) in row.iter_mut().flat_map(|lanes| &mut lanes.0).zip(numbers) {
                    *wide = widen(number);
                }
            }
            #[allow(clippy::cast_possible_truncation)]
            self.places.push(first.unwrap_or(at) as u32).map_err(|_| Error::TooManyRows)?;
        }
        let matrix = MatrixMut::new(self.wide, given.checked_div(stride).unwrap_or(0), self.dim)?;
        let (targets, shared) = self.places.split_at_checked(targets.len()).unwrap_or_default();
        Ok(StepRows { matrix, targets, shared })
    }

    fn store<R: Rng>(&mut self, targets: &[u32], shared: &[u32], rng: &mut R) {
        let stride = blocks(self.dim);
        for (at, (&id, &place)) in targets.iter().chain(shared).zip(&self.places).enumerate() {
            let start = at.saturating_mul(stride);
            let range = self.range(id);
            let (from, to) = (self.wide.get(start..start.saturating_add(stride)), self.numbers.get_mut(range));
            if let (true, Some(from), Some(to)) = (place as usize == at, from, to) {
                narrow(from, to, rng);
            }
        }
    }
}

/// Rounds the numbers of `from`, and writes them to `to`.
fn narrow<R: Rng>(from: &[Lanes], to: &mut [u16], rng: &mut R) {
    let numbers = from.iter().flat_map(|lanes| &lanes.0);
    let mut random = 0;
    for (at, (to, &number)) in to.iter_mut().zip(numbers).enumerate() {
        random = if at % 4 == 0 { rng.next_u64() } else { random >> 16 };
        #[allow(clippy::cast_possible_truncation)]
        let bits = random as u32;
        *to = round(number, bits);
    }
}

/// The factor between the exponents of `f32` and of 16-bit numbers: 2¹¹².
const EXPONENTS: f32 = f32::from_bits((127 + 112) << 23);

/// The number of binary digits of an `f32` beyond those of a 16-bit number.
const DIGITS: u32 = 13;

/// The value of the binary16 number `bits`, which must be finite.
#[must_use]
pub fn widen(bits: u16) -> f32 {
    let size = f32::from_bits(u32::from(bits & 0x7fff) << DIGITS) * EXPONENTS;
    if bits >> 15 == 1 { -size } else { size }
}

/// Rounds `number` to binary16. The lowest 13 bits of `random` are added to the 13 digits that a
/// 16-bit number does not have, and these digits are then dropped. The absolute value is at most
/// [`LARGEST`]; a NaN becomes [`LARGEST`] too.
#[must_use]
#[allow(clippy::cast_possible_truncation)]
pub fn round(number: f32, random: u32) -> u16 {
    // The multiplication changes the exponent, so that the digits are in their places. This also
    // works for subnormal numbers.
    let size = (libm::fabsf(number) * (1.0 / EXPONENTS)).to_bits();
    let size = (size + (random & ((1 << DIGITS) - 1))) >> DIGITS;
    let size = if size < u32::from(LARGEST_BITS) { size as u16 } else { LARGEST_BITS };
    if number < 0.0 { size | 1 << 15 } else { size }
}

/// [`LARGEST`] in binary16.
const LARGEST_BITS: u16 = 0x7bff;
