//! fastText's own format, `.bin`: settings, a dictionary, and the input matrix.
//!
//! The vector of a word in the dictionary is the mean of the word's row and of the rows of its
//! n-grams, as fastText computes it. Words outside the dictionary are left out, although fastText
//! can compose their vectors from n-grams.

use std::io::{BufReader, Read};

use super::dtype::{Dtype, Stored, read_exact, read_numbers};
use crate::config::MAX_DIM;
use crate::error::{Error, Result};
use crate::files::compression::BUFFER_BYTES;
use crate::files::input::read_until;
use crate::files::lines::MAX_WORD_BYTES;
use crate::memory;
use crate::model::vectors::Vectors;
use crate::text::words::Words;

/// The first bytes of a file.
pub(super) const MAGIC: &[u8] = b"\xba\x16\x4f\x2f";

/// The version of the format that fastText writes since 2017.
const VERSION: i32 = 12;

/// The word for the end of a sentence. fastText gives this word no n-grams.
const SENTENCE_END: &[u8] = b"</s>";

/// The settings that change how vectors are computed.
struct Settings {
    dim: usize,
    /// The number of rows for n-grams.
    buckets: usize,
    /// The shortest and the longest n-gram, in characters. There are no n-grams if the longest has
    /// 0 characters.
    lengths: [usize; 2],
}

