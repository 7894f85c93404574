//! The logits of a step, which are later replaced by their errors. The memory is not cleared first.
#![allow(unsafe_code, reason = "reads memory that was not initialised when it was made")]

use crate::lanes::LANES;
use crate::rows::MAX_ROWS;
use core::mem::MaybeUninit;

/// Entry `[k][i]` is the logit of hidden row `i` with output row `k`; number 0 is the target of the
/// hidden row, if the step has targets. Later the entry is η times the error of this logit.
pub(super) struct Logits<const G: usize>([[MaybeUninit<f32>; G]; MAX_ROWS]);

/// Sixteen consecutive places of [`Logits`].
#[repr(transparent)]
pub(super) struct LaneChunk([MaybeUninit<f32>; LANES]);

impl<const G: usize> Logits<G> {
    #[inline(always)]
    pub(super) const fn uninit() -> Self {
        Self([[MaybeUninit::uninit(); G]; MAX_ROWS])
    }

    /// The chunks with the logits of `columns` output rows, each with its number. There are
    /// ⌈`columns` · G / 16⌉.
    #[inline(always)]
    pub(super) fn chunks(&mut self, columns: usize) -> impl Iterator<Item = (usize, &mut LaneChunk)> {
        let (chunks, _) = self.0.as_flattened_mut().as_chunks_mut::<LANES>();
        // SAFETY: `LaneChunk` is transparent over the array.
        let chunks = chunks.iter_mut().map(|chunk| unsafe { &mut *core::ptr::from_mut(chunk).cast::<LaneChunk>() });
        chunks.enumerate().take((columns * G).div_ceil(LANES))
    }

    /// The errors of output row 0, and the errors of the last `shared` of `columns` output rows.
    ///
    /// # Safety
    /// The chunks of `columns` output rows must have been written, and there must be at least one.
    #[inline(always)]
    pub(super) unsafe fn split(&self, columns: usize, shared: usize) -> (&[f32; G], &[[f32; G]]) {
        let all = self.0.as_ptr().cast::<[f32; G]>();
        // SAFETY: the caller promises that they were written, and a `MaybeUninit<f32>` has the
        // layout of an `f32`.
        let written = unsafe { core::slice::from_raw_parts(all, columns.clamp(1, MAX_ROWS)) };
        (&written[0], written.get(columns.saturating_sub(shared)..).unwrap_or_default())
    }
}

impl LaneChunk {
    /// The sixteen numbers.
    ///
    /// # Safety
    /// The numbers must have been written.
    #[inline(always)]
    pub(super) unsafe fn written(&mut self) -> &mut [f32; LANES] {
        // SAFETY: the caller promises that they were written, and a `MaybeUninit<f32>` has the
        // layout of an `f32`.
        unsafe { &mut *self.0.as_mut_ptr().cast::<[f32; LANES]>() }
    }

    /// Sets the sixteen numbers to zero, and returns them to be written.
    #[inline(always)]
    pub(super) fn zeros(&mut self) -> &mut [f32; LANES] {
        self.0 = [MaybeUninit::new(0.0); LANES];
        // SAFETY: just written.
        unsafe { self.written() }
    }
}
