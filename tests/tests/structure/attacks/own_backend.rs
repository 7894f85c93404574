//! A backend of another crate that lies about the width of its registers: it says that they hold
//! one number, and runs kernels on a backend whose registers hold more. Were it allowed, a step
//! would read starts of rows that nobody found, without `unsafe` code.
#![forbid(unsafe_code)]

use w2v_core::lanes::{LANES, Lanes};
use w2v_core::matrix::MatrixMut;
use w2v_core::sigmoid::TABLE;
use w2v_core::simd::{Kernel, Portable, Scalar, Simd};
use w2v_core::step::negative::NegativeSampling;

#[derive(Clone, Copy)]
struct Evil;

const PLAIN: Scalar<false> = Scalar;

impl Simd for Evil {
    type Register = f32;
    type Block = [f32; LANES];
    type Starts = <Scalar<false> as Simd>::Starts;
    const WIDTH: usize = 1;
    const GRADIENTS: usize = 8;
    const TILE: usize = 1;

    fn enter<K: Kernel>(self, kernel: K) -> K::Output {
        Portable.enter(kernel)
    }

    fn splat(self, value: f32) -> f32 {
        value
    }

    fn load(self, from: &[f32; LANES], part: usize) -> f32 {
        PLAIN.load(from, part)
    }

    fn store(self, register: f32, to: &mut [f32; LANES], part: usize) {
        PLAIN.store(register, to, part);
    }

    fn add(self, a: f32, b: f32) -> f32 {
        a + b
    }

    fn sub(self, a: f32, b: f32) -> f32 {
        a - b
    }

    fn mul(self, a: f32, b: f32) -> f32 {
        a * b
    }

    fn mul_add(self, a: f32, b: f32, c: f32) -> f32 {
        a * b + c
    }

    fn select_less(self, a: f32, b: f32, yes: f32, no: f32) -> f32 {
        if a < b { yes } else { no }
    }

    fn trunc(self, a: f32) -> f32 {
        PLAIN.trunc(a)
    }

    fn lookup(self, table: &[f32; LANES], i: f32) -> f32 {
        PLAIN.lookup(table, i)
    }

    fn bits(self, bits: u16, part: usize) -> f32 {
        PLAIN.bits(bits, part)
    }

    fn sums_from(self, from: &[f32; LANES]) -> [f32; LANES] {
        *from
    }

    fn accumulate(self, a: &[f32; LANES], b: &[f32; LANES], sums: [f32; LANES]) -> [f32; LANES] {
        PLAIN.accumulate(a, b, sums)
    }

    fn total(self, sums: [f32; LANES]) -> f32 {
        PLAIN.total(sums)
    }
}

pub fn attack() {
    let (mut input, mut output) = ([Lanes::ZERO; 4], [Lanes::ZERO; 4]);
    let mut input = MatrixMut::new(&mut input, 4, 16).expect("a matrix");
    let mut output = MatrixMut::new(&mut output, 4, 16).expect("a matrix");
    let (rows, targets) = ([0, 1, 2, 3], [0, 1, 2, 3]);
    let _ = NegativeSampling::new(&mut input, &rows, &mut output, &targets, &[3], 0.1, &TABLE).run(Evil);
}