/// The reasons why a file is not read.
enum Fault {
    CutShort,
    Other(&'static str),
    Failed(Error),
}

/// The first `most` words and their vectors in `reader`; errors call the file `name`.
///
/// # Errors
/// [`Error::File`] if the file is cut short, quantized, pruned or of another version than 12.
/// [`Error::Io`] from `reader`.
pub(super) fn read(reader: impl Read, name: &str, most: usize) -> Result<Vectors> {
    let fail = |problem: &str| {
        let help = "give its .vec file, or write one from its words and vectors";
        Error::File { path: name.to_owned(), problem: format!("is fastText's own format, {problem}; {help}") }
    };
    let mut file = Fields { reader: BufReader::with_capacity(BUFFER_BYTES, reader), name };
    vectors(&mut file, most).map_err(|fault| match fault {
        Fault::CutShort => fail("and is cut short or damaged"),
        Fault::Other(problem) => fail(problem),
        Fault::Failed(error) => error,
    })
}

fn vectors<R: Read>(file: &mut Fields<'_, R>, most: usize) -> std::result::Result<Vectors, Fault> {
    file.integer()?;
    if file.integer()? != VERSION {
        return Err(Fault::Other("of a version that is not read"));
    }
    let settings = settings(file)?;
    let (words, rows) = dictionary(file, most)?;
    let [is_quantized] = file.bytes()?;
    if is_quantized != 0 {
        return Err(Fault::Other("and quantized, so that the words' vectors are not in it"));
    }
    let (total, dim) = (file.long()?, file.long()?);
    let expected = rows.checked_add(settings.buckets);
    if usize::try_from(total).ok() != expected || usize::try_from(dim).ok() != Some(settings.dim) {
        return Err(Fault::Other("and its matrix is not of its words and n-grams"));
    }
    let count = expected.and_then(|total| total.checked_mul(settings.dim)).ok_or(Fault::CutShort)?;
    let kept = if settings.lengths[1] == 0 { words.len().saturating_mul(settings.dim) } else { count };
    let name = file.name;
    let stored = Stored::As(Dtype::F32);
    let numbers = read_numbers(&mut file.reader, stored, count, kept, name, "matrix", |_| ()).map_err(Fault::Failed)?;
    let numbers = if settings.lengths[1] == 0 {
        numbers
    } else {
        composed(&words, rows, &numbers, &settings).map_err(Fault::Failed)?
    };
    let vectors = Vectors::from_words(words, settings.dim, numbers);
    vectors.map_err(|error| Fault::Failed(Error::File { path: name.to_owned(), problem: error.to_string() }))
}

fn settings<R: Read>(file: &mut Fields<'_, R>) -> std::result::Result<Settings, Fault> {
    let mut values = [0; 12];
    for value in &mut values {
        *value = file.integer()?;
    }
    let [dim, _, _, _, _, _, _, _, buckets, shortest, longest, _] = values;
    file.bytes::<8>()?;
    let size = |value: i32| usize::try_from(value).map_err(|_| Fault::CutShort);
    let (dim, buckets, shortest, longest) = (size(dim)?, size(buckets)?, size(shortest)?, size(longest)?);
    if !(1..=MAX_DIM).contains(&dim) {
        return Err(Fault::Other("and its dimension cannot be used"));
    }
    // fastText makes no n-grams if there are no rows for n-grams.
    let lengths = if buckets == 0 { [0; 2] } else { [shortest, longest] };
    Ok(Settings { dim, buckets, lengths })
}

/// The first `most` words, and the number of all words.
fn dictionary<R: Read>(file: &mut Fields<'_, R>, most: usize) -> std::result::Result<(Words, usize), Fault> {
    let (entries, rows, _labels) = (file.integer()?, file.integer()?, file.integer()?);
    let (_tokens, pruned) = (file.long()?, file.long()?);
    let rows = usize::try_from(rows).map_err(|_| Fault::CutShort)?;
    if pruned > 0 {
        return Err(Fault::Other("and pruned, so that not all n-grams are in it"));
    }
    let mut words = Words::default();
    let mut word = Vec::new();
    for entry in 0..usize::try_from(entries).map_err(|_| Fault::CutShort)? {
        word.clear();
        let read = read_until(&mut file.reader, 0, MAX_WORD_BYTES, &"a word", &mut word);
        read.map_err(|error| Fault::Failed(Error::io(file.name, "read")(error)))?;
        let word = word.strip_suffix(b"\0").ok_or(Fault::CutShort)?;
        file.long()?;
        let [is_label] = file.bytes()?;
        if (entry < rows) != (is_label == 0) {
            return Err(Fault::Other("and its labels are among its words"));
        }
        let is_kept = entry < rows.min(most);
        if is_kept && !words.add(word).map_err(|error| Fault::Failed(error.in_file(file.name)))? {
            return Err(Fault::Other("and a word of it comes twice"));
        }
    }
    if words.len() == rows.min(most) { Ok((words, rows)) } else { Err(Fault::CutShort) }
}

/// The vector of each of `words`: the mean of the word's row and of the rows of its n-grams. In
/// `numbers` the first `rows` rows belong to words, and the rows of n-grams follow.
fn composed(words: &Words, rows: usize, numbers: &[f32], settings: &Settings) -> Result<Vec<f32>> {
    let &Settings { dim, buckets, lengths } = settings;
    let mut vectors = memory::filled(0.0, words.len().saturating_mul(dim), "vectors")?;
    for ((row, word), vector) in words.iter().enumerate().zip(vectors.chunks_exact_mut(dim)) {
        let mut parts = 0;
        let mut add = |row: usize| {
            let part = row.checked_mul(dim).and_then(|start| numbers.get(start..start.checked_add(dim)?));
            vector.iter_mut().zip(part.unwrap_or_default()).for_each(|(sum, part)| *sum += part);
            parts += 1;
        };
        add(row);
        if word != SENTENCE_END {
            for_each_ngram(word, lengths, |hash| add(rows + hash as usize % buckets));
        }
        let share = 1.0 / parts as f32;
        vector.iter_mut().for_each(|sum| *sum *= share);
    }
    Ok(vectors)
}

/// Calls `each` with the hash of each n-gram of `<word>` that has `shortest` to `longest`
/// characters. A single angle bracket is not an n-gram.
fn for_each_ngram(word: &[u8], [shortest, longest]: [usize; 2], mut each: impl FnMut(u32)) {
    let word = [b"<", word, b">"].concat();
    let begins = |at: usize| word.get(at).is_some_and(|byte| byte & 0xc0 != 0x80);
    for start in (0..word.len()).filter(|&start| begins(start)) {
        let mut end = start;
        // The hash is FNV-1a. As in fastText, each byte is sign-extended to 32 bits.
        let mut hash = 2_166_136_261_u32;
        for characters in 1..=longest {
            while let Some(&byte) = word.get(end) {
                hash = (hash ^ (byte as i8) as u32).wrapping_mul(16_777_619);
                end += 1;
                if begins(end) {
                    break;
                }
            }
            let is_bracket = characters == 1 && (start == 0 || end == word.len());
            if characters >= shortest && !is_bracket {
                each(hash);
            }
            if end == word.len() {
                break;
            }
        }
    }
}

/// A reader of the fields of a file, which are little-endian.
struct Fields<'n, R> {
    reader: BufReader<R>,
    name: &'n str,
}

