//! Tests of groups of predictions and of which partitions share negatives.

use super::*;
use crate::train::initial_state;

struct Items<const APART: bool>;

impl<const APART: bool> Predictions for Items<APART> {
    const APART: bool = APART;

    fn len(&self) -> usize {
        0
    }

    fn rows(&self, _: usize) -> (u32, u32) {
        (0, 0)
    }
}

/// For each of `len` numbers its group's number, and the groups' lengths.
fn groups_of<P: Predictions>(len: usize, shares: bool) -> (Vec<usize>, Vec<usize>) {
    let mut groups = Grouping::new(len, shares);
    let (mut group_of, mut lengths) = (vec![usize::MAX; len], Vec::new());
    loop {
        let Numbers { first, apart, len } = groups.next::<P>();
        if len == 0 {
            return (group_of, lengths);
        }
        for number in (first..).step_by(apart).take(len) {
            assert_eq!(std::mem::replace(&mut group_of[number], lengths.len()), usize::MAX);
        }
        lengths.push(len);
    }
}

#[test]
fn every_number_is_in_one_group_and_neighbours_are_in_different_whole_ones_where_that_is_wanted() {
    for len in 0..200 {
        let (apart, lengths) = groups_of::<Items<true>>(len, true);
        let whole = len / GROUP;
        assert!(whole == 1 || apart[..whole * GROUP].windows(2).all(|pair| pair[0] != pair[1]), "{len}: {apart:?}");
        let (together, same) = groups_of::<Items<false>>(len, true);
        assert!(together.is_sorted() && !together.contains(&usize::MAX), "{len}: {together:?}");
        assert_eq!(lengths, same);
        let rest = len % GROUP;
        let expected = [vec![GROUP; whole], vec![HALF; rest / HALF], vec![1; rest % HALF]].concat();
        assert_eq!(lengths, expected, "{len}");
    }
}

#[test]
fn without_sharing_each_is_predicted_by_itself() {
    let (_, lengths) = groups_of::<Items<true>>(20, false);
    assert_eq!(lengths, [1; 20]);
}

/// For each partition of words with these counts, all trained, whether it shares negatives drawn by
/// `exponent`.
fn shared(counts: &[u64], exponent: f64) -> Vec<bool> {
    let partitioning = Partitioning::choose(counts.len(), 100);
    let noise = initial_state::noise(&partitioning, counts, exponent).unwrap();
    sharing(&partitioning, &noise, counts, &vec![u32::MAX; counts.len()])
}

#[test]
fn few_words_do_not_share_negatives() {
    for words in [1, 2, 64, 127, 128, 256, 1024, 16 * FEWEST_SHARING - 1] {
        assert!(shared(&vec![9; words], 0.75).contains(&false), "{words} words");
    }
    for words in [16 * FEWEST_SHARING, 5000, 70_000] {
        assert!(!shared(&vec![9; words], 0.75).contains(&false), "{words} words");
    }
}

#[test]
fn a_partition_that_one_word_dominates_does_not_share_negatives() {
    let counts: Vec<u64> = iter::once(10_000_000).chain(iter::repeat_n(100, 4999)).collect();
    let partitioning = Partitioning::choose(counts.len(), 100);
    let (dominated, _) = partitioning.place(0);
    let expected: Vec<bool> = (0..partitioning.parts()).map(|part| part != dominated).collect();
    assert_eq!(shared(&counts, 0.75), expected);
    // All words are the same to this noise.
    assert!(!shared(&counts, 0.0).contains(&false));
}

#[test]
fn counts_as_zipfs_law_has_them_share_negatives_unless_the_exponent_makes_few_words_the_noise() {
    for words in [5000, 20_000, 70_000] {
        let counts: Vec<u64> = (1..=words).map(|rank| 20_000_000 / (rank + 3)).collect();
        assert!(!shared(&counts, 0.75).contains(&false), "{words} words");
        assert!(shared(&counts, 2.0).contains(&false), "{words} words");
    }
}

#[test]
fn lost_noise_is_that_of_the_other_targets() {
    // Each of 128 words is away from seven targets with probability (127/128)⁷.
    let counts = [5; 128];
    let mut slots = [Slot::ZERO; 128];
    initial_state::distribution(counts.iter().copied(), 0.75, &mut slots).unwrap();
    let found = lost(&slots, counts.iter().map(|&count| count as f64));
    assert!((found - (1.0 - (127.0_f64 / 128.0).powi(7))).abs() < 1e-6, "{found}");
    // A word that is all of the noise and half of the targets.
    let mut slots = [Slot::ZERO; 2];
    Unigram::from_weights([1.0, 0.0].into_iter(), &mut slots).unwrap();
    assert_eq!(lost(&slots, [3.0, 3.0].into_iter()), 1.0 - 0.5_f64.powi(7));
}
