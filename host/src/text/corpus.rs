//! Text of any size, or a program's own sentences, as a stream of word ids that can be read any
//! number of times.
//!
//! A token is a maximal run of bytes other than ASCII white space. A newline ends a sentence, and
//! so does the end of a file.
//!
//! The text is read only once, so it may come from a pipe. Ids follow from the counts, which are
//! known only at the end of the text. Therefore each word first gets a number in the order of first
//! occurrence; the numbers of all tokens are spooled, that is, written to a temporary file, while
//! words are counted. A pass over the corpus reads this file and maps each number to the word's id.
//! Memory holds the distinct words and a few buffers.

mod background_reader;
mod blocks;
mod chunk;
mod fingerprint;
mod options;
mod pass;
mod prepared;
mod saved;
mod sentences;
mod source;
mod spool;
#[cfg(test)]
mod tests;

use std::env;
use std::fmt;
use std::iter;
use std::mem;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use bstr::BStr;
use rayon::ThreadPool;

pub(crate) use fingerprint::Fingerprint;
pub use options::ReadOptions;
pub use pass::Pass;
pub use prepared::PreparedText;
pub use source::Source;

use self::background_reader::{BackgroundReader, Piece};
use self::chunk::{Chunk, Numbering};
use self::options::{Observer, WordLimits};
pub(crate) use self::spool::SentenceCounts;
use self::spool::{Spool, SpoolWriter};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::memory;
use crate::text::preparation::{Counts, Preparing};
use crate::text::raw;
use crate::text::vocabulary::{DROPPED, Tally, Vocabulary, not_parted};
use crate::text::words::Words;
use crate::threads;

/// Stands among the ids of a [`Pass`] after the last token of each sentence.
pub const SENTENCE_END: u32 = u32::MAX;

/// Bytes of text in a chunk, which one thread processes.
const CHUNK_BYTES: usize = 1 << 16;

/// Chunks of a block for each thread. There are several, because one thread is busy with spooling
/// the last block for a while: the other threads then take its chunks.
const CHUNKS: usize = 4;

/// The progress of reading a corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reading {
    /// Bytes read so far. For sources these are the bytes as stored, so compressed bytes if the
    /// source is compressed. For sentences they are the bytes of the words.
    pub bytes: u64,
    /// Tokens found so far, including those outside the vocabulary.
    pub tokens: u64,
    /// Bytes to read in all; `None` for sentences, or if the size of a source is unknown.
    pub bytes_total: Option<u64>,
}

/// A text as a spool of numbered tokens, with its vocabulary.
///
/// Several passes may read a corpus at the same time, from several threads.
pub struct Corpus {
    vocabulary: Vocabulary,
    spool: Spool,
    /// For each number in the spool the word's id, or [`DROPPED`]. `None` if the numbers are ids
    /// already.
    ids: Option<Vec<u32>>,
    tokens: u64,
    run_on: Option<Vec<u8>>,
    /// Which words were kept.
    limits: WordLimits,
    /// What was read and written while the text was prepared, if it was.
    prepared: Option<Counts>,
}

/// Shows the vocabulary and the number of tokens, not the ids.
impl fmt::Debug for Corpus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { vocabulary, tokens, .. } = self;
        f.debug_struct("Corpus").field("vocabulary", vocabulary).field("tokens", tokens).finish_non_exhaustive()
    }
}

impl Corpus {
    /// Reads the files at `paths`, in this order; each may be plain, gzip or zstd. The vocabulary
    /// has the words that occur at least 5 times.
    ///
    /// [`ReadOptions`] has the other settings, and reports progress.
    ///
    /// # Errors
    /// As [`ReadOptions::sources`].
    pub fn from_files(paths: impl IntoIterator<Item: AsRef<Path>>) -> Result<Self> {
        ReadOptions::new().files(paths)
    }

    /// Reads `sentences`, each an iterator of words. The vocabulary has the words that occur at
    /// least 5 times.
    ///
    /// ```
    /// # fn main() -> w2v::Result<()> {
    /// // Walks on a ring of ten nodes, made as they are read.
    /// let walks = (0..1000).map(|start| (start..start + 8).map(|node| format!("node-{}", node % 10)));
    /// let corpus = w2v::Corpus::from_sentences(walks)?;
    /// assert_eq!((corpus.vocabulary().len(), corpus.tokens()), (10, 8000));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`ReadOptions::sentences`].
    pub fn from_sentences<S: IntoIterator<Item: AsRef<[u8]>>>(sentences: impl IntoIterator<Item = S>) -> Result<Self> {
        ReadOptions::new().sentences(sentences)
    }

