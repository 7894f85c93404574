//! Dot product, axpy, scale and norm of padded rows: written once, generic over [`Simd`].
//!
//! The sums follow the canonical order of [`simd`](crate::simd). Where two rows differ in length the shorter one
//! counts; rows of one matrix never do.

use crate::matrix::Lanes;
use crate::simd::{Simd, parts};

/// `Σ a·b`.
#[inline(always)]
pub fn dot<S: Simd>(simd: S, a: &[Lanes], b: &[Lanes]) -> f32 {
    let mut sums = simd.sums_from(&Lanes::ZERO.0);
    for (a, b) in a.iter().zip(b) {
        sums = simd.accumulate(&a.0, &b.0, sums);
    }
    simd.total(sums)
}

/// `to ← factor · from + to`.
#[inline(always)]
pub fn axpy<S: Simd>(simd: S, factor: f32, from: &[Lanes], to: &mut [Lanes]) {
    let factor = simd.splat(factor);
    for (from, to) in from.iter().zip(to) {
        for part in 0..parts::<S>() {
            let sum = simd.mul_add(factor, simd.load(&from.0, part), simd.load(&to.0, part));
            simd.store(sum, &mut to.0, part);
        }
    }
}

/// `to ← to + from`.
#[inline(always)]
pub fn add<S: Simd>(simd: S, from: &[Lanes], to: &mut [Lanes]) {
    for (from, to) in from.iter().zip(to) {
        for part in 0..parts::<S>() {
            let sum = simd.add(simd.load(&to.0, part), simd.load(&from.0, part));
            simd.store(sum, &mut to.0, part);
        }
    }
}

/// `row ← factor · row`.
#[inline(always)]
pub fn scale<S: Simd>(simd: S, factor: f32, row: &mut [Lanes]) {
    let factor = simd.splat(factor);
    for lanes in row {
        for part in 0..parts::<S>() {
            let product = simd.mul(factor, simd.load(&lanes.0, part));
            simd.store(product, &mut lanes.0, part);
        }
    }
}

/// `√ Σ a²`.
#[inline(always)]
pub fn norm<S: Simd>(simd: S, a: &[Lanes]) -> f32 {
    libm::sqrtf(dot(simd, a, a))
}
