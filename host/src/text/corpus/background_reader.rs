//! Reads sources on a thread of its own: the next block is read while the previous one is
//! processed, and the processing thread never waits long for a source.

use std::cell::Cell;
use std::io::Read;
use std::panic::resume_unwind;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::Source;
use super::blocks::Blocks;
use crate::error::{Error, Result};
use crate::text::preparation::{PreparedReader, Preparing};

/// A message of the reading thread. Messages come in the order of the text.
pub(super) enum Piece {
    /// A block of text that ends where a token ends.
    Text {
        text: Vec<u8>,
        /// Bytes of all sources, as stored, read up to the end of this block.
        stored: u64,
    },
    /// The end of a source.
    End,
    /// No block has come within [`PATIENCE`].
    Waiting,
}

/// The longest time that [`BackgroundReader::next`] waits for a block.
const PATIENCE: Duration = Duration::from_millis(100);

/// The reading thread, and the channel through which its blocks come.
pub(super) struct BackgroundReader {
    pieces: Receiver<Result<Piece>>,
    thread: Option<JoinHandle<()>>,
}

impl BackgroundReader {
    /// Starts a thread that reads `sources`, each given with its size in bytes, if known. At most
    /// three blocks of `block_bytes` bytes are in memory, including the one that was taken last.
    /// `preparing` says how their text is prepared.
    pub(super) fn start(
        sources: Vec<(Source, Option<u64>)>,
        block_bytes: usize,
        preparing: Option<Preparing>,
    ) -> Result<Self> {
        let (sender, pieces) = sync_channel(1);
        let started = thread::Builder::new().name("reader".to_owned()).spawn(move || {
            if let Err(error) = read(&sources, block_bytes, preparing.as_ref(), &sender) {
                let _ = sender.send(Err(error));
            }
        });
        Ok(Self { pieces, thread: Some(started.map_err(Error::io("a thread", "start"))?) })
    }

    /// The next piece, `None` after the last one.
    pub(super) fn next(&mut self) -> Result<Option<Piece>> {
        match self.pieces.recv_timeout(PATIENCE) {
            Ok(piece) => piece.map(Some),
            Err(RecvTimeoutError::Timeout) => Ok(Some(Piece::Waiting)),
            Err(RecvTimeoutError::Disconnected) => match self.thread.take().map(JoinHandle::join) {
                Some(Err(panic)) => resume_unwind(panic),
                _ => Ok(None),
            },
        }
    }
}

/// Sends all pieces of `sources`. Ends early, without an error, if the receiver is gone.
fn read(
    sources: &[(Source, Option<u64>)],
    block_bytes: usize,
    preparing: Option<&Preparing>,
    pieces: &SyncSender<Result<Piece>>,
) -> Result<()> {
    let stored = Rc::new(Cell::new(0));
    for (source, expected) in sources {
        let (before, at_end) = (stored.get(), Rc::new(Cell::new(false)));
        let name = source.name();
        let text = source.open(Rc::clone(&stored), Rc::clone(&at_end))?;
        let text: Box<dyn Read> = match preparing {
            None => text,
            Some(preparing) => Box::new(PreparedReader::new(text, preparing.clone())),
        };
        let mut blocks = Blocks::new(text, &name, block_bytes);
        loop {
            let block = blocks.next()?;
            let ended = block.is_none();
            let read = stored.get() - before;
            if let Some(expected) = expected.filter(|&expected| ended && at_end.get() && read < expected) {
                let problem = format!(
                    "became shorter while it was read: it had {expected} bytes and ended after {read}; start again when no program \
                     writes to it"
                );
                return Err(Error::File { path: source.name(), problem });
            }
            let piece = block.map_or(Piece::End, |text| Piece::Text { text, stored: stored.get() });
            if pieces.send(Ok(piece)).is_err() {
                return Ok(());
            }
            if ended {
                break;
            }
        }
    }
    Ok(())
}
