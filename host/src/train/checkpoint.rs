//! Checkpoints. A checkpoint is a file with the state of a run between two superbatches. A run that
//! continues from a checkpoint trains the same model, byte by byte.
//!
//! Every random draw depends only on the seed and the position, and the step size depends only on
//! the number of tokens read. So the state of a run consists of its settings, its corpus, both
//! matrices, its place, the losses so far, and the last few tokens, whose windows reach into the
//! next superbatch. Noise distributions, the tree and the partitions follow from the vocabulary.
//! All buffers are filled anew for each superbatch.

mod every;
mod layout;
mod settings;

use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::config::Config;
use crate::error::{Error, Result};
use crate::files::input::decompressed;
use crate::files::output::write_atomically;
use crate::files::tensors::TensorReader;
use crate::text::corpus::Fingerprint;
use crate::train::context::{Model, State};
use crate::train::place::Place;

pub use every::{Every, NotAnInterval};
use layout::{CHECKPOINT, Header};
pub(super) use layout::{NO_PLACE, RunTexts};

/// The settings and the place of a run, read from a checkpoint. The matrices stay in the file until
/// [`Trainer::resume`](crate::Trainer::resume) reads them.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    config: Config,
    place: Place,
}

impl Checkpoint {
    /// Reads the checkpoint at `path`, and checks that the file is complete and has its checksum.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be read. [`Error::File`] if the file is not a checkpoint,
    /// was written by another version, or is cut short, damaged or altered.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let Resumed { reader, header } = Resumed::open(path.as_ref())?;
        reader.finish()?;
        Ok(Self { config: header.config, place: header.place })
    }

    /// The settings of the run, including its arithmetic. A run with these settings and the same
    /// corpus can continue from the checkpoint. Threads and backend are not set.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The number of tokens that the run had read, in all epochs.
    #[must_use]
    pub const fn tokens(&self) -> u64 {
        self.place.read
    }

    /// The number of epochs that the run had finished.
    #[must_use]
    pub const fn epochs(&self) -> usize {
        self.place.epoch.saturating_sub(1)
    }

    /// Checks that a run with `config` can continue from this checkpoint, which is in the file
    /// `name`.
    ///
    /// # Errors
    /// [`Error::Setting`] for the first setting that differs. `config` may have more epochs, no
    /// arithmetic, and any backend and number of threads.
    pub fn check(&self, name: &str, config: &Config) -> Result<()> {
        settings::check(name, &self.config, config)
    }
}

/// The result of writing a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Saved {
    /// The size of the file in bytes, before compression.
    pub bytes: u64,
    /// How long training waited for the checkpoint.
    pub time: Duration,
}

/// A function that is called with the result of each checkpoint. Its own error ends the run.
pub(super) type Teller<'o> = dyn FnMut(Result<Saved>) -> Result<()> + 'o;

/// The path and the interval of checkpoints, and the function that is told of them.
pub(super) struct Saving<'o> {
    pub(super) to: Option<(PathBuf, Every)>,
    pub(super) tell: Box<Teller<'o>>,
}

/// No checkpoints are written. If a path is set later, a failure to write a checkpoint ends the
/// run.
impl Default for Saving<'_> {
    fn default() -> Self {
        Self { to: None, tell: Box::new(|saved| saved.map(drop)) }
    }
}

impl fmt::Debug for Saving<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Saving").field(&self.to).finish()
    }
}

/// Writes the checkpoints of a run.
pub(super) struct CheckpointWriter<'a, 'o> {
    saving: &'a mut Saving<'o>,
    run: RunTexts<'a>,
    /// The time at which the last checkpoint was written, or else at which the run began.
    last: Instant,
}

impl<'a, 'o> CheckpointWriter<'a, 'o> {
    /// Begins a run. The time until the first checkpoint starts now.
    pub(super) fn begin(saving: &'a mut Saving<'o>, run: RunTexts<'a>) -> Self {
        Self { saving, run, last: Instant::now() }
    }

