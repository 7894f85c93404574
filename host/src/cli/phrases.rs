//! `w2v phrases`: a text with its phrases joined, or a list of them.

use super::choice::whole;
use super::output::{Output, check_free, stdout};
use super::progress::{Reporter, Style};
use super::{Failure, Result, interrupt, write_word};
use clap::Args;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use w2v::corpus::{Corpus, ReadOptions, Source};
use w2v::error::Error;
use w2v::phrases::{Phrase, Phrases, Rule};
use w2v::vocabulary::Vocabulary;

/// Join words that come together far more often than apart, such as `new_york`
///
/// A phrase is of two words; those of more come of another run over the text:
/// `w2v phrases text | w2v phrases - --threshold 50 | w2v train - -o model.bin`
#[derive(Args)]
// So that a negative number is told from a flag and refused for what it is.
#[command(allow_negative_numbers = true)]
pub(super) struct Join {
    /// Texts, plain, gzip or zstd; `-` is standard input
    #[arg(required = true, value_name = "CORPUS")]
    corpus: Vec<OsString>,
    /// Where the text goes, a line for each that has a word; `-` is standard output
    #[arg(short, long, value_name = "TEXT", default_value = "-")]
    output: Output,
    /// Neighbours that score more are a phrase: count(a b) less the discount, times all words, over count(a) · count(b)
    #[arg(long, value_name = "SCORE", default_value_t = Rule::default().threshold)]
    threshold: f64,
    /// Taken off the count of neighbours, so that rare ones are no phrase
    #[arg(long, value_name = "COUNT", default_value_t = Rule::default().discount, value_parser = whole::<u64>)]
    discount: u64,
    /// In place of the text, a line `first <tab> second <tab> count <tab> score` for each phrase, the highest score first
    #[arg(long)]
    list: bool,
    /// How progress is shown on standard error; `auto` is a bar on a terminal and plain lines elsewhere
    #[arg(long, value_enum, default_value = "auto")]
    progress: Style,
}

impl Join {
    pub(super) fn run(self) -> Result<()> {
        let rule = Rule { discount: self.discount, threshold: self.threshold };
        rule.validate()?;
        match self.output.path() {
            Some(path) => check_free("--output", path, self.corpus.iter().map(Path::new))?,
            None => drop(stdout()?),
        }
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

    /// Finds the phrases and writes what was asked for.
    fn join(&self, rule: &Rule, reporter: &mut Reporter) -> Result<()> {
        let sources: Vec<_> = self.corpus.iter().map(|name| Source::from_arg(name)).collect();
        let options = ReadOptions { min_count: 1, spool_dir: self.output.spool_dir(), ..ReadOptions::default() };
        let (vocabulary, mut corpus) = Corpus::read(&sources, options, &mut |reading| {
            reporter.reading(reading);
            interrupt::check()
        })?;
        let phrases = Phrases::find(&vocabulary, &mut corpus, rule, &mut |read, of| {
            reporter.pairs(read, of);
            interrupt::check()
        })?;
        let is_terminal = self.output == Output::Stdout && io::stdout().is_terminal();
        // A text that is written to a terminal shows by itself how far it is.
        if self.list || is_terminal {
            reporter.end();
        }
        if self.list {
            self.output.write(|to| list(&phrases, &vocabulary, to, is_terminal))?;
        } else {
            let tokens = corpus.tokens();
            let mut joined = phrases.join(&vocabulary, &mut corpus)?;
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
                failed = Some(Error::Stopped("the text was written"));
                Err(io::ErrorKind::Interrupted.into())
            });
            failed.map_or(Ok(()), Err)?;
            written?;
        }
        reporter.joined(&self.output, phrases.len());
        Ok(())
    }
}

/// Writes a line for each of `phrases`; to a terminal no control characters.
fn list(phrases: &Phrases, vocabulary: &Vocabulary, to: &mut dyn Write, is_terminal: bool) -> io::Result<()> {
    for Phrase { words, count, score } in phrases.ranked() {
        for word in words {
            write_word(to, vocabulary.word(word).unwrap_or_default(), is_terminal)?;
            to.write_all(b"\t")?;
        }
        writeln!(to, "{count}\t{score:.4}")?;
    }
    Ok(())
}
