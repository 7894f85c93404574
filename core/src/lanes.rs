//! Groups of 16 numbers, of which all rows consist.

/// The number of numbers in a [`Lanes`], and of partial sums in a dot product.
pub const LANES: usize = 16;

/// Sixteen consecutive numbers of a row, aligned to a cache line.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C, align(64))]
pub struct Lanes(pub [f32; LANES]);

impl Lanes {
    /// Sixteen zeros.
    pub const ZERO: Self = Self([0.0; LANES]);
}

/// The number of [`Lanes`] in a row of `dim` numbers: ⌈`dim` / 16⌉.
#[must_use]
pub const fn blocks(dim: usize) -> usize {
    dim.div_ceil(LANES)
}
