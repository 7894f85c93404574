//! The vocabulary: the words that are trained, their counts and their ids.

#[cfg(feature = "serde")]
mod serialized;
mod tally;

use std::fmt;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::sync::Arc;

use bstr::BStr;

pub(crate) use tally::{DROPPED, Tally, not_parted};

use crate::error::{Error, Result};
use crate::files::input::{self, CUT_SHORT};
use crate::files::lines::{Lines, write_mark_before};
use crate::files::output::write_atomically;
use crate::text::tokens::tokens;
use crate::text::word_list::WordList;
use crate::text::words::{Words, shown, why_not_a_word};

/// Words with their exact counts. Ids start from 0, in the order of falling count; words with the
/// same count are in the order of rising bytes.
///
/// A word is any non-empty run of bytes without ASCII white space; it need not be UTF-8. A clone is
/// cheap: it shares the words and the counts.
#[derive(Clone)]
pub struct Vocabulary {
    words: Arc<Words>,
    counts: Arc<Vec<u64>>,
    tokens: u64,
}

impl Vocabulary {
    /// The words of `counts` that occur at least `min_count` times, and at least once. The counts
    /// of a repeated word are added.
    ///
    /// # Errors
    /// [`Error::NothingToTrain`] if no word is left; [`Error::File`] if a word is empty or contains
    /// white space, or if the sum of all counts exceeds 2⁶⁴ − 1.
    pub fn from_counts<W: AsRef<[u8]>>(counts: impl IntoIterator<Item = (W, u64)>, min_count: u64) -> Result<Self> {
        let unusable = |problem| Error::File { path: "vocabulary".to_owned(), problem };
        let mut tally = Tally::default();
        for (word, count) in counts {
            tally.add(word.as_ref(), count).map_err(unusable)?;
        }
        Ok(tally.rank(min_count, usize::MAX)?.0)
    }

    /// The vocabulary of `words`, in its order, with `counts`; `None` where they are not those of a
    /// text, or there is no memory for a table of the words.
    pub(crate) fn from_ranked(words: &WordList, counts: Vec<u64>) -> Option<Self> {
        let tokens = counts.iter().try_fold(0_u64, |sum, &count| sum.checked_add(count))?;
        let falls = counts.is_sorted_by(|a, b| a >= b) && counts.last().is_some_and(|&count| count > 0);
        if !falls || counts.len() != words.len() || words.iter().any(|word| why_not_a_word(word).is_some()) {
            return None;
        }
        let words = match words {
            WordList::Interned(words) => words.clone(),
            WordList::Listed(_) => words.indexed().ok().flatten()?.into(),
        };
        Some(Self { words, counts: counts.into(), tokens })
    }

    /// Loads the vocabulary in the file at `path`, without the words that occur fewer than
    /// `min_count` times.
    ///
    /// # Errors
    /// As [`Vocabulary::parse`] and [`input::open`].
    pub fn load(path: &Path, min_count: u64) -> Result<Self> {
        Self::parse(input::open(path)?, &path.display().to_string(), min_count)
    }

    /// Reads a vocabulary from lines `word count` in any order, without the words that occur fewer
    /// than `min_count` times.
    ///
    /// Blank lines are ignored. `name` is the text's name in errors.
    ///
    /// # Errors
    /// [`Error::Line`] for a line that is not a word and a count, that repeats a word, that lacks
    /// its line feed or that is too long; [`Error::File`] if no word is left or there is no memory
    /// for the words; [`Error::Io`] if reading fails.
    pub fn parse(reader: impl BufRead, name: &str, min_count: u64) -> Result<Self> {
        let mut tally = Tally::default();
        let mut lines = Lines::new(reader, name);
        while let Some((line, text)) = lines.read()? {
            parse_line(text, &mut tally).map_err(|problem| Error::Line { path: name.to_owned(), line, problem })?;
        }
        let ranked = tally.rank(min_count, usize::MAX);
        ranked.map(|(vocabulary, _)| vocabulary).map_err(|error| error.in_file(name))
    }

