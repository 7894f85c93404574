//! The two inner loops over whole rows, by address.

use super::{Simd, parts};
use crate::matrix::Lanes;
use crate::step::MAX_ROWS;
use core::marker::PhantomData;
use core::mem::MaybeUninit;

/// Rows of a matrix of rows of `blocks` blocks that begins at `first`, or at a block of its first
/// row, as [`Starts::fill`] found them for backend `S`. The type keeps `S`: whichever backend reads
/// the rows, the starts are read only if they were filled.
#[doc(hidden)]
#[derive(Debug)]
pub struct Shared<'a, S> {
    pub(super) ids: &'a [u32],
    pub(super) first: *mut Lanes,
    pub(super) blocks: usize,
    /// For a backend of vectors: how many blocks after `first` each row of `ids` begins, all of them
    /// written. A short update would feel a multiplication for each block of a row. Empty for plain
    /// code, which has no stack to spare.
    starts: &'a [usize],
    filled_for: PhantomData<S>,
}

impl<S> Clone for Shared<'_, S> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Shared<'_, S> {}

/// Memory for the starts of [`Shared`].
pub(super) struct Starts([MaybeUninit<usize>; MAX_ROWS]);

impl Starts {
    #[inline(always)]
    pub(super) const fn uninit() -> Self {
        Self([MaybeUninit::uninit(); MAX_ROWS])
    }

    /// Rows `ids`, [`MAX_ROWS`] at most, of the matrix of rows of `blocks` blocks that begins at `first`.
    #[inline(always)]
    pub(super) fn fill<'a, S: Simd>(&'a mut self, ids: &'a [u32], first: *mut Lanes, blocks: usize) -> Shared<'a, S> {
        if S::WIDTH == 1 {
            return Shared { ids, first, blocks, starts: &[], filled_for: PhantomData };
        }
        let ids = ids.get(..ids.len().min(MAX_ROWS)).unwrap_or_default();
        for (start, &id) in self.0.iter_mut().zip(ids) {
            start.write(id as usize * blocks);
        }
        // SAFETY: the loop wrote a start for each of `ids`, of which there are not more than places.
        let starts = unsafe { core::slice::from_raw_parts(self.0.as_ptr().cast(), ids.len()) };
        Shared { ids, first, blocks, starts, filled_for: PhantomData }
    }
}

impl<S: Simd> Shared<'_, S> {
    /// The same rows without their first `blocks` blocks.
    ///
    /// # Safety
    /// The rows must have as many.
    #[inline(always)]
    pub(super) unsafe fn skip_blocks(&self, blocks: usize) -> Self {
        // SAFETY: inside the matrix, says the caller.
        Self { first: unsafe { self.first.add(blocks) }, ..*self }
    }

    /// Where the row of id `id`, number `k` of `ids`, begins.
    ///
    /// # Safety
    /// It must be so, and the matrix must have it.
    #[inline(always)]
    pub(super) unsafe fn row(&self, k: usize, id: u32) -> *mut Lanes {
        // SAFETY: inside the matrix, says the caller; where `S` has more than one number in a register, there is a start
        // for each id.
        unsafe {
            let start = if S::WIDTH == 1 { id as usize * self.blocks } else { *self.starts.get_unchecked(k) };
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
pub(super) unsafe fn exchange<S: Simd, F: Simd, const R: usize, const G: usize>(
    simd: S,
    shared: &Shared<'_, F>,
    errors: &[[f32; G]],
    part: usize,
    hidden: &[[S::Register; R]; G],
    gradient: &mut [[S::Register; R]; G],
) {
    let shared = *shared;
    for (k, (&id, errors)) in shared.ids.iter().zip(errors).enumerate() {
        // SAFETY: the caller's promise.
        let row = unsafe { shared.row(k, id) };
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
