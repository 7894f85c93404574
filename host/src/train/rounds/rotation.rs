//! Trains all buckets round by round, on any number of threads, in an order that keeps partitions
//! in a cache.
//!
//! In round `r` input partition `a` is trained with output partition `(a + r) mod P`. A bucket
//! needs only its two partitions: input partition `a` after round `r − 1`, and the output partition
//! after input partition `a + 1` has used it in round `r − 1`. So no thread waits for the end of a
//! round.
//!
//! Each thread keeps a region of consecutive input partitions, and the output partitions rotate
//! among the threads. An output partition is trained with the inputs of a region, from the last to
//! the first. The partition is then sent to the region before. A region takes a few output
//! partitions at once, so that an input partition is fetched into the cache once for several
//! buckets. Each partition meets its buckets in the order of the rounds, so the result is the same
//! as round by round.

use crate::train::context::Outcome;
use crate::train::layout::regions;
use std::mem;
use std::sync::mpsc::{Receiver, Sender, channel};
use w2v_core::lanes::Lanes;

/// The most output partitions that a region takes at once. Values of 1 to 5 take about the same
/// time.
const DEPTH: usize = 3;

/// The number of output partitions that a region of `count` inputs takes at once. A small region
/// takes fewer, because the next region would have to wait for them.
#[must_use]
pub fn depth(count: usize) -> usize {
    DEPTH.min(count)
}

/// The number of visits of output partitions to a region of `count` inputs, if there are `parts`
/// output partitions. The `count` partitions that start in the region visit it first, and all but
/// one visit it again at the end, for the inputs that they have not met. Saturating: without
/// partitions there are no visits.
const fn passing(count: usize, parts: usize) -> usize {
    (parts + count).saturating_sub(1)
}

/// The round in which visit number `number` of a region trains input `row` of the region; `None` if
/// this visit does not meet this input.
#[must_use]
pub fn round(number: usize, row: usize, parts: usize) -> Option<usize> {
    number.checked_sub(row).filter(|&round| round < parts)
}

/// Whether the output partition of visit number `number` is then sent to the region before.
#[must_use]
pub const fn goes_on(number: usize, parts: usize) -> bool {
    number + 1 < parts
}

/// A bucket: the numbers of its two partitions, and their rows.
pub(super) struct Bucket<'b> {
    pub(super) input_part: usize,
    pub(super) output_part: usize,
    pub(super) input: &'b mut [Lanes],
    pub(super) output: &'b mut [Lanes],
}

/// The input partitions of one thread, with its losses, its scratch and its channels.
struct Region<'r, 'm, S> {
    /// The number of its first input partition.
    first: usize,
    inputs: &'r mut [&'m mut [Lanes]],
    /// For each input partition of the region the losses of its buckets, one for each round.
    losses: &'r mut [f64],
    scratch: &'r mut S,
    coming: Receiver<&'m mut [Lanes]>,
    going: Sender<&'m mut [Lanes]>,
}

/// Calls `train` for every bucket, on the threads of the current pool, one region for each thread.
/// Returns the sum of the losses.
///
/// `inputs` and `outputs` are the rows of the input and output partitions, of equal number, in
/// order. `scratches` gets a scratch for each region, if it has fewer.
pub(super) fn train<'m, S: Default + Send>(
    mut inputs: Vec<&'m mut [Lanes]>,
    outputs: Vec<&'m mut [Lanes]>,
    scratches: &mut Vec<S>,
    train: impl Fn(Bucket<'_>, &mut S) -> Outcome<f64> + Sync,
) -> Outcome<f64> {
    let parts = inputs.len();
    let regions = regions(parts, rayon::current_num_threads());
    scratches.resize_with(scratches.len().max(regions.len()), S::default);
    let mut losses = vec![0.0; parts * parts];
    let mut done: Vec<Outcome<()>> = regions.clone().map(|_| Ok(())).collect();

    let (mut going, mut coming): (Vec<_>, Vec<_>) = regions.clone().map(|_| channel()).unzip();
    let mut outputs = outputs.into_iter();
    for (region, own) in regions.clone().zip(&going) {
        // Sending cannot fail: all receivers still exist.
        outputs.by_ref().take(region.len()).for_each(|output| drop(own.send(output)));
    }
    // Each region sends to the region before it.
    going.rotate_right(1);
    let (mut inputs_left, mut losses_left) = (inputs.as_mut_slice(), losses.as_mut_slice());
    rayon::scope(|scope| {
        let ends = going.drain(..).zip(coming.drain(..)).zip(scratches).zip(&mut done);
        for (region, (((going, coming), scratch), done)) in regions.zip(ends) {
            let (inputs, losses);
            (inputs, inputs_left) = mem::take(&mut inputs_left).split_at_mut(region.len());
            (losses, losses_left) = mem::take(&mut losses_left).split_at_mut(region.len() * parts);
            let region = Region { first: region.start, inputs, losses, scratch, coming, going };
            let train = &train;
            scope.spawn(move |_| *done = region.run(train));
        }
    });
    done.into_iter().collect::<Outcome<()>>()?;
    // Losses are added in a fixed order, round by round, so the sum has the same bits for any
    // number of threads.
    Ok((0..parts).map(|round| losses.iter().skip(round).step_by(parts).sum::<f64>()).sum())
}

