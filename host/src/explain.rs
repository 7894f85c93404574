//! What happens inside: a training run that is watched at some words.
//!
//! [`explain`] trains as [`w2v_core::train::Trainer`] does, sentence after sentence on one thread,
//! to the same bits (sentences of over 65,536 tokens in pieces), and keeps what shows how a model
//! comes about: a window of the first epoch and of the last with a step in numbers, neighbours and
//! places of words at three points of the run, what the model predicts in the end.
//! [`Trainer`](crate::Trainer) makes steps of the same kind, but in groups that share noise words,
//! in another order and with other draws, so its vectors are others.

mod model;
mod plane;
mod predict;
mod sampling;
mod stages;
mod step;

pub use model::Window;
pub use predict::Turn;
pub use sampling::Draws;
pub use stages::{Map, Near, OnMap, Stage};
pub use step::{Hidden, Output, Read, Row, Step, Summary};

use crate::config::Config;
use crate::error::{Error, Result};
use crate::model::vectors::Vectors;
use crate::setting::Setting;
use crate::text::corpus::{Corpus, SENTENCE_END};
use crate::text::vocabulary::Vocabulary;
use crate::text::words::shown;
use crate::threads;
use crate::train::progress::Progress;
use crate::train::{self, initial_state};
use model::Model;
use sampling::Sampling;
use std::ops::ControlFlow;
use w2v_core::kinds::Objective;
use w2v_core::lanes::{Lanes, blocks};
use w2v_core::matrix::MatrixMut;
use w2v_core::rng::SplitMix64;
use w2v_core::simd::{Arithmetic, Backend};
use w2v_core::train::{Progress as Done, Schedule};
use w2v_core::unigram::MAX_NEGATIVES;

/// Words that the model predicts.
const PREDICTED: usize = 10;

/// Tokens read at once; a sentence of more is trained in pieces.
const PIECE: usize = 1 << 16;

/// Matrices that there has to be memory for: two that are trained, and the input vectors at the
/// start, after the first and the last epoch.
const MATRICES: usize = 5;

/// What was seen of a training run.
#[derive(Debug)]
pub struct Explanation {
    /// What is drawn of each word that was asked for.
    pub draws: Vec<Draws>,
    /// The first window with a context around the [`center`](Self::center) in the first epoch, and
    /// the first in the last epoch if that is another and has one.
    pub windows: Vec<Window>,
    /// Mean loss of a pair in each epoch, in nats; none where no pair was trained.
    pub losses: Vec<Option<f64>>,
    /// The start, after the first epoch, and the end.
    pub stages: Vec<Stage>,
    /// The words that were asked for and others, at each stage.
    pub map: Map,
    /// The ten words that the center most likely predicts in the end, alone, and about how likely:
    /// in the tree the products of turns (Rong, section 3.1); with negative sampling in proportion
    /// to a word's share of the noise and e to its logit (Levy & Goldberg 2014, section 3.1).
    pub predicted: Vec<(u32, f64)>,
    /// The tree: the turns to the center, one for each row of its steps.
    pub path: Vec<Turn>,
    /// The instruction set used.
    pub backend: Backend,
    /// The rounding used.
    pub arithmetic: Arithmetic,
}

impl Explanation {
    /// The word whose windows there are: the first that was asked for and has one in the first
    /// epoch.
    pub fn center(&self) -> u32 {
        self.windows.first().map_or(0, Window::word)
    }
}

/// Checks the settings as [`Config::validate`] does, and that a step is one of the kernel's, which
/// a page can show.
///
/// # Errors
/// [`Error::Setting`] for the first that cannot be explained.
pub fn validate(config: &Config) -> Result<()> {
    config.validate()?;
    if config.objective == Objective::NegativeSampling && config.negatives > MAX_NEGATIVES {
        let problem = format!("must be 1 to {MAX_NEGATIVES} to be explained: more are trained in several steps");
        return Err(Error::Setting { setting: Setting::Negatives, value: config.negatives.to_string(), problem });
    }
    Ok(())
}

