//! Phrases: neighbours that come together far more often than chance would have them, such as `new york`, joined into one token
//! (Mikolov et al. 2013b, section 4; the program is word2phrase.c).
//!
//! The score of words `a b`, eq. 6 of the paper times the number of tokens N, as word2phrase.c has it, so that a threshold means
//! the same for texts of any length:
//!
//! score(a, b) = (count(a b) − δ) · N / (count(a) · count(b))
//!
//! Phrases of three and more words are found by another run over the text that the first has joined. Where no word is longer than
//! 59 bytes and the text ends in a line feed, what comes out is word2phrase.c's text token by token.

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

/// Counters of the sketch: one for each token, which leaves few to be shared, up to so many bytes.
const MOST_COUNTERS: u64 = 1 << 27;

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
    /// How often each occurs, by its [`key`].
    counts: HashMap<u64, u64, FixedState>,
    rule: Rule,
    /// Tokens of the corpus.
    tokens: u64,
}

impl Phrases {
    /// Those of `corpus`, which was read with `vocabulary`: neighbours within a sentence by `rule`.
    ///
    /// The corpus is passed over twice. First, pairs are counted in a sketch, a byte a token and 128 MiB at most, where several may
    /// share a counter; then those that may be phrases by that are counted by themselves. The result is exact. `observe` is called
    /// from time to time with the tokens read so far and those to read, of both passes, and may break off.
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
        rule.validate()?;
        corpus.check_is_of(vocabulary)?;
        let tokens = corpus.tokens();
        let mut phrases = Self { counts: HashMap::default(), rule: *rule, tokens };
        let counters = tokens.clamp(1, MOST_COUNTERS).next_power_of_two() as usize;
        let hasher = FixedState::default();
        let place = |key: u64| hasher.hash_one(key) as usize % counters;

