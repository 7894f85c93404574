//! Training: what a [`Trainer`](crate::Trainer) with these settings would do on this machine.
//!
//! The result is a function of the corpus and the settings, and of nothing else: not of the
//! threads, nor of the instruction set within one arithmetic.
//!
//! There are two schedules: `rounds` trains skip-gram, `phases` trains CBOW. Each has a `negative`
//! and a `tree`, which drive one of the two objectives of `objective`. Both schedules stand on
//! `windows`, which subsamples text and forms windows, and on `layout`, which deals words into
//! partitions. `context` is what all of them share.

pub(crate) mod checkpoint;
mod context;
pub(crate) mod initial_state;
pub(crate) mod layout;
pub(crate) mod objective;
pub(crate) mod phases;
mod place;
mod plan;
pub(crate) mod progress;
pub(crate) mod rounds;
mod subsample;
pub(crate) mod trainer;
mod windows;

pub use plan::{dispatch, threads, tokens_kept};