impl<'m, S> Region<'_, 'm, S> {
    /// Trains the buckets of the region. Ends early, without an error, if another region has
    /// failed.
    fn run(self, train: impl Fn(Bucket<'_>, &mut S) -> Outcome<f64>) -> Outcome<()> {
        let Self { first, inputs, losses, scratch, coming, going } = self;
        let (count, parts) = (inputs.len(), losses.len() / inputs.len().max(1));
        let passing = passing(count, parts);
        let mut outputs = Vec::with_capacity(DEPTH);
        let mut number = 0;
        while number < passing {
            let Ok(output) = coming.recv() else { return Ok(()) };
            outputs.push(output);
            outputs.extend(coming.try_iter().take(depth(count).min(passing - number) - 1));
            for (row, input) in inputs.iter_mut().enumerate().rev() {
                for (number, output) in (number..).zip(&mut outputs) {
                    let Some(round) = round(number, row, parts) else { continue };
                    let (input_part, output_part) = (first + row, (first + number) % parts);
                    let bucket = Bucket { input_part, output_part, input, output };
                    losses[row * parts + round] = train(bucket, scratch)?;
                }
            }
            for output in outputs.drain(..) {
                if goes_on(number, parts) {
                    // Sending fails only if the other region has failed; that region returns its
                    // own error.
                    let _ = going.send(output);
                }
                number += 1;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::threads;
    use w2v_core::error::Error;

    #[test]
    fn every_partition_sees_its_buckets_in_the_order_of_the_rounds() {
        for parts in 1..20 {
            for threads in [1, 2, 3, 8] {
                let (mut inputs, mut outputs) = (vec![Lanes::ZERO; parts], vec![Lanes::ZERO; parts]);
                let met = |bucket: Bucket<'_>, scratch: &mut usize| {
                    *scratch += 1;
                    let round = ((bucket.output_part + parts - bucket.input_part) % parts) as f32;
                    // Lane 0 counts the buckets that the partition has seen; lane 1 is the
                    // partition's number.
                    let (input, output) = (&mut bucket.input[0].0, &mut bucket.output[0].0);
                    assert_eq!((input[0], output[0]), (round, round), "{parts} partitions, {threads} threads");
                    (input[0], output[0]) = (round + 1.0, round + 1.0);
                    (input[1], output[1]) = (bucket.input_part as f32, bucket.output_part as f32);
                    Ok(f64::from(round))
                };
                let mut scratches = Vec::new();
                let lent = (inputs.chunks_mut(1).collect(), outputs.chunks_mut(1).collect());
                let pool = threads::pool(threads).expect("a pool");
                let loss = pool.install(|| train(lent.0, lent.1, &mut scratches, met)).expect("no loss fails");
                assert_eq!(loss, (parts * parts * (parts - 1) / 2) as f64);
                assert_eq!(scratches.iter().sum::<usize>(), parts * parts);
                for (part, lanes) in inputs.iter().chain(&outputs).enumerate() {
                    assert_eq!((lanes.0[0], lanes.0[1]), (parts as f32, (part % parts) as f32));
                }
            }
        }
    }

    #[test]
    fn a_failure_ends_the_others_too() {
        let mut rows = vec![Lanes::ZERO; 16];
        let (inputs, outputs) = rows.split_at_mut(8);
        let fail = |bucket: Bucket<'_>, (): &mut ()| match (bucket.input_part, bucket.output_part) {
            (2, 4) => Err(Error::Empty),
            _ => Ok(0.0),
        };
        let lent = (inputs.chunks_mut(1).collect(), outputs.chunks_mut(1).collect());
        let pool = threads::pool(3).expect("a pool");
        let outcome = pool.install(|| train(lent.0, lent.1, &mut Vec::new(), fail));
        assert_eq!(outcome, Err(Error::Empty));
    }
}
