//! x86 AVX2 with FMA: a block is two registers.
#![allow(unsafe_code, reason = "intrinsics of the instruction set, which the token proves")]

use crate::kernel::sealed::Sealed;
use crate::kernel::{Kernel, Simd};
use crate::lanes::LANES;
use crate::rows::Found;
#[cfg(target_arch = "x86")]
use core::arch::x86::*;
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::*;

cpufeatures::new!(avx2_fma, "avx2", "fma");

/// Proof that the processor has AVX2 and FMA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Avx2<const FUSED: bool>(());

impl<const FUSED: bool> Avx2<FUSED> {
    /// The token, if the processor and the operating system support AVX2 and FMA.
    pub(super) fn detect() -> Option<Self> {
        avx2_fma::get().then_some(Self(()))
    }

    /// Not inlined: in a function of its own, the constants of the kernel do not compete with those
    /// of its caller for registers.
    #[target_feature(enable = "avx2,fma")]
    #[inline(never)]
    fn compiled<K: Kernel>(self, kernel: K) -> K::Output {
        kernel.run(self)
    }
}

/// Evaluates intrinsics. Use it only inside a method of the token, or in a function that only these
/// methods call.
macro_rules! proven {
    ($($body:tt)*) => {
        // SAFETY: the token exists only if the processor has AVX2 and FMA; memory is accessed
        // through references to 16 numbers.
        unsafe { $($body)* }
    };
}

impl<const FUSED: bool> Sealed for Avx2<FUSED> {}

impl<const FUSED: bool> Simd for Avx2<FUSED> {
    type Register = __m256;
    type Block = (__m256, __m256);
    type Starts = Found;
    const WIDTH: usize = 8;
    const GRADIENTS: usize = 16;
    const TILE: usize = 4;

    #[inline(always)]
    fn enter<K: Kernel>(self, kernel: K) -> K::Output {
        proven! { self.compiled(kernel) }
    }

    #[inline(always)]
    fn splat(self, value: f32) -> __m256 {
        proven! { _mm256_set1_ps(value) }
    }

    #[inline(always)]
    fn load(self, from: &[f32; LANES], part: usize) -> __m256 {
        proven! { _mm256_loadu_ps(from.as_ptr().add(part % 2 * 8)) }
    }

    #[inline(always)]
    fn store(self, register: __m256, to: &mut [f32; LANES], part: usize) {
        proven! { _mm256_storeu_ps(to.as_mut_ptr().add(part % 2 * 8), register) }
    }

    #[inline(always)]
    fn add(self, a: __m256, b: __m256) -> __m256 {
        proven! { _mm256_add_ps(a, b) }
    }

    #[inline(always)]
    fn sub(self, a: __m256, b: __m256) -> __m256 {
        proven! { _mm256_sub_ps(a, b) }
    }

    #[inline(always)]
    fn mul(self, a: __m256, b: __m256) -> __m256 {
        proven! { _mm256_mul_ps(a, b) }
    }

    #[inline(always)]
    fn mul_add(self, a: __m256, b: __m256, c: __m256) -> __m256 {
        if FUSED {
            proven! { _mm256_fmadd_ps(a, b, c) }
        } else {
            self.add(self.mul(a, b), c)
        }
    }

    #[inline(always)]
    fn select_less(self, a: __m256, b: __m256, yes: __m256, no: __m256) -> __m256 {
        proven! { _mm256_blendv_ps(no, yes, _mm256_cmp_ps::<_CMP_LT_OQ>(a, b)) }
    }

    #[inline(always)]
    fn trunc(self, a: __m256) -> __m256 {
        proven! { _mm256_round_ps::<{ _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC }>(a) }
    }

    #[inline(always)]
    fn lookup(self, table: &[f32; LANES], i: __m256) -> __m256 {
        proven! {
            let i = _mm256_cvttps_epi32(i);
            // Bit 3 of the index is moved to the sign bit, which selects the half of the table.
            let upper = _mm256_castsi256_ps(_mm256_slli_epi32::<28>(i));
            let (low, high) = (self.load(table, 0), self.load(table, 1));
            _mm256_blendv_ps(_mm256_permutevar8x32_ps(low, i), _mm256_permutevar8x32_ps(high, i), upper)
        }
    }

    #[inline(always)]
    fn bits(self, bits: u16, part: usize) -> __m256 {
        proven! {
            let each = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
            let bits = _mm256_set1_epi32(i32::from(bits) >> (part % 2 * 8));
            let set = _mm256_cmpeq_epi32(_mm256_and_si256(bits, each), each);
            _mm256_and_ps(_mm256_castsi256_ps(set), _mm256_set1_ps(1.0))
        }
    }

    #[inline(always)]
    fn sums_from(self, from: &[f32; LANES]) -> Self::Block {
        (self.load(from, 0), self.load(from, 1))
    }

    #[inline(always)]
    fn accumulate(self, a: &[f32; LANES], b: &[f32; LANES], (low, high): Self::Block) -> Self::Block {
        (self.mul_add(self.load(a, 0), self.load(b, 0), low), self.mul_add(self.load(a, 1), self.load(b, 1), high))
    }

    #[inline(always)]
    fn total(self, (low, high): Self::Block) -> f32 {
        proven! {
            let eight = _mm256_add_ps(low, high);
            let four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps::<1>(eight));
            let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps::<1>(two, two)))
        }
    }

    #[inline(always)]
    fn totals(self, blocks: &[Self::Block; LANES]) -> [f32; LANES] {
        // Each level adds the upper half of the lanes to the lower half, for two blocks at once.
        // The order of the blocks is such that lane `i` of the result is the sum of block `i`.
        let [b0, b1, b2, b3, b4, b5, b6, b7, c0, c1, c2, c3, c4, c5, c6, c7] = *blocks;
        let mut totals = [0.0; LANES];
        self.store(one(two(four(b0, b4), four(b1, b5)), two(four(b2, b6), four(b3, b7))), &mut totals, 0);
        self.store(one(two(four(c0, c4), four(c1, c5)), two(four(c2, c6), four(c3, c7))), &mut totals, 1);
        totals
    }

    #[inline(always)]
    fn prefetch(self, line: &[f32; LANES]) {
        proven! { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) }
    }
}

/// Adds lanes 8 to 15 to lanes 0 to 7, then lanes 4 to 7 to lanes 0 to 3. The lower half of the
/// result is for `a`, the upper half for `b`.
#[inline(always)]
fn four(a: (__m256, __m256), b: (__m256, __m256)) -> __m256 {
    proven! {
        let (a, b) = (_mm256_add_ps(a.0, a.1), _mm256_add_ps(b.0, b.1));
        _mm256_add_ps(_mm256_permute2f128_ps::<0x20>(a, b), _mm256_permute2f128_ps::<0x31>(a, b))
    }
}

/// Within each half, adds lanes 2 and 3 to lanes 0 and 1.
#[inline(always)]
fn two(a: __m256, b: __m256) -> __m256 {
    proven! {
        let (a, b) = (_mm256_castps_pd(a), _mm256_castps_pd(b));
        let (low, high) = (_mm256_unpacklo_pd(a, b), _mm256_unpackhi_pd(a, b));
        _mm256_add_ps(_mm256_castpd_ps(low), _mm256_castpd_ps(high))
    }
}

/// Within each pair of lanes, adds lane 1 to lane 0.
#[inline(always)]
fn one(a: __m256, b: __m256) -> __m256 {
    proven! { _mm256_add_ps(_mm256_shuffle_ps::<0x88>(a, b), _mm256_shuffle_ps::<0xdd>(a, b)) }
}
