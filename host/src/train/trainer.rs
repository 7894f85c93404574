//! The trainer: epochs of superbatches, the step size falling with the tokens read, progress told
//! to an observer.

use std::f64::consts::LN_2;
use std::fmt;
use std::ops::ControlFlow;

use w2v_core::kinds::{Architecture, CbowGradient, Objective};
use w2v_core::simd::{Arithmetic, Backend, Dispatch};
use w2v_core::train::{Progress as Done, Schedule};

use crate::config::Config;
use crate::error::{Error, Result, Stopped};
use crate::model::vectors::Vectors;
use crate::model::{Model, Training};
use crate::text::corpus::Corpus;
use crate::text::vocabulary::Vocabulary;
use crate::threads;
use crate::train::context::{Model as ModelInTraining, ModelContext, StreamPosition, numbers};
use crate::train::initial_state;
use crate::train::phases;
use crate::train::plan::{dispatch, threads as threads_for};
use crate::train::rounds;

/// How far training has come.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
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

/// Trains models; a method for each setting of [`Config`], and then [`train`](Self::train).
///
/// The model is a function of the corpus and the settings, and of nothing else: not of the threads,
/// nor of the instruction set within one arithmetic.
pub struct Trainer<'o> {
    config: Config,
    keep_output: bool,
    observe: Box<Observer<'o>>,
    at_epochs: Option<Box<EpochObserver<'o>>>,
}

/// Is told how far training is, and may break it off.
type Observer<'o> = dyn FnMut(&Progress) -> ControlFlow<()> + 'o;

/// Is told at the end of an epoch, and given the vectors.
type EpochObserver<'o> = dyn FnMut(&Progress, Vectors) -> ControlFlow<()> + 'o;

/// A method for each setting of [`Config`] that takes its value.
macro_rules! settings {
    ($($(#[$doc:meta])* $name:ident($type:ty) = $value:expr;)*) => {
        /// The settings.
        impl Trainer<'_> {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $name(mut self, $name: $type) -> Self {
                    self.config.$name = $value;
                    self
                }
            )*
        }
    };
}

settings! {
    /// [`Config::architecture`].
    architecture(Architecture) = architecture;
    /// [`Config::objective`].
    objective(Objective) = objective;
    /// [`Config::dim`].
    dim(usize) = dim;
    /// [`Config::window`].
    window(usize) = window;
    /// [`Config::negatives`].
    negatives(usize) = negatives;
    /// [`Config::exponent`].
    exponent(f64) = exponent;
    /// [`Config::epochs`].
    epochs(usize) = epochs;
    /// [`Config::sample`].
    sample(f64) = sample;
    /// [`Config::learning_rate`](Config#structfield.learning_rate).
    learning_rate(f64) = Some(learning_rate);
    /// [`Config::cbow_gradient`].
    cbow_gradient(CbowGradient) = cbow_gradient;
    /// [`Config::seed`].
    seed(u64) = seed;
    /// [`Config::threads`].
    threads(usize) = Some(threads);
    /// [`Config::backend`].
    backend(Backend) = Some(backend);
    /// [`Config::arithmetic`].
    arithmetic(Arithmetic) = Some(arithmetic);
}

impl<'o> Trainer<'o> {
    /// A trainer with the settings of [`Config::default`], which keeps the output matrix and tells
    /// nobody.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Config::default())
    }

    /// As [`new`](Self::new), with other settings.
    #[must_use]
    pub fn with(config: Config) -> Self {
        Self { config, keep_output: true, observe: Box::new(|_| ControlFlow::Continue(())), at_epochs: None }
    }

    /// The settings.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Whether the model keeps its output matrix, as large as its vectors, beside them. Without it,
    /// training takes no more memory than its two matrices.
    #[must_use]
    pub fn keep_output(self, keep_output: bool) -> Self {
        Self { keep_output, ..self }
    }

    /// `observe` is called after each superbatch; if it breaks, training ends with
    /// [`Error::Stopped`], which [has the model](Stopped::into_model) as far as it was trained.
    #[must_use]
    pub fn observe(self, observe: impl FnMut(&Progress) -> ControlFlow<()> + 'o) -> Self {
        Self { observe: Box::new(observe), ..self }
    }

    /// `observe` is called at the end of each epoch with a copy of the words' vectors, after the
    /// observer of [`observe`](Self::observe); if it breaks, training ends as if that one had.
    #[must_use]
    pub fn at_epochs(self, observe: impl FnMut(&Progress, Vectors) -> ControlFlow<()> + 'o) -> Self {
        Self { at_epochs: Some(Box::new(observe)), ..self }
    }

    /// The model of the words of `vocabulary` as [`train`](Self::train) starts from it: its input
    /// rows are drawn from the seed, its output rows are zeros.
    ///
    /// # Errors
    /// [`Error::Setting`] as [`train`](Self::train).
    pub fn untrained(&self, vocabulary: &Vocabulary) -> Result<Model> {
        let Self { config, keep_output, .. } = self;
        let plan = Plan::new(config, *keep_output, vocabulary, vocabulary.tokens())?;
        let pool = threads::pool(plan.threads)?;
        let model = pool.install(|| model_in_training(plan.context(vocabulary, config)))?;
        plan.finished(model, vocabulary, config, Vec::new())
    }

    /// Trains a model of the words of `corpus`; each call begins anew.
    ///
    /// # Errors
    /// [`Error::Setting`] for settings that cannot train, matrices beyond the memory, an
    /// instruction set that is not there or threads that cannot be started;
    /// [`Error::NothingToTrain`] for a corpus without pairs; [`Error::Diverged`] for a step size
    /// that is too large; [`Error::Io`] when the spool cannot be read; [`Error::Stopped`] when the
    /// observer breaks.
    pub fn train(&mut self, corpus: &Corpus) -> Result<Model> {
        let Self { config, keep_output, observe, at_epochs } = self;
        let vocabulary = corpus.vocabulary();
        let plan = Plan::new(config, *keep_output, vocabulary, corpus.tokens())?;
        let schedule = plan.schedule;
        let pool = threads::pool(plan.threads)?;
        let mut model = pool.install(|| model_in_training(plan.context(vocabulary, config)))?;

        let mut losses = Vec::new();
        let mut pairs = 0;
        let mut stopped = false;
        let mut read = 0;
        let (mut tokens, mut following) = (Vec::new(), Vec::new());
        'epochs: for epoch in 1..=config.epochs {
            let mut pass = corpus.pass();
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
                let mut flow = observe(&progress);
                if let (Some(observe), true, true) = (&mut *at_epochs, epoch_finished, flow.is_continue()) {
                    let (lanes, of) = model.input();
                    let numbers = numbers(lanes, &of, config.dim)?;
                    flow = observe(&progress, Vectors::from_words(vocabulary.table().clone(), config.dim, numbers)?);
                }
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

        let model = plan.finished(model, vocabulary, config, losses)?;
        if stopped {
            return Err(Error::Stopped(Stopped::with("training was done", model)));
        }
        Ok(model)
    }
}

