//! x86 AVX-512F: a block is one register.
#![allow(unsafe_code, reason = "intrinsics of the instruction set, which the token proves")]

use crate::kernel::sealed::Sealed;
use crate::kernel::{Kernel, Simd};
use crate::lanes::LANES;
use crate::rows::Found;
#[cfg(target_arch = "x86")]
use core::arch::x86::*;
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::*;

cpufeatures::new!(avx512f, "avx512f", "avx2", "fma");

/// Proof that the processor has AVX-512F.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Avx512<const FUSED: bool>(());

impl<const FUSED: bool> Avx512<FUSED> {
    /// The token, if the processor and the operating system support AVX-512F.
    pub(super) fn detect() -> Option<Self> {
        avx512f::get().then_some(Self(()))
    }

    /// Not inlined: in a function of its own, the constants of the kernel do not compete with those
    /// of its caller for registers.
    #[target_feature(enable = "avx512f,avx2,fma")]
    #[inline(never)]
    fn compiled<K: Kernel>(self, kernel: K) -> K::Output {
        kernel.run(self)
    }
}

/// Evaluates intrinsics. Use it only inside a method of the token, or in a function that only these
/// methods call.
macro_rules! proven {
    ($($body:tt)*) => {
        // SAFETY: the token exists only if the processor has AVX-512F; memory is accessed through
        // references to 16 numbers.
        unsafe { $($body)* }
    };
}

impl<const FUSED: bool> Sealed for Avx512<FUSED> {}

impl<const FUSED: bool> Simd for Avx512<FUSED> {
    type Register = __m512;
    type Block = __m512;
    type Starts = Found;
    const WIDTH: usize = LANES;
    const GRADIENTS: usize = 16;
    const TILE: usize = 16;

    #[inline(always)]
    fn enter<K: Kernel>(self, kernel: K) -> K::Output {
        proven! { self.compiled(kernel) }
    }

    #[inline(always)]
    fn splat(self, value: f32) -> __m512 {
        proven! { _mm512_set1_ps(value) }
    }

    #[inline(always)]
    fn load(self, from: &[f32; LANES], _part: usize) -> __m512 {
        proven! { _mm512_loadu_ps(from.as_ptr()) }
    }

    #[inline(always)]
    fn store(self, register: __m512, to: &mut [f32; LANES], _part: usize) {
        proven! { _mm512_storeu_ps(to.as_mut_ptr(), register) }
    }

    #[inline(always)]
    fn add(self, a: __m512, b: __m512) -> __m512 {
        proven! { _mm512_add_ps(a, b) }
    }

    #[inline(always)]
    fn sub(self, a: __m512, b: __m512) -> __m512 {
        proven! { _mm512_sub_ps(a, b) }
    }

    #[inline(always)]
    fn mul(self, a: __m512, b: __m512) -> __m512 {
        proven! { _mm512_mul_ps(a, b) }
    }

    #[inline(always)]
    fn mul_add(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        if FUSED {
            proven! { _mm512_fmadd_ps(a, b, c) }
        } else {
            self.add(self.mul(a, b), c)
        }
    }

    #[inline(always)]
    fn select_less(self, a: __m512, b: __m512, yes: __m512, no: __m512) -> __m512 {
        proven! { _mm512_mask_blend_ps(_mm512_cmp_ps_mask::<_CMP_LT_OQ>(a, b), no, yes) }
    }

    #[inline(always)]
    fn trunc(self, a: __m512) -> __m512 {
        proven! { _mm512_roundscale_ps::<{ _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC }>(a) }
    }

    #[inline(always)]
    fn lookup(self, table: &[f32; LANES], i: __m512) -> __m512 {
        proven! { _mm512_permutexvar_ps(_mm512_cvttps_epi32(i), self.load(table, 0)) }
    }

    #[inline(always)]
    fn bits(self, bits: u16, _part: usize) -> __m512 {
        proven! { _mm512_maskz_mov_ps(bits, _mm512_set1_ps(1.0)) }
    }

    #[inline(always)]
    fn sums_from(self, from: &[f32; LANES]) -> __m512 {
        self.load(from, 0)
    }

    #[inline(always)]
    fn accumulate(self, a: &[f32; LANES], b: &[f32; LANES], sums: __m512) -> __m512 {
        self.mul_add(self.load(a, 0), self.load(b, 0), sums)
    }

    #[inline(always)]
    fn total(self, sums: __m512) -> f32 {
        proven! {
            let eight = _mm512_add_ps(sums, _mm512_shuffle_f32x4::<0b01_00_11_10>(sums, sums));
            let four = _mm512_add_ps(eight, _mm512_shuffle_f32x4::<0b10_11_00_01>(eight, eight));
            let four = _mm512_castps512_ps128(four);
            let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps::<1>(two, two)))
        }
    }

    #[inline(always)]
    fn totals(self, blocks: &[__m512; LANES]) -> [f32; LANES] {
        // Each level adds the upper half of the lanes to the lower half, for two blocks at once.
        // The order of the blocks is such that lane `i` of the result is the sum of block `i`.
        let [b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15] = *blocks;
        let sums = one(
            two(four(eight(b0, b4), eight(b8, b12)), four(eight(b1, b5), eight(b9, b13))),
            two(four(eight(b2, b6), eight(b10, b14)), four(eight(b3, b7), eight(b11, b15))),
        );
        let mut totals = [0.0; LANES];
        self.store(sums, &mut totals, 0);
        totals
    }

    #[inline(always)]
    fn prefetch(self, line: &[f32; LANES]) {
        proven! { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) }
    }
}

/// Adds lanes 8 to 15 to lanes 0 to 7. The lower half of the result is for `a`, the upper half for
/// `b`.
#[inline(always)]
fn eight(a: __m512, b: __m512) -> __m512 {
    proven! { _mm512_add_ps(_mm512_shuffle_f32x4::<0x44>(a, b), _mm512_shuffle_f32x4::<0xee>(a, b)) }
}

/// Within each half, adds lanes 4 to 7 to lanes 0 to 3.
#[inline(always)]
fn four(a: __m512, b: __m512) -> __m512 {
    proven! { _mm512_add_ps(_mm512_shuffle_f32x4::<0x88>(a, b), _mm512_shuffle_f32x4::<0xdd>(a, b)) }
}

/// Within each quarter, adds lanes 2 and 3 to lanes 0 and 1.
#[inline(always)]
fn two(a: __m512, b: __m512) -> __m512 {
    proven! {
        let (a, b) = (_mm512_castps_pd(a), _mm512_castps_pd(b));
        let (low, high) = (_mm512_unpacklo_pd(a, b), _mm512_unpackhi_pd(a, b));
        _mm512_add_ps(_mm512_castpd_ps(low), _mm512_castpd_ps(high))
    }
}

/// Within each pair of lanes, adds lane 1 to lane 0.
#[inline(always)]
fn one(a: __m512, b: __m512) -> __m512 {
    proven! { _mm512_add_ps(_mm512_shuffle_ps::<0x88>(a, b), _mm512_shuffle_ps::<0xdd>(a, b)) }
}
