//! Commands and flags, what they print, and how they fail.

mod bench;
mod checkpoint;
mod choice;
mod convert;
mod elsewhere;
mod evaluate;
mod explain;
mod interrupt;
mod messages;
mod output;
mod phrases;
mod pipes;
mod preparing;
mod progress;
mod query;
mod record;
mod settings;
mod showcase;
mod terminal;
mod train;
mod words;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use w2v::Error;
use w2v::messages::escaped;

pub(crate) use messages::tell;

/// Word vectors from text: fast, race-free, the same bytes for any number of threads
#[derive(Parser)]
#[command(version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Train a model on texts, or on the corpus built into the program
    #[command(after_long_help = elsewhere::HELP)]
    Train(train::Train),
    Words(words::Words),
    Phrases(phrases::Join),
    Explain(explain::Explain),
    /// The words closest to a word, or to the mean of several, less others; questions may come from
    /// standard input
    ///
    /// A line for each, the word, a tab and the cosine. A terminal gets control characters escaped;
    /// all else gets words as they are.
    Nearest(query::Nearest),
    /// The words that complete `A is to B as C is to …`
    ///
    /// A line for each, as of `nearest`.
    Analogy(query::Analogy),
    /// Which of several words is the odd one out: the first
    ///
    /// A line for each, as of `nearest`, by rising cosine with the mean of all.
    Odd(query::Odd),
    /// The cosine of two words' vectors
    Similarity(query::Similarity),
    /// Score a model on word similarities and analogies
    Evaluate(evaluate::Evaluate),
    Convert(convert::Convert),
    /// Measure this machine's peak, the kernels and the models
    Bench(bench::Bench),
}

impl Arguments {
    /// What the command line asks for; `None` where that was help, which is printed.
    pub(crate) fn from_command_line() -> Result<Option<Self>> {
        let arguments: Vec<OsString> = env::args_os().skip(1).collect();
        if let Some(problem) = elsewhere::misnamed(&arguments) {
            return Err(Failure::Misuse(problem));
        }
        Self::parsed().map(Some).or_else(|error| {
            if !error.use_stderr() {
                error.print()?;
                io::stdout().flush()?;
                return Ok(None);
            }
            if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
                error.exit();
            }
            let asks =
                |command: &OsString| ["nearest", "analogy", "odd", "similarity"].iter().any(|name| command == name);
            let may_be_word = error.kind() == ErrorKind::UnknownArgument && arguments.first().is_some_and(asks);
            let tip = if may_be_word { "; tip: words that begin with a dash go after `--`" } else { "" };
            Err(Failure::Misuse(one_line(&error) + tip))
        })
    }

    /// What the parser makes of the command line.
    fn parsed() -> std::result::Result<Self, clap::Error> {
        let matches = choice::with_negative_numbers(Self::command()).try_get_matches()?;
        Self::from_arg_matches(&matches)
    }

    /// Does what was asked for.
    pub(crate) fn run(self) -> Result<()> {
        interrupt::outlive_size_limit();
        match self.command {
            Command::Train(command) => command.run(),
            Command::Words(command) => command.run(),
            Command::Phrases(command) => command.run(),
            Command::Explain(command) => command.run(),
            Command::Nearest(command) => command.run(),
            Command::Analogy(command) => command.run(),
            Command::Odd(command) => command.run(),
            Command::Similarity(command) => command.run(),
            Command::Evaluate(command) => command.run(),
            Command::Convert(command) => command.run(),
            Command::Bench(command) => command.run(),
        }
    }
}

/// Writes `word` as it is, or for a terminal escaped.
fn write_word(to: &mut dyn Write, word: &[u8], is_terminal: bool) -> io::Result<()> {
    if is_terminal {
        return to.write_all(escaped(&String::from_utf8_lossy(word)).as_bytes());
    }
    to.write_all(word)
}

/// The parser's `error` on one line, without its usage and without its tip for values that begin
/// with a dash: it shows but their first letter, and what looks like one is mostly a flag.
fn one_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("tip: to pass"));
    let text = lines.collect::<Vec<_>>().join("\n");
    let parts = text.split("\n\n").map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "));
    let is_said =
        |part: &String| !part.is_empty() && !["Usage:", "For more"].iter().any(|other| part.starts_with(other));
    let parts: Vec<String> = parts.filter(is_said).collect();
    parts.join("; ").trim_start_matches("error: ").to_owned()
}

/// The library's `error` as the command line tells it: the one place where a setting becomes its
/// flag.
fn in_flags(error: &Error) -> String {
    match error {
        Error::Setting { .. } => format!("--{error}"),
        _ => error.to_string(),
    }
}

/// What commands return.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// Why the program ends early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The library's error.
    #[error("{}", in_flags(.0))]
    Library(#[from] Error),
    /// The value of a flag that only the command line has.
    #[error("{flag} {value}: {problem}")]
    Flag {
        /// The flag.
        flag: &'static str,
        /// The value that was given.
        value: String,
        /// What is wrong and what would fix it.
        problem: String,
    },
    /// The kernel's error.
    #[error("the kernel refused a step: {0}")]
    Kernel(#[from] w2v_core::error::Error),
    /// Standard output does not take what is printed.
    #[error("standard output: cannot write: {0}")]
    Output(#[from] io::Error),
    /// What could not be written to its place, and the file that has it.
    #[error("{failure}; the finished file is kept as {}", kept.display())]
    Elsewhere {
        /// Why not.
        failure: Box<Failure>,
        /// The file.
        kept: PathBuf,
    },
    /// What could be written nowhere.
    #[error("{failure}; nor elsewhere: {also}")]
    Lost {
        /// Why not where it was to go.
        failure: Box<Failure>,
        /// Why not elsewhere.
        also: Error,
    },
    /// A model is where it was to go, and its record is not.
    #[error("{error}; the model is in {}, without its record", model.display())]
    NoRecord {
        /// Why not.
        error: Error,
        /// The model's file.
        model: PathBuf,
    },
    /// The command line, and what is wrong with it.
    #[error("{0}")]
    Misuse(String),
    /// What leaves `phrases` nothing to do.
    #[error("nothing to join: {0}")]
    NothingToJoin(String),
    /// So many questions of standard input that were told of already.
    #[error("{0} of the questions have no answer")]
    Unanswered(u64),
    /// Ctrl-C, SIGTERM or SIGHUP, and what became of the work.
    #[error("interrupted: {0}")]
    Interrupted(String),
}

impl Failure {
    /// What to tell, control characters escaped; nothing when the reader of standard output has
    /// left, for nobody was to be told more.
    pub(crate) fn message(&self) -> Option<String> {
        match self {
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => None,
            _ => Some(escaped(&self.to_string())),
        }
    }

    /// Whether a file, a device or standard output did not take what was written; not when the
    /// reader of standard output has left.
    fn is_of_content(&self) -> bool {
        match self {
            Self::Output(error) => error.kind() != io::ErrorKind::BrokenPipe,
            Self::Library(Error::Io { .. } | Error::File { .. }) => true,
            _ => false,
        }
    }

    /// 128 and the signal after one, as shells have it (130 after Ctrl-C), 2 for a setting as for
    /// any misuse of the command line, otherwise 1.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Interrupted(_) => interrupt::interrupted(),
            Self::Misuse(_) | Self::Flag { .. } | Self::Library(Error::Setting { .. }) => 2,
            _ => 1,
        })
    }
}
