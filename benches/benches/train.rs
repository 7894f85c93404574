//! The reading of a text, its vocabulary counted, in bytes per second; and an epoch of each model on one thread, in words per
//! second: the built-in corpus, and real text where there is some.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use flate2::read::GzDecoder;
use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::time::Duration;
use w2v::builtin;
use w2v::corpus::{Corpus, ReadOptions, Source};
use w2v::measure::models;
use w2v::trainer::train;

/// How much of the real text is read.
const TEXT_BYTES: u64 = 20_000_000;

/// Numbers of threads that read.
const THREADS: [usize; 3] = [1, 2, 4];

fn reading_and_epochs(criterion: &mut Criterion, name: &str, text: Vec<u8>) {
    let bytes = text.len() as u64;
    let sources = [Source::Text(text.into())];
    let read = |threads| {
        let options = ReadOptions { threads, ..ReadOptions::default() };
        Corpus::read(&sources, options, &mut |_| ControlFlow::Continue(())).expect("a corpus")
    };
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).warm_up_time(Duration::from_millis(1)).measurement_time(Duration::from_secs(1));
    group.throughput(Throughput::Bytes(bytes));
    for threads in THREADS {
        group.bench_function(format!("read by {threads}"), |bencher| bencher.iter(|| read(Some(threads))));
    }
    let (vocabulary, mut corpus) = read(None);
    group.throughput(Throughput::Elements(corpus.tokens()));
    for config in models() {
        group.bench_function(format!("{} {}", config.architecture, config.objective), |bencher| {
            bencher.iter(|| {
                train(&vocabulary, &mut corpus, &config, &mut |_| ControlFlow::Continue(())).expect("a model")
            });
        });
    }
    group.finish();
}

fn built_in(criterion: &mut Criterion) {
    reading_and_epochs(criterion, "built-in corpus", builtin::text(1));
}

fn real_text(criterion: &mut Criterion) {
    if let Some(path) = w2v_tests::data::find("corpus/enwiki-100m.txt.gz") {
        let mut text = Vec::new();
        let compressed = File::open(path).expect("a readable file");
        GzDecoder::new(compressed).take(TEXT_BYTES).read_to_end(&mut text).expect("a text");
        reading_and_epochs(criterion, "first 20 MB of enwiki-100m", text);
    }
}

criterion_group!(name = all; config = Criterion::default().without_plots(); targets = built_in, real_text);
criterion_main!(all);
