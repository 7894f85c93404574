//! Update steps, in operations per second, for each backend and length, on rows that stay in L2.

mod common;

use common::{bench, brief, print_peaks};
use criterion::{Criterion, criterion_group, criterion_main};
use w2v_measure::Work;

fn steps(criterion: &mut Criterion) {
    print_peaks();
    bench(criterion, &Work::STEPS);
}

criterion_group!(name = all; config = brief(); targets = steps);
criterion_main!(all);
