//! What is recorded beside a model: the settings that its bytes depend on.

use super::output::record_path;
use super::settings::Settings;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{self, BufRead};
use std::path::Path;
use w2v::Config;
use w2v::Preparation;
use w2v::input;
use w2v::messages::escaped;
use w2v::{Architecture, Arithmetic, Objective};
use w2v::{Error, Model, Result};

/// The settings of a training run and what came of them; the same for any number of threads and any
/// backend.
#[derive(Serialize)]
pub(super) struct Record<'a> {
    w2v: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    built_in: bool,
    architecture: &'static str,
    objective: &'static str,
    dim: usize,
    window: usize,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    noise: Option<Noise>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cbow_gradient: Option<&'static str>,
    epochs: usize,
    sample: f64,
    min_count: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_vocab: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vocabulary: Option<String>,
    learning_rate: f64,
    seed: u64,
    arithmetic: &'static str,
    words: usize,
    tokens: u64,
    /// How the text was made ready on the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    preparation: Option<Prepared>,
    losses: &'a [Option<f64>],
    interrupted: bool,
    /// Of the model's file, decompressed, as `sha256sum` prints it.
    sha256: String,
}

/// The settings of negative sampling.
#[derive(Serialize)]
struct Noise {
    negatives: usize,
    exponent: f64,
}

/// How a text was made ready.
#[derive(Serialize)]
struct Prepared {
    keep_case: bool,
    keep_punctuation: bool,
    digits: &'static str,
    apostrophes: &'static str,
    hyphens: &'static str,
    sentences: &'static str,
    markup: &'static str,
}

impl From<Preparation> for Prepared {
    fn from(preparation: Preparation) -> Self {
        let Preparation { keep_case, keep_punctuation, digits, apostrophes, hyphens, sentences, markup } = preparation;
        Self {
            keep_case,
            keep_punctuation,
            digits: digits.name(),
            apostrophes: apostrophes.name(),
            hyphens: hyphens.name(),
            sentences: sentences.name(),
            markup: markup.name(),
        }
    }
}

impl<'a> Record<'a> {
    /// The record of a model trained on `tokens` tokens with `settings`, from which `config` comes;
    /// `is_whole` unless training was broken off, `sha256` is its file's.
    pub(super) fn new(
        settings: &Settings,
        config: &Config,
        model: &'a Model,
        is_whole: bool,
        tokens: u64,
        sha256: String,
    ) -> Self {
        let noise = Noise { negatives: config.negatives, exponent: config.exponent };
        Self {
            w2v: env!("CARGO_PKG_VERSION"),
            built_in: settings.is_built_in(),
            architecture: config.architecture.name(),
            objective: config.objective.name(),
            dim: config.dim,
            window: config.window,
            noise: (config.objective == Objective::NegativeSampling).then_some(noise),
            cbow_gradient: (config.architecture == Architecture::Cbow).then(|| config.cbow_gradient.name()),
            epochs: config.epochs,
            sample: config.sample,
            min_count: settings.min_count,
            max_vocab: settings.max_vocab,
            vocabulary: settings.vocab.as_ref().map(|path| path.display().to_string()),
            learning_rate: config.learning_rate(),
            seed: config.seed,
            arithmetic: model.arithmetic().map_or("", Arithmetic::name),
            words: model.vectors().len(),
            tokens,
            preparation: settings.preparing.preparation().map(Prepared::from),
            losses: model.losses(),
            interrupted: !is_whole,
            sha256,
        }
    }

    /// The record as the text of a file.
    pub(super) fn text(&self) -> serde_json::Result<Vec<u8>> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        Ok(text)
    }
}

/// The SHA-256, in hexadecimal digits, of what the file at `path` holds, decompressed.
pub(super) fn sha256(path: &Path) -> Result<String> {
    let name = path.display().to_string();
    let mut reader = input::open(path)?;
    let mut hash = Sha256::new();
    loop {
        let block = match reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            block => block.map_err(Error::io(&name, "read"))?,
        };
        if block.is_empty() {
            return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect());
        }
        hash.update(block);
        let bytes = block.len();
        reader.consume(bytes);
    }
}

/// What a record says of the model's file.
#[derive(Deserialize)]
struct Told {
    sha256: String,
}

/// The hash in the record beside the model at `path`; `None` where there is no record, or one
/// without a hash.
pub(super) fn recorded_sha256(path: &Path) -> Option<String> {
    let record = fs::read(record_path(path).filter(|record| record.is_file() && path.is_file())?).ok()?;
    Some(serde_json::from_slice::<Told>(&record).ok()?.sha256)
}

/// Why the record beside the model at `path`, which names the hash `recorded`, is not that of this
/// model; `None` if it is.
pub(super) fn mismatch(path: &Path, recorded: &str) -> Option<String> {
    let found = sha256(path).ok().filter(|found| found != recorded)?;
    let record = escaped(&record_path(path)?.display().to_string());
    let path = escaped(&path.display().to_string());
    Some(format!(
        "warning: {record} is the record of another model than {path}, whose SHA-256 is {found}: do not rely on the settings in it"
    ))
}
