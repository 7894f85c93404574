//! What is done to a word once it is found.

use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

use super::unicode::is_joiner;
use super::writer::Writer;
use super::{Digits, Inner, Preparation};
use crate::error::Result;

/// The digits as words, as text8 spells them.
const SPELLED: [&[u8]; 10] = [b"zero", b"one", b"two", b"three", b"four", b"five", b"six", b"seven", b"eight", b"nine"];

impl Preparation {
    /// Writes what becomes of `word`, a segment of UAX #29, or several that hyphens join.
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

    /// Writes `piece` without what is no letter and no digit at its ends.
    fn piece(&self, piece: &str, to: &mut Writer<'_>) -> Result<()> {
        let Some(start) = piece.find(is_letter) else { return self.mark(piece, to) };
        let (before, piece) = piece.split_at(start);
        let last = piece.char_indices().rfind(|&(_, char)| is_letter(char));
        let end = last.map_or(0, |(at, char)| at + char.len_utf8());
        // Marks belong to the letter before them.
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

    /// Writes the segments of `marks`, punctuation and symbols, if such are kept.
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

/// Whether `char` is a letter or a digit, and no mark that belongs to the character before.
pub(super) fn is_letter(char: char) -> bool {
    char.is_alphanumeric() && (char.is_ascii() || !is_combining_mark(char))
}

/// Whether `word` is a character of a script without blanks, which UAX #29 leaves alone, with the
/// marks that belong to it.
fn is_unparted(word: &str) -> bool {
    let mut chars = word.chars();
    let is_in_script = |char| {
        matches!(char,
            '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3005}'..='\u{309f}'
                | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
    };
    chars.next().is_some_and(is_in_script) && chars.all(is_combining_mark)
}
