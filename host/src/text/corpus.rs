//! Text of any size, or a program's own sentences, as a stream of word ids that can be read again and again.
//!
//! A token is a maximal run of bytes other than ASCII white space; a newline ends a sentence, and so does the end of a
//! file. The text is read once, so that it may come from a pipe: while its words are counted, its tokens are numbered in
//! order of their words' arrival and spooled to a temporary file, and a pass over the corpus reads that file and maps
//! each number to the id of a vocabulary that was not known before. Memory holds the distinct words and a few buffers.

mod background_reader;
mod blocks;
mod chunk;
mod pass;
mod sentences;
mod source;
mod spool;
#[cfg(test)]
mod tests;

use std::env;
use std::iter;
use std::ops::ControlFlow;
use std::path::PathBuf;

use rayon::ThreadPool;

pub use pass::Pass;
pub use source::Source;

use self::background_reader::{Ahead, Piece};
use self::chunk::{Chunk, Numbering};
use self::spool::{Spool, SpoolWriter};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::setting::Setting;
use crate::threads;
use crate::vocabulary::{DROPPED, Tally, Vocabulary, not_parted};
use crate::words::Words;

/// Among the ids of a [`Pass`]: the sentence of the token before it ends here.
pub const SENTENCE_END: u32 = u32::MAX;

/// Text that a thread takes in at a time, in bytes.
const CHUNK_BYTES: usize = 1 << 16;

/// Chunks of a block for each thread: more than one, so that the others take those of the thread that puts the last block aside.
const CHUNKS: usize = 4;

/// How a corpus is read.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// Words that occur less often are left out; of no effect with a given `vocabulary`.
    pub min_count: u64,
    /// At most so many words are kept, the most frequent, of equally frequent ones those with the smallest bytes; `None` for all. A given
    /// `vocabulary` is cut likewise.
    pub max_words: Option<usize>,
    /// The words to keep, `None` for those of the corpus itself.
    pub vocabulary: Option<Vocabulary>,
    /// Where the tokens are spooled, at two bytes or little more each; `None` for the system's temporary directory.
    pub spool_dir: Option<PathBuf>,
    /// Threads that count the words of a text beside the one that reads, `None` for as many as the processors run; of no effect on
    /// what is read.
    pub threads: Option<usize>,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { min_count: 5, max_words: None, vocabulary: None, spool_dir: None, threads: None }
    }
}

/// How far the reading of a corpus has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Bytes read of the sources as they are stored, compressed or not; of sentences those of their words.
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
    words: usize,
    /// That of the vocabulary's words.
    fingerprint: u64,
    run_on: Option<Vec<u8>>,
}

impl Corpus {
    /// The text of all `sources` in their order, and the vocabulary of its tokens or, if one was given, that one.
    ///
    /// `observe` is called from time to time, also while a source has nothing to read, and may break off the reading. A
    /// source that is waited for then is left to a thread that waits on.
    ///
    /// # Errors
    /// [`Error::NothingToTrain`] when there is no token or none is in the vocabulary, [`Error::Io`] and [`Error::File`]
    /// when a source cannot be read or the spool not written, [`Error::Line`] for a token of more than 2²⁸ bytes, [`Error::Memory`] and
    /// [`Error::TooManyWords`] when there is no room for the words, [`Error::Setting`] for a number of threads that [`Config`] may not
    /// have or a `max_words` of 0, [`Error::Stopped`] when `observe` breaks.
    pub fn read(
        sources: &[Source],
        options: ReadOptions,
        observe: &mut dyn FnMut(&Reading) -> ControlFlow<()>,
    ) -> Result<(Vocabulary, Self)> {
        Self::read_chunks(sources, options, CHUNK_BYTES, observe)
    }

    /// [`Corpus::read`] in chunks of `chunk_bytes`, which do not change what is read.
    fn read_chunks(
        sources: &[Source],
        options: ReadOptions,
        chunk_bytes: usize,
        observe: &mut dyn FnMut(&Reading) -> ControlFlow<()>,
    ) -> Result<(Vocabulary, Self)> {
        // So many as there may be to train.
        Config { threads: options.threads, ..Config::default() }.validate()?;
        let threads = threads::number(options.threads);
        let sizes = sizes(sources)?;
        let bytes_total = sizes.iter().try_fold(0_u64, |total, &bytes| Some(total.saturating_add(bytes?)));
        let reading = Reading { bytes: 0, tokens: 0, bytes_total };
        let sized = sources.iter().cloned().zip(sizes).collect();
        let ahead = Ahead::start(sized, chunk_bytes.saturating_mul(CHUNKS).saturating_mul(threads))?;
        let pool = threads::pool(threads)?;
        Self::spooled(options, |spool, numbering| {
            Intake { spool, reading, ahead, pool, observe }.take(sources, numbering)
        })
    }

