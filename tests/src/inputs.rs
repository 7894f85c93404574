//! Matrices to test with: owned, random, convertible to the oracle's rows.

use rand_core::Rng;
use w2v_core::lanes::{LANES, Lanes, blocks};
use w2v_core::matrix::{Matrix, MatrixMut, required_len};
use w2v_core::rng::SplitMix64;

use crate::reference::Rows;

/// Lengths around every boundary: each remainder of a block, one block more or less, the common
/// sizes.
pub const DIMS: [usize; 52] = {
    let mut dims = [0; 52];
    let mut at = 0;
    while at < 40 {
        dims[at] = at + 1;
        at += 1;
    }
    let larger = [47, 48, 49, 63, 64, 65, 100, 127, 128, 129, 144, 300];
    while at < 52 {
        dims[at] = larger[at - 40];
        at += 1;
    }
    dims
};

/// A number in ±`size`, a multiple of `size`·2⁻²³.
pub fn number(random: &mut impl Rng, size: f32) -> f32 {
    ((random.next_u32() >> 8) as f32 / (1 << 23) as f32 - 1.0) * size
}

/// A matrix with its memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Owned {
    lanes: Vec<Lanes>,
    rows: usize,
    dim: usize,
}

impl Owned {
    /// `rows` × `dim` zeros.
    ///
    /// # Panics
    /// If either is zero.
    pub fn zeros(rows: usize, dim: usize) -> Self {
        let len = required_len(rows, dim).expect("a possible size");
        Self { lanes: vec![Lanes::ZERO; len], rows, dim }
    }

    /// `rows` × `dim` numbers in ±`size`, a function of the seed.
    pub fn random(rows: usize, dim: usize, size: f32, seed: u64) -> Self {
        let mut random = SplitMix64::at(&[seed, rows as u64, dim as u64]);
        let mut matrix = Self::zeros(rows, dim);
        matrix.fill(|_, _| number(&mut random, size));
        matrix
    }

    /// Sets every number to `value(row, d)`.
    pub fn fill(&mut self, mut value: impl FnMut(usize, usize) -> f32) {
        let (dim, blocks) = (self.dim, blocks(self.dim));
        for (row, lanes) in self.lanes.chunks_mut(blocks).enumerate() {
            for (d, number) in lanes.iter_mut().flat_map(|lanes| &mut lanes.0).take(dim).enumerate() {
                *number = value(row, d);
            }
        }
    }

    /// The matrix, to read.
    ///
    /// # Panics
    /// Never: the sizes were checked when it was made.
    pub fn as_ref(&self) -> Matrix<'_> {
        Matrix::new(&self.lanes, self.rows, self.dim).expect("the sizes fit")
    }

    /// The matrix, to write.
    ///
    /// # Panics
    /// Never: the sizes were checked when it was made.
    pub fn as_mut(&mut self) -> MatrixMut<'_> {
        MatrixMut::new(&mut self.lanes, self.rows, self.dim).expect("the sizes fit")
    }

    /// The padded row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize) -> &[Lanes] {
        self.lanes.chunks(blocks(self.dim)).nth(row).expect("a row of the matrix")
    }

    /// The padded row, to write.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row_mut(&mut self, row: usize) -> &mut [Lanes] {
        self.lanes.chunks_mut(blocks(self.dim)).nth(row).expect("a row of the matrix")
    }

    /// Numbers in a row.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The numbers of a row, without padding.
    pub fn numbers(&self, row: usize) -> impl Iterator<Item = f32> {
        self.row(row).iter().flat_map(|lanes| lanes.0).take(self.dim)
    }

    /// The matrix as the oracle has it.
    pub fn to_reference(&self) -> Rows {
        (0..self.rows).map(|row| self.numbers(row).map(f64::from).collect()).collect()
    }

    /// The bits of every number, padding included.
    pub fn bits(&self) -> Vec<u32> {
        self.lanes.iter().flat_map(|lanes| lanes.0.map(f32::to_bits)).collect()
    }

    /// Whether all padding is zero.
    pub fn padding_is_zero(&self) -> bool {
        let padding = |lanes: &[Lanes]| lanes.iter().flat_map(|lanes| lanes.0).skip(self.dim).all(|x| x == 0.0);
        self.dim.is_multiple_of(LANES) || self.lanes.chunks(blocks(self.dim)).all(padding)
    }

    /// Fails if a number differs from the oracle's by more than `bound`.
    ///
    /// # Panics
    /// If so.
    pub fn assert_near(&self, expected: &Rows, bound: f64, what: &str) {
        for (row, expected) in expected.iter().enumerate() {
            for (d, (found, &expected)) in self.numbers(row).zip(expected).enumerate() {
                let difference = (f64::from(found) - expected).abs();
                assert!(difference <= bound, "{what}: row {row}[{d}] is {found}, the oracle has {expected}");
            }
        }
    }
}
