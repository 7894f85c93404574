//! How a corpus is read: the settings and the observer.

use std::fmt;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::{Corpus, Reading, Source};
use crate::error::{Error, Result};
use crate::setting::Setting;
use crate::text::preparation::Preparation;
use crate::text::vocabulary::Vocabulary;

/// How a corpus is read. There is a method for each setting; [`files`](Self::files),
/// [`sources`](Self::sources) or [`sentences`](Self::sentences) then reads.
///
/// ```
/// use std::ops::ControlFlow::Continue;
/// use w2v::{ReadOptions, Source};
///
/// # fn main() -> w2v::Result<()> {
/// let text = Source::text("the cat saw the dog\nthe dog ran\n");
/// let mut bytes = 0;
/// let options = ReadOptions::new().min_count(2).observe(|reading| {
///     bytes = reading.bytes;
///     Continue(())
/// });
/// let corpus = options.sources([text])?;
/// assert!(corpus.vocabulary().words().eq(["the", "dog"]));
/// assert_eq!((corpus.tokens(), bytes), (5, 32));
/// # Ok(())
/// # }
/// ```
pub struct ReadOptions<'o> {
    pub(super) min_count: u64,
    pub(super) max_vocab: Option<usize>,
    pub(super) vocabulary: Option<Vocabulary>,
    pub(super) spool_dir: Option<PathBuf>,
    pub(super) threads: Option<usize>,
    pub(super) preparation: Option<Preparation>,
    pub(super) observe: Box<Observer<'o>>,
}

/// Which words of a text are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WordLimits {
    /// `None` where a vocabulary was given.
    pub(super) min_count: Option<u64>,
    pub(super) max_vocab: Option<usize>,
}

/// A function that is called with the progress, and may stop the reading.
pub(super) type Observer<'o> = dyn FnMut(&Reading) -> ControlFlow<()> + 'o;

impl<'o> ReadOptions<'o> {
    /// The [`min_count`](Self::min_count) of [`new`](Self::new).
    pub const MIN_COUNT: u64 = 5;

    /// The defaults: words that occur at least 5 times, the system's temporary directory, one
    /// thread for each processor, no observer.
    #[must_use]
    pub fn new() -> Self {
        Self {
            min_count: Self::MIN_COUNT,
            max_vocab: None,
            vocabulary: None,
            spool_dir: None,
            threads: None,
            preparation: None,
            observe: Box::new(|_| ControlFlow::Continue(())),
        }
    }

    /// Words that occur fewer than `min_count` times are left out. This has no effect if a
    /// [`vocabulary`](Self::vocabulary) is given.
    #[must_use]
    pub fn min_count(self, min_count: u64) -> Self {
        Self { min_count, ..self }
    }

    /// Only the most frequent `words` words are kept; of words with the same count, those with the
    /// smallest bytes. This holds for a given [`vocabulary`](Self::vocabulary) too.
    #[must_use]
    pub fn max_vocab(self, words: usize) -> Self {
        Self { max_vocab: Some(words), ..self }
    }

    /// Uses `vocabulary`, with its counts, instead of counting the words of the corpus. Tokens of
    /// other words are left out.
    #[must_use]
    pub fn vocabulary(self, vocabulary: Vocabulary) -> Self {
        Self { vocabulary: Some(vocabulary), ..self }
    }

    /// The directory of the spool, a temporary file of two bytes or slightly more for each token.
    /// The default is the system's temporary directory.
    #[must_use]
    pub fn spool_dir(self, directory: impl Into<PathBuf>) -> Self {
        Self { spool_dir: Some(directory.into()), ..self }
    }

    /// The number of threads that look up and count words, beside the thread that reads the
    /// sources. The default is one for each processor. The number does not change the result.
    #[must_use]
    pub fn threads(self, threads: usize) -> Self {
        Self { threads: Some(threads), ..self }
    }

    /// Prepares the text while it is read. This has no effect on [`sentences`](Self::sentences).
    #[must_use]
    pub fn preparation(self, preparation: Preparation) -> Self {
        Self { preparation: Some(preparation), ..self }
    }