    /// The corpus of `sentences`, each of so many words, for a program that has words and not text; as [`Corpus::read`] otherwise,
    /// which gives the same of a text with a sentence on each line.
    ///
    /// A word is any non-empty run of bytes without ASCII white space. `observe` is called every few ten thousand words or sentences and
    /// at the end; one thread reads, this one. An iterator that comes to an error of its own ends, and its owner is to look.
    ///
    /// ```
    /// use std::ops::ControlFlow::Continue;
    /// use w2v::corpus::{Corpus, ReadOptions};
    ///
    /// # fn main() -> w2v::error::Result<()> {
    /// // Walks on a ring of ten nodes, made as they are read.
    /// let walks = (0..1000).map(|start| (start..start + 8).map(|node| format!("node-{}", node % 10)));
    /// let (vocabulary, corpus) = Corpus::from_sentences(walks, ReadOptions::default(), &mut |_| Continue(()))?;
    /// assert_eq!((vocabulary.len(), corpus.tokens()), (10, 8000));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Line`] for a word that is none, with the number of its sentence, counted from 1; [`Error::NothingToTrain`],
    /// [`Error::Io`] and [`Error::Stopped`] as [`Corpus::read`].
    pub fn from_sentences<S: IntoIterator<Item: AsRef<[u8]>>>(
        sentences: impl IntoIterator<Item = S>,
        options: ReadOptions,
        observe: &mut dyn FnMut(&Reading) -> ControlFlow<()>,
    ) -> Result<(Vocabulary, Self)> {
        Self::spooled(options, |spool, numbering| sentences::take(sentences, spool, numbering, observe))
    }

    /// The corpus of what `take` puts into a spool, with the numbers that it is lent; it also says how many tokens have one.
    fn spooled(
        options: ReadOptions,
        take: impl FnOnce(SpoolWriter, &mut dyn Numbering) -> Result<(Spool, u64)>,
    ) -> Result<(Vocabulary, Self)> {
        let ReadOptions { min_count, max_words, vocabulary, spool_dir, threads: _ } = options;
        if max_words == Some(0) {
            let problem = "must be 1 or more; without words there is nothing to train".to_owned();
            return Err(Error::Setting { setting: Setting::MaxVocab, value: "0".to_owned(), problem });
        }
        let max_words = max_words.unwrap_or(usize::MAX);
        let spool = SpoolWriter::create(&spool_dir.unwrap_or_else(env::temp_dir))?;
        match vocabulary {
            None => {
                let mut tally = Tally::default();
                let spool = take(spool, &mut tally)?.0;
                let run_on = tally.run_on();
                let (vocabulary, ids) = tally.rank(min_count, max_words)?;
                let tokens = vocabulary.tokens();
                let corpus = Self { run_on, ..Self::new(spool, Some(ids), tokens, &vocabulary) };
                Ok((vocabulary, corpus))
            }
            Some(vocabulary) => {
                let mut vocabulary = vocabulary.most_frequent(max_words);
                let (spool, tokens) = take(spool, &mut vocabulary)?;
                let corpus = Self::new(spool, None, tokens, &vocabulary);
                Ok((vocabulary, corpus))
            }
        }
    }

    fn new(spool: Spool, ids: Option<Vec<u32>>, tokens: u64, vocabulary: &Vocabulary) -> Self {
        let (words, fingerprint) = (vocabulary.len(), vocabulary.table().fingerprint());
        Self { spool, ids, tokens, words, fingerprint, run_on: None }
    }

    /// Refuses a vocabulary but that which it was read with, or another of the same words in the same order.
    pub(crate) fn check_is_of(&self, vocabulary: &Vocabulary) -> Result<()> {
        if self.fingerprint == vocabulary.table().fingerprint() {
            return Ok(());
        }
        let (read, given) = (self.words(), vocabulary.len());
        Err(Error::NothingToTrain(format!(
            "the corpus was read with another vocabulary, of {read} words, and not with this one of {given}; give the one that \
             came with it"
        )))
    }

