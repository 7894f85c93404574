//! Training, without the interpreter's lock.

use crate::corpus::{Corpus, counted, words as words_of};
use crate::errors::exception;
use crate::signals::Signals;
use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};
use std::ops::ControlFlow;
use w2v::{Architecture, Config, Error, Model, Objective, Progress, Trainer, Vectors};

/// What a model is trained with, by the library's names.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Settings {
    skip_gram: bool,
    tree: bool,
    dim: usize,
    window: usize,
    negatives: usize,
    exponent: f64,
    epochs: usize,
    sample: f64,
    learning_rate: Option<f64>,
    seed: u64,
    threads: Option<usize>,
}

impl Settings {
    fn config(&self) -> Config {
        Config {
            architecture: if self.skip_gram { Architecture::SkipGram } else { Architecture::Cbow },
            objective: if self.tree { Objective::HierarchicalSoftmax } else { Objective::NegativeSampling },
            dim: self.dim,
            window: self.window,
            negatives: self.negatives,
            exponent: self.exponent,
            epochs: self.epochs,
            sample: self.sample,
            learning_rate: self.learning_rate,
            seed: self.seed,
            threads: self.threads,
            ..Config::default()
        }
    }
}

type Numbers<'py> = Bound<'py, PyArray1<f32>>;

/// The input rows, the output rows, the mean losses of epochs, and what broke training off.
type Trained<'py> = (Numbers<'py>, Numbers<'py>, Vec<Option<f64>>, Option<PyErr>);

/// A superbatch's report: epoch, epochs, tokens, tokens of all epochs, pairs of the epoch, their
/// mean loss, step size, whether the epoch ends.
type Report = (usize, usize, u64, u64, u64, Option<f64>, f64, bool);

fn report(progress: &Progress) -> Report {
    (
        progress.epoch,
        progress.epochs,
        progress.tokens,
        progress.tokens_total,
        progress.pairs,
        progress.loss,
        progress.learning_rate,
        progress.epoch_finished,
    )
}

/// The rows of `model`: numpy owns them, without a copy.
fn arrays<'py>(py: Python<'py>, model: Model) -> (Numbers<'py>, Numbers<'py>) {
    let (vectors, output) = model.into_matrices();
    (array(py, vectors.into_numbers()), array(py, output.unwrap_or_default()))
}

/// A numpy array that owns `numbers`, and cannot be written to.
pub(crate) fn array(py: Python<'_>, numbers: Vec<f32>) -> Numbers<'_> {
    let array = PyArray1::from_vec(py, numbers);
    // That is the first and only borrow.
    if let Ok(borrowed) = array.try_readwrite() {
        let _ = borrowed.make_nonwriteable();
    }
    array
}

/// Trains a model of the words of `corpus`.
///
/// `observe` is called from time to time and at the end of each epoch with a report, `at_epoch` at
/// the end of each epoch with a report and the vectors. Where one of them raises an exception, or a
/// signal does, training ends, and the exception is the last of what is returned.
#[pyfunction]
#[pyo3(signature = (corpus, settings, observe=None, at_epoch=None))]
pub(crate) fn train<'py>(
    py: Python<'py>,
    corpus: &Corpus,
    settings: Settings,
    observe: Option<Py<PyAny>>,
    at_epoch: Option<Py<PyAny>>,
) -> PyResult<Trained<'py>> {
    let (outcome, raised) = py.detach(|| {
        let mut signals = Signals::default();
        let shared = std::cell::RefCell::new(&mut signals);
        let mut trainer = Trainer::with(settings.config()).observe(|progress| {
            let signals = &mut *shared.borrow_mut();
            if !progress.epoch_finished && !signals.is_time() {
                return ControlFlow::Continue(());
            }
            let outcome = Python::attach(|py| {
                py.check_signals()?;
                observe.as_ref().map_or(Ok(()), |observe| observe.call1(py, report(progress)).map(|_| ()))
            });
            signals.keep(outcome)
        });
        if let Some(at_epoch) = &at_epoch {
            trainer = trainer.at_epochs(|progress: &Progress, vectors: Vectors| {
                let outcome =
                    Python::attach(|py| at_epoch.call1(py, (report(progress), array(py, vectors.into_numbers()))));
                shared.borrow_mut().keep(outcome)
            });
        }
        let outcome = trainer.train(&corpus.corpus);
        drop(trainer);
        (outcome, signals.raised())
    });
    let model = match outcome {
        Ok(model) => model,
        Err(Error::Stopped(stopped)) => match (stopped.into_model(), raised) {
            (Ok(model), raised) => return Ok(trained(py, model, raised)),
            (Err(_), Some(raised)) => return Err(raised),
            (Err(error), None) => return Err(exception(error)),
        },
        Err(error) => return Err(exception(error)),
    };
    // After the last report a break has nothing left to break off.
    Ok(trained(py, model, raised))
}

fn trained(py: Python<'_>, model: Model, raised: Option<PyErr>) -> Trained<'_> {
    let losses = model.losses().to_vec();
    let (input, output) = arrays(py, model);
    (input, output, losses, raised)
}

/// The input and output rows that training starts from.
#[pyfunction]
pub(crate) fn untrained<'py>(
    py: Python<'py>,
    words: Vec<(Bound<'py, PyString>, u64)>,
    settings: Settings,
) -> PyResult<(Bound<'py, PyList>, Numbers<'py>, Numbers<'py>)> {
    let vocabulary = counted(words)?;
    let model = py.detach(|| Trainer::with(settings.config()).untrained(&vocabulary)).map_err(exception)?;
    let words = words_of(py, &vocabulary)?;
    let (input, output) = arrays(py, model);
    Ok((words, input, output))
}
