//! Phrases: neighbours that occur together far more often than by chance, such as `new york`, are
//! joined into one token (Mikolov et al. 2013b, section 4; the authors' program is word2phrase.c).
//!
//! The score of words `a b` is eq. 6 of the paper times the number of tokens N, as in
//! word2phrase.c. The factor N makes a threshold mean the same for texts of any length:
//!
//! score(a, b) = (count(a b) − δ) · N / (count(a) · count(b))
//!
//! A run joins two words. To find phrases of three and more words, run again on the joined text.
//!
//! Connectors, such as `of`, may stand within a phrase, but neither begin nor end one.
//! `bank_of_america` has a count of its own; `bank_in_america` would have another. The score of
//! `bank_of_america` is computed from this count and the counts of `bank` and `america` (as in
//! gensim).
//!
//! Both words of a pair are in the same sentence. word2phrase.c differs in three ways: it also
//! pairs the last word of a line with the first word of the next line, it cuts words and pairs
//! after 59 bytes, and it counts a word `a_b` of the text together with the pair `a b`.

mod connectors;
mod joined;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::ops::ControlFlow;

use foldhash::fast::FixedState;

use crate::text::corpus::Corpus;
pub use connectors::{ENGLISH_CONNECTORS, read_connectors};
pub use joined::Joined;

use crate::error::{Error, Result};
use crate::memory;
use crate::setting::Setting;
use crate::text::vocabulary::Vocabulary;
use connectors::{Begun, Connectors, Role, Runs};

/// The byte between the words of a phrase.
pub const JOINT: u8 = b'_';

/// Tokens read at a time.
const BLOCK: usize = 1 << 16;

/// The name in error messages for the memory of counters and phrases.
const WHAT: &str = "pairs of words";

/// The most counters of the sketch. A counter is one byte.
const MOST_COUNTERS: usize = 1 << 30;

/// The rule that decides which neighbours are a phrase.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// δ, subtracted from the count of a pair. A pair that occurs δ times or less is no phrase.
    pub discount: u64,
    /// Pairs with a score above this threshold are phrases.
    pub threshold: f64,
    /// Words that may stand within a phrase, but neither begin nor end one, such as
    /// [`ENGLISH_CONNECTORS`].
    pub connectors: Vec<Vec<u8>>,
}

/// The defaults of word2phrase.c: δ = 5, threshold 100, no connectors.
impl Default for Rule {
    fn default() -> Self {
        Self { discount: 5, threshold: 100.0, connectors: Vec::new() }
    }
}

impl Rule {
    /// Checks the threshold.
    ///
    /// # Errors
    /// [`Error::Setting`] for a threshold that is negative, infinite or not a number.
    pub fn validate(&self) -> Result<()> {
        if self.threshold.is_finite() && self.threshold >= 0.0 {
            return Ok(());
        }
        let problem = "must be 0 or a positive number such as 100; the higher, the fewer phrases".to_owned();
        Err(Error::Setting { setting: Setting::Threshold, value: self.threshold.to_string(), problem })
    }
}

/// Two words that are a phrase.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Phrase {
    /// The ids of the first and the last word in the vocabulary.
    pub words: [u32; 2],
    /// The ids of the connectors between the two words, in order; empty if the words are
    /// neighbours.
    pub between: Vec<u32>,
    /// The number of times that the second word follows the first with exactly these connectors
    /// between.
    pub count: u64,
    /// The score, which is above the threshold.
    pub score: f64,
}

/// The phrases of a corpus.
#[derive(Clone, Debug)]
pub struct Phrases {
    /// The count and the score of each phrase.
    found: HashMap<Key, (u64, f64), FixedState>,
    connectors: Connectors,
    runs: Runs,
    vocabulary: Vocabulary,
}

/// Two words and the number of the run of connectors between them. The two ids are one number,
/// because one number is hashed faster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    words: u64,
    run: u32,
}

impl Key {
    const fn new(first: u32, second: u32, run: u32) -> Self {
        Self { words: (first as u64) << u32::BITS | second as u64, run }
    }

