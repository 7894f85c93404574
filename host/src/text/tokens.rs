//! The tokens of a text: its maximal runs of bytes that are not ASCII white space.

use crate::text::words::is_space;

/// Bytes that are examined at once; each has one bit of a mask.
const CHUNK: usize = 64;

/// The tokens of `text` in order.
#[inline]
pub(crate) fn tokens(text: &[u8]) -> Tokens<'_> {
    Tokens { text, chunk: 0, ends: spaces(text, 0), start: 0 }
}

/// Iterator over the tokens of a text; see [`tokens`].
pub(crate) struct Tokens<'a> {
    text: &'a [u8],
    /// The start of the current chunk in `text`.
    chunk: usize,
    /// The white space of the chunk that has not been passed yet: bit `i` is set if byte `chunk +
    /// i` is white space.
    ends: u64,
    /// The byte after the last white space that was passed: the next token starts here, unless more
    /// white space follows.
    start: usize,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            while self.ends == 0 {
                self.chunk += CHUNK;
                if self.chunk >= self.text.len() {
                    let last = self.text.get(self.start..).filter(|last| !last.is_empty());
                    self.start = self.text.len();
                    return last;
                }
                self.ends = spaces(self.text, self.chunk);
            }
            let end = self.chunk + self.ends.trailing_zeros() as usize;
            self.ends &= self.ends - 1;
            let start = std::mem::replace(&mut self.start, end + 1);
            if start < end {
                return Some(&self.text[start..end]);
            }
        }
    }
}

/// A mask of the 64 bytes from `start` on: bit `i` is set if byte `start + i` is white space. Bits
/// beyond the end of `text` are not set.
#[inline]
fn spaces(text: &[u8], start: usize) -> u64 {
    let rest = text.get(start..).unwrap_or_default();
    match rest.first_chunk::<CHUNK>() {
        Some(chunk) => spaces_of_chunk(chunk),
        None => {
            let mut chunk = [0; CHUNK];
            chunk[..rest.len()].copy_from_slice(rest);
            spaces_of_chunk(&chunk)
        }
    }
}

/// A mask of `chunk`: bit `i` is set if byte `i` is white space.
#[inline]
fn spaces_of_chunk(chunk: &[u8; CHUNK]) -> u64 {
    // There are two steps, because the compiler vectorizes the first step, but not both in one.
    let flags = chunk.map(|byte| u8::from(is_space(&byte)));
    let eights = flags.as_chunks::<8>().0;
    eights.iter().rev().fold(0, |mask, eight| {
        // Bit i of the product's top byte is the lowest bit of byte i.
        mask << 8 | u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &[u8]) {
        let expected: Vec<&[u8]> = text.split(is_space).filter(|token| !token.is_empty()).collect();
        let mut found = tokens(text);
        assert!(found.by_ref().eq(expected), "{}", text.escape_ascii());
        assert_eq!(found.next(), None);
    }

    #[test]
    fn every_byte_is_white_space_or_not_wherever_it_stands() {
        for byte in 0..=u8::MAX {
            let mut chunk = [byte; CHUNK];
            assert_eq!(spaces_of_chunk(&chunk), if is_space(&byte) { u64::MAX } else { 0 }, "{byte}");
            for position in 0..CHUNK {
                chunk[position] = b'\t';
                assert_eq!(spaces_of_chunk(&chunk) >> position & 1, 1);
            }
        }
    }

    #[test]
    fn tokens_of_every_length_are_cut_at_every_position() {
        for before in 0..=2 * CHUNK + 1 {
            for len in [0, 1, 2, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK] {
                for after in [0, 1, 5] {
                    let text = [vec![b' '; before], vec![0xc3; len], vec![b'\r'; after]].concat();
                    check(&text);
                    check(&[&text[..], b"x  y"].concat());
                    check(&[&b"word"[..], &text].concat());
                }
            }
        }
    }
}
