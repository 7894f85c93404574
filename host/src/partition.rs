//! The dealing of words into partitions whose rows lie together (design: partitioned training).
//!
//! Words are numbered by falling count and dealt in turn, there and back again as teams are picked, so that every
//! partition has about the same share of the text and of the noise.
//! The number of partitions is a function of the model alone, never of the threads.

use w2v_core::matrix::{LANES, Lanes, blocks};

/// Word `w` is row `w / parts` of partition `w % parts`, counted from the other end in every second row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partitioning {
    words: usize,
    parts: usize,
}

/// Bytes that one partition's rows should take, at most: two of them fit an L2 of 2 MiB. Half as many take 4 % longer where L2 has
/// 1 MiB, for a bucket has fewer pairs for each row then.
const PARTITION_BYTES: usize = 1 << 20;

/// Fewest words worth a partition of their own: negatives are drawn among them.
const FEWEST_WORDS: usize = 64;

/// Partitions are a multiple of so many, so that up to 16 threads have equal shares.
const FEWEST_PARTS: usize = 16;

/// Beyond this many partitions their square, the number of buckets, outgrows the pairs of a superbatch.
const MOST_PARTS: usize = 256;

/// Rows of a partition that a 16-bit number can name.
const MOST_WORDS: usize = 1 << 16;

impl Partitioning {
    /// The dealing of `words` words with rows of `dim` numbers, two partitions of which fit a core's cache.
    #[must_use]
    pub fn choose(words: usize, dim: usize) -> Self {
        Self::of_bytes(words, dim, PARTITION_BYTES)
    }

    /// The dealing of `words` words with rows of `dim` numbers into partitions of about `partition_bytes`.
    #[must_use]
    pub fn of_bytes(words: usize, dim: usize, partition_bytes: usize) -> Self {
        let row_bytes = blocks(dim).saturating_mul(LANES * size_of::<f32>());
        let cached = words.saturating_mul(row_bytes).div_ceil(partition_bytes.max(1));
        let parts = cached.clamp(1, MOST_PARTS).next_multiple_of(FEWEST_PARTS).min(words / FEWEST_WORDS);
        Self { words, parts: parts.max(words.div_ceil(MOST_WORDS)).max(1) }
    }

    /// The number of partitions.
    #[must_use]
    pub const fn parts(&self) -> usize {
        self.parts
    }

    /// The partition of `word` and its row there.
    #[inline(always)]
    #[must_use]
    pub const fn place(&self, word: u32) -> (usize, usize) {
        let (row, turn) = (word as usize / self.parts, word as usize % self.parts);
        (if row.is_multiple_of(2) { turn } else { self.parts - 1 - turn }, row)
    }

    /// The words of partition `part`, in the order of its rows.
    pub fn words(&self, part: usize) -> impl ExactSizeIterator<Item = u32> + Clone + use<> {
        let parts = self.parts;
        let word = move |row: usize| row * parts + if row.is_multiple_of(2) { part } else { parts - 1 - part };
        // The last row may be short of this partition.
        let rows = self.words / parts + usize::from(word(self.words / parts) < self.words);
        #[allow(clippy::cast_possible_truncation)]
        (0..rows).map(move |row| word(row) as u32)
    }

    /// Cuts what holds `per_word` elements for each word into the partitions' shares.
    #[must_use]
    pub fn split<'a, T>(&self, mut all: &'a mut [T], per_word: usize) -> Vec<&'a mut [T]> {
        (0..self.parts)
            .map(|part| {
                let share = (self.words(part).len() * per_word).min(all.len());
                all.split_off_mut(..share).unwrap_or_default()
            })
            .collect()
    }

    /// Where in a matrix of all partitions, one after the other, the row of each word stands.
    #[must_use]
    pub fn rows(&self) -> Vec<u32> {
        let mut rows = vec![0; self.words];
        let dealt = (0..self.parts).flat_map(|part| self.words(part));
        for (row, word) in (0..).zip(dealt) {
            if let Some(place) = rows.get_mut(word as usize) {
                *place = row;
            }
        }
        rows
    }

    /// The lanes of a matrix with a row a word.
    #[must_use]
    pub fn lanes(&self, dim: usize) -> Vec<Lanes> {
        vec![Lanes::ZERO; self.words * blocks(dim)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_one_row() {
        for words in [1, 63, 64, 65, 1000, 70_000] {
            let dealing = Partitioning::choose(words, 100);
            let mut rows = dealing.rows();
            rows.sort_unstable();
            assert!(rows.iter().copied().eq(0..u32::try_from(words).unwrap()));
            for part in 0..dealing.parts() {
                for (row, word) in dealing.words(part).enumerate() {
                    assert_eq!(dealing.place(word), (part, row));
                }
            }
        }
    }

    #[test]
    fn partitions_suit_the_vocabulary() {
        assert_eq!(Partitioning::choose(100, 100).parts(), 1);
        assert_eq!(Partitioning::choose(5000, 100).parts(), 16);
        assert!(Partitioning::choose(68_000, 100).parts() <= 64);
        assert_eq!(Partitioning::choose(30_000_000, 100).parts(), 458);
    }
}
