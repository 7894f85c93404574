//! Folders of sentence-transformers and model2vec: a matrix as safetensors, and a tokenizer. The
//! tokenizer splits a text at white space; each word is a token.
//!
//! A text may contain words that the model does not have. The tokenizer replaces each such word by
//! one token for unknown words. The vector of this token is the last row and consists of zeros, so
//! unknown words do not change the direction of a text's mean vector.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::dtype::Dtype;
use super::safetensors::{self, Tensor, Texts};
use super::w2v;
use crate::error::{Error, Result};
use crate::model::vectors::Vectors;
use crate::text::words::{Words, shown};

pub(super) const MATRIX: &str = "model.safetensors";
pub(super) const TOKENIZER: &str = "tokenizer.json";
pub(super) const MODULES: &str = "modules.json";

/// The folder in which sentence-transformers keeps the matrix and the tokenizer.
pub(super) const MODULE: &str = "0_StaticEmbedding";

/// The token for unknown words, added unless the model has this word already.
const UNKNOWN: &str = "[UNK]";

/// The first `most` words and vectors of the folder at `path`.
///
/// # Errors
/// [`Error::File`] if the tokens are not words, or if the number of tokens is not the number of
/// vectors. Otherwise as [`Vectors::load`].
pub(super) fn read(path: &Path, most: usize) -> Result<Vectors> {
    let tokenizer = path.join(TOKENIZER);
    let name = tokenizer.display().to_string();
    let fail = |problem: String| Error::File { path: name.clone(), problem };
    let file = File::open(&tokenizer).map_err(Error::io(&name, "open"))?;
    let json: Value = serde_json::from_reader(io::BufReader::new(file))
        .map_err(|problem| fail(format!("cannot be used: {problem}")))?;
    let (words, unknown) = words(&json).map_err(fail)?;
    let matrix = path.join(MATRIX);
    let matrix_name = matrix.display().to_string();
    let file = File::open(&matrix).map_err(Error::io(&matrix_name, "open"))?;
    let vectors = w2v::read(file, &matrix_name, usize::MAX, false, Some(words.into()))?.vectors;
    let (dim, last) = (vectors.dim(), vectors.len() - 1);
    // A last row of zeros for the unknown token was added by `write_matrix`. It is not part of the
    // model.
    let is_added = unknown.is_some_and(|unknown| vectors.words().nth(last).is_some_and(|word| *word == unknown))
        && last > 0
        && vectors.numbers()[last * dim..].iter().all(|&number| number == 0.0);
    vectors.first(most.min(last + usize::from(!is_added)))
}

/// The words of a tokenizer in the order of their numbers, and the token for unknown words; or a
/// text that says why the tokens are not words.
fn words(tokenizer: &Value) -> std::result::Result<(Words, Option<&str>), String> {
    let model = &tokenizer["model"];
    let kind = model["type"].as_str().unwrap_or("unknown");
    let (Some(vocabulary), "WordLevel") = (model["vocab"].as_object(), kind) else {
        return Err(format!("its tokens are of the kind {kind}, where words are those of WordLevel"));
    };
    let mut tokens = BTreeMap::new();
    for (word, number) in vocabulary {
        let number = number.as_u64().ok_or_else(|| format!("the token `{}` has no number", shown(word.as_bytes())))?;
        tokens.insert(number, word);
    }
    let numbers = tokens.len() as u64;
    if numbers != vocabulary.len() as u64 || tokens.keys().next_back().is_none_or(|&last| last + 1 != numbers) {
        return Err("the numbers of its tokens are not 0, 1, 2 and so on".to_owned());
    }
    let mut words = Words::default();
    for word in tokens.values() {
        words.intern(word.as_bytes()).map_err(|error| error.to_string())?;
    }
    Ok((words, model["unk_token"].as_str()))
}

/// Writes the matrix as the tensor `name`, with numbers stored as `dtype`. A row of zeros for
/// unknown words follows the last row.
///
/// # Errors
/// [`ErrorKind::InvalidInput`], before anything is written, if `dtype` cannot hold a number. Any
/// error of `to`.
pub(super) fn write_matrix(vectors: &Vectors, name: &'static str, dtype: Dtype, to: &mut dyn Write) -> io::Result<()> {
    dtype.check(vectors)?;
    let (len, dim) = (vectors.len(), vectors.dim());
    let rows = len + usize::from(vectors.id(UNKNOWN).is_none());
    let mut matrix = Tensor::matrix(name, vectors.numbers(), dim, dtype);
    matrix.shape = vec![rows, dim];
    let zeros = vec![0.0; (rows - len) * dim];
    matrix.write = Box::new(move |to| {
        dtype.write(vectors.numbers(), to)?;
        dtype.write(&zeros, to)
    });
    safetensors::write(Texts::new(), vec![matrix], to)
}

/// Writes `tokenizer.json`.
///
/// # Errors
/// [`ErrorKind::InvalidInput`], before anything is written, for a word that is not UTF-8. Any error
/// of `to`.
pub(super) fn write_tokenizer(vectors: &Vectors, to: &mut dyn Write) -> io::Result<()> {
    let mut vocabulary = Vec::new();
    for word in vectors.words() {
        let text = str::from_utf8(word).map_err(|_| {
            let problem = "a tokenizer's words are UTF-8, which this is not; choose another format";
            io::Error::new(ErrorKind::InvalidInput, format!("`{}`: {problem}", shown(word)))
        })?;
        vocabulary.push(text);
    }
    if vectors.id(UNKNOWN).is_none() {
        vocabulary.push(UNKNOWN);
    }
    // The vocabulary is written without `serde_json`, because a JSON map would be another copy of
    // all words.
    let model = json!({ "type": "WordLevel", "unk_token": UNKNOWN });
    let tokenizer = json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": [],
        "normalizer": null,
        "pre_tokenizer": { "type": "WhitespaceSplit" },
        "post_processor": null,
        "decoder": null,
    });
    let open = |value: &Value| value.to_string().trim_end_matches('}').to_owned();
    write!(to, "{},\"model\":{},\"vocab\":{{", open(&tokenizer), open(&model))?;
    for (number, word) in vocabulary.into_iter().enumerate() {
        write!(to, "{}{}:{number}", if number > 0 { "," } else { "" }, Value::from(word))?;
    }
    writeln!(to, "}}}}}}")
}

/// The content of `modules.json`, by which sentence-transformers finds the matrix.
pub(super) fn modules() -> String {
    let module =
        json!({ "idx": 0, "name": "0", "path": MODULE, "type": "sentence_transformers.models.StaticEmbedding" });
    format!("{}\n", Value::from(vec![module]))
}

/// The content of `config_sentence_transformers.json`, the settings of sentence-transformers.
pub(super) fn sentence_config() -> String {
    let config = json!({ "prompts": {}, "default_prompt_name": null, "similarity_fn_name": "cosine" });
    format!("{config}\n")
}

/// The content of `config.json`, the settings of model2vec.
pub(super) fn model2vec_config(vectors: &Vectors) -> String {
    let config = json!({
        "model_type": "model2vec",
        "architectures": ["StaticModel"],
        "hidden_dim": vectors.dim(),
        "normalize": true,
    });
    format!("{config}\n")
}
