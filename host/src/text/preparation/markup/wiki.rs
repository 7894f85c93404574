//! Links and other marks of MediaWiki.

use super::names::NAMESPACES;
use super::{Kind, Stripper};
use crate::error::Result;

/// The deepest nesting of links, as in the caption of a picture. A limit is needed because closing
/// a link takes time in proportion to its text.
const MOST_LINKS: usize = 8;

/// The schemes of addresses that are removed.
const SCHEMES: [&[u8]; 3] = [b"https", b"http", b"ftp"];

impl Stripper<'_> {
    /// Handles `byte`, which may be the start of a mark other than a tag, a template or a table.
    pub(super) fn wiki(&mut self, byte: u8) -> Result<()> {
        match (byte, self.rest()) {
            (b'[', [_, b'[', ..]) if self.open_of[Kind::Link.place()] < MOST_LINKS => self.begin(Kind::Link, 2)?,
            (b'[', [_, rest @ ..]) if is_address(rest) => self.address_with_text()?,
            (b']', [_, b']', ..]) if self.open_of[Kind::Link.place()] > 0 => self.end_link(),
            (b']', _) if self.open.last().is_some_and(|open| open.kind == Kind::Url) => self.end_address(),
            (b'|', _) => self.bar(),
            (b':', [_, b'/', b'/', ..]) => self.address(),
            (b'\'', [_, b'\'', ..]) => self.at += run(self.rest(), b'\''),
            (b'_', [_, b'_', ..]) => self.magic_word(),
            (b'#', [_, rest @ ..]) if self.is_at_line() && begins(rest, b"redirect") => {
                self.at += memchr::memchr(b'\n', self.rest()).unwrap_or(self.rest().len());
            }
            (b'\n', rest) => {
                // An address with text ends at the end of its line at the latest, a link at the
                // next empty line.
                let is_empty = rest.get(1) == Some(&b'\n');
                let ends = |kind| kind == Kind::Url || (kind == Kind::Link && is_empty);
                while let Some(kind) = self.open.last().map(|open| open.kind).filter(|&kind| ends(kind)) {
                    let _ = self.end(kind);
                }
                self.copy(1);
            }
            _ => self.copy(1),
        }
        Ok(())
    }

    /// Opens an address with text: `[http://… text]`.
    fn address_with_text(&mut self) -> Result<()> {
        if self.open.last().is_some_and(|open| open.kind == Kind::Url) {
            // Addresses are not nested, so the open one was not an address.
            let _ = self.end(Kind::Url);
        }
        let address = self.rest().iter().position(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b']' | b'<'));
        let address = address.unwrap_or(self.rest().len());
        self.begin(Kind::Url, 1)?;
        // Skips the address itself.
        self.at += address - 1;
        Ok(())
    }

    /// Closes an address with text. The text stays.
    fn end_address(&mut self) {
        if let Some(open) = self.end(Kind::Url) {
            self.copied.remove(open.start);
        }
        self.replace(1, b' ');
    }

    /// Begins the next part of a link.
    fn bar(&mut self) {
        self.copy(1);
        let end = self.copied.len();
        self.open.last_mut().filter(|open| open.kind == Kind::Link).into_iter().for_each(|open| open.last_part = end);
    }

    /// Closes a link. The part of the link that a reader sees stays.
    fn end_link(&mut self) {
        let Some(open) = self.end(Kind::Link) else { return };
        self.at += 2;
        let target = &self.copied[(open.start + 2).min(self.copied.len())..];
        let target = memchr::memchr(b'|', target).map_or(target, |bar| &target[..bar]);
        let has_text = open.last_part > open.start + 2;
        if is_hidden(target, has_text) {
            self.copied.truncate(open.start);
            return;
        }
        let mut from = open.last_part.min(self.copied.len());
        if !has_text && self.copied.get(from) == Some(&b':') {
            from += 1;
        }
        self.copied.drain(open.start..from);
    }

    /// Removes an address. The current position is at the colon after its scheme.
    fn address(&mut self) {
        let before = SCHEMES.iter().find(|scheme| self.copied.ends_with(scheme));
        let Some(scheme) = before else { return self.copy(1) };
        self.copied.truncate(self.copied.len() - scheme.len());
        let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"<>[]{}|\"".contains(byte);
        self.at += self.rest().iter().position(is_end).unwrap_or(self.rest().len());
    }

    /// Removes a word such as `__NOTOC__`.
    fn magic_word(&mut self) {
        let rest = &self.rest()[2..];
        let letters = rest.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
        if letters > 0 && rest[letters..].starts_with(b"__") {
            self.at += letters + 4;
        } else {
            self.copy(2);
        }
    }
}

/// Whether a reader does not see a link to `target` at its place: a picture, a category, or a link
/// without text to the article in another language.
fn is_hidden(target: &[u8], has_text: bool) -> bool {
    let Some(colon) = memchr::memchr(b':', target) else { return false };
    // No namespace is longer than 64 bytes.
    let Ok(space) = str::from_utf8(&target[..colon.min(64)]) else { return false };
    let space = space.trim().to_lowercase();
    let is_language = (2..=3).contains(&space.len()) && space.bytes().all(|byte| byte.is_ascii_lowercase());
    NAMESPACES.contains(&space.as_str()) || (is_language && !has_text)
}

/// Whether `text` begins with an address.
fn is_address(text: &[u8]) -> bool {
    text.starts_with(b"//")
        || SCHEMES.iter().any(|scheme| text.strip_prefix(*scheme).is_some_and(|rest| rest.starts_with(b"://")))
}

/// Whether `text` begins with `word`, in any case.
fn begins(text: &[u8], word: &[u8]) -> bool {
    text.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word))
}

/// The number of times that `byte` is repeated at the start of `text`.
fn run(text: &[u8], byte: u8) -> usize {
    text.iter().take_while(|&&other| other == byte).count()
}
