//! Assigns the work of a batch: decides which job predicts the windows of each partition, and which
//! share of the text learns each row.
//!
//! The text decides how many windows a partition has. An assignment only decides which thread does
//! the work. It never changes the result.

use crate::train::layout::regions;
use std::iter;
use w2v_core::matrix::disjoint::RowOwner;

/// A job gives partitions away only while its load is more than 11/10 of the mean load. Otherwise
/// it keeps its partitions, because their rows are in the cache of the core that used them last.
const MOST: (usize, usize) = (11, 10);

/// For each partition the number of its job. There are min(`threads`, partitions) jobs. Partition
/// `p` has `windows[p]` windows, and the load of a job is the sum of its windows.
///
/// At first each job has a region of consecutive partitions. Then, repeatedly, the job with the
/// largest load gives a partition to the job with the smallest load, perhaps in exchange for a
/// smaller one. The choice is the one that makes the two loads most equal. This ends when the
/// largest load is small enough, or when no exchange makes the two loads more equal.
#[must_use]
pub fn jobs(windows: &[usize], threads: usize) -> Vec<usize> {
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

/// The best exchange between the two jobs `two`, whose loads differ by `gap`: the partition that
/// the first job gives, the partition that it takes in return, if any, and the number of windows
/// that the first job has less after the exchange. `None` if no exchange makes the difference
/// smaller.
fn exchange(windows: &[usize], jobs: &[usize], two: [usize; 2], gap: usize) -> Option<(usize, Option<usize>, usize)> {
    let [own, others] = two.map(|job| (0..jobs.len()).filter(move |&part| jobs[part] == job));
    // Saturating: an exchange that moves windows in the wrong direction counts as 0 and is skipped.
    let moved =
        |given: usize, taken: Option<usize>| windows[given].saturating_sub(taken.map_or(0, |part| windows[part]));
    let taken = iter::once(None).chain(others.map(Some));
    let all = own.flat_map(|given| taken.clone().map(move |taken| (given, taken, moved(given, taken))));
    all.filter(|&(.., moved)| 0 < moved && moved < gap).min_by_key(|&(.., moved)| gap.abs_diff(2 * moved))
}

/// The number of classes of rows for each token of a batch. With 16 classes a token and two shares,
/// a hash collision moves about one token in a hundred to another share.
const CLASSES: usize = 16;

/// Fills `owners` with the number of the share that learns each class of rows;
/// [`RowOwner::owner_index`] has the class of a row. `rows` are the rows of a batch's tokens, in
/// the order of the text. Each `per_share` consecutive tokens are a share; there may be at most 254
/// shares.
///
/// A class goes to a share that has a token of the class. If several shares have one, the class
/// goes to the share whose last token of the class is farthest from the share's first token. Any
/// rule would do; with this rule all shares learn about the same number of tokens. A class without
/// tokens may have any owner.
pub fn owners(rows: &[u32], per_share: usize, owners: &mut Vec<u8>) {
    let classes = if rows.len() > per_share { rows.len() * CLASSES } else { 1 };
    owners.clear();
    owners.resize(classes, 0);
    for first in 0..per_share.min(rows.len()) {
        for (owner, &row) in (0..).zip(rows[first..].iter().step_by(per_share)) {
            owners[RowOwner::owner_index(row, classes)] = owner;
        }
    }
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
        assert!(jobs(&[], 2).is_empty());
        assert_eq!(jobs(&[0, 0, 0], 2), [0, 1, 1]);
        assert_eq!(jobs(&[32; 16], 1), [0; 16]);
        assert_eq!(jobs(&[10, 12, 11, 11], 2), [0, 0, 1, 1]);
        // 22 windows are exactly 11/10 of the mean.
        assert_eq!(jobs(&[12, 10, 9, 9], 2), [0, 0, 1, 1]);
        assert_eq!(jobs(&[5, 7], 8), [0, 1]);
    }

    #[test]
    fn who_has_too_many_gives_or_exchanges() {
        assert_eq!(jobs(&[10, 8, 6, 4], 2), [1, 0, 0, 1]);
        assert_eq!(jobs(&[9, 9, 9, 9, 0, 0], 2), [1, 0, 0, 1, 1, 1]);
        // A partition with more windows than the mean load cannot be divided.
        assert_eq!(jobs(&[20, 1, 1, 1], 2), [0, 1, 1, 1]);
    }

    #[test]
    fn random_batches_become_even() {
        let mut random = SplitMix64::new(3);
        for (threads, most) in [(2, 11), (4, 11), (8, 13), (16, 16)] {
            for _ in 0..200 {
                let mut windows = [0; 16];
                (0..1024).for_each(|_| windows[below(random.next_u32(), 16) as usize] += 1);
                let loads = loads(&windows, &jobs(&windows, threads));
                assert_eq!(loads.len(), threads);
                let longest = loads.iter().max().unwrap_or(&0);
                assert!(longest * threads * 10 <= 1024 * most, "{threads} threads: {loads:?}");
            }
        }
    }

    #[test]
    fn rows_go_to_a_share_that_has_them_and_each_learns_as_many() {
        let mut random = SplitMix64::new(4);
        let mut of_class = Vec::new();
        for (tokens, threads, most) in [
            (1024_usize, 1, 1.0),
            (1024, 2, 1.1),
            (1000, 4, 1.2),
            (1000, 8, 1.3),
            (1000, 16, 1.6),
            (17, 16, 3.0),
            (2, 16, 1.0),
            (0, 2, 0.0),
        ] {
            // Half of all tokens are tokens of 100 words.
            let mut word =
                || below(random.next_u32(), 2) * below(random.next_u32(), 100_000) + below(random.next_u32(), 100);
            let rows: Vec<u32> = (0..tokens).map(|_| word()).collect();
            let per_share = tokens.div_ceil(threads).max(1);
            owners(&rows, per_share, &mut of_class);
            let class = |row| RowOwner::owner_index(row, of_class.len());
            let mut learnt = vec![0; tokens.div_ceil(per_share)];
            for &row in &rows {
                let owner = usize::from(of_class[class(row)]);
                learnt[owner] += 1;
                let tokens = rows.chunks(per_share).nth(owner).unwrap();
                assert!(tokens.iter().any(|&other| class(other) == class(row)));
            }
            let longest = learnt.iter().max().copied().unwrap_or(0);
            assert!(f64::from(longest) <= most * per_share as f64, "{tokens} tokens, {threads} threads: {learnt:?}");
        }
    }
}
