//! The text of a corpus, its phrases joined.

use super::connectors::{Begun, Role};
use super::{BLOCK, JOINT, Phrases};
use crate::error::Result;
use crate::memory;
use crate::text::corpus::{Pass, SENTENCE_END};
use crate::text::vocabulary::Vocabulary;

/// Bytes of text at which a part ends.
const PART_BYTES: usize = 1 << 22;

/// What errors call the memory of a part.
const WHAT: &str = "joined text";

/// A text with its phrases joined: a sentence on each line, blanks between tokens, a [`JOINT`]
/// between the words of a phrase.
///
/// From left to right: what has ended a phrase begins none, so no token is of more than two words
/// and the connectors between.
#[derive(Debug)]
pub struct Joined<'a> {
    phrases: &'a Phrases,
    vocabulary: &'a Vocabulary,
    pass: Pass<'a>,
    tokens: Vec<u32>,
    /// How many of the tokens are in the text, or wait in `begun`.
    at: usize,
    text: Vec<u8>,
    tokens_read: u64,
    /// Whether the line has a word.
    in_line: bool,
    /// What may be a phrase: its first word is in the text, its connectors are not.
    begun: Begun,
}

impl<'a> Joined<'a> {
    /// The text that `pass` reads, with `phrases` joined.
    pub(super) fn new(phrases: &'a Phrases, vocabulary: &'a Vocabulary, pass: Pass<'a>) -> Self {
        let (tokens, text, begun) = (Vec::new(), Vec::new(), Begun::default());
        Self { phrases, vocabulary, pass, tokens, at: 0, text, tokens_read: 0, in_line: false, begun }
    }

    /// The next part of the text, which ends anywhere between two tokens; empty at the end.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) when the spool cannot be read,
    /// [`Error::Memory`](crate::Error::Memory) when there is none for a word.
    pub fn read(&mut self) -> Result<&[u8]> {
        self.text.clear();
        loop {
            if self.at == self.tokens.len() {
                // Every sentence has an end, so that nothing waits after the last.
                if !self.text.is_empty() {
                    return Ok(&self.text);
                }
                self.at = 0;
                self.tokens.clear();
                if self.pass.read(&mut self.tokens, BLOCK)? == 0 {
                    return Ok(&[]);
                }
            }
            while let Some(&token) = self.tokens.get(self.at) {
                self.at += 1;
                self.take(token)?;
                if self.text.len() >= PART_BYTES {
                    return Ok(&self.text);
                }
            }
        }
    }

    /// Puts `token` into the text, or has it wait.
    fn take(&mut self, token: u32) -> Result<()> {
        self.tokens_read += u64::from(token != SENTENCE_END);
        match self.begun.role(token, &self.phrases.connectors) {
            Role::End(first) if self.phrases.has(first, self.begun.between(), token) => {
                self.write_between(JOINT)?;
                self.begun.end();
                self.write(JOINT, token)
            }
            Role::End(_) | Role::Begin => {
                self.write_between(b' ')?;
                self.begun.begin(token);
                self.write(b' ', token)
            }
            Role::Within => {
                self.begun.within(token);
                Ok(())
            }
            Role::Outside => {
                self.write_between(b' ')?;
                self.begun.end();
                self.write(b' ', token)
            }
            Role::SentenceEnd => {
                self.write_between(b' ')?;
                self.begun.end();
                self.in_line = false;
                memory::append(&mut self.text, b"\n", WHAT)
            }
        }
    }

    /// Writes the connectors that wait, `separator` before each.
    fn write_between(&mut self, separator: u8) -> Result<()> {
        for at in 0..self.begun.between().len() {
            let connector = self.begun.between()[at];
            self.write(separator, connector)?;
        }
        Ok(())
    }

    /// Writes `word`, and before it `separator` if it is not the first of its line.
    fn write(&mut self, separator: u8, word: u32) -> Result<()> {
        if std::mem::replace(&mut self.in_line, true) {
            memory::append(&mut self.text, &[separator], WHAT)?;
        }
        memory::append(&mut self.text, self.vocabulary.word(word).unwrap_or_default(), WHAT)
    }

    /// Tokens of the corpus that the parts so far are made of, of
    /// [`Corpus::tokens`](crate::Corpus::tokens).
    #[must_use]
    pub fn tokens_read(&self) -> u64 {
        self.tokens_read
    }
}