    /// Reads `sources` in chunks of `chunk_bytes` bytes. The size of chunks does not change the
    /// result.
    fn read_chunks(sources: &[Source], mut options: ReadOptions<'_>, chunk_bytes: usize) -> Result<Self> {
        // The number of threads has the same limits as for training.
        Config { threads: options.threads, ..Config::default() }.validate()?;
        let threads = threads::number(options.threads);
        let sizes = sizes(sources)?;
        let bytes_total = sizes.iter().try_fold(0_u64, |total, &bytes| Some(total.saturating_add(bytes?)));
        let reading = Reading { bytes: 0, tokens: 0, bytes_total };
        let sized = sources.iter().cloned().zip(sizes).collect();
        let pool = Arc::new(threads::pool(threads)?);
        let preparing = options.preparation.map(|how| Preparing::by(how, Arc::clone(&pool)));
        let block_bytes = chunk_bytes.saturating_mul(CHUNKS).saturating_mul(threads);
        let ahead = BackgroundReader::start(sized, block_bytes, preparing.clone())?;
        let mut observe = mem::replace(&mut options.observe, Box::new(|_| ControlFlow::Continue(())));
        let corpus = Self::spooled(options, |spool, numbering| {
            Intake { spool, reading, ahead, pool, observe: &mut *observe }.take(sources, numbering)
        })?;
        Ok(Self { prepared: preparing.map(|preparing| preparing.counts()), ..corpus })
    }

    /// The corpus of `sentences`.
    fn of_sentences<S: IntoIterator<Item: AsRef<[u8]>>>(
        sentences: impl IntoIterator<Item = S>,
        mut options: ReadOptions<'_>,
    ) -> Result<Self> {
        let mut observe = mem::replace(&mut options.observe, Box::new(|_| ControlFlow::Continue(())));
        Self::spooled(options, |spool, numbering| sentences::take(sentences, spool, numbering, &mut *observe))
    }

    /// The corpus of the tokens that `take` puts into a spool. `take` is given the spool and the
    /// numbering of words, and returns the filled spool and the number of tokens in it.
    fn spooled(
        options: ReadOptions<'_>,
        take: impl FnOnce(SpoolWriter, &mut dyn Numbering) -> Result<(Spool, u64)>,
    ) -> Result<Self> {
        let limits = options.limits()?;
        let ReadOptions { min_count, max_vocab, vocabulary, spool_dir, .. } = options;
        let most = max_vocab.unwrap_or(usize::MAX);
        let spool = SpoolWriter::create(&spool_dir.unwrap_or_else(env::temp_dir))?;
        match vocabulary {
            None => {
                let mut tally = Tally::default();
                let spool = take(spool, &mut tally)?.0;
                let run_on = tally.run_on();
                let (vocabulary, ids) = tally.rank(min_count, most)?;
                let tokens = vocabulary.tokens();
                Ok(Self { spool, ids: Some(ids), tokens, run_on, vocabulary, limits, prepared: None })
            }
            Some(vocabulary) => {
                let mut vocabulary = vocabulary.most_frequent(most);
                let (spool, tokens) = take(spool, &mut vocabulary)?;
                Ok(Self { spool, ids: None, tokens, run_on: None, vocabulary, limits, prepared: None })
            }
        }
    }

    /// The vocabulary. All ids of a pass are ids of this vocabulary.
    pub const fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The number of tokens in a pass. Tokens outside the vocabulary are not counted.
    pub fn tokens(&self) -> u64 {
        self.tokens
    }

    /// The same text with those of its words alone that `keep` keeps, by the word and its count.
    ///
    /// ```
    /// # fn main() -> w2v::Result<()> {
    /// let text = w2v::Source::text("to be or not to be\n");
    /// let corpus = w2v::ReadOptions::new().min_count(1).sources([text])?;
    /// let corpus = corpus.keep_words(|word, count| count > 1 && word != "to")?;
    /// assert!(corpus.vocabulary().words().eq(["be"]));
    /// assert_eq!(corpus.tokens(), 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::NothingToTrain`] when no word is kept; [`Error::Memory`] when there is none for the
    /// new vocabulary.
    pub fn keep_words(self, mut keep: impl FnMut(&BStr, u64) -> bool) -> Result<Self> {
        let all = self.vocabulary.words().zip(self.vocabulary.counts());
        let kept = all.map(|(word, &count)| if keep(word, count) { count } else { 0 }).collect::<Vec<u64>>();
        let words = self.vocabulary.words().zip(kept.iter().copied());
        let vocabulary = Vocabulary::from_counts(words, 1)?;
        // The order of the words stays, so that the ids of those that are kept are their ranks.
        let mut new = memory::filled(DROPPED, kept.len(), "ids")?;
        for (new, id) in new.iter_mut().zip(&kept).filter(|(_, count)| **count > 0).map(|(new, _)| new).zip(0..) {
            *new = id;
        }
        let ids = match self.ids {
            Some(mut ids) => {
                ids.iter_mut().for_each(|id| *id = new.get(*id as usize).copied().unwrap_or(DROPPED));
                ids
            }
            None => new,
        };
        let mut corpus = Self { ids: Some(ids), vocabulary, ..self };
        corpus.tokens = corpus.counted()?;
        Ok(corpus)
    }

