//! Phrases: neighbours that come together far more often than chance would have them, such as `new
//! york`, joined into one token (Mikolov et al. 2013b, section 4; the program is word2phrase.c).
//!
//! The score of words `a b`, eq. 6 of the paper times the number of tokens N, as word2phrase.c has
//! it, so that a threshold means the same for texts of any length:
//!
//! score(a, b) = (count(a b) − δ) · N / (count(a) · count(b))
//!
//! Phrases of three and more words are found by another run over the text that the first has
//! joined.
//!
//! Connectors, such as `of`, may stand within a phrase but neither begin nor end one:
//! `bank_of_america` is counted by itself, apart from other connectors between the same words, and
//! its score is that of `bank` and `america` (as in gensim).
//!
//! Pairs are those within a sentence; word2phrase.c counts the last word of a line with the first
//! of the next too. It also cuts words and pairs after 59 bytes, and counts a word `a_b` of the
//! text with the pair `a b`.

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

/// Stands between the words of a phrase.
pub const JOINT: u8 = b'_';

/// Tokens that are read at a time.
const BLOCK: usize = 1 << 16;

/// What errors call the memory of counters and phrases.
const WHAT: &str = "pairs of words";

/// Counters of the sketch, a byte each, at most.
const MOST_COUNTERS: usize = 1 << 30;

/// Which neighbours are a phrase.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// δ, taken off the count of a pair: pairs that do not occur more often are none.
    pub discount: u64,
    /// Pairs that score more than this are phrases.
    pub threshold: f64,
    /// Words that may stand within a phrase and neither begin nor end one, such as
    /// [`ENGLISH_CONNECTORS`].
    pub connectors: Vec<Vec<u8>>,
}

/// word2phrase.c's.
impl Default for Rule {
    fn default() -> Self {
        Self { discount: 5, threshold: 100.0, connectors: Vec::new() }
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
        Err(Error::Setting { setting: Setting::Threshold, value: self.threshold.to_string(), problem })
    }
}

/// Two words that are a phrase.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Phrase {
    /// Their ids in the vocabulary.
    pub words: [u32; 2],
    /// The connectors between them, by their ids; none where they are neighbours.
    pub between: Vec<u32>,
    /// How often the second follows the first, with these connectors between.
    pub count: u64,
    /// Their score, above the threshold.
    pub score: f64,
}

/// The phrases of a corpus.
#[derive(Clone, Debug)]
pub struct Phrases {
    /// The count and the score of each.
    found: HashMap<Key, (u64, f64), FixedState>,
    connectors: Connectors,
    runs: Runs,
    vocabulary: Vocabulary,
}

/// Two words and the number of the run of connectors between them: the ids as one number, for its
/// hash is the faster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    words: u64,
    run: u32,
}

impl Key {
    const fn new(first: u32, second: u32, run: u32) -> Self {
        Self { words: (first as u64) << u32::BITS | second as u64, run }
    }

    /// The ids of the words.
    const fn words(self) -> [u32; 2] {
        [(self.words >> u32::BITS) as u32, self.words as u32]
    }
}

impl Phrases {
    /// Those of `corpus`: neighbours within a sentence by `rule`.
    ///
    /// For all words of a text read it with a `min_count` of 1: words outside the vocabulary are
    /// passed over, here and by [`join`](Self::join).
    ///
    /// The corpus is passed over twice. First, pairs are counted in a sketch, one to two bytes for
    /// each token and 1 GiB at most, where several may share a counter; then those that may be
    /// phrases by that are counted by themselves, at some 60 bytes each, one in fifty of all
    /// distinct pairs of a natural text, more where the sketch has fewer counters than tokens. The
    /// result is exact. `observe` is called from time to time with the tokens read so far and those
    /// to read, of both passes, and may break off.
    ///
    /// # Errors
    /// [`Error::Setting`] as [`Rule::validate`], [`Error::Io`] when the
    /// spool cannot be read, [`Error::Memory`] when there is none for the counters,
    /// [`Error::Stopped`] when `observe` breaks.
    pub fn find(corpus: &Corpus, rule: &Rule, observe: &mut dyn FnMut(u64, u64) -> ControlFlow<()>) -> Result<Self> {
        Self::find_by(MOST_COUNTERS, corpus, rule, observe)
    }

    /// [`Phrases::find`] with `most_counters` at most, a power of two, which does not change what
    /// is found.
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
        // Not the map's, or pairs that share a counter would be neighbours there.
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
        // Of a pair that occurs `count` times; it never falls when that rises.
        let score = |key, count: u64| {
            let [first, second] = of_words(key).map(|count| count as f64);
            (count as f64 - rule.discount as f64) * tokens as f64 / (first * second)
        };
        let mut pairs: HashMap<Key, u64, FixedState> = HashMap::default();
        for_each_word(corpus, &connectors, &mut runs, &mut |read| observe(tokens + read, 2 * tokens), |_, pair| {
            let Some(key) = pair else { return Ok(()) };
            // No pair is more frequent than its counter says, nor than its words, and none scores
            // higher than if it were.
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
    ///
    /// # Errors
    /// [`Error::Memory`] when there is none for the list.
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

    /// The text of `corpus` with its phrases joined; it is that of [`find`](Self::find), or another
    /// of the same vocabulary.
    ///
    /// # Errors
    /// [`Error::NothingToTrain`] for a corpus of other words.
    pub fn join<'a>(&'a self, corpus: &'a Corpus) -> Result<Joined<'a>> {
        let (words, found_in) = (corpus.vocabulary(), &self.vocabulary);
        if words.has_words_of(found_in) {
            return Ok(Joined::new(self, words, corpus.pass()));
        }
        Err(Error::NothingToTrain(format!(
            "the phrases were found in a corpus of another vocabulary, of {} words, and not of this one's {}; give the corpus that \
             they were found in",
            found_in.len(),
            words.len()
        )))
    }

    /// Whether `word` makes a phrase of `first` and the connectors since.
    fn has(&self, first: u32, between: &[u32], word: u32) -> bool {
        self.runs.find(between).is_some_and(|run| self.found.contains_key(&Key::new(first, word, run)))
    }
}

/// `map` with room for one more.
#[inline]
fn room_for_one<V>(map: &mut HashMap<Key, V, FixedState>) -> Result<&mut HashMap<Key, V, FixedState>> {
    if map.len() == map.capacity() {
        let bytes = map.len().saturating_mul(size_of::<(Key, V)>());
        map.try_reserve(1).map_err(|_| memory::refused(bytes, WHAT))?;
    }
    Ok(map)
}

/// Shows all words, each with the key of the pair that it ends if there is one.
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
