//! The trainer: it reads epochs of superbatches, passes them to the model, and reports progress to
//! an observer. The step size falls in proportion to the tokens read.

use std::f64::consts::LN_2;
use std::fmt;
use std::ops::ControlFlow;

use w2v_core::kinds::{Architecture, CbowGradient, Objective};
use w2v_core::simd::{Arithmetic, Backend, Dispatch};
use w2v_core::train::{Progress as Done, Schedule};

use crate::config::Config;
use crate::error::{Error, Result, Stopped};
use crate::model::vectors::Vectors;
use crate::model::{Counted, Model, Training};
use crate::text::corpus::Corpus;
use crate::text::vocabulary::Vocabulary;
use crate::threads;
use crate::train::context::{Model as ModelInTraining, ModelContext, StreamPosition, numbers};
use crate::train::initial_state;
use crate::train::phases;
use crate::train::plan::{dispatch, threads as threads_for};
use crate::train::rounds;

/// The progress of training.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// The current epoch, counted from 1.
    pub epoch: usize,
    /// The number of epochs in all.
    pub epochs: usize,
    /// Tokens read so far, in all epochs.
    pub tokens: u64,
    /// Tokens to read in all epochs together.
    pub tokens_total: u64,
    /// Pairs of a hidden vector and a target trained in this epoch. With skip-gram there is a pair
    /// for each context word, with CBOW for each window.
    pub pairs: u64,
    /// Mean loss of a pair in this epoch so far, in nats; `None` if no pair was trained.
    pub loss: Option<f64>,
    /// The current step size.
    pub learning_rate: f64,
    /// Whether this is the epoch's last report.
    pub epoch_finished: bool,
}

impl Progress {
    /// The progress after `tokens` tokens of all epochs. `done` has the pairs and the loss of epoch
    /// `epoch`.
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

/// Trains models. There is a method for each setting of [`Config`]; [`train`](Self::train) then
/// trains.
///
/// The model depends only on the corpus and the settings. It does not depend on the number of
/// threads, nor on the instruction set within one arithmetic.
pub struct Trainer<'o> {
    config: Config,
    keep_output: bool,
    observe: Box<Observer<'o>>,
    at_epochs: Option<Box<EpochObserver<'o>>>,
}

/// A function that is called with the progress, and may stop training.
type Observer<'o> = dyn FnMut(&Progress) -> ControlFlow<()> + 'o;

/// Is told at the end of an epoch, and given the vectors.
type EpochObserver<'o> = dyn FnMut(&Progress, Vectors) -> ControlFlow<()> + 'o;

/// Defines a method for each setting of [`Config`], which takes the setting's value.
macro_rules! settings {
    ($($(#[$doc:meta])* $name:ident($type:ty) = $value:expr;)*) => {
        /// A method for each setting; see the fields of [`Config`].
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
    /// A trainer with the settings of [`Config::default`]. It keeps the output matrix and has no
    /// observer.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Config::default())
    }

    /// As [`new`](Self::new), with the settings `config`.
    #[must_use]
    pub fn with(config: Config) -> Self {
        Self { config, keep_output: true, observe: Box::new(|_| ControlFlow::Continue(())), at_epochs: None }
    }

    /// The settings.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Whether the trained model keeps its output matrix, which is as large as its vectors; by
    /// default it does. At its peak, training needs the memory of three matrices if the output
    /// matrix is kept, and of two if it is not.
    #[must_use]
    pub fn keep_output(self, keep_output: bool) -> Self {
        Self { keep_output, ..self }
    }

    /// `observe` is called after each superbatch and at the end of each epoch. If it breaks,
    /// training ends with [`Error::Stopped`], from which [`Stopped::into_model`] returns the model
    /// as trained so far.
    #[must_use]
    pub fn observe(self, observe: impl FnMut(&Progress) -> ControlFlow<()> + 'o) -> Self {
        Self { observe: Box::new(observe), ..self }
    }

    /// `observe` is called at the end of each epoch with a copy of the words' vectors; if it breaks,
    /// training ends as if the observer of [`observe`](Self::observe), which is called before, had
    /// broken.
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

    /// Trains a model of the words of `corpus`. Each call trains a new model.
    ///
    /// # Errors
    /// [`Error::Setting`] for a setting that is not allowed, for matrices larger than the memory,
    /// for an instruction set that the processor lacks, or if threads cannot be started;
    /// [`Error::NothingToTrain`] if the corpus has no pairs; [`Error::Diverged`] if the step size
    /// is too large; [`Error::Io`] if the spool cannot be read; [`Error::Stopped`] if the observer
    /// breaks.
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
                // The next superbatch was read while the last one was trained. If reading failed,
                // the error is returned only now, after the last superbatch has been reported.
                let taken = std::mem::replace(&mut next, Ok(0))? as u64;
                let epoch_finished = taken == 0;
                if !epoch_finished {
                    let position = StreamPosition { seed: config.seed, epoch: epoch as u64, superbatch, read };
                    following.clear();
                    // While one superbatch is trained, the next one is read.
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
                    // After the last report training is complete, and a break does not stop
                    // anything.
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

/// Shows the settings, not the observer.
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
        // At the end each trained matrix is copied to another one. If the output matrix is not
        // kept, it is dropped before the input matrix is copied.
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
            vocabulary: Counted::Vocabulary(vocabulary.clone()),
            config: Some(config.clone()),
            output: output.map(Into::into),
            losses,
            arithmetic: Some(self.dispatch.arithmetic()),
            backend: Some(self.dispatch.backend()),
            threads: Some(self.threads),
        };
        Ok(Model::trained(vectors, training))
    }
}

/// A mean loss above this many times the loss of an untrained model shows that training has
/// diverged.
const DIVERGED: f64 = 4.0;

/// Fails with [`Error::Diverged`] if the mean loss shows that training has diverged. The model has
/// `words` words.
pub(crate) fn check_loss(progress: &Progress, words: usize, config: &Config) -> Result<()> {
    // An untrained model has a loss of ln 2 for each decision. Negative sampling makes K + 1
    // decisions for a pair. With the tree, a path has at most log₂(words) + 1 nodes on average.
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

/// The error that no pair was trained.
pub(crate) fn untrained(config: &Config) -> Error {
    let more = if config.sample > 0.0 { "sample 0, " } else { "" };
    Error::NothingToTrain(format!(
        "no sentence of the corpus has two words that min-count and sample {} keep; {more}a smaller min-count or \
         longer lines would leave some",
        config.sample
    ))
}

/// A new model by the settings of `context`, at its starting values.
fn model_in_training(context: ModelContext<'_>) -> Result<Box<dyn ModelInTraining>> {
    Ok(match (context.config.architecture, context.config.objective) {
        (Architecture::SkipGram, Objective::NegativeSampling) => rounds::with_negatives(context)?,
        (Architecture::SkipGram, Objective::HierarchicalSoftmax) => rounds::with_tree(context)?,
        (Architecture::Cbow, Objective::NegativeSampling) => phases::with_negatives(context)?,
        (Architecture::Cbow, Objective::HierarchicalSoftmax) => phases::with_tree(context)?,
    })
}
