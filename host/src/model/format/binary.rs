//! word2vec's binary format: a word, a space and its numbers as little-endian f32.
//!
//! word2vec.c ends each row with a line feed and other programs do not; both are read, the former is written.

use std::io::{self, BufRead, Read, Write};

use super::{Header, TOO_MANY_WORDS, keep_if_new};
use crate::embeddings::Embeddings;
use crate::error::{Error, Result};
use crate::words::{Words, is_storable, shown};

/// The model that `reader` holds; `name` stands for it in errors. Of rows with the same word the first counts and
/// the others are left out.
///
/// # Errors
/// [`Error::File`] naming the row where the file is not a model; [`Error::Io`] from `reader`.
pub fn read(mut reader: impl BufRead, name: &str) -> Result<Embeddings> {
    let header = Header::read(&mut reader, name)?;
    let fail = |problem: String| Error::File { path: name.to_owned(), problem };
    let width = (header.dim as u64)
        .checked_mul(size_of::<f32>() as u64)
        .ok_or_else(|| fail(format!("{} dimensions are too many", header.dim)))?;
    let mut words = Words::default();
    let mut vectors = Vec::with_capacity(header.reserved());
    let (mut word, mut vector) = (Vec::new(), Vec::new());
    for row in 1..=header.words {
        let cut = || fail(format!("the file ends within row {row} of {}; is it cut short?", header.words));
        skip_line_feeds(&mut reader).map_err(Error::io(name, "read"))?;
        word.clear();
        reader.read_until(b' ', &mut word).map_err(Error::io(name, "read"))?;
        let word = word.strip_suffix(b" ").ok_or_else(cut)?;
        if !is_storable(word) {
            return Err(fail(format!(
                "row {row} does not begin with a word but with `{}`; is {} the right dimension?",
                shown(word),
                header.dim
            )));
        }
        vector.clear();
        // Not read into a buffer of that size, for the header may lie.
        (&mut reader).take(width).read_to_end(&mut vector).map_err(Error::io(name, "read"))?;
        if vector.len() as u64 != width {
            return Err(cut());
        }
        let (values, _) = vector.as_chunks();
        vectors.extend(values.iter().copied().map(f32::from_le_bytes));
        keep_if_new(&mut words, word, &mut vectors, header.dim).ok_or_else(|| fail(TOO_MANY_WORDS.to_owned()))?;
    }
    skip_line_feeds(&mut reader).map_err(Error::io(name, "read"))?;
    let rest = reader.fill_buf().map_err(Error::io(name, "read"))?;
    if !rest.is_empty() {
        return Err(fail(format!(
            "more bytes after the last of {} rows of {} numbers; is the first line right?",
            header.words, header.dim
        )));
    }
    Embeddings::from_words(words, header.dim, vectors).map_err(|problem| fail(problem.to_string()))
}

/// Writes `embeddings`, a line feed after each row.
///
/// # Errors
/// What `to` fails with.
pub fn write(embeddings: &Embeddings, to: &mut dyn Write) -> io::Result<()> {
    writeln!(to, "{} {}", embeddings.len(), embeddings.dim())?;
    let mut row = Vec::new();
    let vectors = embeddings.vectors().chunks_exact(embeddings.dim());
    for (word, vector) in embeddings.words().zip(vectors) {
        row.clear();
        row.extend_from_slice(word);
        row.push(b' ');
        row.extend(vector.iter().flat_map(|value| value.to_le_bytes()));
        row.push(b'\n');
        to.write_all(&row)?;
    }
    Ok(())
}

/// Moves `reader` to the next byte that is not a line feed, as no word begins with one.
fn skip_line_feeds(reader: &mut impl BufRead) -> io::Result<()> {
    loop {
        let block = reader.fill_buf()?;
        let feeds = block.iter().take_while(|&&byte| byte == b'\n').count();
        let done = feeds < block.len() || block.is_empty();
        reader.consume(feeds);
        if done {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, rows: &[(&[u8], &[f32])], end: &[u8]) -> Vec<u8> {
        let mut file = format!("{header}\n").into_bytes();
        for (word, vector) in rows {
            file.extend_from_slice(word);
            file.push(b' ');
            file.extend(vector.iter().flat_map(|value| value.to_le_bytes()));
            file.extend_from_slice(end);
        }
        file
    }

    #[test]
    fn reads_rows_with_and_without_line_feeds() {
        // 0x0a0a0a0a is a number whose bytes are line feeds.
        let feeds = f32::from_bits(0x0a0a_0a0a);
        let rows: [(&[u8], &[f32]); 3] = [(b"</s>", &[1.0, feeds]), (b"\xff\0", &[feeds, -0.0]), (b"z", &[0.5, feeds])];
        for end in [&b""[..], b"\n"] {
            let model = read(&file("3 2", &rows, end)[..], "m").unwrap();
            for (id, (word, vector)) in (0..).zip(rows) {
                assert_eq!(model.word(id), Some(word));
                assert_eq!(model.vector(id), Some(vector));
            }
            let mut again = Vec::new();
            write(&model, &mut again).unwrap();
            assert_eq!(again, file("3 2", &rows, b"\n"));
        }
    }

    #[test]
    fn names_the_row_at_fault() {
        let rows: [(&[u8], &[f32]); 2] = [(b"a", &[1.0, 2.0]), (b"b", &[3.0, 4.0])];
        let whole = file("2 2", &rows, b"\n");
        let cut = |bytes: usize| whole[..whole.len() - bytes].to_vec();
        for (file, expected) in [
            (vec![], "m: the file is empty"),
            (file("two 2", &rows, b""), "m: not a word2vec model"),
            (cut(2), "m: the file ends within row 2 of 2"),
            (cut(11), "m: the file ends within row 2 of 2"),
            (file("3 2", &rows, b"\n"), "m: the file ends within row 3 of 3"),
            (file("1 2", &rows, b""), "m: more bytes after the last of 1"),
            (file("2 1", &rows, b""), "m: more bytes after the last of 2"),
            (file("1 1", &[(b"a\tb", &[1.0])], b""), "m: row 1 does not begin with a word but with `a\\tb`; is 1"),
            (file("18446744073709551615 4611686018427387903", &rows, b""), "m: the file ends within row 1 of"),
            (file("1 4611686018427387904", &rows, b""), "m: 4611686018427387904 dimensions"),
            (file("0 2", &[], b""), "m: cannot make embeddings: 0 words"),
            (file("1 1", &[(b"a", &[f32::NAN])], b"\n"), "m: cannot make embeddings: the vector of `a` is not finite"),
        ] {
            let error = read(&file[..], "m").unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
