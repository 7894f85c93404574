//! Deals words into partitions. The rows of a partition lie together in memory. A partition is the
//! unit that is given to one thread at a time.
//!
//! Words are numbered by falling count. The most frequent words are dealt greedily: each goes to
//! the partition with the least expected work. The expected work of a word is 1/√rank, which is
//! about its frequency after subsampling, if the text follows Zipf's law. The other words are dealt
//! in snake order. So all partitions have about the same share of the text and of the noise, and
//! the same number of words, ±1. The layout depends only on the settings and the number of words,
//! never on the threads.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;
use w2v_core::lanes::{LANES, blocks};

/// A layout: for each word its partition and its row in the partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partitioning {
    /// For each word its partition and its row in the partition.
    places: Vec<(u16, u16)>,
    /// The words of each partition in the order of its rows, partition after partition.
    words: Vec<u32>,
    /// Where in `words` each partition ends.
    ends: Vec<u32>,
}

/// The most bytes of a partition's rows. With partitions of half this size training takes 4 % more
/// time where L2 has 1 MiB, and the same time where L2 has 2 MiB: two partitions then fit, but a
/// bucket has fewer pairs for each row that it fetches.
const PARTITION_BYTES: usize = 1 << 20;

/// The fewest words of a partition. The negatives of a partition are drawn from its own words, so
/// there must be enough of them.
const FEWEST_WORDS: usize = 64;

/// With enough words, the number of partitions is a multiple of this number, so that 2, 4, 8 and 16
/// threads have equal shares.
const MULTIPLE: usize = 16;

/// The most partitions. With more of them, the buckets (partitions²) would outnumber the pairs of a
/// superbatch.
const MOST_PARTS: usize = 256;

/// Words of each partition that are dealt greedily.
const GREEDY: usize = 32;

/// The most words of a partition: a row's number has 16 bits.
const MOST_WORDS: usize = 1 << 16;

/// The number of partitions for `words` words with rows of `dim` numbers.
fn parts(words: usize, dim: usize, partition_bytes: usize) -> usize {
    // Saturating: for sizes beyond `usize` the number of partitions is the largest one.
    let row_bytes = blocks(dim).saturating_mul(LANES * size_of::<f32>());
    let cached = words.saturating_mul(row_bytes).div_ceil(partition_bytes.max(1));
    let parts = cached.clamp(1, MOST_PARTS).next_multiple_of(MULTIPLE).min(words / FEWEST_WORDS);
    parts.max(words.div_ceil(MOST_WORDS)).max(1)
}

/// The range of group `number`, if groups lie one after the other and `ends` has the end of each.
pub(crate) fn span(ends: &[u32], number: usize) -> Range<usize> {
    let start = if number == 0 { 0 } else { ends[number - 1] };
    start as usize..ends[number] as usize
}

/// The ends of groups of the lengths `numbers`, if the groups lie one after the other.
pub(crate) fn ends(numbers: impl Iterator<Item = usize>) -> Vec<u32> {
    let mut end = 0;
    let ends = numbers.map(|number| {
        let number = number as u32;
        end += number;
        end
    });
    ends.collect()
}

/// Replaces each count by the sum of the counts before it, and returns the sum of all. A counting
/// sort writes the elements of a group from this position on.
pub(crate) fn starts(counts: &mut [u32]) -> u32 {
    let mut end = 0;
    for count in counts {
        end += std::mem::replace(count, end);
    }
    end
}

/// Splits `parts` partitions into min(`threads`, `parts`) regions of consecutive partitions, as
/// evenly as possible.
pub fn regions(parts: usize, threads: usize) -> impl ExactSizeIterator<Item = Range<usize>> + Clone {
    let regions = threads.clamp(1, parts.max(1));
    (0..regions).map(move |region| region * parts / regions..(region + 1) * parts / regions)
}

/// Splits `all` into consecutive slices of the given lengths.
///
/// # Panics
/// If the lengths exceed the length of `all`.
pub(crate) fn split_by_lengths<T>(mut all: &mut [T], lengths: impl Iterator<Item = usize>) -> Vec<&mut [T]> {
    let mut next = |len| {
        let (slice, rest) = std::mem::take(&mut all).split_at_mut(len);
        all = rest;
        slice
    };
    lengths.map(&mut next).collect()
}

impl Partitioning {
    /// A layout of `words` words with rows of `dim` numbers, in partitions that fit a core's cache.
    #[must_use]
    pub fn choose(words: usize, dim: usize) -> Self {
        Self::of_bytes(words, dim, PARTITION_BYTES)
    }

