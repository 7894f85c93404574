//! What the partitioned schedule of skip-gram with negative sampling would get out of many threads: the pairs of an epoch of a
//! corpus, bucket by bucket, shared out as the trainer does it. And how even CBOW's phases are: the
//! windows that each thread predicts and the tokens whose rows it learns, in batches of about the trainer's length, of as many pieces.
//!
//! It counts work only: a pair, a window or a token is a unit, a message is free, and no cache or memory is shared.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::path::PathBuf;
use w2v::config::Config;
use w2v::corpus::{Corpus, ReadOptions, Source};
use w2v::error::Result;
use w2v::pairs::{self, Chunk, MOST_PAIRS, Pairing, superbatch};
use w2v::partition::Partitioning;
use w2v::trainer::{balance, rounds};
use w2v_core::rng::SplitMix64;
use w2v_core::subsample::{keep_share, keeps};

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
    let superbatch = superbatch(corpus.tokens(), config.window, MOST_PAIRS);
    let mut tokens = Vec::new();
    let dealing = Partitioning::choose(vocabulary.len(), config.dim);
    let mut chunks: Vec<Chunk> = Vec::new();
    #[allow(clippy::cast_possible_truncation)]
    let pairing = Pairing { placement: &dealing, keep: &keep, window: config.window as u32 };
    let parts = dealing.parts();
    let mut superbatches = Vec::new();
    let mut batches = Batches::new(Partitioning::of_bytes(vocabulary.len(), config.dim, usize::MAX));
    let mut rng = SplitMix64::new(config.seed);
    let mut pass = corpus.pass()?;
    while pass.read(&mut tokens, superbatch)? > 0 {
        let place = [config.seed, superbatches.len() as u64];
        pairs::fill(&mut chunks, &pairing, &tokens, |number| SplitMix64::at(&[&place[..], &[number]].concat()));
        let pairs = |bucket| chunks.iter().map(|chunk| chunk.bucket(bucket).len()).sum();
        superbatches.push((0..parts * parts).map(pairs).collect());
        // A sentence's end is no word, and has no share.
        let kept = |&&word: &&u32| keep.get(word as usize).is_some_and(|&share| keeps(share, &mut rng));
        tokens.iter().filter(kept).for_each(|&word| batches.add(word));
        tokens.clear();
    }
    report(&superbatches, parts);
    batches.report();
    Ok(())
}

/// Windows of a piece of a CBOW batch; the trainer cuts after so many tokens as have about these.
const PIECE: usize = 128;

/// Pieces of a batch.
const PIECES: usize = 8;

/// Batches of a superbatch, whose pieces alternate.
const BATCHES: usize = 64;

/// CBOW's batches: for each partition the rows, in a matrix of all, of the windows' centers that it has.
struct Batches {
    dealing: Partitioning,
    rows: Vec<u32>,
    batches: Vec<Vec<Vec<u32>>>,
    /// Windows of all.
    windows: usize,
}

impl Batches {
    fn new(dealing: Partitioning) -> Self {
        Self { rows: dealing.rows(), dealing, batches: Vec::new(), windows: 0 }
    }

    /// One more window, around `word`.
    fn add(&mut self, word: u32) {
        let piece = self.windows / PIECE;
        let batch = piece / (BATCHES * PIECES) * BATCHES + piece % BATCHES;
        if batch == self.batches.len() {
            self.batches.push(vec![Vec::new(); self.dealing.parts()]);
        }
        self.windows += 1;
        self.batches[batch][self.dealing.place(word).0].push(self.rows[word as usize]);
    }

    /// Prints for each number of threads how much the one predicts, in windows, and learns, in tokens, that has most.
    fn report(&self) {
        let windows = self.windows;
        println!("\nCBOW: {windows} windows, {} batches", self.batches.len());
        println!("\nlongest part of a phase over the mean:\n\n| threads | predict | learn |\n|---|---|---|");
        for threads in [1, 2, 4, 8, 16] {
            let mean = windows as f64 / threads as f64;
            let [predict, learn] = [most_windows, most_tokens]
                .map(|most| self.batches.iter().map(|batch| most(batch, threads)).sum::<usize>() as f64 / mean);
            println!("| {threads} | {predict:.2} | {learn:.2} |");
        }
    }
}

