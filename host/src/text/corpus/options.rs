//! How a corpus is read: the settings, and who is told how far it is.

use std::fmt;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::{Corpus, Reading, Source};
use crate::error::Result;
use crate::text::preparation::Preparation;
use crate::text::vocabulary::Vocabulary;

/// How a corpus is read; a method for each setting, and then one of [`files`](Self::files),
/// [`sources`](Self::sources) and [`sentences`](Self::sentences).
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

/// Is told how far the reading is, and may break it off.
pub(super) type Observer<'o> = dyn FnMut(&Reading) -> ControlFlow<()> + 'o;

impl<'o> ReadOptions<'o> {
    /// The [`min_count`](Self::min_count) of [`new`](Self::new).
    pub const MIN_COUNT: u64 = 5;

    /// Words that occur 5 times, from all processors, told to nobody.
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

    /// Words that occur less often are left out; of no effect with a given
    /// [`vocabulary`](Self::vocabulary).
    #[must_use]
    pub fn min_count(self, min_count: u64) -> Self {
        Self { min_count, ..self }
    }

    /// At most `words` words are kept, the most frequent, of equally frequent ones those with the
    /// smallest bytes. A given [`vocabulary`](Self::vocabulary) is cut likewise.
    #[must_use]
    pub fn max_vocab(self, words: usize) -> Self {
        Self { max_vocab: Some(words), ..self }
    }

    /// The words to keep, with their counts, in place of those of the corpus itself.
    #[must_use]
    pub fn vocabulary(self, vocabulary: Vocabulary) -> Self {
        Self { vocabulary: Some(vocabulary), ..self }
    }

    /// Where the tokens are spooled, at two bytes or little more each, in place of the system's
    /// temporary directory.
    #[must_use]
    pub fn spool_dir(self, directory: impl Into<PathBuf>) -> Self {
        Self { spool_dir: Some(directory.into()), ..self }
    }

    /// Threads that count the words of a text beside the one that reads, in place of as many as the
    /// processors run; of no effect on what is read.
    #[must_use]
    pub fn threads(self, threads: usize) -> Self {
        Self { threads: Some(threads), ..self }
    }

    /// The text is made ready while it is read. Of no effect on a program's own
    /// [`sentences`](Self::sentences).
    #[must_use]
    pub fn preparation(self, preparation: Preparation) -> Self {
        Self { preparation: Some(preparation), ..self }
    }

    /// `observe` is called from time to time, also while a source has nothing to read; if it
    /// breaks, reading ends with [`Error::Stopped`](crate::Error::Stopped). A source that is waited
    /// for then is left to a thread that waits on.
    #[must_use]
    pub fn observe(self, observe: impl FnMut(&Reading) -> ControlFlow<()> + 'o) -> Self {
        Self { observe: Box::new(observe), ..self }
    }

    /// The corpus of the files at `paths`, in their order, plain or compressed.
    ///
    /// # Errors
    /// As [`sources`](Self::sources).
    pub fn files(self, paths: impl IntoIterator<Item: AsRef<Path>>) -> Result<Corpus> {
        self.sources(paths.into_iter().map(|path| Source::File(path.as_ref().to_owned())))
    }

    /// The corpus of the text of all `sources`, in their order, with the vocabulary of its tokens
    /// or, if one was given, that.
    ///
    /// # Errors
    /// [`Error::NothingToTrain`] when there is no token or none is in the vocabulary, [`Error::Io`]
    /// and [`Error::File`] when a source cannot be read or the spool not written, [`Error::Line`]
    /// for a token of more than 2²⁸ bytes, [`Error::Memory`] and [`Error::TooManyWords`] when there
    /// is no room for the words, [`Error::Setting`] for a number of threads that
    /// [`Config`](crate::Config) may not have or a `max_vocab` of 0, [`Error::Stopped`] when the
    /// observer breaks.
    ///
    /// [`Error::NothingToTrain`]: crate::Error::NothingToTrain
    /// [`Error::Io`]: crate::Error::Io
    /// [`Error::File`]: crate::Error::File
    /// [`Error::Line`]: crate::Error::Line
    /// [`Error::Memory`]: crate::Error::Memory
    /// [`Error::TooManyWords`]: crate::Error::TooManyWords
    /// [`Error::Setting`]: crate::Error::Setting
    /// [`Error::Stopped`]: crate::Error::Stopped
    pub fn sources(self, sources: impl IntoIterator<Item = Source>) -> Result<Corpus> {
        let sources: Vec<Source> = sources.into_iter().collect();
        Corpus::read_chunks(&sources, self, super::CHUNK_BYTES)
    }

    /// The corpus of `sentences`, each an iterator of words, for a program that has words and not
    /// text: the same as of a text with a sentence on each line.
    ///
    /// A word is any non-empty run of bytes without ASCII white space. The observer is called every
    /// few ten thousand words or sentences and at the end; one thread reads, this one. An iterator
    /// that comes to an error of its own ends, and its owner is to look.
    ///
    /// # Errors
    /// [`Error::Line`](crate::Error::Line) for a word that is none, with the number of its
    /// sentence, counted from 1; else as [`sources`](Self::sources).
    pub fn sentences<S: IntoIterator<Item: AsRef<[u8]>>>(
        self,
        sentences: impl IntoIterator<Item = S>,
    ) -> Result<Corpus> {
        Corpus::of_sentences(sentences, self)
    }
}

impl Default for ReadOptions<'_> {
    fn default() -> Self {
        Self::new()
    }
}

/// All but the observer.
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
