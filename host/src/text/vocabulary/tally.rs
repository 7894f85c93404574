//! Counting of words as they arrive, and their ranking into a vocabulary.

use std::cmp::Reverse;
use std::sync::Arc;

use super::Vocabulary;
use crate::error::{Error, Result};
use crate::memory;
use crate::text::words::{MAX_WORDS, Words, shown, why_not_a_word};

/// In place of an id: the word occurs too rarely to have one.
pub(crate) const DROPPED: u32 = MAX_WORDS;

/// What errors call the memory of counts and of ids.
const WHAT: &str = "the counts of words";

/// Mean characters of a token from which on it may be of a text without blanks; of texts with
/// blanks they have 4 to 9.
const LONG_TOKEN: u64 = 12;

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

    /// The number of `word` in order of arrival, that is now if it is new.
    ///
    /// # Errors
    /// As [`Words::intern`].
    pub(crate) fn arrive(&mut self, word: &[u8]) -> Result<u32> {
        let arrival = self.words.intern(word)?;
        if self.counts.len() < self.words.len() {
            memory::push(&mut self.counts, 0, WHAT)?;
        }
        Ok(arrival)
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
        let arrival = self.arrive(word).map_err(|error| error.to_string())?;
        self.counts.get_mut(arrival as usize).into_iter().for_each(|sum| *sum += count);
        Ok(())
    }

    /// The longest token, if the tokens look as those of a text that has no blanks between words:
    /// most of them occur once, and they are long.
    pub(crate) fn run_on(&self) -> Option<Vec<u8>> {
        // Of files, counts may be as large as they like.
        let tokens = self.counts.iter().fold(0, |sum: u64, &count| sum.saturating_add(count));
        // Bytes but the later ones of a character.
        let chars = |word: &[u8]| word.iter().filter(|&&byte| byte & 0xc0 != 0x80).count() as u64;
        let all = self.counts.iter().zip(self.words.iter());
        let all = all.fold(0, |sum: u64, (&count, word)| sum.saturating_add(chars(word).saturating_mul(count)));
        let looks_so = 2 * self.counts.len() as u64 > tokens && all >= LONG_TOKEN.saturating_mul(tokens);
        let words = self.words.iter().enumerate();
        let longest = words.max_by_key(|&(at, word)| (word.len(), Reverse(at))).filter(|_| looks_so && tokens > 0);
        longest.map(|(_, word)| word[..word.len().min(SHOWN_BYTES)].to_vec())
    }

    /// The vocabulary of the words seen at least `min_count` times, and at least once, the first
    /// `max_words` of them, and for each arrival its id there or [`DROPPED`].
    ///
    /// # Errors
    /// [`Error::NothingToTrain`] when no word was seen often enough, [`Error::Memory`] when there
    /// is no room for the vocabulary.
    pub(crate) fn rank(self, min_count: u64, max_words: usize) -> Result<(Vocabulary, Vec<u32>)> {
        let Self { words, counts, .. } = &self;
        let is_kept = |count: u64| count >= min_count.max(1);
        let number = counts.iter().filter(|&&count| is_kept(count)).count();
        if number == 0 {
            return Err(Error::NothingToTrain(self.too_rare(min_count)));
        }
        let mut kept: Vec<(u64, &[u8], usize)> = Vec::new();
        memory::reserve(&mut kept, number, WHAT)?;
        let all = counts.iter().zip(words.iter()).enumerate().filter(|&(_, (&count, _))| is_kept(count));
        kept.extend(all.map(|(arrival, (&count, word))| (count, word, arrival)));
        kept.sort_unstable_by_key(|&(count, word, _)| (Reverse(count), word));
        kept.truncate(max_words);

        let mut ids = memory::filled(DROPPED, counts.len(), WHAT)?;
        let mut ranked = Words::with_capacity(kept.len(), kept.iter().map(|(_, word, _)| word.len()).sum())?;
        for &(_, word, arrival) in &kept {
            ids[arrival] = ranked.intern(word)?;
        }
        let mut counts: Vec<u64> = Vec::new();
        memory::reserve(&mut counts, kept.len(), WHAT)?;
        counts.extend(kept.iter().map(|&(count, ..)| count));
        let tokens = counts.iter().sum();
        let vocabulary = Vocabulary { words: Arc::new(ranked), counts: Arc::new(counts), tokens };
        Ok((vocabulary, ids))
    }

    /// Why none of the words is left, and what would leave some.
    fn too_rare(&self, min_count: u64) -> String {
        let most = match self.counts.iter().max() {
            None | Some(0) => return "there are no words".to_owned(),
            Some(most) => most,
        };
        let words = self.counts.len();
        let run_on = self.run_on().map(|longest| format!("; {}", not_parted(&longest))).unwrap_or_default();
        format!(
            "none of the {words} distinct words occurs {min_count} times; min-count {most} or less would keep some{run_on}"
        )
    }
}

/// The bytes of a [`Tally::run_on`] that are kept: more than are shown.
const SHOWN_BYTES: usize = 256;

/// What to tell of a text whose tokens seem not to be words, of which `longest` is the longest.
pub(crate) fn not_parted(longest: &[u8]) -> String {
    format!(
        "most words are long and occur once, as `{}`: words are parted at ASCII white space only; where a text has no blanks between \
         words (Chinese, Japanese, Thai), put some there first",
        shown(longest)
    )
}