    /// Tokens that one pass gives, counted.
    fn counted(&self) -> Result<u64> {
        let (mut pass, mut tokens, mut counted) = (self.pass(), Vec::new(), 0);
        loop {
            tokens.clear();
            match pass.read(&mut tokens, CHUNK_BYTES)? {
                0 => return Ok(counted),
                read => counted += read as u64,
            }
        }
    }

    /// A warning for the user if the text seems to have no blanks between words, as in Chinese,
    /// Japanese and Thai: there are more distinct words than half the tokens, and tokens have 12
    /// characters or more on average. `None` otherwise, and always if the vocabulary was given.
    pub fn not_parted(&self) -> Option<String> {
        self.run_on.as_deref().map(not_parted)
    }

    /// What shows that the text was not made ready, as a [`Preparation`](crate::Preparation) does:
    /// more than a tenth of its words end in punctuation, half of those with a capital are there in
    /// small letters too, or a hundredth have 100 bytes or more. `None` where nothing does.
    pub fn looks_raw(&self) -> Option<String> {
        raw::looks_raw(&self.vocabulary)
    }

    /// What to tell the user if half of the sentences have one word, from which nothing is learned.
    pub fn short_sentences(&self) -> Option<String> {
        raw::short_sentences(self.spool.sentences())
    }

    /// What was read and written while the text was made ready, if it was.
    pub const fn prepared(&self) -> Option<&Counts> {
        self.prepared.as_ref()
    }

    /// A reader of all tokens, from the first one.
    pub fn pass(&self) -> Pass<'_> {
        Pass::new(self.spool.reader(), self.ids.as_deref())
    }
}

/// The reading of texts into a spool.
struct Intake<'a> {
    spool: SpoolWriter,
    reading: Reading,
    ahead: BackgroundReader,
    pool: Arc<ThreadPool>,
    observe: &'a mut Observer<'a>,
}

impl Intake<'_> {
    /// Spools all tokens of `sources` to which `numbering` gives a number. Returns the spool and
    /// the number of tokens in it.
    fn take(self, sources: &[Source], numbering: &mut dyn Numbering) -> Result<(Spool, u64)> {
        let Self { mut spool, mut reading, mut ahead, pool, observe } = self;
        let mut kept = 0;
        // While the words of one block are looked up, the block before, whose words all have
        // numbers, is spooled and counted.
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
                    mem::swap(&mut next, &mut last);
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

/// Calls `observe`. Fails with [`Error::Stopped`] if `observe` breaks.
fn report(observe: &mut Observer<'_>, reading: &Reading) -> Result<()> {
    match observe(reading) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::stopped("the corpus was read")),
    }
}

/// Fails if the corpus has no token, or if none of its `tokens` tokens was kept. `names` returns
/// the corpus's name for the message.
fn trainable(tokens: u64, kept: u64, names: impl Fn() -> String) -> Result<()> {
    let problem = match (tokens, kept) {
        (0, _) => format!("there is no word in {}", names()),
        (tokens, 0) => format!("none of the {tokens} tokens of {} is in the vocabulary", names()),
        _ => return Ok(()),
    };
    Err(Error::NothingToTrain(problem))
}

/// Words are numbered in the order of first occurrence, and counted.
impl Numbering for Tally {
    fn number(&mut self, word: &[u8]) -> Result<u32> {
        self.arrive(word)
    }

    fn lend(&mut self) -> (&Words, &mut [u64]) {
        self.lend()
    }
}

/// The number of a word is its id. Other words are passed over. Nothing is counted.
impl Numbering for Vocabulary {
    fn number(&mut self, _: &[u8]) -> Result<u32> {
        Ok(DROPPED)
    }

    fn lend(&mut self) -> (&Words, &mut [u64]) {
        (self.table(), &mut [])
    }
}

/// The size in bytes of each of `sources`, `None` if it is unknown.
fn sizes(sources: &[Source]) -> Result<Vec<Option<u64>>> {
    if sources.iter().filter(|&source| *source == Source::Stdin).count() > 1 {
        let problem = "can be read only once; name `-` once".to_owned();
        return Err(Error::File { path: Source::Stdin.name(), problem });
    }
    sources.iter().map(Source::stored_bytes).collect()
}

/// The name of `sources` in messages: that of the first, and how many more there are.
fn names(sources: &[Source]) -> String {
    match sources {
        [] => "an empty list of files".to_owned(),
        [one] => one.name(),
        [first, rest @ ..] => format!("{} and {} more", first.name(), rest.len()),
    }
}