    /// Writes a checkpoint of `model` at `place` if one is due. A checkpoint is due because of the
    /// time, because epoch `ended` has just ended, or because the run `ends` here.
    ///
    /// # Errors
    /// The error that the function `tell` returns, and [`Error::Memory`].
    pub(super) fn pass(
        &mut self,
        model: &mut dyn Model,
        place: &Place,
        ended: Option<usize>,
        ends: bool,
    ) -> Result<()> {
        let Some((path, every)) = &self.saving.to else { return Ok(()) };
        if !ends && !every.is_due(self.last.elapsed(), ended) {
            return Ok(());
        }
        let begun = Instant::now();
        let state = model.state(self.run.vocabulary.counts())?;
        let mut bytes = 0;
        let written = write_atomically(path, |to| {
            bytes = layout::write(to, &self.run, place, &state)?;
            Ok(())
        });
        self.last = Instant::now();
        let written = written.map_err(|error| match error {
            // The run continues and will write another checkpoint, so the temporary file is
            // removed: otherwise each failure would leave a file.
            Error::Kept { path, action, source, kept } if !ends => {
                drop(fs::remove_file(kept));
                Error::Io { path, action, source }
            }
            other => other,
        });
        (self.saving.tell)(written.map(|()| Saved { bytes, time: begun.elapsed() }))
    }
}

/// A checkpoint from which a run continues.
pub(super) struct Resumed {
    reader: TensorReader<'static>,
    header: Header,
}

impl Resumed {
    /// Reads the settings, the fingerprint and the place in the file at `path`.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(Error::io(&name, "open"))?;
        let reader = TensorReader::begin(decompressed(file, &name)?, &name, CHECKPOINT)?;
        let header = Header::of(&reader)?;
        Ok(Self { reader, header })
    }

    /// `config` with the arithmetic of the checkpoint.
    ///
    /// # Errors
    /// [`Error::Setting`] if a setting of the checkpoint's run is different.
    pub(super) fn complete(&self, config: &Config) -> Result<Config> {
        settings::check(self.reader.name(), &self.header.config, config)?;
        Ok(Config { arithmetic: self.header.config.arithmetic, ..config.clone() })
    }

    /// Checks that the run was begun on the corpus with this `fingerprint`.
    ///
    /// # Errors
    /// [`Error::File`] with the first difference.
    pub(super) fn check_corpus(&self, fingerprint: &Fingerprint) -> Result<()> {
        let (begun, here) = (&self.header.fingerprint, fingerprint);
        let differs = |what: &str, there: String, here: String| {
            let problem = format!("was begun on another corpus: {what} {there} there and {here} here");
            Err(self.reader.problem(format!("{problem}; give the same text, read in the same way")))
        };
        if begun.words != here.words {
            return differs("its vocabulary has", format!("{} words", begun.words), format!("{}", here.words));
        }
        if begun.tokens != here.tokens {
            return differs("it has", format!("{} tokens", begun.tokens), format!("{}", here.tokens));
        }
        if begun.vocabulary != here.vocabulary {
            return differs("the SHA-256 of its vocabulary is", begun.vocabulary.clone(), here.vocabulary.clone());
        }
        if begun.text != here.text {
            return differs("the SHA-256 of its tokens is", begun.text.clone(), here.text.clone());
        }
        Ok(())
    }

    /// Reads the matrices and the carried tokens into the `state` of a model, whose rows have
    /// `config.dim` numbers. Returns the place of the next superbatch.
    ///
    /// # Errors
    /// As [`Checkpoint::open`]. After an error the model must not be used.
    pub(super) fn restore(self, config: &Config, state: State<'_>) -> Result<Place> {
        let Self { mut reader, header } = self;
        let place = layout::read(&mut reader, header, config, state)?;
        reader.finish()?;
        Ok(place)
    }
}
