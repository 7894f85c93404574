//! What a backend can do.

use super::rows;
use super::sealed::Sealed;
use crate::matrix::{LANES, Lanes};

/// Operations on registers of [`WIDTH`](Self::WIDTH) numbers, and on the running sums of dot products; the same bits from every
/// implementation with the same [`Arithmetic`](super::Arithmetic).
///
/// A register is loaded from and stored to a part of sixteen numbers: part 0 is the first `WIDTH` of them, the last is part
/// `LANES / WIDTH − 1`; parts beyond wrap around.
///
/// The trait is sealed: the backends of this crate are all that there are. `unsafe` code relies on
/// what they promise, such as a width that divides [`LANES`], and safe code must not be able to
/// break that. So a backend of another crate does not compile, and neither does naming the seal:
///
/// ```compile_fail,E0277
/// use w2v_core::matrix::LANES;
/// use w2v_core::simd::{Kernel, Scalar, Simd};
///
/// /// Says that a register holds one number, and runs kernels on a backend whose registers hold more.
/// #[derive(Clone, Copy)]
/// struct Evil;
///
/// impl Simd for Evil {
///     type Register = f32;
///     type Block = [f32; LANES];
///     const WIDTH: usize = 1;
///     const GRADIENTS: usize = 8;
///     const TILE: usize = 1;
///     fn enter<K: Kernel>(self, kernel: K) -> K::Output { w2v_core::simd::Portable.enter(kernel) }
///     fn splat(self, value: f32) -> f32 { Scalar::<false>.splat(value) }
///     fn load(self, from: &[f32; LANES], part: usize) -> f32 { Scalar::<false>.load(from, part) }
///     fn store(self, a: f32, to: &mut [f32; LANES], part: usize) { Scalar::<false>.store(a, to, part) }
///     fn add(self, a: f32, b: f32) -> f32 { a + b }
///     fn sub(self, a: f32, b: f32) -> f32 { a - b }
///     fn mul(self, a: f32, b: f32) -> f32 { a * b }
///     fn mul_add(self, a: f32, b: f32, c: f32) -> f32 { a * b + c }
///     fn select_less(self, a: f32, b: f32, yes: f32, no: f32) -> f32 { if a < b { yes } else { no } }
///     fn trunc(self, a: f32) -> f32 { Scalar::<false>.trunc(a) }
///     fn lookup(self, table: &[f32; LANES], i: f32) -> f32 { Scalar::<false>.lookup(table, i) }
///     fn bits(self, bits: u16, part: usize) -> f32 { Scalar::<false>.bits(bits, part) }
///     fn sums_from(self, from: &[f32; LANES]) -> Self::Block { *from }
///     fn accumulate(self, a: &[f32; LANES], b: &[f32; LANES], sums: Self::Block) -> Self::Block {
///         Scalar::<false>.accumulate(a, b, sums)
///     }
///     fn total(self, sums: Self::Block) -> f32 { Scalar::<false>.total(sums) }
/// }
/// ```
///
/// ```compile_fail,E0603
/// struct Evil;
/// impl w2v_core::simd::sealed::Sealed for Evil {}
/// ```
pub trait Simd: Sealed + Copy + Send + Sync + 'static {
    /// Numbers in one register.
    type Register: Copy;
    /// Sixteen running sums.
    type Block: Copy;

    /// Numbers in a register; divides [`LANES`].
    const WIDTH: usize;
    /// Registers that an update should spend on the gradients of its hidden rows, at most.
    const GRADIENTS: usize;
    /// Dot products to keep in registers at once.
    const TILE: usize;

    /// Runs `kernel` compiled for this instruction set.
    fn enter<K: Kernel>(self, kernel: K) -> K::Output;

    /// `value` in every lane.
    fn splat(self, value: f32) -> Self::Register;
    /// Part `part` of `from`.
    fn load(self, from: &[f32; LANES], part: usize) -> Self::Register;
    /// Writes the numbers of `register` to part `part` of `to`.
    fn store(self, register: Self::Register, to: &mut [f32; LANES], part: usize);
    /// `a + b` in each lane.
    fn add(self, a: Self::Register, b: Self::Register) -> Self::Register;
    /// `a − b` in each lane.
    fn sub(self, a: Self::Register, b: Self::Register) -> Self::Register;
    /// `a · b` in each lane.
    fn mul(self, a: Self::Register, b: Self::Register) -> Self::Register;
    /// `a · b + c` in each lane, rounded as the arithmetic says.
    fn mul_add(self, a: Self::Register, b: Self::Register, c: Self::Register) -> Self::Register;
    /// `yes` where `a < b`, else (NaN included) `no`.
    fn select_less(
        self,
        a: Self::Register,
        b: Self::Register,
        yes: Self::Register,
        no: Self::Register,
    ) -> Self::Register;
    /// Each lane without its fraction; lanes must lie in `0..2³¹`.
    fn trunc(self, a: Self::Register) -> Self::Register;
    /// `table[i]` for whole lanes `i` in `0..16`.
    fn lookup(self, table: &[f32; LANES], i: Self::Register) -> Self::Register;

    /// Part `part` of sixteen numbers: number `i` is 1 if bit `i` of `bits` is set, else 0.
    fn bits(self, bits: u16, part: usize) -> Self::Register;

    /// Running sums that begin with the numbers of `from`.
    fn sums_from(self, from: &[f32; LANES]) -> Self::Block;
    /// `a · b` added to each running sum by [`mul_add`](Self::mul_add).
    fn accumulate(self, a: &[f32; LANES], b: &[f32; LANES], sums: Self::Block) -> Self::Block;
    /// The sum of the running sums as the tree: sum `l + 8` to `l`, then `l + 4`, `l + 2`, `l + 1`.
    fn total(self, sums: Self::Block) -> f32;

    /// Number `i` is the [`total`](Self::total) of block `i`.
    #[inline(always)]
    fn totals(self, blocks: &[Self::Block; LANES]) -> [f32; LANES] {
        let mut totals = [0.0; LANES];
        for (total, &block) in totals.iter_mut().zip(blocks) {
            *total = self.total(block);
        }
        totals
    }

    /// The dot product of two rows of `blocks` blocks.
    ///
    /// # Safety
    /// Both must be there, of one block at least, and nobody may be writing them.
    #[doc(hidden)]
    #[inline(always)]
    unsafe fn dot(self, a: *const Lanes, b: *const Lanes, blocks: usize) -> f32 {
        // SAFETY: the caller's promise.
        unsafe { rows::dot(self, a, b, blocks) }
    }

    /// For each shared row in turn, of `R` registers of its first block from part `part` on: `error · row` added to the gradient
    /// of each hidden row, then `error · hidden` of each to `row`.
    ///
    /// # Safety
    /// The rows must be there and not be used elsewhere.
    #[doc(hidden)]
    #[inline(always)]
    unsafe fn exchange<F: Simd, const R: usize, const G: usize>(
        self,
        shared: &rows::Shared<'_, F>,
        errors: &[[f32; G]],
        part: usize,
        hidden: &[[Self::Register; R]; G],
        gradient: &mut [[Self::Register; R]; G],
    ) {
        // SAFETY: the caller's promise.
        unsafe { rows::exchange(self, shared, errors, part, hidden, gradient) }
    }

    /// Asks for the cache line of `_line` ahead of its use.
    #[inline(always)]
    fn prefetch(self, _line: &[f32; LANES]) {}
}

/// A computation that can be compiled for every backend. Mark `run` `#[inline(always)]`.
pub trait Kernel {
    /// What it returns.
    type Output;
    /// Computes with `simd`.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}
