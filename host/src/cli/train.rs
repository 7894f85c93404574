//! `w2v train`: from a text to a model file, or with no text to a demonstration on the terminal.

use super::choice::{Wish, named, named_or_auto, threads, whole};
use super::output::{Output, check_free};
use super::progress::{Reporter, Style};
use super::record::{Record, record_path};
use super::{Failure, Result, interrupt, showcase};
use clap::{Args, ValueEnum};
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use w2v::builtin;
use w2v::config::{Config, MAX_DIM, MAX_EPOCHS, MAX_EXPONENT, MAX_THREADS, MAX_WINDOW};
use w2v::corpus::{Corpus, ReadOptions, Source};
use w2v::error::Error;
use w2v::format::Format;
use w2v::trainer::{self, Trained};
use w2v::vocabulary::Vocabulary;
use w2v_core::simd::{Arithmetic, Backend};
use w2v_core::train::{Architecture, CbowGradient, Objective};
use w2v_core::unigram::MAX_NEGATIVES;

/// `w2v train`.
#[derive(Args)]
// So that a negative number is told from a flag and refused for what it is.
#[command(allow_negative_numbers = true)]
pub(super) struct Train {
    /// Texts, plain, gzip or zstd; `-` is standard input; none: a corpus built into the program
    #[arg(value_name = "CORPUS")]
    corpus: Vec<OsString>,
    /// Where the vectors go; `-` is standard output
    ///
    /// A file named .gz or .zst is compressed; so is that of --save-vocab.
    ///
    /// What they were trained with goes to MODEL.json. If the run is interrupted (Ctrl-C, SIGTERM, on Linux SIGHUP), what was
    /// trained so far goes beside MODEL, in place of model.bin to model.interrupted.bin. Standard output and devices have neither.
    #[arg(short, long, value_name = "MODEL")]
    output: Option<Output>,
    /// Which words are read and which are predicted
    #[arg(long, default_value = Config::default().architecture.name())]
    #[arg(value_parser = named::<Architecture>(Architecture::ALL.map(Architecture::name)))]
    architecture: Architecture,
    /// What stands in for the full softmax
    #[arg(long, default_value = Config::default().objective.name())]
    #[arg(value_parser = named::<Objective>(Objective::ALL.map(Objective::name)))]
    objective: Objective,
    #[arg(long, default_value_t = Config::default().dim, value_parser = whole::<usize>)]
    #[arg(help = format!("Numbers in a vector, 1 to {MAX_DIM}"))]
    dim: usize,
    #[arg(long, default_value_t = Config::default().window, value_parser = whole::<usize>)]
    #[arg(help = format!("Largest number of words each side of the center, 1 to {MAX_WINDOW}"))]
    window: usize,
    #[arg(long, default_value_t = Config::default().negatives, value_parser = whole::<usize>)]
    #[arg(help = format!("Noise words for each target, 1 to {MAX_NEGATIVES} (negative sampling)"))]
    negatives: usize,
    #[arg(long, default_value_t = Config::default().exponent)]
    #[arg(help = exponent_help())]
    exponent: f64,
    #[arg(long, default_value_t = Config::default().epochs, value_parser = whole::<usize>)]
    #[arg(help = format!("Passes over the corpus, 1 to {MAX_EPOCHS}"))]
    epochs: usize,
    /// Words more frequent than this share of the text are thinned out; 0 keeps all
    #[arg(long, default_value_t = Config::default().sample)]
    sample: f64,
    /// Words that occur less often are left out
    #[arg(long, value_name = "COUNT", default_value_t = ReadOptions::default().min_count)]
    #[arg(value_parser = whole::<u64>)]
    min_count: u64,
    #[arg(long, value_name = "RATE", help = learning_rate_help())]
    learning_rate: Option<f64>,
    /// Whether each word of a context gets its share of the gradient or all of it (CBOW)
    #[arg(long, default_value = Config::default().cbow_gradient.name())]
    #[arg(value_parser = named::<CbowGradient>(CbowGradient::ALL.map(CbowGradient::name)))]
    cbow_gradient: CbowGradient,
    /// Seed of every random draw, and of the built-in corpus
    #[arg(long, default_value_t = Config::default().seed, value_parser = whole::<u64>)]
    seed: u64,
    #[arg(long, default_value = "all", value_parser = threads)]
    #[arg(help = format!("Threads, 1 to {MAX_THREADS}, or `all`; CBOW takes 16 at most; never changes the result"))]
    threads: Wish<usize>,
    /// Instruction set; never changes the result within one arithmetic
    #[arg(long, default_value = "auto")]
    #[arg(value_parser = named_or_auto::<Backend>(Backend::ALL.map(Backend::name)))]
    backend: Wish<Backend>,
    /// Rounding of multiply-adds; `auto` is fused where the instruction set has it at speed: not scalar and portable
    #[arg(long, default_value = "auto")]
    #[arg(value_parser = named_or_auto::<Arithmetic>(Arithmetic::ALL.map(Arithmetic::name)))]
    arithmetic: Wish<Arithmetic>,
    /// Layout of the model file [default: binary if it is named .bin, .bin.gz or .bin.zst, else text]
    #[arg(long, value_enum)]
    format: Option<FormatName>,
    /// How progress is shown on standard error; `auto` is a bar on a terminal and plain lines elsewhere
    #[arg(long, value_enum, default_value = "auto")]
    progress: Style,
    /// Save the vocabulary, a line `word count` for each word; `-` is standard output
    #[arg(long, value_name = "FILE")]
    save_vocab: Option<Output>,
    /// Use a saved vocabulary, plain, gzip or zstd, less its words rarer than --min-count, and do not count the corpus
    #[arg(long, value_name = "FILE")]
    vocab: Option<PathBuf>,
}

