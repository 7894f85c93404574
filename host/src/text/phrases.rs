//! Phrases: neighbours that come together far more often than chance would have them, such as `new york`, joined into one token
//! (Mikolov et al. 2013b, section 4; the program is word2phrase.c).
//!
//! The score of words `a b`, eq. 6 of the paper times the number of tokens N, as word2phrase.c has it, so that a threshold means
//! the same for texts of any length:
//!
//! score(a, b) = (count(a b) − δ) · N / (count(a) · count(b))
//!
//! Phrases of three and more words are found by another run over the text that the first has joined.
//!
//! Pairs are those within a sentence; word2phrase.c counts the last word of a line with the first of the next too. It also cuts
//! words and pairs after 59 bytes, and counts a word `a_b` of the text with the pair `a b`.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::ops::ControlFlow;

use foldhash::fast::FixedState;

use crate::corpus::{Corpus, Pass, SENTENCE_END};
use crate::error::{Error, Result};
use crate::vocabulary::Vocabulary;

/// Stands between the words of a phrase.
pub const JOINT: u8 = b'_';

/// Tokens that are read at a time.
const BLOCK: usize = 1 << 16;

/// Counters of the sketch, a byte each, at most.
const MOST_COUNTERS: usize = 1 << 30;

/// Which neighbours are a phrase.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// δ, taken off the count of a pair: pairs that do not occur more often are none.
    pub discount: u64,
    /// Pairs that score more than this are phrases.
    pub threshold: f64,
}

/// word2phrase.c's.
impl Default for Rule {
    fn default() -> Self {
        Self { discount: 5, threshold: 100.0 }
    }
}

impl Rule {
    /// Checks every setting on its own.
    ///
    /// # Errors
    /// [`Error::Setting`] for a threshold that is below 0 or no number.
    pub fn validate(&self) -> Result<()> {
        if self.threshold.is_finite() && self.threshold >= 0.0 {
            return Ok(());
        }
        let problem = "must be 0 or a positive number such as 100; the higher, the fewer phrases".to_owned();
        Err(Error::Setting { flag: "--threshold", value: self.threshold.to_string(), problem })
    }
}

/// Two words that are a phrase.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Phrase {
    /// Their ids in the vocabulary.
    pub words: [u32; 2],
    /// How often the second follows the first.
    pub count: u64,
    /// Their score, above the threshold.
    pub score: f64,
}

/// The phrases of a corpus.
#[derive(Clone, Debug)]
pub struct Phrases {
    /// Each by the [`key`] of its words.
    found: HashMap<u64, Phrase, FixedState>,
}

impl Phrases {
    /// Those of `corpus`, which was read with `vocabulary`: neighbours within a sentence by `rule`.
    ///
    /// For all words of a text read it with `min_count: 1`: words outside the vocabulary are passed over, here and by
    /// [`join`](Self::join).
    ///
    /// The corpus is passed over twice. First, pairs are counted in a sketch, one to two bytes for each token and 1 GiB at most, where
    /// several may share a counter; then those that may be phrases by that are counted by themselves, at some 40 bytes each, one in
    /// fifty of all distinct pairs of a natural text, more where the sketch has fewer counters than tokens. The result is exact.
    /// `observe` is called from time to time with the tokens read so far and those to read, of both passes, and may break off.
    ///
    /// # Errors
    /// [`Error::Setting`] as [`Rule::validate`], [`Error::NothingToTrain`] for a corpus of another vocabulary, [`Error::Io`] when the
    /// spool cannot be read, [`Error::Stopped`] when `observe` breaks.
    pub fn find(
        vocabulary: &Vocabulary,
        corpus: &mut Corpus,
        rule: &Rule,
        observe: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
    ) -> Result<Self> {
        Self::find_by(MOST_COUNTERS, vocabulary, corpus, rule, observe)
    }

