//! The format of TensorBoard's embedding projector, a folder of four files. `tensors.tsv` has the
//! numbers of one row on each line. `metadata.tsv` has a heading, then for each row its word and
//! its rank. Two files name the first two: `config.json` for the projector's page, and
//! `projector_config.pbtxt` for TensorBoard.

use std::io::{self, BufReader, ErrorKind, Write};
use std::path::Path;

use super::{npy, text};
use crate::config::MAX_DIM;
use crate::error::{Error, Result};
use crate::files::compression::BUFFER_BYTES;
use crate::files::input;
use crate::files::lines::Lines;
use crate::memory;
use crate::model::vectors::Vectors;
use crate::text::words::shown;

pub(super) const TENSORS: &str = "tensors.tsv";
pub(super) const METADATA: &str = "metadata.tsv";

/// The heading of `metadata.tsv`.
const HEADING: &str = "word\trank";

/// The first `most` words and vectors of the folder at `path`. As in the projector, the first line
/// of `metadata.tsv` is a heading if the line has a tab.
///
/// # Errors
/// [`Error::Line`] for a line that is not a row of numbers, or a word that comes twice.
/// [`Error::File`] if the number of words is not the number of rows.
pub(super) fn read(path: &Path, most: usize) -> Result<Vectors> {
    let words = npy::read_words(&path.join(METADATA), most, |line, row| {
        let column = memchr::memchr(b'\t', row);
        if line == 1 && column.is_some() { None } else { Some(&row[..column.unwrap_or(row.len())]) }
    })?;
    let path = path.join(TENSORS);
    let name = path.display().to_string();
    let mut lines = Lines::new(BufReader::with_capacity(BUFFER_BYTES, input::open(&path)?), &name);
    let (mut numbers, mut dim, mut rows) = (Vec::new(), 0, 0);
    while rows < most
        && let Some((line, row)) = lines.read()?
    {
        let fail = |problem: String| Error::Line { path: name.clone(), line, problem };
        let Some(row) = row.strip_suffix(b"\n") else { return Err(fail(input::CUT_SHORT.to_owned())) };
        let before = numbers.len();
        for field in row.strip_suffix(b"\r").unwrap_or(row).split(|&byte| byte == b'\t') {
            let number = text::number(field);
            let number = number.ok_or_else(|| fail(format!("`{}` is not a finite number", shown(field))))?;
            memory::push(&mut numbers, number, "vectors")?;
        }
        let found = numbers.len() - before;
        dim = if rows == 0 { found } else { dim };
        if found != dim || dim > MAX_DIM {
            return Err(fail(format!("{found} numbers, where the first row has {dim} and {MAX_DIM} is the most")));
        }
        rows += 1;
    }
    let problem = |problem: String| Error::File { path: name.clone(), problem };
    if words.len() != rows {
        return Err(problem(format!("{rows} rows, and {METADATA} has {} words", words.len())));
    }
    Vectors::from_words(words, dim, numbers).map_err(|error| problem(error.to_string()))
}

/// Writes `metadata.tsv`: the words and their ranks.
///
/// # Errors
/// [`ErrorKind::InvalidInput`], before anything is written, for a word with a tab. Any error of
/// `to`.
pub(super) fn write_metadata(vectors: &Vectors, to: &mut dyn Write) -> io::Result<()> {
    if let Some(word) = vectors.words().find(|word| word.contains(&b'\t')) {
        let problem = "a tab ends a word in the projector's list; choose another format";
        return Err(io::Error::new(ErrorKind::InvalidInput, format!("`{}`: {problem}", shown(word))));
    }
    writeln!(to, "{HEADING}")?;
    (1..).zip(vectors.words()).try_for_each(|(rank, word): (usize, _)| {
        to.write_all(word)?;
        writeln!(to, "\t{rank}")
    })
}

/// Writes `tensors.tsv`: the numbers, with tabs between them.
pub(super) fn write_tensors(vectors: &Vectors, to: &mut dyn Write) -> io::Result<()> {
    let mut decimal = zmij::Buffer::new();
    let mut row = Vec::new();
    for vector in vectors.numbers().chunks_exact(vectors.dim()) {
        row.clear();
        for &value in vector {
            row.extend_from_slice(decimal.format_finite(value).as_bytes());
            row.push(b'\t');
        }
        row.pop();
        row.push(b'\n');
        to.write_all(&row)?;
    }
    Ok(())
}

/// The content of `config.json`, which the projector's page reads.
pub(super) fn config(vectors: &Vectors) -> String {
    let (words, dim) = (vectors.len(), vectors.dim());
    format!(
        "{{\n  \"embeddings\": [\n    {{\n      \"tensorName\": \"word vectors\",\n      \"tensorShape\": [{words}, \
         {dim}],\n      \"tensorPath\": \"{TENSORS}\",\n      \"metadataPath\": \"{METADATA}\"\n    }}\n  ]\n}}\n"
    )
}

/// The content of `projector_config.pbtxt`, which TensorBoard reads.
pub(super) fn tensorboard_config() -> String {
    format!(
        "embeddings {{\n  tensor_name: \"word vectors\"\n  tensor_path: \"{TENSORS}\"\n  metadata_path: \"{METADATA}\"\n}}\n"
    )
}
