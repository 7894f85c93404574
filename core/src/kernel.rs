//! The operations of an instruction set, over which computations are generic.

use crate::lanes::{LANES, Lanes};
use crate::rows::{SharedRows, Starts};
use sealed::Sealed;

/// Makes [`Simd`] a sealed trait: no other crate can name the trait in this module, so none can
/// implement [`Simd`].
pub(crate) mod sealed {
    pub trait Sealed {}
}

/// Operations on registers of [`WIDTH`](Self::WIDTH) numbers, and on the partial sums of dot
/// products. All backends with the same [`Arithmetic`](crate::simd::Arithmetic) compute the same
/// bits.
///
/// A register is loaded from one part of sixteen numbers, and stored to one part. Part 0 is the
/// first `WIDTH` of the sixteen numbers; the last part is `LANES / WIDTH − 1`. A larger part number
/// wraps around.
///
/// The trait is sealed: only the backends of this crate implement it. `unsafe` code relies on
/// properties of a backend, such as a `WIDTH` that divides [`LANES`], so safe code of another crate
/// must not be able to add a backend. A test shows a backend that would break such a property.
pub trait Simd: Sealed + Copy + Send + Sync + 'static {
    /// A register.
    type Register: Copy;
    /// Sixteen partial sums.
    type Block: Copy;
    /// How this backend finds the shared rows of a step.
    #[doc(hidden)]
    type Starts: Starts;

    /// Numbers in a register; divides [`LANES`].
    const WIDTH: usize;
    /// The most registers that an update should use for the gradients of its hidden rows.
    const GRADIENTS: usize;
    /// The number of dot products to keep in registers at once.
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
    /// In each lane `yes` if `a < b`, otherwise `no`; also `no` if `a` or `b` is NaN.
    fn select_less(
        self,
        a: Self::Register,
        b: Self::Register,
        yes: Self::Register,
        no: Self::Register,
    ) -> Self::Register;
    /// Each lane rounded towards zero. Lanes must be in `0..2³¹`; for other lanes the result is
    /// arbitrary.
    fn trunc(self, a: Self::Register) -> Self::Register;
    /// In each lane `table[i]`. Lanes of `i` must be whole numbers in `0..16`; for other lanes the
    /// result is arbitrary.
    fn lookup(self, table: &[f32; LANES], i: Self::Register) -> Self::Register;

    /// Part `part` of sixteen numbers, of which number `i` is 1 if bit `i` of `bits` is set,
    /// otherwise 0.
    fn bits(self, bits: u16, part: usize) -> Self::Register;

    /// Partial sums that start with the numbers of `from`.
    fn sums_from(self, from: &[f32; LANES]) -> Self::Block;
    /// Adds `a · b` to the partial sums, lane by lane, as [`mul_add`](Self::mul_add) does.
    fn accumulate(self, a: &[f32; LANES], b: &[f32; LANES], sums: Self::Block) -> Self::Block;
    /// The sum of the partial sums, added as a tree: sum `l + 8` is added to sum `l`, then `l + 4`,
    /// `l + 2` and `l + 1`.
    fn total(self, sums: Self::Block) -> f32;

    /// The [`total`](Self::total) of each block.
    #[inline(always)]
    fn totals(self, blocks: &[Self::Block; LANES]) -> [f32; LANES] {
        let mut totals = [0.0; LANES];
        for (total, &block) in totals.iter_mut().zip(blocks) {
            *total = self.total(block);
        }
        totals
    }

    /// The dot product of two rows of `blocks` blocks, if the backend has special code for it. If
    /// the result is `None`, the caller computes the product by [`accumulate`](Self::accumulate).
    ///
    /// # Safety
    /// Both rows must be valid for reads and have at least one block, and nobody may write them
    /// meanwhile.
    #[doc(hidden)]
    #[inline(always)]
    #[allow(unsafe_code, reason = "declares what a backend may do with pointers")]
    unsafe fn dot(self, _a: *const Lanes, _b: *const Lanes, _blocks: usize) -> Option<f32> {
        None
    }

    /// For each shared row in turn: adds `error · row` to the gradient of each hidden row, then
    /// adds `error · hidden` of each hidden row to `row`. Only `R` registers of each row are used,
    /// from part `part` of the first block on.
    ///
    /// Returns true if the backend has special code for it. If the result is false, nothing was
    /// done, and the caller uses [`mul_add`](Self::mul_add).
    ///
    /// # Safety
    /// The rows must be valid for reads and writes, must have that many registers, and must not be
    /// used elsewhere meanwhile.
    #[doc(hidden)]
    #[inline(always)]
    #[allow(unsafe_code, reason = "declares what a backend may do with pointers")]
    unsafe fn exchange<T: Starts, const R: usize, const G: usize>(
        self,
        _shared: &SharedRows<'_, T>,
        _errors: &[[f32; G]],
        _part: usize,
        _hidden: &[[Self::Register; R]; G],
        _gradient: &mut [[Self::Register; R]; G],
    ) -> bool {
        false
    }

    /// Prefetches the cache line of `_line`.
    #[inline(always)]
    fn prefetch(self, _line: &[f32; LANES]) {}
}

/// A computation that is compiled for each backend. `run` should be `#[inline(always)]`.
pub trait Kernel {
    /// The result of the computation.
    type Output;
    /// Performs the computation with the instructions of `simd`.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

/// The number of registers that hold sixteen numbers: [`LANES`] / [`Simd::WIDTH`].
#[must_use]
pub const fn parts<S: Simd>() -> usize {
    const { assert!(S::WIDTH > 0 && LANES.is_multiple_of(S::WIDTH), "registers make up sixteen numbers") };
    LANES / S::WIDTH
}
