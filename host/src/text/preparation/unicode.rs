//! Finds words in text that is not ASCII.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};
use unicode_segmentation::UnicodeSegmentation;

use super::finish::is_letter;
use super::writer::Writer;
use super::{Inner, Preparation, WHAT};
use crate::error::Result;
use crate::memory;

/// The most bytes in NFKC per byte of UTF-8: U+FDFA has 3 bytes, and 33 bytes in NFKC.
const MOST_GROWTH: usize = 11;

/// The most times that normalization is repeated until the text does not change. Two are enough for
/// all known texts.
const MOST_ROUNDS: usize = 8;

impl Preparation {
    /// Writes the words of `run`, which has no ASCII white space.
    pub(super) fn unicode(&self, run: &[u8], to: &mut Writer<'_>) -> Result<()> {
        for chunk in run.utf8_chunks() {
            let text = self.normal(chunk.valid())?;
            // The word not yet written is `start..end`. `goes_on` says that a hyphen joins the next
            // segment to it.
            let (mut start, mut end, mut goes_on) = (0, 0, false);
            for (at, segment) in text.split_word_bound_indices() {
                let joins = self.joins(&text, at, segment);
                let is_word = segment.contains(is_letter);
                if !joins && !goes_on {
                    self.finish(&text[start..end], to)?;
                    start = at;
                }
                end = at + segment.len();
                goes_on = joins;
                if !joins && !is_word {
                    self.mark(segment, to)?;
                    start = end;
                }
            }
            self.finish(&text[start..end], to)?;
        }
        Ok(())
    }

    /// Whether `segment` is a hyphen that joins two words. It begins at byte `at` of `text`.
    fn joins(&self, text: &str, at: usize, segment: &str) -> bool {
        if self.hyphens == Inner::Part || segment != "-" {
            return false;
        }
        let ends = (text[..at].chars().next_back(), text[at + 1..].chars().next());
        matches!(ends, (Some(before), Some(after)) if before.is_alphanumeric()
            && after.is_alphanumeric()
            && (before.is_alphabetic() || after.is_alphabetic()))
    }

    /// `text` in its normal form: NFKC, without invisible characters, in lower case unless case is
    /// kept.
    fn normal<'t>(&self, text: &'t str) -> Result<Cow<'t, str>> {
        let mut text = Cow::Borrowed(text);
        for _ in 0..MOST_ROUNDS {
            if self.is_normal(&text) {
                break;
            }
            memory::check(text.len().saturating_mul(2 * MOST_GROWTH), WHAT)?;
            let next = self.normal_once(&text);
            if next == text {
                break;
            }
            text = Cow::Owned(next);
        }
        Ok(text)
    }

    /// Whether `text` is known to be in its normal form. False if this is not certain.
    fn is_normal(&self, text: &str) -> bool {
        let stays = |char: char| {
            let is_small = self.keep_case || char.is_ascii() || char.to_lowercase().eq([char]);
            is_small && seen(char) == Some(char) && !is_joiner(char)
        };
        text.chars().all(stays) && is_nfkc_quick(text.chars()) == IsNormalized::Yes
    }

    /// One step of normalization.
    fn normal_once(&self, text: &str) -> String {
        let dotless = |char| if char == 'İ' && !self.keep_case { 'i' } else { char };
        let composed: String = text.chars().filter_map(seen).nfkc().map(dotless).collect();
        let joined = without_loose_joiners(&composed);
        if self.keep_case { joined } else { joined.to_lowercase() }
    }
}

/// The first replacement for `char`; `None` if `char` is invisible and dropped.
fn seen(char: char) -> Option<char> {
    match char {
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200e}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}' => None,
        // Zero-width space, service mark, trade mark, and the replacement character for bytes that
        // are not UTF-8.
        '\u{200b}' | '\u{2120}' | '\u{2122}' | '\u{fffd}' => Some(' '),
        '\u{2019}' | '\u{2bc}' => Some('\''),
        '\u{2010}' | '\u{2011}' => Some('-'),
        _ => Some(char),
    }
}

/// Whether `char` is a zero-width joiner or non-joiner.
pub(super) fn is_joiner(char: char) -> bool {
    matches!(char, '\u{200c}' | '\u{200d}')
}

/// `text` without unnecessary joiners: a joiner stays only between two characters from U+0600 on.
fn without_loose_joiners(text: &str) -> String {
    let is_beside = |char: char| char >= '\u{600}' && !is_joiner(char);
    let mut kept = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let has_both = || kept.chars().next_back().is_some_and(is_beside);
        if !is_joiner(char) || (has_both() && chars.peek().is_some_and(|&next| is_beside(next))) {
            kept.push(char);
        }
    }
    kept
}
