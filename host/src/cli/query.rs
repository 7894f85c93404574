//! Commands that ask a model: `nearest`, `analogy`, `odd`, `similarity`.

use super::choice::some;
use super::output::stdout;
use super::record::{mismatch, recorded_sha256};
use super::{Failure, Result, tell, write_word};
use clap::Args;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::thread;
use w2v::lines::Lines;
use w2v::messages::escaped;
use w2v::{Format, Neighbour, Vectors};

// The model of a question. (clap would show a doc comment as the text of the command.)
#[derive(Args)]
struct Model {
    /// A model, text or binary, plain, gzip or zstd; `-` is standard input
    model: PathBuf,
    /// Load the model's first words only: as little memory and time as they take
    #[arg(long, value_name = "WORDS", value_parser = some)]
    top: Option<usize>,
}

impl Model {
    /// Loads the model for questions. `words` are the words of the command line.
    fn open(&self, words: &[OsString]) -> Result<Vectors> {
        if words.is_empty() && is_stdin(&self.model) {
            let problem =
                "standard input cannot hold both the model, as `-` says, and the questions: give the words after it";
            return Err(Failure::Misuse(problem.to_owned()));
        }
        // With `--top` the answer should come before the rest of the file is read. A `.w2v` file
        // has its settings inside, and is not read in full either.
        let is_skipped = self.top.is_some() || Format::for_path(&self.model) == Format::W2v;
        let record = if is_skipped { RecordCheck::Skipped } else { RecordCheck::Compared };
        open(&self.model, self.top.unwrap_or(usize::MAX), record)
    }
}

/// `w2v nearest`.
#[derive(Args)]
pub(super) struct Nearest {
    #[command(flatten)]
    model: Model,
    /// Words of the model; of several the mean is taken; none: those on each line of standard
    /// input, and an empty line after each answer
    words: Vec<OsString>,
    /// Words whose vectors are taken off the others': `king woman --without man`
    #[arg(long, value_name = "WORD", num_args = 1..)]
    without: Vec<OsString>,
    /// Multiply cosines in place of adding vectors (3CosMul): a score in place of the cosine
    #[arg(long)]
    multiply: bool,
    /// How many words to print
    #[arg(short, default_value_t = 10, value_parser = some)]
    k: usize,
}

impl Nearest {
    pub(super) fn run(self) -> Result<()> {
        let without: Vec<_> = self.without.iter().map(|word| word.as_encoded_bytes()).collect();
        ask(&self.model.open(&self.words)?, &self.words, "\n", |vectors, words| {
            let found = match self.multiply {
                true => vectors.nearest_by_product(words, &without, self.k)?,
                false => vectors.nearest_to(words, &without, self.k)?,
            };
            neighbours(&found)
        })
    }
}

/// `w2v odd`.
#[derive(Args)]
pub(super) struct Odd {
    #[command(flatten)]
    model: Model,
    /// Words of the model; none: those on each line of standard input, and an empty line after each
    /// answer
    words: Vec<OsString>,
}

impl Odd {
    pub(super) fn run(self) -> Result<()> {
        ask(&self.model.open(&self.words)?, &self.words, "\n", |vectors, words| neighbours(&vectors.odd(words)?))
    }
}

/// `w2v analogy`.
#[derive(Args)]
pub(super) struct Analogy {
    #[command(flatten)]
    model: Model,
    /// An example and what it is related to, such as `man king`, and the word that is to be related
    /// in the same way, such as `woman`; none: those on each line of standard input, and an empty
    /// line after each answer
    #[arg(num_args = 3, value_names = ["A", "B", "C"])]
    words: Vec<OsString>,
    /// How many words to print
    #[arg(short, default_value_t = 10, value_parser = some)]
    k: usize,
}

impl Analogy {
    pub(super) fn run(self) -> Result<()> {
        ask(&self.model.open(&self.words)?, &self.words, "\n", |vectors, words| {
            let [a, b, c] = exactly(words)?;
            neighbours(&vectors.analogy(a, b, c, self.k)?)
        })
    }
}

/// `w2v similarity`.
#[derive(Args)]
pub(super) struct Similarity {
    #[command(flatten)]
    model: Model,
    /// Two words of the model; none: those on each line of standard input, with a line for each
    #[arg(num_args = 2, value_names = ["A", "B"])]
    words: Vec<OsString>,
}

impl Similarity {
    pub(super) fn run(self) -> Result<()> {
        ask(&self.model.open(&self.words)?, &self.words, "", |vectors, words| {
            let [a, b] = exactly(words)?;
            Ok(format!("{:.4}\n", vectors.similarity(a, b)?).into_bytes())
        })
    }
}

/// Whether the record beside a model is compared with the model. Comparing takes reading the whole
/// file, to hash it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum RecordCheck {
    Compared,
    Skipped,
}

/// Loads the first `words` words of the model in the file at `path`, where `-` is standard input.
/// Prints a warning if the record beside the model belongs to another model.
pub(super) fn open(path: &Path, words: usize, record: RecordCheck) -> Result<Vectors> {
    if is_stdin(path) {
        return Ok(Vectors::read(io::stdin().lock(), "standard input", words)?);
    }
    let (model, mismatch) = match recorded_sha256(path).filter(|_| record == RecordCheck::Compared) {
        None => (Vectors::load_first(path, words), None),
        // Another thread hashes the file while this one reads it.
        Some(recorded) => thread::scope(|scope| {
            let hash = move || mismatch(path, &recorded);
            let hash = thread::Builder::new().spawn_scoped(scope, hash).ok();
            (Vectors::load_first(path, words), hash.and_then(|hash| hash.join().ok().flatten()))
        }),
    };
    let model = model?;
    mismatch.iter().for_each(|mismatch| tell(mismatch));
    Ok(model)
}

