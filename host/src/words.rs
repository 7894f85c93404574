//! A numbered list of words: their bytes in one block of memory, found by number or by content.

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// Words numbered from 0 in the order in which they were appended.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// All words, one after another.
    bytes: Vec<u8>,
    /// Where each word ends in `bytes`.
    ends: Vec<usize>,
    /// The number of each distinct word's first occurrence.
    table: HashTable<u32>,
    hasher: FixedState,
}

impl Words {
    /// The number given to `word`, or `None` when all numbers are taken; a word may be appended more than once.
    pub fn push(&mut self, word: &[u8]) -> Option<u32> {
        let id = u32::try_from(self.len()).ok().filter(|&id| id < u32::MAX)?;
        self.bytes.extend_from_slice(word);
        self.ends.push(self.bytes.len());
        if self.id(word).is_none() {
            let Self {
                bytes,
                ends,
                table,
                hasher,
            } = self;
            table.insert_unique(hasher.hash_one(word), id, |&other| {
                hasher.hash_one(slice(bytes, ends, other).unwrap_or_default())
            });
        }
        Some(id)
    }

    /// The number of the first word equal to `word`.
    pub fn id(&self, word: &[u8]) -> Option<u32> {
        self.table
            .find(self.hasher.hash_one(word), |&id| {
                self.word(id) == Some(word)
            })
            .copied()
    }

    /// The word with number `id`.
    pub fn word(&self, id: u32) -> Option<&[u8]> {
        slice(&self.bytes, &self.ends, id)
    }

    /// All words in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        let mut start = 0;
        self.ends
            .iter()
            .map(move |&end| &self.bytes[std::mem::replace(&mut start, end)..end])
    }

    /// How many words were appended.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

/// Longest part of a word that [`shown`] shows, in characters.
const SHOWN_CHARS: usize = 40;

/// `word` as a message can show it on one line: no control characters, replacement characters where it is not UTF-8,
/// and an ellipsis for what is beyond forty characters.
pub fn shown(word: &[u8]) -> String {
    let text = String::from_utf8_lossy(word);
    let mut chars = text.chars();
    let mut shown = String::new();
    for char in chars.by_ref().take(SHOWN_CHARS) {
        if char.is_control() {
            shown.extend(char.escape_default());
        } else {
            shown.push(char);
        }
    }
    if chars.next().is_some() {
        shown.push('…');
    }
    shown
}

/// Whether a model file can tell `word` from what stands around it: not empty, and no ASCII whitespace in it.
pub fn is_storable(word: &[u8]) -> bool {
    !word.is_empty() && !word.iter().any(is_space)
}

/// Whether `byte` is ASCII whitespace as C's `isspace` has it, vertical tab included.
pub fn is_space(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Word `id` of the block `bytes`.
fn slice<'a>(bytes: &'a [u8], ends: &[usize], id: u32) -> Option<&'a [u8]> {
    let id = id as usize;
    let start = match id.checked_sub(1) {
        Some(before) => *ends.get(before)?,
        None => 0,
    };
    bytes.get(start..*ends.get(id)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_word_is_shown_on_one_line() {
        assert_eq!(shown("über".as_bytes()), "über");
        assert_eq!(shown(b"a\nb\xff\x1b"), "a\\nb\u{fffd}\\u{1b}");
        assert_eq!(shown(&[b'x'; 50]), format!("{}…", "x".repeat(40)));
    }

    #[test]
    fn words_are_found_both_ways_and_the_first_of_equals_wins() {
        let mut words = Words::default();
        let appended: [&[u8]; 5] = [b"a", b"", b"b\xff\0", b"a", "\u{fc}ber".as_bytes()];
        for (id, word) in (0..).zip(appended) {
            assert_eq!(words.push(word), Some(id));
        }
        for (id, word) in (0..).zip(appended) {
            assert_eq!(words.word(id), Some(word));
        }
        assert_eq!(words.id(b"a"), Some(0));
        assert_eq!(words.id(b"b\xff\0"), Some(2));
        assert_eq!(words.id(b"c"), None);
        assert_eq!(words.word(5), None);
        assert!(words.iter().eq(appended));
        assert_eq!(words.len(), 5);
    }
}
