//! `w2v train`: trains a model file from a text, or shows a demonstration if no text is given.

use super::checkpoint::Checkpoints;
use super::output::{Output, check_free, record_path, stdout};
use super::pipes::check_not_read;
use super::progress::{Reporter, Style};
use super::record::{Record, sha256};
use super::settings::Settings;
use super::{Failure, Result, interrupt, showcase};
use clap::{Args, ValueEnum};
use std::cell::{Cell, RefCell};
use std::io;
use std::path::{Path, PathBuf};
use w2v::Config;
use w2v::Dtype;
use w2v::Error;
use w2v::Format;
use w2v::Vocabulary;
use w2v::output::check_room;
use w2v::train;
use w2v::{Model, Trainer};

/// `w2v train`.
#[derive(Args)]
pub(super) struct Train {
    /// Where the vectors go; `-` is standard output
    ///
    /// A file named .gz or .zst is compressed; so is that of --save-vocab.
    ///
    /// What they were trained with goes to MODEL.json. If the run is interrupted (Ctrl-C, SIGTERM,
    /// on Linux SIGHUP), what was trained so far goes beside MODEL, in place of model.bin to
    /// model.interrupted.bin. Standard output and devices have neither.
    #[arg(short, long, value_name = "MODEL")]
    output: Option<Output>,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    checkpoints: Checkpoints,
    /// Layout of the model file [default: by its name, before .gz or .zst too: binary for .bin; the
    /// model's own for .w2v, with the output matrix, counts and settings; safetensors for
    /// .safetensors; else text]
    #[arg(long, value_enum)]
    format: Option<FormatName>,
    /// How progress is shown on standard error; `auto` is a bar on a terminal and plain lines
    /// elsewhere
    #[arg(long, value_enum, default_value = "auto")]
    progress: Style,
    /// Save the vocabulary, a line `word count` for each word; `-` is standard output. Without
    /// --output nothing is trained
    #[arg(long, value_name = "FILE")]
    save_vocab: Option<Output>,
}

/// The values of `--format`.
#[derive(Clone, Copy, ValueEnum)]
enum FormatName {
    Text,
    Binary,
    W2v,
    Safetensors,
}

impl Train {
    pub(super) fn run(self) -> Result<()> {
        let config = self.settings.config();
        self.check(&config)?;
        let mut reporter = Reporter::new(self.progress);
        let target = self.checkpoints.target();
        let kept = self.output.as_ref().and_then(Output::interrupted).is_some() || target.is_some();
        interrupt::catch(reporter.stopping(kept))?;
        let (resumed, config) = self.checkpoints.resumed(config, &mut reporter)?;

        let spool_dir = self.output.as_ref().and_then(Output::spool_dir);
        let corpus = self.checkpoints.read(&self.settings, spool_dir, &mut reporter)?;
        let vocabulary = corpus.vocabulary();
        if let Some(output) = &self.save_vocab {
            match output.write(|to| vocabulary.write(to)) {
                // The reader of the vocabulary has left, for example `head`. The model is still
                // wanted.
                Err(Failure::Output(error)) if self.output.is_some() && error.kind() == io::ErrorKind::BrokenPipe => {}
                written => written?,
            }
            if self.output.is_none() {
                reporter.end();
                reporter.counted(output, vocabulary);
                return Ok(());
            }
        }
        let tokens = corpus.tokens();
        self.check_room(vocabulary, &config, tokens)?;
        self.checkpoints.check_room(vocabulary, &config)?;
        reporter.begin(&config, &corpus, self.settings.is_built_in())?;
        let (reporter, is_saved) = (RefCell::new(reporter), Cell::new(false));
        // Only a `.w2v` file holds the output matrix.
        let keeps_output = self.format() == Format::W2v;
        let mut trainer = Trainer::with(config.clone()).keep_output(keeps_output).observe(|progress| {
            reporter.borrow_mut().training(progress);
            interrupt::check()
        });
        if let Some(path) = self.checkpoints.source(resumed.as_ref()) {
            trainer = trainer.resume(path);
        }
        if let Some((path, every)) = target {
            trainer = trainer.checkpoint(path, every).on_checkpoint(|saved| {
                reporter.borrow().saved(path, &saved);
                is_saved.set(saved.is_ok());
                Ok(())
            });
        }
        let (model, is_whole) = match trainer.train(&corpus) {
            Err(Error::Stopped(stopped)) => (stopped.into_model()?, false),
            trained => (trained?, true),
        };
        drop(trainer);
        let mut reporter = reporter.into_inner();
        reporter.end();
        // Dropping the corpus frees the disk space of its spooled tokens, which the model may need.
        drop(corpus);

        match &self.output {
            output if !is_whole => {
                let resumes = target.filter(|_| is_saved.get()).map(|(path, _)| path.display());
                let resumes = resumes.map_or(String::new(), |path| format!("; --resume {path} goes on from here"));
                let interrupted = |told: String| Failure::Interrupted(told + &resumes);
                let Some(beside) = output.as_ref().and_then(Output::interrupted) else {
                    let problem = "the model was not trained to its end, and there is no file to keep it beside";
                    return Err(interrupted(problem.to_owned()));
                };
                let written = self.write(&beside, &config, &model, is_whole, tokens);
                written.map_err(|failure| interrupted(failure.to_string()))?;
                Err(interrupted(format!("{} holds what was trained so far", beside.name())))
            }
            Some(output) => {
                self.write(output, &config, &model, is_whole, tokens)?;
                reporter.written(output, model.vectors());
                Ok(())
            }
            None => showcase::show(&model),
        }
    }

