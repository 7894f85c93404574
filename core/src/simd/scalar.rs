//! One element at a time: what every other backend must equal, bit for bit.

use super::{Kernel, Simd};
use crate::matrix::LANES;

/// The scalar backend, with fused (`libm::fmaf`) or unfused multiply-add.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scalar<const FUSED: bool>;

impl<const FUSED: bool> Simd for Scalar<FUSED> {
    type Block = [f32; LANES];
    const TILE: usize = 1;

    #[inline(always)]
    fn enter<K: Kernel>(self, kernel: K) -> K::Output {
        kernel.run(self)
    }

    #[inline(always)]
    fn splat(self, value: f32) -> Self::Block {
        [value; LANES]
    }

    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> Self::Block {
        *from
    }

    #[inline(always)]
    fn store(self, block: Self::Block, to: &mut [f32; LANES]) {
        *to = block;
    }

    #[inline(always)]
    fn add(self, a: Self::Block, b: Self::Block) -> Self::Block {
        let mut result = [0.0; LANES];
        for (lane, result) in result.iter_mut().enumerate() {
            *result = at(&a, lane) + at(&b, lane);
        }
        result
    }

    #[inline(always)]
    fn sub(self, a: Self::Block, b: Self::Block) -> Self::Block {
        let mut result = [0.0; LANES];
        for (lane, result) in result.iter_mut().enumerate() {
            *result = at(&a, lane) - at(&b, lane);
        }
        result
    }

    #[inline(always)]
    fn mul(self, a: Self::Block, b: Self::Block) -> Self::Block {
        let mut result = [0.0; LANES];
        for (lane, result) in result.iter_mut().enumerate() {
            *result = at(&a, lane) * at(&b, lane);
        }
        result
    }

    #[inline(always)]
    fn mul_add(self, a: Self::Block, b: Self::Block, c: Self::Block) -> Self::Block {
        let mut result = [0.0; LANES];
        for (lane, result) in result.iter_mut().enumerate() {
            let (a, b, c) = (at(&a, lane), at(&b, lane), at(&c, lane));
            *result = if FUSED { libm::fmaf(a, b, c) } else { a * b + c };
        }
        result
    }

    #[inline(always)]
    fn select_less(self, a: Self::Block, b: Self::Block, yes: Self::Block, no: Self::Block) -> Self::Block {
        let mut result = [0.0; LANES];
        for (lane, result) in result.iter_mut().enumerate() {
            *result = if at(&a, lane) < at(&b, lane) { at(&yes, lane) } else { at(&no, lane) };
        }
        result
    }

    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    fn trunc(self, a: Self::Block) -> Self::Block {
        let mut result = [0.0; LANES];
        for (lane, result) in result.iter_mut().enumerate() {
            *result = at(&a, lane) as u32 as f32;
        }
        result
    }

    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn lookup(self, table: &[f32; LANES], i: Self::Block) -> Self::Block {
        let mut result = [0.0; LANES];
        for (lane, result) in result.iter_mut().enumerate() {
            *result = at(table, at(&i, lane) as usize);
        }
        result
    }

    #[inline(always)]
    fn sum(self, a: Self::Block) -> f32 {
        tree_sum(&a)
    }
}

/// The canonical tree over sixteen sums.
#[inline(always)]
pub(super) fn tree_sum(a: &[f32; LANES]) -> f32 {
    let [a0, a1, a2, a3, a4, a5, a6, a7, b0, b1, b2, b3, b4, b5, b6, b7] = *a;
    let (c0, c1, c2, c3) = (a0 + b0, a1 + b1, a2 + b2, a3 + b3);
    let (c4, c5, c6, c7) = (a4 + b4, a5 + b5, a6 + b6, a7 + b7);
    let (d0, d1, d2, d3) = (c0 + c4, c1 + c5, c2 + c6, c3 + c7);
    (d0 + d2) + (d1 + d3)
}

/// Lane `lane` modulo 16, without a bounds check that could panic.
#[inline(always)]
pub(super) const fn at(a: &[f32; LANES], lane: usize) -> f32 {
    a[lane % LANES]
}
