//! word2vec's binary format. A row is a word, a space and the word's numbers as little-endian f32.
//!
//! word2vec.c writes a line feed after each row; other programs do not. Both are read. This module
//! writes the line feed.

use std::io::{self, BufRead, ErrorKind, Read, Write};

use super::header::Header;
use super::rows::Rows;
use crate::error::{Error, Result};
use crate::files::input::{read_until, skip};
use crate::files::lines::MAX_WORD_BYTES;
use crate::model::vectors::Vectors;
use crate::text::words::shown;

/// The first `most` words of the model in `reader`; errors call the file `name`. Nothing is read
/// after word `most`.
///
/// All bytes before the first blank of a row are the word. The word may be empty. A line feed
/// within a word is an error, because it shows that rows are longer than the header says. If
/// several rows have the same word, the first one counts and the others are left out.
///
/// # Errors
/// [`Error::File`] with the number of the row at which the file is not a model. [`Error::Io`] from
/// `reader`.
pub fn read(mut reader: impl BufRead, name: &str, most: usize) -> Result<Vectors> {
    let header = Header::read(&mut reader, name)?;
    let fail = |problem: String| Error::File { path: name.to_owned(), problem };
    let mut rows = Rows::new(header, name, most);
    let width = header.dim * size_of::<f32>();
    let (mut word, mut vector) = (Vec::new(), Vec::new());
    while !rows.are_all() && !rows.has_enough() {
        let row = rows.read() + 1;
        let cut = || fail(format!("the file ends within row {row} of {}; is it cut short?", header.words));
        skip(&mut reader, b'\n').map_err(Error::io(name, "read"))?;
        word.clear();
        let read = read_until(&mut reader, b' ', MAX_WORD_BYTES, &format_args!("the word of row {row}"), &mut word);
        read.map_err(Error::io(name, "read"))?;
        let word = word.strip_suffix(b" ").ok_or_else(cut)?;
        if word.contains(&b'\n') {
            return Err(fail(format!(
                "row {row} does not begin with a word but with `{}`; is {} the right dimension?",
                shown(word),
                header.dim
            )));
        }
        vector.clear();
        (&mut reader).take(width as u64).read_to_end(&mut vector).map_err(Error::io(name, "read"))?;
        if vector.len() != width {
            return Err(cut());
        }
        let (values, _) = vector.as_chunks();
        for (value, bytes) in rows.next_vector().map_err(fail)?.iter_mut().zip(values) {
            *value = f32::from_le_bytes(*bytes);
        }
        rows.keep(word).map_err(fail)?;
    }
    if !rows.has_enough() && !skip(&mut reader, b'\n').map_err(Error::io(name, "read"))? {
        return Err(fail(format!(
            "more bytes after the last of {} rows of {} numbers; is the first line right?",
            header.words, header.dim
        )));
    }
    rows.finish()
}

/// Writes `vectors` in word2vec's binary format, with a line feed after each row.
///
/// # Errors
/// [`ErrorKind::InvalidInput`], before anything is written, for a word with a blank. Any error of
/// `to`.
pub fn write(vectors: &Vectors, to: &mut dyn Write) -> io::Result<()> {
    if let Some(word) = vectors.words().find(|word| word.contains(&b' ')) {
        let problem = "a blank ends a word in a binary model; write text";
        return Err(io::Error::new(ErrorKind::InvalidInput, format!("`{}`: {problem}", shown(word))));
    }
    writeln!(to, "{} {}", vectors.len(), vectors.dim())?;
    let mut row = Vec::new();
    let rows = vectors.numbers().chunks_exact(vectors.dim());
    for (word, vector) in vectors.words().zip(rows) {
        row.clear();
        row.extend_from_slice(word);
        row.push(b' ');
        row.extend(vector.iter().flat_map(|value| value.to_le_bytes()));
        row.push(b'\n');
        to.write_all(&row)?;
    }
    Ok(())
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
        // The bytes of the number 0x0a0a0a0a are line feeds.
        let feeds = f32::from_bits(0x0a0a_0a0a);
        let rows: [(&[u8], &[f32]); 3] = [(b"</s>", &[1.0, feeds]), (b"\xff\0", &[feeds, -0.0]), (b"z", &[0.5, feeds])];
        for end in [&b""[..], b"\n"] {
            let model = read(&file("3 2", &rows, end)[..], "m", usize::MAX).unwrap();
            for (id, (word, vector)) in (0..).zip(rows) {
                assert_eq!(model.word(id).unwrap(), word);
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
            (file("2 1", &rows, b"\n "), "m: row 2 does not begin with a word but with `\\u{0}\\u{0}\\u{0}@\\n`; is 1"),
            (file("18446744073709551615 65536", &rows, b""), "m: the file ends within row 1 of"),
            (file("1 65537", &rows, b""), "m: 65537 dimensions, where 65536 is the most"),
            (file("1 4611686018427387904", &rows, b""), "m: 4611686018427387904 dimensions"),
            (file("0 2", &[], b""), "m: cannot make vectors: 0 words"),
            (file("1 1", &[(b"a", &[f32::NAN])], b"\n"), "m: cannot make vectors: the vector of `a` is not finite"),
        ] {
            let error = read(&file[..], "m", usize::MAX).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn a_word_is_what_stands_before_the_blank() {
        let rows: [(&[u8], &[f32]); 6] = [
            (b"day", &[1.0]),
            (b"\x0cchapter", &[2.0]),
            (b"", &[3.0]),
            (b"\x0b", &[f32::from_bits(0x2020_2020)]),
            (b"a\tb", &[4.0]),
            (b"\rc\r", &[5.0]),
        ];
        for end in [&b""[..], b"\n"] {
            let model = read(&file("6 1", &rows, end)[..], "m", usize::MAX).unwrap();
            assert!(model.words().eq(rows.map(|(word, _)| word)));
            let mut again = Vec::new();
            write(&model, &mut again).unwrap();
            assert_eq!(again, file("6 1", &rows, b"\n"));
        }
        let spaced = Vectors::new(["a", "new york"], 1, vec![1.0, 2.0]).unwrap();
        let mut written = Vec::new();
        let error = write(&spaced, &mut written).unwrap_err().to_string();
        assert_eq!(error, "`new york`: a blank ends a word in a binary model; write text");
        assert_eq!(written, b"");
    }

    #[test]
    fn the_first_words_are_read_and_no_more() {
        let mut file = file("9 1", &[(b"a", &[1.0]), (b"a", &[2.0]), (b"b", &[3.0])], b"\n");
        file.extend(b"the rest is not looked at");
        let model = read(&file[..], "m", 2).unwrap();
        assert!(model.words().eq([b"a", b"b"]));
        assert_eq!(model.numbers(), [1.0, 3.0]);
    }

    #[test]
    fn a_word_without_end_is_refused_before_it_fills_memory() {
        let endless = b"1 2\n".chain(io::repeat(b'x'));
        let error = read(io::BufReader::with_capacity(1 << 18, endless), "m", usize::MAX).unwrap_err().to_string();
        assert_eq!(error, format!("m: cannot read: the word of row 1 is longer than {MAX_WORD_BYTES} bytes"));
    }
}
