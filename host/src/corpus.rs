//! Text of any size as a stream of word ids that can be read again and again.
//!
//! A token is a maximal run of bytes other than ASCII white space; a newline ends a sentence, and so does the end of a
//! file. The text is read once, so that it may come from a pipe: while its words are counted, its tokens are numbered in
//! order of their words' arrival and spooled to a temporary file, and a pass over the corpus reads that file and maps
//! each number to the id of a vocabulary that was not known before. Memory holds the distinct words and a few buffers.

mod blocks;
mod pass;
mod source;
mod spool;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::env;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::rc::Rc;

pub use pass::Pass;
pub use source::Source;

use self::blocks::Blocks;
use self::spool::{Spool, SpoolWriter};
use crate::error::{Error, Result};
use crate::tokens::tokens;
use crate::vocabulary::{Tally, Vocabulary};

/// Among the ids of a [`Pass`]: the sentence of the token before it ends here.
pub const SENTENCE_END: u32 = u32::MAX;

/// Text taken in at a time, in bytes.
const BLOCK_BYTES: usize = 1 << 20;

/// How a corpus is read.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// Words that occur less often are left out; of no effect with a given `vocabulary`.
    pub min_count: u64,
    /// The words to keep, `None` for those of the corpus itself.
    pub vocabulary: Option<Vocabulary>,
    /// Where the tokens are spooled, at two bytes or little more each; `None` for the system's temporary directory.
    pub spool_dir: Option<PathBuf>,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { min_count: 5, vocabulary: None, spool_dir: None }
    }
}

/// How far the reading of a corpus has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Bytes read of the sources as they are stored, compressed or not.
    pub bytes: u64,
    /// Tokens found, in the vocabulary or not.
    pub tokens: u64,
    /// Bytes there are to read, `None` when a source cannot tell.
    pub bytes_total: Option<u64>,
}

/// A text whose tokens were numbered and put aside.
#[derive(Debug)]
pub struct Corpus {
    spool: Spool,
    /// The id of each number in the spool, `None` where they are the same.
    ids: Option<Vec<u32>>,
    tokens: u64,
}

impl Corpus {
    /// The text of all `sources` in their order, and the vocabulary of its tokens or, if one was given, that one.
    ///
    /// `observe` is called at least once in a megabyte of text and may break off the reading.
    ///
    /// # Errors
    /// [`Error::NothingToTrain`] when there is no token or none is in the vocabulary, [`Error::Io`] and [`Error::File`]
    /// when a source cannot be read or the spool not written, [`Error::Stopped`] when `observe` breaks.
    pub fn read(
        sources: &[Source],
        options: ReadOptions,
        observe: &mut dyn FnMut(&Reading) -> ControlFlow<()>,
    ) -> Result<(Vocabulary, Self)> {
        Self::read_blocks(sources, options, BLOCK_BYTES, observe)
    }

    /// [`Corpus::read`] in blocks of `block_bytes`, which do not change what is read.
    fn read_blocks(
        sources: &[Source],
        options: ReadOptions,
        block_bytes: usize,
        observe: &mut dyn FnMut(&Reading) -> ControlFlow<()>,
    ) -> Result<(Vocabulary, Self)> {
        let ReadOptions { min_count, vocabulary, spool_dir } = options;
        let intake = Intake {
            spool: SpoolWriter::create(&spool_dir.unwrap_or_else(env::temp_dir))?,
            reading: Reading { bytes: 0, tokens: 0, bytes_total: total(sources)? },
            block_bytes,
            observe,
        };
        match vocabulary {
            None => Self::counted(sources, min_count, intake),
            Some(vocabulary) => Self::looked_up(sources, vocabulary, intake),
        }
    }

    /// The corpus of the words in `sources` that occur at least `min_count` times.
    fn counted(sources: &[Source], min_count: u64, intake: Intake<'_>) -> Result<(Vocabulary, Self)> {
        let mut tally = Tally::default();
        let number = |token: &[u8]| match tally.see(token) {
            Some(number) => Ok(Some(number)),
            None => Err(Error::NothingToTrain("the corpus has more than 2^32 - 2 distinct words".to_owned())),
        };
        let (spool, _) = intake.take_all(sources, number)?;
        let (vocabulary, ids) = tally.rank(min_count)?;
        let tokens = vocabulary.tokens();
        Ok((vocabulary, Self { spool, ids: Some(ids), tokens }))
    }

