//! Reads files of word pairs with similarities judged by people, in the layouts of the usual data
//! sets.

use std::io::BufRead;

use crate::error::{Error, Result};
use crate::files::lines::Lines;
use crate::memory;
use crate::text::words::{is_space, shown};

/// Two words and the similarity that people gave them.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The words.
    pub words: [Vec<u8>; 2],
    /// The similarity on any scale; larger is more similar.
    pub score: f64,
}

/// The names of the score column in a heading of more than three columns, in lower case. The first
/// of these names that the heading has is taken.
const SCORE_NAMES: [&str; 12] = [
    "simlex999",
    "score",
    "similarity",
    "sim",
    "relatedness",
    "human (mean)",
    "human",
    "mean",
    "average",
    "avg",
    "rating",
    "gold",
];

/// The name in error messages for the memory of pairs.
const WHAT: &str = "pairs of words";

/// The message for a wrong line in a file of three columns.
const EXPECTED: &str = "expected `word word score`";

/// The columns of the words and of the score.
#[derive(Clone, Copy, Debug)]
enum Layout {
    /// Exactly three columns: two words and a score.
    Three,
    /// The words are in the first two columns, and the score is in the given column, counted from
    /// 0. There may be other columns.
    Score(usize),
}

/// Reads word pairs from lines `word word score`. Fields are separated by tabs, semicolons, commas
/// or white space. If they are separated by semicolons, the decimal sign may be a comma. `name` is
/// the file's name in errors.
///
/// Empty lines and lines that begin with `#` are ignored. The first other line is a heading if no
/// field after the second is a number; it is not a pair.
///
/// There may be more than three columns if tabs, semicolons or commas separate them. Then the first
/// two columns are the words. With a heading, the score is in the column whose name says so:
/// `SimLex999`, `score`, `similarity`, `human`, `mean` and similar names. Without a heading, the
/// score is in the third column if the first line has a number there, as in RareWords, where the
/// scores of each rater follow. Otherwise it is in the fourth, as in SimVerb, where a part of
/// speech is in the third.
///
/// # Errors
/// [`Error::Line`] for any other line, [`Error::File`] if there is no pair, [`Error::Io`] from
/// `reader`.
pub fn read_similarities(reader: impl BufRead, name: &str) -> Result<Vec<Pair>> {
    let mut pairs = Vec::new();
    let mut lines = Lines::new(reader, name);
    let mut layout = None;
    while let Some((line, text)) = lines.read()? {
        let text = text.trim_ascii();
        if text.is_empty() || text.starts_with(b"#") {
            continue;
        }
        let fields = Fields::of(text)?;
        let fail = |problem| Error::Line { path: name.to_owned(), line, problem };
        let known = match layout {
            Some(known) => known,
            None => {
                let (first, is_heading) = fields.layout().map_err(fail)?;
                layout = Some(first);
                if is_heading {
                    continue;
                }
                first
            }
        };
        let pair = fields.pair(known)?.ok_or_else(|| fail(known.expected()))?;
        memory::push(&mut pairs, pair, WHAT)?;
    }
    if pairs.is_empty() {
        return Err(Error::File { path: name.to_owned(), problem: "no `word word score` line in it".to_owned() });
    }
    Ok(pairs)
}

impl Layout {
    /// The message for a line that does not have this layout.
    fn expected(self) -> String {
        match self {
            Self::Three => EXPECTED.to_owned(),
            Self::Score(at) => format!("expected two words, and a number in column {}", at + 1),
        }
    }
}

/// The fields of a line.
struct Fields<'a> {
    /// The fields that are not empty.
    filled: Vec<&'a [u8]>,
    /// The separator, `None` for white space.
    separator: Option<u8>,
    text: &'a [u8],
}

impl<'a> Fields<'a> {
    fn of(text: &'a [u8]) -> Result<Self> {
        let separator = match text {
            _ if text.contains(&b'\t') => Some(b'\t'),
            _ if text.iter().filter(|&&byte| byte == b';').count() > 1 => Some(b';'),
            _ if text.contains(&b',') => Some(b','),
            _ => None,
        };
        let mut fields = Self { filled: Vec::new(), separator, text };
        for field in fields.all().filter(|field| !field.is_empty()) {
            memory::push(&mut fields.filled, field, WHAT)?;
        }
        Ok(fields)
    }

    /// All fields, without the white space around them. A field between two separators may be
    /// empty.
    fn all(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let separator = self.separator;
        let fields = self.text.split(move |byte| separator.map_or(is_space(byte), |separator| *byte == separator));
        fields.map(<[u8]>::trim_ascii)
    }

