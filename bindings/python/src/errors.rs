//! The library's errors as the exceptions that gensim's users catch.

use pyo3::create_exception;
use pyo3::exceptions::{PyKeyError, PyMemoryError, PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use std::io;
use w2v::Error;

create_exception!(_w2v, ModelFileError, PyValueError, "A file that is no whole model.");

/// `error` as an exception.
pub(crate) fn exception(error: Error) -> PyErr {
    let message = error.to_string();
    match error {
        Error::Io { path, action, source } => os_error(&source, &format!("cannot {action}"), &path, message),
        Error::Kept { .. } => PyOSError::new_err(message),
        Error::UnknownWord { .. } => PyKeyError::new_err(message),
        Error::Memory { .. } => PyMemoryError::new_err(message),
        Error::NothingToTrain(problem) => PyRuntimeError::new_err(problem),
        Error::Kernel(_) | Error::Stopped(_) => PyRuntimeError::new_err(message),
        _ => PyValueError::new_err(message),
    }
}

/// As [`exception`], of the reading of a model.
pub(crate) fn model_exception(error: Error) -> PyErr {
    match error {
        Error::File { .. } | Error::Line { .. } => ModelFileError::new_err(error.to_string()),
        Error::Io { ref source, .. } if source.raw_os_error().is_none() => ModelFileError::new_err(error.to_string()),
        other => exception(other),
    }
}

/// An `OSError` of the subclass that the system's number asks for, such as `FileNotFoundError`.
fn os_error(source: &io::Error, action: &str, path: &str, message: String) -> PyErr {
    match source.raw_os_error() {
        Some(number) => {
            let words = source.to_string();
            let words = words.split(" (os error").next().unwrap_or(&words);
            PyOSError::new_err((number, format!("{action}: {words}"), path.to_owned()))
        }
        None => PyOSError::new_err(message),
    }
}
