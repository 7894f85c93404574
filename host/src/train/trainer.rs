//! The trainer: epochs of superbatches, the step size falling with the tokens read, progress told
//! to an observer.

use std::fmt;
use std::ops::ControlFlow;
use std::path::PathBuf;

use w2v_core::kinds::{Architecture, CbowGradient, Objective};
use w2v_core::simd::{Arithmetic, Backend};
use w2v_core::train::Schedule;

use crate::config::Config;
use crate::error::{Error, Result, Stopped};
use crate::files::output::check_writable;
use crate::model::vectors::Vectors;
use crate::model::{Model, Training};
use crate::text::corpus::Corpus;
use crate::threads;
use crate::train::checkpoint::{CheckpointWriter, Every, NO_PLACE, Resumed, RunTexts, Saved, Saving};
use crate::train::context::{Model as ModelInTraining, ModelContext, StreamPosition};
use crate::train::initial_state;
use crate::train::phases;
use crate::train::place::{Place, mean_loss};
use crate::train::plan::{dispatch, threads as threads_for};
use crate::train::progress::{Progress, check_loss, untrained};
use crate::train::rounds;

/// Trains models; a method for each setting of [`Config`], and then [`train`](Self::train).
///
/// The model is a function of the corpus and the settings, and of nothing else: not of the threads,
/// nor of the instruction set within one arithmetic.
pub struct Trainer<'o> {
    config: Config,
    keep_output: bool,
    observe: Box<Observer<'o>>,
    saving: Saving<'o>,
    resume: Option<PathBuf>,
}

