//! Formats of model files. A file that is read is recognized by its content; a file that is written
//! has the format that its name asks for ([`Format::for_path`]).
//!
//! The two formats of word2vec begin with a line `words dimension`. One row for each word follows:
//! the word, a space and `dimension` numbers. In [`text`] the numbers are decimals, and a line feed
//! ends the row. In [`binary`] the numbers are little-endian f32. The format of this project is
//! [`w2v`].

pub mod binary;
mod dl4j;
pub(crate) mod dtype;
mod fasttext;
mod foreign;
mod header;
pub(crate) mod load;
pub(crate) mod loaded;
mod npy;
mod projector;
mod rows;
pub(crate) mod safetensors;
mod save;
pub(crate) mod settings;
mod static_embedding;
pub mod text;
pub(crate) mod w2v;

use std::io::{self, Read, Write};
use std::path::Path;

use dtype::Dtype;
use safetensors::Texts;

use crate::config::MAX_DIM;
use crate::error::Result;
use crate::files::output::without_compression;
use crate::model::vectors::Vectors;

/// The least number of bytes of a number in a text, on average over trained vectors, including the
/// blank before the number.
const TEXT_NUMBER_BYTES: u64 = 10;

/// The least percentage of its bytes that gzip or zstd leave of a text.
const TEXT_COMPRESSED: u64 = 40;

/// The least percentage of its bytes that gzip or zstd leave of a binary file.
const BINARY_COMPRESSED: u64 = 85;

/// The layout of a model in a file, in two files or in a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// word2vec's text format: numbers as decimals.
    Text,
    /// word2vec's binary format: numbers as little-endian f32.
    Binary,
    /// The format of this project: safetensors with all parts of a model.
    W2v,
    /// safetensors with the words and their vectors, for other programs.
    Safetensors(Dtype),
    /// GloVe's format: as [`Format::Text`], but without the first line.
    Glove,
    /// A NumPy array, and a text file beside the array with one word on each line. The words of
    /// `vectors.npy` are in `vectors.words.txt`.
    Npy(Dtype),
    /// A folder for TensorBoard's projector, which shows at most 10,000 of its points.
    Projector,
    /// A folder that sentence-transformers loads, with a `StaticEmbedding` in it.
    SentenceTransformers(Dtype),
    /// A folder that model2vec loads.
    Model2Vec(Dtype),
}

impl Format {
    /// The format that a file's name asks for, in any case of letters: `.bin` is binary, `.w2v` is
    /// the format of this project, `.safetensors` and `.npy` are safetensors and a NumPy array with
    /// numbers as f32, `.glove.txt` is GloVe's format. Any other name asks for text. A last
    /// extension `.gz` or `.zst` is ignored.
    pub fn for_path(path: &Path) -> Self {
        let plain = without_compression(path);
        let extension = plain.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        match extension.as_deref() {
            Some("bin") => Self::Binary,
            Some("w2v") => Self::W2v,
            Some("safetensors") => Self::Safetensors(Dtype::F32),
            Some("npy") => Self::Npy(Dtype::F32),
            Some("txt") if plain.with_extension("").extension().is_some_and(|inner| inner == "glove") => Self::Glove,
            _ => Self::Text,
        }
    }

    /// Whether the format is a folder of files.
    pub const fn is_folder(self) -> bool {
        matches!(self, Self::Projector | Self::SentenceTransformers(_) | Self::Model2Vec(_))
    }

    /// Whether the format is a single file. [`write`](Self::write) writes these formats only.
    pub const fn is_one_file(self) -> bool {
        !self.is_folder() && !matches!(self, Self::Npy(_))
    }

    /// The type of the stored numbers; `None` for a format that has only one type.
    pub const fn dtype(self) -> Option<Dtype> {
        match self {
            Self::Safetensors(dtype) | Self::Npy(dtype) => Some(dtype),
            Self::SentenceTransformers(dtype) | Self::Model2Vec(dtype) => Some(dtype),
            Self::Text | Self::Binary | Self::W2v | Self::Glove | Self::Projector => None,
        }
    }

