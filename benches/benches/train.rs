//! The reading of a text, its vocabulary counted, in bytes per second; and an epoch of each model,
//! in words per second: the built-in corpus, and real text where there is some. Before that, how
//! long a message takes between two threads, on which it depends what two of them gain.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use flate2::read::GzDecoder;
use std::fs::File;
use std::hint::spin_loop;
use std::io::Read;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use w2v::Config;
use w2v::builtin;
use w2v::{ReadOptions, Source, Trainer};
use w2v_measure::models;

/// How much of the real text is read.
const TEXT_BYTES: u64 = 20_000_000;

/// Numbers of threads that read.
const READERS: [usize; 3] = [1, 2, 4];

/// Numbers of threads that train.
const TRAINERS: [usize; 2] = [1, 2];

/// A number that two threads raise in turn: a cache line goes there and back.
fn messages(criterion: &mut Criterion) {
    let there_and_back = |rounds: u64| {
        let number = AtomicU64::new(0);
        let take_turns = |first: u64| {
            for turn in (first..).step_by(2).take(usize::try_from(rounds).expect("a number of rounds")) {
                while number.load(Ordering::Acquire) != turn {
                    spin_loop();
                }
                number.store(turn + 1, Ordering::Release);
            }
        };
        thread::scope(|scope| {
            scope.spawn(|| take_turns(1));
            let start = Instant::now();
            take_turns(0);
            start.elapsed()
        })
    };
    criterion.bench_function("a message to another thread and back", |bencher| bencher.iter_custom(there_and_back));
}

fn reading_and_epochs(criterion: &mut Criterion, name: &str, text: Vec<u8>) {
    let bytes = text.len() as u64;
    let sources = [Source::text(text)];
    let read = |threads: usize| ReadOptions::new().threads(threads).sources(sources.iter().cloned()).expect("a corpus");
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).warm_up_time(Duration::from_millis(1)).measurement_time(Duration::from_secs(1));
    group.throughput(Throughput::Bytes(bytes));
    for threads in READERS {
        group.bench_function(format!("read by {threads}"), |bencher| bencher.iter(|| read(threads)));
    }
    let corpus = read(READERS[0]);
    group.throughput(Throughput::Elements(corpus.tokens()));
    for ((architecture, objective), threads) in models().flat_map(|model| TRAINERS.map(|threads| (model, threads))) {
        let config = Config { architecture, objective, epochs: 1, threads: Some(threads), ..Config::default() };
        group.bench_function(format!("{} {} by {threads}", config.architecture, config.objective), |bencher| {
            let mut trainer = Trainer::with(config.clone()).keep_output(false);
            bencher.iter(|| trainer.train(&corpus).expect("a model"));
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

criterion_group!(name = all; config = Criterion::default().without_plots(); targets = messages, built_in, real_text);
criterion_main!(all);
