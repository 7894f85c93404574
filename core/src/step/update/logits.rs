//! The logits of a step, later their errors, in memory that is not cleared first.
#![allow(unsafe_code, reason = "reads memory that was not initialised when it was made")]

use crate::lanes::LANES;
use crate::rows::MAX_ROWS;
use core::mem::MaybeUninit;

/// `logits[k][i]`: the logit of hidden row `i` with output row `k`, where the targets' own rows are
/// number 0. Later the error of that logit, times η.
pub(super) struct Logits<const G: usize>([[MaybeUninit<f32>; G]; MAX_ROWS]);

/// Sixteen consecutive places of [`Logits`].
#[repr(transparent)]
pub(super) struct LaneChunk([MaybeUninit<f32>; LANES]);

impl<const G: usize> Logits<G> {
    #[inline(always)]
    pub(super) const fn uninit() -> Self {
        Self([[MaybeUninit::uninit(); G]; MAX_ROWS])
    }

    /// The chunks that hold the logits of `columns` output rows, ⌈`columns` · G / 16⌉, numbered.
    #[inline(always)]
    pub(super) fn chunks(&mut self, columns: usize) -> impl Iterator<Item = (usize, &mut LaneChunk)> {
        let (chunks, _) = self.0.as_flattened_mut().as_chunks_mut::<LANES>();
        // SAFETY: `LaneChunk` is transparent over the array.
        let chunks = chunks.iter_mut().map(|chunk| unsafe { &mut *core::ptr::from_mut(chunk).cast::<LaneChunk>() });
        chunks.enumerate().take((columns * G).div_ceil(LANES))
    }

    /// The errors of the first of `columns` output rows, and those of the last `shared`.
    ///
    /// # Safety
    /// The chunks of `columns` output rows, one at least, must have been written.
    #[inline(always)]
    pub(super) unsafe fn split(&self, columns: usize, shared: usize) -> (&[f32; G], &[[f32; G]]) {
        let all = self.0.as_ptr().cast::<[f32; G]>();
        // SAFETY: written, says the caller, and a `MaybeUninit<f32>` is laid out as an `f32`.
        let written = unsafe { core::slice::from_raw_parts(all, columns.clamp(1, MAX_ROWS)) };
        (&written[0], written.get(columns.saturating_sub(shared)..).unwrap_or_default())
    }
}

impl LaneChunk {
    /// The numbers there.
    ///
    /// # Safety
    /// They must have been written.
    #[inline(always)]
    pub(super) unsafe fn written(&mut self) -> &mut [f32; LANES] {
        // SAFETY: written, says the caller, and a `MaybeUninit<f32>` is laid out as an `f32`.
        unsafe { &mut *self.0.as_mut_ptr().cast::<[f32; LANES]>() }
    }

    /// Sixteen zeros, to write to.
    #[inline(always)]
    pub(super) fn zeros(&mut self) -> &mut [f32; LANES] {
        self.0 = [MaybeUninit::new(0.0); LANES];
        // SAFETY: just written.
        unsafe { self.written() }
    }
}
