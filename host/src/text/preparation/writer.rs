//! Writes prepared words one after another, and counts them.

use std::ops::AddAssign;

use super::WHAT;
use crate::error::Result;
use crate::memory;

/// The counts of a text that is prepared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Bytes of the original text, decompressed.
    pub bytes: u64,
    /// Words written.
    pub words: u64,
    /// Lines written.
    pub sentences: u64,
    /// The number of places with bytes that are not UTF-8.
    pub not_utf8: u64,
    /// Words that are single characters of a script without blanks between words.
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
    /// Problems of the text that a user may want to know, one text for each.
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

/// Writes words, each after its separator.
pub(super) struct Writer<'a> {
    text: Vec<u8>,
    separator: u8,
    counts: &'a mut Counts,
}

impl<'a> Writer<'a> {
    /// Appends words to `text`, and adds to `counts`.
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

    /// Counts a word that is a single character of a script without blanks.
    pub(super) fn note_character(&mut self) {
        self.counts.characters += 1;
    }

    /// Ends the line: a line feed will be written before the next word.
    #[inline]
    pub(super) fn end_line(&mut self) {
        self.separator = b'\n';
    }

    /// The text, and whether a line ended after the last word.
    pub(super) fn finish(self) -> (Vec<u8>, bool) {
        (self.text, self.separator == b'\n')
    }
}
