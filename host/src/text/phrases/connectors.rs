//! Connectors, such as `of` in `bank_of_america`, and the candidates for phrases along a text.

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

/// The most connectors between the two words of a phrase.
const MOST_BETWEEN: usize = 8;

/// The name in error messages for the memory of connectors.
const WHAT: &str = "connector words";

/// Reads a list of connectors: the words of a text, separated by white space. `name` is the text's
/// name in errors.
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
    /// The connectors `words`, as far as `vocabulary` has them.
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

    /// Whether `word` is a connector.
    #[inline]
    fn has(&self, word: u32) -> bool {
        self.0.get(word as usize).is_some_and(|&is_connector| is_connector)
    }
}

/// The distinct runs of connectors that stand between two words of the text, numbered. Number 0 is
/// the empty run.
#[derive(Clone, Debug)]
pub(super) struct Runs(Words);

impl Runs {
    pub(super) fn new() -> Result<Self> {
        let mut runs = Words::default();
        runs.intern(&[])?;
        Ok(Self(runs))
    }

    /// The number of `run`; a new number if the run is new.
    #[inline]
    pub(super) fn number(&mut self, run: &[u32]) -> Result<u32> {
        if run.is_empty() { Ok(0) } else { self.0.intern(&bytes(run)) }
    }

    /// The number of `run`, if it has one.
    #[inline]
    pub(super) fn find(&self, run: &[u32]) -> Option<u32> {
        if run.is_empty() { Some(0) } else { self.0.find(&bytes(run)) }
    }

    /// The ids of the connectors of run `number`.
    pub(super) fn words(&self, number: u32) -> Vec<u32> {
        let bytes = self.0.get(number).unwrap_or_default();
        bytes.as_chunks::<4>().0.iter().map(|&bytes| u32::from_le_bytes(bytes)).collect()
    }
}

/// The ids of a run as bytes. A run has at most [`MOST_BETWEEN`] ids.
fn bytes(run: &[u32]) -> Vec<u8> {
    run.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// What the next token can be in a phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A word that may end a phrase. The phrase began with the given word, and the connectors since
    /// then are between.
    End(u32),
    /// A word that may begin a phrase and cannot end one.
    Begin,
    /// A connector that may stand within a phrase.
    Within,
    /// A connector that cannot stand within a phrase: no phrase has begun, or there are too many
    /// connectors already.
    Outside,
    /// The end of a sentence.
    SentenceEnd,
}

/// The beginning of a possible phrase: its first word, if there is one, and the connectors since.
#[derive(Clone, Debug, Default)]
pub(super) struct Begun {
    first: Option<u32>,
    between: Vec<u32>,
}

impl Begun {
    /// The role of the next token. The caller must then call [`begin`](Self::begin),
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

    /// The possible phrase goes on with `connector`.
    pub(super) fn within(&mut self, connector: u32) {
        self.between.push(connector);
    }

    /// No phrase is open any more.
    #[inline]
    pub(super) fn end(&mut self) {
        self.first = None;
        self.between.clear();
    }
}
