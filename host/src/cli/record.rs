//! What is recorded beside a model: the settings that its bytes depend on.

use super::output::is_file_name;
use super::settings::Settings;
use serde::Serialize;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use w2v::config::Config;
use w2v::error::Result;
use w2v::output::write_atomically;
use w2v::trainer::Trained;
use w2v_core::kinds::{Architecture, Objective};

/// The settings of a training run and what came of them; the same for any number of threads and any backend.
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
    vocabulary: Option<String>,
    learning_rate: f64,
    seed: u64,
    arithmetic: &'static str,
    words: usize,
    tokens: u64,
    losses: &'a [Option<f64>],
    interrupted: bool,
}

/// The settings of negative sampling.
#[derive(Serialize)]
struct Noise {
    negatives: usize,
    exponent: f64,
}

impl<'a> Record<'a> {
    /// The record of a model trained on `tokens` tokens with `settings`, from which `config` comes.
    pub(super) fn new(settings: &Settings, config: &Config, trained: &'a Trained, tokens: u64) -> Self {
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
            vocabulary: settings.vocab.as_ref().map(|path| path.display().to_string()),
            learning_rate: config.learning_rate(),
            seed: config.seed,
            arithmetic: trained.arithmetic.name(),
            words: trained.embeddings.len(),
            tokens,
            losses: &trained.losses,
            interrupted: trained.stopped,
        }
    }

    /// Writes the record to the file at `path`.
    pub(super) fn write(&self, path: &Path) -> Result<()> {
        write_atomically(path, |to| {
            serde_json::to_writer_pretty(&mut *to, self).map_err(io::Error::from)?;
            writeln!(to)
        })
    }
}

/// Where the record of the model at `model` goes: the same name and `.json`; nowhere for a device.
pub(super) fn record_path(model: &Path) -> Option<PathBuf> {
    let mut name = OsString::from(model);
    name.push(".json");
    is_file_name(model).then(|| name.into())
}
