//! Turns a superbatch of tokens into pairs (input, target). Pairs are sorted into buckets by the
//! partition of the input and the block of the target.

use crate::text::corpus::SENTENCE_END;
use crate::threads::each;
use crate::train::layout::{Partitioning, span, starts};
use crate::train::windows::{KeptText, Sampling};
use rayon::prelude::*;
use std::ops::Range;
use w2v_core::rng::SplitMix64;

/// The number of tokens in a chunk. One thread subsamples a chunk, and one thread forms its pairs.
const CHUNK: usize = 1 << 15;

/// The most pairs of a chunk: as many as [`CHUNK`] tokens can have with windows of 5. With wider
/// windows the text is split into more chunks, so that several threads form the pairs, and the tree
/// has the same number of pairs between two averagings.
const PAIRS_OF_CHUNK: u64 = 10 << 15;

/// An input and a target, by their numbers within a bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pair {
    /// Row of the context word in its input partition.
    pub input: u16,
    /// Number of the center word in its target block: its row, or the number of its path.
    pub target: u16,
}

/// The placement of words as inputs and as targets. There is a bucket for each pair of an input
/// partition and a target block.
pub trait Placement {
    /// The partitions of words as inputs.
    fn inputs(&self) -> &Partitioning;
    /// The number of target blocks.
    fn target_blocks(&self) -> usize;
    /// The input partition of `word`, and its row in the partition.
    fn input(&self, word: u32) -> (usize, u16);
    /// The target block of `word`, and its number in the block: its row, or the number of its path.
    fn target(&self, word: u32) -> (usize, u16);
}

/// A target block is an output partition.
impl Placement for Partitioning {
    fn inputs(&self) -> &Partitioning {
        self
    }

    fn target_blocks(&self) -> usize {
        self.parts()
    }

    #[inline(always)]
    fn input(&self, word: u32) -> (usize, u16) {
        let (part, row) = self.place(word);
        let row = row as u16;
        (part, row)
    }

    #[inline(always)]
    fn target(&self, word: u32) -> (usize, u16) {
        self.input(word)
    }
}

/// How sentences become pairs.
#[derive(Debug)]
pub struct Pairing<'a, P = Partitioning> {
    /// The placement of words.
    pub placement: &'a P,
    /// For each word the probability that a token is kept, times 2³².
    pub keep: &'a [u32],
    /// Largest reach.
    pub window: usize,
}

/// A kept token: the placement of its word as input and as target, and the numbers of context
/// tokens before and after the token. Both numbers are 0 for a token that is only context.
#[derive(Clone, Copy, Debug, Default)]
struct Placed {
    /// The first bucket of the word's input partition.
    first_bucket: u32,
    /// The word's target block.
    block: u32,
    input: u16,
    target: u16,
    reach: (u16, u16),
}

impl Placed {
    fn new(placement: &impl Placement, word: u32) -> Self {
        if word == SENTENCE_END {
            return Self::default();
        }
        let (input_part, input) = placement.input(word);
        let (block, target) = placement.target(word);
        Self {
            first_bucket: (input_part * placement.target_blocks()) as u32,
            block: block as u32,
            input,
            target,
            reach: (0, 0),
        }
    }
}

/// Consecutive centers, and the number of their pairs, which become one chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Centers {
    places: Range<usize>,
    pairs: u64,
}

impl Centers {
    /// Splits the centers at `places` into chunks of at most [`PAIRS_OF_CHUNK`] pairs. A single
    /// window with more pairs is a chunk by itself.
    fn split(text: &KeptText, places: Range<usize>) -> Vec<Self> {
        let mut chunk = Self { places: places.start..places.start, pairs: 0 };
        let mut chunks = Vec::new();
        text.for_each_window(places.clone(), |window| {
            let pairs = u64::from(window.before) + u64::from(window.after);
            if chunk.pairs > 0 && chunk.pairs + pairs > PAIRS_OF_CHUNK {
                let next = Self { places: window.center..window.center, pairs: 0 };
                chunks.push(std::mem::replace(&mut chunk, next));
            }
            chunk.places.end = window.center + 1;
            chunk.pairs += pairs;
        });
        chunk.places.end = places.end;
        chunks.push(chunk);
        chunks
    }
}