    /// The ids of the two words.
    const fn words(self) -> [u32; 2] {
        [(self.words >> u32::BITS) as u32, self.words as u32]
    }
}

impl Phrases {
    /// Finds the phrases of `corpus`: the neighbours within a sentence that `rule` accepts.
    ///
    /// Words outside the vocabulary are passed over, here and by [`join`](Self::join). To keep all
    /// words of a text, read the text with a `min_count` of 1.
    ///
    /// The corpus is read twice. The first pass counts pairs in a sketch, in which several pairs
    /// may share a counter. The sketch takes one to two bytes for each token, and 1 GiB at most. A
    /// pair whose shared counter is so low that the pair cannot be a phrase is dropped. The second
    /// pass counts each remaining pair exactly, at about 60 bytes for each distinct pair: in
    /// natural text one in fifty of all distinct pairs, more if the sketch has fewer counters than
    /// the text has tokens. The result is exact.
    ///
    /// `observe` is called from time to time with the tokens read so far in both passes, and the
    /// tokens of both passes in all. If it breaks, the search ends with [`Error::Stopped`].
    ///
    /// # Errors
    /// [`Error::Setting`] as [`Rule::validate`], [`Error::Io`] if the spool cannot be read,
    /// [`Error::Memory`] if there is no memory for the counters, [`Error::Stopped`] if `observe`
    /// breaks.
    pub fn find(corpus: &Corpus, rule: &Rule, observe: &mut dyn FnMut(u64, u64) -> ControlFlow<()>) -> Result<Self> {
        Self::find_by(MOST_COUNTERS, corpus, rule, observe)
    }

    /// [`Phrases::find`] with a sketch of at most `most_counters` counters, which must be a power
    /// of two. The number of counters does not change the result.
    fn find_by(
        most_counters: usize,
        corpus: &Corpus,
        rule: &Rule,
        observe: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
    ) -> Result<Self> {
        rule.validate()?;
        let vocabulary = corpus.vocabulary();
        let connectors = Connectors::new(&rule.connectors, vocabulary)?;
        let mut runs = Runs::new()?;
        let tokens = corpus.tokens();
        let counters = usize::try_from(tokens).unwrap_or(usize::MAX).clamp(1, most_counters).next_power_of_two();
        // The sketch's hash must not be the map's hash: otherwise pairs that share a counter would
        // be neighbours in the map.
        let hasher = FixedState::with_seed(1);
        let place = |key: Key| hasher.hash_one(key) as usize % counters;

        let mut sketch = memory::filled(0_u8, counters, WHAT)?;
        let mut counts = memory::filled(0_u64, vocabulary.len(), WHAT)?;
        for_each_word(corpus, &connectors, &mut runs, &mut |read| observe(read, 2 * tokens), |word, pair| {
            counts[word as usize] += 1;
            if let Some(key) = pair {
                let counter = &mut sketch[place(key)];
                *counter = counter.saturating_add(1);
            }
            Ok(())
        })?;
        let of_words = |key: Key| key.words().map(|word| counts[word as usize]);
        // The score of a pair that occurs `count` times. The score never falls when `count` rises.
        let score = |key, count: u64| {
            let [first, second] = of_words(key).map(|count| count as f64);
            (count as f64 - rule.discount as f64) * tokens as f64 / (first * second)
        };
        let mut pairs: HashMap<Key, u64, FixedState> = HashMap::default();
        for_each_word(corpus, &connectors, &mut runs, &mut |read| observe(tokens + read, 2 * tokens), |_, pair| {
            let Some(key) = pair else { return Ok(()) };
            // The count of a pair is at most its counter, and at most the counts of its two words.
            // The score of the least of the three is therefore an upper bound of the pair's score.
            // A counter of 255 says nothing: it does not count further.
            let most = match sketch[place(key)] {
                u8::MAX => u64::MAX,
                counter => counter.into(),
            };
            if score(key, of_words(key).into_iter().fold(most, u64::min)) > rule.threshold {
                *room_for_one(&mut pairs)?.entry(key).or_default() += 1;
            }
            Ok(())
        })?;
        let mut found = HashMap::default();
        for (key, count) in pairs {
            let score = score(key, count);
            if score > rule.threshold {
                room_for_one(&mut found)?.insert(key, (count, score));
            }
        }
        Ok(Self { found, connectors, runs, vocabulary: vocabulary.clone() })
    }

