//! The rounds over all buckets, in an order that any number of threads may follow and that keeps
//! partitions in a cache.
//!
//! In round `r` input partition `a` meets output partition `(a + r) mod P`. A bucket needs no more
//! than its two partitions: input `a` as round `r − 1` left it, and the output as bucket `(a + 1, r
//! − 1)` left it. So no thread waits for the end of a round. Each thread keeps a region of
//! consecutive input partitions, and the output partitions rotate. An output partition passes a
//! region from the region's last input to its first, and is then sent to the region before. A
//! region lets a few output partitions pass at once, so that an input is fetched once for several
//! buckets. Each partition sees its buckets in the order of the rounds, so the result is the same
//! as round by round.

use crate::train::context::Outcome;
use crate::train::layout::regions;
use std::mem;
use std::sync::mpsc::{Receiver, Sender, channel};
use w2v_core::lanes::Lanes;

/// The most output partitions that pass a region at once. Inputs are then fetched once for all of
/// them. Values of 1 to 5 take about the same time.
const DEPTH: usize = 3;

/// Output partitions that pass a region of `count` inputs at once. They are fewer in a small
/// region, because the next region would wait for them.
#[must_use]
pub fn depth(count: usize) -> usize {
    DEPTH.min(count)
}

/// The number of times that an output partition passes a region of `count` inputs. The region's own
/// output partitions come first, and come again after all others, for the inputs that they did not
/// meet. Saturating: a region without partitions has none to pass.
const fn passing(count: usize, parts: usize) -> usize {
    (parts + count).saturating_sub(1)
}

/// The round in which the output with number `number` meets input `row` of a region, if it does.
#[must_use]
pub fn round(number: usize, row: usize, parts: usize) -> Option<usize> {
    number.checked_sub(row).filter(|&round| round < parts)
}

/// Whether that output then goes to the region before.
#[must_use]
pub const fn goes_on(number: usize, parts: usize) -> bool {
    number + 1 < parts
}

/// Where a bucket lies, and the rows that it trains.
pub(super) struct Bucket<'b> {
    pub(super) input_part: usize,
    pub(super) output_part: usize,
    pub(super) input: &'b mut [Lanes],
    pub(super) output: &'b mut [Lanes],
}

/// What a thread works with.
struct Region<'r, 'm, S> {
    /// Its first partition.
    first: usize,
    inputs: &'r mut [&'m mut [Lanes]],
    /// The losses of each input partition's buckets, one after the other.
    losses: &'r mut [f64],
    scratch: &'r mut S,
    coming: Receiver<&'m mut [Lanes]>,
    going: Sender<&'m mut [Lanes]>,
}

/// Trains every bucket by `train`, in regions of the current thread pool, and returns the sum of
/// their losses.
///
/// There are as many `inputs` as `outputs`, of their partitions in order. `scratches` is given a
/// scratch for each region.
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
        // Nobody has stopped receiving yet.
        outputs.by_ref().take(region.len()).for_each(|output| drop(own.send(output)));
    }
    // Each sends to the region before it.
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
    // In the order of the rounds, so that the sum is the same bits too.
    Ok((0..parts).map(|round| losses.iter().skip(round).step_by(parts).sum::<f64>()).sum())
}

impl<'m, S> Region<'_, 'm, S> {
    /// Trains its buckets; ends early where another region has failed.
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
                    // Refused if that region has failed, which it will say itself.
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
                    // How many buckets each of the two partitions has seen, and which partition it
                    // is.
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
