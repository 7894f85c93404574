//! The format of this project: safetensors with all parts of a model.
//!
//! | tensor | shape | |
//! |---|---|---|
//! | `input` | \[words, dim\] | the words' vectors, f32 |
//! | `output` | \[words or inner nodes, dim\] | the output matrix, f32, where the model has it |
//! | `words` | \[bytes\] | all words, one after another, u8 |
//! | `word_offsets` | \[words + 1\] | where each word begins, and the last ends, u64 |
//! | `counts` | \[words\] | how often each word occurs, u64, where the model has them |
//!
//! The metadata holds `format`, which is the version of this layout, the settings of the training
//! by name, and the losses of the training. Files that other programs wrote are read too, if they
//! have the words: see [`matrix`] for the names that the matrix may have.

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

use safetensors::Dtype as Kind;
use safetensors::tensor::TensorInfo;

use super::dtype::Dtype;
use super::loaded::Loaded;
use super::safetensors::{self as container, Data, Header, Tensor, Texts, Wanted};
use crate::config::MAX_DIM;
use crate::error::{Error, Result};
use crate::files::map;
use crate::memory;
use crate::model::numbers::{Mapped, Numbers};
use crate::model::vectors::Vectors;
use crate::text::word_list::WordList;

/// The metadata entry with the version of the layout. In a checkpoint the text of this entry begins
/// with `w2v checkpoint`.
const VERSION: (&str, &str) = ("format", "w2v model 1");

const INPUT: &str = "input";
const OUTPUT: &str = "output";
const WORDS: &str = "words";
const OFFSETS: &str = "word_offsets";
const COUNTS: &str = "counts";

/// Names of the matrix of word vectors: ours, and the names that sentence-transformers, model2vec
/// and other programs use.
const MATRICES: [&str; 5] = [INPUT, "embedding.weight", "embeddings", "vectors", "weight"];

/// Writes `vectors`, and the output matrix, the counts and the texts if they are given.
///
/// # Errors
/// Any error of `to`.
pub(crate) fn write(
    vectors: &Vectors,
    output: Option<&[f32]>,
    counts: Option<&[u64]>,
    mut texts: Texts,
    to: &mut dyn Write,
) -> io::Result<()> {
    texts.insert(VERSION.0.to_owned(), VERSION.1.to_owned());
    let mut tensors = tensors(vectors, Dtype::F32);
    tensors.extend(output.map(|output| Tensor::matrix(OUTPUT, output, vectors.dim(), Dtype::F32)));
    tensors.extend(counts.map(|counts| Tensor::integers(COUNTS, counts.len(), || counts.iter().copied())));
    container::write(texts, tensors, to)
}

/// Writes only the words and `vectors`, with numbers stored as `dtype`, for other programs.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`], before anything is written, if `dtype` cannot hold a number.
/// Any error of `to`.
pub(super) fn write_vectors(vectors: &Vectors, dtype: Dtype, to: &mut dyn Write) -> io::Result<()> {
    dtype.check(vectors)?;
    container::write(Texts::new(), tensors(vectors, dtype), to)
}

/// The tensors of `vectors` and their words.
fn tensors(vectors: &Vectors, dtype: Dtype) -> Vec<Tensor<'_>> {
    let offsets = || {
        let mut end = 0;
        let ends = vectors.words().map(move |word| {
            end += word.len() as u64;
            end
        });
        std::iter::once(0).chain(ends)
    };
    vec![
        Tensor::matrix(INPUT, vectors.numbers(), vectors.dim(), dtype),
        Tensor::bytes(WORDS, || vectors.words()),
        Tensor::integers(OFFSETS, vectors.len() + 1, offsets),
    ]
}

/// Checks the version of the layout. Fails for a checkpoint and for any other version of this
/// format. A file without this entry, from another program, passes.
fn version(header: &Header) -> std::result::Result<(), String> {
    match header.texts.get(VERSION.0) {
        Some(other) if other.starts_with("w2v checkpoint") => {
            Err("is the checkpoint of a training, which has no model yet; resume that to its end".to_owned())
        }
        Some(other) if other != VERSION.1 && other.starts_with("w2v") => {
            Err(format!("is of the format {other}, where {} is read; get a newer w2v", VERSION.1))
        }
        _ => Ok(()),
    }
}

