//! What happens inside: a training run that is observed at a few chosen words.
//!
//! [`explain`] trains as [`w2v_core::train::Trainer`] does, sentence after sentence on one thread.
//! The two end with the same bits, except that [`explain`] trains a sentence of more than 65,536
//! tokens in pieces. [`explain`] records how the model comes about: a window of the first epoch and
//! one of the last, each with a step in numbers; the neighbours and the places of words at three
//! points of the run; and what the model predicts at the end.
//!
//! The vectors are not those of [`Trainer`](crate::Trainer): that one makes steps of the same kind,
//! but in groups that share noise words, in another order and with other draws.

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

/// The number of predicted words in [`Explanation::predicted`].
const PREDICTED: usize = 10;

/// Tokens read at once. A longer sentence is trained in pieces of this length.
const PIECE: usize = 1 << 16;

/// The matrices held in memory: the two that are trained, and three copies of the input vectors,
/// taken at the start, after the first epoch and after the last.
const MATRICES: usize = 5;

/// What was recorded of a training run.
#[derive(Debug)]
pub struct Explanation {
    /// How each word that was asked for is sampled, in the order asked for, each word once.
    pub draws: Vec<Draws>,
    /// One or two windows around the [`center`](Self::center): the first window with a context in
    /// the first epoch, and the first one in the last epoch. The second is absent if there is only
    /// one epoch or if the last epoch has no such window.
    pub windows: Vec<Window>,
    /// Mean loss of a pair in each epoch, in nats; `None` for an epoch in which no pair was
    /// trained.
    pub losses: Vec<Option<f64>>,
    /// The nearest words at the start, after the first epoch and after the last: three stages, or
    /// two if there is only one epoch.
    pub stages: Vec<Stage>,
    /// The words that were asked for and their nearest words, in the plane, at each stage.
    pub map: Map,
    /// The ten words that the center alone predicts as most likely at the end, each with its
    /// probability, the most likely first. With the tree, a word's probability is the product of
    /// the probabilities of the turns on its path (Rong, section 3.1). With negative sampling, it
    /// is in proportion to P(w) · exp(u), where P(w) is the word's share of the noise and u its
    /// logit (Levy & Goldberg 2014, section 3.1); this is an approximation.
    pub predicted: Vec<(u32, f64)>,
    /// With the tree: the turns on the path to the center, one for each output row of its steps.
    /// Empty with negative sampling.
    pub path: Vec<Turn>,
    /// The instruction set used.
    pub backend: Backend,
    /// The arithmetic used: whether a product and a sum are rounded once or twice.
    pub arithmetic: Arithmetic,
}

impl Explanation {
    /// The word around which the [`windows`](Self::windows) lie: of the words that were asked for,
    /// the first that has a window with a context in the first epoch.
    pub fn center(&self) -> u32 {
        self.windows.first().map_or(0, Window::word)
    }
}

/// Checks the settings as [`Config::validate`] does, and that a prediction is a single step of the
/// kernel: several steps could not be shown as one.
///
/// # Errors
/// [`Error::Setting`] for the first setting that cannot be explained.
pub fn validate(config: &Config) -> Result<()> {
    config.validate()?;
    if config.objective == Objective::NegativeSampling && config.negatives > MAX_NEGATIVES {
        let problem = format!("must be 1 to {MAX_NEGATIVES} to be explained: more are trained in several steps");
        return Err(Error::Setting { setting: Setting::Negatives, value: config.negatives.to_string(), problem });
    }
    Ok(())
}

/// Trains on `corpus` and returns what was recorded of `words`, of which there must be at least
/// one. Steps are recorded for the first of `words` that has a window with a context.
///
/// `observe` is called at the end of each piece of text and each epoch, and within long sentences.
/// If `observe` breaks, training ends with [`Error::Stopped`], which holds no model.
///
/// # Errors
/// As [`Trainer::train`](crate::Trainer::train) and [`validate`]. Also [`Error::Setting`] if
/// `words` is empty, if the vocabulary lacks one of `words`, or if none of `words` has a window
/// with a context in the first epoch.
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
            // Checked after the first epoch, so that no time is spent on the others.
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

/// The ids of `words`, each once, at least one.
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

/// The error for words none of which has a window with a context. `word` is the first of them.
fn no_window(word: &[u8]) -> Error {
    let problem = "has no window with a context in the first epoch, nor has any other word that is looked at: they do not occur, are \
                   alone in their lines or are dropped by sample; choose another word";
    Error::Setting { setting: Setting::Word, value: shown(word), problem: problem.to_owned() }
}

/// A run, and the windows recorded so far.
struct Run<'a> {
    model: Model<'a>,
    windows: Vec<Window>,
}

impl Run<'_> {
    /// Trains an epoch and returns the mean loss of a pair. Records one window: the first window
    /// with a context around the first of `wanted` that has one.
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
            // The last sentence may go on. It waits until its end has been read, or until a whole
            // piece has.
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
