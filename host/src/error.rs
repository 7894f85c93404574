//! What can go wrong in the host, each as one line that names the file, line, word or setting and
//! what would fix it.

use std::any::Any;
use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::setting::Setting;

/// Everything the library reports instead of panicking; `Display` is one line without a final full
/// stop.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused a file operation.
    #[error("{path}: cannot {action}: {source}")]
    Io {
        /// The file, or `standard input` / `standard output`.
        path: String,
        /// What was tried, as a verb: `open`, `read`, `write`, `rename`.
        action: &'static str,
        /// The system's own words.
        source: io::Error,
    },
    /// A file was written in full and could not be put where it was to go.
    #[error("{path}: cannot {action}: {source}; what was to go there is in {}", kept.display())]
    Kept {
        /// Where it was to go.
        path: String,
        /// What was tried, as a verb.
        action: &'static str,
        /// The system's own words.
        source: io::Error,
        /// The file that has it.
        kept: PathBuf,
    },
    /// A file was read but what is in it cannot be used.
    #[error("{path}: {problem}")]
    File {
        /// The file at fault.
        path: String,
        /// What is wrong and what would fix it.
        problem: String,
    },
    /// A line of a text file cannot be used.
    #[error("{path}:{line}: {problem}")]
    Line {
        /// The file at fault.
        path: String,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong and what would fix it.
        problem: String,
    },
    /// A setting cannot be used.
    #[error("{setting} {value}: {problem}")]
    Setting {
        /// The setting at fault.
        setting: Setting,
        /// The value that was given.
        value: String,
        /// What is wrong and what would fix it.
        problem: String,
    },
    /// A query named a word that the model does not have.
    #[error("`{word}` is not among the model's {words} words{}", but(other_case))]
    UnknownWord {
        /// The word, as given.
        word: String,
        /// Words in the model.
        words: usize,
        /// The word in another case, the most frequent if the model has several: in lower case, if
        /// the model has that.
        other_case: Option<String>,
    },
    /// A query is no vector of the model's kind.
    #[error(
        "the query has {numbers} numbers, of which {finite} are finite; give {dim} finite ones, as the model's vectors have"
    )]
    Query {
        /// Numbers in the query.
        numbers: usize,
        /// Those of them that are neither infinite nor NaN.
        finite: usize,
        /// Numbers in a vector of the model.
        dim: usize,
    },
    /// Words and numbers do not make a model.
    #[error("cannot make vectors: {0}")]
    Vectors(String),
    /// The vectors grew until the model was far worse than one that knows nothing, or its numbers
    /// none any more.
    #[error(
        "training diverged in epoch {epoch}: the mean loss of a pair is {loss:.1}, that of an untrained model {untrained:.1}; use a \
         learning-rate below {learning_rate}"
    )]
    Diverged {
        /// The epoch, counted from 1.
        epoch: usize,
        /// The epoch's mean loss of a pair so far, in nats; perhaps infinite or not a number.
        loss: f64,
        /// That of vectors which tell nothing, or a little more.
        untrained: f64,
        /// The rate that was too high.
        learning_rate: f64,
    },
    /// The kernel refused what the host passed it: a defect of this library and not of its input.
    #[error("the kernel refused a step, which is a defect of this program: {0}")]
    Kernel(#[source] w2v_core::error::Error),
    /// The system does not give the memory that the input needs.
    #[error(
        "there is no memory for {bytes} bytes of {what}; give less input, free some memory or raise the limit (`ulimit -v`)"
    )]
    Memory {
        /// Bytes that were asked for.
        bytes: usize,
        /// What they were to hold.
        what: &'static str,
    },
    /// There are more distinct words than numbers for them.
    #[error("there are more than 2^32 - 2 distinct words; give less input")]
    TooManyWords,
    /// The corpus or the settings leave nothing to train.
    #[error("nothing to train: {0}")]
    NothingToTrain(String),
    /// The observer broke off reading, training, or what else it was told of.
    #[error("stopped before {}", .0.before)]
    Stopped(Stopped),
}

/// Where an observer broke off, and what was done by then: [`into_model`](Self::into_model) gives
/// back what was trained.
pub struct Stopped {
    before: &'static str,
    /// Of a type that only who makes it and who asks for it know: errors are beneath models.
    done: Option<Box<dyn Any + Send + Sync>>,
}

impl Stopped {
    /// Where `before` says, with what is `done`.
    pub(crate) fn with(before: &'static str, done: impl Any + Send + Sync) -> Self {
        Self { before, done: Some(Box::new(done)) }
    }

    /// What is done, if it is a `T`.
    pub(crate) fn into_done<T: Any>(self) -> Result<T> {
        let Self { before, done } = self;
        let done = done.and_then(|done| done.downcast().ok());
        done.map(|done| *done).ok_or(Error::stopped(before))
    }
}

impl fmt::Debug for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { before, done } = self;
        f.debug_struct("Stopped").field("before", before).field("has_model", &done.is_some()).finish()
    }
}

/// The host's results.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An [`Error::Io`] for `path`, ready for `map_err`.
    pub fn io(path: impl Into<String>, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = Some(path.into()).filter(|path| !path.is_empty()).unwrap_or("an empty file name".to_owned());
        move |source| Self::Io { path, action, source }
    }

    /// That the observer broke off `before` something, with nothing to give back.
    pub const fn stopped(before: &'static str) -> Self {
        Self::Stopped(Stopped { before, done: None })
    }

    /// What leaves nothing to train, or is too large, because of what is in the file `name`; any
    /// other error as it is.
    pub(crate) fn in_file(self, name: &str) -> Self {
        let problem = match self {
            Self::NothingToTrain(problem) => problem,
            Self::Memory { .. } | Self::TooManyWords => self.to_string(),
            other => return other,
        };
        Self::File { path: name.to_owned(), problem }
    }
}

/// That the model has `word`, after another that it has not.
fn but(word: &Option<String>) -> String {
    word.as_ref().map(|word| format!(", `{word}` is")).unwrap_or_default()
}

/// `text` with its control characters escaped, which a terminal would obey, and a message would
/// break its line at: those of ASCII and of Latin 1, and what in Unicode parts lines, turns the
/// direction of writing or is never seen.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        if is_escaped(char) {
            escaped.extend(char.escape_default());
        } else {
            escaped.push(char);
        }
    }
    escaped
}

/// Whether [`escaped`] escapes `char`. The joiner and the non-joiner, U+200D and U+200C, stay:
/// Persian and Hindi are spelled with them.
fn is_escaped(char: char) -> bool {
    let is_format = matches!(
        char,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    );
    char.is_control() || is_format
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_or_hides_is_escaped() {
        for (text, expected) in [
            ("\u{1b}[31mred\r\n\u{7f}", "\\u{1b}[31mred\\r\\n\\u{7f}"),
            ("c1 \u{9b}2J", "c1 \\u{9b}2J"),
            ("\u{202e}evil\u{202c} \u{2066}x\u{2069}", "\\u{202e}evil\\u{202c} \\u{2066}x\\u{2069}"),
            ("\u{200b}\u{feff}\u{2028}\u{e0041}", "\\u{200b}\\u{feff}\\u{2028}\\u{e0041}"),
        ] {
            assert_eq!(escaped(text), expected);
        }
        // A Persian word with a non-joiner, an emoji with a joiner, Hebrew, and a combining letter.
        for text in ["می\u{200c}خواهم", "👩\u{200d}🔬", "שלום", "e\u{301}", "日本　語"] {
            assert_eq!(escaped(text), text);
        }
    }
}
