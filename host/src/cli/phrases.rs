//! `w2v phrases`: a text with its phrases joined, or a list of them.

use super::choice::{real, whole};
use super::output::{Output, check_free, stdout};
use super::pipes::check_not_read;
use super::preparing::Preparing;
use super::progress::{Reporter, Style};
use super::{Failure, Result, interrupt};
use clap::Args;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use w2v::Error;
use w2v::Vocabulary;
use w2v::input;
use w2v::phrases::{ENGLISH_CONNECTORS, JOINT, Phrase, Rule, read_connectors};
use w2v::preparation::Counts;
use w2v::{Phrases, ReadOptions, Source};

/// Join words that come together far more often than apart, such as `new_york`
///
/// A phrase has two words. A second run over the text makes phrases of more words:
/// `w2v phrases text | w2v phrases - --threshold 50 | w2v train - -o model.bin`
#[derive(Args)]
pub(super) struct Join {
    /// Texts, plain, gzip or zstd; `-` is standard input
    ///
    /// ASCII white space (blank, tab, line feed) separates words, and nothing else does. A line is
    /// a sentence.
    #[arg(required = true, value_name = "CORPUS")]
    corpus: Vec<OsString>,
    /// The file for the joined text; lines without a word are left out; `-` is standard output
    #[arg(short, long, value_name = "TEXT", default_value = "-")]
    output: Output,
    /// Neighbours a b are joined if (count(a b) − discount) · words / (count(a) · count(b)) is
    /// higher
    #[arg(long, value_name = "SCORE", default_value_t = Rule::default().threshold, value_parser = real)]
    threshold: f64,
    /// Taken off the count of neighbours, so that rare ones are no phrase
    #[arg(long, value_name = "COUNT", default_value_t = Rule::default().discount, value_parser = whole::<u64>)]
    discount: u64,
    /// Words that may stand within a phrase, and neither begin nor end one, as in
    /// `bank_of_america`: `english` for a, an, the, for, of, with, without, at, from, to, in, on,
    /// by, and, or; else a file of them
    #[arg(long, value_name = "WORDS")]
    connectors: Option<PathBuf>,
    /// In place of the text, a line `first <tab> second <tab> count <tab> score` for each phrase,
    /// the highest score first; connectors stand with the first, joined
    #[arg(long)]
    list: bool,
    #[command(flatten)]
    preparing: Preparing,
    /// How progress is shown on standard error; `auto` is a bar on a terminal and plain lines
    /// elsewhere
    #[arg(long, value_enum, default_value = "auto")]
    progress: Style,
}

impl Join {
    pub(super) fn run(self) -> Result<()> {
        let rule = Rule { discount: self.discount, threshold: self.threshold, connectors: Vec::new() };
        rule.validate()?;
        self.preparing.check()?;
        let files = self.corpus.iter().map(Path::new).chain(self.connectors.as_deref());
        match self.output.path() {
            Some(path) => check_free("--output", path, files.clone())?,
            None => drop(stdout()?),
        }
        check_not_read("--output", &self.output, files.map(Path::as_os_str))?;
        let rule = Rule { connectors: self.connectors()?, ..rule };
        let mut reporter = Reporter::new(self.progress);
        interrupt::catch(reporter.stopping(false))?;
        match self.join(&rule, &mut reporter) {
            Err(Failure::Library(Error::Stopped(_))) => {
                Err(Failure::Interrupted("the text was not written to its end".to_owned()))
            }
            Err(Failure::Library(Error::NothingToTrain(problem))) => Err(Failure::NothingToJoin(problem)),
            done => done,
        }
    }

    /// The words that may stand within a phrase.
    fn connectors(&self) -> Result<Vec<Vec<u8>>> {
        match self.connectors.as_deref() {
            None => Ok(Vec::new()),
            Some(path) if path.as_os_str() == "english" => Ok(ENGLISH_CONNECTORS.map(|word| word.into()).to_vec()),
            Some(path) => Ok(read_connectors(input::open(path)?, &path.display().to_string())?),
        }
    }

    /// Finds the phrases and writes what was asked for.
    fn join(&self, rule: &Rule, reporter: &mut Reporter) -> Result<()> {
        let mut options = ReadOptions::new().min_count(1);
        if let Some(preparation) = self.preparing.preparation() {
            options = options.preparation(preparation);
        }
        if let Some(directory) = self.output.spool_dir() {
            options = options.spool_dir(directory);
        }
        let options = options.observe(|reading| {
            reporter.reading(reading);
            interrupt::check()
        });
        let corpus = options.sources(self.corpus.iter().map(|name| Source::from_arg(name)))?;
        let problems = corpus.prepared().map(Counts::problems).unwrap_or_default();
        corpus.not_parted().iter().chain(&problems).for_each(|problem| reporter.warn(problem));
        let phrases = Phrases::find(&corpus, rule, &mut |read, of| {
            reporter.pairs(read, of);
            interrupt::check()
        })?;
        let is_terminal = self.output == Output::Stdout && io::stdout().is_terminal();
        // A text that is written to a terminal shows by itself how far it is.
        if self.list || is_terminal {
            reporter.end();
        }
        if self.list {
            let ranked = phrases.ranked()?;
            self.output.write(|to| list(&ranked, corpus.vocabulary(), to))?;
        } else {
            let tokens = corpus.tokens();
            let mut joined = phrases.join(&corpus)?;
            let mut failed = None;
            let written = self.output.write(|to| {
                while interrupt::check().is_continue() {
                    match joined.read() {
                        Ok([]) => return Ok(()),
                        Ok(part) => to.write_all(part)?,
                        Err(error) => {
                            failed = Some(error);
                            return Err(io::ErrorKind::Interrupted.into());
                        }
                    }
                    if !is_terminal {
                        reporter.joining(joined.tokens_read(), tokens);
                    }
                }
                failed = Some(Error::stopped("the text was written"));
                Err(io::ErrorKind::Interrupted.into())
            });
            failed.map_or(Ok(()), Err)?;
            written?;
        }
        reporter.joined(&self.output, phrases.len());
        Ok(())
    }
}

/// Writes a line for each of `phrases`.
fn list(phrases: &[Phrase], vocabulary: &Vocabulary, to: &mut dyn Write) -> io::Result<()> {
    for Phrase { words: [first, second], between, count, score, .. } in phrases {
        let word = |id: &u32| vocabulary.word(*id).unwrap_or_default();
        to.write_all(word(first))?;
        for connector in between {
            to.write_all(&[JOINT])?;
            to.write_all(word(connector))?;
        }
        to.write_all(b"\t")?;
        to.write_all(word(second))?;
        writeln!(to, "\t{count}\t{score:.4}")?;
    }
    Ok(())
}
