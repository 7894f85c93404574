//! Distinct words in order, with a table to find them in or, until many are asked for, without one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use crate::error::Result;
use crate::text::words::Words;

/// Searches through all words that cost as much as the table of them.
///
/// Of 3 million words a search takes 10 ms, and the table 0.5 s.
const MOST_SEARCHES: usize = 32;

/// Distinct words numbered from 0; a clone shares them.
#[derive(Clone)]
pub(crate) enum WordList {
    /// With the table that they came into one by one.
    Interned(Arc<Words>),
    /// As a file lists them.
    Listed(Arc<Listed>),
}

/// Words of a file that says that they are distinct.
pub(crate) struct Listed {
    /// All words, one after another.
    bytes: Vec<u8>,
    /// Where each word ends in `bytes`: never falling, and the last where `bytes` end.
    ends: Vec<usize>,
    /// Searches so far.
    searches: AtomicUsize,
    /// The words once more in a table; `None` where there was no memory for it, or the file was
    /// wrong.
    table: OnceLock<Option<Words>>,
}

impl WordList {
    /// The words in `bytes` that end at each of `ends`; `None` where those fall, or do not end
    /// where the bytes do. That the words are distinct is taken for granted.
    pub(crate) fn listed(bytes: Vec<u8>, ends: Vec<usize>) -> Option<Self> {
        let is_valid = ends.is_sorted() && ends.last().copied().unwrap_or(0) == bytes.len();
        let (searches, table) = (AtomicUsize::new(0), OnceLock::new());
        is_valid.then(|| Self::Listed(Arc::new(Listed { bytes, ends, searches, table })))
    }

    /// All bytes, and where each word ends.
    fn parts(&self) -> (&[u8], &[usize]) {
        match self {
            Self::Interned(words) => words.parts(),
            Self::Listed(listed) => (&listed.bytes, &listed.ends),
        }
    }

    /// How many words there are.
    pub(crate) fn len(&self) -> usize {
        self.parts().1.len()
    }

    /// The word with number `id`.
    pub(crate) fn get(&self, id: u32) -> Option<&[u8]> {
        let (bytes, ends) = self.parts();
        let id = id as usize;
        let start = match id.checked_sub(1) {
            Some(before) => *ends.get(before)?,
            None => 0,
        };
        bytes.get(start..*ends.get(id)?)
    }

    /// All words in order.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        let (bytes, ends) = self.parts();
        let mut start = 0;
        ends.iter().map(move |&end| &bytes[std::mem::replace(&mut start, end)..end])
    }

    /// The number of `word`.
    pub(crate) fn find(&self, word: &[u8]) -> Option<u32> {
        let listed = match self {
            Self::Interned(words) => return words.find(word),
            Self::Listed(listed) => listed,
        };
        if listed.searches.fetch_add(1, Ordering::Relaxed) >= MOST_SEARCHES
            && let Some(table) = listed.table.get_or_init(|| self.indexed().ok().flatten())
        {
            return table.find(word);
        }
        self.iter().position(|other| other == word).and_then(|id| u32::try_from(id).ok())
    }

    /// The words in a table; `None` if one of them comes twice.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::Error::Memory) when there is no room for it,
    /// [`Error::TooManyWords`](crate::Error::TooManyWords).
    pub(crate) fn indexed(&self) -> Result<Option<Words>> {
        let (bytes, ends) = self.parts();
        let mut table = Words::with_capacity(ends.len(), bytes.len())?;
        for (row, word) in self.iter().enumerate() {
            if table.intern(word)? as usize != row {
                return Ok(None);
            }
        }
        Ok(Some(table))
    }
}

impl From<Words> for WordList {
    fn from(words: Words) -> Self {
        Self::Interned(words.into())
    }
}

impl From<Arc<Words>> for WordList {
    fn from(words: Arc<Words>) -> Self {
        Self::Interned(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listed_words_are_found_before_and_after_the_table_is_made() {
        let list = WordList::listed(b"daynightnew york".to_vec(), vec![3, 8, 8, 16]).unwrap();
        let words: [&[u8]; 4] = [b"day", b"night", b"", b"new york"];
        assert!(list.iter().eq(words));
        for _ in 0..2 * MOST_SEARCHES {
            for (id, word) in (0..).zip(words) {
                assert_eq!((list.find(word), list.get(id)), (Some(id), Some(word)));
            }
            assert_eq!((list.find(b"york"), list.get(4)), (None, None));
        }
        assert!(matches!(&list, WordList::Listed(listed) if listed.table.get().is_some_and(Option::is_some)));
    }

    #[test]
    fn what_lists_no_words_is_refused_and_equal_words_have_no_table() {
        for (bytes, ends) in [(&b"ab"[..], vec![1]), (b"ab", vec![2, 1]), (b"ab", vec![3]), (b"a", vec![])] {
            assert!(WordList::listed(bytes.to_vec(), ends).is_none());
        }
        let list = WordList::listed(b"aba".to_vec(), vec![1, 2, 3]).unwrap();
        for _ in 0..=MOST_SEARCHES {
            assert_eq!((list.find(b"a"), list.find(b"b")), (Some(0), Some(1)));
        }
    }
}
