//! Training: epochs of superbatches, the step size falling with the tokens read, progress told to an observer.
//!
//! The result is a function of the corpus and the settings, and of nothing else: not of the threads, nor of the
//! instruction set within one arithmetic.
//!
//! There are two models, `skip_gram` and `cbow`, and each has a `negative` and a `tree`: the objectives that train its output
//! matrix. Both stand on `kept`, which forms windows, on `partition`, which deals words out, on `tree_split`, which divides the
//! tree, and on groups of predictions that share what they are trained with: `noise_groups` their negatives, or
//! `many_negatives`, `path_groups` a path.

pub(crate) mod cbow;
pub(crate) mod initial_state;
mod kept;
mod many_negatives;
mod noise_groups;
pub(crate) mod partition;
mod path_groups;
pub(crate) mod skip_gram;
mod subsample;
pub(crate) mod tree_split;

use crate::config::Config;
use crate::corpus::Corpus;
use crate::embeddings::Embeddings;
use crate::error::{Error, Result};
use crate::setting;
use crate::threads;
use crate::vocabulary::Vocabulary;
use std::f64::consts::LN_2;
use std::ops::ControlFlow;
use w2v_core::matrix::{Lanes, blocks};
use w2v_core::rng::SplitMix64;
use w2v_core::simd::{Arithmetic, Backend, Dispatch};
use w2v_core::subsample::keep_probability;
use w2v_core::train::{Architecture, Objective, Progress as Done, Schedule};

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

/// Where in the run a superbatch stands; with the seed it determines every draw.
#[derive(Clone, Copy, Debug)]
struct Place {
    seed: u64,
    epoch: u64,
    superbatch: u64,
    /// Tokens read before it, all epochs.
    read: u64,
}

impl Place {
    /// The generator of this place, for others [`within`](SplitMix64::within) it.
    fn generator(&self) -> SplitMix64 {
        SplitMix64::at(&[self.seed, self.epoch, self.superbatch])
    }
}

/// A step size, and the generator at the step's place; what draws side by side draws [`within`](SplitMix64::within) it.
struct Step {
    learning_rate: f32,
    rng: SplitMix64,
}

/// A model in training, by the threads of the current pool.
trait Model: Send {
    /// Tokens that it wants at once.
    fn superbatch(&self) -> usize;
    /// Trains on word ids with [`SENTENCE_END`](crate::corpus::SENTENCE_END) after each sentence, but for one that goes on in the
    /// next superbatch of the epoch: there are trained those windows whose context comes only then.
    fn train(&mut self, tokens: &[u32], place: Place) -> Result<Done>;
    /// The input matrix, and where in it the row of each word stands.
    fn into_input(self: Box<Self>) -> (Vec<Lanes>, Vec<u32>);
}

/// Threads that a model with these settings is trained on: those of `config`, but with CBOW at most 16.
#[must_use]
pub fn threads(config: &Config) -> usize {
    let wanted = threads::number(config.threads);
    match config.architecture {
        Architecture::SkipGram => wanted,
        Architecture::Cbow => wanted.min(cbow::MOST_THREADS),
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
            setting: if config.backend.is_some() { setting::Setting::Backend } else { setting::Setting::Arithmetic },
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
    let setting = Setting { vocabulary, config, dispatch, schedule, keep, corpus_tokens: corpus.tokens() };
    let pool = threads::pool(threads)?;
    let mut model = pool.install(|| model(setting))?;

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
                let place = Place { seed: config.seed, epoch: epoch as u64, superbatch, read };
                following.clear();
                // While one superbatch is trained the next one is read.
                let both = || rayon::join(|| pass.read(&mut following, size), || model.train(&tokens, place));
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
    let more = if config.sample > 0.0 { "sample 0, " } else { "" };
    Error::NothingToTrain(format!(
        "no sentence of the corpus has two words that min-count and sample {} keep; {more}a smaller min-count or \
         longer lines would leave some",
        config.sample
    ))
}

/// The model of these settings at its start.
fn model(setting: Setting<'_>) -> Result<Box<dyn Model>> {
    Ok(match (setting.config.architecture, setting.config.objective) {
        (Architecture::SkipGram, Objective::NegativeSampling) => skip_gram::with_negatives(setting)?,
        (Architecture::SkipGram, Objective::HierarchicalSoftmax) => skip_gram::with_tree(setting)?,
        (Architecture::Cbow, Objective::NegativeSampling) => cbow::with_negatives(setting)?,
        (Architecture::Cbow, Objective::HierarchicalSoftmax) => cbow::with_tree(setting)?,
    })
}

/// What a model is made from.
struct Setting<'a> {
    vocabulary: &'a Vocabulary,
    config: &'a Config,
    dispatch: Dispatch,
    schedule: Schedule,
    /// For each word the share of draws that keep a token.
    keep: Vec<u32>,
    /// Tokens of one epoch.
    corpus_tokens: u64,
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

/// What a kernel returns.
type Outcome<T> = std::result::Result<T, w2v_core::error::Error>;

/// A kernel's refusal, of which there should be none: the host has checked what it passes.
fn defect(error: w2v_core::error::Error) -> Error {
    Error::Kernel(error)
}
