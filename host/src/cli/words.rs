//! `w2v words`: prepares a text for training.

use super::choice::{Wish, threads};
use super::output::{Output, check_free, stdout};
use super::pipes::check_not_read;
use super::preparing::How;
use super::progress::{Reporter, Style};
use super::{Failure, Result, interrupt, tell};
use clap::Args;
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::path::Path;
use w2v::limits::MAX_THREADS;
use w2v::{Config, Error, PreparedText, Source};

/// Make a text ready to train: words alone, in small letters, a sentence on each line
///
/// Words are those of Unicode's rules (UAX #29), in the normal form NFKC, without punctuation and
/// characters that are not seen. Of Chinese, Japanese and Thai each character is a word. It is
/// streamed, in constant memory: `w2v words text | w2v train - -o model.bin` is the same as
/// `w2v train text --words -o model.bin`. To make it ready again changes nothing.
#[derive(Args)]
pub(super) struct Words {
    /// Texts, plain, gzip or zstd; `-` is standard input
    #[arg(value_name = "CORPUS", default_value = "-")]
    corpus: Vec<OsString>,
    /// Where the text goes, a line for each sentence that has a word; `-` is standard output
    #[arg(short, long, value_name = "TEXT", default_value = "-")]
    output: Output,
    #[command(flatten)]
    how: How,
    #[arg(long, default_value = "all", value_parser = threads)]
    #[arg(help = format!("Threads, 1 to {MAX_THREADS}, or `all`; never changes the result"))]
    threads: Wish<usize>,
    /// How progress is shown on standard error; `auto` is a bar on a terminal and plain lines
    /// elsewhere
    #[arg(long, value_enum, default_value = "auto")]
    progress: Style,
}

impl Words {
    pub(super) fn run(self) -> Result<()> {
        Config { threads: self.threads.0, ..Config::default() }.validate()?;
        match self.output.path() {
            Some(path) => check_free("--output", path, self.corpus.iter().map(Path::new))?,
            None => drop(stdout()?),
        }
        check_not_read("--output", &self.output, self.corpus.iter().map(OsString::as_os_str))?;
        if self.corpus == ["-"] && io::stdin().is_terminal() {
            tell("a text on standard input; Ctrl-D ends");
        }
        let mut reporter = Reporter::new(self.progress);
        interrupt::catch(reporter.stopping(false))?;
        match self.write(&mut reporter) {
            Err(Failure::Library(Error::Stopped(_))) => {
                Err(Failure::Interrupted("the text was not written to its end".to_owned()))
            }
            done => done,
        }
    }

    /// Reads the text, and writes the prepared text.
    fn write(&self, reporter: &mut Reporter) -> Result<()> {
        let sources = self.corpus.iter().map(|name| Source::from_arg(name));
        let mut text = PreparedText::new(sources, self.how.preparation(), self.threads.0)?;
        // No progress is shown if the text itself appears on the terminal.
        let is_silent = self.output == Output::Stdout && io::stdout().is_terminal();
        let mut failed = None;
        let written = self.output.write(|to| {
            while interrupt::check().is_continue() {
                match text.read() {
                    Ok(None) => return Ok(()),
                    Ok(Some(piece)) => to.write_all(&piece)?,
                    Err(error) => {
                        failed = Some(error);
                        return Err(io::ErrorKind::Interrupted.into());
                    }
                }
                if !is_silent {
                    reporter.reading(&text.reading());
                }
            }
            failed = Some(Error::stopped("the text was written"));
            Err(io::ErrorKind::Interrupted.into())
        });
        failed.map_or(Ok(()), Err)?;
        written?;
        reporter.end();
        let counts = text.counts();
        counts.problems().iter().for_each(|problem| reporter.warn(problem));
        reporter.prepared(&self.output, &counts);
        Ok(())
    }
}
