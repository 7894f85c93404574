//! Pairs of words that stand beside each other, counted by the library.

use crate::corpus::{Corpus, text};
use crate::errors::exception;
use crate::sentences::bytes_of;
use crate::signals::Signals;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};
use w2v::phrases::{ENGLISH_CONNECTORS, Rule};
use w2v::{Error, Phrases};

/// All pairs of neighbours of `corpus` with connectors between or none: their words, connectors
/// among them, and how often the pair occurs.
#[pyfunction]
pub(crate) fn pairs<'py>(
    py: Python<'py>,
    corpus: &Corpus,
    connectors: Vec<Bound<'py, PyString>>,
) -> PyResult<Vec<(Bound<'py, PyList>, u64)>> {
    let connectors = connectors.iter().map(|word| Ok(bytes_of(word)?.as_ref().to_vec())).collect::<PyResult<_>>()?;
    let rule = Rule { discount: 0, threshold: 0.0, connectors };
    let (outcome, raised) = py.detach(|| {
        let mut signals = Signals::default();
        let found = Phrases::find(&corpus.corpus, &rule, &mut |_, _| signals.look());
        (found.and_then(|found| found.ranked()), signals.raised())
    });
    let ranked = match (outcome, raised) {
        (Ok(ranked), _) => ranked,
        (Err(Error::Stopped(_)), Some(error)) => return Err(error),
        (Err(error), _) => return Err(exception(error)),
    };
    let vocabulary = corpus.corpus.vocabulary();
    let word = |id: u32| text(py, vocabulary.word(id).unwrap_or_default());
    let pair = |phrase: &w2v::phrases::Phrase| {
        let [first, last] = phrase.words;
        let ids = [first].into_iter().chain(phrase.between.iter().copied()).chain([last]);
        Ok((PyList::new(py, ids.map(word).collect::<PyResult<Vec<_>>>()?)?, phrase.count))
    };
    ranked.iter().map(pair).collect()
}

/// English words that may stand within a phrase and neither begin nor end one.
#[pyfunction]
pub(crate) fn english_connectors() -> Vec<&'static str> {
    ENGLISH_CONNECTORS.to_vec()
}
