//! The two inner loops over whole rows, by address.

use super::{Simd, parts};
use crate::matrix::Lanes;
use crate::step::MAX_ROWS;
use core::mem::MaybeUninit;

/// Rows of a matrix of rows of `blocks` blocks that begins at `first`, or at a block of its first row.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Shared<'a> {
    pub(crate) ids: &'a [u32],
    pub(crate) first: *mut Lanes,
    pub(crate) blocks: usize,
    /// How many blocks after `first` each row begins, for a backend of vectors: to a short update a multiplication for each
    /// of its blocks is dear. Empty for plain code, which has no stack to spare.
    pub(crate) starts: &'a [MaybeUninit<usize>],
}

/// Memory for [`Shared::starts`].
pub(super) struct Starts([MaybeUninit<usize>; MAX_ROWS]);

impl Starts {
    #[inline(always)]
    pub(super) const fn uninit() -> Self {
        Self([MaybeUninit::uninit(); MAX_ROWS])
    }

    /// Rows `ids` of the matrix of rows of `blocks` blocks that begins at `first`.
    #[inline(always)]
    pub(super) fn fill<'a, S: Simd>(&'a mut self, ids: &'a [u32], first: *mut Lanes, blocks: usize) -> Shared<'a> {
        if S::WIDTH == 1 {
            return Shared { ids, first, blocks, starts: &[] };
        }
        for (start, &id) in self.0.iter_mut().zip(ids) {
            start.write(id as usize * blocks);
        }
        Shared { ids, first, blocks, starts: &self.0 }
    }
}

impl Shared<'_> {
    /// Where the row of id `id`, number `k`, begins.
    ///
    /// # Safety
    /// It must be so, and the matrix must have it.
    #[inline(always)]
    pub(super) unsafe fn row<S: Simd>(&self, k: usize, id: u32) -> *mut Lanes {
        // SAFETY: inside the matrix, says the caller; `fill` wrote a start for each id.
        unsafe {
            let start =
                if S::WIDTH == 1 { id as usize * self.blocks } else { self.starts.get_unchecked(k).assume_init() };
            self.first.add(start)
        }
    }
}

/// [`Simd::dot`] by its block operations.
///
/// # Safety
/// As there.
#[inline(always)]
pub(super) unsafe fn dot<S: Simd>(simd: S, a: *const Lanes, b: *const Lanes, blocks: usize) -> f32 {
    let mut sums = simd.sums_from(&Lanes::ZERO.0);
    for block in 0..blocks {
        // SAFETY: the caller's promise; the references end with this call.
        sums = unsafe { simd.accumulate(&(*a.add(block)).0, &(*b.add(block)).0, sums) };
    }
    simd.total(sums)
}

/// [`Simd::exchange`] by its register operations.
///
/// # Safety
/// As there.
#[inline(always)]
pub(super) unsafe fn exchange<S: Simd, const R: usize, const G: usize>(
    simd: S,
    shared: &Shared<'_>,
    errors: &[[f32; G]],
    part: usize,
    hidden: &[[S::Register; R]; G],
    gradient: &mut [[S::Register; R]; G],
) {
    let shared = *shared;
    for (k, (&id, errors)) in shared.ids.iter().zip(errors).enumerate() {
        // SAFETY: the caller's promise.
        let row = unsafe { shared.row::<S>(k, id) };
        // SAFETY: as above.
        let before: [S::Register; R] = unsafe { load(simd, row, 0, part) };
        let mut learned = before;
        for i in 0..G {
            let error = simd.splat(errors[i]);
            for r in 0..R {
                gradient[i][r] = simd.mul_add(error, before[r], gradient[i][r]);
                learned[r] = simd.mul_add(error, hidden[i][r], learned[r]);
            }
        }
        // SAFETY: as above.
        unsafe { store(simd, learned, row, 0, part) };
    }
}

/// `R` registers of the row that begins at `row`, from part `part` of block `block` on.
///
/// # Safety
/// The row must be there, have all of them, and not be written by anybody meanwhile.
#[inline(always)]
pub(super) unsafe fn load<S: Simd, const R: usize>(
    simd: S,
    row: *mut Lanes,
    block: usize,
    part: usize,
) -> [S::Register; R] {
    let mut strip = [simd.splat(0.0); R];
    for (i, register) in strip.iter_mut().enumerate() {
        // SAFETY: a valid place, says the caller; the reference ends with this call.
        *register = unsafe { simd.load(&(*row.add(block + beyond::<S, R>(part + i))).0, part + i) };
    }
    strip
}

/// Overwrites what [`load`] reads.
///
/// # Safety
/// As [`load`]; nobody may be reading it either.
#[inline(always)]
pub(super) unsafe fn store<S: Simd, const R: usize>(
    simd: S,
    strip: [S::Register; R],
    row: *mut Lanes,
    block: usize,
    part: usize,
) {
    for (i, register) in strip.into_iter().enumerate() {
        // SAFETY: a valid place, says the caller; the reference ends with this call.
        unsafe { simd.store(register, &mut (*row.add(block + beyond::<S, R>(part + i))).0, part + i) };
    }
}

/// In which block after the first part `part` of `R` registers is: in the first, where one has room for them.
#[inline(always)]
const fn beyond<S: Simd, const R: usize>(part: usize) -> usize {
    if R > parts::<S>() { part / parts::<S>() } else { 0 }
}
