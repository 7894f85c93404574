//! Training: epochs of superbatches, the step size falling with the tokens read, progress told to an observer.
//!
//! The result is a function of the corpus and the settings, and of nothing else: not of the threads, nor of the
//! instruction set within one arithmetic.
//!
//! There are two schedules: `rounds` trains skip-gram, `phases` trains CBOW. Each has a `negative` and a `tree`, which drive one
//! of the two objectives of `objective`. Both schedules stand on `windows`, which subsamples text and forms windows, and on
//! `layout`, which deals words into partitions. `context` is what all of them share.

mod context;
pub(crate) mod initial_state;
pub(crate) mod layout;
pub(crate) mod objective;
pub(crate) mod phases;
pub(crate) mod rounds;
mod subsample;
mod windows;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::model::embeddings::Embeddings;
use crate::text::corpus::Corpus;
use crate::text::vocabulary::Vocabulary;
use crate::threads;
use context::{Model, ModelContext, StreamPosition};
use std::f64::consts::LN_2;
use std::ops::ControlFlow;
use w2v_core::kinds::{Architecture, Objective};
use w2v_core::lanes::{Lanes, blocks};
use w2v_core::simd::{Arithmetic, Backend, Dispatch};
use w2v_core::subsample::keep_probability;
use w2v_core::train::{Progress as Done, Schedule};

/// How far training has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Current epoch, counted from 1.
    pub epoch: usize,
    /// Epochs in all.
    pub epochs: usize,
    /// Tokens read so far, all epochs.
    pub tokens: u64,
    /// Tokens of all epochs.
    pub tokens_total: u64,
    /// Pairs trained in this epoch.
    pub pairs: u64,
    /// Mean loss of a pair in this epoch so far, in nats; none where no pair was trained.
    pub loss: Option<f64>,
    /// Current step size.
    pub learning_rate: f64,
    /// Whether this is the epoch's last report.
    pub epoch_finished: bool,
}

impl Progress {
    /// After `tokens` of all epochs, when `done` is what `epoch` has trained.
    pub(crate) fn new(epoch: usize, tokens: u64, done: &Done, config: &Config, schedule: Schedule) -> Self {
        Self {
            epoch,
            epochs: config.epochs,
            tokens,
            tokens_total: schedule.tokens,
            pairs: done.pairs,
            loss: (done.pairs > 0).then(|| done.loss / done.pairs as f64),
            learning_rate: schedule.learning_rate(tokens).into(),
            epoch_finished: false,
        }
    }
}

/// What training leaves.
#[derive(Debug)]
pub struct Trained {
    /// The input vectors.
    pub embeddings: Embeddings,
    /// Mean loss of a pair in each epoch, the last one perhaps unfinished, in nats; none where no pair was trained. Each is that before
    /// the pair's own step, and while steps are large vectors remember what was read last: when they become small it may rise again.
    pub losses: Vec<Option<f64>>,
    /// The instruction set used.
    pub backend: Backend,
    /// The rounding used.
    pub arithmetic: Arithmetic,
    /// Threads of the pool that trained; skip-gram gives work to as many of them as there are partitions.
    pub threads: usize,
    /// Whether the observer broke off.
    pub stopped: bool,
}

/// Threads that a model with these settings is trained on: those of `config`, but with CBOW at most 16.
#[must_use]
pub fn threads(config: &Config) -> usize {
    let wanted = threads::number(config.threads);
    match config.architecture {
        Architecture::SkipGram => wanted,
        Architecture::Cbow => wanted.min(phases::MOST_THREADS),
    }
}

/// Of `tokens` tokens of a corpus those that subsampling with threshold `sample` keeps in an epoch, on average, if its words are as
/// frequent as in `vocabulary`'s counts.
///
/// ```
/// use w2v::{train::tokens_kept, vocabulary::Vocabulary};
///
/// # fn main() -> w2v::error::Result<()> {
/// let vocabulary = Vocabulary::parse(&b"often 90\nseldom 10\n"[..], "counts", 1)?;
/// assert_eq!(tokens_kept(&vocabulary, vocabulary.tokens(), 0.1), 40 + 10);
/// // The counts may be those of a larger corpus.
/// assert_eq!(tokens_kept(&vocabulary, 10, 0.1), 5);
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn tokens_kept(vocabulary: &Vocabulary, tokens: u64, sample: f64) -> u64 {
    let (counts, total) = (vocabulary.counts(), vocabulary.tokens());
    let kept = counts.iter().map(|&count| count as f64 * keep_probability(count, total, sample)).sum::<f64>();
    (kept * (tokens as f64 / total as f64)).round() as u64
}

/// The backend and arithmetic that these settings lead to on this machine.
///
/// # Errors
/// [`Error::Setting`] if the machine lacks what was asked for.
pub fn dispatch(config: &Config) -> Result<Dispatch> {
    Dispatch::choose(config.backend, config.arithmetic).map_err(|_| {
        let known = Dispatch::all().map(|pair| format!("{} {}", pair.backend(), pair.arithmetic()));
        let wish = [config.backend.map(Backend::name), config.arithmetic.map(Arithmetic::name)];
        Error::Setting {
            flag: if config.backend.is_some() { "--backend" } else { "--arithmetic" },
            value: wish.into_iter().flatten().collect::<Vec<_>>().join(" "),
            problem: format!("not available on this processor; there are {}", known.collect::<Vec<_>>().join(", ")),
        }
    })
}

