//! What speed is measured on: a processor's peak, work of known size on rows that stay in its caches, the four models.

mod peak;
mod work;

pub use peak::peak;
pub use work::{PAIRS, Work, Workbench};

use crate::config::Config;
use std::time::{Duration, Instant};
use w2v_core::kinds::{Architecture, Objective};

/// The time of the fastest of as many runs as fit in `budget`, one at least.
///
/// Whatever else a machine does only ever slows a run down, so the fastest one is the least disturbed.
///
/// # Errors
/// The first error of a run.
pub fn fastest<E>(budget: Duration, mut run: impl FnMut() -> Result<(), E>) -> Result<Duration, E> {
    let begin = Instant::now();
    let mut fastest = Duration::MAX;
    while fastest == Duration::MAX || begin.elapsed() < budget {
        let start = Instant::now();
        run()?;
        fastest = fastest.min(start.elapsed());
    }
    Ok(fastest)
}

/// The settings of one epoch of each model on one thread, else word2vec's defaults.
pub fn models() -> impl Iterator<Item = Config> {
    Architecture::ALL.into_iter().flat_map(|architecture| {
        Objective::ALL.map(|objective| Config {
            architecture,
            objective,
            epochs: 1,
            threads: Some(1),
            ..Config::default()
        })
    })
}
