//! word2vec training on streamed corpora: fast, race-free, the same model for any number of
//! threads.
//!
//! ```standalone_crate
//! # fn main() -> w2v::Result<()> {
//! # let directory = std::env::temp_dir().join(format!("w2v-doc-{}", std::process::id()));
//! # std::fs::create_dir_all(&directory).and_then(|()| std::env::set_current_dir(&directory)).unwrap();
//! # let text = w2v::builtin::text(1);
//! # std::fs::write("news.txt.gz", &text[..text.len() / 20]).unwrap();
//! use w2v::{Corpus, Model, Trainer};
//!
//! let corpus = Corpus::from_files(["news.txt.gz"])?;              // or Corpus::from_sentences(iterator)
//! let model = Trainer::new().dim(100).epochs(5).train(&corpus)?;  // .observe(|progress| …) before train
//! let paris = model.get("paris");                                 // Option<&[f32]>
//! for neighbour in model.nearest("paris", 10)? {
//!     println!("{} {:.2}", neighbour.word, neighbour.cosine);
//! }
//! model.save("news.bin")?;
//! let vectors = Model::load("news.bin")?.into_vectors();
//! # assert_eq!((paris, vectors.len()), (vectors.get("paris"), corpus.vocabulary().len()));
//! # std::fs::remove_dir_all(&directory).unwrap();
//! # Ok(())
//! # }
//! ```
//!
//! The way of a text:
//!
//! * A [`Corpus`] is read once from files or a program's own sentences: words are counted into its
//!   [`Vocabulary`], tokens are spooled to a temporary file. [`ReadOptions`] say how; a
//!   [`Preparation`] makes words of a text as it came, [`phrases`] joins words before.
//! * A [`Trainer`] passes over it once an epoch, by the settings of a [`Config`], and leaves a
//!   [`Model`].
//! * A run that may be killed writes [checkpoints](Trainer::checkpoint), from which it
//!   [goes on](Trainer::resume) to the same bytes.
//! * A [`Model`] is asked, saved and loaded; [`evaluate`] scores it. [`Vectors`] are what
//!   other programs' formats keep of it.
#![cfg_attr(feature = "explain", doc = "* [`explain`](mod@explain) shows what happens inside.")]
//!
//! The result depends on the corpus and the settings alone: not on the number of threads, nor,
//! within one arithmetic, on the instruction set. Nothing here prints, exits or panics on input; an
//! [`Error`] is one line that says what would help. Long work tells an observer how far it is and
//! ends, when the observer breaks, with [`Error::Stopped`]: an hour's training is in it.
//!
//! Words are bytes, which need not be UTF-8: strings go in as they are, and what comes out is a
//! [`bstr::BStr`], which prints and compares like a string.
//!
//! The feature `cli`, on by default, is the program `w2v`; without it (`default-features = false`)
//! none of its crates is compiled. The feature `explain`, on with it, is the module of that name;
//! `serde` serializes [`Config`] and [`Vocabulary`]. The kernels that all stands on are the crate
//! [`w2v_core`].
#![deny(unsafe_code)]

#[cfg(feature = "serde")]
mod by_name;
mod config;
mod error;
#[cfg(feature = "explain")]
pub mod explain;
mod files;
pub mod memory;
mod model;
mod push_if;
mod setting;
mod text;
mod threads;
pub mod train;

pub use config::Config;
pub use error::{Error, Result, Stopped};
pub use files::{input, lines, output};
pub use model::evaluate;
pub use model::format::Format;
pub use model::format::dtype::{Dtype, UnknownDtype};
pub use model::query::dot_products;
pub use model::{Model, Neighbour, Vectors};
pub use setting::Setting;
pub use text::builtin;
pub use text::corpus::{Corpus, Pass, PreparedText, ReadOptions, Reading, SENTENCE_END, Source};
pub use text::phrases::Phrases;
pub use text::preparation::Preparation;
pub use text::vocabulary::Vocabulary;
pub use train::checkpoint::{Checkpoint, Every, NotAnInterval, Saved};
pub use train::progress::Progress;
pub use train::trainer::Trainer;
pub use w2v_core::kinds::{Architecture, CbowGradient, Objective};
pub use w2v_core::simd::{Arithmetic, Backend};

/// word2vec's two layouts of model files, which [`Vectors::read`] tells apart.
pub mod format {
    pub use crate::model::format::{binary, text};
}

/// The largest values of settings.
pub mod limits {
    pub use crate::config::{MAX_DIM, MAX_EPOCHS, MAX_EXPONENT, MAX_NEGATIVES, MAX_THREADS, MAX_WINDOW};
}

/// Texts and words as messages show them.
pub mod messages {
    pub use crate::error::escaped;
    pub use crate::text::words::shown;
}

/// What belongs to [`Phrases`].
pub mod phrases {
    pub use crate::text::phrases::{ENGLISH_CONNECTORS, JOINT, Joined, Phrase, Rule, read_connectors};
}

/// What belongs to [`Preparation`].
pub mod preparation {
    pub use crate::text::preparation::{Counts, Digits, Inner, Markup, Sentences};
}

/// What this project's own tests and benches look at to say or count a second time what the trainer
/// does; no interface.
#[doc(hidden)]
pub mod internals {
    pub use crate::train::layout::{Partitioning, regions};
    pub use crate::train::objective::tree_split::TreeSplit;
    pub use crate::train::phases::assignment;
    pub use crate::train::rounds::{negative, pairs, rotation, superbatch, tree};
}
