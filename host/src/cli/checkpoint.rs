//! The flags of checkpoints: where they are written, and from which one a run continues.

use super::output::{Output, check_free};
use super::progress::Reporter;
use super::settings::Settings;
use super::{Failure, Result};
use clap::Args;
use std::path::{Path, PathBuf};
use w2v::output::check_room;
use w2v::{Checkpoint, Config, Corpus, Every, Vocabulary};

/// Checkpoints and the kept tokens.
#[derive(Args)]
pub(super) struct Checkpoints {
    /// Write the state of the run to FILE from time to time, when it is interrupted, and at its end
    ///
    /// A run that was killed goes on with the same command and --resume FILE, and writes the same
    /// bytes as one that was never interrupted: with any number of threads, any backend of the same
    /// arithmetic, on any machine with this version. The checkpoint before stays until the new one
    /// is whole. FILE is safetensors, of 8 bytes for each word and dimension and a little more, and
    /// takes that twice while a new one is written. It stays after the end.
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// Time or epochs between two checkpoints, such as 100ms, 90s, 10min, 1h or 1epoch [default:
    /// 10min]
    #[arg(long, value_name = "INTERVAL")]
    every: Option<Every>,
    /// Go on from the checkpoint FILE, and write the next ones there or where --checkpoint says
    ///
    /// The corpus is read again and must be the same, or is taken from --spool; so must all
    /// settings be but --threads, --backend, --progress and the outputs. --epochs may grow: the
    /// learning rate is then that of a run of so many epochs at this place, so it rises at once and
    /// falls from there. If --checkpoint names the same FILE and there is none yet, the run begins
    /// anew: so one command begins a run and goes on with it.
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Keep the numbered tokens of CORPUS in FILE; with --resume they are taken from there and
    /// CORPUS is not read
    ///
    /// Standard input and pipes, which cannot be read again, need this for --checkpoint and
    /// --resume. FILE has two bytes or little more for each token.
    #[arg(long, value_name = "FILE")]
    spool: Option<PathBuf>,
}

impl Checkpoints {
    /// The path of the checkpoints and the interval between them; `None` if no checkpoints are
    /// written.
    pub(super) fn target(&self) -> Option<(&Path, Every)> {
        let path = self.checkpoint.as_deref().or(self.resume.as_deref())?;
        Some((path, self.every.unwrap_or_default()))
    }

    /// The files to write, each with its flag.
    pub(super) fn outputs(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let target = self.target().map(|(path, _)| path);
        let flag = if self.checkpoint.is_some() { "--checkpoint" } else { "--resume" };
        [(flag, target), ("--spool", self.spool.as_deref())].into_iter().filter_map(|(flag, path)| Some((flag, path?)))
    }

    /// Finds errors in the flags before training begins, so that a long run does not fail at its
    /// end.
    pub(super) fn check(&self, settings: &Settings, output: Option<&Output>) -> Result<()> {
        let refuse = |flag, value: &Path, problem: &str| {
            Err(Failure::Flag { flag, value: value.display().to_string(), problem: problem.to_owned() })
        };
        if let (Some(every), None) = (self.every, self.target()) {
            return refuse("--every", Path::new(&every.to_string()), "needs --checkpoint, the file to write so often");
        }
        for (flag, path) in self.outputs() {
            if path == Path::new("-") || (path.exists() && !path.is_file()) {
                return refuse(flag, path, "is no file; name one, which is read again when the run goes on");
            }
            if output.is_none() && !settings.is_built_in() {
                return refuse(flag, path, "needs --output; without it nothing is trained");
            }
        }
        if let Some(spool) = self.spool.as_deref().filter(|_| settings.is_built_in()) {
            return refuse("--spool", spool, "needs a corpus; the one built into the program is always there");
        }
        let pipe = settings.unrepeatable().filter(|_| self.spool.is_none());
        if let (Some(pipe), Some((flag, path))) = (pipe, self.outputs().next()) {
            let problem = format!("{pipe} cannot be read a second time; keep its tokens with --spool FILE");
            return refuse(flag, path, &problem);
        }
        // A run may replace the checkpoint from which it continues.
        let other =
            self.resume.as_deref().filter(|&resume| self.checkpoint.as_deref().is_some_and(|path| path != resume));
        other.map_or(Ok(()), |path| check_free("--resume", path, self.outputs().map(|(_, path)| path)))
    }

    /// The checkpoint from which the run continues, if there is one, and `config` with the
    /// checkpoint's arithmetic.
    pub(super) fn resumed(&self, config: Config, reporter: &mut Reporter) -> Result<(Option<Checkpoint>, Config)> {
        let Some(path) = &self.resume else { return Ok((None, config)) };
        if !path.exists() && self.checkpoint.as_ref() == Some(path) {
            reporter.begins_anew(path);
            return Ok((None, config));
        }
        let checkpoint = Checkpoint::open(path)?;
        checkpoint.check(&path.display().to_string(), &config)?;
        reporter.resumed(path, &checkpoint);
        let arithmetic = checkpoint.config().arithmetic;
        Ok((Some(checkpoint), Config { arithmetic, ..config }))
    }

    /// The path of the checkpoint from which the run continues, if `checkpoint` was found there.
    pub(super) fn source(&self, checkpoint: Option<&Checkpoint>) -> Option<&Path> {
        self.resume.as_deref().filter(|_| checkpoint.is_some())
    }

    /// The corpus. If the run continues and the spool file exists, the corpus is read from that
    /// file. Otherwise the text is read, and its tokens are written to the spool file.
    pub(super) fn read(
        &self,
        settings: &Settings,
        spool_dir: Option<PathBuf>,
        reporter: &mut Reporter,
    ) -> Result<Corpus> {
        let Some(spool) = &self.spool else { return settings.read(spool_dir, reporter) };
        if self.resume.is_none() || !spool.exists() {
            // While the text is read, its tokens are spooled in the directory of the spool file.
            let directory = Output::File(spool.clone()).spool_dir().or(spool_dir);
            settings.read(directory, reporter)?.save(spool)?;
        }
        Ok(settings.options()?.saved(spool)?)
    }

    /// Fails early if there is no room on the disk for a checkpoint.
    pub(super) fn check_room(&self, vocabulary: &Vocabulary, config: &Config) -> Result<()> {
        let Some((path, _)) = self.target() else { return Ok(()) };
        let bytes = 2 * size_of::<f32>() as u64 * vocabulary.len() as u64 * config.dim as u64;
        Ok(check_room(path, bytes)?)
    }
}