/// Finds the matrix of word vectors among the tensors of `header`: a matrix with a name in
/// [`MATRICES`], or else the only matrix. Returns its name, its number of rows and its numbers per
/// row, or a text that says what is wrong.
fn matrix(header: &Header) -> std::result::Result<(&str, usize, usize), String> {
    let shape = |info: &TensorInfo| <[usize; 2]>::try_from(info.shape.as_slice()).ok();
    let is_matrix = |info: &TensorInfo| {
        shape(info).is_some() && matches!(info.dtype, Kind::F64 | Kind::F32 | Kind::F16 | Kind::BF16)
    };
    let mut matrices = header.tensors().filter(|(_, info)| is_matrix(info));
    let named = |name: &&str| header.tensor(name).is_some_and(is_matrix);
    let name = MATRICES.into_iter().find(named).or_else(|| {
        let only = matrices.next().map(|(name, _)| name);
        only.filter(|_| matrices.next().is_none())
    });
    let Some((name, [rows, dim])) = name.and_then(|name| Some((name, shape(header.tensor(name)?)?))) else {
        let names: Vec<&str> = header.tensors().map(|(name, _)| name).take(5).collect();
        return Err(format!(
            "is safetensors without word vectors: no matrix of it has one of the names {}, and it is not the only one \
             among {}",
            MATRICES.join(", "),
            names.join(", ")
        ));
    };
    match dim {
        1..=MAX_DIM => Ok((name, rows, dim)),
        _ => Err(format!("{dim} dimensions, where 1 to {MAX_DIM} are read")),
    }
}

/// The first `most` words of the model in `reader`; errors call the file `name`. The output matrix
/// is read only if `has_output`. The words are `given` if the file has no words, else read from the
/// file.
///
/// # Errors
/// [`Error::File`] if the file is not a model, or if its bytes differ from its checksums.
/// [`Error::Io`] from `reader`.
pub(super) fn read(
    mut reader: impl Read,
    name: &str,
    most: usize,
    has_output: bool,
    given: Option<WordList>,
) -> Result<Loaded> {
    let fail = |problem: String| Error::File { path: name.to_owned(), problem };
    let header = Header::read(&mut reader, name)?;
    let (input, rows, dim) = version(&header).and_then(|()| matrix(&header)).map_err(fail)?;
    let wanted = |tensor: &str, info: &TensorInfo| match tensor {
        _ if tensor == input => Wanted::Numbers(most.saturating_mul(dim)),
        WORDS if info.dtype == Kind::U8 => Wanted::Bytes,
        OFFSETS | COUNTS if info.dtype == Kind::U64 => Wanted::Bytes,
        OUTPUT if has_output => Wanted::Numbers(usize::MAX),
        _ => Wanted::Nothing,
    };
    let mut data = header.read_tensors(&mut reader, name, wanted)?;
    let mut bytes = |tensor: &str| match data.remove(tensor) {
        Some(Data::Bytes(bytes)) => Some(bytes),
        _ => None,
    };
    let (words, offsets, counts) = (bytes(WORDS), bytes(OFFSETS), bytes(COUNTS));
    let mut numbers = |tensor: &str| match data.remove(tensor) {
        Some(Data::Numbers(numbers)) => Some(numbers),
        _ => None,
    };
    let (vectors, output) = (numbers(input).unwrap_or_default(), numbers(OUTPUT));
    let list = match given {
        Some(given) => given,
        None => words_of(words.as_deref(), offsets.as_deref(), rows, most).map_err(fail)?,
    };
    if list.len() != rows.min(most) {
        return Err(fail(format!("has {rows} vectors, and {} words are given", list.len())));
    }
    let interned = list.indexed().map_err(|error| fail(error.to_string()))?;
    let interned = interned.ok_or_else(|| fail("a word comes twice".to_owned()))?;
    let vectors = Vectors::from_words(interned, dim, vectors).map_err(|error| fail(error.to_string()))?;
    let counts = counts.map(|counts| counts_of(&counts, rows, most)).transpose().map_err(fail)?;
    let output = output.map(Numbers::from);
    Loaded { vectors, output, counts, texts: header.texts }.checked(rows).map_err(fail)
}

