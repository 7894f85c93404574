//! Splits a stream into blocks of whole tokens.

use std::io::Read;

use crate::error::{Error, Result};
use crate::files::lines::MAX_WORD_BYTES;
use crate::memory;
use crate::text::words::is_space;

/// The name in error messages for the memory of a block.
const WHAT: &str = "text";

/// Spare room in a block: `read_to_end` may need some to find out whether the stream has ended.
const ROOM: usize = 64;

/// A reader of blocks that end where a token ends.
pub(super) struct Blocks<'n, R> {
    reader: R,
    /// The stream's name in errors.
    name: &'n str,
    /// The number of line feeds in the blocks so far.
    lines: u64,
    block_bytes: usize,
    /// Bytes that were read but are not in the last block: the start of a token.
    rest: Vec<u8>,
    max_token_bytes: usize,
}

impl<'n, R: Read> Blocks<'n, R> {
    /// Blocks of about `block_bytes` bytes: shorter by the start of a token that is left for the
    /// next block, or longer if a single token is longer. `name` is the stream's name in errors.
    pub(super) fn new(reader: R, name: &'n str, block_bytes: usize) -> Self {
        let block_bytes = block_bytes.max(1);
        Self { reader, name, lines: 0, block_bytes, rest: Vec::new(), max_token_bytes: MAX_WORD_BYTES }
    }

    /// The next block, which ends with white space or with the stream; `None` after the end of the
    /// stream.
    ///
    /// # Errors
    /// [`Error::Line`] for a token that is too long, [`Error::File`] if there is no memory for a
    /// block, [`Error::Io`] if the stream cannot be read.
    pub(super) fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let mut block = Vec::new();
        memory::append(&mut block, &self.rest, WHAT).map_err(|error| error.in_file(self.name))?;
        self.rest.clear();
        loop {
            let before = block.len();
            let reserved = memory::reserve(&mut block, self.block_bytes.saturating_add(ROOM), WHAT);
            reserved.map_err(|error| error.in_file(self.name))?;
            let read = self.reader.by_ref().take(self.block_bytes as u64).read_to_end(&mut block);
            if read.map_err(Error::io(self.name, "read"))? < self.block_bytes {
                return Ok(Some(block).filter(|block| !block.is_empty()));
            }
            if let Some(space) = block[before..].iter().rposition(is_space) {
                let end = before + space + 1;
                memory::append(&mut self.rest, &block[end..], WHAT).map_err(|error| error.in_file(self.name))?;
                block.truncate(end);
                self.lines += memchr::memchr_iter(b'\n', &block).count() as u64;
                return Ok(Some(block));
            }
            if block.len() > self.max_token_bytes {
                // Line feeds are white space, so all line feeds of the block are before the token.
                let line = self.lines + memchr::memchr_iter(b'\n', &block).count() as u64 + 1;
                let problem = format!("a token is longer than {} bytes; is this text?", self.max_token_bytes);
                return Err(Error::Line { path: self.name.to_owned(), line, problem });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{self, ErrorKind};

    /// A reader that returns at most a few bytes at a time, and is interrupted before each read.
    struct Dripping<'a> {
        text: &'a [u8],
        most: usize,
        interrupted: bool,
    }

    impl Read for Dripping<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.interrupted = !self.interrupted;
            if self.interrupted {
                return Err(ErrorKind::Interrupted.into());
            }
            let most = self.most.min(buffer.len());
            self.text.read(&mut buffer[..most])
        }
    }

    #[test]
    fn blocks_end_where_tokens_end_whatever_their_size() {
        let texts: [&[u8]; 7] = [
            b"",
            b"  \n ",
            b"one",
            b"one two\n\nthree\r\nfour",
            b"one two ",
            b"x a-token-longer-than-any-block-in-this-test y",
            b"\xc5\x9f \xff\0",
        ];
        for text in texts {
            for block_bytes in 1..text.len() + 3 {
                for most in [1, 2, 7, text.len() + 1] {
                    let mut blocks = Blocks::new(Dripping { text, most, interrupted: false }, "f", block_bytes);
                    let mut joined = Vec::new();
                    while let Some(block) = blocks.next().unwrap() {
                        joined.extend_from_slice(&block);
                        assert!(joined.len() == text.len() || is_space(&joined[joined.len() - 1]));
                    }
                    assert_eq!(joined, text);
                }
            }
        }
    }

    #[test]
    fn what_is_not_text_is_an_error_and_not_a_word() {
        let mut blocks = Blocks::new(b"one\ntwo\n three ".chain(io::repeat(b'x')), "f", 8);
        blocks.max_token_bytes = 1000;
        let error = loop {
            match blocks.next() {
                Ok(block) => assert!(block.is_some()),
                Err(error) => break error.to_string(),
            }
        };
        assert_eq!(error, "f:3: a token is longer than 1000 bytes; is this text?");
    }
}