/// Whether `path` stands for standard input.
fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Prints the `answer` to `words`. If there are no words, prints the answer to the words on each
/// line of standard input, with `end` after each answer. If a line has no answer, an error is
/// reported and an empty line is printed: so a program that asks can count the answers.
fn ask(
    vectors: &Vectors,
    words: &[OsString],
    end: &str,
    answer: impl Fn(&Vectors, &[&[u8]]) -> Result<Vec<u8>>,
) -> Result<()> {
    let mut out = stdout()?;
    if !words.is_empty() {
        let words: Vec<_> = words.iter().map(|word| word.as_encoded_bytes()).collect();
        out.write_all(&answer(vectors, &words)?)?;
        return Ok(out.flush()?);
    }
    if io::stdin().is_terminal() {
        tell("the words of a question on a line each; Ctrl-D ends");
    }
    let mut unanswered = 0;
    let most = most_fields(vectors);
    let mut lines = Lines::new(io::stdin().lock(), "standard input");
    while let Some((number, line)) = lines.read()? {
        let words = words_of(line, vectors, most);
        if words.is_empty() {
            continue;
        }
        match answer(vectors, &words) {
            Ok(answer) => out.write_all(&[&answer, end.as_bytes()].concat())?,
            Err(failure) => {
                tell(&escaped(&format!("standard input:{number}: {failure}")));
                unanswered += 1;
                out.write_all(b"\n")?;
            }
        }
        out.flush()?;
    }
    if unanswered == 0 { Ok(()) } else { Err(Failure::Unanswered(unanswered)) }
}

/// The start and end of each field of `line`. Fields are separated by blanks and tabs.
fn fields(line: &[u8]) -> impl Iterator<Item = (usize, usize)> {
    let is_blank = |&at: &usize| matches!(line.get(at), Some(b' ' | b'\t') | None);
    let mut start = 0;
    (0..=line.len()).filter(is_blank).filter_map(move |end| {
        let field = (start, end);
        start = end + 1;
        Some(field).filter(|(start, end)| start < end)
    })
}

/// The most fields of a word of `model`; 1 if no word contains a blank.
fn most_fields(model: &Vectors) -> usize {
    model.words().map(|word| fields(word).count()).max().unwrap_or_default().max(1)
}

/// The words of a question. From left to right, a word is the longest run of fields of `line`,
/// including the blanks between them, that is a word of `model`. A word has at most `most` fields.
/// A field at which no known word begins is split at other white space.
fn words_of<'a>(line: &'a [u8], model: &Vectors, most: usize) -> Vec<&'a [u8]> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let fields: Vec<_> = fields(line).collect();
    let mut words = Vec::new();
    let mut rest = &fields[..];
    while let Some(&(start, first_end)) = rest.first() {
        let ends = rest.iter().take(most).map(|&(_, end)| end).enumerate();
        let known = ends.rev().find(|&(_, end)| model.id(&line[start..end]).is_some());
        match known {
            Some((_, end)) => words.push(&line[start..end]),
            None => {
                let parts = line[start..first_end].split(u8::is_ascii_whitespace);
                words.extend(parts.filter(|part| !part.is_empty()));
            }
        }
        rest = &rest[known.map_or(0, |(last, _)| last) + 1..];
    }
    words
}

/// Returns `words` as an array of `N` words, or an error if their number is different.
fn exactly<'a, const N: usize>(words: &[&'a [u8]]) -> Result<[&'a [u8]; N]> {
    words.try_into().map_err(|_| Failure::Misuse(format!("expected {N} words, not {}", words.len())))
}

/// A line `word <tab> cosine` for each of `neighbours`. For a terminal, control characters are
/// escaped.
fn neighbours(neighbours: &[Neighbour<'_>]) -> Result<Vec<u8>> {
    let mut lines = Vec::new();
    let is_terminal = io::stdout().is_terminal();
    for Neighbour { word, cosine, .. } in neighbours {
        write_word(&mut lines, word, is_terminal)?;
        writeln!(lines, "\t{cosine:.4}")?;
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_with_blanks_are_found_in_questions() {
        let list = ["new", "york", "new york", "new york city", "a\tb", "\u{c}chapter", "page", "b"];
        let model = Vectors::new(list, 1, vec![1.0; list.len()]).unwrap();
        let most = most_fields(&model);
        assert_eq!(most, 3);
        for (line, expected) in [
            ("", &[][..]),
            ("  \t \r", &[]),
            ("page", &["page"]),
            ("new york", &["new york"]),
            (" new york new\tyork\r", &["new york", "new", "york"]),
            ("york new york city new", &["york", "new york city", "new"]),
            ("new york  city", &["new york", "city"]),
            ("a\tb a b", &["a\tb", "a", "b"]),
            ("\u{c}chapter \u{c}page b\u{c}page", &["\u{c}chapter", "page", "b", "page"]),
        ] {
            let expected: Vec<_> = expected.iter().map(|word| word.as_bytes()).collect();
            assert_eq!(words_of(line.as_bytes(), &model, most), expected, "{line:?}");
        }
        let plain = Vectors::new(["a", ""], 1, vec![1.0; 2]).unwrap();
        assert_eq!(most_fields(&plain), 1);
    }
}
