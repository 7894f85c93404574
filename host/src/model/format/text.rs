//! word2vec's text format: a word and its numbers as decimals on each line.

use std::io::{self, BufRead, ErrorKind, Write};

use bstr::BStr;

use super::dl4j;
use super::header::Header;
use super::rows::Rows;
use crate::config::MAX_DIM;
use crate::error::{Error, Result};
use crate::files::input::{self, CUT_SHORT};
use crate::files::lines::MAX_WORD_BYTES;
use crate::model::vectors::Vectors;
use crate::text::words::{is_space, shown};

/// The longest row that is read, in bytes: a word, and 64 bytes for each of the most numbers that a
/// model can have.
const MAX_ROW_BYTES: usize = MAX_WORD_BYTES + 64 * MAX_DIM;

/// The first `most` words of the model in `reader`; errors call the file `name`. Nothing is read
/// after word `most`.
///
/// The last `dim` fields of a row are its numbers, separated by any number of blanks and tabs.
/// Everything before them is the word: the word may contain blanks, but blanks at its ends are
/// dropped. A row that begins with a blank and has only numbers belongs to the empty word. Empty
/// lines may follow the last row. If several rows have the same word, the first one counts and the
/// others are left out. If every word is `B64:` and base64, as Deeplearning4j writes words, the
/// words are decoded.
///
/// # Errors
/// [`Error::Line`] for a row that is not a word and as many finite numbers as the header says, or
/// that has no line feed. [`Error::File`] for a missing header or missing rows. [`Error::Io`] from
/// `reader`.
pub fn read(mut reader: impl BufRead, name: &str, most: usize) -> Result<Vectors> {
    let header = Header::read(&mut reader, name)?;
    let mut rows = Rows::new(header, name, most);
    read_rows(&mut reader, Some(header), &mut rows, name)?;
    if !rows.has_enough() && !rows.are_all() {
        let problem = format!("the file ends after {} of {} words; is it cut short?", rows.read(), header.words);
        return Err(Error::File { path: name.to_owned(), problem });
    }
    rows.decode();
    rows.finish()
}

/// As [`read`], for a file in GloVe's format: rows of `dim` numbers, without a first line.
pub(super) fn read_glove(mut reader: impl BufRead, dim: usize, name: &str, most: usize) -> Result<Vectors> {
    let mut rows = Rows::new(Header { words: usize::MAX, dim }, name, most);
    read_rows(&mut reader, None, &mut rows, name)?;
    rows.finish()
}

/// Adds the rows in `reader` to `rows`. If there is a `header`, more rows than the header says are
/// an error. Without a header all rows up to the end of the file are read.
fn read_rows(reader: &mut impl BufRead, header: Option<Header>, rows: &mut Rows<'_>, name: &str) -> Result<()> {
    let mut row = Vec::new();
    let mut line = u64::from(header.is_some());
    while !rows.has_enough() {
        row.clear();
        line += 1;
        let read = input::read_until(reader, b'\n', MAX_ROW_BYTES, &format_args!("line {line}"), &mut row);
        read.map_err(Error::io(name, "read"))?;
        if row.is_empty() {
            break;
        }
        let fail = |problem: String| Error::Line { path: name.to_owned(), line, problem };
        if row.iter().all(is_space) {
            if rows.are_all() {
                continue;
            }
            return Err(fail("a word and its vector were expected".to_owned()));
        }
        if rows.are_all() {
            let words = header.map_or(0, |header| header.words);
            return Err(fail(format!("a row after the last of {words} words that the first line promises")));
        }
        if !row.ends_with(b"\n") {
            return Err(fail(CUT_SHORT.to_owned()));
        }
        add(&row, header.is_some(), rows).map_err(fail)?;
    }
    Ok(())
}

/// Adds the word and the numbers of `row` to `rows`, or returns a text that says what is wrong with
/// the row. `is_told` says that the file has a first line with the dimension.
fn add(row: &[u8], is_told: bool, rows: &mut Rows) -> std::result::Result<(), String> {
    let is_first = is_told && rows.read() == 0;
    let dim = rows.dim();
    let fault = |row| fault(row, dim, is_told);
    let mut rest = without_end(row, is_space);
    for value in rows.next_vector()?.iter_mut().rev() {
        rest = without_end(rest, is_blank);
        let start = rest.iter().rposition(is_blank).map_or(0, |blank| blank + 1);
        *value = number(&rest[start..]).ok_or_else(|| fault(row))?;
        rest = &rest[..start];
    }
    let word = trimmed(rest);
    // A first line with too small a dimension shows in the first row: the word seems to end in
    // numbers. This check may refuse a correct model, but few models begin with a word that ends in
    // numbers.
    if rest.is_empty() || is_first && ends_in_numbers(word) {
        return Err(fault(row));
    }
    rows.keep(word)
}