    /// Finds errors in the flags before training begins, so that a long run does not fail at its
    /// end.
    fn check(&self, config: &Config) -> Result<()> {
        config.validate()?;
        train::dispatch(config)?;
        self.checkpoints.check(&self.settings, self.output.as_ref())?;
        let missing = match (&self.output, &self.save_vocab, self.settings.is_built_in()) {
            (None, None, false) => Some("is needed with a corpus; it says where the vectors go"),
            (None, Some(_), true) => Some("is needed with --save-vocab if there is no corpus to count"),
            _ => None,
        };
        if let Some(problem) = missing {
            let (value, problem) = ("MODEL".to_owned(), problem.to_owned());
            return Err(Failure::Flag { flag: "--output", value, problem });
        }
        if let Some(path) = self.output.as_ref().and_then(Output::path)
            && !self.format().is_one_file()
        {
            let (value, problem) = (path.display().to_string(), "train to a file named .w2v, then `w2v convert` that");
            return Err(Failure::Flag { flag: "--output", value, problem: problem.to_owned() });
        }
        if self.output == Some(Output::Stdout) && self.save_vocab == Some(Output::Stdout) {
            let problem = "standard output takes the vectors; name a file".to_owned();
            return Err(Failure::Flag { flag: "--save-vocab", value: "-".to_owned(), problem });
        }
        let outputs = [&self.output, &self.save_vocab];
        if outputs.contains(&&Some(Output::Stdout)) || outputs == [&None, &None] {
            drop(stdout()?);
        }
        let [model, vocabulary] = [&self.output, &self.save_vocab].map(|output| output.as_ref()?.path());
        for (flag, output) in [("--output", &self.output), ("--save-vocab", &self.save_vocab)] {
            output.as_ref().map_or(Ok(()), |output| check_not_read(flag, output, self.settings.inputs()))?;
        }
        let beside = self.output.as_ref().and_then(Output::interrupted);
        let models = [model, beside.as_ref().and_then(Output::path)];
        let records = models.map(|model| model.and_then(record_path));
        let models = models.into_iter().chain(records.iter().map(Option::as_deref));
        let outputs = models.map(|path| ("--output", path)).chain([("--save-vocab", vocabulary)]);
        let outputs = outputs.chain(self.checkpoints.outputs().map(|(flag, path)| (flag, Some(path))));
        let mut taken: Vec<PathBuf> = self.settings.files().map(Path::to_owned).collect();
        for (flag, path) in outputs.filter_map(|(flag, path)| Some((flag, path?))) {
            check_free(flag, path, taken.iter().map(PathBuf::as_path))?;
            taken.push(path.to_owned());
        }
        Ok(())
    }

    /// Fails early if there is no room on the disk for the model. `tokens` is the number of tokens
    /// in the corpus.
    fn check_room(&self, vocabulary: &Vocabulary, config: &Config, tokens: u64) -> Result<()> {
        let Some(path) = self.output.as_ref().and_then(Output::path) else { return Ok(()) };
        let bytes = self.format().file_bytes(path, vocabulary.words(), config.dim);
        // The spooled tokens are on the same disk, with at least two bytes for each. They are
        // removed before the model is written, so their space counts as free.
        Ok(check_room(path, bytes.saturating_sub(2 * tokens))?)
    }

    /// The format of the model file.
    fn format(&self) -> Format {
        match self.format {
            Some(FormatName::Text) => Format::Text,
            Some(FormatName::Binary) => Format::Binary,
            Some(FormatName::W2v) => Format::W2v,
            Some(FormatName::Safetensors) => Format::Safetensors(Dtype::F32),
            None => self.output.as_ref().and_then(Output::path).map_or(Format::Text, Format::for_path),
        }
    }

    /// Writes the model and its record.
    fn write(&self, output: &Output, config: &Config, model: &Model, is_whole: bool, tokens: u64) -> Result<()> {
        let format = self.format();
        let record = |file: &Path| {
            let record = Record::new(&self.settings, config, model, is_whole, tokens, sha256(file)?);
            record.text().map_err(|error| Error::io(file.display().to_string(), "record")(error.into()))
        };
        output.write_or_keep(|to| model.write(format, to), Some(&record))
    }
}
