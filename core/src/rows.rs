//! Rows lent by pointer: where the rows of a matrix begin, for loops without bounds checks.
#![allow(unsafe_code, reason = "pointers into a matrix; whoever makes them checks ids against the matrix")]

use crate::lanes::Lanes;
use core::mem::MaybeUninit;

/// Most output rows of one step: the target's own row, if the step has one, and all shared rows.
pub const MAX_ROWS: usize = 48;

/// Where shared rows begin, in blocks from the start of their matrix.
///
/// The type says what can be read: [`Found`] holds the starts that [`fill`](Self::fill) wrote, and
/// [`Computed`] holds none, so that none can be read before it was written.
#[doc(hidden)]
pub trait Starts {
    /// No starts yet.
    const NONE: Self;

    /// Finds the starts of rows `ids`, each of `blocks` blocks.
    fn fill(&mut self, ids: &[u32], blocks: usize);

    /// The start of row `id`, which is number `k` of the rows that were found.
    ///
    /// # Safety
    /// [`fill`](Self::fill) was called with [`MAX_ROWS`] ids at most, and number `k` of them is
    /// `id`.
    unsafe fn start(&self, k: usize, id: u32, blocks: usize) -> usize;
}

/// Starts that are multiplied out once for a step: for vector backends, whose short updates would
/// feel a multiplication for each block of a row.
#[doc(hidden)]
#[derive(Debug)]
pub struct Found {
    starts: [MaybeUninit<usize>; MAX_ROWS],
    /// How many of them are written.
    written: usize,
}

impl Starts for Found {
    const NONE: Self = Self { starts: [MaybeUninit::uninit(); MAX_ROWS], written: 0 };

    #[inline(always)]
    fn fill(&mut self, ids: &[u32], blocks: usize) {
        for (start, &id) in self.starts.iter_mut().zip(ids) {
            start.write(id as usize * blocks);
        }
        self.written = ids.len().min(MAX_ROWS);
    }

    #[inline(always)]
    unsafe fn start(&self, k: usize, _id: u32, _blocks: usize) -> usize {
        debug_assert!(k < self.written, "a start that was not found");
        // SAFETY: number `k` was given to `fill`, says the caller, which wrote a start for it.
        unsafe { self.starts.get_unchecked(k).assume_init() }
    }
}

/// Starts that are multiplied out whenever they are asked for: for plain code, which has no stack
/// to spare.
#[doc(hidden)]
#[derive(Debug)]
pub struct Computed;

impl Starts for Computed {
    const NONE: Self = Self;

    #[inline(always)]
    fn fill(&mut self, _ids: &[u32], _blocks: usize) {}

    #[inline(always)]
    unsafe fn start(&self, _k: usize, id: u32, blocks: usize) -> usize {
        id as usize * blocks
    }
}

/// The output rows that all hidden rows of a step share.
#[doc(hidden)]
#[derive(Debug)]
pub struct SharedRows<'a, T> {
    pub(crate) ids: &'a [u32],
    /// Where the matrix begins, or block `b` of its first row.
    pub(crate) first: *mut Lanes,
    /// Blocks of a row.
    pub(crate) blocks: usize,
    starts: &'a T,
}

impl<T> Clone for SharedRows<'_, T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for SharedRows<'_, T> {}

impl<'a, T: Starts> SharedRows<'a, T> {
    /// Rows `ids` of the matrix that begins at `first`.
    ///
    /// # Safety
    /// There must be such a matrix, of rows of `blocks` blocks. It must have rows `ids`, of which
    /// there are [`MAX_ROWS`] at most.
    #[inline(always)]
    pub(crate) unsafe fn new(ids: &'a [u32], first: *mut Lanes, blocks: usize, starts: &'a mut T) -> Self {
        starts.fill(ids, blocks);
        Self { ids, first, blocks, starts }
    }

    /// The same rows without their first `blocks` blocks.
    ///
    /// # Safety
    /// The rows must have as many.
    #[inline(always)]
    pub(crate) unsafe fn skip_blocks(&self, blocks: usize) -> Self {
        // SAFETY: inside the first row, says the caller.
        Self { first: unsafe { self.first.add(blocks) }, ..*self }
    }

    /// Where row `id` begins, which is number `k` of the ids.
    ///
    /// # Safety
    /// Number `k` of the ids must be `id`.
    #[inline(always)]
    pub(crate) unsafe fn row(&self, k: usize, id: u32) -> *mut Lanes {
        // SAFETY: `new` filled the starts of all ids, which are rows of the matrix.
        unsafe { self.first.add(self.starts.start(k, id, self.blocks)) }
    }
}

/// Not 0 if `row` is among `rows`.
///
/// All are looked at: where the rows are few, and their number is known to the compiler, it
/// compares them by vector instructions.
#[inline(always)]
pub(crate) fn among(rows: &[u32], row: u32) -> u32 {
    rows.iter().fold(0, |among, &other| among | u32::from(other == row))
}
