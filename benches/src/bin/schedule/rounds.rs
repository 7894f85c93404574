//! Skip-gram's rounds over buckets; with the tree also the averagings of the upper nodes, between
//! which each input partition is a job.

use crate::batches::longest;
use std::collections::VecDeque;
use w2v::internals::pairs::{Chunk, Pair, Placement};
use w2v::internals::{Partitioning, TreeSplit, regions, rotation};

/// For each bucket its pairs.
pub(super) fn pairs(partitioning: &Partitioning, chunks: &[Chunk]) -> Vec<usize> {
    let pairs = |bucket| chunks.iter().map(|chunk| chunk.bucket(bucket).len()).sum();
    (0..partitioning.parts().pow(2)).map(pairs).collect()
}

/// For each input partition the upper nodes that its pairs pass.
pub(super) fn upper_nodes(split: &TreeSplit, chunks: &[Chunk]) -> Vec<usize> {
    let of_block = |input: usize, (block, subtrees): (usize, &[u32])| -> usize {
        pairs_of(split, chunks, input, block)
            .map(|pair| split.upper_paths().get(subtrees[usize::from(pair.target)]).0.len())
            .sum()
    };
    let of_input = |input| split.subtrees_by_block().enumerate().map(|block| of_block(input, block)).sum();
    (0..split.parts().len()).map(of_input).collect()
}

/// For each input and output partition the nodes of its subtrees that the pairs pass.
pub(super) fn nodes_below(split: &TreeSplit, chunks: &[Chunk]) -> Vec<usize> {
    let parts = split.parts();
    let of_parts = |input: usize, part: usize| {
        let of_block = |(block, first): (usize, u32)| -> usize {
            pairs_of(split, chunks, input, block)
                .map(|pair| parts[part].paths.get(first + u32::from(pair.target)).0.len())
                .sum()
        };
        split.target_blocks_of(part).map(of_block).sum()
    };
    (0..parts.len().pow(2)).map(|bucket| of_parts(bucket / parts.len(), bucket % parts.len())).collect()
}

/// The pairs of a bucket.
fn pairs_of<'c>(split: &TreeSplit, chunks: &'c [Chunk], input: usize, block: usize) -> impl Iterator<Item = &'c Pair> {
    let bucket = input * split.target_blocks() + block;
    chunks.iter().flat_map(move |chunk| chunk.bucket(bucket))
}

/// Prints the balance of the rounds, and for each number of threads how long the last region takes;
/// `uppers` are the jobs between the averagings before them, if there are any, and of each the
/// longest counts.
pub(super) fn report(uppers: &[Vec<usize>], superbatches: &[Vec<usize>], parts: usize) {
    let [above, below] = [uppers, superbatches].map(|all| all.iter().flatten().sum::<usize>());
    let work = |buckets: &[usize], input: usize, round: usize| buckets[input * parts + (input + round) % parts];
    let rounds = superbatches.iter().flat_map(|buckets| (0..parts).map(move |round| (buckets, round)));
    let longest_buckets: usize =
        rounds.map(|(buckets, round)| (0..parts).map(|input| work(buckets, input, round)).max().unwrap_or(0)).sum();
    println!("{} superbatches of {parts} x {parts} buckets, {below} units of work", superbatches.len());
    println!(
        "longest bucket of a round, on average: {:.2} of the mean",
        (longest_buckets * parts) as f64 / below as f64
    );
    println!("{} averagings, {above} units of work before them", uppers.len());
    println!("\n| threads | longest job before an averaging | last region | speed-up |\n|---|---|---|---|");
    for threads in [1, 2, 4, 8, 16, 32, 64] {
        let elapsed = |buckets| elapsed(parts, threads, |input, round| work(buckets, input, round));
        let upper: usize = uppers.iter().map(|jobs| longest(jobs, threads)).sum();
        let rounds: usize = superbatches.iter().map(|buckets| elapsed(buckets)).sum();
        let over = |time: usize, all: usize| (time * threads) as f64 / all as f64;
        let job = if above > 0 { format!("{:.2}", over(upper, above)) } else { "none".into() };
        let speed_up = (above + below) as f64 / (upper + rounds) as f64;
        println!("| {threads} | {job} | {:.2} | {speed_up:.1} |", over(rounds, below));
    }
}

/// When the last of the regions is done, if a bucket takes `work(input, round)`.
fn elapsed(parts: usize, threads: usize, work: impl Fn(usize, usize) -> usize) -> usize {
    let regions: Vec<_> = regions(parts, threads).collect();
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
            came[region].iter().take(rotation::depth(regions[region].len())).take_while(|&&time| time <= begin).count();
        let before = (region + regions.len() - 1) % regions.len();
        free[region] = begin;
        let passing = numbers[region]..numbers[region] + arrived;
        for number in passing.clone() {
            let met = (0..regions[region].len()).filter_map(|row| Some((row, rotation::round(number, row, parts)?)));
            free[region] += met.map(|(row, round)| work(regions[region].start + row, round)).sum::<usize>();
        }
        came[region].drain(..arrived);
        let going = passing.clone().filter(|&number| rotation::goes_on(number, parts)).count();
        came[before].extend(std::iter::repeat_n(free[region], going));
        numbers[region] = passing.end;
    }
    free.into_iter().max().unwrap_or(0)
}
