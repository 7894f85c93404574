//! The rounds over all buckets, in an order that any number of threads may follow and that keeps partitions in a cache.
//!
//! In round `r` input partition `a` meets output partition `(a + r) mod P`. A bucket needs no more than its two
//! partitions: input `a` as round `r − 1` left it, and the output as bucket `(a + 1, r − 1)` left it. So a thread need not
//! finish a round before it begins the next. Each is given a region of consecutive partitions and goes down its inputs,
//! each through a few rounds at once, as far as its own outputs reach; what is left at the region's end meets the
//! outputs of the region after it, once that is done with them. An input is then fetched once for several buckets, and so is
//! an output. Each partition still sees its buckets in the order of the rounds: the result is the same as round by round.

use super::Outcome;
use rayon::prelude::*;
use w2v_core::matrix::Lanes;

/// Rounds that a region goes through at once: so many output partitions and an input should fit a core's cache.
const DEPTH: usize = 4;

/// How the rounds over partitions are shared out to threads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Regions {
    /// Where each region ends, and the next begins.
    pub ends: Vec<usize>,
    /// Rounds that a region goes through at once.
    pub depth: usize,
}

impl Regions {
    /// A region of `parts` partitions for each thread, as far as there are partitions.
    #[must_use]
    pub fn new(parts: usize, threads: usize) -> Self {
        let regions = threads.clamp(1, parts.max(1));
        // A region's last input goes through all rounds but the first with the next region's outputs.
        let depth = DEPTH.min(parts / regions).max(1);
        Self { ends: (1..=regions).map(|region| region * parts / regions).collect(), depth }
    }
}

/// The buckets that a region of `count` partitions trains with its own outputs, `depth` rounds at once, in their order:
/// (input partition counted from the region's first, rounds after the first).
pub fn within(count: usize, depth: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count).rev().flat_map(move |row| (0..depth.min(count - row)).map(move |later| (row, later)))
}

/// The others, which it trains with the outputs of the next region once all regions are done with their own.
pub fn beyond(count: usize, depth: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count)
        .rev()
        .take(depth.saturating_sub(1))
        .flat_map(move |row| (count - row..depth).map(move |later| (row, later)))
}

/// Where a bucket lies, and the rows that it trains.
pub(super) struct Bucket<'b> {
    pub(super) input_part: usize,
    pub(super) output_part: usize,
    pub(super) input: &'b mut [Lanes],
    pub(super) output: &'b mut [Lanes],
}

/// Consecutive partitions, and what their thread works with.
struct Region<'r, 'm, S> {
    first: usize,
    inputs: &'r mut [&'m mut [Lanes]],
    /// The losses of each input partition's buckets, one after the other.
    losses: &'r mut [f64],
    scratch: &'r mut S,
}

/// Trains every bucket by `train`, in regions of the current thread pool, and returns the sum of their losses.
///
/// There are as many `inputs` as `outputs`, of their partitions in order. `scratches` is given a scratch for each region.
pub(super) fn train<S: Default + Send>(
    mut inputs: Vec<&mut [Lanes]>,
    mut outputs: Vec<&mut [Lanes]>,
    scratches: &mut Vec<S>,
    train: impl Fn(Bucket<'_>, &mut S) -> Outcome<f64> + Sync,
) -> Outcome<f64> {
    let parts = inputs.len();
    let Regions { ends, depth } = Regions::new(parts, rayon::current_num_threads());
    let regions = ends.len();
    scratches.resize_with(scratches.len().max(regions), S::default);
    let mut loss = 0.0;
    for round in (0..parts).step_by(depth) {
        let depth = depth.min(parts - round);
        let mut losses = vec![0.0; parts * depth];
        let mut lent = Vec::with_capacity(regions);
        let mut facing = Vec::with_capacity(regions);
        {
            let (mut inputs, mut losses) = (inputs.as_mut_slice(), losses.as_mut_slice());
            let (mut outputs, mut scratches) = (outputs.as_mut_slice(), scratches.iter_mut());
            let mut first = 0;
            for &end in &ends {
                let count = end - first;
                let lend = (
                    inputs.split_off_mut(..count),
                    losses.split_off_mut(..count * depth),
                    outputs.split_off_mut(..count),
                    scratches.next(),
                );
                if let (Some(inputs), Some(losses), Some(outputs), Some(scratch)) = lend {
                    lent.push(Region { first, inputs, losses, scratch });
                    facing.push(outputs);
                }
                first = end;
            }
        }
        let run = |region: &mut Region<'_, '_, S>, outputs: &mut [&mut [Lanes]], row: usize, later: usize| {
            let count = region.inputs.len();
            let input_part = region.first + row;
            let bucket = Bucket {
                input_part,
                output_part: (input_part + round + later) % parts,
                input: &mut *region.inputs[row],
                output: &mut *outputs[(row + later) % count],
            };
            region.losses[row * depth + later] = train(bucket, region.scratch)?;
            Ok(())
        };
        lent.par_iter_mut().zip(&mut facing).try_for_each(|(region, outputs)| {
            within(region.inputs.len(), depth).try_for_each(|(row, later)| run(region, outputs, row, later))
        })?;
        facing.rotate_left(1);
        lent.par_iter_mut().zip(&mut facing).try_for_each(|(region, outputs)| {
            beyond(region.inputs.len(), depth).try_for_each(|(row, later)| run(region, outputs, row, later))
        })?;
        // In the order of the rounds, so that the sum is the same bits too.
        for later in 0..depth {
            loss += losses.iter().skip(later).step_by(depth).sum::<f64>();
        }
        outputs.rotate_left(depth);
    }
    Ok(loss)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trainer::start;

    #[test]
    fn every_partition_sees_its_buckets_in_the_order_of_the_rounds() {
        for parts in 1..20 {
            for threads in [1, 2, 3, 8] {
                let (mut inputs, mut outputs) = (vec![Lanes::ZERO; parts], vec![Lanes::ZERO; parts]);
                let met = |bucket: Bucket<'_>, scratch: &mut usize| {
                    *scratch += 1;
                    let round = ((bucket.output_part + parts - bucket.input_part) % parts) as f32;
                    // How many buckets each of the two partitions has seen, and which partition it is.
                    let (input, output) = (&mut bucket.input[0].0, &mut bucket.output[0].0);
                    assert_eq!((input[0], output[0]), (round, round), "{parts} partitions, {threads} threads");
                    (input[0], output[0]) = (round + 1.0, round + 1.0);
                    (input[1], output[1]) = (bucket.input_part as f32, bucket.output_part as f32);
                    Ok(f64::from(round))
                };
                let mut scratches = Vec::new();
                let lent = (inputs.chunks_mut(1).collect(), outputs.chunks_mut(1).collect());
                let pool = start::pool(threads).expect("a pool");
                let loss = pool.install(|| train(lent.0, lent.1, &mut scratches, met)).expect("no loss fails");
                assert_eq!(loss, (parts * parts * (parts - 1) / 2) as f64);
                assert_eq!(scratches.iter().sum::<usize>(), parts * parts);
                for (part, lanes) in inputs.iter().chain(&outputs).enumerate() {
                    assert_eq!((lanes.0[0], lanes.0[1]), (parts as f32, (part % parts) as f32));
                }
            }
        }
    }
}
