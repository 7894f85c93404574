//! Rows that are fetched from memory before a later step uses them.
#![allow(unsafe_code, reason = "fetches rows by pointer")]

use crate::kernel::Simd;
use crate::lanes::Lanes;
use crate::rows::MAX_ROWS;

/// Rows that a step soon after will use, fetched from memory while this step computes. By default
/// none.
///
/// A prefetch changes no result. Rows that do not exist have the last row fetched in their place,
/// and rows beyond the first 2 · [`MAX_ROWS`] are left out.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default)]
pub struct Prefetch<'a> {
    /// Rows of the hidden rows' matrix.
    pub hidden: &'a [u32],
    /// Rows of the output matrix.
    pub output: [&'a [u32]; 2],
}

impl<'a> Prefetch<'a> {
    /// No rows.
    pub const NONE: Self = Self { hidden: &[], output: [&[]; 2] };

    /// Rows `hidden` of the hidden rows' matrix and rows `output`, two lists, of the output matrix.
    #[must_use]
    pub const fn new(hidden: &'a [u32], output: [&'a [u32]; 2]) -> Self {
        Self { hidden, output }
    }
}

/// Where the rows of a [`Prefetch`] begin: found once, and not again for each block of a row.
#[derive(Default)]
pub(super) struct PrefetchRows(heapless::Vec<*const Lanes, { 2 * MAX_ROWS }>);

impl PrefetchRows {
    /// Adds rows `ids` of the matrix of `rows` rows of `blocks` blocks that begins at `first`, as
    /// far as there is room. For a row that does not exist it takes the last: a branch for each row
    /// would cost more.
    ///
    /// # Safety
    /// There must be such a matrix, of one row at least.
    #[inline(always)]
    pub(super) unsafe fn add(&mut self, first: *const Lanes, ids: &[u32], rows: usize, blocks: usize) {
        for &id in ids {
            let id = (id as usize).min(rows.saturating_sub(1));
            // SAFETY: inside the matrix, says the caller.
            let _full = self.0.push(unsafe { first.add(id * blocks) });
        }
    }

    /// Asks for `blocks` blocks of each row, from block `first` on.
    ///
    /// # Safety
    /// The matrices must still be there, and their rows must have all of those blocks.
    #[inline(always)]
    pub(super) unsafe fn fetch<S: Simd>(&self, simd: S, first: usize, blocks: usize) {
        for &row in &self.0 {
            for block in first..first + blocks {
                // SAFETY: inside the row, says the caller.
                unsafe { simd.prefetch(&(*row.add(block)).0) };
            }
        }
    }
}
