//! A table of numbered words. The bytes of all words are in one block of memory. A word is found by
//! its number or by its bytes.

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

use crate::error::{Error, Result, escaped};
use crate::memory;

/// Numbers of words are below this. The two largest `u32`s are reserved as marks in streams of
/// numbers.
pub(crate) const MAX_WORDS: u32 = u32::MAX - 1;

/// The name in error messages for the memory of words.
const WHAT: &str = "words";

/// Distinct words, numbered from 0 in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    /// All words, one after another.
    bytes: Vec<u8>,
    /// Where each word ends in `bytes`.
    ends: Vec<usize>,
    table: HashTable<Slot>,
    hasher: FixedState,
}

/// An entry of the hash table. Short words are compared without reading `bytes`.
#[derive(Clone, Debug)]
struct Slot {
    /// The word itself if it has at most [`SHORT`] bytes, its hash otherwise.
    digest: u64,
    /// The word's length in bytes, capped at `u32::MAX`.
    len: u32,
    id: u32,
}

impl Words {
    /// An empty table with room for `words` words of `bytes` bytes in all.
    ///
    /// # Errors
    /// [`Error::Memory`] if there is no room.
    pub(crate) fn with_capacity(words: usize, bytes: usize) -> Result<Self> {
        let mut none = Self::default();
        none.bytes.try_reserve_exact(bytes).map_err(|_| memory::refused(bytes, WHAT))?;
        none.ends
            .try_reserve_exact(words)
            .map_err(|_| memory::refused(words.saturating_mul(size_of::<usize>()), WHAT))?;
        none.grow_table(words)?;
        Ok(none)
    }

    /// Makes room for `more` words in the hash table.
    fn grow_table(&mut self, more: usize) -> Result<()> {
        let hasher = &self.hasher;
        let grown = self.table.try_reserve(more, |slot| hasher.hash_one(slot.digest));
        grown.map_err(|_| memory::refused(self.len().saturating_add(more).saturating_mul(size_of::<Slot>()), WHAT))
    }

    /// Removes all words. The memory is kept.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.table.clear();
    }

    /// The number of `word`, `None` if it is not in the table. A new word is added and gets the
    /// next number.
    ///
    /// # Errors
    /// [`Error::TooManyWords`] if all numbers are taken, [`Error::Memory`] if there is no room for
    /// a new word.
    #[inline]
    pub(crate) fn intern(&mut self, word: &[u8]) -> Result<u32> {
        match self.find(word) {
            Some(id) => Ok(id),
            None => self.insert(word),
        }
    }

    /// Adds `word`, and returns whether it is new.
    ///
    /// # Errors
    /// As [`intern`](Self::intern).
    pub(crate) fn add(&mut self, word: &[u8]) -> Result<bool> {
        let before = self.len();
        self.intern(word)?;
        Ok(self.len() > before)
    }

    /// The number of `word`.
    #[inline]
    pub(crate) fn find(&self, word: &[u8]) -> Option<u32> {
        let digest = self.digest(word);
        let len = capped(word.len());
        let is_word = |slot: &Slot| {
            slot.digest == digest && slot.len == len && (word.len() <= SHORT || self.get(slot.id) == Some(word))
        };
        self.table.find(self.hasher.hash_one(digest), is_word).map(|slot| slot.id)
    }

    /// The word with number `id`, `None` beyond the last word.
    #[inline]
    pub(crate) fn get(&self, id: u32) -> Option<&[u8]> {
        let id = id as usize;
        let start = match id.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.bytes.get(start..*self.ends.get(id)?)
    }

    /// Removes all but the first `words` words.
    pub(crate) fn truncate(&mut self, words: usize) {
        self.ends.truncate(words);
        self.bytes.truncate(self.ends.last().copied().unwrap_or(0));
        self.table.retain(|slot| (slot.id as usize) < words);
    }

    /// All words in the order of their numbers.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| &self.bytes[std::mem::replace(&mut start, end)..end])
    }

    /// All bytes, and where each word ends in them.
    pub(super) fn parts(&self) -> (&[u8], &[usize]) {
        (&self.bytes, &self.ends)
    }

    /// The number of words.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Adds `word`, which must not be in the table, and returns its number.
    fn insert(&mut self, word: &[u8]) -> Result<u32> {
        let id = u32::try_from(self.len()).ok().filter(|&id| id < MAX_WORDS).ok_or(Error::TooManyWords)?;
        memory::reserve(&mut self.ends, 1, WHAT)?;
        if self.table.len() == self.table.capacity() {
            self.grow_table(1)?;
        }
        memory::append(&mut self.bytes, word, WHAT)?;
        self.ends.push(self.bytes.len());
        let slot = Slot { digest: self.digest(word), len: capped(word.len()), id };
        let hash = |slot: &Slot| self.hasher.hash_one(slot.digest);
        self.table.insert_unique(hash(&slot), slot, hash);
        Ok(id)
    }

    #[inline]
    fn digest(&self, word: &[u8]) -> u64 {
        if word.len() <= SHORT { packed(word) } else { self.hasher.hash_one(word) }
    }
}

