//! Words that may stand within a phrase, such as `of` in `bank_of_america`, and candidates for
//! phrases as they are met in a corpus.

use std::io::BufRead;

use crate::error::Result;
use crate::files::lines::Lines;
use crate::memory;
use crate::text::corpus::SENTENCE_END;
use crate::text::tokens::tokens;
use crate::text::vocabulary::Vocabulary;
use crate::text::words::Words;

/// English articles, prepositions and conjunctions: gensim's `ENGLISH_CONNECTOR_WORDS`.
pub const ENGLISH_CONNECTORS: [&str; 15] =
    ["a", "an", "the", "for", "of", "with", "without", "at", "from", "to", "in", "on", "by", "and", "or"];

/// Connectors that may follow each other within a phrase.
const MOST_BETWEEN: usize = 8;

/// What errors call the memory of connectors.
const WHAT: &str = "connector words";

/// The words of a text, in which white space parts them; `name` stands for it in errors.
///
/// # Errors
/// [`Error::Line`](crate::error::Error::Line) for a line that is too long,
/// [`Error::Io`](crate::error::Error::Io) from `reader`.
pub fn read_connectors(reader: impl BufRead, name: &str) -> Result<Vec<Vec<u8>>> {
    let mut lines = Lines::new(reader, name);
    let mut connectors = Vec::new();
    while let Some((_, text)) = lines.read()? {
        for token in tokens(text) {
            let mut word = Vec::new();
            memory::append(&mut word, token, WHAT)?;
            memory::push(&mut connectors, word, WHAT)?;
        }
    }
    Ok(connectors)
}

/// Which words of a vocabulary are connectors.
#[derive(Clone, Debug, Default)]
pub(super) struct Connectors(Vec<bool>);

impl Connectors {
    /// Those of `words` that `vocabulary` has.
    pub(super) fn new(words: &[Vec<u8>], vocabulary: &Vocabulary) -> Result<Self> {
        let mut is_connector = Vec::new();
        for id in words.iter().filter_map(|word| vocabulary.id(word)) {
            if is_connector.is_empty() {
                is_connector = memory::filled(false, vocabulary.len(), WHAT)?;
            }
            is_connector[id as usize] = true;
        }
        Ok(Self(is_connector))
    }

    /// Whether `word` is one.
    #[inline]
    fn has(&self, word: u32) -> bool {
        self.0.get(word as usize).is_some_and(|&is_connector| is_connector)
    }
}

/// The runs of connectors that were met between two words, numbered; number 0 is the empty one.
#[derive(Clone, Debug)]
pub(super) struct Runs(Words);

impl Runs {
    pub(super) fn new() -> Result<Self> {
        let mut runs = Words::default();
        runs.intern(&[])?;
        Ok(Self(runs))
    }

    /// The number of `run`, a new one if it is new.
    #[inline]
    pub(super) fn number(&mut self, run: &[u32]) -> Result<u32> {
        if run.is_empty() { Ok(0) } else { self.0.intern(&bytes(run)) }
    }

    /// The number of `run`, if it has one.
    #[inline]
    pub(super) fn find(&self, run: &[u32]) -> Option<u32> {
        if run.is_empty() { Some(0) } else { self.0.find(&bytes(run)) }
    }

    /// The words of the run of this number.
    pub(super) fn words(&self, number: u32) -> Vec<u32> {
        let bytes = self.0.get(number).unwrap_or_default();
        bytes.as_chunks::<4>().0.iter().map(|&bytes| u32::from_le_bytes(bytes)).collect()
    }
}

/// The ids of a run, at most [`MOST_BETWEEN`], as bytes.
fn bytes(run: &[u32]) -> Vec<u8> {
    run.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// What a token is to the phrase that may have begun before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It may end one that begins with this word, after the connectors between.
    End(u32),
    /// It may begin one, and ends none.
    Begin,
    /// It is a connector that may stand within one.
    Within,
    /// A connector that does not, for nothing has begun or too many came before.
    Outside,
    /// The sentence ends.
    SentenceEnd,
}

/// A phrase that may have begun: a word, and the connectors after it.
#[derive(Clone, Debug, Default)]
pub(super) struct Begun {
    first: Option<u32>,
    between: Vec<u32>,
}

impl Begun {
    /// The role of the next token. It is for the caller then to call [`begin`](Self::begin),
    /// [`within`](Self::within) or [`end`](Self::end).
    #[inline]
    pub(super) fn role(&self, token: u32, connectors: &Connectors) -> Role {
        match self.first {
            _ if token == SENTENCE_END => Role::SentenceEnd,
            Some(_) if connectors.has(token) && self.between.len() < MOST_BETWEEN => Role::Within,
            _ if connectors.has(token) => Role::Outside,
            Some(first) => Role::End(first),
            None => Role::Begin,
        }
    }

    /// The connectors since the first word.
    pub(super) fn between(&self) -> &[u32] {
        &self.between
    }

    /// A phrase may begin with `word`.
    #[inline]
    pub(super) fn begin(&mut self, word: u32) {
        self.first = Some(word);
        self.between.clear();
    }

    /// The phrase, if it is one, goes on with a connector.
    pub(super) fn within(&mut self, connector: u32) {
        self.between.push(connector);
    }

    /// No phrase has begun.
    #[inline]
    pub(super) fn end(&mut self) {
        self.first = None;
        self.between.clear();
    }
}
