//! Dot product, axpy, scale and norm of padded rows: written once, generic over [`Simd`].
//!
//! The sums follow the canonical order of [`simd`](crate::simd). Where two rows differ in length the shorter one
//! counts; rows of one matrix never do.

use crate::matrix::Lanes;
use crate::simd::Simd;

/// `Σ a·b`.
#[inline(always)]
pub fn dot<S: Simd>(simd: S, a: &[Lanes], b: &[Lanes]) -> f32 {
    let mut sums = simd.splat(0.0);
    for (a, b) in a.iter().zip(b) {
        sums = simd.mul_add(simd.load(&a.0), simd.load(&b.0), sums);
    }
    simd.sum(sums)
}

/// `to ← factor · from + to`.
#[inline(always)]
pub fn axpy<S: Simd>(simd: S, factor: f32, from: &[Lanes], to: &mut [Lanes]) {
    let factor = simd.splat(factor);
    for (from, to) in from.iter().zip(to) {
        let sum = simd.mul_add(factor, simd.load(&from.0), simd.load(&to.0));
        simd.store(sum, &mut to.0);
    }
}

/// `to ← to + from`.
#[inline(always)]
pub fn add<S: Simd>(simd: S, from: &[Lanes], to: &mut [Lanes]) {
    for (from, to) in from.iter().zip(to) {
        let sum = simd.add(simd.load(&to.0), simd.load(&from.0));
        simd.store(sum, &mut to.0);
    }
}

/// `row ← factor · row`.
#[inline(always)]
pub fn scale<S: Simd>(simd: S, factor: f32, row: &mut [Lanes]) {
    let factor = simd.splat(factor);
    for lanes in row {
        let product = simd.mul(factor, simd.load(&lanes.0));
        simd.store(product, &mut lanes.0);
    }
}

/// `√ Σ a²`.
#[inline(always)]
pub fn norm<S: Simd>(simd: S, a: &[Lanes]) -> f32 {
    libm::sqrtf(dot(simd, a, a))
}