    /// A layout of `words` words with rows of `dim` numbers, in partitions of at most
    /// `partition_bytes` bytes. Partitions are larger if there would otherwise be more than 256
    /// partitions, or fewer than 64 words in each.
    #[must_use]
    pub fn of_bytes(words: usize, dim: usize, partition_bytes: usize) -> Self {
        Self::deal(words, parts(words, dim, partition_bytes))
    }

    fn deal(words: usize, parts: usize) -> Self {
        let full = GREEDY.min(words / parts);
        let mut dealt: Vec<Vec<u32>> = vec![Vec::new(); parts];
        let mut lightest: BinaryHeap<_> = (0..parts).map(|part| Reverse((0, part))).collect();
        for word in 0..full * parts {
            // A partition that has its greedily dealt words is not put back.
            if let Some(Reverse((load, part))) = lightest.pop() {
                dealt[part].push(word as u32);
                if dealt[part].len() < full {
                    let share = f64::from(1 << 30) / ((word + 1) as f64).sqrt();
                    lightest.push(Reverse((load + share as u64, part)));
                }
            }
        }
        for word in full * parts..words {
            let (row, turn) = (word / parts, word % parts);
            dealt[if row.is_multiple_of(2) { turn } else { parts - 1 - turn }].push(word as u32);
        }

        let mut places = vec![(0, 0); words];
        for (part, words) in dealt.iter().enumerate() {
            for (row, &word) in words.iter().enumerate() {
                places[word as usize] = (part as u16, row as u16);
            }
        }
        Self { places, ends: ends(dealt.iter().map(Vec::len)), words: dealt.concat() }
    }

    /// The number of partitions.
    #[must_use]
    pub const fn parts(&self) -> usize {
        self.ends.len()
    }

    /// The partition of `word` and the word's row in the partition.
    ///
    /// # Panics
    /// If there is no such word.
    #[inline(always)]
    #[must_use]
    pub fn place(&self, word: u32) -> (usize, usize) {
        let (part, row) = self.places[word as usize];
        (part.into(), row.into())
    }

    /// The words of partition `part`, in the order of its rows.
    ///
    /// # Panics
    /// If there is no such partition.
    pub fn words(&self, part: usize) -> impl ExactSizeIterator<Item = u32> + Clone {
        self.words[span(&self.ends, part)].iter().copied()
    }

    /// Splits a slice with `per_word` elements for each word into the partitions' slices.
    pub(super) fn split<'a, T>(&self, all: &'a mut [T], per_word: usize) -> Vec<&'a mut [T]> {
        split_by_lengths(all, (0..self.parts()).map(|part| self.words(part).len() * per_word))
    }

    /// For each word its row in a matrix that holds all partitions one after the other.
    #[must_use]
    pub fn rows(&self) -> Vec<u32> {
        let mut rows = vec![0; self.words.len()];
        for (row, &word) in (0..).zip(&self.words) {
            rows[word as usize] = row;
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_one_row() {
        for words in [1, 63, 64, 65, 1000, 70_000] {
            let partitioning = Partitioning::choose(words, 100);
            let mut rows = partitioning.rows();
            rows.sort_unstable();
            assert!(rows.iter().copied().eq(0..u32::try_from(words).unwrap()));
            for part in 0..partitioning.parts() {
                for (row, word) in partitioning.words(part).enumerate() {
                    assert_eq!(partitioning.place(word), (part, row));
                }
            }
        }
    }

    #[test]
    fn partitions_are_even_in_words_and_in_text() {
        for words in [1024, 20_000, 70_000] {
            let partitioning = Partitioning::choose(words, 100);
            let sizes = (0..partitioning.parts()).map(|part| partitioning.words(part).len());
            assert!(sizes.clone().max().unwrap() - sizes.min().unwrap() <= 1);
            // About the frequency of a word after subsampling, by Zipf's law.
            let share = |word: u32| 1.0 / f64::from(word + 1).sqrt();
            let shares = (0..partitioning.parts()).map(|part| partitioning.words(part).map(share).sum::<f64>());
            let mean = shares.clone().sum::<f64>() / partitioning.parts() as f64;
            let longest = shares.fold(0.0, f64::max);
            assert!(longest < 1.05 * mean, "{words} words: {longest}, {mean} on average");
        }
    }

    #[test]
    fn partitions_suit_the_vocabulary() {
        assert_eq!(Partitioning::choose(100, 100).parts(), 1);
        assert_eq!(Partitioning::choose(5000, 100).parts(), 16);
        assert!(Partitioning::choose(68_000, 100).parts() <= 64);
        assert_eq!(parts(30_000_000, 100, PARTITION_BYTES), 458);
    }
}
