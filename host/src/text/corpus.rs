//! Text of any size, or a program's own sentences, as a stream of word ids that can be read again
//! and again.
//!
//! A token is a maximal run of bytes other than ASCII white space; a newline ends a sentence, and
//! so does the end of a file. The text is read once, so that it may come from a pipe: while its
//! words are counted, its tokens are numbered in order of their words' arrival and spooled to a
//! temporary file, and a pass over the corpus reads that file and maps each number to the id of a
//! vocabulary that was not known before. Memory holds the distinct words and a few buffers.

mod background_reader;
mod blocks;
mod chunk;
mod options;
mod pass;
mod prepared;
mod sentences;
mod source;
mod spool;
#[cfg(test)]
mod tests;

use std::env;
use std::iter;
use std::mem;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use rayon::ThreadPool;

pub use options::ReadOptions;
pub use pass::Pass;
pub use prepared::PreparedText;
pub use source::Source;

use self::background_reader::{BackgroundReader, Piece};
use self::chunk::{Chunk, Numbering};
use self::options::Observer;
pub(crate) use self::spool::SentenceCounts;
use self::spool::{Spool, SpoolWriter};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::setting::Setting;
use crate::text::preparation::{Counts, Preparing};
use crate::text::raw;
use crate::text::vocabulary::{DROPPED, Tally, Vocabulary, not_parted};
use crate::text::words::Words;
use crate::threads;

/// Among the ids of a [`Pass`]: the sentence of the token before it ends here.
pub const SENTENCE_END: u32 = u32::MAX;

/// Text that a thread takes in at a time, in bytes.
const CHUNK_BYTES: usize = 1 << 16;

/// Chunks of a block for each thread: more than one, so that the others take those of the thread
/// that puts the last block aside.
const CHUNKS: usize = 4;

/// How far the reading of a corpus has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reading {
    /// Bytes read of the sources as they are stored, compressed or not; of sentences those of their
    /// words.
    pub bytes: u64,
    /// Tokens found, in the vocabulary or not.
    pub tokens: u64,
    /// Bytes there are to read, `None` when a source cannot tell.
    pub bytes_total: Option<u64>,
}

/// A text whose tokens were numbered and put aside, and its vocabulary.
///
/// A corpus may be read by several passes at once, and trained by several threads.
#[derive(Debug)]
pub struct Corpus {
    vocabulary: Vocabulary,
    spool: Spool,
    /// The id of each number in the spool, `None` where they are the same.
    ids: Option<Vec<u32>>,
    tokens: u64,
    run_on: Option<Vec<u8>>,
    /// What was read and written while the text was made ready, if it was.
    prepared: Option<Counts>,
}

impl Corpus {
    /// The corpus of the files at `paths`, in their order, plain, gzip or zstd, with all words that
    /// occur 5 times.
    ///
    /// [`ReadOptions`] reads in other ways, and tells how far it is.
    ///
    /// # Errors
    /// As [`ReadOptions::sources`].
    pub fn from_files(paths: impl IntoIterator<Item: AsRef<Path>>) -> Result<Self> {
        ReadOptions::new().files(paths)
    }

    /// The corpus of `sentences`, each an iterator of words, with all words that occur 5 times.
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

    /// The corpus of `sources`, in chunks of `chunk_bytes`, which do not change what is read.
    fn read_chunks(sources: &[Source], mut options: ReadOptions<'_>, chunk_bytes: usize) -> Result<Self> {
        // So many as there may be to train.
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

    /// The corpus of what `take` puts into a spool, with the numbers that it is lent; it also says
    /// how many tokens have one.
    fn spooled(
        options: ReadOptions<'_>,
        take: impl FnOnce(SpoolWriter, &mut dyn Numbering) -> Result<(Spool, u64)>,
    ) -> Result<Self> {
        let ReadOptions { min_count, max_vocab, vocabulary, spool_dir, .. } = options;
        if max_vocab == Some(0) {
            let problem = "must be 1 or more; without words there is nothing to train".to_owned();
            return Err(Error::Setting { setting: Setting::MaxVocab, value: "0".to_owned(), problem });
        }
        let most = max_vocab.unwrap_or(usize::MAX);
        let spool = SpoolWriter::create(&spool_dir.unwrap_or_else(env::temp_dir))?;
        match vocabulary {
            None => {
                let mut tally = Tally::default();
                let spool = take(spool, &mut tally)?.0;
                let run_on = tally.run_on();
                let (vocabulary, ids) = tally.rank(min_count, most)?;
                let tokens = vocabulary.tokens();
                Ok(Self { spool, ids: Some(ids), tokens, run_on, vocabulary, prepared: None })
            }
            Some(vocabulary) => {
                let mut vocabulary = vocabulary.most_frequent(most);
                let (spool, tokens) = take(spool, &mut vocabulary)?;
                Ok(Self { spool, ids: None, tokens, run_on: None, vocabulary, prepared: None })
            }
        }
    }

    /// The words that it was read with: all ids of a pass are theirs.
    pub const fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Tokens that one pass gives, all of them in the vocabulary.
    pub fn tokens(&self) -> u64 {
        self.tokens
    }

    /// What to tell the user if the text seems to have no blanks between its words, as Chinese,
    /// Japanese and Thai have none: most tokens occur once and are long, 12 characters or more on
    /// average. `None` otherwise, and with a given vocabulary.
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

    /// A reader of the tokens from the first on.
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
    /// The spool of all tokens of `sources` that `numbering` gives a number, and how many they are.
    fn take(self, sources: &[Source], numbering: &mut dyn Numbering) -> Result<(Spool, u64)> {
        let Self { mut spool, mut reading, mut ahead, pool, observe } = self;
        let mut kept = 0;
        // While one block is looked up, the one before, whose words all have numbers, is spooled
        // and counted.
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

/// Tells `observe` how far it is; fails where it breaks off.
fn report(observe: &mut Observer<'_>, reading: &Reading) -> Result<()> {
    match observe(reading) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::stopped("the corpus was read")),
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
