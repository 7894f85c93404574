//! Opens files for reading. gzip and zstd are recognized by their first bytes and decompressed.
//! Other known formats that are not text are refused.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, ErrorKind, Read};
use std::path::Path;

use crate::error::{Error, Result};
use crate::files::compression::{BUFFER_BYTES, Compression};

/// The number of first bytes that are needed to recognize a format. A tar file needs the most.
const HEAD_BYTES: u64 = 512;

/// The position and the bytes by which a tar file is recognized.
const TAR: (usize, &[u8]) = (257, b"ustar");

/// The number of first bytes that are searched for NUL bytes, which no text has.
const TEXT_HEAD_BYTES: u64 = 4096;

/// The byte order mark of UTF-8. It may begin a text and is not part of the text.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The text of the error for a file whose last line has no line feed: the file may be cut short
/// within a number.
pub(crate) const CUT_SHORT: &str =
    "the file ends within this line, without a line feed; is it cut short? if it is whole, end it with one";

/// The decompressed content of the file at `path`. A byte order mark at the start is kept;
/// [`Lines`](crate::lines::Lines) drops it.
///
/// # Errors
/// [`Error::Io`] if the file cannot be read. [`Error::File`] if the file has a format that is not
/// read.
pub fn open(path: &Path) -> Result<impl BufRead> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(Error::io(&name, "open"))?;
    Ok(BufReader::with_capacity(BUFFER_BYTES, whole(file, &name, |_| None)?))
}

/// The decompressed content of `stored`, without a byte order mark; errors call the source `name`.
pub(crate) fn decompressed<'a>(stored: impl Read + 'a, name: &str) -> Result<Box<dyn Read + 'a>> {
    decompressed_unless(stored, name, |_| None)
}

/// As [`decompressed`]. Fails if `problem` returns a text for the first decompressed bytes.
pub(crate) fn decompressed_unless<'a>(
    stored: impl Read + 'a,
    name: &str,
    problem: impl FnOnce(&[u8]) -> Option<String>,
) -> Result<Box<dyn Read + 'a>> {
    let (mut head, rest) = peek(whole(stored, name, problem)?, HEAD_BYTES).map_err(Error::io(name, "read"))?;
    if head.starts_with(BYTE_ORDER_MARK) {
        head.drain(..BYTE_ORDER_MARK.len());
    }
    Ok(Box::new(Cursor::new(head).chain(rest)))
}

/// As [`decompressed_unless`], but a byte order mark is kept.
fn whole<'a>(
    stored: impl Read + 'a,
    name: &str,
    problem: impl FnOnce(&[u8]) -> Option<String>,
) -> Result<Box<dyn Read + 'a>> {
    let failed = |error| Error::io(name, "read")(error);
    let (head, rest) = peek(stored, HEAD_BYTES).map_err(failed)?;
    let compression = Compression::of_content(&head);
    let reader = compression.reader(Cursor::new(head).chain(rest)).map_err(failed)?;
    let (head, rest) = peek(reader, HEAD_BYTES).map_err(failed)?;
    if let Some(problem) = problem(&head).or_else(|| foreign(&head)) {
        return Err(Error::File { path: name.to_owned(), problem });
    }
    Ok(Box::new(Cursor::new(head).chain(rest)))
}

/// As [`decompressed`], for a source that must be text. Fails if the first bytes contain NUL, as
/// programs, binary models and UTF-16 do.
pub(crate) fn text<'a>(stored: impl Read + 'a, name: &str) -> Result<Box<dyn Read + 'a>> {
    let text = decompressed(stored, name)?;
    let (head, rest) = peek(text, TEXT_HEAD_BYTES).map_err(Error::io(name, "read"))?;
    if head.contains(&0) {
        let problem =
            "begins with NUL bytes among others, as no text in UTF-8 does; give the text, or convert it to UTF-8 first";
        return Err(Error::File { path: name.to_owned(), problem: problem.to_owned() });
    }
    Ok(Box::new(Cursor::new(head).chain(rest)))
}

/// Appends bytes of `reader` to `to`, up to and including the next `end`, or up to the end of
/// `reader`. Errors call these bytes `what`.
///
/// # Errors
/// [`ErrorKind::InvalidData`] if more than `most` bytes come before `end`.
/// [`ErrorKind::OutOfMemory`] if there is no memory for the bytes. Any error of `reader`.
pub(crate) fn read_until(
    reader: &mut impl BufRead,
    end: u8,
    most: usize,
    what: &dyn Display,
    to: &mut Vec<u8>,
) -> io::Result<()> {
    let before = to.len();
    loop {
        let block = match reader.fill_buf() {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            block => block?,
        };
        let found = memchr::memchr(end, block);
        let bytes = found.map_or(block.len(), |position| position + 1);
        let len = to.len() - before + bytes;
        if len - usize::from(found.is_some()) > most {
            return Err(io::Error::new(ErrorKind::InvalidData, format!("{what} is longer than {most} bytes")));
        }
        to.try_reserve(bytes).map_err(|_| {
            io::Error::new(ErrorKind::OutOfMemory, format!("no memory for the {len} bytes and more of {what}"))
        })?;
        to.extend_from_slice(&block[..bytes]);
        reader.consume(bytes);
        if found.is_some() || bytes == 0 {
            return Ok(());
        }
    }
}

