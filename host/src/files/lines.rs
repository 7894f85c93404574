//! Lines of text files that people and other programs write: vocabularies, questions, word
//! similarity judgements.

use std::io::{self, BufRead, ErrorKind, Write};

use crate::error::{Error, Result};
use crate::files::input::BYTE_ORDER_MARK;
use crate::memory;

/// The longest word that is read, in bytes. A longer word is hardly text.
pub(crate) const MAX_WORD_BYTES: usize = 1 << 28;

/// The longest line that is read, in bytes: the longest word and a count.
const MAX_LINE_BYTES: usize = MAX_WORD_BYTES + 64;

/// Reads a text line by line. A byte order mark at the start is dropped.
#[derive(Debug)]
pub struct Lines<'n, R> {
    reader: R,
    /// The name of the text in errors.
    name: &'n str,
    /// The number of lines read so far.
    number: u64,
    text: Vec<u8>,
    max_bytes: usize,
}

impl<'n, R: BufRead> Lines<'n, R> {
    /// Reads the lines of `reader`; errors call the text `name`.
    pub fn new(reader: R, name: &'n str) -> Self {
        Self { reader, name, number: 0, text: Vec::new(), max_bytes: MAX_LINE_BYTES }
    }

    /// The next line and its number, counted from 1; `None` after the last line. The line includes
    /// its line feed, which the last line may lack.
    ///
    /// # Errors
    /// [`Error::Line`] for a line of more than 2²⁸ + 64 bytes. [`Error::Memory`] if there is no
    /// memory for the line. [`Error::Io`] if the line cannot be read.
    pub fn read(&mut self) -> Result<Option<(u64, &[u8])>> {
        self.text.clear();
        let line = self.number + 1;
        loop {
            let part = match self.reader.fill_buf() {
                Ok(part) => part,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(Error::io(self.name, "read")(error)),
            };
            let feed = memchr::memchr(b'\n', part);
            let taken = feed.map_or(part.len(), |feed| feed + 1);
            if self.text.len() + taken > self.max_bytes {
                let problem = format!("the line is longer than {} bytes; is this text?", self.max_bytes);
                return Err(Error::Line { path: self.name.to_owned(), line, problem });
            }
            memory::append(&mut self.text, &part[..taken], "a line").map_err(|error| error.in_file(self.name))?;
            self.reader.consume(taken);
            if feed.is_some() || taken == 0 {
                break;
            }
        }
        if self.text.is_empty() {
            return Ok(None);
        }
        self.number = line;
        let text = &self.text[..];
        let mark = if line == 1 { text.strip_prefix(BYTE_ORDER_MARK) } else { None };
        Ok(Some((line, mark.unwrap_or(text))))
    }
}

/// Begins a file of lines whose first line begins with `word`. [`Lines`] drop a byte order mark at
/// the start of a file. If `word` begins with such a mark, another one is written before it, so
/// that the word keeps its own.
///
/// # Errors
/// Any error of `to`.
pub(crate) fn write_mark_before(word: Option<&[u8]>, to: &mut dyn Write) -> io::Result<()> {
    match word {
        Some(word) if word.starts_with(BYTE_ORDER_MARK) => to.write_all(BYTE_ORDER_MARK),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufReader, Read};

    /// All lines of a text that is read in blocks of a given size.
    fn lines(text: &[u8], at_a_time: usize) -> Vec<(u64, Vec<u8>)> {
        let mut lines = Lines::new(BufReader::with_capacity(at_a_time, text), "f");
        let mut found = Vec::new();
        while let Some((number, line)) = lines.read().unwrap() {
            found.push((number, line.to_vec()));
        }
        found
    }

    #[test]
    fn lines_are_numbered_and_keep_their_feeds() {
        let text = b"\xef\xbb\xbfone\n\n\xef\xbb\xbftwo\r\nlast";
        for at_a_time in 1..text.len() + 2 {
            let expected: [(u64, &[u8]); 4] = [(1, b"one\n"), (2, b"\n"), (3, b"\xef\xbb\xbftwo\r\n"), (4, b"last")];
            assert_eq!(lines(text, at_a_time), expected.map(|(number, line)| (number, line.to_vec())));
        }
        assert_eq!(lines(b"", 5), []);
        assert_eq!(lines(b"\n", 5), [(1, b"\n".to_vec())]);
    }

    #[test]
    fn a_line_without_end_is_refused_before_memory_is_full() {
        let endless = BufReader::new(b"short\n".chain(io::repeat(b'x')));
        let mut lines = Lines::new(endless, "f");
        lines.max_bytes = 100_000;
        assert_eq!(lines.read().unwrap(), Some((1, &b"short\n"[..])));
        let error = lines.read().unwrap_err().to_string();
        assert_eq!(error, "f:2: the line is longer than 100000 bytes; is this text?");
    }
}
