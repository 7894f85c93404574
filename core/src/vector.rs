//! Dot product, axpy, sum, scale and norm of padded rows, generic over [`Simd`].
//!
//! Sums are added in the order that [`simd`](crate::simd) states. If two rows have different
//! lengths, only the shorter length is used; all rows of a matrix have the same length.

use crate::error::Error;
use crate::kernel::{Simd, parts};
use crate::lanes::{LANES, Lanes};
use crate::matrix::Matrix;

/// `Σ a·b`.
#[inline(always)]
pub fn dot<S: Simd>(simd: S, a: &[Lanes], b: &[Lanes]) -> f32 {
    let mut sums = simd.sums_from(&Lanes::ZERO.0);
    for (a, b) in a.iter().zip(b) {
        sums = simd.accumulate(&a.0, &b.0, sums);
    }
    simd.total(sums)
}

/// `to ← factor · from + to`.
#[inline(always)]
pub fn axpy<S: Simd>(simd: S, factor: f32, from: &[Lanes], to: &mut [Lanes]) {
    let factor = simd.splat(factor);
    for (from, to) in from.iter().zip(to) {
        for part in 0..parts::<S>() {
            let sum = simd.mul_add(factor, simd.load(&from.0, part), simd.load(&to.0, part));
            simd.store(sum, &mut to.0, part);
        }
    }
}

/// `to ← to + from`.
#[inline(always)]
pub fn add<S: Simd>(simd: S, from: &[Lanes], to: &mut [Lanes]) {
    for (from, to) in from.iter().zip(to) {
        for part in 0..parts::<S>() {
            let sum = simd.add(simd.load(&to.0, part), simd.load(&from.0, part));
            simd.store(sum, &mut to.0, part);
        }
    }
}

/// `to ← to + Σ factor · row` over `terms`, in order. A term is the id of a row of `from` and its
/// factor. The bits are the same as with [`axpy`] for each term.
///
/// # Errors
/// [`Error::Row`] for an id beyond `from`; then the content of `to` is arbitrary.
#[inline(always)]
pub(crate) fn weighted<S: Simd>(
    simd: S,
    from: &Matrix<'_>,
    terms: impl Iterator<Item = (u32, f32)> + Clone,
    to: &mut [Lanes],
) -> Result<(), Error> {
    if const { S::WIDTH == 1 } {
        // Plain code has no registers for several sums: it would only become longer and take more
        // stack.
        for (id, factor) in terms {
            axpy(simd, factor, from.row(id).ok_or(Error::Row { row: id, rows: from.rows() })?, to);
        }
        return Ok(());
    }
    sums::<S, false>(simd, from, terms, 1.0, to)
}

/// `to ← share · Σ row` over `rows` of `from`, in order. The bits are the same as with [`add`] of
/// each row to zeros, followed by [`scale`].
///
/// # Errors
/// [`Error::Row`] for an id beyond `from`; then the content of `to` is arbitrary.
#[inline(always)]
pub(crate) fn mean<S: Simd>(
    simd: S,
    from: &Matrix<'_>,
    rows: impl Iterator<Item = u32> + Clone,
    share: f32,
    to: &mut [Lanes],
) -> Result<(), Error> {
    if const { S::WIDTH == 1 } {
        to.fill(Lanes::ZERO);
        for id in rows {
            add(simd, from.row(id).ok_or(Error::Row { row: id, rows: from.rows() })?, to);
        }
        scale(simd, share, to);
        return Ok(());
    }
    sums::<S, true>(simd, from, rows.map(|row| (row, 1.0)), share, to)
}

