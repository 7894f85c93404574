//! What the speed of w2v is measured on: a processor's peak, and work of known size on rows that
//! stay in its caches.
//!
//! `w2v bench` and `cargo bench` measure the same work.
#![forbid(unsafe_code)]

mod peak;
mod work;

pub use peak::peak;
pub use work::{PAIRS, Work, Workbench};

use std::time::{Duration, Instant};
use w2v_core::kinds::{Architecture, Objective};

/// The time of the fastest of as many runs as fit in `budget`, one at least.
///
/// Whatever else a machine does only ever slows a run down, so the fastest one is the least
/// disturbed.
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

/// The four models: each architecture with each objective.
pub fn models() -> impl Iterator<Item = (Architecture, Objective)> {
    Architecture::ALL.into_iter().flat_map(|architecture| Objective::ALL.map(|objective| (architecture, objective)))
}