    /// Writes `vectors` in this format.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`], before anything is written, if this format cannot hold the
    /// vectors or is more than one file. Any error of `to`.
    pub fn write(self, vectors: &Vectors, to: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Text => text::write(vectors, to),
            Self::Binary => binary::write(vectors, to),
            Self::W2v => w2v::write(vectors, None, None, Texts::new(), to),
            Self::Safetensors(dtype) => w2v::write_vectors(vectors, dtype, to),
            Self::Glove => {
                let is_readable = |start: &[u8]| load::is_glove(start, vectors.dim());
                text::write_glove(vectors, to, load::shown_bytes(MAX_DIM), is_readable)
            }
            Self::Npy(_) | Self::Projector | Self::SentenceTransformers(_) | Self::Model2Vec(_) => {
                let problem = "this format is more than one file; save it to a path";
                Err(io::Error::new(io::ErrorKind::InvalidInput, problem))
            }
        }
    }

    /// The estimated size of a file in this format, in bytes, for a vector of `dim` numbers for
    /// each of `words`. The file is compressed if `path` ends in `.gz` or `.zst`. The size of an
    /// uncompressed binary file is exact. Any other estimate is a lower bound for trained vectors,
    /// a few percent below the size. The estimate for a `.w2v` file includes the output matrix.
    pub fn file_bytes(self, path: &Path, words: impl ExactSizeIterator<Item: AsRef<[u8]>>, dim: usize) -> u64 {
        let header = format!("{} {dim}\n", words.len()).len() as u64;
        let numbers = (words.len() as u64).saturating_mul(dim as u64);
        // A word has a separator, a blank or a line feed; in a binary row both. In a file of
        // tensors a word has an offset of 8 bytes instead, and in a `.w2v` file also a count of 8
        // bytes.
        let (number, separators) = match self {
            Self::Text | Self::Glove | Self::Projector => (TEXT_NUMBER_BYTES, 1),
            Self::Binary => (size_of::<f32>() as u64, 2),
            Self::W2v => (2 * size_of::<f32>() as u64, 16),
            Self::Safetensors(dtype) | Self::Npy(dtype) => (dtype.bytes() as u64, 8),
            Self::SentenceTransformers(dtype) | Self::Model2Vec(dtype) => (dtype.bytes() as u64, 8),
        };
        let words: u64 = words.map(|word| word.as_ref().len() as u64 + separators).sum();
        let plain = numbers.saturating_mul(number).saturating_add(words).saturating_add(header);
        let is_compressed = without_compression(path) != path;
        match (is_compressed, self) {
            (false, _) => plain,
            (true, Self::Text | Self::Glove | Self::Projector) => plain / 100 * TEXT_COMPRESSED,
            (true, _) => plain / 100 * BINARY_COMPRESSED,
        }
    }
}

