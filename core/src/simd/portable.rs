//! The `wide` crate: SSE2, NEON or wasm simd128 where the build has them, arrays elsewhere. Unfused arithmetic only,
//! since `wide` fuses by the build's features and not by choice.

use super::scalar::{at, tree_sum};
use super::{Kernel, Simd};
use crate::matrix::LANES;
use wide::f32x16;

/// The portable backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Portable;

impl Simd for Portable {
    type Block = f32x16;
    const TILE: usize = 2;

    #[inline(always)]
    fn enter<K: Kernel>(self, kernel: K) -> K::Output {
        kernel.run(self)
    }

    #[inline(always)]
    fn splat(self, value: f32) -> f32x16 {
        f32x16::splat(value)
    }

    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> f32x16 {
        f32x16::new(*from)
    }

    #[inline(always)]
    fn store(self, block: f32x16, to: &mut [f32; LANES]) {
        *to = block.to_array();
    }

    #[inline(always)]
    fn add(self, a: f32x16, b: f32x16) -> f32x16 {
        a + b
    }

    #[inline(always)]
    fn sub(self, a: f32x16, b: f32x16) -> f32x16 {
        a - b
    }

    #[inline(always)]
    fn mul(self, a: f32x16, b: f32x16) -> f32x16 {
        a * b
    }

    #[inline(always)]
    fn mul_add(self, a: f32x16, b: f32x16, c: f32x16) -> f32x16 {
        a * b + c
    }

    #[inline(always)]
    fn select_less(self, a: f32x16, b: f32x16, yes: f32x16, no: f32x16) -> f32x16 {
        a.simd_lt(b).bitselect(yes, no)
    }

    #[inline(always)]
    fn trunc(self, a: f32x16) -> f32x16 {
        f32x16::from_i32x16(a.fast_trunc_int())
    }

    #[inline(always)]
    fn lookup(self, table: &[f32; LANES], i: f32x16) -> f32x16 {
        let mut lanes = i.to_array();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        for lane in &mut lanes {
            *lane = at(table, *lane as usize);
        }
        f32x16::new(lanes)
    }

    #[inline(always)]
    fn sum(self, a: f32x16) -> f32 {
        tree_sum(&a.to_array())
    }
}