impl Default for Trainer<'_> {
    fn default() -> Self {
        Self::new()
    }
}

/// All but the observer.
impl fmt::Debug for Trainer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { config, keep_output, observe: _, at_epochs: _ } = self;
        f.debug_struct("Trainer").field("config", config).field("keep_output", keep_output).finish_non_exhaustive()
    }
}

/// What is known before training begins.
struct Plan {
    dispatch: Dispatch,
    threads: usize,
    schedule: Schedule,
    corpus_tokens: u64,
    keep_output: bool,
}

impl Plan {
    /// For a model of the words of `vocabulary` and a corpus of `corpus_tokens` tokens.
    fn new(config: &Config, keep_output: bool, vocabulary: &Vocabulary, corpus_tokens: u64) -> Result<Self> {
        config.validate()?;
        let dispatch = dispatch(config)?;
        let threads = threads_for(config);
        // The last one is what the trained rows are copied to, when not both of the others are
        // there any more.
        initial_state::check_memory(if keep_output { 3 } else { 2 }, vocabulary.len(), config.dim)?;
        let tokens = corpus_tokens.saturating_mul(config.epochs as u64);
        #[allow(clippy::cast_possible_truncation)]
        let schedule = Schedule { start: config.learning_rate() as f32, tokens };
        Ok(Self { dispatch, threads, schedule, corpus_tokens, keep_output })
    }

    fn context<'a>(&self, vocabulary: &'a Vocabulary, config: &'a Config) -> ModelContext<'a> {
        let Self { dispatch, schedule, corpus_tokens, .. } = *self;
        let keep = initial_state::keep(vocabulary, config.sample);
        ModelContext { vocabulary, config, dispatch, schedule, keep, corpus_tokens }
    }

    /// The model of what was trained.
    fn finished(
        &self,
        model: Box<dyn ModelInTraining + '_>,
        vocabulary: &Vocabulary,
        config: &Config,
        losses: Vec<Option<f64>>,
    ) -> Result<Model> {
        let (input, output) = if self.keep_output {
            let (input, output) = model.into_both(vocabulary.counts())?;
            (input, Some(output))
        } else {
            (model.into_input(), None)
        };
        let numbers = input.into_numbers(config.dim)?;
        let output = output.map(|output| output.into_numbers(config.dim)).transpose()?;
        let vectors = Vectors::from_words(vocabulary.table().clone(), config.dim, numbers)?;
        let training = Training {
            vocabulary: vocabulary.clone(),
            config: config.clone(),
            output,
            losses,
            backend: self.dispatch.backend(),
            arithmetic: self.dispatch.arithmetic(),
            threads: self.threads,
        };
        Ok(Model::trained(vectors, training))
    }
}

/// So many times the loss of an untrained model is no longer that of one in training.
const DIVERGED: f64 = 4.0;

/// Refuses to go on where the loss of a model of `words` words shows that training has diverged.
pub(crate) fn check_loss(progress: &Progress, words: usize, config: &Config) -> Result<()> {
    // Each decision is worth ln 2: of a tree's there are about as many on a path as bits tell words
    // apart.
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
fn model_in_training(context: ModelContext<'_>) -> Result<Box<dyn ModelInTraining>> {
    Ok(match (context.config.architecture, context.config.objective) {
        (Architecture::SkipGram, Objective::NegativeSampling) => rounds::with_negatives(context)?,
        (Architecture::SkipGram, Objective::HierarchicalSoftmax) => rounds::with_tree(context)?,
        (Architecture::Cbow, Objective::NegativeSampling) => phases::with_negatives(context)?,
        (Architecture::Cbow, Objective::HierarchicalSoftmax) => phases::with_tree(context)?,
    })
}
