//! Pointers to the rows of a matrix, for loops without bounds checks.
#![allow(unsafe_code, reason = "pointers into a matrix; whoever makes them checks ids against the matrix")]

use crate::lanes::Lanes;
use core::mem::MaybeUninit;

/// The most output rows of a step: the target's row, if the step has targets, and all shared rows.
pub const MAX_ROWS: usize = 48;

/// The starts of shared rows, in blocks from the start of their matrix.
///
/// [`Found`] stores the starts that [`fill`](Self::fill) computes. [`Computed`] stores nothing and
/// computes a start each time.
#[doc(hidden)]
pub trait Starts {
    /// No starts yet.
    const NONE: Self;

    /// Computes the starts of rows `ids`, each of `blocks` blocks.
    fn fill(&mut self, ids: &[u32], blocks: usize);

    /// The start of row `id`, which is number `k` of the ids given to [`fill`](Self::fill).
    ///
    /// # Safety
    /// [`fill`](Self::fill) must have been called with at most [`MAX_ROWS`] ids, of which number
    /// `k` is `id`.
    unsafe fn start(&self, k: usize, id: u32, blocks: usize) -> usize;
}

/// Starts that are computed once for each step. For vector backends: their updates are so short
/// that a multiplication for each block of a row would take noticeable time.
#[doc(hidden)]
#[derive(Debug)]
pub struct Found {
    starts: [MaybeUninit<usize>; MAX_ROWS],
    /// The number of starts that are written.
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
        // SAFETY: the caller promises that number `k` was given to `fill`, which wrote a start for
        // it.
        unsafe { self.starts.get_unchecked(k).assume_init() }
    }
}

/// Starts that are computed each time they are asked for. For plain code, which has no stack to
/// spare.
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

/// The output rows that are shared by all hidden rows of a step.
#[doc(hidden)]
#[derive(Debug)]
pub struct SharedRows<'a, T> {
    pub(crate) ids: &'a [u32],
    /// The start of the matrix, or of a later block of its first row (see
    /// [`skip_blocks`](Self::skip_blocks)).
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
    /// Rows `ids` of the matrix that starts at `first`, with rows of `blocks` blocks.
    ///
    /// # Safety
    /// There must be such a matrix, and it must have all rows `ids`. There may be at most
    /// [`MAX_ROWS`] ids.
    #[inline(always)]
    pub(crate) unsafe fn new(ids: &'a [u32], first: *mut Lanes, blocks: usize, starts: &'a mut T) -> Self {
        starts.fill(ids, blocks);
        Self { ids, first, blocks, starts }
    }

    /// The same rows without their first `blocks` blocks.
    ///
    /// # Safety
    /// The rows must have that many blocks.
    #[inline(always)]
    pub(crate) unsafe fn skip_blocks(&self, blocks: usize) -> Self {
        // SAFETY: the caller promises that the block is inside the first row.
        Self { first: unsafe { self.first.add(blocks) }, ..*self }
    }

    /// The start of row `id`, which is number `k` of the ids.
    ///
    /// # Safety
    /// Number `k` of the ids must be `id`.
    #[inline(always)]
    pub(crate) unsafe fn row(&self, k: usize, id: u32) -> *mut Lanes {
        // SAFETY: `new` filled the starts of all ids, which are rows of the matrix.
        unsafe { self.first.add(self.starts.start(k, id, self.blocks)) }
    }
}

/// Returns 1 if `row` is among `rows`, otherwise 0.
///
/// The loop compares all rows and does not end early: for a small number of rows that is known at
/// compile time, the compiler then uses vector instructions.
#[inline(always)]
pub(crate) fn among(rows: &[u32], row: u32) -> u32 {
    rows.iter().fold(0, |among, &other| among | u32::from(other == row))
}
