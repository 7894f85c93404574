//! Sources read by a thread of their own, ahead of who takes their text in and without keeping him
//! from anything else.

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

/// What comes of the sources, in their order.
pub(super) enum Piece {
    /// Whole tokens.
    Text {
        text: Vec<u8>,
        /// Bytes of all sources, as they are stored, that were read by then.
        stored: u64,
    },
    /// A source ends.
    End,
    /// Nothing yet.
    Waiting,
}

/// How long [`BackgroundReader::next`] waits for text.
const PATIENCE: Duration = Duration::from_millis(100);

/// The reading of sources.
pub(super) struct BackgroundReader {
    pieces: Receiver<Result<Piece>>,
    thread: Option<JoinHandle<()>>,
}

impl BackgroundReader {
    /// Begins to read `sources`, each with the bytes that it had when it was looked at; three
    /// blocks of `block_bytes` are in memory at most, that which was taken last among them. Their
    /// text is made ready as `preparing` says.
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

    /// The next piece, `None` after the last.
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

/// Sends all pieces of `sources`, as long as somebody takes them.
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
                    "became shorter while it was read: it had {expected} bytes, and after {read} it ended; begin again when nobody \
                     writes it"
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