    /// The layout of a file of which this is the first line, and whether the line is a heading. The
    /// error is the message for a line from which no layout follows.
    fn layout(&self) -> std::result::Result<(Layout, bool), String> {
        let filled = self.filled.len();
        let is_number = |field| self.number(field).is_some();
        let is_heading = filled > 2 && !self.filled.iter().skip(2).any(|field| is_number(field));
        if filled == 3 || (filled > 2 && self.separator.is_none()) {
            let third = self.filled.get(2).is_some_and(|field| is_number(field));
            return if filled == 3 || !third { Ok((Layout::Three, !third)) } else { Err(EXPECTED.to_owned()) };
        }
        if is_heading {
            let has = |name: &str| self.all().skip(2).position(|field| field.eq_ignore_ascii_case(name.as_bytes()));
            let at = SCORE_NAMES.iter().find_map(|name| has(name)).ok_or_else(|| {
                let names = self.filled.iter().skip(2).take(8).map(|name| format!("`{}`", shown(name)));
                format!(
                    "none of the columns {} is called `score`, `similarity`, `mean` or `rating`; rename the one that holds the \
                     scores, or cut the file to `word word score`",
                    names.collect::<Vec<_>>().join(", ")
                )
            })?;
            return Ok((Layout::Score(at + 2), true));
        }
        let scored = [2, 3].into_iter().find(|&at| self.all().nth(at).is_some_and(is_number));
        let at = scored.filter(|_| filled > 2).ok_or_else(|| {
            format!("{EXPECTED}: the score in column 3, or in column 4 after a part of speech, or a heading that names its column")
        })?;
        Ok((Layout::Score(at), false))
    }

    /// The pair in this line, `None` if the line does not have this layout.
    fn pair(&self, layout: Layout) -> Result<Option<Pair>> {
        let (mut all, mut three) = (self.all(), self.filled.iter().copied());
        let (first, second, score) = match layout {
            Layout::Three if self.filled.len() == 3 => (three.next(), three.next(), three.next()),
            Layout::Three => return Ok(None),
            Layout::Score(at) => (all.next(), all.next(), all.nth(at - 2)),
        };
        let (Some(first), Some(second), Some(score)) = (first, second, score.and_then(|field| self.number(field)))
        else {
            return Ok(None);
        };
        if first.is_empty() || second.is_empty() || !score.is_finite() {
            return Ok(None);
        }
        let word = |bytes: &[u8]| {
            let mut word = Vec::new();
            memory::append(&mut word, bytes, WHAT).map(|()| word)
        };
        Ok(Some(Pair { words: [word(first)?, word(second)?], score }))
    }

    /// The number in `field`, `None` if it is no number.
    fn number(&self, field: &[u8]) -> Option<f64> {
        let field = str::from_utf8(field).ok()?;
        let with_comma = || field.replace(',', ".").parse().ok().filter(|_| self.separator == Some(b';'));
        field.parse().ok().or_else(with_comma)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(first: &str, second: &str, score: f64) -> Pair {
        Pair { words: [first.into(), second.into()], score }
    }

    #[test]
    fn every_usual_layout_is_read() {
        let expected = [pair("Old man", "sea", 1.5), pair("a", "b", 10.0), pair("c", "d", -2.0)];
        let file = b"\xef\xbb\xbfWord 1,Word 2,Human\n# a comment\nOld man\tsea\t1.5\r\n\na  b 10\nc, d,-2";
        assert_eq!(read_similarities(&file[..], "f").unwrap(), expected);
        for (file, expected) in [
            ("", "f: no `word word score`"),
            ("a b 1\na b\n", "f:2: expected `word word score`"),
            ("a b 1\na b 1 2\n", "f:2:"),
            ("a b 1\na b nan\n", "f:2:"),
            ("a b\na b 1\n", "f:1:"),
            ("old man 1.5 2\n", "f:1:"),
            ("# a comment\nword word score\nno heading here\n", "f:3:"),
        ] {
            let error = read_similarities(file.as_bytes(), "f").unwrap_err().to_string();
            assert!(error.starts_with(expected), "{file}: {error}");
        }
    }

    #[test]
    fn the_layouts_of_the_authors_are_read() {
        let expected = [pair("old", "new", 1.58), pair("war", "peace", 3.0)];
        for file in [
            // SimLex-999, which has another column whose name begins with Sim.
            "word1\tword2\tPOS\tSimLex999\tconc(w1)\tconc(w2)\tconcQ\tAssoc(USF)\tSimAssoc333\tSD(SimLex)\n\
             old\tnew\tA\t1.58\t2.72\t2.81\t2\t7.25\t1\t0.41\nwar\tpeace\tN\t3\t2.8\t2.9\t2\t8.1\t1\t0.7\n",
            // RareWords: the mean, and the score of each rater; some scores are missing.
            "old\tnew\t1.58\t1\t3\t2\nwar\tpeace\t3\t\t\t3\n",
            // SimVerb-3500.
            "old\tnew\tV\t1.58\tSYNONYMS\nwar\tpeace\tV\t3\tNONE\n",
            "old;new;1,58\nwar;peace;3,0\n",
            "id,other,pos,rater 1,Mean\nold,new,a,9,1.58\nwar,peace,n,9,3\n",
        ] {
            assert_eq!(read_similarities(file.as_bytes(), "f").unwrap(), expected, "{file}");
        }
        for (file, expected) in [
            (
                "w1\tw2\tPOS\tx\n",
                "f:1: none of the columns `POS`, `x` is called `score`, `similarity`, `mean` or `rating`;",
            ),
            ("a\tb\tc\td\t3\n", "f:1: expected `word word score`: the score in column 3, or in column 4 after"),
            ("a\tb\t1\t2\na\tb\tx\t2\n", "f:2: expected two words, and a number in column 3"),
            ("a\tb\tN\t2\na\tb\tN\n", "f:2: expected two words, and a number in column 4"),
            ("a\tb\t1\t2\na\t\t1\t2\n", "f:2: expected two words"),
        ] {
            let error = read_similarities(file.as_bytes(), "f").unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
