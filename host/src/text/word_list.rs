//! Distinct words in order. A table for searching is made only if many words are searched.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use crate::error::Result;
use crate::text::words::Words;

/// The number of linear searches before the table is made. So many searches cost about as much as
/// the table: for 3 million words a search takes 10 ms, and making the table takes 0.5 s.
const MOST_SEARCHES: usize = 32;

/// Distinct words, numbered from 0. Clones share the words.
#[derive(Clone)]
pub(crate) enum WordList {
    /// Words in a table, which was filled one word at a time.
    Interned(Arc<Words>),
    /// Words as a file lists them.
    Listed(Arc<Listed>),
}

/// Words of a file. The file claims that they are distinct.
pub(crate) struct Listed {
    /// All words, one after another.
    bytes: Vec<u8>,
    /// The end of each word in `bytes`. The ends never fall, and the last one is the length of
    /// `bytes`.
    ends: Vec<usize>,
    /// The number of linear searches so far.
    searches: AtomicUsize,
    /// A copy of the words in a table, made after [`MOST_SEARCHES`] searches. `None` if there was
    /// no memory for the table, or if a word comes twice.
    table: OnceLock<Option<Words>>,
}

impl WordList {
    /// The words in `bytes`, which end at `ends`. `None` if the ends fall, or if the last one is
    /// not the length of `bytes`. The caller guarantees that the words are distinct.
    pub(crate) fn listed(bytes: Vec<u8>, ends: Vec<usize>) -> Option<Self> {
        let is_valid = ends.is_sorted() && ends.last().copied().unwrap_or(0) == bytes.len();
        let (searches, table) = (AtomicUsize::new(0), OnceLock::new());
        is_valid.then(|| Self::Listed(Arc::new(Listed { bytes, ends, searches, table })))
    }

    /// The bytes of all words, and the end of each word.
    fn parts(&self) -> (&[u8], &[usize]) {
        match self {
            Self::Interned(words) => words.parts(),
            Self::Listed(listed) => (&listed.bytes, &listed.ends),
        }
    }

    /// The number of words.
    pub(crate) fn len(&self) -> usize {
        self.parts().1.len()
    }

    /// Word number `id`; `None` if there is no such word.
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

    /// The number of `word`; `None` if the list does not have the word.
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

    /// A table of the words; `None` if a word comes twice.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::Error::Memory) if there is no room for the table, and
    /// [`Error::TooManyWords`](crate::Error::TooManyWords).
    pub(crate) fn indexed(&self) -> Result<Option<Words>> {
        let (bytes, ends) = self.parts();
        let mut table = Words::with_capacity(ends.len(), bytes.len())?;
        for word in self.iter() {
            if !table.add(word)? {
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
