//! A batch of CBOW dealt out evenly: which job predicts the windows of each partition, and where the rows that learn are cut.
//!
//! How many windows a partition has is up to the text. What is dealt here decides who does something, never what is done.

use super::rounds::regions;
use crate::partition::span;
use std::iter;

/// A job gives partitions away while it has more than 11/10 of the mean, and not for less: a partition's rows are in the cache
/// of the core that had them last.
const MOST: (usize, usize) = (11, 10);

/// For each partition, with so many `windows`, its job: one for each of `threads`, as far as there are partitions.
///
/// At first each job has a region of consecutive partitions. Then the one with most windows gives a partition to the one with
/// fewest, perhaps for another of its own, whatever evens the two best, until it has not too many, or those two cannot be made
/// more even.
#[must_use]
pub fn deal(windows: &[usize], threads: usize) -> Vec<usize> {
    let mut jobs = vec![0; windows.len()];
    let mut loads: Vec<usize> = Vec::new();
    for (job, region) in regions(windows.len(), threads).enumerate() {
        loads.push(windows[region.clone()].iter().sum());
        jobs[region].fill(job);
    }
    let all: usize = loads.iter().sum();
    let by_load = |loads: &[usize]| {
        let most = (0..loads.len()).max_by_key(|&job| loads[job])?;
        let least = (0..loads.len()).min_by_key(|&job| loads[job])?;
        (loads[most] * loads.len() * MOST.1 > all * MOST.0).then_some((most, least))
    };
    while let Some((most, least)) = by_load(&loads) {
        let gap = loads[most] - loads[least];
        let Some((given, taken, moved)) = exchange(windows, &jobs, [most, least], gap) else { break };
        loads[most] -= moved;
        loads[least] += moved;
        jobs[given] = least;
        if let Some(part) = taken {
            jobs[part] = most;
        }
    }
    jobs
}

/// The partition that the first of two jobs gives to the second, the one that it takes for it, and how many windows more go
/// than come, where that makes them differ least; none if they would differ by `gap` or more.
fn exchange(windows: &[usize], jobs: &[usize], two: [usize; 2], gap: usize) -> Option<(usize, Option<usize>, usize)> {
    let [own, others] = two.map(|job| (0..jobs.len()).filter(move |&part| jobs[part] == job));
    let moved =
        |given: usize, taken: Option<usize>| windows[given].saturating_sub(taken.map_or(0, |part| windows[part]));
    let taken = iter::once(None).chain(others.map(Some));
    let all = own.flat_map(|given| taken.clone().map(move |taken| (given, taken, moved(given, taken))));
    all.filter(|&(.., moved)| 0 < moved && moved < gap).min_by_key(|&(.., moved)| gap.abs_diff(2 * moved))
}

/// Where the rows of all partitions are cut into so many `shares` that about as many tokens are words of each: the first row
/// of each share but the first. Fewer where several shares would begin with the same row: each has a token.
///
/// `row(n)` is the row of token `n`, if they are sorted by partition; in each those end at `ends`, which ascend.
#[must_use]
pub fn cuts(ends: &[u32], row: impl Fn(usize) -> u32, shares: usize) -> Vec<u32> {
    let tokens = ends.last().map_or(0, |&end| end as usize);
    let cut = |share| {
        // The token that is the share's first, if all are sorted by rows.
        let first = share * tokens / shares;
        let part = ends.partition_point(|&end| end as usize <= first);
        let near = span(ends, part);
        let mut rows: Vec<u32> = near.clone().map(&row).collect();
        (first < near.end).then(|| *rows.select_nth_unstable(first - near.start).1)
    };
    let mut cuts: Vec<u32> = (0..shares).filter_map(cut).collect();
    cuts.dedup();
    cuts.into_iter().skip(1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::Rng;
    use w2v_core::rng::{SplitMix64, below};

    fn loads(windows: &[usize], jobs: &[usize]) -> Vec<usize> {
        let mut loads = vec![0; jobs.iter().map(|job| job + 1).max().unwrap_or(0)];
        jobs.iter().zip(windows).for_each(|(&job, windows)| loads[job] += windows);
        loads
    }

    #[test]
    fn even_batches_stay_in_their_regions() {
        assert_eq!(deal(&[], 2), []);
        assert_eq!(deal(&[0, 0, 0], 2), [0, 1, 1]);
        assert_eq!(deal(&[32; 16], 1), [0; 16]);
        assert_eq!(deal(&[10, 12, 11, 11], 2), [0, 0, 1, 1]);
        // 22 windows are just 11/10 of the mean.
        assert_eq!(deal(&[12, 10, 9, 9], 2), [0, 0, 1, 1]);
        assert_eq!(deal(&[5, 7], 8), [0, 1]);
    }

    #[test]
    fn who_has_too_many_gives_or_exchanges() {
        assert_eq!(deal(&[10, 8, 6, 4], 2), [1, 0, 0, 1]);
        assert_eq!(deal(&[9, 9, 9, 9, 0, 0], 2), [1, 0, 0, 1, 1, 1]);
        // Nothing evens one that has more than a mean by itself.
        assert_eq!(deal(&[20, 1, 1, 1], 2), [0, 1, 1, 1]);
    }

    #[test]
    fn random_batches_become_even() {
        let mut random = SplitMix64::new(3);
        for (threads, most) in [(2, 11), (4, 11), (8, 13), (16, 16)] {
            for _ in 0..200 {
                let mut windows = [0; 16];
                (0..1024).for_each(|_| windows[below(random.next_u32(), 16) as usize] += 1);
                let loads = loads(&windows, &deal(&windows, threads));
                assert_eq!(loads.len(), threads);
                let longest = loads.iter().max().unwrap_or(&0);
                assert!(longest * threads * 10 <= 1024 * most, "{threads} threads: {loads:?}");
            }
        }
    }

    #[test]
    fn shares_have_as_many_tokens() {
        let rows = [3, 0, 9, 8, 7, 5, 11, 12, 14, 10];
        let ends = [2, 6, 6, 10];
        let row = |token: usize| rows[token];
        assert_eq!(cuts(&ends, row, 1), []);
        assert_eq!(cuts(&ends, row, 2), [9]);
        assert_eq!(cuts(&ends, row, 5), [5, 8, 10, 12]);
        // A row cannot be cut.
        assert_eq!(cuts(&[0, 4], |_| 6, 3), []);
        assert_eq!(cuts(&[4], |_| 0, 3), []);
        assert_eq!(cuts(&[0, 0], row, 3), []);
        assert_eq!(cuts(&[], row, 3), []);
    }
}
