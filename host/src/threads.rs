//! Threads to work on.

use crate::error::{Error, Result};
use rayon::{ThreadPool, ThreadPoolBuilder};

/// So many threads as are wished for, or as the processors run at once.
pub(crate) fn number(wish: Option<usize>) -> usize {
    wish.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
}

/// `threads` threads.
///
/// # Errors
/// [`Error::Setting`] if the system does not start so many.
pub(crate) fn pool(threads: usize) -> Result<ThreadPool> {
    ThreadPoolBuilder::new().num_threads(threads).build().map_err(|error| Error::Setting {
        flag: "--threads",
        value: threads.to_string(),
        problem: format!("the threads cannot be started: {error}"),
    })
}
