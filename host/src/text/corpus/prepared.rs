//! Prepared text of several sources, as text and not as a corpus.

use std::sync::Arc;

use super::background_reader::{BackgroundReader, Piece};
use super::{Reading, Source, sizes};
use crate::config::Config;
use crate::error::Result;
use crate::text::preparation::{Counts, Preparation, Preparing};
use crate::threads;

/// The size of the pieces that are read, in bytes.
const PIECE_BYTES: usize = 1 << 20;

/// The text of several sources, prepared while it is read, with one sentence on each line.
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
    /// Prepares the text of `sources`, in their order. The end of a source ends a line. `threads`
    /// threads do the work, or as many as the processors run if no number is given. The number of
    /// threads does not change the text.
    ///
    /// # Errors
    /// As [`ReadOptions::sources`](crate::ReadOptions::sources), for the sources and the threads.
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

    /// The next piece of the text, which ends at white space; `None` after the last piece. A piece
    /// may be empty, for example if a source has nothing to read yet.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) or [`Error::File`](crate::Error::File) if a source cannot be
    /// read. [`Error::Memory`](crate::Error::Memory) if there is no room for a piece.
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

    /// How much was read so far. `tokens` is the number of words written.
    pub fn reading(&self) -> Reading {
        Reading { bytes: self.stored, tokens: self.counts().words, bytes_total: self.bytes_total }
    }

    /// The counts of the text so far.
    pub fn counts(&self) -> Counts {
        self.preparing.counts()
    }
}
