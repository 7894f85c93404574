//! word2vec's text format: a word and its numbers as decimals on each line.

use std::io::{self, BufRead, Write};

use super::{Header, TOO_MANY_WORDS, keep_if_new};
use crate::embeddings::Embeddings;
use crate::error::{Error, Result};
use crate::input::CUT_SHORT;
use crate::tokens::tokens;
use crate::words::{Words, shown};

/// The model that `reader` holds; `name` stands for it in errors.
///
/// Fields are separated by any number of spaces and tabs; empty lines may follow the last row. Of rows with the same word
/// the first counts and the others are left out.
///
/// # Errors
/// [`Error::Line`] for a row that is not a word and as many finite numbers as the header says, or has no line
/// feed; [`Error::File`] for a missing header or missing rows; [`Error::Io`] from `reader`.
pub fn read(mut reader: impl BufRead, name: &str) -> Result<Embeddings> {
    let header = Header::read(&mut reader, name)?;
    let mut words = Words::default();
    let mut vectors = Vec::with_capacity(header.reserved());
    let mut row = Vec::new();
    let mut line = 1;
    let mut rows = 0;
    loop {
        row.clear();
        line += 1;
        let read = reader.read_until(b'\n', &mut row);
        if read.map_err(Error::io(name, "read"))? == 0 {
            break;
        }
        let fail = |problem: String| Error::Line { path: name.to_owned(), line, problem };
        let mut values = tokens(&row);
        let Some(word) = values.next() else {
            if rows < header.words {
                return Err(fail("a word and its vector were expected".to_owned()));
            }
            continue;
        };
        if rows == header.words {
            return Err(fail(format!("a row after the last of {} words that the first line promises", header.words)));
        }
        if !row.ends_with(b"\n") {
            return Err(fail(CUT_SHORT.to_owned()));
        }
        let start = vectors.len();
        for value in values {
            let number = number(value).ok_or_else(|| fail(format!("`{}` is not a finite number", shown(value))))?;
            vectors.push(number);
        }
        let found = vectors.len() - start;
        if found != header.dim {
            return Err(fail(format!("{found} numbers where the first line promises {}", header.dim)));
        }
        keep_if_new(&mut words, word, &mut vectors, header.dim).ok_or_else(|| fail(TOO_MANY_WORDS.to_owned()))?;
        rows += 1;
    }
    if rows < header.words {
        return Err(Error::File {
            path: name.to_owned(),
            problem: format!("the file ends after {rows} of {} words; is it cut short?", header.words),
        });
    }
    Embeddings::from_words(words, header.dim, vectors)
        .map_err(|problem| Error::File { path: name.to_owned(), problem: problem.to_string() })
}

/// Writes `embeddings`, each number as the shortest decimal that reads back as the same f32.
///
/// # Errors
/// What `to` fails with.
pub fn write(embeddings: &Embeddings, to: &mut dyn Write) -> io::Result<()> {
    writeln!(to, "{} {}", embeddings.len(), embeddings.dim())?;
    let mut decimal = zmij::Buffer::new();
    let mut row = Vec::new();
    let vectors = embeddings.vectors().chunks_exact(embeddings.dim());
    for (word, vector) in embeddings.words().zip(vectors) {
        row.clear();
        row.extend_from_slice(word);
        for &value in vector {
            row.push(b' ');
            row.extend_from_slice(decimal.format_finite(value).as_bytes());
        }
        row.push(b'\n');
        to.write_all(&row)?;
    }
    Ok(())
}

/// The finite number that `field` spells.
pub(super) fn number(field: &[u8]) -> Option<f32> {
    let number: f32 = str::from_utf8(field).ok()?.parse().ok()?;
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_others_write() {
        let file = b"3 3\r\n</s>\t1 -2.5e0  +3 \r\n</s> 7 7 7\n\xff\0 0.1 1e-45 0\n\n \n";
        let model = read(&file[..], "m").unwrap();
        assert_eq!(model.word(1), Some(&b"\xff\0"[..]));
        assert_eq!(model.vectors(), [1.0, -2.5, 3.0, 0.1, 1e-45, 0.0]);
    }

    #[test]
    fn writes_numbers_that_read_back_the_same() {
        let bits = [0x8000_0000, 1, 0x7f7f_ffff, 0x3dcc_cccd, 0xbeaa_aaab, 0x4b80_0001];
        let vectors: Vec<f32> = bits.into_iter().map(f32::from_bits).collect();
        let model = Embeddings::new(["w"], 6, vectors).unwrap();
        let mut file = Vec::new();
        write(&model, &mut file).unwrap();
        let again = read(&file[..], "m").unwrap();
        assert!(again.vectors().iter().map(|value| value.to_bits()).eq(bits));
    }

    #[test]
    fn names_the_line_at_fault() {
        for (file, expected) in [
            ("", "m: the file is empty"),
            ("2\n", "m: not a word2vec model"),
            ("2 3 4\n", "m: not a word2vec model"),
            ("-1 3\n", "m: not a word2vec model"),
            ("1 2", "m: not a word2vec model"),
            ("0 2\n", "m: cannot make embeddings: 0 words"),
            ("1 0\na\n", "m: cannot make embeddings: 1 words of 0"),
            ("2 2\na 1 2\n", "m: the file ends after 1 of 2 words"),
            ("18446744073709551615 18446744073709551615\na 1\n", "m:2: 1 numbers"),
            ("2 2\na 1 2\nb 3 4.2", "m:3: the file ends within this line, without a line feed; is it cut short?"),
            ("1 2\na 1", "m:2: the file ends within this line"),
            ("1 2\na 1\n", "m:2: 1 numbers where the first line promises 2"),
            ("1 2\na 1 2 3\n", "m:2: 3 numbers where"),
            ("1 2\na 1 nan\n", "m:2: `nan` is not a finite number"),
            ("1 2\na 1 1e99\n", "m:2: `1e99` is not a finite number"),
            ("2 1\na 1\n\nb 1\n", "m:3: a word and its vector"),
            ("1 1\na 1\n\nb 1\n", "m:4: a row after the last of 1 words"),
        ] {
            let error = read(file.as_bytes(), "m").unwrap_err().to_string();
            assert!(error.starts_with(expected), "{file:?}: {error}");
        }
    }
}
