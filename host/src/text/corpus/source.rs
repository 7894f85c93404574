//! Where text comes from: files, standard input or memory, plain or compressed.

use std::cell::Cell;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::files::input::{decompressed, text};

/// A text, or a part of one; gzip and zstd are told by content.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// A file or whatever else has a path and can be read from start to end.
    File(PathBuf),
    /// What is piped into the program; it can be read once.
    Stdin,
    /// Text in memory.
    Text(Arc<[u8]>),
}

impl Source {
    /// Standard input for `-`, the file of that name for anything else.
    pub fn from_arg(arg: &OsStr) -> Self {
        if arg == "-" { Self::Stdin } else { Self::File(PathBuf::from(arg)) }
    }

    /// Text in memory.
    pub fn text(text: impl Into<Vec<u8>>) -> Self {
        Self::Text(text.into().into())
    }

    /// What messages call it.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Stdin => "standard input".to_owned(),
            Self::Text(_) => "text in memory".to_owned(),
        }
    }

    /// The bytes that will be read of it as it is stored, where that is known before it is read.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::File`] when there is no such file or it is a directory.
    pub(super) fn stored_bytes(&self) -> Result<Option<u64>> {
        match self {
            Self::File(path) => {
                let found = fs::metadata(path).map_err(Error::io(self.name(), "open"))?;
                if found.is_dir() {
                    let problem = "is a directory; name the files in it".to_owned();
                    return Err(Error::File { path: self.name(), problem });
                }
                Ok(found.is_file().then_some(found.len()))
            }
            Self::Stdin => Ok(None),
            Self::Text(text) => Ok(Some(text.len() as u64)),
        }
    }

    /// The text from its start, where a file or standard input holds one; `stored` grows by the
    /// bytes read of it as it is stored, and `ended` becomes true when they were the last.
    pub(super) fn open(&self, stored: Rc<Cell<u64>>, ended: Rc<Cell<bool>>) -> Result<Box<dyn Read + '_>> {
        let name = self.name();
        match self {
            Self::File(path) => {
                let bytes = File::open(path).map_err(Error::io(&name, "open"))?;
                text(Metered { bytes, stored, ended }, &name)
            }
            Self::Stdin => text(Metered { bytes: io::stdin(), stored, ended }, &name),
            // A program knows what it gives.
            Self::Text(bytes) => decompressed(Metered { bytes: &**bytes, stored, ended }, &name),
        }
    }
}

/// A reader that says how much was read of it, and whether that was all.
struct Metered<R> {
    bytes: R,
    stored: Rc<Cell<u64>>,
    ended: Rc<Cell<bool>>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.bytes.read(buffer)?;
        self.stored.set(self.stored.get() + read as u64);
        self.ended.set(read == 0 && !buffer.is_empty());
        Ok(read)
    }
}
