//! Removes markup: tags and entities of HTML and XML; templates, tables and links of MediaWiki.
//!
//! One pass copies the text and keeps a stack of open markup. A closing mark removes the text that
//! was copied since its opening mark, or keeps a part of this text. An opening mark that is never
//! closed stays as text, so a stray brace costs no text. The time is linear in the length of the
//! text, for any text.

mod names;
mod wiki;

use std::borrow::Cow;

use memchr::memmem;

use self::names::{BREAKING, DROPPED, ENDING, INLINE};
use super::WHAT;
use crate::error::Result;
use crate::memory;

/// Removes markup from `text`, which is a part of a document or several documents.
///
/// # Errors
/// [`Error::Memory`](crate::Error::Memory) if there is no room for the result.
pub(super) fn stripped(text: &[u8]) -> Result<Vec<u8>> {
    // In a dump of Wikipedia the text of an article is escaped once.
    let plain = without_tags(&once_unescaped(text)?)?;
    // An entity has at least as many bytes as its character.
    memory::check(plain.len().saturating_mul(4), WHAT)?;
    let text = String::from_utf8_lossy(&plain);
    Ok(match html_escape::decode_html_entities(&text) {
        Cow::Borrowed(_) => plain,
        Cow::Owned(text) => text.into_bytes(),
    })
}

/// `text` with the entities for `&`, `<`, `>` and `"` replaced, from left to right, once.
fn once_unescaped(text: &[u8]) -> Result<Vec<u8>> {
    const ENTITIES: [(&[u8], u8); 4] = [(b"amp;", b'&'), (b"lt;", b'<'), (b"gt;", b'>'), (b"quot;", b'"')];
    let mut plain = Vec::new();
    memory::reserve(&mut plain, text.len(), WHAT)?;
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'&', rest) {
        let (before, after) = rest.split_at(at);
        plain.extend_from_slice(before);
        let entity = ENTITIES.iter().find_map(|(name, byte)| Some((after[1..].strip_prefix(*name)?, *byte)));
        let (behind, byte) = entity.unwrap_or((&after[1..], b'&'));
        plain.push(byte);
        rest = behind;
    }
    plain.extend_from_slice(rest);
    Ok(plain)
}

/// An opening mark that is not closed yet.
struct Open {
    kind: Kind,
    /// The length of the copied text when the mark was opened.
    start: usize,
    /// For a link: where its last part begins in the copied text.
    last_part: usize,
}

/// The kinds of markup that have an opening and a closing mark.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// An element whose content is dropped, by its index in [`DROPPED`].
    Element(usize),
    /// `{{ … }}`
    Template,
    /// `{| … |}`
    Table,
    /// `[[ … ]]`
    Link,
    /// `[http://… …]`
    Url,
}

/// The length of [`Stripper::open_of`].
const KINDS: usize = DROPPED.len() + 4;

impl Kind {
    const fn place(self) -> usize {
        match self {
            Self::Element(place) => place,
            Self::Template => DROPPED.len(),
            Self::Table => DROPPED.len() + 1,
            Self::Link => DROPPED.len() + 2,
            Self::Url => DROPPED.len() + 3,
        }
    }
}

/// The state of the pass over a text.
struct Stripper<'t> {
    text: &'t [u8],
    at: usize,
    copied: Vec<u8>,
    open: Vec<Open>,
    /// For each kind the number of open marks.
    open_of: [usize; KINDS],
    /// Whether a comment may still end. False once a search for the end of a comment found none.
    has_comment_end: bool,
}

/// For each byte whether markup may begin or end with it.
const SPECIAL: [bool; 256] = {
    let mut table = [false; 256];
    let special = b"<{}[]|':#_\n";
    let mut at = 0;
    while at < special.len() {
        table[special[at] as usize] = true;
        at += 1;
    }
    table
};

/// `text` without tags and without MediaWiki's markup.
fn without_tags(text: &[u8]) -> Result<Vec<u8>> {
    let mut copied = Vec::new();
    // The result is not longer than `text`: at most one byte replaces a tag, which has at least
    // three.
    memory::reserve(&mut copied, text.len(), WHAT)?;
    let (open, open_of) = (Vec::new(), [0; KINDS]);
    let mut stripper = Stripper { text, at: 0, copied, open, open_of, has_comment_end: true };
    while let Some(&byte) = text.get(stripper.at) {
        if SPECIAL[usize::from(byte)] {
            stripper.special(byte)?;
        } else {
            let rest = &text[stripper.at..];
            let plain = rest.iter().position(|&byte| SPECIAL[usize::from(byte)]).unwrap_or(rest.len());
            stripper.copy(plain);
        }
    }
    Ok(stripper.copied)
}

