//! Vector functions, in operations per second, and the table of σ, in logits per second, for each
//! backend.

mod common;

use common::{bench, brief, name, print_peaks};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use w2v_core::lanes::Lanes;
use w2v_core::sigmoid::{Sigmoid, TABLE};
use w2v_core::simd::{Dispatch, Kernel, Simd, parts};
use w2v_measure::Work;

/// Errors and losses of logits, in place of the logits and their labels.
struct Errors<'a> {
    logits: &'a mut [Lanes],
    labels: &'a mut [Lanes],
}

impl Kernel for Errors<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        for (logits, labels) in self.logits.iter_mut().zip(self.labels) {
            for part in 0..parts::<S>() {
                let (logit, label) = (simd.load(&logits.0, part), simd.load(&labels.0, part));
                let (errors, losses) = TABLE.errors_and_losses(simd, logit, label);
                simd.store(errors, &mut logits.0, part);
                simd.store(losses, &mut labels.0, part);
            }
        }
    }
}

fn sigmoid(criterion: &mut Criterion) {
    /// Numbers of one run, over ±8: both inside and beyond the table.
    const LOGITS: usize = 4096;
    let mut group = criterion.benchmark_group("sigmoid");
    group.throughput(Throughput::Elements(LOGITS as u64));
    let logits: Vec<Lanes> = (0..LOGITS / 16)
        .map(|block| Lanes(std::array::from_fn(|lane| (block * 16 + lane) as f32 / 256.0 - 8.0)))
        .collect();
    for dispatch in Dispatch::all() {
        let (mut logits, mut labels) = (logits.clone(), vec![Lanes([1.0; 16]); LOGITS / 16]);
        group.bench_function(name(dispatch), |bencher| {
            bencher.iter(|| dispatch.run(Errors { logits: black_box(&mut logits), labels: black_box(&mut labels) }));
        });
    }
    group.finish();
}

fn vectors(criterion: &mut Criterion) {
    print_peaks();
    bench(criterion, &Work::VECTORS);
}

criterion_group!(name = kernels; config = brief(); targets = vectors, sigmoid);
criterion_main!(kernels);
