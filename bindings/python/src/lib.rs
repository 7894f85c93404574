//! The Python module `w2v._w2v`: corpora, training, phrases and model files of the library `w2v`.
//!
//! What gensim's users call is in Python, above this: `python/w2v`. Here is what has to be fast:
//! sentences are walked and counted, and models are trained, loaded and searched, without a copy
//! where numpy can own the numbers. Whatever takes long lets other Python threads run, and asks
//! for signals.

mod corpus;
mod errors;
mod phrases;
mod sentences;
mod signals;
mod training;
mod vectors;

use pyo3::prelude::*;

/// What `w2v` is made of; use `w2v`.
#[pymodule]
mod _w2v {
    #[pymodule_export]
    use super::corpus::{Corpus, builtin_questions, builtin_text};
    #[pymodule_export]
    use super::errors::ModelFileError;
    #[pymodule_export]
    use super::phrases::{english_connectors, pairs};
    #[pymodule_export]
    use super::training::{train, untrained};
    #[pymodule_export]
    use super::vectors::{load_vectors, products, read_vectors, save_vectors};
}