impl Stripper<'_> {
    /// The rest of the text, from the current position.
    fn rest(&self) -> &[u8] {
        &self.text[self.at..]
    }

    /// Copies the next `bytes` bytes.
    fn copy(&mut self, bytes: usize) {
        self.copied.extend_from_slice(&self.text[self.at..self.at + bytes]);
        self.at += bytes;
    }

    /// Writes `byte` in place of the next `bytes` bytes.
    fn replace(&mut self, bytes: usize, byte: u8) {
        self.copied.push(byte);
        self.at += bytes;
    }

    /// Whether the current position is at the start of a line.
    fn is_at_line(&self) -> bool {
        self.at.checked_sub(1).is_none_or(|before| matches!(self.text[before], b'\n' | b'>'))
    }

    /// Opens a mark of this `kind`, which has `bytes` bytes.
    fn begin(&mut self, kind: Kind, bytes: usize) -> Result<()> {
        let start = self.copied.len();
        memory::push(&mut self.open, Open { kind, start, last_part: start + bytes }, WHAT)?;
        self.open_of[kind.place()] += 1;
        self.copy(bytes);
        Ok(())
    }

    /// Closes the last open mark of this `kind`. Marks that were opened later and never closed are
    /// forgotten; their text stays. `None` if no mark of this kind is open.
    fn end(&mut self, kind: Kind) -> Option<Open> {
        if self.open_of[kind.place()] == 0 {
            return None;
        }
        while let Some(open) = self.open.pop() {
            self.open_of[open.kind.place()] -= 1;
            if open.kind == kind {
                return Some(open);
            }
        }
        None
    }

    /// Removes the text since the last open mark of this `kind`, and skips the closing mark of
    /// `bytes` bytes. If no mark of this kind is open, copies the closing mark.
    fn drop_all(&mut self, kind: Kind, bytes: usize) {
        match self.end(kind) {
            Some(open) => {
                self.copied.truncate(open.start);
                self.replace(bytes, b' ');
            }
            None => self.copy(bytes),
        }
    }

    /// Handles `byte`, which may be the start of a mark.
    fn special(&mut self, byte: u8) -> Result<()> {
        match (byte, self.rest()) {
            (b'<', _) => self.tag()?,
            (b'{', [_, b'{', ..]) => self.begin(Kind::Template, 2)?,
            (b'{', [_, b'|', ..]) if self.is_at_line() => self.begin(Kind::Table, 2)?,
            (b'}', [_, b'}', ..]) => self.drop_all(Kind::Template, 2),
            (b'|', [_, b'}', ..]) if self.is_at_line() => self.drop_all(Kind::Table, 2),
            _ => self.wiki(byte)?,
        }
        Ok(())
    }

    /// Handles a tag or a comment.
    fn tag(&mut self) -> Result<()> {
        let rest = self.rest();
        if rest.starts_with(b"<!--") && self.has_comment_end {
            match memmem::find(rest, b"-->") {
                Some(end) => self.replace(end + 3, b' '),
                None => {
                    self.has_comment_end = false;
                    self.copy(1);
                }
            }
            return Ok(());
        }
        let begins = matches!(rest, [_, b'a'..=b'z' | b'A'..=b'Z' | b'/' | b'!' | b'?', ..]);
        let end = memchr::memchr2(b'<', b'>', &rest[1..]).map(|end| end + 1);
        let Some(end) = end.filter(|&end| begins && rest[end] == b'>') else {
            self.copy(1);
            return Ok(());
        };
        let inside = &rest[1..end];
        let is_end = inside.starts_with(b"/");
        let inside = inside.strip_prefix(b"/").unwrap_or(inside);
        let len = inside.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(inside.len());
        let name = inside[..len].to_ascii_lowercase();
        let is_empty = inside.ends_with(b"/");
        let has = |names: &[&str]| names.iter().any(|other| other.as_bytes() == name);
        if has(&ENDING) {
            self.open.clear();
            self.open_of = [0; KINDS];
        }
        match DROPPED.iter().position(|other| other.as_bytes() == name) {
            Some(place) if is_end => self.drop_all(Kind::Element(place), end + 1),
            Some(place) if !is_empty => self.begin(Kind::Element(place), end + 1)?,
            _ if has(&INLINE) => self.at += end + 1,
            _ => self.replace(end + 1, if has(&BREAKING) { b'\n' } else { b' ' }),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asserts that each line of a text that is not empty has the same words as its line in
    /// `expected`.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let lines = |text: &str| {
            let lines =
                text.lines().map(|line| line.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "));
            lines.filter(|line| !line.is_empty()).collect::<Vec<_>>()
        };
        let found = String::from_utf8(stripped(text.as_bytes()).unwrap()).unwrap();
        assert_eq!(lines(&found), lines(expected), "{text}");
    }

    #[test]
    fn of_html_what_is_seen_stays() {
        check("<p>One <b>two</b>.<br/>Three</p>", "One two.\nThree");
        check("a <script type=x>if (a<b) { \"</p>\" }</script> b<style>c</style>d", "a b d");
        check("H<sub>2</sub>O <img src=\"a.png\"> caf&eacute; &#8212; &#xe9; &amp;", "H2O café — é &");
        check("3 < 4 and 5 > 4, a<b", "3 < 4 and 5 > 4, a<b");
        check("<!-- a > b --> c <!-- d", "c <!-- d");
        check("<!DOCTYPE html><?xml version='1'?>x", "x");
    }

    #[test]
    fn of_a_wiki_what_is_seen_stays() {
        check("'''Anarchism''' is a [[political philosophy|philosophy]].", "Anarchism is a philosophy.");
        check("[[Paris]] [[File:A.jpg|thumb|The [[Eiffel Tower]] at [[night]]]] [[fr:Paris]]", "Paris");
        check("[[Category:Cities]][[:Category:Cities|these]] [[wikt:word|words]]", "these words");
        check("a {{cite|x={{y|[[z]]}}}} b<ref name=\"c\">d {{e}}</ref> f<ref name=c /> g", "a b f g");
        check("{| class=x\n|-\n| a || b\n{|\n| c\n|}\n|}\nd", "d");
        check("[http://a.org/b the page] https://a.org/b?c=d, [https://a.org] e", "the page e");
        check("__NOTOC__ == Title ==\n#REDIRECT [[x]]\ny", "== Title ==\ny");
        check("it's 'so' l''homme''", "it's 'so' lhomme");
    }

    #[test]
    fn what_never_closes_stays() {
        for text in ["a {{ b", "a }} b", "[[ c", "d ]]", "e <ref> f", "g </ref> h", "[x] {y} |}", "i {| j", "k < l"] {
            check(text, text);
        }
        check("{{ <ref> }} a", "a");
        check("[[ {{ b ]] c", "{{ b c");
    }

    #[test]
    fn a_dump_gives_its_articles() {
        let dump = "<mediawiki><siteinfo><sitename>W</sitename></siteinfo><page><title>A</title><ns>0</ns><id>12</id>\
            <revision><timestamp>2002</timestamp><comment>c</comment><text xml:space=\"preserve\">'''A'''&lt;ref&gt;r\
            &lt;/ref&gt; is {{x &amp;amp;nbsp;b&amp;nbsp;c [[D]]\n</text><sha1>e</sha1></revision></page><page>B}}";
        check(dump, "A\nA is {{x &nbsp;b\u{a0}c D\nB}}");
    }

    #[test]
    fn work_is_linear_in_the_text() {
        for part in
            ["{{", "[[", "<ref>", "<!--", "{{[[", "[[a|", "]]", "}}", "<a", "[http://", "''", "\n{|", "https://a "]
        {
            let text = part.repeat(300_000);
            stripped(text.as_bytes()).unwrap();
            stripped((text + "}}]]</ref>").as_bytes()).unwrap();
        }
        // An unclosed mark inside, and a closing mark of another kind, many times.
        stripped("[[{{]]".repeat(200_000).as_bytes()).unwrap();
        stripped(("{{".repeat(100_000) + &"]]".repeat(100_000)).as_bytes()).unwrap();
    }
}