    /// The vocabulary of the most frequent `words` words, or of all if there are fewer. At least
    /// one word is kept.
    ///
    /// ```
    /// use w2v::Vocabulary;
    ///
    /// # fn main() -> w2v::Result<()> {
    /// let vocabulary = Vocabulary::from_counts([("c", 2), ("b", 3), ("a", 2)], 1)?.most_frequent(2);
    /// assert!(vocabulary.words().eq([b"b", b"a"]));
    /// assert_eq!((vocabulary.counts(), vocabulary.tokens()), (&[3, 2][..], 5));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn most_frequent(mut self, words: usize) -> Self {
        // A vocabulary is never empty.
        let words = words.max(1);
        if words < self.len() {
            Arc::make_mut(&mut self.words).truncate(words);
            Arc::make_mut(&mut self.counts).truncate(words);
            self.tokens = self.counts.iter().sum();
        }
        self
    }

    /// Writes a line `word count` for each word, in the order of the ids, to the file at `path`.
    /// The file is compressed if its name ends in `.gz` or `.zst`. An existing file is replaced
    /// only after all lines have been written.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        write_atomically(path, |out| self.write(out))
    }

    /// Writes a line `word count` for each word, in the order of the ids. [`Vocabulary::parse`]
    /// reads these lines back.
    ///
    /// # Errors
    /// Any error of `to`.
    pub fn write(&self, to: &mut dyn Write) -> io::Result<()> {
        write_mark_before(self.words().next().map(|word| &**word), to)?;
        for (word, count) in self.words().zip(self.counts()) {
            to.write_all(word)?;
            writeln!(to, " {count}")?;
        }
        Ok(())
    }

    /// The lines of [`write`](Self::write) as one text.
    ///
    /// # Errors
    /// None that is known: memory is the only place to which the lines are written.
    pub(crate) fn lines(&self) -> io::Result<Vec<u8>> {
        let mut lines = Vec::new();
        self.write(&mut lines)?;
        Ok(lines)
    }

    /// The number of words.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Always false: to build a vocabulary without words is an error.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of word `id`, `None` beyond the last word.
    pub fn word(&self, id: u32) -> Option<&BStr> {
        self.words.get(id).map(BStr::new)
    }

    /// The words in order of their ids.
    pub fn words(&self) -> impl ExactSizeIterator<Item = &BStr> {
        self.words.iter().map(BStr::new)
    }

    /// The id of `word`, `None` if it is not in the vocabulary.
    #[inline]
    pub fn id(&self, word: impl AsRef<[u8]>) -> Option<u32> {
        self.words.find(word.as_ref())
    }

    /// Whether `other` has the same words with the same ids.
    pub(crate) fn has_words_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.words, &other.words) || self.words.iter().eq(other.words.iter())
    }

    /// The table of words and ids.
    pub(crate) const fn table(&self) -> &Arc<Words> {
        &self.words
    }

    /// The count of word `id`, `None` beyond the last word.
    pub fn count(&self, id: u32) -> Option<u64> {
        self.counts.get(id as usize).copied()
    }

    /// The counts of all words by id, in falling order; none is 0.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// The sum of all counts.
    pub fn tokens(&self) -> u64 {
        self.tokens
    }
}

/// Shows the number of words and of tokens, not the words: there may be millions.
impl fmt::Debug for Vocabulary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vocabulary").field("words", &self.len()).field("tokens", &self.tokens).finish_non_exhaustive()
    }
}