/// Splits `centers` into portions, which are trained one after the other. There is one portion if
/// there are at most `most_pairs` pairs in all. Otherwise the portions have about the same number
/// of pairs, each at most `most_pairs` plus the pairs of one chunk.
fn portions(centers: &[Centers], most_pairs: u64) -> Vec<Range<usize>> {
    let total = centers.iter().map(|centers| centers.pairs).sum::<u64>();
    let portions = total.div_ceil(most_pairs).max(1);
    let mut before = 0;
    let portion = |centers: &Centers| {
        let portion = before * portions / total.max(1);
        before += centers.pairs;
        portion.min(portions - 1)
    };
    let run_of: Vec<u64> = centers.iter().map(portion).collect();
    let mut end = 0;
    let lens = run_of.chunk_by(u64::eq).map(<[u64]>::len);
    lens.map(|len| {
        end += len;
        end - len..end
    })
    .collect()
}

/// Calls `show` for the pairs of all windows in the order of the text, each with its bucket.
#[inline(always)]
fn for_each_pair(kept: &[Placed], mut show: impl FnMut(u32, Pair)) {
    for (center, word) in kept.iter().enumerate() {
        let (before, after) = (usize::from(word.reach.0), usize::from(word.reach.1));
        let mut show = |context: &Placed| {
            show(context.first_bucket + word.block, Pair { input: context.input, target: word.target });
        };
        kept[center - before..center].iter().for_each(&mut show);
        kept[center + 1..=center + after].iter().for_each(show);
    }
}

/// The pairs of one chunk, sorted by bucket. Reused from superbatch to superbatch.
#[derive(Debug, Default)]
pub struct Chunk {
    sorted: Vec<Pair>,
    /// For each bucket its end in `sorted`.
    ends: Vec<u32>,
}

impl Chunk {
    /// Forms the pairs of the windows around the places `centers` of `text`. `kept` is working
    /// memory.
    fn fill(&mut self, kept: &mut Vec<Placed>, placement: &impl Placement, text: &KeptText, centers: Range<usize>) {
        let around = text.around(&centers);
        kept.clear();
        kept.extend(text.words(around.clone()).iter().map(|&word| Placed::new(placement, word)));
        text.for_each_window(centers, |window| {
            kept[window.center - around.start].reach = (window.before, window.after)
        });
        self.sort(kept, placement.inputs().parts() * placement.target_blocks());
    }

    /// Sorts the pairs by bucket with a stable counting sort: within a bucket, pairs stay in the
    /// order of the text.
    ///
    /// Pairs are enumerated twice, first to count and then to write them. This is faster than
    /// writing all pairs unsorted first.
    fn sort(&mut self, kept: &[Placed], buckets: usize) {
        self.ends.clear();
        self.ends.resize(buckets, 0);
        for_each_pair(kept, |bucket, _| self.ends[bucket as usize] += 1);
        let len = starts(&mut self.ends) as usize;
        // Some spare room makes growth in later superbatches rare: the memory of an outgrown buffer
        // would stay allocated to the program.
        if len > self.sorted.capacity() {
            self.sorted = Vec::with_capacity(len + len / 16);
        }
        self.sorted.resize(len, Pair::default());
        for_each_pair(kept, |bucket, pair| {
            let place = &mut self.ends[bucket as usize];
            self.sorted[*place as usize] = pair;
            *place += 1;
        });
    }

    /// The pairs of bucket number `bucket`.
    #[must_use]
    pub fn bucket(&self, bucket: usize) -> &[Pair] {
        &self.sorted[span(&self.ends, bucket)]
    }

    /// The number of pairs in all buckets.
    pub(in crate::train) fn len(&self) -> usize {
        self.sorted.len()
    }
}

/// Forms the pairs of a text that comes in superbatches, a portion of a superbatch at a time.
#[derive(Debug, Default)]
pub struct Pairs {
    text: KeptText,
    /// The centers of the superbatch, one chunk after the other.
    centers: Vec<Centers>,
    chunks: Vec<Chunk>,
}

impl Pairs {
    /// The kept tokens from which pairs are formed.
    pub(in crate::train) fn text(&mut self) -> &mut KeptText {
        &mut self.text
    }

