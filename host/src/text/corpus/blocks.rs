//! A stream cut into blocks of whole tokens.

use std::io::{self, ErrorKind, Read};

use crate::words::{MAX_WORD_BYTES, is_space};

/// Reads blocks that end where a token ends.
pub(super) struct Blocks<R> {
    reader: R,
    block_bytes: usize,
    /// What was read beyond the last block: the start of a token.
    rest: Vec<u8>,
    max_token_bytes: usize,
}

impl<R: Read> Blocks<R> {
    /// Blocks of `block_bytes`, less what is read of a token at the end, or more for a token that is longer.
    pub(super) fn new(reader: R, block_bytes: usize) -> Self {
        Self { reader, block_bytes: block_bytes.max(1), rest: Vec::new(), max_token_bytes: MAX_WORD_BYTES }
    }

    /// The bytes that follow the last block's, up to white space or the end of the stream; `None` after the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut block = Vec::with_capacity(self.rest.len() + self.block_bytes);
        block.append(&mut self.rest);
        loop {
            let before = block.len();
            let read = self.reader.by_ref().take(self.block_bytes as u64).read_to_end(&mut block)?;
            if read < self.block_bytes {
                return Ok(Some(block).filter(|block| !block.is_empty()));
            }
            if let Some(space) = block[before..].iter().rposition(is_space) {
                self.rest = block.split_off(before + space + 1);
                return Ok(Some(block));
            }
            if block.len() > self.max_token_bytes {
                let problem = format!("a token is longer than {} bytes; is this text?", self.max_token_bytes);
                return Err(io::Error::new(ErrorKind::InvalidData, problem));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader that gives at most a few bytes at a time, and is interrupted before each.
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
                    let mut blocks = Blocks::new(Dripping { text, most, interrupted: false }, block_bytes);
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
        let mut blocks = Blocks::new(io::repeat(b'x'), 8);
        blocks.max_token_bytes = 1000;
        assert!(blocks.next().unwrap_err().to_string().contains("a token is longer than 1000 bytes"));
    }
}
