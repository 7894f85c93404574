//! One number at a time. This backend is the reference: all other backends equal it bit for bit. It
//! is the fastest backend on a processor without vector instructions.
#![allow(unsafe_code, reason = "hands rows on to the device path, which is given pointers")]

#[cfg(all(target_arch = "arm", target_abi = "eabihf", target_os = "none"))]
mod vfp;

use crate::kernel::sealed::Sealed;
use crate::kernel::{Kernel, Simd};
use crate::lanes::LANES;
use crate::rows::Computed;

/// The scalar backend, with fused (`libm::fmaf`) or unfused multiply-add.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scalar<const FUSED: bool>;

impl<const FUSED: bool> Sealed for Scalar<FUSED> {}

impl<const FUSED: bool> Simd for Scalar<FUSED> {
    type Register = f32;
    type Block = [f32; LANES];
    type Starts = Computed;
    const WIDTH: usize = 1;
    // Without a floating-point unit, working on several numbers at once only takes more stack.
    const GRADIENTS: usize = if cfg!(target_abi = "eabi") { 1 } else { 8 };
    const TILE: usize = 1;

    #[inline(always)]
    fn enter<K: Kernel>(self, kernel: K) -> K::Output {
        kernel.run(self)
    }

    #[inline(always)]
    fn splat(self, value: f32) -> f32 {
        value
    }

    #[inline(always)]
    fn load(self, from: &[f32; LANES], part: usize) -> f32 {
        at(from, part)
    }

    #[inline(always)]
    fn store(self, register: f32, to: &mut [f32; LANES], part: usize) {
        to[part % LANES] = register;
    }

    #[inline(always)]
    fn add(self, a: f32, b: f32) -> f32 {
        a + b
    }

    #[inline(always)]
    fn sub(self, a: f32, b: f32) -> f32 {
        a - b
    }

    #[inline(always)]
    fn mul(self, a: f32, b: f32) -> f32 {
        a * b
    }

    #[inline(always)]
    fn mul_add(self, a: f32, b: f32, c: f32) -> f32 {
        if FUSED { libm::fmaf(a, b, c) } else { a * b + c }
    }

    #[inline(always)]
    fn select_less(self, a: f32, b: f32, yes: f32, no: f32) -> f32 {
        if a < b { yes } else { no }
    }

    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    fn trunc(self, a: f32) -> f32 {
        a as u32 as f32
    }

    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn lookup(self, table: &[f32; LANES], i: f32) -> f32 {
        at(table, i as usize)
    }

    #[inline(always)]
    fn bits(self, bits: u16, part: usize) -> f32 {
        f32::from((bits >> (part % LANES)) & 1)
    }

    #[inline(always)]
    fn sums_from(self, from: &[f32; LANES]) -> Self::Block {
        *from
    }

    #[inline(always)]
    fn accumulate(self, a: &[f32; LANES], b: &[f32; LANES], mut sums: Self::Block) -> Self::Block {
        for (sum, (&a, &b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum = self.mul_add(a, b, *sum);
        }
        sums
    }

    #[cfg(all(target_arch = "arm", target_abi = "eabihf", target_os = "none"))]
    #[inline(always)]
    unsafe fn dot(self, a: *const crate::lanes::Lanes, b: *const crate::lanes::Lanes, blocks: usize) -> Option<f32> {
        // SAFETY: the caller's promise.
        if FUSED { None } else { Some(unsafe { vfp::dot(a, b, blocks) }) }
    }

    #[cfg(all(target_arch = "arm", target_abi = "eabihf", target_os = "none"))]
    #[inline(always)]
    unsafe fn exchange<T: crate::rows::Starts, const R: usize, const G: usize>(
        self,
        shared: &crate::rows::SharedRows<'_, T>,
        errors: &[[f32; G]],
        part: usize,
        hidden: &[[f32; R]; G],
        gradient: &mut [[f32; R]; G],
    ) -> bool {
        let errors_of_one = errors.as_flattened().as_chunks::<1>().0;
        match (hidden.as_flattened().first_chunk(), gradient.as_flattened_mut().first_chunk_mut()) {
            (Some(hidden), Some(gradient)) if R == 8 && G == 1 && !FUSED => {
                // SAFETY: the caller's promise.
                unsafe { vfp::exchange(shared, errors_of_one, part, hidden, gradient) };
                true
            }
            _ => false,
        }
    }

    #[inline(always)]
    fn total(self, sums: Self::Block) -> f32 {
        tree_sum(&sums)
    }
}

/// The sum of sixteen partial sums, added as the tree that [`Simd::total`] describes.
#[inline(always)]
pub(super) fn tree_sum(a: &[f32; LANES]) -> f32 {
    let [a0, a1, a2, a3, a4, a5, a6, a7, b0, b1, b2, b3, b4, b5, b6, b7] = *a;
    let (c0, c1, c2, c3) = (a0 + b0, a1 + b1, a2 + b2, a3 + b3);
    let (c4, c5, c6, c7) = (a4 + b4, a5 + b5, a6 + b6, a7 + b7);
    let (d0, d1, d2, d3) = (c0 + c4, c1 + c5, c2 + c6, c3 + c7);
    (d0 + d2) + (d1 + d3)
}

/// Number `lane` modulo 16 of `a`. The modulo makes a bounds check that could panic unnecessary.
#[inline(always)]
pub(super) const fn at(a: &[f32; LANES], lane: usize) -> f32 {
    a[lane % LANES]
}
