//! Training. Public here are the functions that tell what a [`Trainer`](crate::Trainer) with given
//! settings would do on this machine.
//!
//! The model depends only on the corpus and the settings. It does not depend on the number of
//! threads, nor on the instruction set within one arithmetic.
//!
//! `trainer` goes through the epochs and hands superbatches of text to one of two schedules:
//! `rounds` trains skip-gram, `phases` trains CBOW. Each schedule has a module `negative` and a
//! module `tree`, which train by one of the two objectives of `objective`. Both schedules use
//! `windows`, which subsamples text and forms windows, and `layout`, which deals words into
//! partitions. `context` has the types that all of these modules share.

mod context;
pub(crate) mod initial_state;
pub(crate) mod layout;
pub(crate) mod objective;
pub(crate) mod phases;
mod plan;
pub(crate) mod rounds;
mod subsample;
pub(crate) mod trainer;
mod windows;

pub use plan::{dispatch, threads, tokens_kept};
