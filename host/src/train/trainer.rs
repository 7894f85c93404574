//! The trainer: it reads epochs of superbatches, passes them to the model, and reports progress to
//! an observer. The step size falls in proportion to the tokens read.

use std::fmt;
use std::ops::ControlFlow;
use std::path::PathBuf;

use w2v_core::kinds::{Architecture, CbowGradient, Objective};
use w2v_core::simd::{Arithmetic, Backend};

use crate::config::Config;
use crate::error::{Error, Result, Stopped};
use crate::files::output::check_writable;
use crate::model::Model;
use crate::model::vectors::Vectors;
use crate::text::corpus::Corpus;
use crate::text::vocabulary::Vocabulary;
use crate::threads;
use crate::train::checkpoint::{CheckpointWriter, Every, NO_PLACE, Resumed, RunTexts, Saved, Saving};
use crate::train::context::{Model as ModelInTraining, ModelContext, StreamPosition};
use crate::train::phases;
use crate::train::place::{Place, mean_loss};
use crate::train::progress::{Progress, check_loss, untrained};
use crate::train::rounds;
use crate::train::run::Run;

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
    saving: Saving<'o>,
    resume: Option<PathBuf>,
}

/// A function that is called with the progress, and may stop training.
type Observer<'o> = dyn FnMut(&Progress) -> ControlFlow<()> + 'o;

