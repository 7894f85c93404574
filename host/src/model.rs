//! A model is kept, asked and scored: vectors, the files that hold them, questions, evaluation.

pub mod evaluate;
pub(crate) mod format;
pub(crate) mod query;
mod questions;
pub(crate) mod vectors;

use std::fmt;
use std::path::Path;

use w2v_core::simd::{Arithmetic, Backend};

use crate::config::Config;
use crate::error::{Result, Stopped};
use crate::text::vocabulary::Vocabulary;
use evaluate::Evaluator;
use format::Format;
pub use query::Neighbour;
pub use vectors::Vectors;

/// A trained model: the vectors of its words and, where it was trained here and not loaded, what it
/// was trained with.
///
/// ```
/// use w2v::{Model, Vectors};
///
/// # fn main() -> w2v::Result<()> {
/// let vectors = Vectors::new(["king", "queen", "man", "woman"], 2, vec![2.0, 1.0, 2.0, -1.0, 0.1, 1.0, 0.1, -1.0])?;
/// let model = Model::from(vectors);
/// assert_eq!(model.get("man"), Some(&[0.1, 1.0][..]));
/// assert_eq!(model.nearest_to(&["king", "woman"], &["man"], 1)?[0].word, "queen");
/// assert!(model.vocabulary().is_none() && model.losses().is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Model {
    vectors: Vectors,
    training: Option<Box<Training>>,
}

/// What a model was trained with.
#[derive(Clone)]
pub(crate) struct Training {
    pub(crate) vocabulary: Vocabulary,
    pub(crate) config: Config,
    pub(crate) output: Option<Vec<f32>>,
    pub(crate) losses: Vec<Option<f64>>,
    pub(crate) backend: Backend,
    pub(crate) arithmetic: Arithmetic,
    pub(crate) threads: usize,
}

impl Stopped {
    /// The model as far as it was trained.
    ///
    /// # Errors
    /// The same [`Error::Stopped`](crate::Error::Stopped) once more where nothing was trained.
    pub fn into_model(self) -> Result<Model> {
        self.into_done()
    }
}

/// A model of vectors alone.
impl From<Vectors> for Model {
    fn from(vectors: Vectors) -> Self {
        Self { vectors, training: None }
    }
}

impl Model {
    /// The model that training leaves.
    pub(crate) fn trained(vectors: Vectors, training: Training) -> Self {
        Self { vectors, training: Some(Box::new(training)) }
    }

    /// The model in the file at `path`, text or binary, plain or compressed: its vectors alone, for
    /// files hold nothing else.
    ///
    /// # Errors
    /// As [`Vectors::load`].
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        Vectors::load(path).map(Self::from)
    }

    /// Writes the vectors to the file at `path`, there in full or untouched: binary where it is
    /// named `.bin`, text otherwise, compressed where its name ends in `.gz` or `.zst`.
    ///
    /// # Errors
    /// As [`Vectors::save`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        self.vectors.save(path)
    }

    /// As [`save`](Self::save), in `format` whatever the file's name.
    ///
    /// # Errors
    /// As [`Vectors::save`].
    pub fn save_as(&self, path: impl AsRef<Path>, format: Format) -> Result<()> {
        self.vectors.save_as(path, format)
    }

    /// The vector of `word`, `None` where the model does not have it.
    pub fn get(&self, word: impl AsRef<[u8]>) -> Option<&[f32]> {
        self.vectors.get(word)
    }

    /// The `k` words closest to `word`, closest first, without itself.
    ///
    /// # Errors
    /// As [`Vectors::nearest`].
    pub fn nearest(&self, word: impl AsRef<[u8]>, k: usize) -> Result<Vec<Neighbour<'_>>> {
        self.vectors.nearest(word, k)
    }

    /// The `k` words closest to the `positive` words' vectors, scaled to length 1 and added, less
    /// the `negative` words'.
    ///
    /// # Errors
    /// As [`Vectors::nearest_to`].
    pub fn nearest_to<W: AsRef<[u8]>>(&self, positive: &[W], negative: &[W], k: usize) -> Result<Vec<Neighbour<'_>>> {
        self.vectors.nearest_to(positive, negative, k)
    }

    /// The `k` words that best complete `a : b :: c : ?`, best first.
    ///
    /// # Errors
    /// As [`Vectors::analogy`].
    pub fn analogy(
        &self,
        a: impl AsRef<[u8]>,
        b: impl AsRef<[u8]>,
        c: impl AsRef<[u8]>,
        k: usize,
    ) -> Result<Vec<Neighbour<'_>>> {
        self.vectors.analogy(a, b, c, k)
    }

    /// The cosine of the vectors of `a` and `b`, −1 to 1.
    ///
    /// # Errors
    /// As [`Vectors::similarity`].
    pub fn similarity(&self, a: impl AsRef<[u8]>, b: impl AsRef<[u8]>) -> Result<f32> {
        self.vectors.similarity(a, b)
    }

    /// What scores the model on judged pairs and on analogies.
    ///
    /// # Errors
    /// As [`Evaluator::new`].
    pub fn evaluator(&self) -> Result<Evaluator<'_>> {
        Evaluator::new(&self.vectors)
    }

    /// The words' vectors, rows of the input matrix.
    pub const fn vectors(&self) -> &Vectors {
        &self.vectors
    }

    /// The words' vectors, and nothing else.
    pub fn into_vectors(self) -> Vectors {
        self.vectors
    }

    /// The output matrix, row after row of `dim` numbers: with negative sampling a row for each
    /// word, by its id; with the tree one for each inner node, as [`w2v_core::huffman`] numbers
    /// those of the vocabulary's counts. `None` for a model that was loaded, or trained without
    /// [`keep_output`](crate::Trainer::keep_output).
    pub fn output(&self) -> Option<&[f32]> {
        self.training.as_ref()?.output.as_deref()
    }

    /// The words with their counts, in the order of the vectors; `None` for a model that was
    /// loaded.
    pub fn vocabulary(&self) -> Option<&Vocabulary> {
        Some(&self.training.as_ref()?.vocabulary)
    }

    /// The settings of the training; `None` for a model that was loaded.
    pub fn config(&self) -> Option<&Config> {
        Some(&self.training.as_ref()?.config)
    }

    /// Mean loss of a pair in each epoch, the last one perhaps unfinished, in nats; none where no
    /// pair was trained, and of a model that was loaded no epoch. Each is that before the pair's
    /// own step, and while steps are large vectors remember what was read last: when they become
    /// small it may rise again.
    pub fn losses(&self) -> &[Option<f64>] {
        self.training.as_ref().map_or(&[], |training| &training.losses)
    }

    /// The instruction set that trained; `None` for a model that was loaded.
    pub fn backend(&self) -> Option<Backend> {
        Some(self.training.as_ref()?.backend)
    }

    /// The rounding that trained; `None` for a model that was loaded.
    pub fn arithmetic(&self) -> Option<Arithmetic> {
        Some(self.training.as_ref()?.arithmetic)
    }

    /// Threads of the pool that trained, of which skip-gram gives work to as many as there are
    /// partitions; `None` for a model that was loaded.
    pub fn threads(&self) -> Option<usize> {
        Some(self.training.as_ref()?.threads)
    }
}

/// How large it is, and what it was trained with.
impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model")
            .field("vectors", &self.vectors)
            .field("config", &self.config())
            .field("losses", &self.losses())
            .finish_non_exhaustive()
    }
}
