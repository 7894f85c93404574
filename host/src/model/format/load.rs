//! Reads models. The first bytes of a file tell its format.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;

use super::header::{HEADER_BYTES, Header, is_text};
use super::loaded::Loaded;
use super::{binary, fasttext, foreign, npy, projector, safetensors, static_embedding, text, w2v};
use crate::config::MAX_DIM;
use crate::error::{Error, Result};
use crate::files::compression::BUFFER_BYTES;
use crate::files::input;
use crate::files::map::MAPPED_BYTES;
use crate::model::vectors::Vectors;

/// How many first bytes are needed to recognize safetensors, NumPy's arrays and fastText's format.
const MAGIC_BYTES: u64 = 9;

/// The most bytes of the first row that are read to decide whether the row is text.
const FIRST_ROW_BYTES: u64 = 1 << 24;

/// The first `words` words of the model at `path`, with the output matrix if `wanted`. A large file
/// in the format of this project is mapped.
pub(crate) fn load(path: &Path, words: usize, wanted: bool) -> Result<Loaded> {
    if path.is_dir() {
        return folder(path, words).map(Loaded::from);
    }
    let name = path.display().to_string();
    let file = File::open(path).map_err(Error::io(&name, "open"))?;
    let mut head = Vec::new();
    (&file).take(MAGIC_BYTES).read_to_end(&mut head).map_err(Error::io(&name, "read"))?;
    if safetensors::is_head(&head)
        && let Some(mapped) = w2v::map(&file, path, words, MAPPED_BYTES)?
    {
        return Ok(mapped);
    }
    read(Cursor::new(head).chain(file), &name, Some(path), words, wanted)
}

/// The first `words` words of the model in the folder at `path`.
fn folder(path: &Path, words: usize) -> Result<Vectors> {
    let has = |name: &str| path.join(name).is_file();
    let module = path.join(static_embedding::MODULE);
    if has(projector::TENSORS) {
        projector::read(path, words)
    } else if module.join(static_embedding::MATRIX).is_file() {
        static_embedding::read(&module, words)
    } else if has(static_embedding::MATRIX) && has(static_embedding::TOKENIZER) {
        static_embedding::read(path, words)
    } else {
        let problem = "is a folder, and none of the projector, sentence-transformers or model2vec: it has neither \
                       tensors.tsv nor model.safetensors with tokenizer.json; give a file";
        Err(Error::File { path: path.display().to_string(), problem: problem.to_owned() })
    }
}

/// As [`load`], from `stored`. Errors call the source `name`. `path` is the path of the file, if
/// there is one.
pub(super) fn read(stored: impl Read, name: &str, path: Option<&Path>, words: usize, wanted: bool) -> Result<Loaded> {
    let decompressed = input::decompressed_unless(stored, name, foreign::problem)?;
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, decompressed);
    let mut head = Vec::new();
    (&mut reader).take(MAGIC_BYTES).read_to_end(&mut head).map_err(Error::io(name, "read"))?;
    if safetensors::is_head(&head) {
        return w2v::read(Cursor::new(head).chain(reader), name, words, wanted, None);
    }
    if head.starts_with(npy::MAGIC) {
        return npy::read(Cursor::new(head).chain(reader), name, path, words).map(Loaded::from);
    }
    if head.starts_with(fasttext::MAGIC) {
        return fasttext::read(Cursor::new(head).chain(reader), name, words).map(Loaded::from);
    }
    let mut reader = Cursor::new(head).chain(reader);
    let head = first_rows(&mut reader).map_err(Error::io(name, "read"))?;
    let (glove, is_text) = (glove_dim(&head), is_text_model(&head));
    let whole = Cursor::new(head).chain(reader);
    let vectors = match glove {
        Some(dim) => text::read_glove(whole, dim, name, words),
        None if is_text => text::read(whole, name, words),
        None => binary::read(whole, name, words),
    };
    Ok(vectors?.into())
}

/// The first two lines of `reader`, and the bytes after them that show whether the rows are text.
fn first_rows(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut rows = Vec::new();
    for limit in [HEADER_BYTES, FIRST_ROW_BYTES] {
        reader.take(limit).read_until(b'\n', &mut rows)?;
    }
    // In a binary model the first line feed may stand anywhere in the first row, so more bytes are
    // read.
    reader.take(shown_bytes(MAX_DIM) as u64).read_to_end(&mut rows)?;
    Ok(rows)
}

/// Whether a file is read as a model without a first line whose rows have `dim` numbers. `start` is
/// the whole file, or its first two rows and at least `shown_bytes(MAX_DIM)` bytes after them.
pub(super) fn is_glove(start: &[u8], dim: usize) -> bool {
    let mut text = Vec::new();
    let read = input::decompressed_unless(start, "", foreign::problem).map(|mut reader| reader.read_to_end(&mut text));
    let is_another = safetensors::is_head(start) || start.starts_with(npy::MAGIC) || start.starts_with(fasttext::MAGIC);
    // A compressed file, or one with a byte order mark, is read as other bytes.
    matches!(read, Ok(Ok(_)))
        && text == start
        && !is_another
        && first_rows(&mut &text[..]).is_ok_and(|rows| glove_dim(&rows) == Some(dim))
}