/// A function that is called at the end of an epoch with the progress and the vectors, and may stop
/// training.
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
        let observe = Box::new(|_: &_| ControlFlow::Continue(()));
        Self { config, keep_output: true, observe, at_epochs: None, saving: Saving::default(), resume: None }
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

    /// `observe` is called at the end of each epoch with a copy of the words' vectors. It is called
    /// after the observer of [`observe`](Self::observe), unless that observer breaks. If `observe`
    /// breaks, training ends with [`Error::Stopped`].
    #[must_use]
    pub fn at_epochs(self, observe: impl FnMut(&Progress, Vectors) -> ControlFlow<()> + 'o) -> Self {
        Self { at_epochs: Some(Box::new(observe)), ..self }
    }

    /// An untrained model of the words of `vocabulary`, as [`train`](Self::train) starts with: the
    /// input rows are drawn from the seed, and the output rows are zeros.
    ///
    /// # Errors
    /// [`Error::Setting`] as [`train`](Self::train).
    pub fn untrained(&self, vocabulary: &Vocabulary) -> Result<Model> {
        let Self { config, keep_output, .. } = self;
        let run = Run::new(config, *keep_output, vocabulary, vocabulary.tokens())?;
        let pool = threads::pool(run.threads)?;
        let model = pool.install(|| model_in_training(run.context(vocabulary, config)))?;
        run.finished(model, vocabulary, config, Vec::new())
    }

    /// Lets [`train`](Self::train) write checkpoints to the file at `path`: at the interval
    /// `every`, when the observer breaks, and at the end. A new checkpoint replaces the one before
    /// only when the new one is complete. The file takes about as many bytes as both matrices, and
    /// twice as many while a new checkpoint is written.
    ///
    /// A run that was killed continues from its last checkpoint, and trains the same model:
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

    /// `tell` is called with the result of each checkpoint. If a checkpoint could not be written,
    /// `tell` decides whether training continues: if `tell` returns an error,
    /// [`train`](Self::train) fails with this error. Without this function, `train` fails with the
    /// error of the checkpoint.
    #[must_use]
    pub fn on_checkpoint(mut self, tell: impl FnMut(Result<Saved>) -> Result<()> + 'o) -> Self {
        self.saving.tell = Box::new(tell);
        self
    }

    /// Lets [`train`](Self::train) continue from the checkpoint in the file at `path`. The model is
    /// the same as that of a run without interruption. The settings and the corpus must be those of
    /// the checkpoint; the number of threads and the backend may differ.
    ///
    /// The number of epochs may be larger than in the checkpoint. The step size then follows the
    /// schedule of the larger number of epochs: it rises at once and falls until the end of the
    /// last epoch. The epochs before the checkpoint were trained with smaller steps than in a run
    /// with the larger number of epochs from the start.
    #[must_use]
    pub fn resume(mut self, path: impl Into<PathBuf>) -> Self {
        self.resume = Some(path.into());
        self
    }

    /// Trains a model of the words of `corpus`. Each call trains a new model, or continues the run
    /// of [`resume`](Self::resume).
    ///
    /// # Errors
    /// [`Error::Setting`] for a setting that is not allowed, for matrices larger than the memory,
    /// for an instruction set that the processor lacks, or if threads cannot be started;
    /// [`Error::NothingToTrain`] if the corpus has no pairs; [`Error::Diverged`] if the step size
    /// is too large; [`Error::Io`] if the spool cannot be read; [`Error::Stopped`] if the observer
    /// breaks. With a checkpoint to resume, also the errors of
    /// [`Checkpoint::open`](crate::Checkpoint::open), and [`Error::Setting`] or [`Error::File`]
    /// with what differs if the checkpoint is of another run.
    pub fn train(&mut self, corpus: &Corpus) -> Result<Model> {
        let Self { config, keep_output, observe, at_epochs, saving, resume } = self;
        let vocabulary = corpus.vocabulary();
        let resumed = resume.as_deref().map(Resumed::open).transpose()?;
        let wanted = resumed.as_ref().map_or_else(|| Ok(config.clone()), |resumed| resumed.complete(config))?;
        let run = Run::new(&wanted, *keep_output, vocabulary, corpus.tokens())?;
        let schedule = run.schedule;
        let pool = threads::pool(run.threads)?;
        saving.to.as_ref().map_or(Ok(()), |(path, _)| check_writable(path))?;
        let is_kept = saving.to.is_some() || resumed.is_some();
        let fingerprint = is_kept.then(|| corpus.fingerprint()).transpose()?;
        if let (Some(resumed), Some(fingerprint)) = (&resumed, &fingerprint) {
            resumed.check_corpus(fingerprint)?;
        }
        let mut model = pool.install(|| model_in_training(run.context(vocabulary, config)))?;
        let mut place = match resumed {
            Some(resumed) => resumed.restore(config, model.state(vocabulary.counts())?)?,
            None => Place::start(),
        };
        let saved = Config { arithmetic: Some(run.dispatch.arithmetic()), ..config.clone() };
        let texts = fingerprint.as_ref().map(|fingerprint| RunTexts { config: &saved, vocabulary, fingerprint });
        let mut checkpoints = texts.map(|texts| CheckpointWriter::begin(saving, texts));

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
                // The next superbatch was read while the last one was trained. If reading failed,
                // the error is returned only now, after the last superbatch has been reported.
                let taken = std::mem::replace(&mut next, Ok(0))? as u64;
                let epoch_finished = taken == 0;
                if !epoch_finished {
                    let Place { superbatch, read, .. } = place;
                    let position = StreamPosition { seed: config.seed, epoch: epoch as u64, superbatch, read };
                    following.clear();
                    // While one superbatch is trained, the next one is read.
                    let both = || rayon::join(|| pass.read(&mut following, size), || model.train(&tokens, position));
                    let (ahead, trained) = pool.install(both);
                    place.pass_superbatch(taken, trained?);
                    next = ahead;
                    std::mem::swap(&mut tokens, &mut following);
                }
                let progress = Progress::new(epoch, place.read, &place.done, config, schedule);
                let progress = Progress { epoch_finished, ..progress };
                check_loss(&progress, vocabulary.len(), config)?;
                let mut flow = observe(&progress);
                if let (Some(observe), true, true) = (&mut *at_epochs, epoch_finished, flow.is_continue()) {
                    let numbers = model.state(vocabulary.counts())?.input.to_numbers(config.dim)?;
                    flow = observe(&progress, Vectors::from_words(vocabulary.table().clone(), config.dim, numbers)?);
                }
                if epoch_finished {
                    place.pass_epoch();
                }
                // After the last report training is complete, and a break does not stop anything.
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

        let model = run.finished(model, vocabulary, config, losses)?;
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

/// Shows all but the observers.
impl fmt::Debug for Trainer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { config, keep_output, observe: _, at_epochs: _, saving, resume } = self;
        f.debug_struct("Trainer")
            .field("config", config)
            .field("keep_output", keep_output)
            .field("saving", saving)
            .field("resume", resume)
            .finish_non_exhaustive()
    }
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
