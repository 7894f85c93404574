//! The backend of the `wide` crate: SSE2, NEON or wasm simd128 if the build has one of these, plain
//! arrays otherwise.
//!
//! There is only unfused arithmetic: with `wide`, the build's features decide whether a
//! multiply-add is fused, and a caller cannot choose.

use super::scalar::at;
use crate::kernel::sealed::Sealed;
use crate::kernel::{Kernel, Simd};
use crate::lanes::LANES;
use crate::rows::Found;
use wide::{f32x4, i32x4};

/// The portable backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Portable;

/// For each `l` of 0 to 3 the sum of lanes `l`, `l + 4`, `l + 8` and `l + 12`: the upper half is
/// added to the lower half twice.
#[inline(always)]
fn fold([a0, a1, a2, a3]: [f32x4; 4]) -> f32x4 {
    (a0 + a2) + (a1 + a3)
}

/// The totals of four blocks.
#[inline(always)]
fn quad(blocks: [[f32x4; 4]; 4]) -> f32x4 {
    let [a, b, c, d] = f32x4::transpose(blocks.map(fold));
    (a + c) + (b + d)
}

impl Sealed for Portable {}

impl Simd for Portable {
    type Register = f32x4;
    type Block = [f32x4; 4];
    type Starts = Found;
    const WIDTH: usize = 4;
    const GRADIENTS: usize = 16;
    const TILE: usize = 2;

    #[inline(always)]
    fn enter<K: Kernel>(self, kernel: K) -> K::Output {
        kernel.run(self)
    }

    #[inline(always)]
    fn splat(self, value: f32) -> f32x4 {
        f32x4::splat(value)
    }

    #[inline(always)]
    fn load(self, from: &[f32; LANES], part: usize) -> f32x4 {
        f32x4::new(from.as_chunks().0[part % 4])
    }

    #[inline(always)]
    fn store(self, register: f32x4, to: &mut [f32; LANES], part: usize) {
        // Stored number by number: an array as a whole may be stored as two halves, and a later
        // load of the whole would have to wait for both.
        let [a, b, c, d] = register.to_array();
        let to: &mut [f32; 4] = &mut to.as_chunks_mut().0[part % 4];
        (to[0], to[1], to[2], to[3]) = (a, b, c, d);
    }

    #[inline(always)]
    fn add(self, a: f32x4, b: f32x4) -> f32x4 {
        a + b
    }

    #[inline(always)]
    fn sub(self, a: f32x4, b: f32x4) -> f32x4 {
        a - b
    }

    #[inline(always)]
    fn mul(self, a: f32x4, b: f32x4) -> f32x4 {
        a * b
    }

    #[inline(always)]
    fn mul_add(self, a: f32x4, b: f32x4, c: f32x4) -> f32x4 {
        a * b + c
    }

    #[inline(always)]
    fn select_less(self, a: f32x4, b: f32x4, yes: f32x4, no: f32x4) -> f32x4 {
        a.simd_lt(b).bitselect(yes, no)
    }

    #[inline(always)]
    fn trunc(self, a: f32x4) -> f32x4 {
        f32x4::from_i32x4(a.fast_trunc_int())
    }

    #[inline(always)]
    fn lookup(self, table: &[f32; LANES], i: f32x4) -> f32x4 {
        let mut lanes = i.to_array();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        for lane in &mut lanes {
            *lane = at(table, *lane as usize);
        }
        f32x4::new(lanes)
    }

    #[inline(always)]
    fn bits(self, bits: u16, part: usize) -> f32x4 {
        let set = i32x4::splat(i32::from(bits) >> (part % 4 * 4)) & i32x4::new([1, 2, 4, 8]);
        let zero = f32x4::splat(0.0);
        self.select_less(zero, f32x4::from_i32x4(set), f32x4::splat(1.0), zero)
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
        let [a0, a1, a2, a3] = fold(sums).to_array();
        (a0 + a2) + (a1 + a3)
    }

    #[inline(always)]
    fn totals(self, blocks: &[Self::Block; LANES]) -> [f32; LANES] {
        let [b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15] = *blocks;
        let mut totals = [0.0; LANES];
        self.store(quad([b0, b1, b2, b3]), &mut totals, 0);
        self.store(quad([b4, b5, b6, b7]), &mut totals, 1);
        self.store(quad([b8, b9, b10, b11]), &mut totals, 2);
        self.store(quad([b12, b13, b14, b15]), &mut totals, 3);
        totals
    }
}