impl<R: Read> Fields<'_, R> {
    fn bytes<const N: usize>(&mut self) -> std::result::Result<[u8; N], Fault> {
        let mut bytes = [0; N];
        match read_exact(&mut self.reader, &mut bytes) {
            Ok(true) => Ok(bytes),
            Ok(false) => Err(Fault::CutShort),
            Err(error) => Err(Fault::Failed(Error::io(self.name, "read")(error))),
        }
    }

    fn integer(&mut self) -> std::result::Result<i32, Fault> {
        self.bytes().map(i32::from_le_bytes)
    }

    fn long(&mut self) -> std::result::Result<i64, Fault> {
        self.bytes().map(i64::from_le_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with the words `day` and `</s>` and a label, of 1 dimension, with 5 rows of n-grams.
    fn file(longest: i32) -> Vec<u8> {
        let mut file = MAGIC.to_vec();
        for value in [12, 1, 5, 5, 1, 5, 1, 1, 1, 5, 3, longest, 100] {
            file.extend(i32::to_le_bytes(value));
        }
        file.extend(1e-4_f64.to_le_bytes());
        for value in [3, 2, 1] {
            file.extend(i32::to_le_bytes(value));
        }
        file.extend([100_i64, -1].map(i64::to_le_bytes).concat());
        for (word, is_label) in [("day", 0), ("</s>", 0), ("__label__x", 1)] {
            file.extend(word.as_bytes());
            file.push(0);
            file.extend(9_i64.to_le_bytes());
            file.push(is_label);
        }
        file.push(0);
        file.extend([7_i64, 1].map(i64::to_le_bytes).concat());
        file.extend([1.0_f32, 2.0, 10.0, 20.0, 30.0, 40.0, 50.0].map(f32::to_le_bytes).concat());
        file
    }

    #[test]
    fn words_are_their_rows_and_their_n_grams() {
        let plain = read(&file(0)[..], "f", usize::MAX).unwrap();
        assert!(plain.words().eq(["day", "</s>"]));
        assert_eq!(plain.numbers(), [1.0, 2.0]);
        assert!(read(&file(0)[..], "f", 1).unwrap().words().eq(["day"]));

        let hash = |text: &str| {
            text.bytes().fold(2_166_136_261_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619))
        };
        let parts = ["<da", "day", "ay>", "<day", "day>"];
        let sum: f32 = parts.iter().map(|part| 10.0 * (hash(part) % 5 + 1) as f32).sum();
        let composed = read(&file(4)[..], "f", usize::MAX).unwrap();
        assert!((composed.numbers()[0] - (sum + 1.0) / 6.0).abs() < 1e-5);
        assert_eq!(composed.numbers()[1], 2.0);
        assert_eq!(read(&file(4)[..], "f", 1).unwrap().numbers(), &composed.numbers()[..1]);
    }

    #[test]
    fn n_grams_are_of_characters() {
        let mut hashes = Vec::new();
        for_each_ngram("é".as_bytes(), [1, 9], |hash| hashes.push(hash));
        // é, <é, é>, <é>
        assert_eq!(hashes.len(), 4);
        for_each_ngram(b"", [3, 6], |_| panic!("`<>` has two characters"));
    }

    #[test]
    fn what_is_not_read_is_named() {
        let whole = file(4);
        for len in 4..whole.len() {
            let error = read(&whole[..len], "f", usize::MAX).unwrap_err().to_string();
            assert!(error.starts_with("f: is fastText's own format, and") || error.contains("cut short"), "{error}");
        }
        let quantized = whole.len() - 7 * 4 - 2 * 8 - 1;
        for (at, value, expected) in [
            (4, 11, "f: is fastText's own format, of a version that is not read; give its .vec file"),
            (8, 0, "f: is fastText's own format, and its dimension cannot be used"),
            (quantized, 1, "f: is fastText's own format, and quantized"),
            (quantized + 1, 8, "f: is fastText's own format, and its matrix is not of its words"),
        ] {
            let mut file = whole.clone();
            file[at] = value;
            let error = read(&file[..], "f", usize::MAX).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
