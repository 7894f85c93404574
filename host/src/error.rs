//! The errors of the library. Each message is one line that names the file, line, word or setting
//! at fault, and says what would help.

use std::any::Any;
use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::setting::Setting;

/// An error of the library. `Display` writes one line without a final full stop.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused a file operation.
    #[error("{path}: cannot {action}: {source}")]
    Io {
        /// The file, or `standard input` / `standard output`.
        path: String,
        /// The operation that failed, as a verb: `open`, `read`, `write`, `rename`.
        action: &'static str,
        /// The system's error.
        source: io::Error,
    },
    /// A file was written in full, but could not be moved to its place. Nothing is lost: `kept` is
    /// the file.
    #[error("{path}: cannot {action}: {source}; the finished file is kept as {}", kept.display())]
    Kept {
        /// The path that the file should have had.
        path: String,
        /// The operation that failed, as a verb.
        action: &'static str,
        /// The system's error.
        source: io::Error,
        /// The path of the complete file.
        kept: PathBuf,
    },
    /// The content of a file cannot be used.
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
        /// The value that was given, as text.
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
        /// The word in another case, if the model has this form: in lower case if the model has
        /// that form, otherwise the most frequent form.
        other_case: Option<String>,
    },
    /// A query vector has the wrong length, or a number that is not finite.
    #[error(
        "the query has {numbers} numbers, {finite} of them finite; give {dim} finite numbers, as many as the model's vectors have"
    )]
    Query {
        /// Numbers in the query.
        numbers: usize,
        /// Finite numbers in the query: neither infinite nor NaN.
        finite: usize,
        /// Numbers in a vector of the model.
        dim: usize,
    },
    /// The given words and numbers do not form vectors.
    #[error("cannot make vectors: {0}")]
    Vectors(String),
    /// Training diverged: the mean loss is more than four times the loss of an untrained model, or
    /// is NaN.
    #[error(
        "training diverged in epoch {epoch}: the mean loss of a pair is {loss:.1}, and an untrained model has {untrained:.1}; use a \
         learning-rate below {learning_rate}"
    )]
    Diverged {
        /// The epoch, counted from 1.
        epoch: usize,
        /// The mean loss of a pair in this epoch so far, in nats. It may be infinite or NaN.
        loss: f64,
        /// The mean loss of an untrained model, in nats; with the tree an upper estimate.
        untrained: f64,
        /// The step size at the start, which was too large.
        learning_rate: f64,
    },
    /// The kernel refused a step. This is a defect of the library, whatever the input.
    #[error("the kernel refused a step, which is a defect of this program: {0}")]
    Kernel(#[source] w2v_core::error::Error),
    /// The system does not provide the memory that the input needs.
    #[error(
        "there is no memory for {bytes} bytes of {what}; give less input, free some memory or raise the limit (`ulimit -v`)"
    )]
    Memory {
        /// The number of bytes asked for.
        bytes: usize,
        /// The kind of data that the bytes should have held.
        what: &'static str,
    },
    /// There are more distinct words than ids.
    #[error("there are more than 2^32 - 2 distinct words; give less input")]
    TooManyWords,
    /// The corpus or the settings leave nothing to train.
    #[error("nothing to train: {0}")]
    NothingToTrain(String),
    /// The observer stopped the work: reading, training, the search for phrases or explaining.
    #[error("stopped before {}", .0.before)]
    Stopped(Stopped),
}

/// The point at which an observer stopped the work. After training it holds the model as trained so
/// far: [`into_model`](Self::into_model) returns it.
pub struct Stopped {
    before: &'static str,
    /// The model as trained so far. Its type is erased, because this module lies below the module
    /// of models and must not import from it.
    done: Option<Box<dyn Any + Send + Sync>>,
}

impl Stopped {
    /// Stopped before the event that `before` names, with the result so far.
    pub(crate) fn with(before: &'static str, done: impl Any + Send + Sync) -> Self {
        Self { before, done: Some(Box::new(done)) }
    }

    /// The result so far, if there is one of type `T`.
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

/// The result type of the library.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A function for `map_err` that makes an [`Error::Io`] for `path` from the system's error.
    pub fn io(path: impl Into<String>, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = Some(path.into()).filter(|path| !path.is_empty()).unwrap_or("an empty file name".to_owned());
        move |source| Self::Io { path, action, source }
    }

    /// The error for an observer that stopped before the event that `before` names, without a
    /// result so far.
    pub const fn stopped(before: &'static str) -> Self {
        Self::Stopped(Stopped { before, done: None })
    }

    /// Turns [`Error::NothingToTrain`], [`Error::Memory`] and [`Error::TooManyWords`] into an
    /// [`Error::File`] that names the file `name`. Any other error is returned unchanged.
    pub(crate) fn in_file(self, name: &str) -> Self {
        let problem = match self {
            Self::NothingToTrain(problem) => problem,
            Self::Memory { .. } | Self::TooManyWords => self.to_string(),
            other => return other,
        };
        Self::File { path: name.to_owned(), problem }
    }
}

/// The end of a message about an unknown word: the model has `word`, its form in lower case.
fn but(word: &Option<String>) -> String {
    word.as_ref().map(|word| format!(", `{word}` is")).unwrap_or_default()
}

/// `text` with certain characters escaped, so that it stays on one line and cannot control a
/// terminal. Escaped are the control characters of ASCII and Latin 1, and the characters of Unicode
/// that separate lines, change the direction of writing or are invisible.
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

/// Whether [`escaped`] escapes `char`. The joiner U+200D and the non-joiner U+200C are not escaped,
/// because Persian and Hindi need them for spelling.
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