/// A text that says what is wrong with `row`, which is not a word and `dim` numbers.
fn fault(row: &[u8], dim: usize, is_told: bool) -> String {
    let fields = || fields(without_end(row, is_space));
    let found = fields().count().saturating_sub(1);
    match fields().skip((found + 1).saturating_sub(dim)).find(|field| number(field).is_none()) {
        Some(field) if found >= dim => format!("`{}` is not a finite number", shown(field)),
        _ => {
            format!("{found} numbers where {} {dim}", if is_told { "the first line promises" } else { "each row has" })
        }
    }
}

/// Writes `vectors` in word2vec's text format. Each number is the shortest decimal that reads back
/// as the same f32. If every word is `B64:` and base64, [`read`] would decode the words; then the
/// words are encoded once more.
///
/// # Errors
/// [`ErrorKind::InvalidInput`], before anything is written, for a word that [`read`] would read as
/// another word. Any error of `to`.
pub fn write(vectors: &Vectors, to: &mut dyn Write) -> io::Result<()> {
    check_words(vectors)?;
    writeln!(to, "{} {}", vectors.len(), vectors.dim())?;
    let would_be_decoded = dl4j::all_decoded(vectors.words().map(|word| &**word)).is_some();
    write_rows(vectors, would_be_decoded, to)
}

/// Fails for a word that [`read`] would read as another word.
fn check_words(vectors: &Vectors) -> io::Result<()> {
    for (row, word) in vectors.words().enumerate() {
        if trimmed(word) != word || row == 0 && ends_in_numbers(word) {
            let problem = "no text model can hold the word: it begins or ends with a blank or tab, or comes first and ends in numbers";
            return Err(io::Error::new(ErrorKind::InvalidInput, format!("`{}`: {problem}", shown(word))));
        }
    }
    Ok(())
}

/// As [`write`], in GloVe's format: without a first line.
///
/// # Errors
/// As [`write`]. Also if `is_readable`, given the first rows, says that the file would be read as
/// another kind of file. The first rows are all rows, or at least two rows and `start_bytes` bytes
/// after them.
pub(super) fn write_glove(
    vectors: &Vectors,
    to: &mut dyn Write,
    start_bytes: usize,
    is_readable: impl Fn(&[u8]) -> bool,
) -> io::Result<()> {
    check_words(vectors)?;
    let mut start = Vec::new();
    let mut two_rows = usize::MAX;
    for (number, row) in rows(vectors).enumerate() {
        if start.len() >= start_bytes.saturating_add(two_rows) {
            break;
        }
        append_row(row, false, &mut start);
        if number == 1 {
            two_rows = start.len();
        }
    }
    if let Some(word) = vectors.words().next().filter(|_| !is_readable(&start)) {
        let problem = "a text without a first line that begins with this row would be read as another kind of file; \
                       write text with a first line";
        return Err(io::Error::new(ErrorKind::InvalidInput, format!("`{}`: {problem}", shown(word))));
    }
    write_rows(vectors, false, to)
}

/// Writes a row for each of `vectors`. If `is_encoded`, the words are encoded as Deeplearning4j
/// does.
fn write_rows(vectors: &Vectors, is_encoded: bool, to: &mut dyn Write) -> io::Result<()> {
    let mut text = Vec::new();
    for row in rows(vectors) {
        text.clear();
        append_row(row, is_encoded, &mut text);
        to.write_all(&text)?;
    }
    Ok(())
}

/// Each word with its vector.
fn rows(vectors: &Vectors) -> impl Iterator<Item = (&BStr, &[f32])> {
    vectors.words().zip(vectors.numbers().chunks_exact(vectors.dim()))
}

/// Appends a row to `text`: the word, encoded if `is_encoded`, and the numbers of its vector.
fn append_row((word, vector): (&BStr, &[f32]), is_encoded: bool, text: &mut Vec<u8>) {
    let mut decimal = zmij::Buffer::new();
    if is_encoded {
        text.extend_from_slice(&dl4j::encoded(word));
    } else {
        text.extend_from_slice(word);
    }
    for &value in vector {
        text.push(b' ');
        text.extend_from_slice(decimal.format_finite(value).as_bytes());
    }
    text.push(b'\n');
}

