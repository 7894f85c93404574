//! Collects the rows of a model file while it is read. Memory grows with the rows that were read
//! and never beyond the size of the model.

use super::dl4j;
use super::dtype::make_room;
use super::header::Header;
use crate::error::{Error, Result};
use crate::model::vectors::Vectors;
use crate::text::words::Words;

/// Words and vectors read so far.
pub(super) struct Rows<'a> {
    name: &'a str,
    header: Header,
    /// The number of words that are wanted. The rest of the file is not read.
    most: usize,
    /// The number of rows read, including rows of repeated words.
    read: usize,
    words: Words,
    vectors: Vec<f32>,
}

impl<'a> Rows<'a> {
    /// An empty collection for the model `name`, of which the first `most` words are wanted.
    pub(super) fn new(header: Header, name: &'a str, most: usize) -> Self {
        Self { name, header, most, read: 0, words: Words::default(), vectors: Vec::new() }
    }

    /// The numbers in a row.
    pub(super) fn dim(&self) -> usize {
        self.header.dim
    }

    /// The number of rows read so far.
    pub(super) fn read(&self) -> usize {
        self.read
    }

    /// Whether all wanted words were read. Then the rest of the file need not be read.
    pub(super) fn has_enough(&self) -> bool {
        self.words.len() >= self.most
    }

    /// Whether all rows that the header promises were read.
    pub(super) fn are_all(&self) -> bool {
        self.read >= self.header.words
    }

    /// Room for the vector of the next row, or a text that says that there is no memory. The caller
    /// must call [`Rows::keep`] next.
    pub(super) fn next_vector(&mut self) -> std::result::Result<&mut [f32], String> {
        let (start, dim) = (self.vectors.len(), self.header.dim);
        let end = start.saturating_add(dim);
        let promised = self.header.words.min(self.most).saturating_mul(dim);
        make_room(&mut self.vectors, dim, promised).map_err(|room| self.no_memory(room))?;
        self.vectors.resize(end, 0.0);
        Ok(&mut self.vectors[start..])
    }

    /// Makes `word` the word of the vector that [`Rows::next_vector`] returned last. If the word
    /// came before, the vector is dropped. An error if there are too many words.
    pub(super) fn keep(&mut self, word: &[u8]) -> std::result::Result<(), String> {
        if !self.words.add(word).map_err(|error| error.to_string())? {
            self.vectors.truncate(self.words.len() * self.header.dim);
        }
        self.read += 1;
        Ok(())
    }

    /// Decodes all words, if all of them are encoded as Deeplearning4j does.
    pub(super) fn decode(&mut self) {
        if let Some(decoded) = dl4j::all_decoded(self.words.iter()) {
            self.words = decoded;
        }
    }

    /// The model of the rows read so far.
    pub(super) fn finish(self) -> Result<Vectors> {
        Vectors::from_words(self.words, self.header.dim, self.vectors)
            .map_err(|problem| Error::File { path: self.name.to_owned(), problem: problem.to_string() })
    }

    /// The text of the error when there is no memory for `room` numbers.
    fn no_memory(&self, room: usize) -> String {
        let megabytes = |numbers: usize| (numbers as f64 * size_of::<f32>() as f64 / 1e6).ceil();
        let Header { words, dim } = self.header;
        format!(
            "no memory for {} MB of vectors; all {words} words of {dim} numbers take {} MB; load its first words alone",
            megabytes(room),
            megabytes(words.saturating_mul(dim))
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::format::dtype::FIRST_ROOM;

    #[test]
    fn room_grows_with_the_rows_and_not_beyond_the_promise() {
        let promised = 5 * FIRST_ROOM / 4;
        let mut rows = Rows::new(Header { words: promised / 2, dim: 2 }, "m", usize::MAX);
        let mut capacities = Vec::new();
        for word in 0..promised / 2 {
            rows.next_vector().unwrap().fill(word as f32);
            rows.keep(&word.to_le_bytes()).unwrap();
            capacities.push(rows.vectors.capacity());
        }
        capacities.dedup();
        assert_eq!(capacities, [FIRST_ROOM, promised]);

        let lie = Header { words: usize::MAX, dim: 65_536 };
        let mut rows = Rows::new(lie, "m", usize::MAX);
        rows.next_vector().unwrap();
        assert_eq!(rows.vectors.capacity(), FIRST_ROOM);
        assert!(rows.no_memory(1 << 20).starts_with("no memory for 5 MB of vectors; all 18446744073709551615 words"));
        let mut rows = Rows::new(lie, "m", 1);
        rows.next_vector().unwrap();
        assert_eq!(rows.vectors.capacity(), 65_536);
    }
}
