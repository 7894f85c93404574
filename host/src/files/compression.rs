//! How files are compressed: as the first bytes of one that is read show, and as the name of one that is written asks for.

use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;

/// Bytes read from or written to the system at a time.
pub(crate) const BUFFER_BYTES: usize = 1 << 18;

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    Zstd,
}

impl Compression {
    /// The compression that the name of `path` asks for: gzip for `.gz`, zstd for `.zst`.
    pub(crate) fn for_path(path: &Path) -> Self {
        match path.extension() {
            Some(extension) if extension.eq_ignore_ascii_case("gz") => Self::Gzip,
            Some(extension) if extension.eq_ignore_ascii_case("zst") => Self::Zstd,
            _ => Self::None,
        }
    }

    /// The compression that the first bytes of a file show.
    pub(crate) fn of_content(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::None,
        }
    }

    /// What `stored` holds, decompressed.
    pub(crate) fn reader<'a>(self, stored: impl Read + 'a) -> io::Result<impl Read + 'a> {
        let reader: Box<dyn Read + 'a> = match self {
            Self::None => Box::new(stored),
            Self::Gzip => Box::new(MultiGzDecoder::new(BufReader::with_capacity(BUFFER_BYTES, stored))),
            Self::Zstd => Box::new(zstd::Decoder::new(stored)?),
        };
        Ok(Decoder { compression: self, reader })
    }

    /// What a decoder's `error` means for the file; errors of the system as they are.
    fn explain(self, error: io::Error) -> io::Error {
        let stream = match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::None => return error,
        };
        let meaning = match error.kind() {
            ErrorKind::Interrupted => return error,
            ErrorKind::UnexpectedEof => format!("the {stream} stream is cut short; get the whole file"),
            _ if error.raw_os_error().is_some() => return error,
            _ => format!("the {stream} stream is damaged ({error}); get the file again"),
        };
        io::Error::new(error.kind(), meaning)
    }

    /// Puts what `write` writes into `to`, compressed.
    pub(crate) fn write(
        self,
        to: &mut impl Write,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        match self {
            Self::None => write(to),
            Self::Gzip => {
                let mut encoder = GzEncoder::new(to, flate2::Compression::default());
                write(&mut encoder)?;
                encoder.finish().map(drop)
            }
            Self::Zstd => {
                let mut encoder = zstd::Encoder::new(to, zstd::DEFAULT_COMPRESSION_LEVEL)?;
                encoder.include_checksum(true)?;
                write(&mut encoder)?;
                encoder.finish().map(drop)
            }
        }
    }
}

/// A reader whose errors say what they mean.
struct Decoder<'a> {
    compression: Compression,
    reader: Box<dyn Read + 'a>,
}

impl Read for Decoder<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer).map_err(|error| self.compression.explain(error))
    }
}

/// `path` without the `.gz` or `.zst` at its end that says how the file is compressed.
#[must_use]
pub fn without_compression(path: &Path) -> PathBuf {
    match Compression::for_path(path) {
        Compression::None => path.to_owned(),
        Compression::Gzip | Compression::Zstd => path.with_extension(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_chooses_the_compression() {
        for (name, compression, rest) in [
            ("d.gz/m.bin", Compression::None, "d.gz/m.bin"),
            ("d/m.bin.gz", Compression::Gzip, "d/m.bin"),
            ("m.ZST", Compression::Zstd, "m"),
            (".gz", Compression::None, ".gz"),
            ("gz", Compression::None, "gz"),
        ] {
            let path = Path::new(name);
            assert_eq!((Compression::for_path(path), without_compression(path)), (compression, rest.into()), "{name}");
        }
    }
}