/// Is told how far training is, and may break it off.
type Observer<'o> = dyn FnMut(&Progress) -> ControlFlow<()> + 'o;

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
        let observe = Box::new(|_: &_| ControlFlow::Continue(()));
        Self { config, keep_output: true, observe, saving: Saving::default(), resume: None }
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

    /// Has [`train`](Self::train) write checkpoints to the file at `path`, each in place of the one
    /// before, which stays until the new one is whole: `every` so often, when the observer breaks,
    /// and at the end. A checkpoint takes about as many bytes as both matrices, and as many again
    /// while it is written.
    ///
    /// A run that was killed goes on from its last checkpoint, to the same bytes:
    ///
    /// ```
    /// use std::time::Duration;
    /// use w2v::{Corpus, Trainer};
    ///
    /// # fn main() -> w2v::Result<()> {
    /// # let directory = tempfile::tempdir().unwrap();
    /// # let path = directory.path().join("run.checkpoint");
    /// # let corpus = Corpus::from_sentences((0..1000).map(|start| (start..start + 8).map(|node| (node % 10).to_string())))?;
    /// let trainer = || Trainer::new().dim(16).checkpoint(&path, Duration::from_secs(600));
    /// # let stopped = trainer().observe(|_| std::ops::ControlFlow::Break(())).train(&corpus);
    /// # assert!(matches!(stopped, Err(w2v::Error::Stopped(_))));
    /// let model = match path.exists() {
    ///     true => trainer().resume(&path).train(&corpus)?,
    ///     false => trainer().train(&corpus)?,
    /// };
    /// assert_eq!(model.get("7"), Trainer::new().dim(16).train(&corpus)?.get("7"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn checkpoint(mut self, path: impl Into<PathBuf>, every: impl Into<Every>) -> Self {
        self.saving.to = Some((path.into(), every.into()));
        self
    }

    /// `tell` is called with what becomes of each checkpoint; what it returns in place of a failure
    /// to write one decides whether training goes on. Without it, such a failure is that of
    /// [`train`](Self::train).
    #[must_use]
    pub fn on_checkpoint(mut self, tell: impl FnMut(Result<Saved>) -> Result<()> + 'o) -> Self {
        self.saving.tell = Box::new(tell);
        self
    }

    /// Has [`train`](Self::train) go on from the checkpoint in the file at `path`, and not begin
    /// anew. The model is the one of a run that was never interrupted. The settings and the corpus
    /// must be those of the checkpoint; threads and backend may be others.
    ///
    /// There may also be more epochs. The step size is then the one that a run of so many epochs
    /// has at this place: larger than it was, and falling to the end of the last epoch. The epochs
    /// before the checkpoint were trained with smaller steps than such a run from the start would
    /// have taken.
    #[must_use]
    pub fn resume(mut self, path: impl Into<PathBuf>) -> Self {
        self.resume = Some(path.into());
        self
    }

    /// Trains a model of the words of `corpus`; each call begins anew, or from the checkpoint of
    /// [`resume`](Self::resume).
    ///
    /// # Errors
    /// [`Error::Setting`] for settings that cannot train, matrices beyond the memory, an
    /// instruction set that is not there or threads that cannot be started;
    /// [`Error::NothingToTrain`] for a corpus without pairs; [`Error::Diverged`] for a step size
    /// that is too large; [`Error::Io`] when the spool cannot be read; [`Error::Stopped`] when the
    /// observer breaks; the errors of [`Checkpoint::open`](crate::Checkpoint::open), and
    /// [`Error::Setting`] and [`Error::File`] with what differs from the checkpoint of another run.
    pub fn train(&mut self, corpus: &Corpus) -> Result<Model> {
        let Self { config, keep_output, observe, saving, resume } = self;
        config.validate()?;
        let vocabulary = corpus.vocabulary();
        let resumed = resume.as_deref().map(Resumed::open).transpose()?;
        let wanted = resumed.as_ref().map_or_else(|| Ok(config.clone()), |resumed| resumed.complete(config))?;
        let dispatch = dispatch(&wanted)?;
        let threads = threads_for(config);
        // The last one is what the trained rows are copied to, when not both of the others are
        // there any more.
        initial_state::check_memory(if *keep_output { 3 } else { 2 }, vocabulary.len(), config.dim)?;
        let tokens_total = corpus.tokens() * config.epochs as u64;
        #[allow(clippy::cast_possible_truncation)]
        let schedule = Schedule { start: config.learning_rate() as f32, tokens: tokens_total };
        let keep = initial_state::keep(vocabulary, config.sample);
        let context = ModelContext { vocabulary, config, dispatch, schedule, keep, corpus_tokens: corpus.tokens() };
        let pool = threads::pool(threads)?;
        saving.to.as_ref().map_or(Ok(()), |(path, _)| check_writable(path))?;
        let is_kept = saving.to.is_some() || resumed.is_some();
        let fingerprint = is_kept.then(|| corpus.fingerprint()).transpose()?;
        if let (Some(resumed), Some(fingerprint)) = (&resumed, &fingerprint) {
            resumed.check_corpus(fingerprint)?;
        }
        let mut model = pool.install(|| model_in_training(context))?;
        let mut place = match resumed {
            Some(resumed) => resumed.restore(config, model.state(vocabulary.counts())?)?,
            None => Place::start(),
        };
        let run = Config { arithmetic: Some(dispatch.arithmetic()), ..config.clone() };
        let run = fingerprint.as_ref().map(|fingerprint| RunTexts { config: &run, vocabulary, fingerprint });
        let mut checkpoints = run.map(|run| CheckpointWriter::begin(saving, run));

        let mut stopped = false;
        let (mut tokens, mut following) = (Vec::new(), Vec::new());
        while place.epoch <= config.epochs && !stopped {
            let epoch = place.epoch;
            let mut pass = corpus.pass();
            let size = model.superbatch();
            let mut passed = 0;
            for _ in 0..place.superbatch {
                tokens.clear();
                passed += pass.read(&mut tokens, size)? as u64;
            }
            if place.superbatch > 0 && place.read_in_epoch(corpus.tokens()) != Some(passed) {
                let path = resume.as_deref().map(|path| path.display().to_string());
                return Err(Error::File { path: path.unwrap_or_default(), problem: NO_PLACE.to_owned() });
            }
            tokens.clear();
            let mut next = pass.read(&mut tokens, size);
            while epoch == place.epoch && !stopped {
                // What has been trained was reported before a failure to read more is.
                let taken = std::mem::replace(&mut next, Ok(0))? as u64;
                let epoch_finished = taken == 0;
                if !epoch_finished {
                    let Place { superbatch, read, .. } = place;
                    let position = StreamPosition { seed: config.seed, epoch: epoch as u64, superbatch, read };
                    following.clear();
                    // While one superbatch is trained the next one is read.
                    let both = || rayon::join(|| pass.read(&mut following, size), || model.train(&tokens, position));
                    let (ahead, trained) = pool.install(both);
                    place.pass_superbatch(taken, trained?);
                    next = ahead;
                    std::mem::swap(&mut tokens, &mut following);
                }
                let progress = Progress::new(epoch, place.read, &place.done, config, schedule);
                let progress = Progress { epoch_finished, ..progress };
                check_loss(&progress, vocabulary.len(), config)?;
                let flow = observe(&progress);
                if epoch_finished {
                    place.pass_epoch();
                }
                // After the last report there is nothing left to break off.
                let is_done = place.epoch > config.epochs;
                stopped = flow.is_break() && !is_done;
                if let Some(checkpoints) = &mut checkpoints {
                    checkpoints.pass(&mut *model, &place, epoch_finished.then_some(epoch), stopped || is_done)?;
                }
            }
        }
        let Place { mut losses, pairs, done, superbatch, .. } = place;
        if superbatch > 0 {
            losses.push(mean_loss(&done));
        }
        if pairs + done.pairs == 0 && !stopped {
            return Err(untrained(config));
        }

        let (input, output) = if *keep_output {
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
            backend: dispatch.backend(),
            arithmetic: dispatch.arithmetic(),
            threads,
        };
        let model = Model::trained(vectors, training);
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

/// All but the observers.
impl fmt::Debug for Trainer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { config, keep_output, observe: _, saving, resume } = self;
        f.debug_struct("Trainer")
            .field("config", config)
            .field("keep_output", keep_output)
            .field("saving", saving)
            .field("resume", resume)
            .finish_non_exhaustive()
    }
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
