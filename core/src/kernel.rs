//! What a computation may ask of an instruction set.

use crate::lanes::{LANES, Lanes};
use crate::rows::{SharedRows, Starts};
use sealed::Sealed;

/// Keeps [`Simd`] to the backends of this crate: no other crate can name the trait in here.
pub(crate) mod sealed {
    pub trait Sealed {}
}

/// Operations on registers of [`WIDTH`](Self::WIDTH) numbers, and on the running sums of dot
/// products. All backends with the same [`Arithmetic`](crate::simd::Arithmetic) give the same bits.
///
/// A register is loaded from, and stored to, one part of sixteen numbers. Part 0 is the first
/// `WIDTH` of the sixteen, and the last part is `LANES / WIDTH − 1`. A larger number of a part
/// wraps around.
///
/// The trait is sealed: the backends of this crate are all that there are. `unsafe` code relies on
/// what they promise, such as a `WIDTH` that divides [`LANES`], and safe code of another crate must
/// not be able to break a promise. A test keeps a backend that would.
pub trait Simd: Sealed + Copy + Send + Sync + 'static {
    /// Numbers in one register.
    type Register: Copy;
    /// Sixteen running sums.
    type Block: Copy;
    /// How this backend finds the rows that a step shares.
    #[doc(hidden)]
    type Starts: Starts;

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
    /// `yes` where `a < b`, else `no`. Where `a` or `b` is NaN, `no`.
    fn select_less(
        self,
        a: Self::Register,
        b: Self::Register,
        yes: Self::Register,
        no: Self::Register,
    ) -> Self::Register;
    /// Each lane without its fraction; lanes must lie in `0..2³¹`, or the numbers may be any.
    fn trunc(self, a: Self::Register) -> Self::Register;
    /// `table[i]` for whole lanes `i` in `0..16`; for other lanes any number.
    fn lookup(self, table: &[f32; LANES], i: Self::Register) -> Self::Register;

    /// Part `part` of sixteen numbers: number `i` is 1 if bit `i` of `bits` is set, else 0.
    fn bits(self, bits: u16, part: usize) -> Self::Register;

    /// Running sums that begin with the numbers of `from`.
    fn sums_from(self, from: &[f32; LANES]) -> Self::Block;
    /// `a · b` added to each running sum by [`mul_add`](Self::mul_add).
    fn accumulate(self, a: &[f32; LANES], b: &[f32; LANES], sums: Self::Block) -> Self::Block;
    /// The sum of the running sums, as a tree: sum `l + 8` is added to sum `l`, then `l + 4`, `l +
    /// 2` and `l + 1`.
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

    /// The dot product of two rows of `blocks` blocks, if the backend has code of its own for that;
    /// otherwise the caller computes it by [`accumulate`](Self::accumulate).
    ///
    /// # Safety
    /// Both rows must be there, of one block at least, and nobody may be writing them.
    #[doc(hidden)]
    #[inline(always)]
    #[allow(unsafe_code, reason = "declares what a backend may do with pointers")]
    unsafe fn dot(self, _a: *const Lanes, _b: *const Lanes, _blocks: usize) -> Option<f32> {
        None
    }

    /// For each shared row in turn, of which `R` registers from part `part` of its first block on
    /// take part: adds `error · row` to the gradient of each hidden row, then `error · hidden` of
    /// each hidden row to `row`.
    ///
    /// Returns whether the backend has code of its own for that; otherwise nothing was done, and
    /// the caller does it by [`mul_add`](Self::mul_add).
    ///
    /// # Safety
    /// The rows must be there and not be used elsewhere, and have as many registers.
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

    /// Asks for the cache line of `_line` before it is used.
    #[inline(always)]
    fn prefetch(self, _line: &[f32; LANES]) {}
}

/// A computation that can be compiled for every backend. Mark `run` `#[inline(always)]`.
pub trait Kernel {
    /// What the computation returns.
    type Output;
    /// Computes with `simd`.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

/// Registers that hold sixteen numbers: [`LANES`] / [`Simd::WIDTH`].
#[must_use]
pub const fn parts<S: Simd>() -> usize {
    const { assert!(S::WIDTH > 0 && LANES.is_multiple_of(S::WIDTH), "registers make up sixteen numbers") };
    LANES / S::WIDTH
}
