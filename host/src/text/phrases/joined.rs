//! The text of a corpus with its phrases joined.

use super::connectors::{Begun, Role};
use super::{BLOCK, JOINT, Phrases};
use crate::error::Result;
use crate::memory;
use crate::text::corpus::{Pass, SENTENCE_END};
use crate::text::vocabulary::Vocabulary;

/// A part ends when it has at least this many bytes.
const PART_BYTES: usize = 1 << 22;

/// The name in error messages for the memory of a part.
const WHAT: &str = "joined text";

/// A text with its phrases joined: one sentence on each line, a blank between tokens, and a
/// [`JOINT`] between the words of a phrase.
///
/// Phrases are joined from left to right. A word that ends a phrase does not begin another one, so
/// a token has at most two words and the connectors between them.
#[derive(Debug)]
pub struct Joined<'a> {
    phrases: &'a Phrases,
    vocabulary: &'a Vocabulary,
    pass: Pass<'a>,
    tokens: Vec<u32>,
    /// The number of `tokens` that are done: written to `text`, or waiting in `begun`.
    at: usize,
    text: Vec<u8>,
    tokens_read: u64,
    /// Whether the current line has a word already.
    in_line: bool,
    /// The possible phrase. Its first word is in `text`; its connectors are not written yet.
    begun: Begun,
}

impl<'a> Joined<'a> {
    /// The text that `pass` reads, with `phrases` joined.
    pub(super) fn new(phrases: &'a Phrases, vocabulary: &'a Vocabulary, pass: Pass<'a>) -> Self {
        let (tokens, text, begun) = (Vec::new(), Vec::new(), Begun::default());
        Self { phrases, vocabulary, pass, tokens, at: 0, text, tokens_read: 0, in_line: false, begun }
    }

    /// The next part of the text; empty at the end of the text. A part may end between any two
    /// tokens.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) if the spool cannot be read,
    /// [`Error::Memory`](crate::Error::Memory) if there is no memory for a word.
    pub fn read(&mut self) -> Result<&[u8]> {
        self.text.clear();
        loop {
            if self.at == self.tokens.len() {
                // The spool ends with the end of a sentence, so no connector waits after the last
                // token.
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

    /// Writes `token` to the text, or keeps it waiting.
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

    /// Writes the waiting connectors, each after a `separator`.
    fn write_between(&mut self, separator: u8) -> Result<()> {
        for at in 0..self.begun.between().len() {
            let connector = self.begun.between()[at];
            self.write(separator, connector)?;
        }
        Ok(())
    }

    /// Writes `word`, after a `separator` unless the word is the first of its line.
    fn write(&mut self, separator: u8, word: u32) -> Result<()> {
        if std::mem::replace(&mut self.in_line, true) {
            memory::append(&mut self.text, &[separator], WHAT)?;
        }
        memory::append(&mut self.text, self.vocabulary.word(word).unwrap_or_default(), WHAT)
    }

    /// The number of tokens of the corpus read so far, of [`Corpus::tokens`](crate::Corpus::tokens)
    /// in all.
    #[must_use]
    pub fn tokens_read(&self) -> u64 {
        self.tokens_read
    }
}
