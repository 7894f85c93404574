//! AArch64 NEON: a block is four registers.

use super::scalar::at;
use super::{Kernel, Simd};
use crate::matrix::LANES;
use core::arch::aarch64::*;

/// The NEON backend; every AArch64 processor has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Neon<const FUSED: bool>;

/// Evaluates intrinsics inside a method of the token.
macro_rules! proven {
    ($($body:tt)*) => {
        // SAFETY: this module is compiled only for targets that have NEON; memory is reached through references to 16 numbers.
        unsafe { $($body)* }
    };
}

type Quad = float32x4_t;

/// The four sums of lanes `l`, `l + 4`, `l + 8`, `l + 12`, upper half first.
#[inline(always)]
fn fold([a0, a1, a2, a3]: [Quad; 4]) -> Quad {
    proven! { vaddq_f32(vaddq_f32(a0, a2), vaddq_f32(a1, a3)) }
}

/// Lanes 0 and 2, 1 and 3 added: of `a` in the lower half, of `b` in the upper.
#[inline(always)]
fn halve(a: Quad, b: Quad) -> Quad {
    proven! {
        vaddq_f32(
            vcombine_f32(vget_low_f32(a), vget_low_f32(b)),
            vcombine_f32(vget_high_f32(a), vget_high_f32(b)),
        )
    }
}

impl<const FUSED: bool> Simd for Neon<FUSED> {
    type Block = [Quad; 4];
    const TILE: usize = 4;

    #[inline(always)]
    fn enter<K: Kernel>(self, kernel: K) -> K::Output {
        kernel.run(self)
    }

    #[inline(always)]
    fn splat(self, value: f32) -> Self::Block {
        [proven! { vdupq_n_f32(value) }; 4]
    }

    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> Self::Block {
        let from = from.as_ptr();
        proven! { [vld1q_f32(from), vld1q_f32(from.add(4)), vld1q_f32(from.add(8)), vld1q_f32(from.add(12))] }
    }

    #[inline(always)]
    fn store(self, [a0, a1, a2, a3]: Self::Block, to: &mut [f32; LANES]) {
        let to = to.as_mut_ptr();
        proven! {
            vst1q_f32(to, a0);
            vst1q_f32(to.add(4), a1);
            vst1q_f32(to.add(8), a2);
            vst1q_f32(to.add(12), a3);
        }
    }

    #[inline(always)]
    fn add(self, a: Self::Block, b: Self::Block) -> Self::Block {
        let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (a, b);
        proven! { [vaddq_f32(a0, b0), vaddq_f32(a1, b1), vaddq_f32(a2, b2), vaddq_f32(a3, b3)] }
    }

    #[inline(always)]
    fn sub(self, a: Self::Block, b: Self::Block) -> Self::Block {
        let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (a, b);
        proven! { [vsubq_f32(a0, b0), vsubq_f32(a1, b1), vsubq_f32(a2, b2), vsubq_f32(a3, b3)] }
    }

    #[inline(always)]
    fn mul(self, a: Self::Block, b: Self::Block) -> Self::Block {
        let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (a, b);
        proven! { [vmulq_f32(a0, b0), vmulq_f32(a1, b1), vmulq_f32(a2, b2), vmulq_f32(a3, b3)] }
    }

    #[inline(always)]
    fn mul_add(self, a: Self::Block, b: Self::Block, c: Self::Block) -> Self::Block {
        if FUSED {
            let [a0, a1, a2, a3] = a;
            let [b0, b1, b2, b3] = b;
            let [c0, c1, c2, c3] = c;
            proven! { [vfmaq_f32(c0, a0, b0), vfmaq_f32(c1, a1, b1), vfmaq_f32(c2, a2, b2), vfmaq_f32(c3, a3, b3)] }
        } else {
            self.add(self.mul(a, b), c)
        }
    }

    #[inline(always)]
    fn select_less(self, a: Self::Block, b: Self::Block, yes: Self::Block, no: Self::Block) -> Self::Block {
        let [a0, a1, a2, a3] = a;
        let [b0, b1, b2, b3] = b;
        let [y0, y1, y2, y3] = yes;
        let [n0, n1, n2, n3] = no;
        [select(a0, b0, y0, n0), select(a1, b1, y1, n1), select(a2, b2, y2, n2), select(a3, b3, y3, n3)]
    }

    #[inline(always)]
    fn trunc(self, [a0, a1, a2, a3]: Self::Block) -> Self::Block {
        proven! { [vrndq_f32(a0), vrndq_f32(a1), vrndq_f32(a2), vrndq_f32(a3)] }
    }

    #[inline(always)]
    fn lookup(self, table: &[f32; LANES], i: Self::Block) -> Self::Block {
        let mut lanes = [0.0; LANES];
        self.store(i, &mut lanes);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        for lane in &mut lanes {
            *lane = at(table, *lane as usize);
        }
        self.load(&lanes)
    }

    #[inline(always)]
    fn sum(self, a: Self::Block) -> f32 {
        let four = fold(a);
        let two = halve(four, four);
        proven! { vgetq_lane_f32::<0>(vpaddq_f32(two, two)) }
    }

    #[inline(always)]
    fn sums(self, blocks: &[Self::Block; LANES]) -> Self::Block {
        let [b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15] = *blocks;
        [quad(b0, b1, b2, b3), quad(b4, b5, b6, b7), quad(b8, b9, b10, b11), quad(b12, b13, b14, b15)]
    }
}

/// `yes` where `a < b`, else `no`.
#[inline(always)]
fn select(a: Quad, b: Quad, yes: Quad, no: Quad) -> Quad {
    proven! { vbslq_f32(vcltq_f32(a, b), yes, no) }
}

/// The sums of four blocks.
#[inline(always)]
fn quad(a: [Quad; 4], b: [Quad; 4], c: [Quad; 4], d: [Quad; 4]) -> Quad {
    let (low, high) = (halve(fold(a), fold(b)), halve(fold(c), fold(d)));
    proven! { vpaddq_f32(low, high) }
}
