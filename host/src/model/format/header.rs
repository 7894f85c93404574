//! The first line of a model file.

use std::io::{BufRead, Read};

use crate::config::MAX_DIM;
use crate::error::{Error, Result};
use crate::text::tokens::tokens;

/// The longest first line that can be a header, in bytes: three numbers of twenty digits, two
/// separators, and a line end.
pub(super) const HEADER_BYTES: u64 = 64;

/// The content of the first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) words: usize,
    pub(super) dim: usize,
}

impl Header {
    /// The header in `line`, which has no line feed: `words dimension`, optionally followed by a
    /// third number. Deeplearning4j writes its number of documents there.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let mut numbers = Vec::new();
        for field in tokens(line) {
            numbers.push(str::from_utf8(field).ok()?.parse().ok()?);
        }
        match numbers[..] {
            [words, dim] | [words, dim, _] => Some(Self { words, dim }),
            _ => None,
        }
    }

    /// Reads the header from `reader`; errors call the file `name`.
    pub(super) fn read(reader: &mut impl BufRead, name: &str) -> Result<Self> {
        let mut line = Vec::new();
        reader.take(HEADER_BYTES).read_until(b'\n', &mut line).map_err(Error::io(name, "read"))?;
        let problem = match line.strip_suffix(b"\n").and_then(Self::parse) {
            Some(header) if header.dim <= MAX_DIM => return Ok(header),
            Some(Self { dim, .. }) => {
                format!("{dim} dimensions, where {MAX_DIM} is the most; is the first line `words dimension`?")
            }
            None if line.is_empty() => "the file is empty; a word2vec model was expected".to_owned(),
            None => {
                let problem = "not a word2vec model; its first line is not `words dimension`";
                let advice = if is_text(&line) { ", and its rows are not GloVe's" } else { "" };
                format!("{problem}{advice}")
            }
        };
        Err(Error::File { path: name.to_owned(), problem })
    }
}

/// Whether `bytes` could be the start of a text in UTF-8: no invalid UTF-8, and no control
/// characters but white space. `bytes` may end within a character.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let text = match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
        Err(_) => return false,
    };
    !text.contains(|char: char| char.is_control() && !char.is_ascii_whitespace())
}