/// The values of `--format`.
#[derive(Clone, Copy, ValueEnum)]
enum FormatName {
    Text,
    Binary,
}

impl Train {
    pub(super) fn run(self) -> Result<()> {
        let config = self.config();
        self.check(&config)?;
        let mut reporter = Reporter::new(self.progress);
        let kept = self.output.as_ref().and_then(Output::interrupted).is_some();
        interrupt::catch(reporter.stopping(kept))?;

        let (vocabulary, mut corpus) = self.read(&mut reporter)?;
        if let Some(output) = &self.save_vocab {
            match output.write(|to| vocabulary.write(to)) {
                // Who has read enough of the vocabulary wants the model still.
                Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {}
                written => written?,
            }
        }
        reporter.begin(&config, vocabulary.len(), corpus.tokens())?;
        let trained = trainer::train(&vocabulary, &mut corpus, &config, &mut |progress| {
            reporter.training(progress);
            interrupt::check()
        })?;
        reporter.end();

        match &self.output {
            output if trained.stopped => {
                let Some(beside) = output.as_ref().and_then(Output::interrupted) else {
                    let problem = "the model was not trained to its end, and there is no file to keep it beside";
                    return Err(Failure::Interrupted(problem.to_owned()));
                };
                self.write(&beside, &config, &trained, corpus.tokens())?;
                Err(Failure::Interrupted(format!("{} holds what was trained so far", beside.name())))
            }
            Some(output) => {
                self.write(output, &config, &trained, corpus.tokens())?;
                reporter.written(output, &trained.embeddings);
                Ok(())
            }
            None => showcase::show(trained.embeddings),
        }
    }

    /// The settings that the flags ask for.
    fn config(&self) -> Config {
        Config {
            architecture: self.architecture,
            objective: self.objective,
            dim: self.dim,
            window: self.window,
            negatives: self.negatives,
            exponent: self.exponent,
            epochs: self.epochs,
            sample: self.sample,
            learning_rate: self.learning_rate,
            cbow_gradient: self.cbow_gradient,
            seed: self.seed,
            threads: self.threads.0,
            backend: self.backend.0,
            arithmetic: self.arithmetic.0,
        }
    }

