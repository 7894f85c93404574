//! NumPy's arrays, `.npy`: a header, then the numbers of a matrix, row after row.
//!
//! An array has no words. The words are in a text file beside the array, one word on each line: the
//! words of `vectors.npy` are in `vectors.words.txt`.

use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use super::dtype::{Dtype, Stored, read_exact, read_numbers};
use crate::config::MAX_DIM;
use crate::error::{Error, Result};
use crate::files::compression::BUFFER_BYTES;
use crate::files::input;
use crate::files::lines::{Lines, write_mark_before};
use crate::files::output::without_compression;
use crate::model::vectors::Vectors;
use crate::text::words::{Words, shown};

/// The first bytes of an array.
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// Magic, version, length and header together are padded to a multiple of this number of bytes, as
/// NumPy does, so that numbers are aligned in a mapped file.
const ALIGNMENT: usize = 64;

/// The longest header that is read, in bytes.
const MAX_HEADER_BYTES: usize = 1 << 16;

/// The path of the words of the array at `path`.
pub(super) fn words_path(path: &Path) -> PathBuf {
    without_compression(path).with_extension("words.txt")
}

/// The first `most` rows of the array in `reader`, with their words; errors call the source `name`.
/// `path` is the path of the array, if there is one: the words are read from the file beside it.
///
/// # Errors
/// [`Error::File`] if the array is not a matrix of little-endian numbers, if there is no file of
/// words, or if the number of words is not the number of rows. [`Error::Io`] from `reader`.
pub(super) fn read(mut reader: impl Read, name: &str, path: Option<&Path>, most: usize) -> Result<Vectors> {
    let fail = |problem: String| Error::File { path: name.to_owned(), problem };
    let header = read_header(&mut reader).map_err(Error::io(name, "read"))?;
    let header = header
        .ok_or_else(|| fail("is a NumPy array whose header is cut short or damaged; get the file again".to_owned()))?;
    let (stored, [rows, dim]) = parse(&header).ok_or_else(|| {
        let expected = "a matrix in C's order of f2, f4 or f8, little-endian, is read; in NumPy: \
                        np.save(file, np.ascontiguousarray(matrix, dtype=\"<f4\"))";
        fail(format!("is a NumPy array of another kind, {}; {expected}", header.trim()))
    })?;
    if !(1..=MAX_DIM).contains(&dim) {
        return Err(fail(format!("{dim} dimensions, where 1 to {MAX_DIM} are read")));
    }
    let path = path.map(words_path).filter(|path| path.exists()).ok_or_else(|| {
        let beside = path.map_or_else(|| PathBuf::from("vectors.words.txt"), words_path);
        fail(format!("is a NumPy array, which has no words; put them into {}, a word a line", beside.display()))
    })?;
    let words = read_words(&path, most, |_, line| Some(line))?;
    let total = rows.checked_mul(dim).ok_or_else(|| fail(format!("{rows} × {dim} numbers")))?;
    let numbers = read_numbers(&mut reader, stored, total, most.saturating_mul(dim), name, "array", |_| ())?;
    let (words_len, expected) = (words.len(), rows.min(most));
    if words_len != expected {
        return Err(fail(format!("has {rows} rows, and {} has {words_len} words", path.display())));
    }
    if most >= rows && read_exact(&mut reader, &mut [0]).map_err(Error::io(name, "read"))? {
        return Err(fail("more bytes after the last row; is its header right?".to_owned()));
    }
    Vectors::from_words(words, dim, numbers).map_err(|error| fail(error.to_string()))
}

/// The text of the header; `None` if the header is damaged, cut short or too long.
fn read_header(reader: &mut impl Read) -> io::Result<Option<String>> {
    let mut start = [0; 10];
    if !read_exact(reader, &mut start)? || !start.starts_with(MAGIC) {
        return Ok(None);
    }
    let mut length = usize::from(u16::from_le_bytes([start[8], start[9]]));
    if start[6] > 1 {
        let mut high = [0; 2];
        if !read_exact(reader, &mut high)? {
            return Ok(None);
        }
        length |= usize::from(u16::from_le_bytes(high)) << 16;
    }
    let mut header = vec![0; length.min(MAX_HEADER_BYTES)];
    let is_whole = length <= MAX_HEADER_BYTES && read_exact(reader, &mut header)?;
    Ok(String::from_utf8(header).ok().filter(|_| is_whole))
}

/// The type of the numbers of a matrix and the matrix's shape, from the `header`, which is a Python
/// dictionary. `None` for any other kind of array.
fn parse(header: &str) -> Option<(Stored, [usize; 2])> {
    let value = |key: &str| Some(header.split_once(&format!("'{key}':"))?.1.trim_start());
    let stored = match value("descr")?.strip_prefix('\'')?.split_once('\'')?.0 {
        "<f2" => Stored::As(Dtype::F16),
        "<f4" => Stored::As(Dtype::F32),
        "<f8" => Stored::F64,
        _ => return None,
    };
    let shape = value("shape")?.strip_prefix('(')?.split_once(')')?.0;
    let shape: Vec<usize> = shape.split(',').map(|number| number.trim().parse().ok()).collect::<Option<_>>()?;
    let in_order = value("fortran_order")?.starts_with("False");
    in_order.then_some((stored, shape.try_into().ok()?))
}