/// Adds one line `word count`, given with its line feed, to `tally`; or returns what is wrong with
/// the line.
fn parse_line(line: &[u8], tally: &mut Tally) -> std::result::Result<(), String> {
    let mut fields = tokens(line);
    let (word, count) = match (fields.next(), fields.next(), fields.next()) {
        (None, ..) => return Ok(()),
        _ if !line.ends_with(b"\n") => return Err(CUT_SHORT.to_owned()),
        (Some(word), Some(count), None) => (word, count),
        _ => return Err("expected a word and its count, `word count`".to_owned()),
    };
    let parsed = str::from_utf8(count).ok().and_then(|digits| digits.parse().ok());
    let Some(parsed) = parsed else {
        return Err(format!(
            "the count of `{}` must be a whole number below 2^64, not `{}`",
            shown(word),
            shown(count)
        ));
    };
    if tally.has(word) {
        return Err(format!("`{}` has a line already; keep one of them", shown(word)));
    }
    tally.add(word, parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &[u8], min_count: u64) -> Result<Vocabulary> {
        Vocabulary::parse(text, "words.txt", min_count)
    }

    fn message(result: Result<Vocabulary>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn a_word_that_begins_with_a_byte_order_mark_is_read_back() {
        let vocabulary = Vocabulary::parse(&b"rare 1\n\xef\xbb\xbfmarked 2\n"[..], "counts", 1).unwrap();
        let mut written = Vec::new();
        vocabulary.write(&mut written).unwrap();
        let again = Vocabulary::parse(&written[..], "counts", 1).unwrap();
        assert!(again.words().eq(vocabulary.words()) && again.len() == 2);
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("counts.gz");
        vocabulary.save(&path).unwrap();
        assert!(Vocabulary::load(&path, 1).unwrap().words().eq(vocabulary.words()));
    }

    #[test]
    fn order_is_count_then_bytes() {
        let counts: [(&[u8], u64); 6] = [(b"rare", 1), (b"b", 7), (b"\xff", 7), (b"a", 3), (b"B", 7), (b"a", 6)];
        let vocabulary = Vocabulary::from_counts(counts, 2).unwrap();
        let expected: [&[u8]; 4] = [b"a", b"B", b"b", b"\xff"];
        assert!(vocabulary.words().eq(expected));
        assert_eq!(vocabulary.counts(), [9, 7, 7, 7]);
        assert_eq!(vocabulary.tokens(), 30);
        assert_eq!((vocabulary.len(), vocabulary.is_empty()), (4, false));
        for (id, word) in (0..).zip(expected) {
            assert_eq!(vocabulary.id(word), Some(id));
            assert_eq!(vocabulary.word(id).unwrap(), word);
            assert_eq!(vocabulary.count(id), Some(vocabulary.counts()[id as usize]));
        }
        assert_eq!(vocabulary.id(b"rare"), None);
        assert_eq!(vocabulary.word(4), None);
        assert_eq!(vocabulary.count(4), None);
    }

    #[test]
    fn an_empty_vocabulary_says_what_would_keep_some() {
        let counts = [("a", 3), ("b", 4)];
        assert_eq!(
            message(Vocabulary::from_counts(counts, 5)),
            "nothing to train: none of the 2 distinct words occurs 5 times; min-count 4 or less would keep some"
        );
        let none: [(&str, u64); 0] = [];
        assert_eq!(message(Vocabulary::from_counts(none, 0)), "nothing to train: there are no words");
        assert_eq!(message(Vocabulary::from_counts([("a", 0)], 0)), "nothing to train: there are no words");
    }

    #[test]
    fn words_that_no_text_can_hold_are_refused() {
        for word in ["", " ", "a b", "a\n", "\x0b"] {
            assert!(message(Vocabulary::from_counts([(word, 1)], 1)).contains("cannot be a word"));
        }
        let counts = [("a", u64::MAX), ("b", 1)];
        assert!(message(Vocabulary::from_counts(counts, 1)).contains("2^64"));
    }

    #[test]
    fn saved_words_are_loaded_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("words.txt");
        let counts: [(&[u8], u64); 3] = [(b"\xff\0", 2), ("ş".as_bytes(), 2), (b"x", u64::MAX - 4)];
        let saved = Vocabulary::from_counts(counts, 1).unwrap();
        saved.save(&path).unwrap();
        let loaded = Vocabulary::load(&path, 2).unwrap();
        assert!(loaded.words().eq(saved.words()));
        assert_eq!(loaded.counts(), saved.counts());
        assert_eq!(message(Vocabulary::load(&path, u64::MAX)).matches("min-count").count(), 1);
        let absent = directory.path().join("absent");
        assert!(message(Vocabulary::load(&absent, 1)).contains("absent: cannot open"));
        assert!(message(Vocabulary::load(directory.path(), 1)).contains("cannot"));
    }

    #[test]
    fn lines_are_a_word_and_a_count() {
        let vocabulary = parse(b"a 1\r\n\n  b\t 5 \nc 2\n ", 2).unwrap();
        assert!(vocabulary.words().eq([b"b", b"c"]));
        for (text, expected) in [
            (&b"a 1\nb\n"[..], "words.txt:2: expected"),
            (b"a b 1\n", "words.txt:1: expected"),
            (b"5\n", "words.txt:1: expected"),
            (b"a -1\n", "words.txt:1: the count of `a` must be"),
            (b"a 1.5\n", "not `1.5`"),
            (b"a \xff\n", "must be a whole number"),
            (b"a 18446744073709551616\n", "below 2^64"),
            (b"a 18446744073709551615\nb 1\n", "words.txt:2: the counts add up"),
            (b"a 10\nb 1", "words.txt:2: the file ends within this line, without a line feed; is it cut short?"),
            (b"a 1\nb 1\na 2\n", "words.txt:3: `a` has a line already"),
            (b"", "there are no words"),
        ] {
            let message = message(parse(text, 1));
            assert!(message.contains(expected), "{message}");
        }
    }
}
