//! Counting of words as they arrive, and their ranking into a vocabulary.

use std::cmp::Reverse;
use std::sync::Arc;

use super::Vocabulary;
use crate::error::{Error, Result};
use crate::memory;
use crate::text::words::{MAX_WORDS, Words, shown, why_not_a_word};

/// Stands in place of an id for a word that is not in the vocabulary.
pub(crate) const DROPPED: u32 = MAX_WORDS;

/// The name in error messages for the memory of counts and of ids.
const WHAT: &str = "the counts of words";

/// If the mean length of a token is at least this many characters, the text may have no blanks
/// between words. In texts with blanks the mean is 4 to 9.
const LONG_TOKEN: u64 = 12;

/// Words in the order of their first occurrence, with their counts.
#[derive(Default)]
pub(crate) struct Tally {
    words: Words,
    counts: Vec<u64>,
    /// The sum of all counts that were added.
    tokens: u64,
}

impl Tally {
    /// Whether `word` has occurred.
    pub(super) fn has(&self, word: &[u8]) -> bool {
        self.words.find(word).is_some()
    }

    /// The number of `word` in the order of first occurrence. A new word gets the next number, and
    /// a count of 0.
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

    /// The words so far, and their counts, which the caller may change.
    pub(crate) fn lend(&mut self) -> (&Words, &mut [u64]) {
        (&self.words, &mut self.counts)
    }

    /// Adds `count` to the count of `word`, or returns why that is impossible.
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

    /// The longest token, if the text seems to have no blanks between words: it has more distinct
    /// words than half its tokens, and tokens have [`LONG_TOKEN`] characters or more on average.
    /// `None` otherwise.
    pub(crate) fn run_on(&self) -> Option<Vec<u8>> {
        // Saturating: the counts of a saved vocabulary may be of any size.
        let tokens = self.counts.iter().fold(0, |sum: u64, &count| sum.saturating_add(count));
        // Characters of UTF-8 are counted as bytes that do not continue a character.
        let chars = |word: &[u8]| word.iter().filter(|&&byte| byte & 0xc0 != 0x80).count() as u64;
        let all = self.counts.iter().zip(self.words.iter());
        let all = all.fold(0, |sum: u64, (&count, word)| sum.saturating_add(chars(word).saturating_mul(count)));
        let looks_so = 2 * self.counts.len() as u64 > tokens && all >= LONG_TOKEN.saturating_mul(tokens);
        let words = self.words.iter().enumerate();
        let longest = words.max_by_key(|&(at, word)| (word.len(), Reverse(at))).filter(|_| looks_so && tokens > 0);
        longest.map(|(_, word)| word[..word.len().min(SHOWN_BYTES)].to_vec())
    }

    /// The vocabulary of the words that occur at least `min_count` times, and at least once; of
    /// these, the most frequent `max_words`. Also returns, for each word in the order of first
    /// occurrence, its id in the vocabulary or [`DROPPED`].
    ///
    /// # Errors
    /// [`Error::NothingToTrain`] if no word occurs often enough, [`Error::Memory`] if there is no
    /// room for the vocabulary.
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

    /// The message that no word is left, and which setting would leave some.
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

/// The most bytes of the token that [`Tally::run_on`] returns; a message shows fewer.
const SHOWN_BYTES: usize = 256;

/// The warning for a text that seems to have no blanks between words. `longest` is its longest
/// token.
pub(crate) fn not_parted(longest: &[u8]) -> String {
    format!(
        "most words are long and occur once, as `{}`: words are parted at ASCII white space only; where a text has no blanks between \
         words (Chinese, Japanese, Thai), put some there first",
        shown(longest)
    )
}