        let mut sketch = vec![0_u8; counters];
        for_each_pair(corpus, &mut |read| observe(read, 2 * tokens), |key| {
            let counter = &mut sketch[place(key)];
            *counter = counter.saturating_add(1);
        })?;
        let mut counts: HashMap<u64, u64, FixedState> = HashMap::default();
        for_each_pair(corpus, &mut |read| observe(tokens + read, 2 * tokens), |key| {
            // No pair's count is above its counter, nor its score above the counter's.
            let most = sketch[place(key)];
            if most == u8::MAX || phrases.score(vocabulary, key, most.into()) > rule.threshold {
                *counts.entry(key).or_default() += 1;
            }
        })?;
        counts.retain(|&key, &mut count| phrases.score(vocabulary, key, count) > rule.threshold);
        phrases.counts = counts;
        Ok(phrases)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// All of them, the highest score first, of equal scores the smallest ids first; `vocabulary` is that of [`find`](Self::find).
    #[must_use]
    pub fn ranked(&self, vocabulary: &Vocabulary) -> Vec<Phrase> {
        let phrase = |(&key, &count): (&u64, &u64)| Phrase {
            words: words(key),
            count,
            score: self.score(vocabulary, key, count),
        };
        let mut phrases: Vec<_> = self.counts.iter().map(phrase).collect();
        phrases.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then(a.words.cmp(&b.words)));
        phrases
    }

    /// The text of `corpus` with its phrases joined; it and `vocabulary` are those of [`find`](Self::find).
    ///
    /// # Errors
    /// [`Error::Io`] when the spool cannot be read.
    pub fn join<'a>(&'a self, vocabulary: &'a Vocabulary, corpus: &'a mut Corpus) -> Result<Joined<'a>> {
        let (tokens, text) = (Vec::new(), Vec::new());
        Ok(Joined { phrases: self, vocabulary, pass: corpus.pass()?, tokens, text, last: SENTENCE_END, free: false })
    }

    /// The score of a pair that occurs `count` times; it never falls when `count` rises.
    #[inline]
    fn score(&self, vocabulary: &Vocabulary, key: u64, count: u64) -> f64 {
        let [first, second] = words(key).map(|word| vocabulary.count(word).unwrap_or(1) as f64);
        (count as f64 - self.rule.discount as f64) / first / second * self.tokens as f64
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
        let Self { phrases, vocabulary, pass, tokens, text, last, free } = self;
        tokens.clear();
        text.clear();
        pass.read(tokens, BLOCK)?;
        for &token in &*tokens {
            let joined = *free && phrases.counts.contains_key(&key(*last, token));
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
}

/// Two ids as one number.
const fn key(first: u32, second: u32) -> u64 {
    (first as u64) << u32::BITS | second as u64
}

/// The ids of a [`key`].
const fn words(key: u64) -> [u32; 2] {
    [(key >> u32::BITS) as u32, key as u32]
}

/// Shows all neighbours within a sentence, by their key.
fn for_each_pair(
    corpus: &mut Corpus,
    observe: &mut dyn FnMut(u64) -> ControlFlow<()>,
    mut show: impl FnMut(u64),
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
            if last != SENTENCE_END && token != SENTENCE_END {
                show(key(last, token));
            }
            last = token;
        }
        read += taken as u64;
        if observe(read).is_break() {
            return Err(Error::Stopped("the phrases were found"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin;
    use crate::corpus::{ReadOptions, Source};
    use std::ops::ControlFlow::{Break, Continue};

    fn read(text: &str) -> (Vocabulary, Corpus) {
        let options = ReadOptions { min_count: 1, ..ReadOptions::default() };
        Corpus::read(&[Source::Text(text.as_bytes().into())], options, &mut |_| Continue(())).unwrap()
    }

    /// How often phrases occur, and their scores.
    type Found = HashMap<[String; 2], (u64, f64)>;

    /// The phrases of `text`, and it with them joined, by word2phrase.c's loop in plain lines.
    fn plain(text: &str, rule: &Rule) -> (Found, String) {
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        let (mut words, mut pairs) = (HashMap::<&str, u64>::new(), HashMap::<(&str, &str), u64>::new());
        let mut total = 0.0;
        for line in &lines {
            line.iter().for_each(|word| *words.entry(word).or_default() += 1);
            line.windows(2).for_each(|pair| *pairs.entry((pair[0], pair[1])).or_default() += 1);
            total += line.len() as f64;
        }
        let score = |a: &str, b: &str| {
            let pair = pairs.get(&(a, b)).map_or(0.0, |&count| count as f64);
            (pair - rule.discount as f64) / words[a] as f64 / words[b] as f64 * total
        };
        let mut phrases = HashMap::new();
        let mut joined = String::new();
        for line in lines.iter().filter(|line| !line.is_empty()) {
            let mut begin: Option<&str> = None;
            for (place, word) in line.iter().enumerate() {
                let is_phrase = begin.is_some_and(|last| score(last, word) > rule.threshold);
                if place > 0 {
                    joined.push(if is_phrase { '_' } else { ' ' });
                }
                joined.push_str(word);
                begin = Some(*word).filter(|_| !is_phrase);
            }
            joined.push('\n');
        }
        for (&(a, b), &count) in &pairs {
            if score(a, b) > rule.threshold {
                phrases.insert([a, b].map(str::to_owned), (count, score(a, b)));
            }
        }
        (phrases, joined)
    }

    fn find(text: &str, rule: &Rule) -> (Vocabulary, Corpus, Phrases) {
        let (vocabulary, mut corpus) = read(text);
        let phrases = Phrases::find(&vocabulary, &mut corpus, rule, &mut |_, _| Continue(())).unwrap();
        (vocabulary, corpus, phrases)
    }

    fn joined((vocabulary, corpus, phrases): &mut (Vocabulary, Corpus, Phrases)) -> String {
        let mut joined = phrases.join(vocabulary, corpus).unwrap();
        let mut text = Vec::new();
        while let part @ [_, ..] = joined.read().unwrap() {
            text.extend_from_slice(part);
        }
        String::from_utf8(text).unwrap()
    }

    /// Words that come together often and seldom, in more tokens than a block has.
    fn text() -> String {
        String::from_utf8(builtin::text(3)).unwrap()
    }

    #[test]
    fn phrases_are_those_of_the_original() {
        let text = text();
        assert!(text.split_whitespace().count() > 2 * BLOCK);
        for (discount, threshold) in [(5, 100.0), (5, 3.0), (0, 0.0), (300, 0.5), (40, 20.0), (5, 1e9)] {
            let rule = Rule { discount, threshold };
            let (expected, expected_text) = plain(&text, &rule);
            let mut found = find(&text, &rule);
            let (vocabulary, _, phrases) = &found;
            let ranked = phrases.ranked(vocabulary);
            assert_eq!(phrases.is_empty(), threshold > 1e6);
            assert_eq!((ranked.len(), phrases.len()), (expected.len(), expected.len()), "{rule:?}");
            assert!(ranked.is_sorted_by(|a, b| a.score > b.score || a.score == b.score && a.words < b.words));
            for Phrase { words, count, score } in ranked {
                let words = words.map(|id| String::from_utf8(vocabulary.word(id).unwrap().to_vec()).unwrap());
                assert_eq!(expected[&words], (count, score));
            }
            assert!(joined(&mut found) == expected_text, "{rule:?}");
        }
    }

    #[test]
    fn words_of_a_phrase_are_joined_from_the_left_within_a_sentence() {
        let all = Rule { discount: 0, threshold: 0.0 };
        assert_eq!(joined(&mut find("a b c d e\n\n x\ny x\n", &all)), "a_b c_d e\nx\ny_x\n");
        // a b: (3 − 1) · 9 / (3 · 3) = 2; b c and d a: 0.
        let two = Rule { discount: 1, threshold: 1.9 };
        assert_eq!(joined(&mut find("a b c\na b\nd a b\nd", &two)), "a_b c\na_b\nd a_b\nd\n");
        let above = Rule { threshold: 2.0, ..two };
        assert!(find("a b c\na b\nd a b\nd", &above).2.is_empty());
    }

    #[test]
    fn longer_phrases_come_of_another_run() {
        let text = "new york times\n".repeat(10) + &"the new old york times the\n".repeat(3);
        let rule = Rule { discount: 3, threshold: 1.5 };
        let once = joined(&mut find(&text, &rule));
        assert!(once.starts_with("new_york times\n"), "{once}");
        assert!(joined(&mut find(&once, &rule)).starts_with("new_york_times\n"));
    }

    #[test]
    fn what_cannot_be_is_refused_and_who_breaks_off_is_heard() {
        let (vocabulary, mut corpus) = read("a b");
        for threshold in [-1.0, f64::NAN, f64::INFINITY] {
            let rule = Rule { threshold, ..Rule::default() };
            let refused = Phrases::find(&vocabulary, &mut corpus, &rule, &mut |_, _| Continue(()));
            assert!(refused.unwrap_err().to_string().starts_with("--threshold"), "{threshold}");
        }
        let rule = Rule::default();
        let other = Phrases::find(&read("a c").0, &mut corpus, &rule, &mut |_, _| Continue(()));
        assert!(other.unwrap_err().to_string().contains("another vocabulary"));
        let mut seen = Vec::new();
        let mut observe = |read, of| {
            seen.push((read, of));
            if read == of { Break(()) } else { Continue(()) }
        };
        let stopped = Phrases::find(&vocabulary, &mut corpus, &rule, &mut observe);
        assert!(matches!(stopped, Err(Error::Stopped(_))));
        assert_eq!(seen, [(2, 4), (4, 4)]);
    }
}
