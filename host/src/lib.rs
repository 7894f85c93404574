//! word2vec training on streamed corpora: the std host around the kernels of [`w2v_core`].
//!
//! A text, or a program's own sentences, is read once, by [`corpus`]: words are counted into a [`vocabulary`], tokens
//! spooled to a temporary file. The [`trainer`] passes over the spool once an epoch and leaves [`embeddings`], which
//! [`mod@format`] writes and reads, [`query`] asks and [`evaluate`] scores; [`phrases`] joins words before, and `explain` shows what
//! happens inside. The result depends on the corpus and the [`config`] alone: not on the number of threads, nor, within
//! one arithmetic, on the instruction set. Nothing here prints, exits or panics on input.
//!
//! The feature `cli`, on by default, is the program `w2v`; without it (`default-features = false`) none of its crates is compiled.
//! The feature `explain`, which is on with it, is the module of that name.
//!
//! ```
//! use std::ops::ControlFlow::Continue;
//! use w2v::{builtin, config::Config, corpus::{Corpus, ReadOptions, Source}, query::Index, train};
//! use w2v::w2v_core::kinds::Architecture;
//!
//! # fn main() -> w2v::error::Result<()> {
//! let text = Source::Text(builtin::text(1).into());
//! let (vocabulary, mut corpus) = Corpus::read(&[text], ReadOptions::default(), &mut |_| Continue(()))?;
//! let config = Config { architecture: Architecture::Cbow, dim: 20, epochs: 2, ..Config::default() };
//! let trained = train::train(&vocabulary, &mut corpus, &config, &mut |_| Continue(()))?;
//! assert!(trained.losses[1] < trained.losses[0]);
//! let index = Index::new(trained.embeddings);
//! let neighbours = index.nearest(&["paris"], 3)?;
//! assert_eq!(neighbours.len(), 3);
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

/// The kernels, in the version that this crate uses: [`config::Config`] has its names of architectures and objectives.
pub use w2v_core;

pub mod config;
pub mod error;
#[cfg(feature = "explain")]
pub mod explain;
mod files;
pub mod memory;
mod model;
mod push_if;
mod text;
mod threads;
pub mod train;

pub(crate) use files::compression;
pub use files::{input, lines, output};
pub use model::{embeddings, evaluate, format, query};
pub use text::{builtin, corpus, phrases, vocabulary};
pub(crate) use text::{tokens, words};

/// What this project's own tests and benches look at to say or count a second time what the trainer does; no interface.
#[doc(hidden)]
pub mod internals {
    pub use crate::train::layout::{Partitioning, regions};
    pub use crate::train::objective::tree_split::TreeSplit;
    pub use crate::train::phases::assignment;
    pub use crate::train::rounds::{negative, pairs, rotation, superbatch, tree};
}
