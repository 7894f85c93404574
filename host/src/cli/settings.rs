//! The flags of a training run's settings, for every command that trains.

use super::choice::{Wish, named, named_or_auto, real, some, threads, whole};
use super::preparing::Preparing;
use super::progress::Reporter;
use super::{Failure, Result, interrupt};
use clap::Args;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use w2v::Error;
use w2v::Vocabulary;
use w2v::builtin;
use w2v::limits::{MAX_DIM, MAX_EPOCHS, MAX_EXPONENT, MAX_NEGATIVES, MAX_THREADS, MAX_WINDOW};
use w2v::preparation::Counts;
use w2v::{Architecture, Arithmetic, Backend, CbowGradient, Objective};
use w2v::{Config, Corpus, ReadOptions, Source};

/// What to train on and how.
#[derive(Args)]
pub(super) struct Settings {
    /// Texts, plain, gzip or zstd; `-` is standard input; none: a corpus built into the program
    ///
    /// ASCII white space (blank, tab, line feed) separates words, and nothing else does. A line is
    /// a sentence.
    ///
    /// Each text is read once. Its tokens are written to a temporary file, in two bytes or little
    /// more each. The temporary file is beside that of --output, or in TMPDIR if --output is no
    /// file.
    #[arg(value_name = "CORPUS")]
    corpus: Vec<OsString>,
    /// Which words are read and which are predicted
    #[arg(long, default_value = Config::default().architecture.name())]
    #[arg(value_parser = named::<Architecture>(Architecture::ALL.map(Architecture::name)))]
    architecture: Architecture,
    /// How the full softmax is approximated
    #[arg(long, default_value = Config::default().objective.name())]
    #[arg(value_parser = named::<Objective>(Objective::ALL.map(Objective::name)))]
    objective: Objective,
    #[arg(long, default_value_t = Config::default().dim, value_parser = whole::<usize>)]
    #[arg(help = format!("Numbers in a vector, 1 to {MAX_DIM}"))]
    dim: usize,
    #[arg(long, default_value_t = Config::default().window, value_parser = whole::<usize>)]
    #[arg(help = format!("Largest number of words each side of the center in its line, 1 to {MAX_WINDOW}"))]
    window: usize,
    #[arg(long, default_value_t = Config::default().negatives, value_parser = whole::<usize>)]
    #[arg(help = format!("Noise words for each target, 1 to {MAX_NEGATIVES} (negative sampling)"))]
    negatives: usize,
    #[arg(long, default_value_t = Config::default().exponent, value_parser = real)]
    #[arg(help = exponent_help())]
    exponent: f64,
    #[arg(long, default_value_t = Config::default().epochs, value_parser = whole::<usize>)]
    #[arg(help = format!("Passes over the corpus, 1 to {MAX_EPOCHS}"))]
    epochs: usize,
    /// Words more frequent than this share of the text are thinned out; 0 keeps all
    #[arg(long, default_value_t = Config::default().sample, value_parser = real)]
    sample: f64,
    /// Words that occur less often are left out
    #[arg(long, value_name = "COUNT", default_value_t = ReadOptions::MIN_COUNT)]
    #[arg(value_parser = whole::<u64>)]
    pub(super) min_count: u64,
    /// Keep only this many words, the most frequent. Equally frequent words are taken in the order
    /// of their bytes [default: all]
    #[arg(long, value_name = "WORDS", value_parser = some)]
    pub(super) max_vocab: Option<usize>,
    /// Use a saved vocabulary (plain, gzip or zstd) instead of counting the words of the corpus.
    /// --min-count and --max-vocab apply to it
    #[arg(long, value_name = "FILE")]
    pub(super) vocab: Option<PathBuf>,
    #[arg(long, value_name = "RATE", value_parser = real, help = learning_rate_help())]
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
    /// Rounding of multiply-adds. `auto` is fused, except for the instruction sets scalar and
    /// portable, where fused is slow
    #[arg(long, default_value = "auto")]
    #[arg(value_parser = named_or_auto::<Arithmetic>(Arithmetic::ALL.map(Arithmetic::name)))]
    arithmetic: Wish<Arithmetic>,
    #[command(flatten)]
    pub(super) preparing: Preparing,
}

/// What makes a text ready that was not.
const FIX: &str = "the text seems to be as it came, which costs much of a model's quality: --words makes it ready, as `w2v words` does";

impl Settings {
    /// The settings that the flags ask for.
    pub(super) fn config(&self) -> Config {
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

    /// Whether the corpus is the one built into the program.
    pub(super) fn is_built_in(&self) -> bool {
        self.corpus.is_empty()
    }

    /// What is read, as it was named.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &OsStr> {
        self.corpus.iter().map(OsString::as_os_str).chain(self.vocab.as_deref().map(Path::as_os_str))
    }

    /// The files that are read.
    pub(super) fn files(&self) -> impl Iterator<Item = &Path> {
        self.corpus.iter().map(Path::new).chain(self.vocab.as_deref())
    }

    /// The first of the named texts that can be read only once, as messages call it.
    pub(super) fn unrepeatable(&self) -> Option<String> {
        let mut sources = self.corpus.iter().map(|name| Source::from_arg(name));
        let is_read_once = |source: &Source| match source {
            Source::File(path) => path.exists() && !path.is_file(),
            other => *other == Source::Stdin,
        };
        sources.find(is_read_once).map(|source| source.name())
    }

    /// How the corpus is read.
    pub(super) fn options(&self) -> Result<ReadOptions<'static>> {
        let mut options = ReadOptions::new().min_count(self.min_count);
        if let Some(words) = self.max_vocab {
            options = options.max_vocab(words);
        }
        if let Some(path) = &self.vocab {
            options = options.vocabulary(Vocabulary::load(path, self.min_count)?);
        }
        if let Some(threads) = self.threads.0 {
            options = options.threads(threads);
        }
        Ok(options)
    }

    /// Reads the corpus that was named or, for want of one, the built-in one, and spools its tokens
    /// in `spool_dir`.
    pub(super) fn read(&self, spool_dir: Option<PathBuf>, reporter: &mut Reporter) -> Result<Corpus> {
        let sources = if self.is_built_in() {
            vec![Source::text(builtin::text(self.seed))]
        } else {
            self.corpus.iter().map(|name| Source::from_arg(name)).collect()
        };
        self.preparing.check()?;
        let preparation = self.preparing.preparation();
        let mut options = self.options()?;
        if let Some(preparation) = preparation {
            options = options.preparation(preparation);
        }
        if let Some(directory) = spool_dir {
            options = options.spool_dir(directory);
        }
        let read = options.observe(|reading| {
            reporter.reading(reading);
            interrupt::check()
        });
        match read.sources(sources) {
            Err(Error::Stopped(_)) => Err(Failure::Interrupted("nothing was trained or written yet".to_owned())),
            read => {
                let corpus = read?;
                let raw = corpus.looks_raw().filter(|_| preparation.is_none()).map(|signs| format!("{signs}; {FIX}"));
                let problems = corpus.prepared().map(Counts::problems).unwrap_or_default();
                let told = [corpus.not_parted(), raw, corpus.short_sentences()];
                told.iter().flatten().chain(&problems).for_each(|problem| reporter.warn(problem));
                Ok(corpus)
            }
        }
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
