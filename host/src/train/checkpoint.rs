//! Checkpoints: a run between two superbatches as a file, from which the run goes on to the same
//! bytes.
//!
//! Every draw is a function of the seed and the position, and the step size is one of the tokens
//! read. So a run is, beside its settings and its corpus: both matrices, the place, the losses so
//! far, and the last few tokens, whose windows reach into the next superbatch. Noise
//! distributions, the tree and the dealing of words follow from the vocabulary. All buffers are
//! filled anew for each superbatch.

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

/// A checkpoint that was looked at: the settings of its run and how far the run was. What was
/// trained stays in the file until [`Trainer::resume`](crate::Trainer::resume) takes it.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    config: Config,
    place: Place,
}

impl Checkpoint {
    /// Reads the file at `path` and makes sure that it is whole and as it was written.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be read, [`Error::File`] when it is no checkpoint, or one of
    /// another version, or is cut short, damaged or altered.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let Resumed { reader, header } = Resumed::open(path.as_ref())?;
        reader.finish()?;
        Ok(Self { config: header.config, place: header.place })
    }

    /// The settings with which the run was begun, its arithmetic among them: with these and the
    /// same corpus the run can go on. Threads and backend are left open.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Tokens read by then, all epochs.
    #[must_use]
    pub const fn tokens(&self) -> u64 {
        self.place.read
    }

    /// Epochs that were finished by then.
    #[must_use]
    pub const fn epochs(&self) -> usize {
        self.place.epoch.saturating_sub(1)
    }

    /// Makes sure that a run with `config` can go on from here, the checkpoint in the file `name`.
    ///
    /// # Errors
    /// [`Error::Setting`] for the first setting that differs. More epochs may be asked for; the
    /// backend and the threads may be any.
    pub fn check(&self, name: &str, config: &Config) -> Result<()> {
        settings::check(name, &self.config, config)
    }
}

/// A checkpoint that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Saved {
    /// Bytes of the file before a compression.
    pub bytes: u64,
    /// How long training waited for it.
    pub time: Duration,
}

/// What becomes of an attempt to write a checkpoint.
pub(super) type Teller<'o> = dyn FnMut(Result<Saved>) -> Result<()> + 'o;

/// Where and when checkpoints are written, and who is told.
pub(super) struct Saving<'o> {
    pub(super) to: Option<(PathBuf, Every)>,
    pub(super) tell: Box<Teller<'o>>,
}

/// To nowhere; if they go anywhere, a failure to write one ends the run.
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

/// The writing of a run's checkpoints.
pub(super) struct CheckpointWriter<'a, 'o> {
    saving: &'a mut Saving<'o>,
    run: RunTexts<'a>,
    /// When the last one was written, or the run began.
    last: Instant,
}

impl<'a, 'o> CheckpointWriter<'a, 'o> {
    /// Begins to wait for the first checkpoint of `run`.
    pub(super) fn begin(saving: &'a mut Saving<'o>, run: RunTexts<'a>) -> Self {
        Self { saving, run, last: Instant::now() }
    }

    /// Writes a checkpoint of `model` at `place` if one is due, because of the time or because
    /// epoch `ended` has ended, or if the run `ends` here.
    ///
    /// # Errors
    /// What the one who is told returns, and [`Error::Memory`].
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
            // The run goes on: another one will be written, and none is left in its way each time.
            Error::Kept { path, action, source, kept } if !ends => {
                drop(fs::remove_file(kept));
                Error::Io { path, action, source }
            }
            other => other,
        });
        (self.saving.tell)(written.map(|()| Saved { bytes, time: begun.elapsed() }))
    }
}

/// A checkpoint on its way back into a model.
pub(super) struct Resumed {
    reader: TensorReader<'static>,
    header: Header,
}

impl Resumed {
    /// Reads what the file at `path` says of its run.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(Error::io(&name, "open"))?;
        let reader = TensorReader::begin(decompressed(file, &name)?, &name, CHECKPOINT)?;
        let header = Header::of(&reader)?;
        Ok(Self { reader, header })
    }

    /// `config` with the arithmetic of the checkpoint, where that is left open.
    ///
    /// # Errors
    /// [`Error::Setting`] if the run was begun with other settings.
    pub(super) fn complete(&self, config: &Config) -> Result<Config> {
        settings::check(self.reader.name(), &self.header.config, config)?;
        Ok(Config { arithmetic: self.header.config.arithmetic, ..config.clone() })
    }

    /// Makes sure that the run was begun on the corpus of this `fingerprint`.
    ///
    /// # Errors
    /// [`Error::File`] with what differs.
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

    /// Puts what was trained into a model, whose `state` has rows of `config.dim` numbers, and
    /// returns the place of the next superbatch.
    ///
    /// # Errors
    /// As [`Checkpoint::open`]; the model is spoiled then.
    pub(super) fn restore(self, config: &Config, state: State<'_>) -> Result<Place> {
        let Self { mut reader, header } = self;
        let place = layout::read(&mut reader, header, config, state)?;
        reader.finish()?;
        Ok(place)
    }
}
