//! Prepares a text while it is read.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::ThreadPool;
use rayon::prelude::*;

use super::parts::{PART_BYTES, Parts};
use super::{Counts, Part, Preparation};
use crate::error::Result;

/// The number of parts in memory at a time, for each thread.
const PARTS: usize = 2;

/// The rules of a preparation, the threads that do the work, and the counts.
#[derive(Clone, Debug)]
pub(crate) struct Preparing {
    how: Preparation,
    /// The threads that prepare; `None` if the reading thread prepares.
    pool: Option<Arc<ThreadPool>>,
    counts: Arc<Mutex<Counts>>,
}

impl Preparing {
    /// Prepares on the thread that reads.
    pub(crate) fn here(how: Preparation) -> Self {
        Self { how, pool: None, counts: Arc::default() }
    }

    /// Prepares on the threads of `pool`.
    pub(crate) fn by(how: Preparation, pool: Arc<ThreadPool>) -> Self {
        Self { pool: Some(pool), ..Self::here(how) }
    }

    /// The counts of the text read and written so far.
    pub(crate) fn counts(&self) -> Counts {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, counts: Counts) {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner) += counts;
    }
}

/// Reads a text and returns the prepared text. If the text has a word, the last line ends in a line
/// feed.
pub(crate) struct PreparedReader<R> {
    parts: Parts<R>,
    preparing: Preparing,
    /// The prepared text, and the number of its bytes that were returned.
    text: Vec<u8>,
    at: usize,
    /// Whether a word was read.
    has_word: bool,
    /// Whether a line ended after the last word.
    ends_line: bool,
    has_ended: bool,
}

impl<R: Read> PreparedReader<R> {
    /// Prepares the text of `reader`.
    pub(crate) fn new(reader: R, preparing: Preparing) -> Self {
        Self::of_parts(reader, preparing, PART_BYTES)
    }

    /// As [`new`](Self::new), in parts of `part_bytes` bytes.
    fn of_parts(reader: R, preparing: Preparing, part_bytes: usize) -> Self {
        let parts = Parts::new(reader, part_bytes, preparing.how.markup);
        let (text, at) = (Vec::new(), 0);
        Self { parts, preparing, text, at, has_word: false, ends_line: false, has_ended: false }
    }

    /// Reads and prepares the next parts.
    fn fill(&mut self) -> io::Result<()> {
        self.text.clear();
        self.at = 0;
        let Preparing { how, pool, .. } = &self.preparing;
        let mut parts = Vec::new();
        for _ in 0..pool.as_ref().map_or(1, |pool| PARTS * pool.current_num_threads()) {
            match self.parts.next()? {
                Some(part) => parts.push(part),
                None => self.has_ended = true,
            }
        }
        let ready: Result<Vec<Part>> = match pool {
            None => parts.into_iter().map(|part| how.part(part)).collect(),
            Some(pool) => pool.install(|| parts.into_par_iter().map(|part| how.part(part)).collect()),
        };
        for part in ready.map_err(io::Error::other)? {
            self.append(part);
        }
        if self.has_ended && self.has_word {
            self.text.push(b'\n');
            self.preparing.add(Counts { sentences: 1, ..Counts::default() });
        }
        Ok(())
    }

    /// Appends a part. Its first byte is the separator before its first word.
    fn append(&mut self, part: Part) {
        let Part { text, ends_line, mut counts } = part;
        if let Some((&separator, words)) = text.split_first() {
            let ends_line = self.ends_line || separator == b'\n';
            if self.has_word {
                self.text.push(if ends_line { b'\n' } else { b' ' });
            }
            counts.sentences = u64::from(self.has_word && ends_line) + memchr::memchr_iter(b'\n', words).count() as u64;
            self.text.extend_from_slice(words);
            self.has_word = true;
            self.ends_line = false;
        }
        self.ends_line |= ends_line;
        self.preparing.add(counts);
    }
}

impl<R: Read> Read for PreparedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.text.len() && !self.has_ended {
            self.fill()?;
        }
        let mut ready = &self.text[self.at..];
        let read = ready.read(buffer)?;
        self.at += read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::threads;

    #[test]
    fn parts_and_threads_do_not_change_a_byte() {
        let text = "The cat, saw\n\n the DOG;\r\n é \u{2028} ü . \n\n 日本 3.14 o'clock\n \n";
        let how = Preparation::default();
        let whole = how.text(text).unwrap();
        assert_eq!(whole, "the cat saw\nthe dog\né ü\n日 本 3.14 o'clock\n".as_bytes());
        let pool = Arc::new(threads::pool(3).unwrap());
        for part_bytes in 8..text.len() {
            for preparing in [Preparing::here(how), Preparing::by(how, Arc::clone(&pool))] {
                let mut reader = PreparedReader::of_parts(text.as_bytes(), preparing.clone(), part_bytes);
                let mut ready = Vec::new();
                reader.read_to_end(&mut ready).unwrap();
                assert_eq!(ready, whole, "{part_bytes}");
                let Counts { bytes, words, sentences, .. } = preparing.counts();
                assert_eq!((bytes, words, sentences), (text.len() as u64, 11, 4));
            }
        }
    }
}
