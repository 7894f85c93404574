//! What happens inside: a training run that is watched at some words.
//!
//! [`explain`] trains as [`w2v_core::train::Trainer`] does, sentence after sentence on one thread, to the same bits, and keeps what shows how a model comes about: every number of two windows' steps, neighbours and places of words at three points
//! of the run, what the model predicts in the end. [`trainer::train`] makes the same steps, in groups and in
//! another order, so its vectors are others of the same quality.

mod model;
mod plane;
mod predict;
mod sampling;
mod step;

pub use model::Window;
pub use predict::Turn;
pub use sampling::Draws;
pub use step::{Hidden, Output, Read, Row, Step};

use crate::config::Config;
use crate::corpus::{Corpus, SENTENCE_END};
use crate::embeddings::Embeddings;
use crate::error::{Error, Result};
use crate::query::{Index, Neighbour};
use crate::threads;
use crate::trainer::{self, Progress, start};
use crate::vocabulary::Vocabulary;
use crate::words::shown;
use model::Model;
use sampling::Sampling;
use std::ops::ControlFlow;
use w2v_core::matrix::{Lanes, MatrixMut, blocks};
use w2v_core::rng::SplitMix64;
use w2v_core::simd::{Arithmetic, Backend};
use w2v_core::train::{Progress as Done, Schedule};

/// Neighbours of a word.
const NEIGHBOURS: usize = 6;

/// How many of them are on the map.
const ON_MAP: usize = 3;

/// Words that the model predicts.
const PREDICTED: usize = 10;

/// Tokens read at once; a longer sentence is trained in pieces.
const PIECE: usize = 1 << 16;

/// What was seen of a training run.
#[derive(Debug)]
pub struct Explanation {
    /// What is drawn of each word that was asked for.
    pub draws: Vec<Draws>,
    /// The first window with a context around the first of these words in the first epoch, and the first in the last epoch if that is
    /// another.
    pub windows: Vec<Window>,
    /// Mean loss of a pair in each epoch, in nats; none where no pair was trained.
    pub losses: Vec<Option<f64>>,
    /// The words at the start, after the first epoch, and at the end.
    pub stages: Vec<Stage>,
    /// The words on the map: those that were asked for, and their nearest at the end.
    pub on_map: Vec<OnMap>,
    /// The words that the first is most likely to be a context of, as the model has it in the end, and how likely: the products of
    /// turns in the tree, with negative sampling the softmax of the logits (Rong, sections 1.1 and 3.1).
    pub predicted: Vec<(u32, f64)>,
    /// The tree: the turns to the first word, one for each row of its steps.
    pub path: Vec<Turn>,
    /// The instruction set used.
    pub backend: Backend,
    /// The rounding used.
    pub arithmetic: Arithmetic,
}

/// The words at a point of the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Epochs done.
    pub epochs: usize,
    /// The nearest of each word that was asked for, closest first.
    pub neighbours: Vec<Vec<Neighbour>>,
    /// Where each word on the map is: its vector at length 1 in the plane of the last stage's two widest directions.
    pub places: Vec<[f64; 2]>,
}

/// A word on the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnMap {
    /// The word.
    pub word: u32,
    /// Which of the words that were asked for it is near to, or is.
    pub group: usize,
}

/// Trains on `corpus` and tells what was seen; `words`, at least one, are watched, the first of them step by step.
///
/// `observe` is called now and then; when it breaks, training stops with [`Error::Stopped`].
///
/// # Errors
/// As [`trainer::train`]; [`Error::Setting`] for no word, or a first one without a window to show, [`Error::UnknownWord`] for one that
/// the vocabulary does not have.
pub fn explain<W: AsRef<[u8]>>(
    vocabulary: &Vocabulary,
    corpus: &mut Corpus,
    config: &Config,
    words: &[W],
    observe: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
) -> Result<Explanation> {
    config.validate()?;
    corpus.check_is_of(vocabulary)?;
    let dispatch = trainer::dispatch(config)?;
    start::check_memory(vocabulary.len(), config.dim)?;
    let ids = ids(vocabulary, words)?;
    let sampling = Sampling::new(vocabulary, config)?;
    let sampler = sampling.sampler(config);
    let rows = vocabulary.len();
    let same: Vec<u32> = (0..rows as u32).collect();
    let pool = threads::pool(threads::number(config.threads))?;
    let (mut input, mut output) = pool.install(|| (start::input(&same, config), start::zeros(rows, config.dim)));
    let matrix = |lanes| MatrixMut::new(lanes, rows, config.dim).map_err(Error::Kernel);
    let tokens = corpus.tokens() * config.epochs as u64;
    let model = Model {
        input: matrix(&mut input)?,
        output: matrix(&mut output)?,
        sampler,
        keep: &start::keep(vocabulary, config.sample),
        schedule: Schedule { start: config.learning_rate() as f32, tokens },
        config,
        dispatch,
        rng: SplitMix64::at(&[config.seed]),
        read: 0,
        mean: vec![Lanes::ZERO; blocks(config.dim)],
    };
    let mut run = Run { model, center: ids[0], windows: Vec::new() };
    let mut stages = vec![(0, run.index(vocabulary)?)];
    let mut losses = Vec::new();
    for epoch in 1..=config.epochs {
        losses.push(run.epoch(epoch, corpus, observe)?);
        if epoch == 1 || epoch == config.epochs {
            stages.push((epoch, run.index(vocabulary)?));
        }
    }
    if losses.iter().all(Option::is_none) {
        return Err(trainer::untrained(config));
    }
    if run.windows.is_empty() {
        return Err(Error::Setting {
            flag: "--word",
            value: shown(words[0].as_ref()),
            problem:
                "has no window with a context in the first and the last epoch, so there is no step to show; choose a \
                      word that is more frequent, or keep more of it with --sample"
                    .to_owned(),
        });
    }
    let hidden = model::row(&run.model.input, ids[0]);
    let (stages, on_map) = staged(stages, words, &ids, config.dim)?;
    Ok(Explanation {
        draws: ids.iter().map(|&word| sampling.draws(word, vocabulary, config)).collect(),
        windows: run.windows,
        losses,
        stages,
        on_map,
        path: predict::turns(&sampler, ids[0]),
        predicted: predict::predicted(&sampler, &run.model.output, &hidden, PREDICTED),
        backend: dispatch.backend(),
        arithmetic: dispatch.arithmetic(),
    })
}

