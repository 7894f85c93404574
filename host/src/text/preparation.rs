//! Prepares text for training: only words, a blank between two words, a sentence on each line.
//!
//! Each run of bytes between ASCII white space is prepared independently of the others. So a text
//! may be cut at any white space, and several threads may prepare its parts at the same time.

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

/// The name for the memory of prepared text in errors.
const WHAT: &str = "prepared text";

/// The rules by which a text is prepared for training.
///
/// A word is a word of [UAX #29](https://www.unicode.org/reports/tr29/#Word_Boundaries), in lower
/// case, in the normal form NFKC, without punctuation. The rules, each with its reason:
///
/// * **Case** is removed by lower-casing, not by case folding. Case folding would write `straße` as
///   `strasse`, and would leave no Greek word that ends in ς; but people who ask a model write
///   words as texts do. `İ` becomes `i`, so that Turkish words in capitals are equal to the same
///   words in small letters.
/// * **Punctuation** and symbols separate words and are dropped. As in UAX #29, `.`, `:` and
///   apostrophes stay between letters (`e.g`, `don't`), and `.`, `,` and `;` stay between digits
///   (`3.14`). Underscores stay within words, because they join phrases; at the ends of words they
///   are dropped.
/// * **Apostrophes** between letters stay, all written `'`. With [`Inner::Part`] they separate
///   words.
/// * **Hyphens** separate words, as in UAX #29. With [`Inner::Keep`] a single hyphen stays between
///   two letters, or between a letter and a digit (`covid-19`, but not `1990-1995`).
/// * **Invisible characters** are dropped: soft hyphens, byte order marks, marks of direction,
///   variation selectors. A zero-width space separates words. Joiners (U+200C, U+200D) stay between
///   two characters from U+0600 on, because the spelling of Persian and Hindi needs them.
/// * **`™` and `℠`** become blanks, because NFKC would turn them into letters.
/// * **Bytes that are not UTF-8** separate words.
/// * **Scripts without blanks** (Chinese, Japanese but for Katakana, Thai, Lao, Khmer, Burmese)
///   have one word per character, as in UAX #29.
///
/// A prepared text does not change if it is prepared again line by line.
///
/// More settings will be added: write `..Preparation::default()` after the settings that you
/// choose.
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
    /// Whether capital letters stay.
    pub keep_case: bool,
    /// Whether punctuation and symbols stay. Each becomes a word of its own, as UAX #29 separates
    /// them.
    pub keep_punctuation: bool,
    /// The treatment of numbers.
    pub digits: Digits,
    /// The treatment of apostrophes between letters.
    pub apostrophes: Inner,
    /// The treatment of hyphens between letters.
    pub hyphens: Inner,
    /// The places where sentences end.
    pub sentences: Sentences,
    /// The treatment of markup.
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
    /// Prepares `text`, of any length, on this thread, and returns the prepared text.
    ///
    /// # Errors
    /// [`Error::Io`] if there is no room for the prepared text.
    pub fn text(&self, text: impl AsRef<[u8]>) -> Result<Vec<u8>> {
        let (mut text, mut ready) = (text.as_ref(), Vec::new());
        let failed = Error::io("text in memory", "make ready");
        let read = PreparedReader::new(&mut text, Preparing::here(*self)).read_to_end(&mut ready);
        read.map_err(failed)?;
        Ok(ready)
    }

    /// Prepares a part of a text. The text was cut at white space.
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

/// A prepared part of a text.
struct Part {
    /// The words. Before each word is a separator: a line feed if a line ended since the word
    /// before or since the start of the part, else a blank.
    text: Vec<u8>,
    /// Whether a line ended after the last word.
    ends_line: bool,
    counts: Counts,
}

/// `text` with a line feed after each sentence but the last.
fn by_sentence(text: &[u8]) -> Result<Vec<u8>> {
    // A byte that is not UTF-8 becomes a replacement character of three bytes.
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
