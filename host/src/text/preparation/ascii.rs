//! Finds words in ASCII text. This is the fast path, which covers most of English.

use super::writer::Writer;
use super::{Digits, Inner, Preparation};
use crate::error::Result;

/// For each byte whether UAX #29 makes it a part of a word in any context: letters, digits and the
/// underscore.
const IN_WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'_';
        byte += 1;
    }
    table
};

impl Preparation {
    /// Writes the words of `run`, which is ASCII without white space.
    #[inline]
    pub(super) fn ascii(&self, run: &[u8], to: &mut Writer<'_>) -> Result<()> {
        let mut at = 0;
        while let Some(&byte) = run.get(at) {
            let start = at;
            if !IN_WORD[usize::from(byte)] {
                at += 1;
                if self.keep_punctuation && !byte.is_ascii_control() {
                    to.word(&run[start..at])?;
                }
                continue;
            }
            at = self.end_of_word(run, at);
            let word = &run[start..at];
            if self.is_plain(word) {
                to.word(word)?;
            } else if let Ok(word) = str::from_utf8(word) {
                self.finish(word, to)?;
            }
        }
        Ok(())
    }

    /// The end of the word that begins at `at`.
    #[inline]
    fn end_of_word(&self, run: &[u8], mut at: usize) -> usize {
        loop {
            while run.get(at).is_some_and(|&byte| IN_WORD[usize::from(byte)]) {
                at += 1;
            }
            let [before, mark, after] = match run.get(at - 1..at + 2) {
                Some(&[before, mark, after]) => [before, mark, after],
                _ => return at,
            };
            let letters = before.is_ascii_alphabetic() && after.is_ascii_alphabetic();
            let digits = before.is_ascii_digit() && after.is_ascii_digit();
            let joins = match mark {
                b'.' | b'\'' => letters || digits,
                b':' => letters,
                b',' | b';' => digits,
                b'-' => {
                    let both = before.is_ascii_alphanumeric() && after.is_ascii_alphanumeric();
                    self.hyphens == Inner::Keep && both && !digits
                }
                _ => false,
            };
            if !joins {
                return at;
            }
            at += 1;
        }
    }

    /// Whether `word` is written unchanged.
    #[inline]
    fn is_plain(&self, word: &[u8]) -> bool {
        let ends = word.first() != Some(&b'_') && word.last() != Some(&b'_');
        let digits = match self.digits {
            Digits::Keep => true,
            Digits::Spell | Digits::Mark => !word.iter().any(u8::is_ascii_digit),
        };
        ends && digits && (self.apostrophes == Inner::Keep || !word.contains(&b'\''))
    }
}
