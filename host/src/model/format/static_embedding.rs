//! Folders of sentence-transformers and model2vec: a matrix as safetensors, and a tokenizer whose
//! tokens are the words, parted at white space.
//!
//! A text may have words that the model has not. The tokenizer gives all of them one token, whose
//! vector is zeros and the last row: the direction of a text's mean does not change by it.

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

/// Where sentence-transformers has the matrix and the tokenizer.
pub(super) const MODULE: &str = "0_StaticEmbedding";

/// The token of words that the model has not, if that is no word of its own.
const UNKNOWN: &str = "[UNK]";

/// The vectors of the folder at `path`, or the first `most`.
///
/// # Errors
/// [`Error::File`] where the tokens are not words, or not as many as vectors; otherwise as
/// [`Vectors::load`].
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
    // The row of the unknown token is none of the model's, if it was added when that was written.
    let is_added = unknown.is_some_and(|unknown| vectors.words().nth(last).is_some_and(|word| *word == unknown))
        && last > 0
        && vectors.numbers()[last * dim..].iter().all(|&number| number == 0.0);
    vectors.first(most.min(last + usize::from(!is_added)))
}

/// The words of a tokenizer in the order of their numbers, and the one for what is none; or why its
/// tokens are no words.
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

/// Writes the matrix as the tensor `name`, its numbers as `dtype`, with a row of zeros for unknown
/// words.
///
/// # Errors
/// [`ErrorKind::InvalidInput`], before anything is written, for a number that `dtype` does not
/// hold; what `to` fails with.
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

/// Writes the tokenizer.
///
/// # Errors
/// [`ErrorKind::InvalidInput`], before anything is written, for a word that is not UTF-8; what `to`
/// fails with.
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
    // The vocabulary is written by hand: a map of it would be another copy of all words.
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

/// What sentence-transformers reads to find the matrix.
pub(super) fn modules() -> String {
    let module =
        json!({ "idx": 0, "name": "0", "path": MODULE, "type": "sentence_transformers.models.StaticEmbedding" });
    format!("{}\n", Value::from(vec![module]))
}

/// The settings of sentence-transformers.
pub(super) fn sentence_config() -> String {
    let config = json!({ "prompts": {}, "default_prompt_name": null, "similarity_fn_name": "cosine" });
    format!("{config}\n")
}

/// The settings of model2vec.
pub(super) fn model2vec_config(vectors: &Vectors) -> String {
    let config = json!({
        "model_type": "model2vec",
        "architectures": ["StaticModel"],
        "hidden_dim": vectors.dim(),
        "normalize": true,
    });
    format!("{config}\n")
}
