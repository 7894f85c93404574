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
//!
//! A *superbatch* is a part of the text of an epoch that is trained as a unit. While one superbatch
//! is trained, the next one is read; after each, progress is reported. A superbatch is long,
//! because skip-gram sorts all its pairs into buckets, so that many pairs use a row while the row
//! is in a cache, and because CBOW takes the windows of a batch from places that lie far apart. Its
//! length is limited by the memory for the pairs.
//!
//! The step size falls linearly with the tokens read, as [`Schedule`](w2v_core::train::Schedule)
//! says. Skip-gram computes the step size once for each superbatch, CBOW once for each batch.

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
mod run;
mod subsample;
pub(crate) mod trainer;
mod windows;

pub use plan::{dispatch, threads, tokens_kept};
