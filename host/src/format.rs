//! Model files in word2vec's two formats, told apart by their content.
//!
//! Both begin with a line `words dimension`. Then comes, for each word, a row: the word, a space and `dimension` numbers,
//! as decimals up to the end of the line ([`text`]) or as little-endian f32 ([`binary`]).

pub mod binary;
pub mod text;

use std::io::{self, BufRead, Cursor, Read, Write};
use std::path::Path;

use crate::embeddings::Embeddings;
use crate::error::{Error, Result};
use crate::input;
use crate::output::{without_compression, write_atomically};
use crate::tokens::tokens;
use crate::words::Words;

/// The longest first line that can be a header: two numbers of twenty digits and what separates them.
const HEADER_BYTES: u64 = 64;

/// Bytes within which a text model's first row ends.
const FIRST_ROW_BYTES: u64 = 1 << 24;

/// Numbers reserved on the word of a header, which may lie; beyond them memory grows with what was read.
const RESERVED_NUMBERS: usize = 1 << 20;

/// Bytes that a number takes in a text at least, on average, with the blank before it.
const TEXT_NUMBER_BYTES: u64 = 10;

/// Percent of a text's bytes that gzip or zstd leave at least.
const TEXT_COMPRESSED: u64 = 40;

/// Percent of a binary file's bytes that gzip or zstd leave at least.
const BINARY_COMPRESSED: u64 = 85;

/// The problem of a model whose words outnumber what can number them.
const TOO_MANY_WORDS: &str = "more words than can be numbered";

/// How a model is laid out in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Numbers as decimals.
    Text,
    /// Numbers as little-endian f32.
    Binary,
}

impl Format {
    /// The format that a file's name asks for: binary for `.bin`, before `.gz` or `.zst` too, text for any other.
    pub fn for_path(path: &Path) -> Self {
        match without_compression(path).extension() {
            Some(extension) if extension.eq_ignore_ascii_case("bin") => Self::Binary,
            _ => Self::Text,
        }
    }

    /// Writes `embeddings` in this format.
    ///
    /// # Errors
    /// What `to` fails with.
    pub fn write(self, embeddings: &Embeddings, to: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Text => text::write(embeddings, to),
            Self::Binary => binary::write(embeddings, to),
        }
    }

    /// About how many bytes the file at `path` will have in this format, with a vector of `dim` numbers for each of `words`: exact for a
    /// binary one that is not compressed, else what trained vectors take at least, by a few percent.
    pub fn file_bytes<'a>(self, path: &Path, words: impl ExactSizeIterator<Item = &'a [u8]>, dim: usize) -> u64 {
        let header = format!("{} {dim}\n", words.len()).len() as u64;
        let numbers = (words.len() as u64).saturating_mul(dim as u64);
        // Each word is followed by a blank or a line feed, of binary rows by both.
        let (number, separators) = match self {
            Self::Text => (TEXT_NUMBER_BYTES, 1),
            Self::Binary => (size_of::<f32>() as u64, 2),
        };
        let words: u64 = words.map(|word| word.len() as u64 + separators).sum();
        let plain = numbers.saturating_mul(number).saturating_add(words).saturating_add(header);
        let is_compressed = without_compression(path) != path;
        match (is_compressed, self) {
            (false, _) => plain,
            (true, Self::Text) => plain / 100 * TEXT_COMPRESSED,
            (true, Self::Binary) => plain / 100 * BINARY_COMPRESSED,
        }
    }

    /// The format of a model that begins with `head`, its first two lines: text when the second is a word and decimals.
    ///
    /// Not all decimals have to be there or finite, so that the text reader can say what is wrong with them. But two have
    /// to where the header says so, for of models with random bytes one in ten thousand begins like a lone decimal.
    fn of_content(head: &[u8]) -> Self {
        let decimals = || {
            let end = memchr::memchr(b'\n', head)?;
            let header = Header::parse(&head[..end])?;
            let fields = tokens(&head[end + 1..]).skip(1);
            let decimals = fields.map(|field| str::from_utf8(field).ok()?.parse::<f32>().ok());
            let count = decimals.collect::<Option<Vec<f32>>>()?.len();
            Some(count >= header.dim.clamp(1, 2))
        };
        if decimals().unwrap_or(false) { Self::Text } else { Self::Binary }
    }
}

/// A model's first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Header {
    words: usize,
    dim: usize,
}

