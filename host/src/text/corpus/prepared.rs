//! Texts made ready, as a text and not as a corpus.

use std::sync::Arc;

use super::background_reader::{BackgroundReader, Piece};
use super::{Reading, Source, sizes};
use crate::config::Config;
use crate::error::Result;
use crate::text::preparation::{Counts, Preparation, Preparing};
use crate::threads;

/// Bytes of the pieces that are read.
const PIECE_BYTES: usize = 1 << 20;

/// The text of several sources, made ready while it is read: a sentence on each line.
///
/// ```
/// use w2v::{Preparation, PreparedText, Source};
///
/// # fn main() -> w2v::Result<()> {
/// let mut text = PreparedText::new([Source::text("Hello, World!")], Preparation::default(), None)?;
/// let mut ready = Vec::new();
/// while let Some(piece) = text.read()? {
///     ready.extend_from_slice(&piece);
/// }
/// assert_eq!(ready, b"hello world\n");
/// # Ok(())
/// # }
/// ```
pub struct PreparedText {
    reader: BackgroundReader,
    preparing: Preparing,
    stored: u64,
    bytes_total: Option<u64>,
}

impl PreparedText {
    /// The text of `sources`, in their order, each ending its last line, made ready by `threads`
    /// threads or, without a number, as many as the processors run. The number of threads does not
    /// change the text.
    ///
    /// # Errors
    /// As [`ReadOptions::sources`](crate::ReadOptions::sources) of sources and threads.
    pub fn new(
        sources: impl IntoIterator<Item = Source>,
        preparation: Preparation,
        threads: Option<usize>,
    ) -> Result<Self> {
        Config { threads, ..Config::default() }.validate()?;
        let sources: Vec<Source> = sources.into_iter().collect();
        let sizes = sizes(&sources)?;
        let bytes_total = sizes.iter().try_fold(0_u64, |total, &bytes| Some(total.saturating_add(bytes?)));
        let preparing = Preparing::by(preparation, Arc::new(threads::pool(threads::number(threads))?));
        let sized = sources.into_iter().zip(sizes).collect();
        let reader = BackgroundReader::start(sized, PIECE_BYTES, Some(preparing.clone()))?;
        Ok(Self { reader, preparing, stored: 0, bytes_total })
    }

    /// The next piece of the text, which ends at white space; empty where a source has nothing to
    /// read yet, `None` after the last.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) and [`Error::File`](crate::Error::File) when a source cannot
    /// be read, [`Error::Memory`](crate::Error::Memory) when there is no room for a piece.
    pub fn read(&mut self) -> Result<Option<Vec<u8>>> {
        Ok(match self.reader.next()? {
            Some(Piece::Text { text, stored }) => {
                self.stored = stored;
                Some(text)
            }
            Some(Piece::End | Piece::Waiting) => Some(Vec::new()),
            None => None,
        })
    }

    /// How far the reading is; its tokens are words that were written.
    pub fn reading(&self) -> Reading {
        Reading { bytes: self.stored, tokens: self.counts().words, bytes_total: self.bytes_total }
    }

    /// What was read and written so far.
    pub fn counts(&self) -> Counts {
        self.preparing.counts()
    }
}