    /// `observe` is called from time to time, also while a source has nothing to read. If it
    /// breaks, reading ends with [`Error::Stopped`]. If the reading thread
    /// is waiting for a source at that moment, it goes on waiting in the background.
    #[must_use]
    pub fn observe(self, observe: impl FnMut(&Reading) -> ControlFlow<()> + 'o) -> Self {
        Self { observe: Box::new(observe), ..self }
    }

    /// Which words are kept.
    ///
    /// # Errors
    /// [`Error::Setting`] if none can be.
    pub(super) fn limits(&self) -> Result<WordLimits> {
        if self.max_vocab == Some(0) {
            let problem = "must be 1 or more; without words there is nothing to train".to_owned();
            return Err(Error::Setting { setting: Setting::MaxVocab, value: "0".to_owned(), problem });
        }
        let min_count = self.vocabulary.is_none().then_some(self.min_count);
        Ok(WordLimits { min_count, max_vocab: self.max_vocab })
    }

    /// Reads the files at `paths`, in this order; each may be plain, gzip or zstd.
    ///
    /// # Errors
    /// As [`sources`](Self::sources).
    pub fn files(self, paths: impl IntoIterator<Item: AsRef<Path>>) -> Result<Corpus> {
        self.sources(paths.into_iter().map(|path| Source::File(path.as_ref().to_owned())))
    }

    /// Reads the text of all `sources`, in this order. The vocabulary is the given one, or else is
    /// counted from the text.
    ///
    /// # Errors
    /// [`Error::NothingToTrain`] if there is no token, or none is in the vocabulary; [`Error::Io`]
    /// and [`Error::File`] if a source cannot be read or the spool cannot be written;
    /// [`Error::Line`] for a token of more than 2²⁸ bytes; [`Error::Memory`] and
    /// [`Error::TooManyWords`] if there is no room for the words; [`Error::Setting`] for a
    /// `max_vocab` of 0, or a number of threads that [`Config`](crate::Config) does not allow;
    /// [`Error::Stopped`] if the observer breaks.
    pub fn sources(self, sources: impl IntoIterator<Item = Source>) -> Result<Corpus> {
        let sources: Vec<Source> = sources.into_iter().collect();
        Corpus::read_chunks(&sources, self, super::CHUNK_BYTES)
    }

    /// Reads `sentences`, each an iterator of words, for a program that has words instead of text.
    /// The result is that of a text with one sentence on each line.
    ///
    /// A word is any non-empty run of bytes without ASCII white space. The observer is called after
    /// every 65,536 words and ends of sentences, and at the end. The calling thread alone reads. If
    /// an iterator meets an error of its own, it can only end, and the caller must check for the
    /// error afterwards.
    ///
    /// # Errors
    /// [`Error::Line`] for a word that is empty or contains white space, with
    /// the number of its sentence, counted from 1; otherwise as [`sources`](Self::sources).
    pub fn sentences<S: IntoIterator<Item: AsRef<[u8]>>>(
        self,
        sentences: impl IntoIterator<Item = S>,
    ) -> Result<Corpus> {
        Corpus::of_sentences(sentences, self)
    }

    /// The corpus that [`Corpus::save`] put into the file at `path`; no text is read. Its words
    /// must have been kept by the options that are set here. The observer is not called.
    ///
    /// # Errors
    /// [`Error::File`] for a file that is no corpus, is damaged, or has another vocabulary than the
    /// one that is set; [`Error::Setting`] for another `min_count` or `max_vocab`; [`Error::Io`]
    /// when the file cannot be read, [`Error::Memory`] when there is no room for its vocabulary.
    pub fn saved(self, path: impl AsRef<Path>) -> Result<Corpus> {
        let limits = self.limits()?;
        Corpus::load(path.as_ref(), limits, self.vocabulary)
    }
}

impl Default for ReadOptions<'_> {
    fn default() -> Self {
        Self::new()
    }
}

/// Shows all settings, not the observer.
impl fmt::Debug for ReadOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { min_count, max_vocab, vocabulary, spool_dir, threads, preparation, observe: _ } = self;
        f.debug_struct("ReadOptions")
            .field("min_count", min_count)
            .field("max_vocab", max_vocab)
            .field("vocabulary", vocabulary)
            .field("spool_dir", spool_dir)
            .field("threads", threads)
            .field("preparation", preparation)
            .finish_non_exhaustive()
    }
}
