//! Words written one after another.

use std::ops::AddAssign;

use super::WHAT;
use crate::error::Result;
use crate::memory;

/// What was read and written while a text was made ready.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Bytes of the text as it was, decompressed.
    pub bytes: u64,
    /// Words that were written.
    pub words: u64,
    /// Lines that were written.
    pub sentences: u64,
    /// Places where bytes were not UTF-8.
    pub not_utf8: u64,
    /// Words that are a character of a script without blanks between words.
    pub characters: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        let Self { bytes, words, sentences, not_utf8, characters } = other;
        self.bytes += bytes;
        self.words += words;
        self.sentences += sentences;
        self.not_utf8 += not_utf8;
        self.characters += characters;
    }
}

impl Counts {
    /// What the user may want to know of the text, a line for each.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.not_utf8 > 0 {
            problems.push(format!(
                "{} times the text has bytes that are not UTF-8, and words are parted there; if it is in another encoding, convert \
                 it first, as `iconv -f latin1 -t utf-8` does",
                self.not_utf8
            ));
        }
        if self.characters > self.words / 10 {
            problems.push(format!(
                "{} of {} words are single characters: in a script without blanks between words (Chinese, Japanese, Thai and others) \
                 each character is a word; for whole words, part the text with a dictionary first (jieba, MeCab, PyThaiNLP)",
                self.characters, self.words
            ));
        }
        problems
    }
}

/// Writes words, before each what parts it from the one before.
pub(super) struct Writer<'a> {
    text: Vec<u8>,
    separator: u8,
    counts: &'a mut Counts,
}

impl<'a> Writer<'a> {
    /// Writes behind what is in `text`, and counts in `counts`.
    pub(super) fn new(text: Vec<u8>, counts: &'a mut Counts) -> Self {
        Self { text, separator: b' ', counts }
    }

    /// Writes `word`.
    #[inline]
    pub(super) fn word(&mut self, word: &[u8]) -> Result<()> {
        memory::reserve(&mut self.text, word.len() + 1, WHAT)?;
        self.text.push(self.separator);
        self.text.extend_from_slice(word);
        self.separator = b' ';
        self.counts.words += 1;
        Ok(())
    }

    /// Counts a word that is a character of a script without blanks.
    pub(super) fn note_character(&mut self) {
        self.counts.characters += 1;
    }

    /// Ends the line.
    #[inline]
    pub(super) fn end_line(&mut self) {
        self.separator = b'\n';
    }

    /// The text, and whether a line has ended since the last word.
    pub(super) fn finish(self) -> (Vec<u8>, bool) {
        (self.text, self.separator == b'\n')
    }
}