/// Trains on `corpus` and tells what was seen of `words`, at least one, and step by step of the
/// first of them that has a window.
///
/// `observe` is called now and then; when it breaks, training stops with [`Error::Stopped`] and
/// leaves no model.
///
/// # Errors
/// As [`Trainer::train`](crate::Trainer::train) and [`validate`]; [`Error::Setting`] for no word,
/// one that the vocabulary does not have, or none with a window in the first epoch.
pub fn explain<W: AsRef<[u8]>>(
    corpus: &Corpus,
    config: &Config,
    words: &[W],
    observe: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
) -> Result<Explanation> {
    validate(config)?;
    let vocabulary = corpus.vocabulary();
    let dispatch = train::dispatch(config)?;
    initial_state::check_memory(MATRICES, vocabulary.len(), config.dim)?;
    let ids = ids(vocabulary, words)?;
    let sampling = Sampling::new(vocabulary, config)?;
    let sampler = sampling.sampler(config);
    let rows = vocabulary.len();
    let same: Vec<u32> = (0..rows as u32).collect();
    let pool = threads::pool(threads::number(config.threads))?;
    let (mut input, mut output) =
        pool.install(|| (initial_state::input(&same, config), initial_state::zeros(rows, config.dim)));
    let matrix = |lanes| MatrixMut::new(lanes, rows, config.dim).map_err(Error::Kernel);
    let tokens = corpus.tokens() * config.epochs as u64;
    let model = Model {
        input: matrix(&mut input)?,
        output: matrix(&mut output)?,
        sampler,
        keep: &initial_state::keep(vocabulary, config.sample),
        schedule: Schedule { start: config.learning_rate() as f32, tokens },
        config,
        dispatch,
        rng: SplitMix64::at(&[config.seed]),
        read: 0,
        mean: vec![Lanes::ZERO; blocks(config.dim)],
    };
    let mut run = Run { model, windows: Vec::new() };
    let mut at_stages = vec![run.vectors(vocabulary)?];
    let mut stages = vec![Stage::new(0, &at_stages[0], &ids)?];
    let mut losses = Vec::new();
    for epoch in 1..=config.epochs {
        let wanted = match epoch {
            1 => ids.clone(),
            last if last == config.epochs => run.windows.iter().map(Window::word).collect(),
            _ => Vec::new(),
        };
        let loss = run.epoch(epoch, wanted, corpus, observe)?;
        losses.push(loss);
        if run.windows.is_empty() {
            // Before hours are spent on more epochs.
            return Err(loss.map_or_else(|| train::progress::untrained(config), |_| no_window(words[0].as_ref())));
        }
        if epoch == 1 || epoch == config.epochs {
            let vectors = run.vectors(vocabulary)?;
            stages.push(Stage::new(epoch, &vectors, &ids)?);
            at_stages.push(vectors);
        }
    }
    let center = run.windows.first().map_or(0, Window::word);
    let hidden = model::row(&run.model.input, center);
    let noise = vocabulary.counts().iter().map(|&count| sampling::weight(count, config));
    Ok(Explanation {
        draws: ids.iter().map(|&word| sampling.draws(word, vocabulary, config)).collect(),
        windows: run.windows,
        losses,
        map: Map::new(&ids, &stages[stages.len() - 1], config.dim, &at_stages),
        stages,
        path: predict::turns(&sampler, center),
        predicted: predict::predicted(&sampler, &run.model.output, &hidden, noise, PREDICTED),
        backend: dispatch.backend(),
        arithmetic: dispatch.arithmetic(),
    })
}

/// The numbers of `words`, at least one, each once.
fn ids<W: AsRef<[u8]>>(vocabulary: &Vocabulary, words: &[W]) -> Result<Vec<u32>> {
    let refused = |value: &[u8], problem| Error::Setting { setting: Setting::Word, value: shown(value), problem };
    let mut ids = Vec::with_capacity(words.len());
    for word in words.iter().map(AsRef::as_ref) {
        let id = vocabulary.id(word).ok_or_else(|| {
            let problem = "is not among the {} words of the vocabulary; with a smaller min-count there are more";
            refused(word, problem.replace("{}", &vocabulary.len().to_string()))
        })?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    if ids.is_empty() {
        return Err(refused(b"WORD", "is needed; it says whose vectors to look at".to_owned()));
    }
    Ok(ids)
}

/// That no word that was asked for, of which `word` is the first, is trained as a center.
fn no_window(word: &[u8]) -> Error {
    let problem = "has no window with a context in the first epoch, nor has any other word that is looked at: they do not occur, are \
                   alone in their lines or are dropped by sample; choose another word";
    Error::Setting { setting: Setting::Word, value: shown(word), problem: problem.to_owned() }
}

/// A run, and what was seen of it.
struct Run<'a> {
    model: Model<'a>,
    windows: Vec<Window>,
}

impl Run<'_> {
    /// Trains an epoch, keeps the first window of the first of `wanted` that has one, and returns
    /// the mean loss.
    fn epoch(
        &mut self,
        epoch: usize,
        mut wanted: Vec<u32>,
        corpus: &Corpus,
        observe: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
    ) -> Result<Option<f64>> {
        let mut pass = corpus.pass();
        let mut tokens = Vec::new();
        let mut done = Done::default();
        let (config, schedule) = (self.model.config, self.model.schedule);
        let progress = |read, done: &Done| Progress::new(epoch, read, done, config, schedule);
        let stopped = || Error::stopped("training was done");
        loop {
            let epoch_finished = pass.read(&mut tokens, PIECE)? == 0;
            let whole = tokens.iter().rposition(|&id| id == SENTENCE_END).map_or(0, |end| end + 1);
            // A sentence that goes on waits for its end, or for as much as a piece.
            let ready = if whole == 0 && tokens.len() >= PIECE || epoch_finished { tokens.len() } else { whole };
            for sentence in tokens[..ready].split(|&id| id == SENTENCE_END).filter(|sentence| !sentence.is_empty()) {
                let read = self.model.read;
                let mut pause = |part: &Done| {
                    let mut so_far = done;
                    so_far += *part;
                    observe(&progress(read, &so_far))
                };
                let trained = self.model.sentence(epoch, sentence, &mut wanted, &mut self.windows, &mut pause);
                done += trained.map_err(Error::Kernel)?.ok_or_else(stopped)?;
            }
            tokens.drain(..ready);
            let progress = Progress { epoch_finished, ..progress(self.model.read, &done) };
            train::progress::check_loss(&progress, self.model.keep.len(), config)?;
            if observe(&progress).is_break() {
                return Err(stopped());
            }
            if epoch_finished {
                return Ok(progress.loss);
            }
        }
    }

    /// The input vectors as they are now.
    fn vectors(&self, vocabulary: &Vocabulary) -> Result<Vectors> {
        let (words, dim) = (vocabulary.len(), self.model.config.dim);
        let mut numbers = Vec::with_capacity(words * dim);
        for word in 0..words as u32 {
            numbers.extend(model::row(&self.model.input, word));
        }
        Vectors::from_words(vocabulary.table().clone(), dim, numbers)
    }
}

#[cfg(test)]
mod tests;
