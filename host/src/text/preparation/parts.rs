//! Cuts a stream of text into parts that are prepared one by one.

use std::io::{self, ErrorKind, Read};

use memchr::memmem;

use super::Markup;
use crate::memory;
use crate::text::words::is_space;

/// The most bytes of a part. The cuts depend only on the text, not on the number of threads.
pub(super) const PART_BYTES: usize = 1 << 20;

/// The end of a document in markup.
const DOCUMENT_ENDS: [&[u8]; 5] = [b"</page>", b"</doc>", b"</article>", b"</html>", b"</DOC>"];

/// Cuts a stream into parts of limited size. A part ends after its last complete document; if there
/// is none, after its last empty line; else after its last line feed; else after its last white
/// space; else after its last complete character. Documents and empty lines count only if markup is
/// stripped.
pub(super) struct Parts<R> {
    reader: R,
    /// The bytes that were read after the end of the last part.
    rest: Vec<u8>,
    part_bytes: usize,
    markup: Markup,
}

impl<R: Read> Parts<R> {
    /// Cuts `reader` into parts of at most `part_bytes` bytes, or 8 if that is more.
    pub(super) fn new(reader: R, part_bytes: usize, markup: Markup) -> Self {
        Self { reader, rest: Vec::new(), part_bytes: part_bytes.max(8), markup }
    }

    /// The next part; `None` after the last part.
    ///
    /// # Errors
    /// Any error of the reader. [`ErrorKind::OutOfMemory`] if there is no memory for a part.
    pub(super) fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut part = Vec::new();
        memory::reserve(&mut part, self.part_bytes, "a part of a text")
            .and_then(|()| memory::append(&mut part, &self.rest, "a part of a text"))
            .map_err(|error| io::Error::new(ErrorKind::OutOfMemory, error))?;
        self.rest.clear();
        let wanted = self.part_bytes - part.len();
        let read = self.reader.by_ref().take(wanted as u64).read_to_end(&mut part)?;
        if read == wanted {
            self.rest = part.split_off(self.end(&part));
        }
        Ok(Some(part).filter(|part| !part.is_empty()))
    }

    /// The length of the first part of `text`. More text follows in the stream.
    fn end(&self, text: &[u8]) -> usize {
        let after = |end: &[u8]| memmem::rfind(text, end).map(|at| at + end.len());
        let line = || memchr::memrchr(b'\n', text).map(|at| at + 1);
        let space = || text.iter().rposition(is_space).map(|at| at + 1);
        let document = match self.markup {
            Markup::Keep => None,
            Markup::Strip => DOCUMENT_ENDS.iter().filter_map(|end| after(end)).max().or_else(|| after(b"\n\n")),
        };
        // Only the first byte of a character is not a continuation byte.
        let character = || text.iter().rposition(|&byte| byte & 0xc0 != 0x80).filter(|&at| at + 4 >= text.len());
        document.or_else(line).or_else(space).or_else(character).filter(|&end| end > 0).unwrap_or(text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &[u8], part_bytes: usize, markup: Markup) -> Vec<String> {
        let mut parts = Parts::new(text, part_bytes, markup);
        let mut found = Vec::new();
        while let Some(part) = parts.next().unwrap() {
            assert!(part.len() <= part_bytes);
            found.push(String::from_utf8(part).expect("whole characters"));
        }
        found
    }

    #[test]
    fn parts_end_where_something_ends() {
        let found = |text: &str, bytes| parts(text.as_bytes(), bytes, Markup::Keep);
        assert_eq!(found("one two\nthree four five", 12), ["one two\n", "three four ", "five"]);
        assert_eq!(found("日本語日本語", 8), ["日本", "語日", "本語"]);
        assert_eq!(found("", 8), [""; 0]);
        let marked = "<page>a\n\nb\n</page>\n<page>c\n\nd\ne e";
        assert_eq!(parts(marked.as_bytes(), 32, Markup::Strip), ["<page>a\n\nb\n</page>", "\n<page>c\n\nd\ne e"]);
        assert_eq!(parts(b"a b\n\nc\nd e f", 10, Markup::Strip), ["a b\n\n", "c\nd e f"]);
    }

    #[test]
    fn together_they_are_the_text() {
        let text = "a bb\n\nccc 日本 </doc> dddd\teeeeeeeeeeeeeeeee\nf";
        for bytes in 8..text.len() + 2 {
            for markup in Markup::ALL {
                assert_eq!(parts(text.as_bytes(), bytes, markup).concat(), text);
            }
        }
    }
}
