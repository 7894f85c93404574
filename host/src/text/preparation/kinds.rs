//! The choices that a preparation leaves.

use std::fmt;
use std::str::FromStr;

use w2v_core::error::Error;

/// What becomes of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digits {
    /// They stay as they are.
    Keep,
    /// Each digit 0 to 9 becomes a word, `zero` to `nine`, as in text8.
    Spell,
    /// A word without letters becomes `0`. A word with letters, such as `1990s`, stays.
    Mark,
}

/// What becomes of a mark between letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inner {
    /// It stays.
    Keep,
    /// It parts words.
    Part,
}

/// Where sentences end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sentences {
    /// At the ends of lines.
    Lines,
    /// There, and within lines where [UAX #29][sentences] says.
    ///
    /// [sentences]: https://www.unicode.org/reports/tr29/#Sentence_Boundaries
    Unicode,
}

/// What becomes of markup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Markup {
    /// It is text as any other.
    Keep,
    /// Of HTML, XML and MediaWiki's markup, a whole dump of Wikipedia in XML too, what a reader
    /// sees stays. Markdown is no markup here.
    Strip,
}

/// Gives choices their names.
macro_rules! names {
    ($($kind:ident { $($choice:ident $name:literal),* })*) => {$(
        impl $kind {
            /// All of them.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$choice),*];

            /// The name, in small letters, that [`FromStr`] reads.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$choice => $name),* }
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }

        impl FromStr for $kind {
            type Err = Error;

            fn from_str(name: &str) -> Result<Self, Error> {
                Self::ALL.into_iter().find(|choice| choice.name() == name).ok_or(Error::Name)
            }
        }
    )*};
}

names! {
    Digits { Keep "keep", Spell "spell", Mark "mark" }
    Inner { Keep "keep", Part "part" }
    Sentences { Lines "lines", Unicode "unicode" }
    Markup { Keep "keep", Strip "strip" }
}