/// The first `most` words in the file at `path`. `word` returns the word of a line, given the
/// line's number and the line without its line feed, or `None` for a line that is skipped.
///
/// # Errors
/// [`Error::Line`] for a word that comes twice. Otherwise as [`Lines::read`].
pub(super) fn read_words(path: &Path, most: usize, word: impl Fn(u64, &[u8]) -> Option<&[u8]>) -> Result<Words> {
    let name = path.display().to_string();
    let mut lines = Lines::new(BufReader::with_capacity(BUFFER_BYTES, input::open(path)?), &name);
    let mut words = Words::default();
    while words.len() < most
        && let Some((line, text)) = lines.read()?
    {
        let Some(word) = word(line, text.strip_suffix(b"\n").unwrap_or(text)) else { continue };
        if !words.add(word).map_err(|error| error.in_file(&name))? {
            let problem = format!("the word `{}` has a line already", shown(word));
            return Err(Error::Line { path: name, line, problem });
        }
    }
    Ok(words)
}

/// Writes the words of `vectors`, one word on each line.
pub(super) fn write_words(vectors: &Vectors, to: &mut dyn Write) -> io::Result<()> {
    write_mark_before(vectors.words().next().map(|word| &**word), to)?;
    vectors.words().try_for_each(|word| {
        to.write_all(word)?;
        to.write_all(b"\n")
    })
}

/// Writes the numbers of `vectors` as `dtype`.
///
/// # Errors
/// [`ErrorKind::InvalidInput`], before anything is written, for bf16, which NumPy does not have,
/// and if `dtype` cannot hold a number. Any error of `to`.
pub(super) fn write(vectors: &Vectors, dtype: Dtype, to: &mut dyn Write) -> io::Result<()> {
    let kind = match dtype {
        Dtype::F32 => "<f4",
        Dtype::F16 => "<f2",
        Dtype::Bf16 => {
            return Err(io::Error::new(ErrorKind::InvalidInput, "NumPy has no bf16; store f16, or safetensors"));
        }
    };
    dtype.check(vectors)?;
    let shape = format!("({}, {})", vectors.len(), vectors.dim());
    let mut header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}").into_bytes();
    let start = MAGIC.len() + 4;
    header.resize((start + header.len() + 1).next_multiple_of(ALIGNMENT) - start - 1, b' ');
    header.push(b'\n');
    to.write_all(MAGIC)?;
    to.write_all(&[1, 0])?;
    to.write_all(&(header.len() as u16).to_le_bytes())?;
    to.write_all(&header)?;
    dtype.write(vectors.numbers(), to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn headers_of_numpy_are_read() {
        for (header, expected) in [
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }", Some((Stored::As(Dtype::F32), [3, 2]))),
            ("{'shape': (1, 1), 'fortran_order': False, 'descr': '<f8'}", Some((Stored::F64, [1, 1]))),
            ("{'descr': '<f2', 'fortran_order': False, 'shape': (3,2), }", Some((Stored::As(Dtype::F16), [3, 2]))),
            ("{'descr': '>f4', 'fortran_order': False, 'shape': (3, 2), }", None),
            ("{'descr': '<i4', 'fortran_order': False, 'shape': (3, 2), }", None),
            ("{'descr': '<f4', 'fortran_order': True, 'shape': (3, 2), }", None),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", None),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (3, -2), }", None),
            ("{'descr': '<f4'", None),
            ("", None),
        ] {
            assert_eq!(parse(header), expected, "{header}");
        }
    }

    #[test]
    fn an_array_and_its_words_are_read_back() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("v.npy");
        let vectors = Vectors::new(["\u{feff}day", "", "new york"], 2, vec![1.0, -2.5, 0.5, 0.25, 3.0, -0.0]).unwrap();
        for dtype in [Dtype::F32, Dtype::F16] {
            let (mut file, mut words) = (Vec::new(), Vec::new());
            write(&vectors, dtype, &mut file).unwrap();
            write_words(&vectors, &mut words).unwrap();
            assert_eq!((file.len() - 6 * dtype.bytes()) % ALIGNMENT, 0);
            fs::write(words_path(&path), &words).unwrap();
            let read = |file: &[u8], most| read(file, "v.npy", Some(&path), most);
            let again = read(&file, usize::MAX).unwrap();
            assert!(again.words().eq(vectors.words()));
            assert_eq!(again.numbers(), vectors.numbers());
            assert!(read(&file, 2).unwrap().words().eq(["\u{feff}day", ""]));
            for len in 0..file.len() {
                assert!(read(&file[..len], usize::MAX).is_err(), "{len}");
            }
            fs::write(words_path(&path), "a\nb").unwrap();
            let error = read(&file, usize::MAX).unwrap_err().to_string();
            assert!(
                error.starts_with("v.npy: has 3 rows, and ") && error.ends_with("v.words.txt has 2 words"),
                "{error}"
            );
            fs::write(words_path(&path), "a\nb\na\n").unwrap();
            let error = read(&file, usize::MAX).unwrap_err().to_string();
            assert!(error.ends_with("v.words.txt:3: the word `a` has a line already"), "{error}");
        }
        let error = write(&vectors, Dtype::Bf16, &mut Vec::new()).unwrap_err().to_string();
        assert_eq!(error, "NumPy has no bf16; store f16, or safetensors");
        let error = read(&b"\x93NUMPY\x01\0\x05\0{}\n\n\n"[..], "v", None, 9).unwrap_err().to_string();
        assert!(error.starts_with("v: is a NumPy array of another kind, {}; a matrix"), "{error}");
    }
}
