//! AArch64 NEON: a block is four registers.
#![allow(unsafe_code, reason = "intrinsics of the instruction set, which the token proves")]

use super::scalar::at;
use crate::kernel::sealed::Sealed;
use crate::kernel::{Kernel, Simd};
use crate::lanes::LANES;
use crate::rows::Found;
use core::arch::aarch64::*;

/// The NEON backend. Targets without NEON do not compile this module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Neon<const FUSED: bool>;

/// Evaluates intrinsics.
macro_rules! proven {
    ($($body:tt)*) => {
        // SAFETY: this module is compiled only for targets that have NEON; memory is accessed
        // through references to 16 numbers.
        unsafe { $($body)* }
    };
}

type Quad = float32x4_t;

/// For each `l` of 0 to 3 the sum of lanes `l`, `l + 4`, `l + 8` and `l + 12`: the upper half is
/// added to the lower half twice.
#[inline(always)]
fn fold([a0, a1, a2, a3]: [Quad; 4]) -> Quad {
    proven! { vaddq_f32(vaddq_f32(a0, a2), vaddq_f32(a1, a3)) }
}

/// Adds lanes 2 and 3 to lanes 0 and 1. The lower half of the result is for `a`, the upper half for
/// `b`.
#[inline(always)]
fn halve(a: Quad, b: Quad) -> Quad {
    proven! {
        vaddq_f32(
            vcombine_f32(vget_low_f32(a), vget_low_f32(b)),
            vcombine_f32(vget_high_f32(a), vget_high_f32(b)),
        )
    }
}

impl<const FUSED: bool> Sealed for Neon<FUSED> {}

impl<const FUSED: bool> Simd for Neon<FUSED> {
    type Register = Quad;
    type Block = [Quad; 4];
    type Starts = Found;
    const WIDTH: usize = 4;
    const GRADIENTS: usize = 8;
    const TILE: usize = 4;

    #[inline(always)]
    fn enter<K: Kernel>(self, kernel: K) -> K::Output {
        kernel.run(self)
    }

    #[inline(always)]
    fn splat(self, value: f32) -> Quad {
        proven! { vdupq_n_f32(value) }
    }

    #[inline(always)]
    fn load(self, from: &[f32; LANES], part: usize) -> Quad {
        proven! { vld1q_f32(from.as_ptr().add(part % 4 * 4)) }
    }

    #[inline(always)]
    fn store(self, register: Quad, to: &mut [f32; LANES], part: usize) {
        proven! { vst1q_f32(to.as_mut_ptr().add(part % 4 * 4), register) }
    }

    #[inline(always)]
    fn add(self, a: Quad, b: Quad) -> Quad {
        proven! { vaddq_f32(a, b) }
    }

    #[inline(always)]
    fn sub(self, a: Quad, b: Quad) -> Quad {
        proven! { vsubq_f32(a, b) }
    }

    #[inline(always)]
    fn mul(self, a: Quad, b: Quad) -> Quad {
        proven! { vmulq_f32(a, b) }
    }

    #[inline(always)]
    fn mul_add(self, a: Quad, b: Quad, c: Quad) -> Quad {
        if FUSED {
            proven! { vfmaq_f32(c, a, b) }
        } else {
            self.add(self.mul(a, b), c)
        }
    }

    #[inline(always)]
    fn select_less(self, a: Quad, b: Quad, yes: Quad, no: Quad) -> Quad {
        proven! { vbslq_f32(vcltq_f32(a, b), yes, no) }
    }

    #[inline(always)]
    fn trunc(self, a: Quad) -> Quad {
        proven! { vrndq_f32(a) }
    }

    #[inline(always)]
    fn lookup(self, table: &[f32; LANES], i: Quad) -> Quad {
        let mut lanes = [0.0; LANES];
        self.store(i, &mut lanes, 0);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        for lane in &mut lanes[..4] {
            *lane = at(table, *lane as usize);
        }
        self.load(&lanes, 0)
    }

    #[inline(always)]
    fn bits(self, bits: u16, part: usize) -> Quad {
        proven! {
            let each = vld1q_u32([1, 2, 4, 8].as_ptr());
            let set = vtstq_u32(vdupq_n_u32(u32::from(bits) >> (part % 4 * 4)), each);
            vbslq_f32(set, vdupq_n_f32(1.0), vdupq_n_f32(0.0))
        }
    }

    #[inline(always)]
    fn sums_from(self, from: &[f32; LANES]) -> Self::Block {
        [self.load(from, 0), self.load(from, 1), self.load(from, 2), self.load(from, 3)]
    }

    #[inline(always)]
    fn accumulate(self, a: &[f32; LANES], b: &[f32; LANES], mut sums: Self::Block) -> Self::Block {
        for (part, sum) in sums.iter_mut().enumerate() {
            *sum = self.mul_add(self.load(a, part), self.load(b, part), *sum);
        }
        sums
    }

    #[inline(always)]
    fn total(self, sums: Self::Block) -> f32 {
        let four = fold(sums);
        let two = halve(four, four);
        proven! { vgetq_lane_f32::<0>(vpaddq_f32(two, two)) }
    }

    #[inline(always)]
    fn totals(self, blocks: &[Self::Block; LANES]) -> [f32; LANES] {
        let [b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15] = *blocks;
        let mut totals = [0.0; LANES];
        self.store(quad(b0, b1, b2, b3), &mut totals, 0);
        self.store(quad(b4, b5, b6, b7), &mut totals, 1);
        self.store(quad(b8, b9, b10, b11), &mut totals, 2);
        self.store(quad(b12, b13, b14, b15), &mut totals, 3);
        totals
    }
}

/// The totals of four blocks.
#[inline(always)]
fn quad(a: [Quad; 4], b: [Quad; 4], c: [Quad; 4], d: [Quad; 4]) -> Quad {
    let (low, high) = (halve(fold(a), fold(b)), halve(fold(c), fold(d)));
    proven! { vpaddq_f32(low, high) }
}