/// The number that `field` spells; `None` if `field` is not a finite number.
pub(super) fn number(field: &[u8]) -> Option<f32> {
    let number: f32 = str::from_utf8(field).ok()?.parse().ok()?;
    number.is_finite().then_some(number)
}

/// Whether `byte` separates the fields of a row.
pub(super) fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// The fields of `row`: the parts between blanks.
pub(super) fn fields(row: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    row.split(is_blank).filter(|field| !field.is_empty())
}

/// Whether `word` has more than one field, and all fields after the first are numbers.
fn ends_in_numbers(word: &[u8]) -> bool {
    let mut numbers = fields(word).skip(1).map(|field| number(field).is_some()).peekable();
    numbers.peek().is_some() && numbers.all(|is_number| is_number)
}

/// `bytes` without the blanks at its start and end.
fn trimmed(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|byte| !is_blank(byte)).unwrap_or(bytes.len());
    without_end(&bytes[start..], is_blank)
}

/// `bytes` without the bytes at its end for which `is_end` is true.
fn without_end(bytes: &[u8], is_end: impl Fn(&u8) -> bool) -> &[u8] {
    let end = bytes.iter().rposition(|byte| !is_end(byte)).map_or(0, |last| last + 1);
    &bytes[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn reads_what_others_write() {
        let file = b"3 3\r\n</s>\t1 -2.5e0  +3 \r\n</s> 7 7 7\n\xff\0 0.1 1e-45 0\n\n \n";
        let model = read(&file[..], "m", usize::MAX).unwrap();
        assert_eq!(model.word(1).unwrap(), &b"\xff\0"[..]);
        assert_eq!(model.numbers(), [1.0, -2.5, 3.0, 0.1, 1e-45, 0.0]);
    }

    #[test]
    fn rows_are_parted_from_the_right() {
        let rows = b"7 2\nnew york 1 2\n. . .\t3 4\n 5 6\n\x0cchapter\x0b  7 8\nwindows 95 9 10\r\nnew  york\r 1 1\n\xff\0 \xe9 0 1\n";
        let model = read(&rows[..], "m", usize::MAX).unwrap();
        let words: [&[u8]; 7] =
            [b"new york", b". . .", b"", b"\x0cchapter\x0b", b"windows 95", b"new  york\r", b"\xff\0 \xe9"];
        assert!(model.words().eq(words));
        assert_eq!(model.numbers()[..10], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]);
        let mut written = Vec::new();
        write(&model, &mut written).unwrap();
        let again = read(&written[..], "m", usize::MAX).unwrap();
        assert!(again.words().eq(words));
        assert_eq!(again.numbers(), model.numbers());
    }

    #[test]
    fn words_that_would_be_read_as_others_are_not_written() {
        for word in [" a", "a\t", " ", "a 1", "a 1 2.5"] {
            let mut written = Vec::new();
            let error = write(&Vectors::new([word], 1, vec![1.0]).unwrap(), &mut written).unwrap_err();
            assert!(error.to_string().contains("no text model can hold the word"), "{error}");
            assert_eq!(written, b"");
        }
    }

    #[test]
    fn words_of_dl4j_are_decoded_where_all_are_such() {
        let words = |file: &[u8]| {
            let model = read(file, "m", usize::MAX).unwrap();
            model.words().map(|word| shown(word)).collect::<Vec<_>>().join("|")
        };
        assert_eq!(words(b"2 1 120\nB64:ZGF5 0.1\nB64:bmV3IHlvcms= 2\n"), "day|new york");
        assert_eq!(words(b"2 1\nB64:ZGF5 0.1\nB64:bmV3IHlvcms= 2\n"), "day|new york");
        assert_eq!(words(b"2 1 120\nB64:ZGF5 0.1\nnight 2\n"), "B64:ZGF5|night");
        assert_eq!(words(b"1 1\nB64:QjY0OlpHRjU= 1\n"), "B64:ZGF5");
        assert_eq!(words(b"2 1\nB64: 1\nB64:QjY0Og== 2\n"), "|B64:");
        assert_eq!(words(b"2 1\nB64:YQpi 1\nB64:ZGF5 2\n"), "B64:YQpi|day");
    }

    #[test]
    fn words_that_look_like_those_of_dl4j_are_read_back() {
        for words in
            [&["B64:ZGF5", "B64:bmlnaHQ="][..], &["B64:ZGF5", "night"], &["B64:YQpi"], &["B64:YQpi", "B64:ZGF5"]]
        {
            let model = Vectors::new(words, 1, vec![0.5; words.len()]).unwrap();
            let mut file = Vec::new();
            write(&model, &mut file).unwrap();
            assert!(read(&file[..], "m", usize::MAX).unwrap().words().eq(words));
        }
    }

    #[test]
    fn the_first_words_are_read_and_no_more() {
        let file = b"4 1\na 1\na 2\nb 3\nthe rest is not looked at";
        let model = read(&file[..], "m", 2).unwrap();
        assert!(model.words().eq([b"a", b"b"]));
        assert_eq!(model.numbers(), [1.0, 3.0]);
        assert!(read(&b"4 1\na 1\n"[..], "m", 2).unwrap_err().to_string().contains("after 1 of 4 words"));
    }

    #[test]
    fn a_row_without_end_is_refused_before_it_fills_memory() {
        let endless = b"1 2\n".chain(io::repeat(b'x'));
        let error = read(io::BufReader::with_capacity(1 << 18, endless), "m", usize::MAX).unwrap_err().to_string();
        assert_eq!(error, format!("m: cannot read: line 2 is longer than {MAX_ROW_BYTES} bytes"));
    }

    #[test]
    fn writes_numbers_that_read_back_the_same() {
        let bits = [0x8000_0000, 1, 0x7f7f_ffff, 0x3dcc_cccd, 0xbeaa_aaab, 0x4b80_0001];
        let vectors: Vec<f32> = bits.into_iter().map(f32::from_bits).collect();
        let model = Vectors::new(["w"], 6, vectors).unwrap();
        let mut file = Vec::new();
        write(&model, &mut file).unwrap();
        let again = read(&file[..], "m", usize::MAX).unwrap();
        assert!(again.numbers().iter().map(|value| value.to_bits()).eq(bits));
    }

    #[test]
    fn names_the_line_at_fault() {
        for (file, expected) in [
            ("", "m: the file is empty"),
            ("2\n", "m: not a word2vec model"),
            ("2 3 4 5\n", "m: not a word2vec model"),
            ("2 3 x\n", "m: not a word2vec model"),
            ("2 3 4\n", "m: the file ends after 0 of 2 words"),
            ("-1 3\n", "m: not a word2vec model"),
            ("1 2", "m: not a word2vec model"),
            ("0 2\n", "m: cannot make vectors: 0 words"),
            ("1 0\na\n", "m: cannot make vectors: 1 words of 0"),
            ("2 2\na 1 2\n", "m: the file ends after 1 of 2 words"),
            ("18446744073709551615 65536\na 1\n", "m:2: 1 numbers"),
            ("1 65537\na 1\n", "m: 65537 dimensions, where 65536 is the most"),
            ("1 18446744073709551615\na 1\n", "m: 18446744073709551615 dimensions"),
            ("1 2\n1 2\n", "m:2: 1 numbers where the first line promises 2"),
            ("1 3\na 0,1 0,2 0,3\n", "m:2: `0,1` is not a finite number"),
            ("1 2\na 0x1p3 2\n", "m:2: `0x1p3` is not a finite number"),
            ("2 2\nnew york 1 2\na b\x0c 1 \n", "m:3: `b\\u{c}` is not a finite number"),
            ("2 2\na 1 2\nb 3 4.2", "m:3: the file ends within this line, without a line feed; is it cut short?"),
            ("1 2\na 1", "m:2: the file ends within this line"),
            ("1 2\na 1\n", "m:2: 1 numbers where the first line promises 2"),
            ("1 2\na 1 2 3\n", "m:2: 3 numbers where"),
            ("1 2\na 1 nan\n", "m:2: `nan` is not a finite number"),
            ("1 2\na 1 1e99\n", "m:2: `1e99` is not a finite number"),
            ("2 1\na 1\n\nb 1\n", "m:3: a word and its vector"),
            ("1 1\na 1\n\nb 1\n", "m:4: a row after the last of 1 words"),
        ] {
            let error = read(file.as_bytes(), "m", usize::MAX).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{file:?}: {error}");
        }
    }
}