    /// Finds what would fail in the end before an hour's work is spent on it.
    fn check(&self, config: &Config) -> Result<()> {
        config.validate()?;
        trainer::dispatch(config)?;
        if self.output.is_none() && !self.corpus.is_empty() {
            let missing = Error::Setting {
                flag: "--output",
                value: "MODEL".to_owned(),
                problem: "is needed with a corpus; it says where the vectors go".to_owned(),
            };
            return Err(missing.into());
        }
        if self.output == Some(Output::Stdout) && self.save_vocab == Some(Output::Stdout) {
            let problem = "standard output takes the vectors; name a file".to_owned();
            return Err(Error::Setting { flag: "--save-vocab", value: "-".to_owned(), problem }.into());
        }
        let [model, vocabulary] = [&self.output, &self.save_vocab].map(|output| output.as_ref()?.path());
        let beside = self.output.as_ref().and_then(Output::interrupted);
        let models = [model, beside.as_ref().and_then(Output::path)];
        let records = models.map(|model| model.and_then(record_path));
        let models = models.into_iter().chain(records.iter().map(Option::as_deref));
        let outputs = models.map(|path| ("--output", path)).chain([("--save-vocab", vocabulary)]);
        let mut taken: Vec<PathBuf> = self.corpus.iter().map(PathBuf::from).chain(self.vocab.clone()).collect();
        for (flag, path) in outputs.filter_map(|(flag, path)| Some((flag, path?))) {
            check_free(flag, path, taken.iter().map(PathBuf::as_path))?;
            taken.push(path.to_owned());
        }
        Ok(())
    }

    /// The corpus that was named or, for want of one, the built-in one.
    fn read(&self, reporter: &mut Reporter) -> Result<(Vocabulary, Corpus)> {
        let sources = if self.corpus.is_empty() {
            vec![Source::Text(builtin::text(self.seed).into())]
        } else {
            self.corpus.iter().map(|name| Source::from_arg(name)).collect()
        };
        let options = ReadOptions {
            min_count: self.min_count,
            vocabulary: self.vocab.as_ref().map(|path| Vocabulary::load(path, self.min_count)).transpose()?,
            spool_dir: self.output.as_ref().and_then(Output::spool_dir),
            threads: self.threads.0,
        };
        let read = Corpus::read(&sources, options, &mut |reading| {
            reporter.reading(reading);
            interrupt::check()
        });
        match read {
            Err(Error::Stopped(_)) => Err(Failure::Interrupted("nothing was trained or written yet".to_owned())),
            read => Ok(read?),
        }
    }

    /// Writes the model and its record.
    fn write(&self, output: &Output, config: &Config, trained: &Trained, tokens: u64) -> Result<()> {
        let format = match self.format {
            Some(FormatName::Text) => Format::Text,
            Some(FormatName::Binary) => Format::Binary,
            None => self.output.as_ref().and_then(Output::path).map_or(Format::Text, Format::for_path),
        };
        output.write(|to| format.write(&trained.embeddings, to))?;
        if let Some(beside) = output.path().and_then(record_path) {
            Record::new(config, trained, self.min_count, tokens).write(&beside)?;
        }
        Ok(())
    }
}

/// The help of `--learning-rate`, with the default of each architecture.
fn learning_rate_help() -> String {
    let default = |architecture, cbow_gradient| {
        Config { architecture, cbow_gradient, ..Config::default() }.learning_rate().to_string()
    };
    format!(
        "Step size at the start, from which it falls to nearly zero [default: {} for skip-gram, {} for CBOW, {} for CBOW with \
         the exact gradient]",
        default(Architecture::SkipGram, CbowGradient::Undivided),
        default(Architecture::Cbow, CbowGradient::Undivided),
        default(Architecture::Cbow, CbowGradient::Exact),
    )
}

/// The help of `--exponent`, with its range.
fn exponent_help() -> String {
    format!("Power of the counts by which noise words are drawn, -{MAX_EXPONENT} to {MAX_EXPONENT} (negative sampling)")
}
