//! Where text comes from: files, standard input or memory, plain or compressed.

use std::cell::Cell;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufReader, Cursor, ErrorKind, Read};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;

use crate::error::{Error, Result};

/// Bytes of compressed text read at a time.
const BUFFER_BYTES: usize = 1 << 17;

/// A text, or a part of one; gzip and zstd are told by content.
#[derive(Clone, Debug, PartialEq, Eq)]
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

    /// What messages call it.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Stdin => "standard input".to_owned(),
            Self::Text(_) => "built-in text".to_owned(),
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

    /// The text from its start; `stored` grows by the bytes read of it as it is stored.
    pub(super) fn open(&self, stored: Rc<Cell<u64>>) -> Result<Text<'_>> {
        let bytes: Box<dyn Read> = match self {
            Self::File(path) => Box::new(File::open(path).map_err(Error::io(self.name(), "open"))?),
            Self::Stdin => Box::new(io::stdin()),
            Self::Text(text) => Box::new(&**text),
        };
        Text::new(Metered { bytes, stored }).map_err(Error::io(self.name(), "read"))
    }
}

/// A text being read, decompressed.
pub(super) struct Text<'a> {
    encoding: Encoding,
    reader: Box<dyn Read + 'a>,
}

/// How a text is stored.
#[derive(Clone, Copy)]
enum Encoding {
    Plain,
    Gzip,
    Zstd,
}

impl<'a> Text<'a> {
    fn new(mut stored: impl Read + 'a) -> io::Result<Self> {
        let mut head = Vec::new();
        stored.by_ref().take(4).read_to_end(&mut head)?;
        let encoding = Encoding::of(&head);
        let whole = Cursor::new(head).chain(stored);
        let reader: Box<dyn Read + 'a> = match encoding {
            Encoding::Plain => Box::new(whole),
            Encoding::Gzip => Box::new(MultiGzDecoder::new(BufReader::with_capacity(BUFFER_BYTES, whole))),
            Encoding::Zstd => Box::new(zstd::Decoder::new(whole)?),
        };
        Ok(Self { encoding, reader })
    }
}

impl Read for Text<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer).map_err(|error| self.encoding.explain(error))
    }
}

impl Encoding {
    /// The encoding that the first four bytes show.
    fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => Self::Zstd,
            _ => Self::Plain,
        }
    }

    /// What a decoder's `error` means for the file; errors of the system as they are.
    fn explain(self, error: io::Error) -> io::Error {
        let stream = match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Plain => return error,
        };
        let meaning = match error.kind() {
            ErrorKind::Interrupted => return error,
            ErrorKind::UnexpectedEof => format!("the {stream} stream is cut short; get the whole file"),
            _ if error.raw_os_error().is_some() => return error,
            _ => format!("the {stream} stream is damaged ({error}); get the file again"),
        };
        io::Error::new(error.kind(), meaning)
    }
}

/// A reader that says how much was read of it.
struct Metered<R> {
    bytes: R,
    stored: Rc<Cell<u64>>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.bytes.read(buffer)?;
        self.stored.set(self.stored.get() + read as u64);
        Ok(read)
    }
}