    /// [`Phrases::find`] with `most_counters` at most, a power of two, which does not change what is found.
    fn find_by(
        most_counters: usize,
        vocabulary: &Vocabulary,
        corpus: &mut Corpus,
        rule: &Rule,
        observe: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
    ) -> Result<Self> {
        rule.validate()?;
        corpus.check_is_of(vocabulary)?;
        let tokens = corpus.tokens();
        let counters = usize::try_from(tokens).unwrap_or(usize::MAX).clamp(1, most_counters).next_power_of_two();
        // Not the map's, or pairs that share a counter would be neighbours there.
        let hasher = FixedState::with_seed(1);
        let place = |key: u64| hasher.hash_one(key) as usize % counters;

        let (mut sketch, mut counts) = (vec![0_u8; counters], vec![0_u64; vocabulary.len()]);
        for_each_word(corpus, &mut |read| observe(read, 2 * tokens), |word, pair| {
            counts[word as usize] += 1;
            if let Some(key) = pair {
                let counter = &mut sketch[place(key)];
                *counter = counter.saturating_add(1);
            }
        })?;
        let of_words = |key| words(key).map(|word| counts[word as usize]);
        // Of a pair that occurs `count` times; it never falls when that rises.
        let score = |key, count: u64| {
            let [first, second] = of_words(key).map(|count| count as f64);
            (count as f64 - rule.discount as f64) * tokens as f64 / (first * second)
        };
        let mut pairs: HashMap<u64, u64, FixedState> = HashMap::default();
        for_each_word(corpus, &mut |read| observe(tokens + read, 2 * tokens), |_, pair| {
            let Some(key) = pair else { return };
            // No pair is more frequent than its counter says, nor than its words, and none scores higher than if it were.
            let most = match sketch[place(key)] {
                u8::MAX => u64::MAX,
                counter => counter.into(),
            };
            if score(key, of_words(key).into_iter().fold(most, u64::min)) > rule.threshold {
                *pairs.entry(key).or_default() += 1;
            }
        })?;
        let phrases =
            pairs.into_iter().map(|(key, count)| (key, Phrase { words: words(key), count, score: score(key, count) }));
        Ok(Self { found: phrases.filter(|(_, phrase)| phrase.score > rule.threshold).collect() })
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All of them, the highest score first, of equal scores the smallest ids first.
    #[must_use]
    pub fn ranked(&self) -> Vec<Phrase> {
        let mut phrases: Vec<_> = self.found.values().copied().collect();
        phrases.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then(a.words.cmp(&b.words)));
        phrases
    }

    /// The text of `corpus` with its phrases joined; it and `vocabulary` are those of [`find`](Self::find).
    ///
    /// # Errors
    /// [`Error::NothingToTrain`] for a corpus of another vocabulary, [`Error::Io`] when the spool cannot be read.
    pub fn join<'a>(&'a self, vocabulary: &'a Vocabulary, corpus: &'a mut Corpus) -> Result<Joined<'a>> {
        corpus.check_is_of(vocabulary)?;
        let (tokens, text) = (Vec::new(), Vec::new());
        let pass = corpus.pass()?;
        Ok(Joined { phrases: self, vocabulary, pass, tokens, text, tokens_read: 0, last: SENTENCE_END, free: false })
    }
}

/// A text with its phrases joined: a sentence on each line, blanks between tokens, a [`JOINT`] between the words of a phrase.
///
/// From left to right: what has ended a phrase begins none, so no token is of more than two words.
#[derive(Debug)]
pub struct Joined<'a> {
    phrases: &'a Phrases,
    vocabulary: &'a Vocabulary,
    pass: Pass<'a>,
    tokens: Vec<u32>,
    text: Vec<u8>,
    tokens_read: u64,
    /// The token before.
    last: u32,
    /// Whether that may begin a phrase.
    free: bool,
}

impl Joined<'_> {
    /// The next part of the text, which ends anywhere between two tokens; empty at the end.
    ///
    /// # Errors
    /// [`Error::Io`] when the spool cannot be read.
    pub fn read(&mut self) -> Result<&[u8]> {
        let Self { phrases, vocabulary, pass, tokens, text, tokens_read, last, free } = self;
        tokens.clear();
        text.clear();
        *tokens_read += pass.read(tokens, BLOCK)? as u64;
        for &token in &*tokens {
            let joined = *free && phrases.found.contains_key(&key(*last, token));
            match (*last, token) {
                (_, SENTENCE_END) => text.push(b'\n'),
                (SENTENCE_END, _) => {}
                _ => text.push(if joined { JOINT } else { b' ' }),
            }
            text.extend_from_slice(vocabulary.word(token).unwrap_or_default());
            (*last, *free) = (token, token != SENTENCE_END && !joined);
        }
        Ok(text)
    }

    /// Tokens of the corpus that the parts so far are made of, of [`Corpus::tokens`].
    #[must_use]
    pub fn tokens_read(&self) -> u64 {
        self.tokens_read
    }
}

/// Two ids as one number.
const fn key(first: u32, second: u32) -> u64 {
    (first as u64) << u32::BITS | second as u64
}

/// The ids of a [`key`].
const fn words(key: u64) -> [u32; 2] {
    [(key >> u32::BITS) as u32, key as u32]
}

/// Shows all words, each with the key of the pair that it ends if it does not begin a sentence.
fn for_each_word(
    corpus: &mut Corpus,
    observe: &mut dyn FnMut(u64) -> ControlFlow<()>,
    mut show: impl FnMut(u32, Option<u64>),
) -> Result<()> {
    let mut pass = corpus.pass()?;
    let (mut tokens, mut read, mut last) = (Vec::new(), 0, SENTENCE_END);
    loop {
        tokens.clear();
        let taken = pass.read(&mut tokens, BLOCK)?;
        if taken == 0 {
            return Ok(());
        }
        for &token in &tokens {
            if token != SENTENCE_END {
                show(token, (last != SENTENCE_END).then(|| key(last, token)));
            }
            last = token;
        }
        read += taken as u64;
        if observe(read).is_break() {
            return Err(Error::Stopped("the phrases were found"));
        }
    }
}
