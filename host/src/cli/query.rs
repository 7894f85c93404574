//! The commands that ask a model: `nearest`, `analogy`, `similarity`.

use super::choice::some;
use super::output::stdout;
use super::record::{mismatch, recorded_sha256};
use super::{Failure, Result, tell, write_word};
use clap::Args;
use std::ffi::OsString;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::thread;
use w2v::error::{Error, escaped};
use w2v::format;
use w2v::query::{Index, Neighbour};

/// `w2v nearest`.
#[derive(Args)]
pub(super) struct Nearest {
    /// A model, text or binary, plain, gzip or zstd
    model: PathBuf,
    /// Words of the model; of several the mean is taken; none: those on each line of standard input, and an empty line after each
    /// answer
    words: Vec<OsString>,
    /// How many words to print
    #[arg(short, default_value_t = 10, value_parser = some)]
    k: usize,
}

impl Nearest {
    pub(super) fn run(self) -> Result<()> {
        ask(&open(&self.model)?, &self.words, "\n", |index, words| neighbours(index, &index.nearest(words, self.k)?))
    }
}

/// `w2v analogy`.
#[derive(Args)]
pub(super) struct Analogy {
    /// A model, text or binary, plain, gzip or zstd
    model: PathBuf,
    /// An example and what it is related to, such as `man king`, and the word that is to be related in the same way, such as
    /// `woman`; none: those on each line of standard input, and an empty line after each answer
    #[arg(num_args = 3, value_names = ["A", "B", "C"])]
    words: Vec<OsString>,
    /// How many words to print
    #[arg(short, default_value_t = 10, value_parser = some)]
    k: usize,
}

impl Analogy {
    pub(super) fn run(self) -> Result<()> {
        ask(&open(&self.model)?, &self.words, "\n", |index, words| {
            let [a, b, c] = exactly(words)?;
            neighbours(index, &index.analogy(a, b, c, self.k)?)
        })
    }
}

/// `w2v similarity`.
#[derive(Args)]
pub(super) struct Similarity {
    /// A model, text or binary, plain, gzip or zstd
    model: PathBuf,
    /// Two words of the model; none: those on each line of standard input, with a line for each
    #[arg(num_args = 2, value_names = ["A", "B"])]
    words: Vec<OsString>,
}

impl Similarity {
    pub(super) fn run(self) -> Result<()> {
        ask(&open(&self.model)?, &self.words, "", |index, words| {
            let [a, b] = exactly(words)?;
            Ok(format!("{:.4}\n", index.similarity(a, b)?).into_bytes())
        })
    }
}

/// The model in the file at `path`, ready for questions. It is told if the record beside it is another model's.
pub(super) fn open(path: &Path) -> Result<Index> {
    let (model, mismatch) = match recorded_sha256(path) {
        None => (format::read(path), None),
        // The file is hashed while it is read.
        Some(recorded) => thread::scope(|scope| {
            let hash = move || mismatch(path, &recorded);
            let hash = thread::Builder::new().spawn_scoped(scope, hash).ok();
            (format::read(path), hash.and_then(|hash| hash.join().ok().flatten()))
        }),
    };
    let model = model?;
    mismatch.iter().for_each(|mismatch| tell(mismatch));
    Ok(Index::new(model))
}

/// Prints what `answer` makes of `words` or, where there are none, of those on each line of standard input, `end` after each. A line
/// without an answer is told of and answered by an empty one, so that a program that asks can count.
fn ask(
    index: &Index,
    words: &[OsString],
    end: &str,
    answer: impl Fn(&Index, &[&[u8]]) -> Result<Vec<u8>>,
) -> Result<()> {
    let mut out = stdout()?;
    if !words.is_empty() {
        let words: Vec<_> = words.iter().map(|word| word.as_encoded_bytes()).collect();
        out.write_all(&answer(index, &words)?)?;
        return Ok(out.flush()?);
    }
    if io::stdin().is_terminal() {
        tell("the words of a question on a line each; Ctrl-D ends");
    }
    let mut unanswered = 0;
    for (number, line) in (1..).zip(io::stdin().lock().split(b'\n')) {
        let line = line.map_err(Error::io("standard input", "read"))?;
        let words: Vec<_> = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
        if words.is_empty() {
            continue;
        }
        match answer(index, &words) {
            Ok(answer) => out.write_all(&[&answer, end.as_bytes()].concat())?,
            Err(failure) => {
                tell(&escaped(&format!("standard input:{number}: {failure}")));
                unanswered += 1;
                out.write_all(b"\n")?;
            }
        }
        out.flush()?;
    }
    if unanswered == 0 { Ok(()) } else { Err(Failure::Unanswered(unanswered)) }
}

/// So many words, or what is wrong.
fn exactly<'a, const N: usize>(words: &[&'a [u8]]) -> Result<[&'a [u8]; N]> {
    words.try_into().map_err(|_| Failure::Misuse(format!("expected {N} words, not {}", words.len())))
}

/// A line `word <tab> cosine` for each of `neighbours`; for a terminal no control characters.
fn neighbours(index: &Index, neighbours: &[Neighbour]) -> Result<Vec<u8>> {
    let mut lines = Vec::new();
    let is_terminal = io::stdout().is_terminal();
    for neighbour in neighbours {
        write_word(&mut lines, index.embeddings().word(neighbour.id).unwrap_or_default(), is_terminal)?;
        writeln!(lines, "\t{:.4}", neighbour.similarity)?;
    }
    Ok(lines)
}
