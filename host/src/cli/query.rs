//! The commands that ask a model: `nearest`, `analogy`, `similarity`.

use super::choice::some;
use super::{Result, write_word};
use clap::Args;
use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use w2v::format;
use w2v::query::{Index, Neighbour};

/// `w2v nearest`.
#[derive(Args)]
pub(super) struct Nearest {
    /// A model, text or binary, plain, gzip or zstd
    model: PathBuf,
    /// Words of the model; of several the mean is taken
    #[arg(required = true)]
    words: Vec<OsString>,
    /// How many words to print
    #[arg(short, default_value_t = 10, value_parser = some)]
    k: usize,
}

impl Nearest {
    pub(super) fn run(self) -> Result<()> {
        let index = open(&self.model)?;
        let words: Vec<&[u8]> = self.words.iter().map(|word| word.as_encoded_bytes()).collect();
        print(&index, &index.nearest(&words, self.k)?)
    }
}

/// `w2v analogy`.
#[derive(Args)]
pub(super) struct Analogy {
    /// A model, text or binary, plain, gzip or zstd
    model: PathBuf,
    /// The example, such as `man`
    a: OsString,
    /// What it is related to, such as `king`
    b: OsString,
    /// The word that is to be related in the same way, such as `woman`
    c: OsString,
    /// How many words to print
    #[arg(short, default_value_t = 10, value_parser = some)]
    k: usize,
}

impl Analogy {
    pub(super) fn run(self) -> Result<()> {
        let index = open(&self.model)?;
        let [a, b, c] = [&self.a, &self.b, &self.c].map(|word| word.as_encoded_bytes());
        print(&index, &index.analogy(a, b, c, self.k)?)
    }
}

/// `w2v similarity`.
#[derive(Args)]
pub(super) struct Similarity {
    /// A model, text or binary, plain, gzip or zstd
    model: PathBuf,
    /// A word of the model
    a: OsString,
    /// Another
    b: OsString,
}

impl Similarity {
    pub(super) fn run(self) -> Result<()> {
        let index = open(&self.model)?;
        let similarity = index.similarity(self.a.as_encoded_bytes(), self.b.as_encoded_bytes())?;
        writeln!(io::stdout(), "{similarity:.4}")?;
        Ok(())
    }
}

/// The model in the file at `path`, ready for questions.
pub(super) fn open(path: &Path) -> Result<Index> {
    Ok(Index::new(format::read(path)?))
}

/// Prints a line `word <tab> cosine` for each of `neighbours`; on a terminal no control characters.
fn print(index: &Index, neighbours: &[Neighbour]) -> Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let is_terminal = io::stdout().is_terminal();
    for neighbour in neighbours {
        write_word(&mut out, index.embeddings().word(neighbour.id).unwrap_or_default(), is_terminal)?;
        writeln!(out, "\t{:.4}", neighbour.similarity)?;
    }
    out.flush()?;
    Ok(())
}
