//! The compression of files. The first bytes of a file that is read tell its compression; the name
//! of a file that is written asks for a compression.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;

use crate::files::input::skip;

/// Bytes read from or written to the system at a time.
pub(crate) const BUFFER_BYTES: usize = 1 << 18;

/// The base-2 logarithm of the largest window of a zstd stream that is read. 31 is the largest that
/// zstd itself writes, with `--long=31`.
const MAX_WINDOW_LOG: u32 = if usize::BITS < 64 { 30 } else { 31 };

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

    /// The compression of a file that begins with `head`.
    pub(crate) fn of_content(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::None,
        }
    }

    /// A reader of the decompressed content of `stored`.
    pub(crate) fn reader<'a>(self, stored: impl Read + 'a) -> io::Result<impl Read + 'a> {
        let reader: Box<dyn Read + 'a> = match self {
            Self::None => Box::new(stored),
            Self::Gzip => Box::new(GzipMembers::new(BufReader::with_capacity(BUFFER_BYTES, stored))),
            Self::Zstd => {
                let mut decoder = zstd::Decoder::new(stored)?;
                decoder.window_log_max(MAX_WINDOW_LOG)?;
                Box::new(decoder)
            }
        };
        Ok(Decoder { compression: self, reader })
    }

    /// Replaces a decoder's `error` by one that tells what it means for the file. Errors of the
    /// system are returned unchanged.
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
            // These are the texts of zstd's errors. The decoder does not expose their numbers.
            _ if error.to_string().contains("not enough memory") => {
                format!(
                    "no memory for the window of the {stream} stream, up to 2 GB where it was made with zstd's longest; decompress it elsewhere"
                )
            }
            _ if error.to_string().contains("too much memory") => {
                format!(
                    "the {stream} stream needs a window of more than 2^{MAX_WINDOW_LOG} bytes; compress it with a smaller one"
                )
            }
            _ => format!("the {stream} stream is damaged ({error}); get the file again"),
        };
        io::Error::new(error.kind(), meaning)
    }

    /// Compresses the bytes that `write` writes, and writes the result to `to`.
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

/// A reader whose errors are explained by [`Compression::explain`].
struct Decoder<'a> {
    compression: Compression,
    reader: Box<dyn Read + 'a>,
}

impl Read for Decoder<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer).map_err(|error| self.compression.explain(error))
    }
}

/// The content of all members of a gzip file, one after another. Zero bytes after a member are
/// skipped, as gzip does: tapes and some programs fill up blocks with zeros.
struct GzipMembers<R> {
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> GzipMembers<R> {
    fn new(stored: R) -> Self {
        Self { member: Some(GzDecoder::new(stored)) }
    }
}

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let read = member.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let ends = skip(member.get_mut(), 0)?;
            let stored = self.member.take().map(GzDecoder::into_inner);
            self.member = stored.filter(|_| !ends).map(GzDecoder::new);
        }
        Ok(0)
    }
}

/// `path` without a last extension `.gz` or `.zst`, which tells the compression.
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

    fn decompressed(stored: &[u8]) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        Compression::of_content(stored).reader(stored)?.read_to_end(&mut content)?;
        Ok(content)
    }

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut stored = Vec::new();
        Compression::Gzip.write(&mut stored, |to| to.write_all(content)).unwrap();
        stored
    }

    #[test]
    fn zero_bytes_after_gzip_are_padding() {
        let [one, two, none] = [&b"one "[..], b"two", b""].map(gzip);
        let zeros = vec![0; BUFFER_BYTES + 512];
        for (parts, expected) in [
            (&[&one[..]][..], &b"one "[..]),
            (&[&one, &zeros[..1]], b"one "),
            (&[&one, &zeros], b"one "),
            (&[&none, &zeros], b""),
            (&[&one, &none, &two], b"one two"),
            (&[&one, &zeros[..7], &two, &zeros], b"one two"),
        ] {
            assert_eq!(decompressed(&parts.concat()).unwrap(), expected);
        }
        for (parts, expected) in [
            (&[&one[..], b"and more text"][..], "the gzip stream is damaged"),
            (&[&one, &zeros, b"and more text"], "the gzip stream is damaged"),
            (&[&one, &two[..two.len() - 1]], "the gzip stream is cut short"),
            (&[&one, &zeros[..3], &two[..12]], "the gzip stream is cut short"),
        ] {
            let error = decompressed(&parts.concat()).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    /// A zstd frame with a window of `2^log` bytes. Its `content` is stored without compression.
    fn zstd_frame(log: u8, content: &[u8]) -> Vec<u8> {
        let block = (content.len() as u32) << 3 | 1;
        [&[0x28, 0xb5, 0x2f, 0xfd, 0, (log - 10) << 3], &block.to_le_bytes()[..3], content].concat()
    }

    #[test]
    fn zstd_is_read_up_to_its_largest_window() {
        for log in [10, 27, 28, 29, 30, 31] {
            match decompressed(&zstd_frame(log, b"one two")) {
                Ok(content) => assert_eq!(content, b"one two"),
                Err(error) => assert!(log > 27 && error.to_string().starts_with("no memory for the window"), "{error}"),
            }
        }
        let error = decompressed(&zstd_frame(32, b"one two")).unwrap_err().to_string();
        assert!(error.starts_with("the zstd stream needs a window of more than 2^31 bytes"), "{error}");
        let error = decompressed(&zstd_frame(27, b"one two")[..12]).unwrap_err().to_string();
        assert!(error.starts_with("the zstd stream is cut short"), "{error}");
    }
}
