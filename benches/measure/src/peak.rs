//! The most operations per second that one core reaches: multiply-adds that wait for nothing but
//! their own last result.

use super::fastest;
use std::convert::Infallible;
use std::hint::black_box;
use std::time::Duration;
use w2v_core::lanes::LANES;
use w2v_core::simd::{Dispatch, Kernel, Simd};

/// Multiply-adds of each chain in one run.
const STEPS: usize = 1 << 12;

/// Floating-point operations per second of one core on the backend of `dispatch`, a multiply-add
/// counted as two, measured for about `budget`.
///
/// How many chains of multiply-adds it takes to fill the pipelines, how many fit in the registers
/// and, of scalar ones, which the compiler makes vectors of differs from backend to backend, so
/// several numbers are tried and the best counts.
#[must_use]
pub fn peak(dispatch: Dispatch, budget: Duration) -> f64 {
    let budget = budget / 6;
    let rates = [
        rate::<4>(dispatch, budget),
        rate::<8>(dispatch, budget),
        rate::<12>(dispatch, budget),
        rate::<16>(dispatch, budget),
        rate::<20>(dispatch, budget),
        rate::<32>(dispatch, budget),
    ];
    rates.into_iter().fold(0.0, f64::max)
}

/// Operations per second of `N` chains.
fn rate<const N: usize>(dispatch: Dispatch, budget: Duration) -> f64 {
    let mut width = 0;
    let Ok(time) = fastest(budget, || {
        (width, _) = black_box(dispatch.run(Chains::<N>));
        Ok::<(), Infallible>(())
    });
    (2 * STEPS * width * N) as f64 / time.as_secs_f64()
}

/// `N` registers, each multiplied and added to [`STEPS`] times.
struct Chains<const N: usize>;

impl<const N: usize> Kernel for Chains<N> {
    /// The numbers in a register, and what the chains came to.
    type Output = (usize, [f32; LANES]);

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> (usize, [f32; LANES]) {
        // Every number comes from a black box, else equal lanes or chains would be computed once.
        let start = black_box([[1.0; LANES]; N]);
        let (factor, term) = (simd.splat(black_box(0.5)), simd.splat(black_box(1.0)));
        let mut chains = [simd.splat(0.0); N];
        for (chain, start) in chains.iter_mut().zip(&start) {
            *chain = simd.load(start, 0);
        }
        for _ in 0..STEPS {
            for chain in &mut chains {
                *chain = simd.mul_add(*chain, factor, term);
            }
        }
        let mut total = simd.splat(0.0);
        for chain in chains {
            total = simd.add(total, chain);
        }
        let mut totals = [0.0; LANES];
        simd.store(total, &mut totals, 0);
        (S::WIDTH, totals)
    }
}