    /// The number of phrases.
    #[must_use]
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether there is no phrase.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All phrases, the highest score first. Phrases of the same score are in the order of their
    /// ids.
    ///
    /// # Errors
    /// [`Error::Memory`] if there is no memory for the list.
    pub fn ranked(&self) -> Result<Vec<Phrase>> {
        let mut phrases = Vec::new();
        memory::reserve(&mut phrases, self.found.len(), WHAT)?;
        let phrase = |(key, &(count, score)): (&Key, &(u64, f64))| Phrase {
            words: key.words(),
            between: self.runs.words(key.run),
            count,
            score,
        };
        phrases.extend(self.found.iter().map(phrase));
        let ids = |phrase: &Phrase| (phrase.words, phrase.between.len());
        let order = |a: &Phrase, b: &Phrase| ids(a).cmp(&ids(b)).then_with(|| a.between.cmp(&b.between));
        phrases.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then_with(|| order(a, b)));
        Ok(phrases)
    }

    /// The text of `corpus` with these phrases joined. `corpus` is the one given to
    /// [`find`](Self::find), or another with the same words in the same order.
    ///
    /// # Errors
    /// [`Error::NothingToTrain`] for a corpus with another vocabulary.
    pub fn join<'a>(&'a self, corpus: &'a Corpus) -> Result<Joined<'a>> {
        let (words, found_in) = (corpus.vocabulary(), &self.vocabulary);
        if words.has_words_of(found_in) {
            return Ok(Joined::new(self, words, corpus.pass()));
        }
        Err(Error::NothingToTrain(format!(
            "the phrases were found with a vocabulary of {} words, and this corpus has another, of {} words; give the corpus in \
             which they were found",
            found_in.len(),
            words.len()
        )))
    }

    /// Whether `first`, the connectors `between` and `word` are a phrase.
    fn has(&self, first: u32, between: &[u32], word: u32) -> bool {
        self.runs.find(between).is_some_and(|run| self.found.contains_key(&Key::new(first, word, run)))
    }
}

/// Makes room in `map` for one more entry.
#[inline]
fn room_for_one<V>(map: &mut HashMap<Key, V, FixedState>) -> Result<&mut HashMap<Key, V, FixedState>> {
    if map.len() == map.capacity() {
        let bytes = map.len().saturating_mul(size_of::<(Key, V)>());
        map.try_reserve(1).map_err(|_| memory::refused(bytes, WHAT))?;
    }
    Ok(map)
}

/// Calls `show` for all words of the corpus, each with the key of the pair that ends with the word,
/// if there is such a pair.
fn for_each_word(
    corpus: &Corpus,
    connectors: &Connectors,
    runs: &mut Runs,
    observe: &mut dyn FnMut(u64) -> ControlFlow<()>,
    mut show: impl FnMut(u32, Option<Key>) -> Result<()>,
) -> Result<()> {
    let mut pass = corpus.pass();
    let (mut tokens, mut read, mut begun) = (Vec::new(), 0, Begun::default());
    loop {
        tokens.clear();
        let taken = pass.read(&mut tokens, BLOCK)?;
        if taken == 0 {
            return Ok(());
        }
        for &token in &tokens {
            match begun.role(token, connectors) {
                Role::End(first) => {
                    show(token, Some(Key::new(first, token, runs.number(begun.between())?)))?;
                    begun.begin(token);
                }
                Role::Begin => {
                    show(token, None)?;
                    begun.begin(token);
                }
                Role::Within => {
                    show(token, None)?;
                    begun.within(token);
                }
                Role::Outside => {
                    show(token, None)?;
                    begun.end();
                }
                Role::SentenceEnd => begun.end(),
            }
        }
        read += taken as u64;
        if observe(read).is_break() {
            return Err(Error::stopped("the phrases were found"));
        }
    }
}
