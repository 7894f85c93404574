//! A stream cut into blocks of whole tokens.

use std::io::{self, ErrorKind, Read};

use crate::words::is_space;

/// The longest token that is taken for one; beyond it the input is hardly text.
const MAX_TOKEN_BYTES: usize = 1 << 28;

/// Reads blocks that end where a token ends.
pub(super) struct Blocks<R> {
    reader: R,
    buffer: Vec<u8>,
    /// Bytes of `buffer` that hold what was read.
    filled: usize,
    /// Bytes of `buffer` that were handed out.
    taken: usize,
    max_token_bytes: usize,
}

impl<R: Read> Blocks<R> {
    /// Blocks of at most `block_bytes`, unless a token is longer.
    pub(super) fn new(reader: R, block_bytes: usize) -> Self {
        Self { reader, buffer: vec![0; block_bytes.max(2)], filled: 0, taken: 0, max_token_bytes: MAX_TOKEN_BYTES }
    }

    /// The bytes that follow the last block's, up to white space or the end of the stream; `None` after the end.
    pub(super) fn next(&mut self) -> io::Result<Option<&[u8]>> {
        self.buffer.copy_within(self.taken..self.filled, 0);
        self.filled -= self.taken;
        self.taken = 0;
        loop {
            // With at least half of the buffer free, a long token is moved and searched but a few times.
            if self.filled > self.buffer.len() / 2 {
                if self.filled > self.max_token_bytes {
                    let problem = format!("a token is longer than {} bytes; is this text?", self.max_token_bytes);
                    return Err(io::Error::new(ErrorKind::InvalidData, problem));
                }
                self.buffer.resize(2 * self.buffer.len(), 0);
            }
            let read = match self.reader.read(&mut self.buffer[self.filled..]) {
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let fresh = &self.buffer[self.filled..self.filled + read];
            let cut = if read == 0 { Some(0) } else { fresh.iter().rposition(is_space).map(|space| space + 1) };
            if let Some(cut) = cut {
                self.taken = self.filled + cut;
                self.filled += read;
                return Ok(Some(&self.buffer[..self.taken]).filter(|block| !block.is_empty()));
            }
            self.filled += read;
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
                        joined.extend_from_slice(block);
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