/// Trains word vectors on `corpus` and returns the input vectors of `vocabulary`'s words.
///
/// `observe` is called after each superbatch; when it breaks, training stops and what there is comes out.
///
/// # Errors
/// Settings that cannot train, a corpus read with another vocabulary, matrices beyond the memory, a corpus without
/// pairs, a rate at which training diverges, a spool that cannot be read, or a thread pool that cannot start.
pub fn train(
    vocabulary: &Vocabulary,
    corpus: &mut Corpus,
    config: &Config,
    observe: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
) -> Result<Trained> {
    config.validate()?;
    corpus.check_is_of(vocabulary)?;
    let dispatch = dispatch(config)?;
    let threads = threads(config);
    initial_state::check_memory(2, vocabulary.len(), config.dim)?;
    // Now, so that nothing that was trained is lost for want of it.
    let words = vocabulary.table().copied()?;
    let tokens_total = corpus.tokens() * config.epochs as u64;
    #[allow(clippy::cast_possible_truncation)]
    let schedule = Schedule { start: config.learning_rate() as f32, tokens: tokens_total };
    let keep = initial_state::keep(vocabulary, config.sample);
    let context = ModelContext { vocabulary, config, dispatch, schedule, keep, corpus_tokens: corpus.tokens() };
    let pool = threads::pool(threads)?;
    let mut model = pool.install(|| model(context))?;

    let mut losses = Vec::new();
    let mut pairs = 0;
    let mut stopped = false;
    let mut read = 0;
    let (mut tokens, mut following) = (Vec::new(), Vec::new());
    'epochs: for epoch in 1..=config.epochs {
        let mut pass = corpus.pass()?;
        let mut done = Done::default();
        let mut superbatch = 0;
        let size = model.superbatch();
        tokens.clear();
        let mut next = pass.read(&mut tokens, size);
        loop {
            // What has been trained was reported before a failure to read more is.
            let taken = std::mem::replace(&mut next, Ok(0))? as u64;
            let epoch_finished = taken == 0;
            if !epoch_finished {
                let position = StreamPosition { seed: config.seed, epoch: epoch as u64, superbatch, read };
                following.clear();
                // While one superbatch is trained the next one is read.
                let both = || rayon::join(|| pass.read(&mut following, size), || model.train(&tokens, position));
                let (ahead, trained) = pool.install(both);
                done += trained?;
                read += taken;
                superbatch += 1;
                next = ahead;
                std::mem::swap(&mut tokens, &mut following);
            }
            let progress = Progress { epoch_finished, ..Progress::new(epoch, read, &done, config, schedule) };
            check_loss(&progress, vocabulary.len(), config)?;
            let flow = observe(&progress);
            if epoch_finished || flow.is_break() {
                losses.push(progress.loss);
                pairs += done.pairs;
                // After the last report there is nothing left to break off.
                stopped = flow.is_break() && !(epoch_finished && epoch == config.epochs);
                if flow.is_break() {
                    break 'epochs;
                }
                break;
            }
        }
    }
    if pairs == 0 && !stopped {
        return Err(untrained(config));
    }

    let (input, rows) = model.into_input();
    let embeddings = Embeddings::from_words(words, config.dim, vectors(&input, &rows, config.dim))?;
    Ok(Trained { embeddings, losses, backend: dispatch.backend(), arithmetic: dispatch.arithmetic(), threads, stopped })
}

/// So many times the loss of an untrained model is no longer that of one in training.
const DIVERGED: f64 = 4.0;

/// Refuses to go on where the loss of a model of `words` words shows that training has diverged.
pub(crate) fn check_loss(progress: &Progress, words: usize, config: &Config) -> Result<()> {
    // Each decision is worth ln 2: of a tree's there are about as many on a path as bits tell words apart.
    let decisions = match config.objective {
        Objective::NegativeSampling => config.negatives as f64 + 1.0,
        Objective::HierarchicalSoftmax => (words as f64).log2() + 1.0,
    };
    let untrained = decisions * LN_2;
    match progress.loss {
        Some(loss) if loss.is_nan() || loss > DIVERGED * untrained => {
            Err(Error::Diverged { epoch: progress.epoch, loss, untrained, learning_rate: config.learning_rate() })
        }
        _ => Ok(()),
    }
}

/// That no pair was trained.
pub(crate) fn untrained(config: &Config) -> Error {
    let more = if config.sample > 0.0 { "--sample 0, " } else { "" };
    Error::NothingToTrain(format!(
        "no sentence of the corpus has two words that --min-count and --sample {} keep; {more}a smaller --min-count or \
         longer lines would leave some",
        config.sample
    ))
}

/// The model of these settings at its start.
fn model(context: ModelContext<'_>) -> Result<Box<dyn Model>> {
    Ok(match (context.config.architecture, context.config.objective) {
        (Architecture::SkipGram, Objective::NegativeSampling) => rounds::with_negatives(context)?,
        (Architecture::SkipGram, Objective::HierarchicalSoftmax) => rounds::with_tree(context)?,
        (Architecture::Cbow, Objective::NegativeSampling) => phases::with_negatives(context)?,
        (Architecture::Cbow, Objective::HierarchicalSoftmax) => phases::with_tree(context)?,
    })
}

/// Rows in the vocabulary's order, without their padding.
fn vectors(input: &[Lanes], rows: &[u32], dim: usize) -> Vec<f32> {
    let blocks = blocks(dim);
    let mut vectors = Vec::with_capacity(rows.len() * dim);
    for row in rows.iter().map(|&row| row as usize) {
        let lanes = input[row * blocks..(row + 1) * blocks].iter().flat_map(|lanes| lanes.0);
        vectors.extend(lanes.take(dim));
    }
    vectors
}