    /// Adds the next superbatch. The threads of the current pool subsample its chunks; `generator`
    /// returns a chunk's generator by the chunk's number. Returns the portions of the superbatch,
    /// which are formed by [`fill`](Self::fill) and trained one after the other. There is one
    /// portion if there are at most `most_pairs` pairs, otherwise several of about the same number
    /// of pairs.
    pub fn take<P: Placement + Sync>(
        &mut self,
        pairing: &Pairing<'_, P>,
        tokens: &[u32],
        most_pairs: u64,
        generator: impl Fn(u64) -> SplitMix64,
    ) -> Vec<Range<usize>> {
        let Pairing { keep, window, .. } = *pairing;
        let share = |word: u32| keep[word as usize];
        let places = self.text.take(tokens, &Sampling { share, window, chunk: CHUNK }, generator);
        let text = &self.text;
        self.centers = each(places, |places| Centers::split(text, places)).concat();
        portions(&self.centers, most_pairs)
    }

    /// The pairs of `portion`, sorted into buckets, a job of the current thread pool for each
    /// chunk. `portion` is one of the portions that [`take`](Self::take) returned last.
    ///
    /// # Panics
    /// If the last [`take`](Self::take) did not return this portion.
    pub fn fill<P: Placement + Sync>(&mut self, pairing: &Pairing<'_, P>, portion: Range<usize>) -> &[Chunk] {
        let Self { text, centers, chunks } = self;
        let centers = &centers[portion];
        chunks.resize_with(centers.len(), Chunk::default);
        chunks.par_iter_mut().zip(centers).for_each_init(Vec::new, |kept, (chunk, centers)| {
            chunk.fill(kept, pairing.placement, text, centers.places.clone());
        });
        chunks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_hold_the_pairs_of_the_windows() {
        let partitioning = Partitioning::choose(200, 8);
        let pairing = Pairing { placement: &partitioning, keep: &[u32::MAX; 200], window: 1 };
        let parts = partitioning.parts();
        assert!(parts > 1);
        let mut pairs = Pairs::default();
        // The last word of the first superbatch waits for the second superbatch, in which its
        // sentence goes on.
        for (tokens, expected) in [
            (&[5, 6, 7, SENTENCE_END, 150, 6][..], vec![(5, 6), (6, 5), (6, 7), (6, 150), (7, 6)]),
            (&[8, SENTENCE_END], vec![(6, 8), (8, 6), (150, 6)]),
        ] {
            let portions = pairs.take(&pairing, tokens, 100, SplitMix64::new);
            assert_eq!((portions.len(), &portions[0]), (1, &(0..1)));
            let [chunk] = pairs.fill(&pairing, 0..1) else { panic!("one chunk") };
            let mut found = Vec::new();
            for bucket in 0..parts * parts {
                for pair in chunk.bucket(bucket) {
                    let word = |part: usize, row: u16| partitioning.words(part).nth(row.into()).unwrap();
                    found.push((word(bucket / parts, pair.input), word(bucket % parts, pair.target)));
                }
            }
            found.sort_unstable();
            assert_eq!(found, expected);
            assert_eq!(chunk.len(), expected.len());
        }
    }

    #[test]
    fn pairs_are_cut_and_not_the_text() {
        let partitioning = Partitioning::choose(10, 8);
        let tokens: Vec<u32> = (0..5000).map(|place| place % 10).chain([SENTENCE_END]).collect();
        for most_pairs in [1, 1 << 20, 3 << 20, 1 << 40] {
            let pairing = Pairing { placement: &partitioning, keep: &[u32::MAX; 10], window: 3000 };
            let mut pairs = Pairs::default();
            let portions = pairs.take(&pairing, &tokens, most_pairs, SplitMix64::new);
            assert!(pairs.centers.iter().all(|centers| centers.pairs <= PAIRS_OF_CHUNK));
            let mut expected = 0;
            pairs.text.for_each_window(0..tokens.len(), |window| {
                expected += usize::from(window.before) + usize::from(window.after);
            });
            let mut last = 0;
            let count = |portion: Range<usize>| {
                assert_eq!(std::mem::replace(&mut last, portion.end), portion.start);
                pairs.fill(&pairing, portion).iter().map(Chunk::len).sum::<usize>()
            };
            let counts: Vec<usize> = portions.iter().cloned().map(count).collect();
            assert_eq!((last, counts.iter().sum::<usize>()), (pairs.centers.len(), expected));
            assert_eq!(counts.len(), (expected as u64).div_ceil(most_pairs).min(pairs.centers.len() as u64) as usize);
            assert!(counts.iter().all(|&count| count as u64 <= most_pairs + PAIRS_OF_CHUNK), "{counts:?}");
        }
    }
}