/// Reading and writing files of vectors.
impl Vectors {
    /// The vectors in the file or folder at `path`, of any format that is read. gzip and zstd are
    /// decompressed.
    ///
    /// An uncompressed `.w2v` file of 16 MB or more is mapped: its numbers are not copied into
    /// memory, and the first question reads them. Do not write into a mapped file until the vectors
    /// are dropped. If the file is overwritten, the numbers of the vectors change; if the file is
    /// truncated, the process ends with SIGBUS. To replace the file, rename another one over it, as
    /// [`save`](Self::save) does. [`read`](Self::read) never maps: it copies and checks all
    /// numbers.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) if the file cannot be read.
    /// [`Error::File`](crate::Error::File) or [`Error::Line`](crate::Error::Line) if the file is
    /// not a complete model.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        Self::load_first(path, usize::MAX)
    }

    /// The first `words` words of a model and their vectors. Otherwise as [`load`](Self::load). The
    /// rest of the file need not be read, and its faults may stay unnoticed.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_first(path: impl AsRef<Path>, words: usize) -> Result<Self> {
        Ok(load::load(path.as_ref(), words, false)?.vectors)
    }

    /// The first `words` words and their vectors, read from `stored`, for example standard input.
    /// Errors call the source `name`. Otherwise as [`load_first`](Self::load_first).
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn read(stored: impl Read, name: &str, words: usize) -> Result<Self> {
        Ok(load::read(stored, name, None, words, false)?.vectors)
    }

    /// Writes the vectors to the file at `path`, in the format that the file's name asks for
    /// ([`Format::for_path`]), compressed if the name ends in `.gz` or `.zst`. The new file appears
    /// complete or not at all: if writing fails, an older file at `path` is unchanged.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) if the file cannot be written.
    /// [`Error::Kept`](crate::Error::Kept) if the file was written but could not be put in its
    /// place at `path`.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        self.save_as(path, Format::for_path(path))
    }

    /// Writes the vectors in `format`, whatever the file's name. Otherwise as [`save`](Self::save).
    ///
    /// # Errors
    /// As [`save`](Self::save).
    pub fn save_as(&self, path: impl AsRef<Path>, format: Format) -> Result<()> {
        save::save(self, path.as_ref(), format)
    }
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
            ("a.w2v", Format::W2v),
            ("a.W2V.zst", Format::W2v),
            ("a.safetensors", Format::Safetensors(Dtype::F32)),
            ("a.npy", Format::Npy(Dtype::F32)),
            ("a.glove.txt.gz", Format::Glove),
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
            let model = Vectors::new(words, dim, vectors).unwrap();
            for format in [Format::Text, Format::Binary, Format::W2v, Format::Safetensors(Dtype::F32)] {
                model.save_as(&path, format).unwrap();
                let again = Vectors::load(&path).unwrap();
                assert_eq!(again.numbers(), model.numbers());
                assert!(again.words().eq(model.words()));
            }
        }
    }

    fn words(file: &[u8]) -> Result<Vec<String>> {
        Ok(Vectors::read(file, "m", usize::MAX)?.words().map(|word| crate::text::words::shown(word)).collect())
    }

    #[test]
    fn rows_without_a_first_line_are_gloves() {
        for (file, expected) in [
            (&b"the 0.1 0.2\nof 0.2 0.3\n"[..], &["the", "of"][..]),
            (b"the 0.1 0.2\n", &["the"]),
            (b". . . 1 2\n2008 3 4\n1 5 6\n", &[". . .", "2008", "1"]),
            (b"1 0.5 2\n2 3 4\n", &["1", "2"]),
            (b"windows 95 0.1 0.2\nx 0.2 0.3\n", &["windows 95", "x"]),
        ] {
            assert_eq!(words(file).unwrap(), expected);
            assert_eq!(Vectors::read(file, "m", usize::MAX).unwrap().dim(), 2);
        }
        for (file, expected) in [
            (&b"2 3 4 5\n"[..], "m: not a word2vec model"),
            (b"the 0.1 0.2\nof 0.2 0,3\n", "m: not a word2vec model"),
            (b"the 0.1 0.2\nof 0.2", "m:2: the file ends within this line"),
        ] {
            let error = words(file).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
        let late = [&b"the 0.1 0.2\n"[..], &b"of 0.2 0.3\n".repeat(50_000), b"and 1\n"].concat();
        let error = words(&late).unwrap_err().to_string();
        assert_eq!(error, "m:50002: 1 numbers where each row has 2");
    }

    #[test]
    fn text_that_would_fit_a_binary_row_is_text() {
        for (file, expected) in [
            ("2 3\nday 0,1 0,2 0,3\nnight 0,1 0,25 0,3\n", "m:2: `0,1` is not a finite number"),
            ("1 2\nday 0x1p3 2\n", "m:2: `0x1p3` is not a finite number"),
            ("1 1\nday abcd", "m:2: the file ends within this line"),
            ("1 1\nday abcd\n", "m:2: `abcd` is not"),
            ("1 1\nday\t0,25\n", "m:2: `0,25` is not"),
            ("2 1\n 0,25\nday 0,3\n", "m:2: 0 numbers"),
            ("1 2\nday 1\n", "m:2: 1 numbers"),
        ] {
            let error = words(file.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
        let latin1 = b"2 2\ncaf\xe9 noir\xe9 0.1 0.2\n\xe9t\xe9\x0c 1 2\n";
        assert_eq!(words(latin1).unwrap(), ["caf\u{fffd} noir\u{fffd}", "\u{fffd}t\u{fffd}\\u{c}"]);
        let empty = b"3 2\n\xe9 0.1 0.2\n 1 2\n\x01\xff\0 1 2\n";
        assert_eq!(words(empty).unwrap(), ["\u{fffd}", "", "\\u{1}\u{fffd}\\u{0}"]);
    }

    /// The bytes of the first vector begin with a digit or a letter and a line feed. Read as text,
    /// they look like a line, and the bytes after them look like a word and its numbers.
    #[test]
    fn binary_rows_that_begin_like_text_are_binary() {
        for dim in [1, 2, 16, 100] {
            for first in [*b"1\n2 ", *b"a b\n", *b"1 2\n", *b"\n\n\n\n", *b"0.25"] {
                let mut vectors = vec![0.1; 9 * dim];
                vectors[0] = f32::from_le_bytes(first);
                let list = (0..9).map(|row| format!("{}w{row}", if row == 1 { "\u{c}" } else { "" }));
                let model = Vectors::new(list, dim, vectors).unwrap();
                let mut file = Vec::new();
                Format::Binary.write(&model, &mut file).unwrap();
                let again = Vectors::read(&file[..], "m", usize::MAX).unwrap();
                assert_eq!(again.numbers(), model.numbers());
                assert!(again.words().eq(model.words()));
            }
        }
    }

    #[test]
    fn empty_words_count_as_rows_in_both_formats() {
        let model = Vectors::new(["day", "", "night"], 3, vec![0.1, 0.2, 0.3, 0.3, 0.2, 0.1, 0.1, 0.25, 0.3]).unwrap();
        for format in [Format::Text, Format::Binary] {
            let mut file = Vec::new();
            format.write(&model, &mut file).unwrap();
            let again = Vectors::read(&file[..], "m", usize::MAX).unwrap();
            assert!(again.words().eq(model.words()));
            assert_eq!(again.numbers(), model.numbers());
        }
    }

    #[test]
    fn other_programs_files_are_told_apart_when_compressed_too() {
        let array = &b"\x93NUMPY\x01\0v\0{'descr': '<f4'}"[..];
        for file in [array.to_vec(), zstd::encode_all(array, 1).unwrap()] {
            let error = words(&file).unwrap_err().to_string();
            assert!(error.starts_with("m: is a NumPy array"), "{error}");
        }
        let error = words(b"the first line\nof a text\n").unwrap_err().to_string();
        assert!(error.ends_with("its first line is not `words dimension`, and its rows are not GloVe's"), "{error}");
        let error = words(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").unwrap_err().to_string();
        assert_eq!(error, "m: not a word2vec model; its first line is not `words dimension`");
    }

    #[test]
    fn a_word_that_swells_from_a_small_file_is_refused() {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.write_all(b"1 2\n").unwrap();
        let block = [b'a'; 1 << 20];
        for _ in 0..512 {
            encoder.write_all(&block).unwrap();
        }
        let file = encoder.finish().unwrap();
        assert!(file.len() < 100_000);
        let error = words(&file).unwrap_err().to_string();
        assert_eq!(error, "m: cannot read: the word of row 1 is longer than 268435456 bytes");
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let directory = tempfile::tempdir().unwrap();
        for path in [directory.path().join("absent"), directory.path().into()] {
            let error = Vectors::load(&path).unwrap_err().to_string();
            assert!(error.starts_with(path.to_str().unwrap()), "{error}");
        }
    }
}