/// The longest word, in bytes, that a [`Slot`] holds as a whole.
const SHORT: usize = 8;

/// A number that is different for any two different words of the same length, if the length is at
/// most [`SHORT`].
#[inline]
fn packed(word: &[u8]) -> u64 {
    let byte = |position: usize| u64::from(word[position]);
    match (word.first_chunk::<4>(), word.last_chunk::<4>()) {
        (Some(&head), Some(&tail)) => u64::from(u32::from_le_bytes(head)) | u64::from(u32::from_le_bytes(tail)) << 32,
        _ if word.is_empty() => 0,
        _ => byte(0) | byte(word.len() / 2) << 8 | byte(word.len() - 1) << 16,
    }
}

fn capped(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// The most characters of a word that [`shown`] shows.
const SHOWN_CHARS: usize = 40;

/// `word` as a message shows it on one line. Control characters are escaped, bytes that are not
/// UTF-8 become replacement characters, and an ellipsis stands for everything beyond forty
/// characters.
#[must_use]
pub fn shown(word: &[u8]) -> String {
    // A character has at most 4 bytes: these are enough for the shown characters and one more.
    let text = String::from_utf8_lossy(&word[..word.len().min(4 * (SHOWN_CHARS + 1))]);
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => escaped(&text[..end]) + "…",
        None => escaped(&text),
    }
}

/// `word` in lower case. If `word` is not UTF-8, only its ASCII letters change.
///
/// # Errors
/// [`Error::Memory`] if there is no room for the result.
pub(crate) fn lower_case(word: &[u8]) -> Result<Vec<u8>> {
    // A lower-case letter has at most 3 bytes for 2 of the upper-case letter. `to_lowercase` first
    // allocates the word's length, and doubles the room if needed: both together are 3 times the
    // length.
    memory::check(word.len().saturating_mul(3), WHAT)?;
    Ok(match str::from_utf8(word) {
        Ok(word) => word.to_lowercase().into_bytes(),
        Err(_) => word.to_ascii_lowercase(),
    })
}

/// Whether `word` can stand as a token in a text: it is not empty and has no ASCII white space.
fn is_storable(word: &[u8]) -> bool {
    !word.is_empty() && !word.iter().any(is_space)
}

/// The problem with `word`, if it cannot stand as a token in a text.
pub(crate) fn why_not_a_word(word: &[u8]) -> Option<String> {
    let problem = || format!("`{}` cannot be a word: it is empty or contains white space", shown(word));
    (!is_storable(word)).then(problem)
}

/// Whether `byte` is ASCII white space as for C's `isspace`, including the vertical tab.
pub(crate) fn is_space(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_word_is_shown_on_one_line() {
        assert_eq!(shown("über".as_bytes()), "über");
        assert_eq!(shown(b"a\nb\xff\x1b"), "a\\nb\u{fffd}\\u{1b}");
        for (long, char) in [("x", "x"), ("ü", "ü"), ("😀", "😀"), ("\u{301}", "\u{301}")] {
            assert_eq!(shown(long.repeat(40).as_bytes()), char.repeat(40));
            assert_eq!(shown(long.repeat(41).as_bytes()), char.repeat(40) + "…");
            assert_eq!(shown(long.repeat(500).as_bytes()), char.repeat(40) + "…");
        }
        assert_eq!(shown(&[0xff; 50]), "\u{fffd}".repeat(40) + "…");
    }

    #[test]
    fn words_are_found_by_number_and_by_bytes() {
        let mut words = Words::default();
        let distinct: [&[u8]; 4] = [b"a", b"", b"b\xff\0", "\u{fc}ber".as_bytes()];
        for _ in 0..2 {
            for (id, word) in (0..).zip(distinct) {
                assert_eq!(words.intern(word).unwrap(), id);
                assert_eq!(words.find(word), Some(id));
                assert_eq!(words.get(id), Some(word));
            }
        }
        assert_eq!(words.find(b"c"), None);
        assert_eq!(words.get(4), None);
        assert!(words.iter().eq(distinct));
        assert_eq!(words.len(), 4);
    }

    /// Words with lengths on both sides of every branch, words that differ in one byte, and words
    /// that differ by a zero byte at the end.
    #[test]
    fn similar_words_are_told_apart() {
        let mut distinct: Vec<Vec<u8>> = Vec::new();
        for len in 0..20 {
            distinct.push(vec![0; len]);
            for changed in 0..len {
                let mut word = vec![b'a'; len];
                distinct.push(word.clone());
                word[changed] = 0xff;
                distinct.push(word);
            }
        }
        distinct.sort();
        distinct.dedup();
        let mut words = Words::default();
        for _ in 0..2 {
            for (id, word) in (0..).zip(&distinct) {
                assert_eq!(words.intern(word).unwrap(), id);
                assert_eq!(words.find(word), Some(id));
            }
        }
        assert!(words.iter().eq(&distinct));
    }
}
