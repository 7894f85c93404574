//! The sources of text: files, standard input or memory, plain or compressed.

use std::cell::Cell;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::files::input::{decompressed, text};

/// A text, or a part of a text. gzip and zstd are recognized by their first bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// A file, or anything else with a path that can be read from start to end, such as a named
    /// pipe.
    File(PathBuf),
    /// Standard input, which can be read only once.
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

    /// The source's name in messages.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Stdin => "standard input".to_owned(),
            Self::Text(_) => "text in memory".to_owned(),
        }
    }

    /// The size in bytes as stored, `None` if the size is not known before reading.
    ///
    /// # Errors
    /// [`Error::Io`] if there is no such file, [`Error::File`] if it is a directory.
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

    /// A reader of the text, decompressed, from its start. Content of a file or of standard input
    /// that is not text is refused. While the text is read, `stored` grows by the bytes read as
    /// stored; `ended` becomes true when the end has been reached.
    pub(super) fn open(&self, stored: Rc<Cell<u64>>, ended: Rc<Cell<bool>>) -> Result<Box<dyn Read + '_>> {
        let name = self.name();
        match self {
            Self::File(path) => {
                let bytes = File::open(path).map_err(Error::io(&name, "open"))?;
                text(Metered { bytes, stored, ended }, &name)
            }
            Self::Stdin => text(Metered { bytes: io::stdin(), stored, ended }, &name),
            // Not checked for being text: a program knows what it passes.
            Self::Text(bytes) => decompressed(Metered { bytes: &**bytes, stored, ended }, &name),
        }
    }
}

/// A reader that counts the bytes read, and notes whether the end has been reached.
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
