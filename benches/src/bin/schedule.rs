//! What the partitioned schedule of skip-gram with negative sampling would get out of many threads: the pairs of one superbatch
//! of a corpus, bucket by bucket, shared out as the trainer does it.
//!
//! It counts work only: a pair is a unit, a barrier is free, and no cache or memory is shared.

use std::ops::ControlFlow;
use std::path::PathBuf;
use w2v::config::Config;
use w2v::corpus::{Corpus, ReadOptions, Source};
use w2v::error::Result;
use w2v::pairs::{self, Chunk, Pairing, superbatch};
use w2v::partition::Partitioning;
use w2v::trainer::rounds::{Regions, beyond, within};
use w2v_core::rng::SplitMix64;
use w2v_core::subsample::keep_share;

fn main() -> Result<()> {
    let Some(path) = std::env::args_os().nth(1) else {
        println!("usage: schedule FILE");
        return Ok(());
    };
    let config = Config { sample: 1e-4, ..Config::default() };
    let sources = [Source::File(PathBuf::from(path))];
    let (vocabulary, mut corpus) = Corpus::read(&sources, ReadOptions::default(), &mut |_| ControlFlow::Continue(()))?;
    let share = |&count: &u64| keep_share(count, vocabulary.tokens(), config.sample);
    let keep: Vec<u32> = vocabulary.counts().iter().map(share).collect();
    let superbatch = superbatch(corpus.tokens(), config.window);
    let mut tokens = Vec::new();
    corpus.pass()?.read(&mut tokens, superbatch)?;

    let dealing = Partitioning::choose(vocabulary.len(), config.dim);
    let mut chunks: Vec<Chunk> = Vec::new();
    #[allow(clippy::cast_possible_truncation)]
    let pairing = Pairing { placement: &dealing, keep: &keep, window: config.window as u32 };
    pairs::fill(&mut chunks, &pairing, &tokens, |number| SplitMix64::at(&[config.seed, number]));
    let parts = dealing.parts();
    let pairs = |bucket| chunks.iter().map(|chunk| chunk.bucket(bucket).len()).sum();
    report(&(0..parts * parts).map(pairs).collect::<Vec<usize>>(), parts);
    Ok(())
}

/// Prints the balance of the rounds, and for each number of threads the work on the longest way and the barriers.
fn report(buckets: &[usize], parts: usize) {
    let pairs: usize = buckets.iter().sum();
    let work = |input: usize, round: usize| buckets[input * parts + (input + round) % parts];
    let longest: usize = (0..parts).map(|round| (0..parts).map(|input| work(input, round)).max().unwrap_or(0)).sum();
    println!("{pairs} pairs of a superbatch in {parts} x {parts} buckets");
    println!("longest bucket of a round, on average: {:.2} of the mean", (longest * parts) as f64 / pairs as f64);
    println!(
        "\n| threads | rounds at once | barriers | longest region over the mean | speed-up |\n|---|---|---|---|---|"
    );
    for threads in [1, 2, 4, 8, 16, 32, 64] {
        let Regions { ends, depth } = Regions::new(parts, threads);
        let (mut way, mut barriers) = (0, 0);
        for round in (0..parts).step_by(depth) {
            let depth = depth.min(parts - round);
            let (mut inside, mut outside) = (0, 0);
            let mut first = 0;
            for &end in &ends {
                let sum = |sum, (row, later)| sum + work(first + row, round + later);
                inside = inside.max(within(end - first, depth).fold(0, sum));
                outside = outside.max(beyond(end - first, depth).fold(0, sum));
                first = end;
            }
            way += inside + outside;
            barriers += if depth > 1 { 2 } else { 1 };
        }
        let speed_up = pairs as f64 / way as f64;
        println!("| {threads} | {depth} | {barriers} | {:.2} | {speed_up:.1} |", ends.len() as f64 / speed_up);
    }
}
