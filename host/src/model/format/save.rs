//! Writes models: to one file, to two files, or to a folder, as the format requires.

use std::fs;
use std::path::Path;

use super::dtype::Dtype;
use super::safetensors::Writing;
use super::{Format, npy, projector, static_embedding};
use crate::error::{Error, Result};
use crate::files::output::{Complete, write_atomically};
use crate::model::vectors::Vectors;

/// The name of a file in a folder, and a function that writes its content.
type Part<'a> = (String, Writing<'a>);

/// Writes `vectors` to `path` in `format`. All files are written under other names first. Only when
/// all of them are complete, each is put in its place. So if writing fails, older files are
/// unchanged.
///
/// # Errors
/// As [`Vectors::save`].
pub(super) fn save(vectors: &Vectors, path: &Path, format: Format) -> Result<()> {
    match format {
        Format::Npy(dtype) => {
            let words = Complete::write(&npy::words_path(path), |to| npy::write_words(vectors, to));
            let array = Complete::write(path, |to| npy::write(vectors, dtype, to))?;
            words?.put()?;
            array.put()
        }
        Format::Projector => put(path, projector_parts(vectors)),
        Format::SentenceTransformers(dtype) => put(path, sentence_parts(vectors, dtype)),
        Format::Model2Vec(dtype) => put(path, model2vec_parts(vectors, dtype)),
        _ => write_atomically(path, |to| format.write(vectors, to)),
    }
}

/// Writes `parts` as files in the folder at `path`, which is created if it does not exist.
fn put(path: &Path, parts: Vec<Part<'_>>) -> Result<()> {
    let make = |path: &Path| {
        if path.is_dir() {
            Ok(())
        } else {
            fs::create_dir(path).map_err(Error::io(path.display().to_string(), "create"))
        }
    };
    make(path)?;
    let mut complete = Vec::new();
    for (name, write) in parts {
        let file = path.join(name);
        file.parent().map_or(Ok(()), make)?;
        complete.push(Complete::write(&file, write)?);
    }
    complete.into_iter().try_for_each(Complete::put)
}

fn projector_parts(vectors: &Vectors) -> Vec<Part<'_>> {
    vec![
        (projector::METADATA.to_owned(), Box::new(|to| projector::write_metadata(vectors, to))),
        (projector::TENSORS.to_owned(), Box::new(|to| projector::write_tensors(vectors, to))),
        text("config.json", projector::config(vectors)),
        text("projector_config.pbtxt", projector::tensorboard_config()),
    ]
}

fn sentence_parts(vectors: &Vectors, dtype: Dtype) -> Vec<Part<'_>> {
    let within = |name: &str| format!("{}/{name}", static_embedding::MODULE);
    let mut parts = matrix_parts(vectors, "embedding.weight", dtype, &within);
    parts.push(text(static_embedding::MODULES, static_embedding::modules()));
    parts.push(text("config_sentence_transformers.json", static_embedding::sentence_config()));
    parts
}

fn model2vec_parts(vectors: &Vectors, dtype: Dtype) -> Vec<Part<'_>> {
    let mut parts = matrix_parts(vectors, "embeddings", dtype, &str::to_owned);
    parts.push(text("config.json", static_embedding::model2vec_config(vectors)));
    parts
}

/// The tokenizer and the matrix, which is the tensor `name`. `place` maps a file's name to its path
/// in the folder.
fn matrix_parts<'a>(
    vectors: &'a Vectors,
    name: &'static str,
    dtype: Dtype,
    place: &dyn Fn(&str) -> String,
) -> Vec<Part<'a>> {
    vec![
        (place(static_embedding::TOKENIZER), Box::new(|to| static_embedding::write_tokenizer(vectors, to))),
        (place(static_embedding::MATRIX), Box::new(move |to| static_embedding::write_matrix(vectors, name, dtype, to))),
    ]
}

/// A file called `name` with this content.
fn text<'a>(name: &str, content: String) -> Part<'a> {
    (name.to_owned(), Box::new(move |to| to.write_all(content.as_bytes())))
}