/// Moves `reader` to the next byte other than `passed`. Returns whether `reader` ended before such
/// a byte.
pub(crate) fn skip(reader: &mut impl BufRead, passed: u8) -> io::Result<bool> {
    loop {
        let block = match reader.fill_buf() {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            block => block?,
        };
        let count = block.iter().take_while(|&&byte| byte == passed).count();
        let (ends, done) = (block.is_empty(), count < block.len());
        reader.consume(count);
        if ends || done {
            return Ok(ends);
        }
    }
}

/// The first `bytes` bytes of `reader`, and the reader, which stands after them.
fn peek<R: Read>(mut reader: R, bytes: u64) -> io::Result<(Vec<u8>, R)> {
    let mut head = Vec::new();
    reader.by_ref().take(bytes).read_to_end(&mut head)?;
    Ok((head, reader))
}

/// A text that says why a file that begins with `head` cannot be read, with advice; `None` if the
/// file can be read.
fn foreign(head: &[u8]) -> Option<String> {
    let packed = match head {
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..] => "bzip2",
        [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, ..] => "bzip2",
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => "xz",
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => "zip",
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => "7z",
        [0x04, 0x22, 0x4d, 0x18, ..] => "lz4",
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => {
            return Some("is UTF-32; convert it to UTF-8 first".to_owned());
        }
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Some("is UTF-16; convert it to UTF-8 first".to_owned()),
        _ if head.get(TAR.0..).is_some_and(|rest| rest.starts_with(TAR.1)) => {
            return Some("is tar; unpack it first".to_owned());
        }
        _ => return None,
    };
    Some(format!("is {packed}; decompress it first"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(stored: &[u8]) -> Result<Vec<u8>> {
        let mut text = Vec::new();
        decompressed(stored, "f")?.read_to_end(&mut text).map_err(Error::io("f", "read"))?;
        Ok(text)
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        let marked = b"\xef\xbb\xbfone two \xef\xbb\xbf three";
        for stored in [marked.to_vec(), zstd::encode_all(&marked[..], 1).unwrap()] {
            assert_eq!(read(&stored).unwrap(), &marked[3..]);
        }
        for short in [&b""[..], b"a", b"BZh9", b"BZh9 is a word", b"PK", b"\xef\xbb", b"7z"] {
            assert_eq!(read(short).unwrap(), short);
        }
    }

    #[test]
    fn what_is_no_text_is_not_read_as_one() {
        let utf16: Vec<u8> = "no mark".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for stored in [utf16.clone(), zstd::encode_all(&utf16[..], 1).unwrap()] {
            let error = text(&stored[..], "f").err().unwrap().to_string();
            assert!(error.starts_with("f: begins with NUL bytes"), "{error}");
        }
        // A few NUL bytes far into a text are allowed: they are part of its words.
        let mut stray = vec![b'a'; TEXT_HEAD_BYTES as usize];
        stray.extend(b"\0 b");
        let mut read = Vec::new();
        text(&stray[..], "f").unwrap().read_to_end(&mut read).unwrap();
        assert_eq!(read, stray);
    }

    #[test]
    fn what_is_not_read_is_named() {
        let mut tar = vec![0; 512];
        tar[257..262].copy_from_slice(b"ustar");
        let kinds: [(&[u8], &str); 12] = [
            (&tar, "f: is tar; unpack it first"),
            (b"BZh91AY&SY\x01", "f: is bzip2; decompress it first"),
            (b"BZh1\x17\x72\x45\x38\x50\x90\0", "f: is bzip2;"),
            (b"\xfd7zXZ\0\0\x04", "f: is xz; decompress it first"),
            (b"PK\x03\x04\x14", "f: is zip;"),
            (b"PK\x05\x06\0", "f: is zip;"),
            (b"7z\xbc\xaf\x27\x1c\0", "f: is 7z;"),
            (b"\x04\x22\x4d\x18d", "f: is lz4;"),
            (b"\xff\xfet\0e\0", "f: is UTF-16; convert it to UTF-8 first"),
            (b"\xfe\xff\0t\0e", "f: is UTF-16;"),
            (b"\xff\xfe\0\0t\0\0\0", "f: is UTF-32;"),
            (b"\0\0\xfe\xff\0\0\0t", "f: is UTF-32;"),
        ];
        for (stored, expected) in kinds {
            for stored in [stored.to_vec(), zstd::encode_all(stored, 1).unwrap()] {
                let error = read(&stored).unwrap_err().to_string();
                assert!(error.starts_with(expected), "{error}");
            }
        }
    }
}
