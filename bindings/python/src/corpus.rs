//! A corpus that was read: from Python's sentences or from files.

use crate::errors::exception;
use crate::sentences::{Sentences, Walk, bytes_of};
use crate::signals::Signals;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString};
use std::path::PathBuf;
use std::rc::Rc;
use w2v::{Error, ReadOptions, Vocabulary};

/// A text whose words are counted and whose tokens are put aside.
#[pyclass(frozen, module = "w2v._w2v")]
pub(crate) struct Corpus {
    pub(crate) corpus: w2v::Corpus,
    /// Sentences walked, where they were Python's.
    sentences: Option<u64>,
    /// Tokens read, in the vocabulary or not.
    read: u64,
}

#[pymethods]
impl Corpus {
    /// Walks sentences once; `warn` is called at the first that is a string, whose characters are
    /// taken for words.
    #[staticmethod]
    #[pyo3(signature = (sentences, min_count, vocabulary=None, keep=None, warn=None))]
    fn from_sentences(
        sentences: &Bound<'_, PyAny>,
        min_count: u64,
        vocabulary: Option<Vec<(Bound<'_, PyString>, u64)>>,
        keep: Option<&Bound<'_, PyAny>>,
        warn: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let py = sentences.py();
        let walk = Rc::new(Walk::new(warn.map(Bound::unbind)));
        let sentences = Sentences::new(sentences, Rc::clone(&walk))?;
        let mut signals = Signals::default();
        let mut read = 0;
        let options = options(min_count, vocabulary)?.observe(|reading| {
            read = reading.tokens;
            // Meanwhile other threads run.
            py.detach(|| ());
            signals.keep(py.check_signals())
        });
        let corpus = options.sentences(sentences);
        let raised = walk.raised.borrow_mut().take().or(signals.raised());
        match (raised, corpus) {
            (Some(error), _) => Err(error),
            (None, corpus) => Ok(Self {
                corpus: kept(corpus.map_err(exception)?, keep)?,
                sentences: Some(walk.sentences.get()),
                read,
            }),
        }
    }

    /// Reads files.
    #[staticmethod]
    #[pyo3(signature = (paths, min_count, threads=None, vocabulary=None, keep=None))]
    fn from_files(
        py: Python<'_>,
        paths: Vec<PathBuf>,
        min_count: u64,
        threads: Option<usize>,
        vocabulary: Option<Vec<(Bound<'_, PyString>, u64)>>,
        keep: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let vocabulary = vocabulary.map(counted).transpose()?;
        let (outcome, raised, read) = py.detach(|| {
            let mut signals = Signals::default();
            let mut read = 0;
            let mut options = ReadOptions::new().min_count(min_count).observe(|reading| {
                read = reading.tokens;
                signals.look()
            });
            if let Some(threads) = threads {
                options = options.threads(threads);
            }
            if let Some(vocabulary) = vocabulary {
                options = options.vocabulary(vocabulary);
            }
            let outcome = options.files(paths);
            (outcome, signals.raised(), read)
        });
        match (outcome, raised) {
            (Ok(corpus), _) => {
                let corpus = kept(corpus, keep)?;
                Ok(Self { corpus, sentences: None, read })
            }
            (Err(Error::Stopped(_)), Some(error)) => Err(error),
            (Err(error), _) => Err(exception(error)),
        }
    }

    /// The words, in the order of their rows.
    fn words<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        words(py, self.corpus.vocabulary())
    }

    /// How often each word occurs.
    fn counts(&self) -> Vec<u64> {
        self.corpus.vocabulary().counts().to_vec()
    }

    /// Tokens that an epoch trains.
    #[getter]
    fn tokens(&self) -> u64 {
        self.corpus.tokens()
    }

    /// Tokens that were read, in the vocabulary or not.
    #[getter]
    fn tokens_read(&self) -> u64 {
        self.read
    }

    /// Sentences; of files those with a word of the vocabulary.
    fn sentences(&self, py: Python<'_>) -> PyResult<u64> {
        if let Some(sentences) = self.sentences {
            return Ok(sentences);
        }
        let counted = py.detach(|| {
            let (mut pass, mut tokens, mut ends) = (self.corpus.pass(), Vec::new(), 0);
            loop {
                tokens.clear();
                if pass.read(&mut tokens, 1 << 16)? == 0 {
                    return Ok(ends);
                }
                ends += tokens.iter().filter(|&&token| token == w2v::SENTENCE_END).count() as u64;
            }
        });
        counted.map_err(exception)
    }
}

/// The words of `vocabulary` in order.
pub(crate) fn words<'py>(py: Python<'py>, vocabulary: &Vocabulary) -> PyResult<Bound<'py, PyList>> {
    PyList::new(py, vocabulary.words().map(|word| text(py, word)).collect::<PyResult<Vec<_>>>()?)
}

/// `corpus` with the words alone for which `keep` says so: it is called once, with all words and
/// their counts, and returns as many truths.
fn kept(corpus: w2v::Corpus, keep: Option<&Bound<'_, PyAny>>) -> PyResult<w2v::Corpus> {
    let Some(keep) = keep else { return Ok(corpus) };
    let vocabulary = corpus.vocabulary();
    let choice = keep.call1((words(keep.py(), vocabulary)?, vocabulary.counts().to_vec()))?;
    let mut choice = choice.extract::<Vec<bool>>()?.into_iter();
    corpus.keep_words(|_, _| choice.next().unwrap_or(false)).map_err(exception)
}

/// Options to read with.
fn options<'o>(min_count: u64, vocabulary: Option<Vec<(Bound<'_, PyString>, u64)>>) -> PyResult<ReadOptions<'o>> {
    let options = ReadOptions::new().min_count(min_count);
    Ok(match vocabulary {
        Some(vocabulary) => options.vocabulary(counted(vocabulary)?),
        None => options,
    })
}

/// The vocabulary of words and their counts.
pub(crate) fn counted(words: Vec<(Bound<'_, PyString>, u64)>) -> PyResult<Vocabulary> {
    let words = words.iter().map(|(word, count)| Ok((bytes_of(word)?, *count))).collect::<PyResult<Vec<_>>>()?;
    Vocabulary::from_counts(words, 1).map_err(exception)
}

/// `word` as Python's text; bytes that are no UTF-8 come back when it is encoded as it was decoded.
pub(crate) fn text<'py>(py: Python<'py>, word: &[u8]) -> PyResult<Bound<'py, PyString>> {
    match std::str::from_utf8(word) {
        Ok(text) => Ok(PyString::new(py, text)),
        Err(_) => {
            let decoded = PyBytes::new(py, word).call_method1("decode", ("utf-8", "surrogateescape"))?;
            Ok(decoded.cast_into::<PyString>()?)
        }
    }
}

/// The built-in corpus: a sentence a line.
#[pyfunction]
pub(crate) fn builtin_text(py: Python<'_>, seed: u64) -> Bound<'_, PyBytes> {
    PyBytes::new(py, &py.detach(|| w2v::builtin::text(seed)))
}

/// Analogies that the built-in corpus teaches: section, a, b, c, expected.
#[pyfunction]
pub(crate) fn builtin_questions() -> Vec<[&'static str; 5]> {
    w2v::builtin::questions().map(|q| [q.section, q.a, q.b, q.c, q.expected]).collect()
}