/// The numbers of `words`, at least one.
fn ids<W: AsRef<[u8]>>(vocabulary: &Vocabulary, words: &[W]) -> Result<Vec<u32>> {
    if words.is_empty() {
        let problem = "is needed; it says whose vectors to look at".to_owned();
        return Err(Error::Setting { flag: "--word", value: "WORD".to_owned(), problem });
    }
    let find = |word: &W| {
        let word = word.as_ref();
        let unknown = || Error::UnknownWord { word: shown(word), words: vocabulary.len() };
        vocabulary.id(word).ok_or_else(unknown)
    };
    words.iter().map(find).collect()
}

/// A run, and what was seen of it.
struct Run<'a> {
    model: Model<'a>,
    /// The word whose windows are wanted.
    center: u32,
    windows: Vec<Window>,
}

impl Run<'_> {
    /// Trains an epoch and returns its mean loss.
    fn epoch(
        &mut self,
        epoch: usize,
        corpus: &mut Corpus,
        observe: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
    ) -> Result<Option<f64>> {
        let mut pass = corpus.pass()?;
        let mut tokens = Vec::new();
        let mut done = Done::default();
        loop {
            tokens.clear();
            let epoch_finished = pass.read(&mut tokens, PIECE)? == 0;
            for sentence in tokens.split(|&id| id == SENTENCE_END).filter(|sentence| !sentence.is_empty()) {
                done += self.sentence(epoch, sentence)?;
            }
            let &Model { config, schedule, read, .. } = &self.model;
            if !done.loss.is_finite() {
                return Err(Error::Diverged { epoch, learning_rate: config.learning_rate() });
            }
            let loss = (done.pairs > 0).then(|| done.loss / done.pairs as f64);
            let progress = Progress {
                epoch,
                epochs: config.epochs,
                tokens: read,
                tokens_total: schedule.tokens,
                pairs: done.pairs,
                loss,
                learning_rate: schedule.learning_rate(read).into(),
                epoch_finished,
            };
            if observe(&progress).is_break() {
                return Err(Error::Stopped("training was done"));
            }
            if epoch_finished {
                return Ok(loss);
            }
        }
    }

    /// Trains a sentence, and keeps a window of it if it has the one that is wanted.
    fn sentence(&mut self, epoch: usize, sentence: &[u32]) -> Result<Done> {
        let shown = epoch == 1 || epoch == self.model.config.epochs;
        let seen = self.windows.last().is_some_and(|window| window.epoch == epoch);
        let wanted = (shown && !seen).then_some(self.center);
        let (done, window) = self.model.sentence(epoch, sentence, wanted).map_err(Error::Kernel)?;
        self.windows.extend(window);
        Ok(done)
    }

    /// The input vectors as they are now.
    fn index(&self, vocabulary: &Vocabulary) -> Result<Index> {
        let rows = 0..vocabulary.len() as u32;
        let vectors = rows.flat_map(|id| model::row(&self.model.input, id)).collect();
        Embeddings::new(vocabulary.words(), self.model.config.dim, vectors).map(Index::new)
    }
}

/// What is to be seen at each of `stages`, given by the epochs done and the vectors, and the words on the map.
fn staged<W: AsRef<[u8]>>(
    stages: Vec<(usize, Index)>,
    words: &[W],
    ids: &[u32],
    dim: usize,
) -> Result<(Vec<Stage>, Vec<OnMap>)> {
    let nearest = |(epochs, index): &(usize, Index)| {
        let neighbours = words.iter().map(|word| index.nearest(&[word], NEIGHBOURS)).collect::<Result<Vec<_>>>()?;
        Ok(Stage { epochs: *epochs, neighbours, places: Vec::new() })
    };
    let mut seen = stages.iter().map(nearest).collect::<Result<Vec<Stage>>>()?;
    let mut on_map: Vec<OnMap> = ids.iter().enumerate().map(|(group, &word)| OnMap { word, group }).collect();
    for (group, nearest) in seen.last().into_iter().flat_map(|last| last.neighbours.iter().enumerate()) {
        for near in nearest.iter().take(ON_MAP) {
            if on_map.iter().all(|other| other.word != near.id) {
                on_map.push(OnMap { word: near.id, group });
            }
        }
    }
    let vectors = |index: &Index| {
        on_map.iter().flat_map(|place| index.embeddings().vector(place.word).unwrap_or_default().to_vec()).collect()
    };
    let sets: Vec<Vec<f32>> = stages.iter().map(|(_, index)| vectors(index)).collect();
    for (stage, places) in seen.iter_mut().zip(plane::places(&sets, dim)) {
        stage.places = places;
    }
    Ok((seen, on_map))
}

#[cfg(test)]
mod tests;
