//! The logits of a group, then their errors, in memory that is not cleared first.

use super::MAX_ROWS;
use crate::matrix::LANES;
use core::mem::MaybeUninit;

/// `column[k][i]`: the logit of hidden row `i` with output row `k`, own rows first; later its error times η.
pub(super) struct Columns<const G: usize>([[MaybeUninit<f32>; G]; MAX_ROWS]);

/// Sixteen consecutive places of [`Columns`].
#[repr(transparent)]
pub(super) struct Sixteen([MaybeUninit<f32>; LANES]);

impl<const G: usize> Columns<G> {
    #[inline(always)]
    pub(super) const fn uninit() -> Self {
        Self([[MaybeUninit::uninit(); G]; MAX_ROWS])
    }

    /// As many chunks of sixteen places as it takes to hold `columns` columns, numbered.
    #[inline(always)]
    pub(super) fn chunks(&mut self, columns: usize) -> impl Iterator<Item = (usize, &mut Sixteen)> {
        let (chunks, _) = self.0.as_flattened_mut().as_chunks_mut::<LANES>();
        // SAFETY: `Sixteen` is transparent over the array.
        let chunks = chunks.iter_mut().map(|chunk| unsafe { &mut *core::ptr::from_mut(chunk).cast::<Sixteen>() });
        chunks.enumerate().take((columns * G).div_ceil(LANES))
    }

    /// The first column, and the `shared` last ones of `columns`.
    ///
    /// # Safety
    /// The chunks of `columns` columns, one at least, must have been written.
    #[inline(always)]
    pub(super) unsafe fn split(&self, columns: usize, shared: usize) -> (&[f32; G], &[[f32; G]]) {
        let all = self.0.as_ptr().cast::<[f32; G]>();
        // SAFETY: written, says the caller, and a `MaybeUninit<f32>` is laid out as an `f32`.
        let written = unsafe { core::slice::from_raw_parts(all, columns.clamp(1, MAX_ROWS)) };
        (&written[0], written.get(columns.saturating_sub(shared)..).unwrap_or_default())
    }
}

impl Sixteen {
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