/// Windows of the job that has most of them.
fn most_windows(batch: &[Vec<u32>], threads: usize) -> usize {
    let windows: Vec<_> = batch.iter().map(Vec::len).collect();
    let mut loads = vec![0; threads];
    balance::deal(&windows, threads).iter().zip(windows).for_each(|(&job, windows)| loads[job] += windows);
    loads.into_iter().max().unwrap_or(0)
}

/// Tokens of the share that has most of them.
#[allow(clippy::cast_possible_truncation)]
fn most_tokens(batch: &[Vec<u32>], threads: usize) -> usize {
    let mut tokens = batch.concat();
    let ends = batch.iter().scan(0, |end, part| {
        *end += part.len() as u32;
        Some(*end)
    });
    let cuts = balance::cuts(&ends.collect::<Vec<_>>(), |token| tokens[token], threads);
    tokens.sort_unstable();
    let ends = cuts.iter().map(|cut| tokens.partition_point(|row| row < cut)).chain([tokens.len()]);
    let mut first = 0;
    ends.map(|end| end - std::mem::replace(&mut first, end)).max().unwrap_or(0)
}

/// Prints the balance of the rounds, and for each number of threads how long the last region takes.
fn report(superbatches: &[Vec<usize>], parts: usize) {
    let pairs: usize = superbatches.iter().flatten().sum();
    let work = |buckets: &[usize], input: usize, round: usize| buckets[input * parts + (input + round) % parts];
    let rounds = superbatches.iter().flat_map(|buckets| (0..parts).map(move |round| (buckets, round)));
    let longest: usize =
        rounds.map(|(buckets, round)| (0..parts).map(|input| work(buckets, input, round)).max().unwrap_or(0)).sum();
    println!("{} superbatches of {parts} x {parts} buckets, {pairs} pairs", superbatches.len());
    println!("longest bucket of a round, on average: {:.2} of the mean", (longest * parts) as f64 / pairs as f64);
    println!("\n| threads | last region over the mean | speed-up |\n|---|---|---|");
    for threads in [1, 2, 4, 8, 16, 32, 64] {
        let elapsed = |buckets| elapsed(parts, threads, |input, round| work(buckets, input, round));
        let time: usize = superbatches.iter().map(|buckets| elapsed(buckets)).sum();
        println!("| {threads} | {:.2} | {:.1} |", (time * threads) as f64 / pairs as f64, pairs as f64 / time as f64);
    }
}

/// When the last of the regions is done, if a bucket takes `work(input, round)`.
fn elapsed(parts: usize, threads: usize, work: impl Fn(usize, usize) -> usize) -> usize {
    let regions: Vec<_> = rounds::regions(parts, threads).collect();
    // For each region when it is free, and when each of the outputs came that pass it.
    let mut free = vec![0; regions.len()];
    let mut came: Vec<VecDeque<usize>> = regions.iter().map(|region| vec![0; region.len()].into()).collect();
    let mut numbers = vec![0; regions.len()];
    // Whoever can begin first is next: what it sends comes after all that it could still be sent.
    let next = |free: &[usize], came: &[VecDeque<usize>]| {
        let begin = |region: usize| Some((*came[region].front()?.max(&free[region]), region));
        (0..regions.len()).filter_map(begin).min()
    };
    while let Some((begin, region)) = next(&free, &came) {
        let arrived =
            came[region].iter().take(rounds::depth(regions[region].len())).take_while(|&&time| time <= begin).count();
        let before = (region + regions.len() - 1) % regions.len();
        free[region] = begin;
        let passing = numbers[region]..numbers[region] + arrived;
        for number in passing.clone() {
            let met = (0..regions[region].len()).filter_map(|row| Some((row, rounds::round(number, row, parts)?)));
            free[region] += met.map(|(row, round)| work(regions[region].start + row, round)).sum::<usize>();
        }
        came[region].drain(..arrived);
        let going = passing.clone().filter(|&number| rounds::goes_on(number, parts)).count();
        came[before].extend(std::iter::repeat_n(free[region], going));
        numbers[region] = passing.end;
    }
    free.into_iter().max().unwrap_or(0)
}
