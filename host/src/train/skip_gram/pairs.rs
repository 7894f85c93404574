//! A superbatch of tokens as (input, target) pairs, sorted into buckets by the partition of the input and the column of the target.

use crate::corpus::SENTENCE_END;
use crate::train::partition::{Partitioning, span, starts};
use crate::train::subsample::subsample;
use rayon::prelude::*;
use w2v_core::rng::SplitMix64;
use w2v_core::window::{Window, draw_reach};

/// Tokens that are paired by one thread at a time.
const CHUNK: usize = 1 << 15;

/// An input and a target within their bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pair {
    /// Row of the context word in its input partition.
    pub input: u16,
    /// What the center word is in its column.
    pub target: u16,
}

/// Where words are as inputs and as targets. There is a bucket for each input partition and each column of targets.
pub trait Placement {
    /// The partitions of words as inputs.
    fn inputs(&self) -> &Partitioning;
    /// The number of columns of targets.
    fn columns(&self) -> usize;
    /// The partition of `word` as an input and its row there.
    fn input(&self, word: u32) -> (usize, u16);
    /// The column of `word` as a target and what it is there: its row, or the number of its path.
    fn target(&self, word: u32) -> (usize, u16);
}

/// A column is an output partition.
impl Placement for Partitioning {
    fn inputs(&self) -> &Partitioning {
        self
    }

    fn columns(&self) -> usize {
        self.parts()
    }

    #[inline(always)]
    fn input(&self, word: u32) -> (usize, u16) {
        let (part, row) = self.place(word);
        #[allow(clippy::cast_possible_truncation)]
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
    /// Where words are.
    pub placement: &'a P,
    /// For each word its share of draws that keep a token.
    pub keep: &'a [u32],
    /// Largest reach.
    pub window: u32,
}

impl<P: Placement> Pairing<'_, P> {
    /// Appends the tokens of `sentence` that are kept, each with the window drawn around it.
    fn keep(&self, sentence: &[u32], rng: &mut SplitMix64, Scratch { words, kept }: &mut Scratch) {
        let share = |word: u32| self.keep.get(word as usize).copied().unwrap_or(u32::MAX);
        subsample(sentence, share, rng, words);
        for (center, &word) in words.iter().enumerate() {
            let span = Window::around(center, draw_reach(self.window, rng), words.len()).span;
            let (input_part, input) = self.placement.input(word);
            let (column, target) = self.placement.target(word);
            #[allow(clippy::cast_possible_truncation)]
            kept.push(Placed {
                first_bucket: (input_part * self.placement.columns()) as u32,
                column: column as u32,
                input,
                target,
                reach: ((center - span.start) as u16, (span.end - center - 1) as u16),
            });
        }
    }
}

/// A kept token's places, and how many tokens before and after it are its context.
#[derive(Clone, Copy, Debug)]
struct Placed {
    /// The first bucket of its partition as an input.
    first_bucket: u32,
    /// The column as a target.
    column: u32,
    input: u16,
    target: u16,
    reach: (u16, u16),
}

/// The working memory of a job that fills chunks, several in turn.
#[derive(Debug)]
pub(in crate::train) struct Scratch {
    /// What is kept of a sentence.
    words: Vec<u32>,
    /// The kept tokens of a chunk, in the order of the text.
    kept: Vec<Placed>,
}

impl Default for Scratch {
    fn default() -> Self {
        Self { words: Vec::with_capacity(CHUNK), kept: Vec::with_capacity(CHUNK) }
    }
}

/// Shows the pairs of all windows, each with its bucket, in the order of the text.
#[inline(always)]
fn for_each_pair(kept: &[Placed], mut show: impl FnMut(u32, Pair)) {
    for (center, word) in kept.iter().enumerate() {
        let (before, after) = (usize::from(word.reach.0), usize::from(word.reach.1));
        let mut show = |context: &Placed| {
            show(context.first_bucket + word.column, Pair { input: context.input, target: word.target });
        };
        kept[center - before..center].iter().for_each(&mut show);
        kept[center + 1..=center + after].iter().for_each(show);
    }
}

/// The pairs of one stretch of text; reused from superbatch to superbatch.
#[derive(Debug, Default)]
pub struct Chunk {
    sorted: Vec<Pair>,
    /// Where in `sorted` each bucket ends.
    ends: Vec<u32>,
}

impl Chunk {
    /// Finds the pairs of `tokens`: subsampled, windows drawn, within sentences, by the draws of `rng`.
    pub(in crate::train) fn fill<P: Placement>(
        &mut self,
        scratch: &mut Scratch,
        pairing: &Pairing<'_, P>,
        tokens: &[u32],
        mut rng: SplitMix64,
    ) {
        scratch.kept.clear();
        for sentence in tokens.split(|&token| token == SENTENCE_END) {
            pairing.keep(sentence, &mut rng, scratch);
        }
        self.sort(&scratch.kept, pairing.placement.inputs().parts() * pairing.placement.columns());
    }

    /// A counting sort, stable: within a bucket pairs stay in the order of the text.
    ///
    /// Windows are gone through twice, which is quicker than to write all pairs down unsorted.
    fn sort(&mut self, kept: &[Placed], buckets: usize) {
        self.ends.clear();
        self.ends.resize(buckets, 0);
        for_each_pair(kept, |bucket, _| self.ends[bucket as usize] += 1);
        let len = starts(&mut self.ends) as usize;
        // With a little room for later superbatches: what is given back as it grows would stay with the program.
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

    /// The pairs of bucket `bucket`.
    #[must_use]
    pub fn bucket(&self, bucket: usize) -> &[Pair] {
        self.sorted.get(span(&self.ends, bucket)).unwrap_or_default()
    }

    /// Number of pairs in all buckets.
    pub(in crate::train) fn len(&self) -> usize {
        self.sorted.len()
    }
}

/// Sorts the pairs of a superbatch into buckets, a chunk a job of the current thread pool.
///
/// `generator` makes the generator of a chunk from its number.
pub fn fill(
    chunks: &mut Vec<Chunk>,
    pairing: &Pairing<'_, impl Placement + Sync>,
    tokens: &[u32],
    generator: impl Fn(u64) -> SplitMix64 + Sync,
) {
    chunks.resize_with(tokens.len().div_ceil(CHUNK), Chunk::default);
    let jobs = chunks.par_iter_mut().zip(tokens.par_chunks(CHUNK)).enumerate();
    jobs.for_each_init(Scratch::default, |scratch, (number, (chunk, tokens))| {
        chunk.fill(scratch, pairing, tokens, generator(number as u64));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_hold_the_pairs_of_the_windows() {
        let partitioning = Partitioning::choose(200, 8);
        let pairing = Pairing { placement: &partitioning, keep: &[], window: 1 };
        let tokens = [5, 6, 7, SENTENCE_END, 150, 6];
        let mut chunk = Chunk::default();
        chunk.fill(&mut Scratch::default(), &pairing, &tokens, SplitMix64::new(1));
        let parts = partitioning.parts();
        assert!(parts > 1);
        let mut found = Vec::new();
        for bucket in 0..parts * parts {
            for pair in chunk.bucket(bucket) {
                let word = |part: usize, row: u16| partitioning.words(part).nth(row.into()).unwrap();
                found.push((word(bucket / parts, pair.input), word(bucket % parts, pair.target)));
            }
        }
        found.sort_unstable();
        assert_eq!(found, [(5, 6), (6, 5), (6, 7), (6, 150), (7, 6), (150, 6)]);
        assert_eq!(chunk.len(), 6);
    }
}