impl Header {
    /// The header in `line`, which has no line feed.
    fn parse(line: &[u8]) -> Option<Self> {
        let mut fields = tokens(line).map(|field| str::from_utf8(field).ok()?.parse().ok());
        let header = Self { words: fields.next()??, dim: fields.next()?? };
        fields.next().is_none().then_some(header)
    }

    /// Takes the header off `reader`.
    fn read(reader: &mut impl BufRead, name: &str) -> Result<Self> {
        let mut line = Vec::new();
        reader.take(HEADER_BYTES).read_until(b'\n', &mut line).map_err(Error::io(name, "read"))?;
        let header = line.strip_suffix(b"\n").and_then(Self::parse);
        header.ok_or_else(|| Error::File {
            path: name.to_owned(),
            problem: if line.is_empty() {
                "the file is empty; a word2vec model was expected".to_owned()
            } else {
                "not a word2vec model; its first line is not `words dimension`: to vectors alone, as GloVe writes them, add it"
                    .to_owned()
            },
        })
    }

    /// Numbers to make room for before any was read.
    fn reserved(self) -> usize {
        self.words.saturating_mul(self.dim).min(RESERVED_NUMBERS)
    }
}

/// Adds `word` to `words`, or takes its vector, the last `dim` numbers, off `vectors` if there was such a word before;
/// `None` when there are too many words.
fn keep_if_new(words: &mut Words, word: &[u8], vectors: &mut Vec<f32>, dim: usize) -> Option<()> {
    let before = words.len();
    words.intern(word)?;
    if words.len() == before {
        vectors.truncate(vectors.len() - dim);
    }
    Some(())
}

/// The model in the file at `path`, whichever its format; gzip and zstd are decompressed.
///
/// # Errors
/// [`Error::Io`] when the file cannot be read; [`Error::File`] and [`Error::Line`] when it is not a whole model.
pub fn read(path: &Path) -> Result<Embeddings> {
    let name = path.display().to_string();
    let mut reader = input::open(path)?;
    let mut head = Vec::new();
    for limit in [HEADER_BYTES, FIRST_ROW_BYTES] {
        (&mut reader).take(limit).read_until(b'\n', &mut head).map_err(Error::io(&name, "read"))?;
    }
    let whole = Cursor::new(&head[..]).chain(reader);
    match Format::of_content(&head) {
        Format::Text => text::read(whole, &name),
        Format::Binary => binary::read(whole, &name).map_err(|error| match text::read(&head[..], &name) {
            Err(fault) if has_text_row(&head) => fault,
            _ => error,
        }),
    }
}

/// Whether the second line of `head`, but for its word, shows nothing that a text could not hold.
fn has_text_row(head: &[u8]) -> bool {
    let row = head.splitn(2, |&byte| byte == b'\n').nth(1).unwrap_or_default();
    let is_text = |field: &[u8]| str::from_utf8(field).is_ok_and(|field| !field.contains(char::is_control));
    tokens(row).skip(1).all(is_text)
}

/// The file at `path` with `embeddings` in it, there in full or untouched, compressed where its name ends in `.gz` or `.zst`.
///
/// # Errors
/// [`Error::Io`] when the file cannot be written.
pub fn write(path: &Path, embeddings: &Embeddings, format: Format) -> Result<()> {
    write_atomically(path, |to| format.write(embeddings, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_chooses_what_is_written() {
        for (name, format) in [
            ("a.bin", Format::Binary),
            ("a.BIN", Format::Binary),
            ("a.bin.gz", Format::Binary),
            ("a.bin.zst", Format::Binary),
            ("bin", Format::Text),
            ("a.bin.txt", Format::Text),
            ("a.gz", Format::Text),
        ] {
            assert_eq!(Format::for_path(Path::new(name)), format);
        }
    }

    #[test]
    fn the_content_chooses_how_it_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("model");
        let words = [&b"1"[..], b"\x80", b"2"];
        for dim in [1, 2, 100] {
            let vectors = (0..3 * dim).map(|i| i as f32 / 7.0).collect();
            let model = Embeddings::new(words, dim, vectors).unwrap();
            for format in [Format::Text, Format::Binary] {
                write(&path, &model, format).unwrap();
                let again = read(&path).unwrap();
                assert_eq!(again.vectors(), model.vectors());
                assert!(again.words().eq(model.words()));
            }
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let directory = tempfile::tempdir().unwrap();
        for path in [directory.path().join("absent"), directory.path().into()] {
            let error = read(&path).unwrap_err().to_string();
            assert!(error.starts_with(path.to_str().unwrap()), "{error}");
        }
    }
}
