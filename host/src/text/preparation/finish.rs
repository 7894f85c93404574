//! The last steps for a word that was found: numbers, apostrophes, and marks at its ends.

use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

use super::unicode::is_joiner;
use super::writer::Writer;
use super::{Digits, Inner, Preparation};
use crate::error::Result;

/// The digits as words, spelled as in text8.
const SPELLED: [&[u8]; 10] = [b"zero", b"one", b"two", b"three", b"four", b"five", b"six", b"seven", b"eight", b"nine"];

impl Preparation {
    /// Writes the words that `word` becomes. `word` is a segment of UAX #29, or several segments
    /// joined by hyphens.
    pub(super) fn finish(&self, word: &str, to: &mut Writer<'_>) -> Result<()> {
        let spells = |char: char| self.digits == Digits::Spell && char.is_ascii_digit();
        let parts = |char: char| self.apostrophes == Inner::Part && char == '\'';
        let mut rest = word;
        while let Some(at) = rest.find(|char| spells(char) || parts(char)) {
            self.piece(&rest[..at], to)?;
            match rest.as_bytes()[at].checked_sub(b'0').and_then(|digit| SPELLED.get(usize::from(digit))) {
                Some(digit) => to.word(digit)?,
                None => self.mark(&rest[at..=at], to)?,
            }
            rest = &rest[at + 1..];
        }
        self.piece(rest, to)
    }

    /// Writes `piece` without the characters at its ends that are neither letters nor digits.
    fn piece(&self, piece: &str, to: &mut Writer<'_>) -> Result<()> {
        let Some(start) = piece.find(is_letter) else { return self.mark(piece, to) };
        let (before, piece) = piece.split_at(start);
        let last = piece.char_indices().rfind(|&(_, char)| is_letter(char));
        let end = last.map_or(0, |(at, char)| at + char.len_utf8());
        // Combining marks belong to the letter before them.
        let marks = piece[end..].find(|char| !is_combining_mark(char)).unwrap_or(piece.len() - end);
        let (core, after) = piece.split_at(end + marks);
        self.mark(before, to)?;
        if self.digits == Digits::Mark && !core.contains(char::is_alphabetic) {
            to.word(b"0")?;
        } else {
            to.word(core.as_bytes())?;
            if is_unparted(core) {
                to.note_character();
            }
        }
        self.mark(after, to)
    }

    /// Writes each segment of `marks` as a word, if punctuation and symbols are kept.
    pub(super) fn mark(&self, marks: &str, to: &mut Writer<'_>) -> Result<()> {
        if !self.keep_punctuation {
            return Ok(());
        }
        for mark in marks.split_word_bounds() {
            let mark = mark.trim_matches(|char: char| char.is_whitespace() || char.is_control() || is_joiner(char));
            if !mark.is_empty() {
                to.word(mark.as_bytes())?;
            }
        }
        Ok(())
    }
}

/// Whether `char` is a letter or a digit, and not a mark that combines with the character before.
pub(super) fn is_letter(char: char) -> bool {
    char.is_alphanumeric() && (char.is_ascii() || !is_combining_mark(char))
}

/// Whether `word` is a single character of a script without blanks, with its combining marks. UAX
/// #29 does not join such characters to words.
fn is_unparted(word: &str) -> bool {
    let mut chars = word.chars();
    let is_in_script = |char| {
        matches!(char,
            '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3005}'..='\u{309f}'
                | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
    };
    chars.next().is_some_and(is_in_script) && chars.all(is_combining_mark)
}