    /// The corpus of the words in `sources` that `vocabulary` has.
    fn looked_up(sources: &[Source], vocabulary: Vocabulary, intake: Intake<'_>) -> Result<(Vocabulary, Self)> {
        let mut kept = 0;
        let number = |token: &[u8]| {
            let id = vocabulary.id(token);
            kept += u64::from(id.is_some());
            Ok(id)
        };
        let (spool, tokens) = intake.take_all(sources, number)?;
        if kept == 0 {
            let problem = format!("none of the {tokens} tokens of {} is in the vocabulary", names(sources));
            return Err(Error::NothingToTrain(problem));
        }
        Ok((vocabulary, Self { spool, ids: None, tokens: kept }))
    }

    /// Tokens that one pass gives, all of them in the vocabulary.
    pub fn tokens(&self) -> u64 {
        self.tokens
    }

    /// A reader of the tokens from the first on.
    ///
    /// # Errors
    /// [`Error::Io`] when the spool cannot be read.
    pub fn pass(&mut self) -> Result<Pass<'_>> {
        Ok(Pass::new(self.spool.rewind()?, self.ids.as_deref()))
    }
}

/// The reading of texts into a spool.
struct Intake<'a> {
    spool: SpoolWriter,
    reading: Reading,
    block_bytes: usize,
    observe: &'a mut dyn FnMut(&Reading) -> ControlFlow<()>,
}

impl Intake<'_> {
    /// The spool of all tokens of `sources` to which `number` gives a number, and how many tokens there are in all.
    fn take_all(
        mut self,
        sources: &[Source],
        mut number: impl FnMut(&[u8]) -> Result<Option<u32>>,
    ) -> Result<(Spool, u64)> {
        for source in sources {
            self.take(source, &mut number)?;
        }
        match self.reading.tokens {
            0 => Err(Error::NothingToTrain(format!("there is no word in {}", names(sources)))),
            tokens => Ok((self.spool.finish()?, tokens)),
        }
    }

    /// Spools the tokens of `source`.
    fn take(&mut self, source: &Source, number: &mut impl FnMut(&[u8]) -> Result<Option<u32>>) -> Result<()> {
        let before = self.reading.bytes;
        let stored = Rc::new(Cell::new(0));
        let mut blocks = Blocks::new(source.open(Rc::clone(&stored))?, self.block_bytes);
        while let Some(block) = blocks.next().map_err(|error| Error::io(source.name(), "read")(error))? {
            let mut start = 0;
            for newline in memchr::memchr_iter(b'\n', block) {
                self.take_line(&block[start..newline], number)?;
                self.spool.end_sentence();
                start = newline + 1;
            }
            self.take_line(&block[start..], number)?;
            self.spool.drain()?;
            self.reading.bytes = before + stored.get();
            if (self.observe)(&self.reading).is_break() {
                return Err(Error::Stopped("the corpus was read"));
            }
        }
        self.spool.end_sentence();
        Ok(())
    }

    /// Spools the tokens of a line, or of as much of it as is there.
    #[inline]
    fn take_line(&mut self, line: &[u8], number: &mut impl FnMut(&[u8]) -> Result<Option<u32>>) -> Result<()> {
        for token in tokens(line) {
            self.reading.tokens += 1;
            if let Some(number) = number(token)? {
                self.spool.push(number);
            }
        }
        Ok(())
    }
}

/// The bytes of all `sources` where all of them can tell.
fn total(sources: &[Source]) -> Result<Option<u64>> {
    if sources.iter().filter(|&source| *source == Source::Stdin).count() > 1 {
        let problem = "can be read only once; name `-` once".to_owned();
        return Err(Error::File { path: Source::Stdin.name(), problem });
    }
    let mut total = Some(0_u64);
    for source in sources {
        total = total.zip(source.stored_bytes()?).map(|(total, bytes)| total.saturating_add(bytes));
    }
    Ok(total)
}

/// The names of `sources` for a message.
fn names(sources: &[Source]) -> String {
    match sources {
        [] => "an empty list of files".to_owned(),
        [one] => one.name(),
        [first, rest @ ..] => format!("{} and {} more", first.name(), rest.len()),
    }
}