/// The first `most` words of the model in the file at `path`, whose numbers stay in the mapped
/// file. `None` if the file has fewer than `least` bytes, cannot be mapped, or was written by
/// another program: then use [`read`].
///
/// # Errors
/// As [`read`]. The numbers are not read yet, so they are not compared with their checksums: a
/// later change of the file goes unnoticed. The first question checks that the numbers are finite.
pub(super) fn map(file: &File, path: &Path, most: usize, least: u64) -> Result<Option<Loaded>> {
    let name = &path.display().to_string();
    let fail = |problem: String| Error::File { path: name.clone(), problem };
    let Some(map) = map::of_model(file, path, least) else { return Ok(None) };
    let mut rest = map.bytes();
    let header = Header::read(&mut rest, name)?;
    let own = header.texts.get(VERSION.0).is_some_and(|format| format.starts_with("w2v"));
    let (Some(input), true) = (header.tensor(INPUT).filter(|info| info.dtype == Kind::F32), own) else {
        return Ok(None);
    };
    let (_, rows, dim) = version(&header).and_then(|()| matrix(&header)).map_err(fail)?;
    let (found, expected) = (map.bytes().len(), header.file_bytes());
    if found != expected {
        return Err(fail(format!("{found} bytes, where its header promises {expected}; is it cut short?")));
    }
    let map = Arc::new(map);
    let bytes = |tensor: &str| -> Result<Option<&[u8]>> {
        let Some(info) = header.tensor(tensor) else { return Ok(None) };
        let bytes = map.bytes().get(header.place(info)).unwrap_or_default();
        header.check(tensor, bytes, name)?;
        Ok(Some(bytes))
    };
    let words = words_of(bytes(WORDS)?, bytes(OFFSETS)?, rows, most).map_err(fail)?;
    let counts = bytes(COUNTS)?.map(|counts| counts_of(counts, rows, most)).transpose().map_err(fail)?;
    let mapped = |info: &TensorInfo, numbers: usize| {
        let place = header.place(info);
        let end = place.end.min(place.start.saturating_add(numbers.saturating_mul(size_of::<f32>())));
        Mapped::new(map.clone(), place.start..end).map(Numbers::Mapped)
    };
    let Some(numbers) = mapped(input, most.saturating_mul(dim)) else { return Ok(None) };
    let output = match header.tensor(OUTPUT) {
        Some(info) if info.dtype == Kind::F32 => mapped(info, usize::MAX),
        _ => None,
    };
    let vectors = Vectors::from_parts(words, dim, numbers).map_err(|error| fail(error.to_string()))?;
    Loaded { vectors, output, counts, texts: header.texts }.checked(rows).map(Some).map_err(fail)
}

/// The first `most` of `rows` words, made from the bytes of the tensors `words` and `word_offsets`;
/// or a text that says what is wrong with them.
fn words_of(
    words: Option<&[u8]>,
    offsets: Option<&[u8]>,
    rows: usize,
    most: usize,
) -> std::result::Result<WordList, String> {
    let (Some(words), Some(offsets)) = (words, offsets) else {
        return Err(format!(
            "is safetensors, which has no words: the tensors `{WORDS}` (u8) and `{OFFSETS}` (u64) are not there; save \
             them with it"
        ));
    };
    let wrong = || format!("`{OFFSETS}` does not say where each of {rows} words begins in `{WORDS}`");
    let (offsets, []) = offsets.as_chunks::<{ size_of::<u64>() }>() else { return Err(wrong()) };
    let [first, ends @ ..] = offsets else { return Err(wrong()) };
    let last = ends.last().map(|&end| u64::from_le_bytes(end));
    if ends.len() != rows || u64::from_le_bytes(*first) != 0 || last != Some(words.len() as u64) {
        return Err(wrong());
    }
    let ends = ends.get(..most).unwrap_or(ends);
    let mut places = Vec::new();
    memory::reserve(&mut places, ends.len(), "words").map_err(|error| error.to_string())?;
    places.extend(ends.iter().map(|&end| usize::try_from(u64::from_le_bytes(end)).unwrap_or(usize::MAX)));
    let words = words.get(..places.last().copied().unwrap_or(0)).ok_or_else(wrong)?;
    let mut bytes = Vec::new();
    memory::append(&mut bytes, words, "words").map_err(|error| error.to_string())?;
    WordList::listed(bytes, places).ok_or_else(wrong)
}

/// The first `most` of `rows` counts, made from the bytes of the tensor `counts`; or a text that
/// says what is wrong with them.
fn counts_of(bytes: &[u8], rows: usize, most: usize) -> std::result::Result<Vec<u64>, String> {
    let (numbers, []) = bytes.as_chunks::<{ size_of::<u64>() }>() else {
        return Err(format!("`{COUNTS}` are no u64"));
    };
    let mut counts = Vec::new();
    memory::reserve(&mut counts, numbers.len().min(most), "counts").map_err(|error| error.to_string())?;
    counts.extend(numbers.iter().take(most).map(|&count| u64::from_le_bytes(count)));
    let fall = counts.is_sorted_by(|a, b| a >= b) && counts.last().is_some_and(|&count| count > 0);
    let sum = counts.iter().try_fold(0_u64, |sum, &count| sum.checked_add(count));
    if numbers.len() == rows && fall && sum.is_some() {
        Ok(counts)
    } else {
        Err(format!("`{COUNTS}` are not those of {rows} words, the most frequent first"))
    }
}