/// The dimension of a model without a first line, where `head` is the start of the file. The
/// dimension is the largest `d` for which each complete row in `head` is a word and `d` numbers.
/// `None` if the file has a first line. `None` also for a single row that begins with a number:
/// such a row is rather a first line with too many numbers.
fn glove_dim(head: &[u8]) -> Option<usize> {
    let mut rows = head.split_inclusive(|&byte| byte == b'\n').filter(|row| row.ends_with(b"\n")).peekable();
    let first = rows.peek()?.trim_ascii_end();
    if Header::parse(first).is_some() {
        return None;
    }
    let is_number = |field: &[u8]| text::number(field).is_some();
    let numbers = |row: &[u8]| {
        let row = row.trim_ascii_end();
        let fields = text::fields(row).count().saturating_sub(usize::from(!row.first().is_some_and(text::is_blank)));
        text::fields(row).rev().take_while(|field| is_number(field)).count().min(fields)
    };
    let (mut dim, mut seen) = (usize::MAX, 0);
    for row in rows.filter(|row| !row.trim_ascii().is_empty()) {
        dim = dim.min(numbers(row));
        seen += 1;
    }
    let is_word = text::fields(first).next().is_some_and(|field| !is_number(field));
    (1..=MAX_DIM).contains(&dim).then_some(dim).filter(|_| is_word || seen > 1)
}

/// Whether a model in one of word2vec's two formats is text, where `head` is a header and the first
/// rows. The model is text in two cases:
///
/// * The bytes after the first blank of the rows, as many as a binary vector has, could be text in
///   UTF-8.
/// * The first two rows end in as many decimals as the header says. The words may then have any
///   bytes.
///
/// In the first case the numbers may be missing or wrong. Then the text reader reports what is
/// wrong with them.
fn is_text_model(head: &[u8]) -> bool {
    let shows_text = || {
        let end = memchr::memchr(b'\n', head)?;
        let dim = Header::parse(&head[..end])?.dim;
        let rows = &head[end + 1..];
        let vector = &rows[rows.iter().position(text::is_blank)? + 1..];
        let is_whole = |row: &&[u8]| row.ends_with(b"\n") && !row.trim_ascii().is_empty();
        let has_word_and_decimals = |row: &[u8]| {
            let row = row.trim_ascii_end();
            let decimals = text::fields(row).rev().take(dim).filter(|field| text::number(field).is_some()).count();
            let has_word = row.first().is_some_and(text::is_blank) || text::fields(row).nth(dim).is_some();
            dim > 0 && decimals == dim && has_word
        };
        let mut first_two = rows.split_inclusive(|&byte| byte == b'\n').filter(is_whole).take(2).peekable();
        let are_decimals = first_two.peek().is_some() && first_two.all(has_word_and_decimals);
        Some(are_decimals || is_text(&vector[..vector.len().min(shown_bytes(dim))]))
    };
    shows_text().unwrap_or(false)
}

/// The number of bytes after the first blank of the rows that decide whether rows of `dim` numbers
/// are text: the size of a binary vector, at least 64 bytes. A minimum is needed because the bytes
/// of one number may well look like text; with a minimum, following rows are looked at too.
pub(super) fn shown_bytes(dim: usize) -> usize {
    (size_of::<f32>() * dim.min(MAX_DIM)).max(64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::format::Format;

    #[test]
    fn a_text_without_a_first_line_is_written_only_if_it_is_read_back() {
        let written = |words: &[&[u8]]| {
            let vectors = Vectors::new(words, 2, vec![0.5; 2 * words.len()]).unwrap();
            let mut file = Vec::new();
            let outcome = Format::Glove.write(&vectors, &mut file);
            outcome.map(|()| Vectors::read(&file[..], "m", usize::MAX).unwrap().words().eq(words.iter().copied()))
        };
        for words in [&[&b"day"[..], b"night"][..], &[b"day"], &[b"7", b"8"], &[b"B64:ZGF5"], &[b"day", b"windows 95"]]
        {
            assert!(written(words).unwrap(), "{words:?}");
        }
        let refused: [&[&[u8]]; 5] =
            [&[b"<html>"], &[b"\xef\xbb\xbfday"], &[b"\x1f\x8b\x08"], &[b"\x93NUMPY"], &[b"7"]];
        for words in refused {
            let error = written(words).unwrap_err().to_string();
            assert!(error.contains("would be read as another kind of file"), "{words:?}: {error}");
        }
    }
}
