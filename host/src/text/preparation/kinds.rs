//! The choices in a preparation.

use std::fmt;
use std::str::FromStr;

use w2v_core::error::Error;

/// The treatment of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digits {
    /// Digits stay.
    Keep,
    /// Each digit 0 to 9 becomes a word, `zero` to `nine`, as in text8.
    Spell,
    /// A word without letters, such as `1984`, becomes `0`. A word with letters, such as `1990s`,
    /// stays.
    Mark,
}

/// The treatment of apostrophes or hyphens between letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inner {
    /// The mark stays.
    Keep,
    /// The mark separates words.
    Part,
}

/// The places where sentences end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sentences {
    /// At the end of each line.
    Lines,
    /// At the end of each line, and within lines by the rules of [UAX #29][sentences].
    ///
    /// [sentences]: https://www.unicode.org/reports/tr29/#Sentence_Boundaries
    Unicode,
}

/// The treatment of markup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Markup {
    /// Markup is treated as any other text.
    Keep,
    /// Markup of HTML, XML and MediaWiki is removed; the text that a reader sees stays. The text
    /// may be a whole dump of Wikipedia in XML. Markdown is not treated as markup.
    Strip,
}

/// Implements names for an enum of choices.
macro_rules! names {
    ($($kind:ident { $($choice:ident $name:literal),* })*) => {$(
        impl $kind {
            /// All choices.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$choice),*];

            /// The name in small letters, as [`FromStr`] reads it.
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
