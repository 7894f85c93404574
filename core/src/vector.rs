//! Dot product, axpy, scale and norm of padded rows: written once, generic over [`Simd`].
//!
//! The sums follow the canonical order of [`simd`](crate::simd). Where two rows differ in length the shorter one
//! counts; rows of one matrix never do.

use crate::error::Error;
use crate::matrix::{LANES, Lanes, Matrix};
use crate::simd::{Simd, parts};

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

/// `to ← to + Σ row`, or with `WEIGHTED` `to ← to + Σ factor · row`, over `terms`, (row of `from`, factor), in their order.
///
/// The bits are those of [`add`] or [`axpy`] for each term; a backend of vectors keeps `to` in registers meanwhile.
///
/// # Errors
/// [`Error::Row`]; then `to` may hold anything.
#[inline(always)]
pub(crate) fn sum<S: Simd, const WEIGHTED: bool>(
    simd: S,
    from: &Matrix<'_>,
    terms: impl Iterator<Item = (u32, f32)> + Clone,
    to: &mut [Lanes],
) -> Result<(), Error> {
    if S::WIDTH == 1 {
        // Plain code has no registers for them, and would only be longer and take more stack.
        for (id, factor) in terms {
            let row = from.row(id).ok_or(Error::Row { row: id, rows: from.rows() })?;
            if WEIGHTED { axpy(simd, factor, row, to) } else { add(simd, row, to) }
        }
        return Ok(());
    }
    let mut first = 0;
    while let Some(rest) = to.get_mut(first..).filter(|rest| !rest.is_empty()) {
        let terms = terms.clone();
        // A number of registers below `SUMS` is that of all blocks that are left.
        first += match (rest.len() * parts::<S>()).min(SUMS) {
            1 => strip::<S, WEIGHTED, 1>(simd, from, first, terms, rest)?,
            2 => strip::<S, WEIGHTED, 2>(simd, from, first, terms, rest)?,
            3 => strip::<S, WEIGHTED, 3>(simd, from, first, terms, rest)?,
            4 => strip::<S, WEIGHTED, 4>(simd, from, first, terms, rest)?,
            5 => strip::<S, WEIGHTED, 5>(simd, from, first, terms, rest)?,
            6 => strip::<S, WEIGHTED, 6>(simd, from, first, terms, rest)?,
            7 => strip::<S, WEIGHTED, 7>(simd, from, first, terms, rest)?,
            _ if parts::<S>() <= SUMS => strip::<S, WEIGHTED, SUMS>(simd, from, first, terms, rest)?,
            _ => strip::<S, WEIGHTED, { LANES }>(simd, from, first, terms, rest)?,
        };
    }
    Ok(())
}

/// Registers of a row that [`sum`] adds up at once.
const SUMS: usize = 8;

/// The first `R` registers of `to`, which are those from block `first` on of its row; returns how many blocks they are.
#[inline(always)]
fn strip<S: Simd, const WEIGHTED: bool, const R: usize>(
    simd: S,
    from: &Matrix<'_>,
    first: usize,
    terms: impl Iterator<Item = (u32, f32)>,
    to: &mut [Lanes],
) -> Result<usize, Error> {
    let (parts, blocks) = (parts::<S>(), R / parts::<S>());
    let to = to.get_mut(..blocks).ok_or(Error::Size)?;
    let mut sums = [simd.splat(0.0); R];
    for (r, sum) in sums.iter_mut().enumerate().take(blocks * parts) {
        *sum = simd.load(&to[r / parts].0, r % parts);
    }
    for (id, factor) in terms {
        let row = from.row(id).ok_or(Error::Row { row: id, rows: from.rows() })?;
        let row = row.get(first..first + blocks).ok_or(Error::Size)?;
        let factor = simd.splat(factor);
        for (r, sum) in sums.iter_mut().enumerate().take(blocks * parts) {
            let term = simd.load(&row[r / parts].0, r % parts);
            *sum = if WEIGHTED { simd.mul_add(factor, term, *sum) } else { simd.add(*sum, term) };
        }
    }
    for (r, &sum) in sums.iter().enumerate().take(blocks * parts) {
        simd.store(sum, &mut to[r / parts].0, r % parts);
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
