//! What the benches have in common. They may panic: their input is their own.

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};
use std::hint::black_box;
use std::time::Duration;
use w2v_core::simd::Dispatch;
use w2v_measure::{Work, Workbench, peak};

/// Vector lengths: one block, a few, one with padding, and the usual long one.
pub(crate) const DIMS: [usize; 5] = [32, 64, 100, 128, 300];

/// Criterion with so little time for each of many figures that all are done in minutes.
#[must_use]
pub(crate) fn brief() -> Criterion {
    Criterion::default()
        .sample_size(10)
        .nresamples(1000)
        .warm_up_time(Duration::from_millis(50))
        .measurement_time(Duration::from_millis(200))
        .without_plots()
}

/// Such as `avx2 fused`.
#[must_use]
pub(crate) fn name(dispatch: Dispatch) -> String {
    format!("{} {}", dispatch.backend(), dispatch.arithmetic())
}

/// Prints what all rates are to be compared with: each backend's peak.
pub(crate) fn print_peaks() {
    for dispatch in Dispatch::all() {
        let peak = peak(dispatch, Duration::from_millis(100));
        println!("peak of one core, {}: {:.1} GFLOP/s", name(dispatch), peak / 1e9);
    }
}

/// Measures `works` on every backend at every length; an element is a floating-point operation.
///
/// # Panics
/// If a kernel refuses.
pub(crate) fn bench(criterion: &mut Criterion, works: &[Work]) {
    for &work in works {
        let mut group = criterion.benchmark_group(work.name());
        group.sampling_mode(SamplingMode::Flat);
        for dispatch in Dispatch::all() {
            for dim in DIMS {
                let mut bench = Workbench::new(work, dim).expect("a length that fits");
                group.throughput(Throughput::Elements(bench.operations() as u64));
                group.bench_function(BenchmarkId::new(name(dispatch), dim), |bencher| {
                    bencher.iter(|| black_box(bench.run(dispatch).expect("valid arguments")));
                });
            }
        }
        group.finish();
    }
}
