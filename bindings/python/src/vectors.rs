//! Vectors in files, and the product that all questions need.

use crate::errors::{exception, model_exception};
use crate::sentences::bytes_of;
use crate::training::array;
use numpy::{PyArray1, PyReadonlyArray1, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString};
use std::io;
use std::path::PathBuf;
use std::thread;
use w2v::{Format, Vectors};

/// Words, their dimension, and their numbers row after row.
type Loaded<'py> = (Bound<'py, PyList>, usize, Bound<'py, PyArray1<f32>>);

/// The first `words` vectors of the file at `path`.
#[pyfunction]
pub(crate) fn load_vectors<'py>(
    py: Python<'py>,
    path: PathBuf,
    words: usize,
    encoding: &str,
    errors: &str,
) -> PyResult<Loaded<'py>> {
    let vectors = py.detach(|| Vectors::load_first(path, words)).map_err(model_exception)?;
    loaded(py, vectors, encoding, errors)
}

/// The first `words` vectors of a file's bytes; `name` stands for it in errors.
#[pyfunction]
pub(crate) fn read_vectors<'py>(
    py: Python<'py>,
    bytes: &[u8],
    name: &str,
    words: usize,
    encoding: &str,
    errors: &str,
) -> PyResult<Loaded<'py>> {
    let vectors = py.detach(|| Vectors::read(bytes, name, words)).map_err(model_exception)?;
    loaded(py, vectors, encoding, errors)
}

fn loaded<'py>(py: Python<'py>, vectors: Vectors, encoding: &str, errors: &str) -> PyResult<Loaded<'py>> {
    let is_utf8 = matches!(encoding, "utf8" | "utf-8" | "UTF-8");
    let words = vectors.words().map(|word| match std::str::from_utf8(word) {
        Ok(text) if is_utf8 => Ok(PyString::new(py, text).into_any()),
        _ => PyBytes::new(py, word).call_method1("decode", (encoding, errors)),
    });
    let words = PyList::new(py, words.collect::<PyResult<Vec<_>>>()?)?;
    let dim = vectors.dim();
    Ok((words, dim, array(py, vectors.into_numbers())))
}

/// Writes words and their vectors to the file at `path`, there in full or untouched.
#[pyfunction]
pub(crate) fn save_vectors(
    py: Python<'_>,
    path: PathBuf,
    words: Vec<Bound<'_, PyString>>,
    vectors: PyReadonlyArray2<'_, f32>,
    binary: bool,
) -> PyResult<()> {
    let words = words.iter().map(bytes_of).collect::<PyResult<Vec<_>>>()?;
    let (dim, numbers) = (vectors.shape()[1], vectors.as_slice()?.to_vec());
    let vectors = Vectors::new(&words, dim, numbers).map_err(exception)?;
    let format = if binary { Format::Binary } else { Format::Text };
    py.detach(|| vectors.save_as(path, format)).map_err(exception)
}

/// Numbers of a matrix from which on several threads multiply it: below, starting them takes as
/// long.
const LARGE: usize = 1 << 20;

/// The dot product of each of `rows` with `query`.
#[pyfunction]
pub(crate) fn products<'py>(
    py: Python<'py>,
    rows: PyReadonlyArray2<'py, f32>,
    query: PyReadonlyArray1<'py, f32>,
) -> PyResult<Bound<'py, PyArray1<f32>>> {
    let (len, dim) = (rows.shape()[0], rows.shape()[1]);
    let (numbers, query) = (rows.as_slice()?, query.as_slice()?);
    if query.len() != dim {
        return Err(PyValueError::new_err(format!("the vector has {} numbers, the model's have {dim}", query.len())));
    }
    let mut products = vec![0.0; len];
    let started = py.detach(|| {
        let threads = if numbers.len() < LARGE { 1 } else { thread::available_parallelism().map_or(1, usize::from) };
        let share = len.div_ceil(threads).max(1);
        // Of their own and not of a pool, whose threads a forked process would wait for in vain.
        thread::scope(|scope| {
            let mut parts = products.chunks_mut(share).zip(numbers.chunks(share * dim.max(1)));
            let own = parts.next();
            for (products, rows) in parts {
                let multiply = move || w2v::dot_products(rows, query, products);
                thread::Builder::new().spawn_scoped(scope, multiply)?;
            }
            if let Some((products, rows)) = own {
                w2v::dot_products(rows, query, products);
            }
            Ok(())
        })
    });
    started.map_err(|error: io::Error| PyRuntimeError::new_err(format!("a thread cannot be started: {error}")))?;
    Ok(PyArray1::from_vec(py, products))
}
