//! Text made ready to train: words alone, a blank between two, a sentence on each line.
//!
//! Runs of bytes between ASCII white space are prepared one by one. So a text may be cut at white
//! space anywhere, and its parts be prepared by several threads at once.

mod ascii;
mod finish;
mod kinds;
mod markup;
mod parts;
mod reader;
mod unicode;
mod writer;

pub use kinds::{Digits, Inner, Markup, Sentences};
pub(crate) use reader::{PreparedReader, Preparing};
pub use writer::Counts;

use std::io::Read;

use unicode_segmentation::UnicodeSegmentation;

use self::writer::Writer;
use crate::error::{Error, Result};
use crate::memory;
use crate::text::tokens::tokens;

/// What errors call the memory of prepared text.
const WHAT: &str = "prepared text";

/// What is done to a text to make it ready.
///
/// Words are those of [UAX #29](https://www.unicode.org/reports/tr29/#Word_Boundaries), in lower
/// case, in the normal form NFKC, without punctuation. The rules, each with its reason:
///
/// * **Case** is taken away by lower-casing and not by case folding: folding writes `straße` as
///   `strasse` and ends no Greek word in ς, and whoever asks a model writes words as texts do. `İ`
///   becomes `i`, so that Turkish capitals meet their small letters.
/// * **Punctuation** and symbols part words and are dropped. UAX #29 keeps `.`, `:` and apostrophes
///   between letters (`e.g`, `don't`), and `.`, `,` and `;` between digits (`3.14`). Underscores
///   stay within words, for they join phrases, and are dropped at the ends of words.
/// * **Apostrophes** between letters stay, all written `'`; [`Inner::Part`] parts words there.
/// * **Hyphens** part words, as in UAX #29; with [`Inner::Keep`] a single hyphen stays between two
///   letters, or a letter and a digit (`covid-19`, but not `1990-1995`).
/// * **What is not seen** goes: soft hyphens, byte order marks, marks of direction, variation
///   selectors. A zero-width space parts words. Joiners (U+200C, U+200D) stay between two
///   characters from U+0600 on, where Persian and Hindi are spelled with them.
/// * `™` and `℠` are dropped, of which NFKC would make letters.
/// * **Bytes that are not UTF-8** part words.
/// * Of **scripts without blanks** (Chinese, Japanese but for Katakana, Thai, Lao, Khmer, Burmese)
///   UAX #29 makes each character a word.
///
/// What was prepared stays as it is when it is prepared again, line by line.
///
/// Settings will be added: write `..Preparation::default()` after those that you choose.
///
/// ```
/// use w2v::Preparation;
/// use w2v::preparation::Digits;
///
/// # fn main() -> w2v::Result<()> {
/// let ready = Preparation::default().text("In Paris, he didn't self-publish.\nÉté 1984!")?;
/// assert_eq!(ready, "in paris he didn't self publish\nété 1984\n".as_bytes());
/// let spelled = Preparation { digits: Digits::Spell, ..Preparation::default() };
/// assert_eq!(spelled.text("Été 1984!")?, "été one nine eight four\n".as_bytes());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preparation {
    /// Whether capitals stay.
    pub keep_case: bool,
    /// Whether punctuation and symbols stay, each a word of its own as UAX #29 parts them.
    pub keep_punctuation: bool,
    /// What becomes of numbers.
    pub digits: Digits,
    /// What becomes of apostrophes between letters.
    pub apostrophes: Inner,
    /// What becomes of hyphens between letters.
    pub hyphens: Inner,
    /// Where sentences end.
    pub sentences: Sentences,
    /// What becomes of markup.
    pub markup: Markup,
}

impl Default for Preparation {
    fn default() -> Self {
        Self {
            keep_case: false,
            keep_punctuation: false,
            digits: Digits::Keep,
            apostrophes: Inner::Keep,
            hyphens: Inner::Part,
            sentences: Sentences::Lines,
            markup: Markup::Keep,
        }
    }
}

impl Preparation {
    /// `text`, a few bytes or many, made ready on this thread.
    ///
    /// # Errors
    /// [`Error::Memory`] when there is no room for it.
    pub fn text(&self, text: impl AsRef<[u8]>) -> Result<Vec<u8>> {
        let (mut text, mut ready) = (text.as_ref(), Vec::new());
        let failed = Error::io("text in memory", "make ready");
        let read = PreparedReader::new(&mut text, Preparing::here(*self)).read_to_end(&mut ready);
        read.map_err(failed)?;
        Ok(ready)
    }

    /// A part of a text, cut at white space, made ready.
    fn part(&self, text: Vec<u8>) -> Result<Part> {
        let mut counts = Counts { bytes: text.len() as u64, ..Counts::default() };
        counts.not_utf8 = text.utf8_chunks().filter(|chunk| !chunk.invalid().is_empty()).count() as u64;
        let text = match self.markup {
            Markup::Keep => text,
            Markup::Strip => markup::stripped(&text)?,
        };
        let mut text = match self.sentences {
            Sentences::Lines => text,
            Sentences::Unicode => by_sentence(&text)?,
        };
        if !self.keep_case {
            text.make_ascii_lowercase();
        }
        let mut ready = Vec::new();
        memory::reserve(&mut ready, text.len() + 1, WHAT)?;
        let mut writer = Writer::new(ready, &mut counts);
        let mut rest = &text[..];
        while let Some(end) = memchr::memchr(b'\n', rest) {
            self.line(&rest[..end], &mut writer)?;
            writer.end_line();
            rest = &rest[end + 1..];
        }
        self.line(rest, &mut writer)?;
        let (text, ends_line) = writer.finish();
        Ok(Part { text, ends_line, counts })
    }

    /// Writes the words of `line`.
    #[inline]
    fn line(&self, line: &[u8], to: &mut Writer<'_>) -> Result<()> {
        for run in tokens(line) {
            if run.is_ascii() {
                self.ascii(run, to)?;
            } else {
                self.unicode(run, to)?;
            }
        }
        Ok(())
    }
}

/// A part of a text, made ready.
struct Part {
    /// Before each word a line feed where a line has ended since the word before or the part's
    /// start, a blank elsewhere.
    text: Vec<u8>,
    /// Whether a line has ended since the last word.
    ends_line: bool,
    counts: Counts,
}

/// `text` with a line feed after each of its sentences but the last.
fn by_sentence(text: &[u8]) -> Result<Vec<u8>> {
    // Replacement characters, of three bytes, stand for bytes that are not UTF-8.
    memory::check(text.len().saturating_mul(3), WHAT)?;
    let text = String::from_utf8_lossy(text);
    let mut parted = Vec::new();
    memory::reserve(&mut parted, text.len() + text.len() / 16, WHAT)?;
    for sentence in text.split_sentence_bounds() {
        if parted.last().is_some_and(|&last| last != b'\n') {
            memory::push(&mut parted, b'\n', WHAT)?;
        }
        memory::append(&mut parted, sentence.as_bytes(), WHAT)?;
    }
    Ok(parted)
}
