//! Prefetching of rows for a later step.
#![allow(unsafe_code, reason = "fetches rows by pointer")]

use crate::kernel::Simd;
use crate::lanes::Lanes;
use crate::rows::MAX_ROWS;

/// Rows that a later step will use. They are fetched into the cache while this step computes. By
/// default there are none.
///
/// A prefetch never changes a result. For an id beyond the matrix, the last row is fetched instead.
/// Only the first 2 · [`MAX_ROWS`] rows are fetched.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default)]
pub struct Prefetch<'a> {
    /// Ids of rows in the matrix of the hidden rows.
    pub hidden: &'a [u32],
    /// Two lists of ids of rows in the output matrix.
    pub output: [&'a [u32]; 2],
}

impl<'a> Prefetch<'a> {
    /// No rows.
    pub const NONE: Self = Self { hidden: &[], output: [&[]; 2] };

    /// Prefetches rows `hidden` of the matrix of the hidden rows, and rows `output`, in two lists,
    /// of the output matrix.
    #[must_use]
    pub const fn new(hidden: &'a [u32], output: [&'a [u32]; 2]) -> Self {
        Self { hidden, output }
    }
}

/// The starts of the rows of a [`Prefetch`]. They are computed once, and not again for each block
/// of a row.
#[derive(Default)]
pub(super) struct PrefetchRows(heapless::Vec<*const Lanes, { 2 * MAX_ROWS }>);

impl PrefetchRows {
    /// Adds rows `ids` of the matrix that starts at `first` and has `rows` rows of `blocks` blocks,
    /// as long as there is room. For an id beyond the matrix it takes the last row, because a
    /// branch for each row would cost more.
    ///
    /// # Safety
    /// There must be such a matrix, with at least one row.
    #[inline(always)]
    pub(super) unsafe fn add(&mut self, first: *const Lanes, ids: &[u32], rows: usize, blocks: usize) {
        for &id in ids {
            let id = (id as usize).min(rows.saturating_sub(1));
            // SAFETY: the row is inside the matrix, which the caller promises to exist.
            let _full = self.0.push(unsafe { first.add(id * blocks) });
        }
    }

    /// Prefetches `blocks` blocks of each row, from block `first` on.
    ///
    /// # Safety
    /// The matrices must still exist, and their rows must have all of these blocks.
    #[inline(always)]
    pub(super) unsafe fn fetch<S: Simd>(&self, simd: S, first: usize, blocks: usize) {
        for &row in &self.0 {
            for block in first..first + blocks {
                // SAFETY: the caller promises that the block is inside the row.
                unsafe { simd.prefetch(&(*row.add(block)).0) };
            }
        }
    }
}
