//! A superbatch of tokens as (input, target) pairs, sorted into buckets by the partitions of both.

use crate::corpus::SENTENCE_END;
use crate::partition::Partitioning;
use w2v_core::rng::SplitMix64;
use w2v_core::subsample::keeps;
use w2v_core::window::{Window, draw_reach};

/// Rows of an input and of a target within their partitions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pair {
    /// Row of the context word in its input partition.
    pub input: u16,
    /// Row of the center word in its output partition.
    pub target: u16,
}

/// How sentences become pairs.
#[derive(Clone, Copy, Debug)]
pub struct Pairing<'a> {
    /// The dealing of words.
    pub dealing: &'a Partitioning,
    /// For each word its share of draws that keep a token.
    pub keep: &'a [u32],
    /// Largest reach.
    pub window: u32,
}

/// The pairs of one stretch of text; reused from superbatch to superbatch.
#[derive(Debug, Default)]
pub struct Chunk {
    kept: Vec<u32>,
    found: Vec<(u32, Pair)>,
    sorted: Vec<Pair>,
    ends: Vec<u32>,
}

impl Chunk {
    /// Finds the pairs of `tokens`: subsampled, windows drawn, within sentences, by the draws of `rng`.
    pub fn fill(&mut self, pairing: Pairing<'_>, tokens: &[u32], mut rng: SplitMix64) {
        self.found.clear();
        for sentence in tokens.split(|&token| token == SENTENCE_END) {
            self.kept.clear();
            let keep = |word: &u32| pairing.keep.get(*word as usize).copied().unwrap_or(u32::MAX);
            self.kept.extend(sentence.iter().filter(|&word| keeps(keep(word), &mut rng)));
            self.pair(pairing, &mut rng);
        }
        self.sort(pairing.dealing.parts() * pairing.dealing.parts());
    }

    fn pair(&mut self, pairing: Pairing<'_>, rng: &mut SplitMix64) {
        let dealing = pairing.dealing;
        let sentence = &self.kept;
        for (center, &target) in sentence.iter().enumerate() {
            let window = Window::around(center, draw_reach(pairing.window, rng), sentence.len());
            let (target_part, target) = dealing.place(target);
            let context = window.context().filter_map(|position| sentence.get(position));
            self.found.extend(context.map(|&input| {
                let (input_part, input) = dealing.place(input);
                #[allow(clippy::cast_possible_truncation)]
                let pair = Pair { input: input as u16, target: target as u16 };
                #[allow(clippy::cast_possible_truncation)]
                let bucket = (input_part * dealing.parts() + target_part) as u32;
                (bucket, pair)
            }));
        }
    }

    /// A counting sort, stable: within a bucket pairs stay in the order of the text.
    fn sort(&mut self, buckets: usize) {
        self.ends.clear();
        self.ends.resize(buckets, 0);
        for &(bucket, _) in &self.found {
            self.ends[bucket as usize] += 1;
        }
        let mut end = 0;
        for count in &mut self.ends {
            let start = end;
            end += *count;
            *count = start;
        }
        self.sorted.clear();
        self.sorted.resize(self.found.len(), Pair::default());
        for &(bucket, pair) in &self.found {
            let place = &mut self.ends[bucket as usize];
            self.sorted[*place as usize] = pair;
            *place += 1;
        }
    }

    /// The pairs of bucket `bucket`.
    #[must_use]
    pub fn bucket(&self, bucket: usize) -> &[Pair] {
        let end = self.ends.get(bucket).map_or(0, |&end| end as usize);
        let start = bucket.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |&start| start as usize);
        self.sorted.get(start..end).unwrap_or_default()
    }

    /// Number of pairs in all buckets.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Whether there is no pair.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_hold_the_pairs_of_the_windows() {
        let dealing = Partitioning::choose(200, 8);
        let pairing = Pairing { dealing: &dealing, keep: &[], window: 1 };
        let tokens = [5, 6, 7, SENTENCE_END, 150, 6];
        let mut chunk = Chunk::default();
        chunk.fill(pairing, &tokens, SplitMix64::new(1));
        let parts = dealing.parts();
        assert!(parts > 1);
        let mut found = Vec::new();
        for bucket in 0..parts * parts {
            for pair in chunk.bucket(bucket) {
                let word = |part: usize, row: u16| dealing.words(part).nth(row.into()).unwrap();
                found.push((word(bucket / parts, pair.input), word(bucket % parts, pair.target)));
            }
        }
        found.sort_unstable();
        assert_eq!(found, [(5, 6), (6, 5), (6, 7), (6, 150), (7, 6), (150, 6)]);
        assert_eq!(chunk.len(), 6);
    }
}