/// Computes [`mean`] or [`weighted`] strip by strip. A strip is some registers of `to`, which stay
/// in registers from the first term to the last.
#[inline(always)]
fn sums<S: Simd, const MEAN: bool>(
    simd: S,
    from: &Matrix<'_>,
    terms: impl Iterator<Item = (u32, f32)> + Clone,
    share: f32,
    to: &mut [Lanes],
) -> Result<(), Error> {
    let mut first = 0;
    while let Some(rest) = to.get_mut(first..).filter(|rest| !rest.is_empty()) {
        let terms = terms.clone();
        // A strip has `SUMS` registers, or those of all blocks that are left, if they are fewer.
        // The number is a multiple of the registers of a block. The guards are constants, so the
        // compiler makes no code for impossible numbers.
        first += match (rest.len() * parts::<S>()).min(SUMS) {
            1 if const { parts::<S>() == 1 } => strip::<S, MEAN, 1>(simd, from, first, terms, share, rest)?,
            2 if const { parts::<S>() <= 2 } => strip::<S, MEAN, 2>(simd, from, first, terms, share, rest)?,
            3 if const { parts::<S>() == 1 } => strip::<S, MEAN, 3>(simd, from, first, terms, share, rest)?,
            4 if const { parts::<S>() <= 4 } => strip::<S, MEAN, 4>(simd, from, first, terms, share, rest)?,
            5 if const { parts::<S>() == 1 } => strip::<S, MEAN, 5>(simd, from, first, terms, share, rest)?,
            6 if const { parts::<S>() <= 2 } => strip::<S, MEAN, 6>(simd, from, first, terms, share, rest)?,
            7 if const { parts::<S>() == 1 } => strip::<S, MEAN, 7>(simd, from, first, terms, share, rest)?,
            _ if const { parts::<S>() <= SUMS } => strip::<S, MEAN, SUMS>(simd, from, first, terms, share, rest)?,
            _ => strip::<S, MEAN, { LANES }>(simd, from, first, terms, share, rest)?,
        };
    }
    Ok(())
}

/// The number of registers of a row that [`sums`] computes at once.
const SUMS: usize = 8;

/// Computes the first `R` registers of `to`, which starts at block `first` of its row. Returns the
/// number of blocks in these registers.
#[inline(always)]
fn strip<S: Simd, const MEAN: bool, const R: usize>(
    simd: S,
    from: &Matrix<'_>,
    first: usize,
    terms: impl Iterator<Item = (u32, f32)>,
    share: f32,
    to: &mut [Lanes],
) -> Result<usize, Error> {
    let (parts, blocks) = (parts::<S>(), R / parts::<S>());
    let to = to.get_mut(..blocks).ok_or(Error::Size)?;
    let mut sums = [simd.splat(0.0); R];
    if !MEAN {
        for (r, sum) in sums.iter_mut().enumerate().take(blocks * parts) {
            *sum = simd.load(&to[r / parts].0, r % parts);
        }
    }
    for (id, factor) in terms {
        let row = from.row(id).ok_or(Error::Row { row: id, rows: from.rows() })?;
        let row = row.get(first..first + blocks).ok_or(Error::Size)?;
        let factor = simd.splat(factor);
        for (r, sum) in sums.iter_mut().enumerate().take(blocks * parts) {
            let term = simd.load(&row[r / parts].0, r % parts);
            *sum = if MEAN { simd.add(*sum, term) } else { simd.mul_add(factor, term, *sum) };
        }
    }
    let share = simd.splat(share);
    for (r, &sum) in sums.iter().enumerate().take(blocks * parts) {
        simd.store(if MEAN { simd.mul(share, sum) } else { sum }, &mut to[r / parts].0, r % parts);
    }
    Ok(blocks)
}

/// `row ← factor · row`.
#[inline(always)]
pub fn scale<S: Simd>(simd: S, factor: f32, row: &mut [Lanes]) {
    let factor = simd.splat(factor);
    for lanes in row {
        for part in 0..parts::<S>() {
            let product = simd.mul(factor, simd.load(&lanes.0, part));
            simd.store(product, &mut lanes.0, part);
        }
    }
}

/// `√ Σ a²`.
#[inline(always)]
pub fn norm<S: Simd>(simd: S, a: &[Lanes]) -> f32 {
    libm::sqrtf(dot(simd, a, a))
}
