//! Signals and callbacks while something long runs: Ctrl-C must end it, and callbacks may.

use pyo3::prelude::*;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// Time between two looks for signals: to look takes the interpreter's lock, which another thread
/// may hold for some milliseconds.
const PERIOD: Duration = Duration::from_millis(50);

/// Keeps the first exception that came up.
#[derive(Default)]
pub(crate) struct Signals {
    last: Option<Instant>,
    raised: Option<PyErr>,
}

impl Signals {
    /// Whether enough time has passed to look again.
    pub(crate) fn is_time(&mut self) -> bool {
        let now = Instant::now();
        let is_time = self.last.is_none_or(|last| now.duration_since(last) >= PERIOD);
        if is_time {
            self.last = Some(now);
        }
        is_time
    }

    /// Breaks if `outcome` is an exception, and keeps it.
    pub(crate) fn keep<T>(&mut self, outcome: PyResult<T>) -> ControlFlow<()> {
        match outcome {
            Ok(_) => ControlFlow::Continue(()),
            Err(error) => {
                self.raised.get_or_insert(error);
                ControlFlow::Break(())
            }
        }
    }

    /// Looks for signals from time to time, from a thread that has let the interpreter go; breaks
    /// where one raises an exception.
    pub(crate) fn look(&mut self) -> ControlFlow<()> {
        if self.raised.is_some() {
            return ControlFlow::Break(());
        }
        if !self.is_time() {
            return ControlFlow::Continue(());
        }
        let outcome = Python::attach(|py| py.check_signals());
        self.keep(outcome)
    }

    /// The exception that came up.
    pub(crate) fn raised(self) -> Option<PyErr> {
        self.raised
    }
}
