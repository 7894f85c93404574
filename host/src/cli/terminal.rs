//! What a terminal is shown: text in which control characters are escaped, so that it obeys none.

use std::io::{self, Write};
use w2v::messages::escaped;

/// Writes to a terminal what is written to it: characters as they are, those that the terminal
/// would obey escaped, all but line feeds and tabs, and replacement characters for what is not
/// UTF-8.
pub(super) struct Escaping<W: Write> {
    to: W,
    /// The start of a character that is not whole yet: three bytes at most.
    rest: Vec<u8>,
}

impl<W: Write> Escaping<W> {
    pub(super) fn new(to: W) -> Self {
        Self { to, rest: Vec::new() }
    }

    /// Writes what is left of a character that never became whole.
    pub(super) fn finish(mut self) -> io::Result<()> {
        if !self.rest.is_empty() {
            write_escaped(&mut self.to, &self.rest)?;
        }
        self.to.flush()
    }
}

impl<W: Write> Write for Escaping<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.rest.extend_from_slice(bytes);
        let cut = match str::from_utf8(&self.rest) {
            Ok(_) => self.rest.len(),
            // Where the bytes end within a character, its start waits for the others.
            Err(_) => self.rest.len() - self.rest.utf8_chunks().last().map_or(0, |last| unfinished(last.invalid())),
        };
        write_escaped(&mut self.to, &self.rest[..cut])?;
        self.rest.drain(..cut);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// How many of `invalid`, bytes at the end of what there is, may be the start of a character.
fn unfinished(invalid: &[u8]) -> usize {
    match str::from_utf8(invalid) {
        Err(error) if error.error_len().is_none() => invalid.len(),
        _ => 0,
    }
}

/// Writes `bytes` with line feeds and tabs as they are.
fn write_escaped(to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    let text = String::from_utf8_lossy(bytes);
    for part in text.split_inclusive(['\n', '\t']) {
        let (line, end) = part.split_at(part.len() - usize::from(part.ends_with(['\n', '\t'])));
        to.write_all(escaped(line).as_bytes())?;
        to.write_all(end.as_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_it_is_cut_a_text_is_escaped_character_by_character() {
        let text = "a\u{1b}[2J 1\tb\u{202e}\u{9b}\r\nü 日本 👩\u{200d}🔬\n".as_bytes();
        let bytes = [text, b"\xff\xe6\x97x\xe6"].concat();
        let expected = "a\\u{1b}[2J 1\tb\\u{202e}\\u{9b}\\r\nü 日本 👩\u{200d}🔬\n\u{fffd}\u{fffd}x\u{fffd}";
        for size in 1..=bytes.len() {
            let mut shown = Vec::new();
            let mut escaping = Escaping::new(&mut shown);
            bytes.chunks(size).for_each(|part| escaping.write_all(part).unwrap());
            escaping.finish().unwrap();
            assert_eq!(String::from_utf8(shown).unwrap(), expected, "{size}");
        }
    }
}
