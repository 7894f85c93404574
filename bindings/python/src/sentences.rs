//! Python's sentences as the library takes them: iterators of words.

use pyo3::exceptions::{PyTypeError, PyUnicodeEncodeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use pyo3::types::{PyBool, PyBytes, PyInt, PyIterator, PyList, PyString};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// What the walk over sentences has met.
pub(crate) struct Walk {
    /// The first exception; sentences end with it.
    pub(crate) raised: RefCell<Option<PyErr>>,
    /// Sentences so far.
    pub(crate) sentences: Cell<u64>,
    /// Is called at the first sentence that is a string.
    warn: Cell<Option<Py<PyAny>>>,
}

impl Walk {
    pub(crate) fn new(warn: Option<Py<PyAny>>) -> Self {
        Self { raised: RefCell::default(), sentences: Cell::default(), warn: Cell::new(warn) }
    }

    /// Calls `warn`, once.
    fn warn(&self, py: Python<'_>) -> PyResult<()> {
        self.warn.take().map_or(Ok(()), |warn| warn.call0(py).map(|_| ()))
    }

    /// The value, or nothing and the exception kept.
    fn keep<T>(&self, outcome: PyResult<T>) -> Option<T> {
        outcome
            .map_err(|error| {
                self.raised.borrow_mut().get_or_insert(error);
            })
            .ok()
    }
}

/// A token, as bytes that Python owns where it can.
pub(crate) enum Token {
    Str(PyBackedStr),
    Bytes(PyBackedBytes),
    Own(Vec<u8>),
}

impl AsRef<[u8]> for Token {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Str(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
            Self::Own(bytes) => bytes,
        }
    }
}

/// The bytes of `text`; what was no UTF-8 when it became a string is as it was before.
pub(crate) fn bytes_of(text: &Bound<'_, PyString>) -> PyResult<Token> {
    match PyBackedStr::try_from(text.clone()) {
        Ok(text) => Ok(Token::Str(text)),
        Err(error) if error.is_instance_of::<PyUnicodeEncodeError>(text.py()) => {
            let encoded = text.call_method1(intern!(text.py(), "encode"), ("utf-8", "surrogateescape"))?;
            Ok(Token::Bytes(PyBackedBytes::from(encoded.cast_into::<PyBytes>()?)))
        }
        Err(error) => Err(error),
    }
}

/// The token that `object` is, if it is one; `place` says where it stands.
fn token(object: &Bound<'_, PyAny>, place: impl Fn() -> String) -> PyResult<Token> {
    if let Ok(text) = object.cast::<PyString>() {
        return bytes_of(text);
    }
    if let Ok(bytes) = object.cast::<PyBytes>() {
        return Ok(Token::Bytes(PyBackedBytes::from(bytes.clone())));
    }
    let py = object.py();
    if !object.is_instance_of::<PyBool>() {
        let number = match object.cast::<PyInt>() {
            Ok(number) => Some(number.clone()),
            // numpy's integers.
            Err(_) => match object.call_method0(intern!(py, "__index__")) {
                Ok(number) => number.cast_into::<PyInt>().ok(),
                Err(_) => None,
            },
        };
        if let Some(number) = number {
            return match number.extract::<i64>() {
                Ok(number) => Ok(Token::Own(number.to_string().into_bytes())),
                Err(_) => bytes_of(&number.str()?),
            };
        }
    }
    Err(PyTypeError::new_err(format!("{} is {}; a token is a str, an int or bytes", place(), shown(object))))
}

/// `object` for a message: its type, and what it is where that is short.
fn shown(object: &Bound<'_, PyAny>) -> String {
    let kind = object.get_type().name().map_or_else(|_| "something".to_owned(), |name| name.to_string());
    match object.repr() {
        Ok(text) if text.to_string().len() <= 40 => format!("{text} ({kind})"),
        _ => format!("a {kind}"),
    }
}

/// The sentences of a Python iterable.
pub(crate) struct Sentences<'py> {
    iterator: Bound<'py, PyIterator>,
    walk: Rc<Walk>,
}

impl<'py> Sentences<'py> {
    /// Those of `iterable`.
    ///
    /// # Errors
    /// `TypeError` for what is none.
    pub(crate) fn new(iterable: &Bound<'py, PyAny>, walk: Rc<Walk>) -> PyResult<Self> {
        if iterable.is_instance_of::<PyString>() || iterable.is_instance_of::<PyBytes>() {
            return Err(PyTypeError::new_err(
                "sentences is one string; give lists of tokens, or the name of a file as corpus_file",
            ));
        }
        let iterator = iterable.try_iter().map_err(|error| {
            if error.is_instance_of::<PyTypeError>(iterable.py()) {
                PyTypeError::new_err(format!("sentences is {}; give lists of tokens", shown(iterable)))
            } else {
                error
            }
        })?;
        Ok(Self { iterator, walk })
    }
}

impl<'py> Iterator for Sentences<'py> {
    type Item = Tokens<'py>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.walk.raised.borrow().is_some() {
            return None;
        }
        let object = self.walk.keep(self.iterator.next()?)?;
        let sentence = self.walk.sentences.get() + 1;
        self.walk.sentences.set(sentence);
        let tokens = match object.cast_exact::<PyList>() {
            Ok(list) => Source::List(list.clone()),
            Err(_) => {
                if object.is_instance_of::<PyString>() {
                    self.walk.keep(self.walk.warn(object.py()))?;
                }
                let iterator = object.try_iter().map_err(|error| {
                    if error.is_instance_of::<PyTypeError>(object.py()) {
                        PyTypeError::new_err(format!(
                            "sentence {sentence} is {}; give a list of tokens",
                            shown(&object)
                        ))
                    } else {
                        error
                    }
                });
                Source::Any(self.walk.keep(iterator)?)
            }
        };
        Some(Tokens { tokens, read: 0, walk: Rc::clone(&self.walk) })
    }
}

/// The tokens of a sentence.
pub(crate) struct Tokens<'py> {
    tokens: Source<'py>,
    read: usize,
    walk: Rc<Walk>,
}

enum Source<'py> {
    List(Bound<'py, PyList>),
    Any(Bound<'py, PyIterator>),
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let object = match &mut self.tokens {
            // It may get shorter meanwhile.
            Source::List(list) if self.read < list.len() => list.get_item(self.read),
            Source::List(_) => return None,
            Source::Any(iterator) => iterator.next()?,
        };
        self.read += 1;
        let place = || format!("token {} of sentence {}", self.read, self.walk.sentences.get());
        self.walk.keep(object.and_then(|object| token(&object, place)))
    }
}
