//! Counting of words as they arrive, and their ranking into a vocabulary.

use std::cmp::Reverse;

use super::Vocabulary;
use crate::error::{Error, Result};
use crate::words::{MAX_WORDS, Words, why_not_a_word};

/// In place of an id: the word occurs too rarely to have one.
pub(crate) const DROPPED: u32 = MAX_WORDS;

/// Words in order of arrival and how often each was seen.
#[derive(Default)]
pub(crate) struct Tally {
    words: Words,
    counts: Vec<u64>,
    /// The sum of all counts that were added.
    tokens: u64,
}

impl Tally {
    /// Whether `word` was seen.
    pub(super) fn has(&self, word: &[u8]) -> bool {
        self.words.find(word).is_some()
    }

    /// The number of `word` in order of arrival, that is now if it is new; `None` when there are too many words.
    pub(crate) fn arrive(&mut self, word: &[u8]) -> Option<u32> {
        let arrival = self.words.intern(word)?;
        self.counts.resize(self.words.len(), 0);
        Some(arrival)
    }

    /// The words that have arrived, and how often each was seen, which may be told from here on.
    pub(crate) fn lend(&mut self) -> (&Words, &mut [u64]) {
        (&self.words, &mut self.counts)
    }

    /// Adds `count` to how often `word` was seen, or says why that cannot be.
    pub(super) fn add(&mut self, word: &[u8], count: u64) -> std::result::Result<(), String> {
        if let Some(problem) = why_not_a_word(word) {
            return Err(problem);
        }
        let sum = self.tokens.checked_add(count);
        self.tokens = sum.ok_or("the counts add up to more than 2^64 - 1")?;
        let arrival = self.words.intern(word);
        let arrival = arrival.ok_or("there are more than 2^32 - 2 distinct words")?;
        match self.counts.get_mut(arrival as usize) {
            Some(sum) => *sum += count,
            None => self.counts.push(count),
        }
        Ok(())
    }

    /// The vocabulary of the words seen at least `min_count` times, and at least once, and for each arrival its id
    /// there or [`DROPPED`].
    ///
    /// # Errors
    /// [`Error::NothingToTrain`] when no word was seen often enough.
    pub(crate) fn rank(self, min_count: u64) -> Result<(Vocabulary, Vec<u32>)> {
        let Self { words, counts, .. } = self;
        let mut kept: Vec<(u64, &[u8], usize)> = counts
            .iter()
            .zip(words.iter())
            .enumerate()
            .filter(|&(_, (&count, _))| count >= min_count.max(1))
            .map(|(arrival, (&count, word))| (count, word, arrival))
            .collect();
        kept.sort_unstable_by_key(|&(count, word, _)| (Reverse(count), word));

        let mut ids = vec![DROPPED; counts.len()];
        let mut ranked = Words::with_capacity(kept.len());
        for &(_, word, arrival) in &kept {
            if let Some(id) = ranked.intern(word) {
                ids[arrival] = id;
            }
        }
        if kept.is_empty() {
            return Err(Error::NothingToTrain(too_rare(&counts, min_count)));
        }
        let counts: Vec<u64> = kept.iter().map(|&(count, ..)| count).collect();
        let vocabulary = Vocabulary { words: ranked, tokens: counts.iter().sum(), counts };
        Ok((vocabulary, ids))
    }
}

/// Why no word of these `counts` is left, and what would leave some.
fn too_rare(counts: &[u64], min_count: u64) -> String {
    match counts.iter().max() {
        None | Some(0) => "there are no words".to_owned(),
        Some(most) => format!(
            "none of the {} distinct words occurs {min_count} times; --min-count {most} or less would keep some",
            counts.len()
        ),
    }
}