    /// Tokens that one pass gives, all of them in the vocabulary.
    pub fn tokens(&self) -> u64 {
        self.tokens
    }

    /// Words of the vocabulary that it was read with: all ids of a pass are below.
    pub fn words(&self) -> usize {
        self.words
    }

    /// What to tell the user if the text seems to have no blanks between its words, as Chinese, Japanese and Thai have none: most tokens
    /// occur once and are long, 12 characters or more on average. `None` otherwise, and with a given vocabulary.
    pub fn not_parted(&self) -> Option<String> {
        self.run_on.as_deref().map(not_parted)
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
    ahead: Ahead,
    pool: ThreadPool,
    observe: &'a mut dyn FnMut(&Reading) -> ControlFlow<()>,
}

impl Intake<'_> {
    /// The spool of all tokens of `sources` that `numbering` gives a number, and how many they are.
    fn take(self, sources: &[Source], numbering: &mut dyn Numbering) -> Result<(Spool, u64)> {
        let Self { mut spool, mut reading, mut ahead, pool, observe } = self;
        let mut kept = 0;
        // While one block is looked up, the one before, whose words all have numbers, is spooled and counted.
        let chunks = pool.current_num_threads() * CHUNKS;
        let block = || iter::repeat_with(Chunk::default).take(chunks).collect::<Vec<_>>();
        let (mut last, mut next) = (block(), block());
        while let Some(piece) = ahead.next()? {
            match piece {
                Piece::Text { text, stored } => {
                    let (known, counts) = numbering.lend();
                    let look_up = || chunk::fill(&mut next, &text, known);
                    let (looked_up, put_aside) = pool.join(look_up, || chunk::put_aside(&last, counts, &mut spool));
                    looked_up?;
                    kept += put_aside?;
                    for chunk in &mut next {
                        chunk.number(numbering)?;
                        reading.tokens += chunk.tokens;
                    }
                    std::mem::swap(&mut next, &mut last);
                    reading.bytes = stored;
                }
                Piece::End => last.last_mut().into_iter().for_each(Chunk::end_sentence),
                Piece::Waiting => {}
            }
            report(observe, &reading)?;
        }
        kept += chunk::put_aside(&last, numbering.lend().1, &mut spool)?;
        trainable(reading.tokens, kept, || names(sources))?;
        Ok((spool.finish()?, kept))
    }
}

/// Tells `observe` how far it is; fails where it breaks off.
fn report(observe: &mut dyn FnMut(&Reading) -> ControlFlow<()>, reading: &Reading) -> Result<()> {
    match observe(reading) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Stopped("the corpus was read")),
    }
}

/// Refuses what `names` if it has no token, or none of its `tokens` was kept.
fn trainable(tokens: u64, kept: u64, names: impl Fn() -> String) -> Result<()> {
    let problem = match (tokens, kept) {
        (0, _) => format!("there is no word in {}", names()),
        (tokens, 0) => format!("none of the {tokens} tokens of {} is in the vocabulary", names()),
        _ => return Ok(()),
    };
    Err(Error::NothingToTrain(problem))
}

/// Words are numbered in order of arrival and counted.
impl Numbering for Tally {
    fn number(&mut self, word: &[u8]) -> Result<u32> {
        self.arrive(word)
    }

    fn lend(&mut self) -> (&Words, &mut [u64]) {
        self.lend()
    }
}

/// Words have their ids, others are passed over, none is counted.
impl Numbering for Vocabulary {
    fn number(&mut self, _: &[u8]) -> Result<u32> {
        Ok(DROPPED)
    }

    fn lend(&mut self) -> (&Words, &mut [u64]) {
        (self.table(), &mut [])
    }
}

/// The bytes of each of `sources`, where they can be told.
fn sizes(sources: &[Source]) -> Result<Vec<Option<u64>>> {
    if sources.iter().filter(|&source| *source == Source::Stdin).count() > 1 {
        let problem = "can be read only once; name `-` once".to_owned();
        return Err(Error::File { path: Source::Stdin.name(), problem });
    }
    sources.iter().map(Source::stored_bytes).collect()
}

/// The names of `sources` for a message.
fn names(sources: &[Source]) -> String {
    match sources {
        [] => "an empty list of files".to_owned(),
        [one] => one.name(),
        [first, rest @ ..] => format!("{} and {} more", first.name(), rest.len()),
    }
}
