//! Models: vectors, files that hold them, questions to them, and their evaluation.

pub mod evaluate;
pub(crate) mod format;
pub(crate) mod numbers;
pub(crate) mod query;
mod questions;
pub(crate) mod vectors;

use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::sync::OnceLock;

use w2v_core::simd::{Arithmetic, Backend};

use crate::config::Config;
use crate::error::{Error, Result, Stopped};
use crate::files::output::write_atomically;
use crate::text::vocabulary::Vocabulary;
use evaluate::Evaluator;
use format::Format;
use format::loaded::Loaded;
use format::safetensors::Texts;
use numbers::Numbers;
pub use query::Neighbour;
pub use vectors::Vectors;

/// A trained model: its words and their vectors. A model that was trained here also has its
/// settings, losses and counts; so has a model that was loaded from a `.w2v` file with them.
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

/// The inputs and results of the training of a model, as far as they are known.
#[derive(Clone)]
pub(crate) struct Training {
    pub(crate) vocabulary: Counted,
    pub(crate) config: Option<Config>,
    pub(crate) output: Option<Numbers>,
    pub(crate) losses: Vec<Option<f64>>,
    pub(crate) arithmetic: Option<Arithmetic>,
    /// Instruction set and threads never change the model, so files do not have them. `None` for a
    /// model that was loaded.
    pub(crate) backend: Option<Backend>,
    pub(crate) threads: Option<usize>,
}

/// The counts of a model's words.
#[derive(Clone)]
pub(crate) enum Counted {
    /// The file has no counts.
    Not,
    Vocabulary(Vocabulary),
    /// The counts in a file. [`Model::vocabulary`] makes the vocabulary at its first call, because
    /// making its table takes time. The vocabulary is `None` if the words and counts are not the
    /// vocabulary of a text, or if there is no memory.
    Listed(Vec<u64>, OnceLock<Option<Vocabulary>>),
}

impl Training {
    /// The number of occurrences of each word.
    fn counts(&self) -> Option<&[u64]> {
        match &self.vocabulary {
            Counted::Not => None,
            Counted::Vocabulary(vocabulary) => Some(vocabulary.counts()),
            Counted::Listed(counts, _) => Some(counts),
        }
    }
}

impl Stopped {
    /// The model as it was when training stopped.
    ///
    /// # Errors
    /// The same [`Error::Stopped`](crate::Error::Stopped) again if nothing was trained.
    pub fn into_model(self) -> Result<Model> {
        self.into_done()
    }
}

/// Makes a model that has only vectors.
impl From<Vectors> for Model {
    fn from(vectors: Vectors) -> Self {
        Self { vectors, training: None }
    }
}

impl Model {
    /// A model at the end of its training.
    pub(crate) fn trained(vectors: Vectors, training: Training) -> Self {
        Self { vectors, training: Some(Box::new(training)) }
    }

    /// The model in the file or folder at `path`, of any format that is read. A `.w2v` file
    /// restores everything that [`save`](Self::save) wrote. Any other format gives a model that has
    /// only vectors.
    ///
    /// A large `.w2v` file is not copied into memory but mapped: see [`Vectors::load`].
    ///
    /// # Errors
    /// As [`Vectors::load`]. Also [`Error::File`] if the settings or the losses in the file are not
    /// valid.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let Loaded { vectors, output, counts, texts } = format::load::load(path, usize::MAX, true)?;
        let fail = |problem| Error::File { path: path.display().to_string(), problem };
        let config = format::settings::config(&texts).map_err(fail)?;
        let losses = format::settings::losses(&texts).map_err(fail)?;
        if config.as_ref().is_some_and(|config| config.dim != vectors.dim()) {
            return Err(fail(format!(
                "vectors of {} numbers, and not of the dim that its metadata has",
                vectors.dim()
            )));
        }
        if output.is_none() && counts.is_none() && config.is_none() {
            return Ok(vectors.into());
        }
        let vocabulary = counts.map_or(Counted::Not, |counts| Counted::Listed(counts, OnceLock::new()));
        let arithmetic = config.as_ref().and_then(|config| config.arithmetic);
        let training = Training { vocabulary, config, output, losses, arithmetic, backend: None, threads: None };
        Ok(Self::trained(vectors, training))
    }

    /// Writes the model to the file at `path`, in the format that the file's name asks for
    /// ([`Format::for_path`]). The new file appears complete or not at all. A `.w2v` file keeps the
    /// whole model; other formats keep only the vectors.
    ///
    /// # Errors
    /// As [`Vectors::save`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        self.save_as(path, Format::for_path(path))
    }

    /// Writes the model in `format`, whatever the file's name. Otherwise as [`save`](Self::save).
    ///
    /// # Errors
    /// As [`Vectors::save`].
    pub fn save_as(&self, path: impl AsRef<Path>, format: Format) -> Result<()> {
        match format {
            Format::W2v => write_atomically(path.as_ref(), |to| self.write(format, to)),
            _ => self.vectors.save_as(path, format),
        }
    }

    /// Writes the model in `format`.
    ///
    /// # Errors
    /// As [`Format::write`].
    pub fn write(&self, format: Format, to: &mut dyn Write) -> io::Result<()> {
        match (format, &self.training) {
            (Format::W2v, Some(training)) => {
                let mut texts = match (&training.config, training.arithmetic) {
                    (Some(config), Some(arithmetic)) => format::settings::of_config(config, arithmetic),
                    _ => Texts::new(),
                };
                if !training.losses.is_empty() {
                    format::settings::put_losses(&training.losses, &mut texts);
                }
                format::w2v::write(&self.vectors, training.output.as_deref(), training.counts(), texts, to)
            }
            _ => format.write(&self.vectors, to),
        }
    }

    /// The vector of `word`, `dim` numbers; `None` if the model does not have the word.
    pub fn get(&self, word: impl AsRef<[u8]>) -> Option<&[f32]> {
        self.vectors.get(word)
    }

    /// The `k` words whose vectors have the largest cosine with the vector of `word`, largest
    /// first, without `word`.
    ///
    /// # Errors
    /// As [`Vectors::nearest`].
    pub fn nearest(&self, word: impl AsRef<[u8]>, k: usize) -> Result<Vec<Neighbour<'_>>> {
        self.vectors.nearest(word, k)
    }

    /// The `k` words closest to the sum of the `positive` words' vectors minus the sum of the
    /// `negative` words' vectors, where each vector is scaled to length 1.
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

    /// An evaluator that scores the model on word pairs with human judgements and on analogies.
    ///
    /// # Errors
    /// As [`Evaluator::new`].
    pub fn evaluator(&self) -> Result<Evaluator<'_>> {
        Evaluator::new(&self.vectors)
    }

    /// The words and their vectors, which are the rows of the input matrix.
    pub const fn vectors(&self) -> &Vectors {
        &self.vectors
    }

    /// The words and their vectors. All else is dropped.
    pub fn into_vectors(self) -> Vectors {
        self.vectors
    }

    /// The words with their vectors, and the output matrix as in [`output`](Self::output). All else
    /// is dropped.
    pub fn into_matrices(self) -> (Vectors, Option<Vec<f32>>) {
        (self.vectors, self.training.and_then(|training| training.output).map(Numbers::into_vec))
    }

    /// The output matrix, row after row of `dim` numbers. With negative sampling there is one row
    /// for each word, in the order of the words. With hierarchical softmax there is one row for
    /// each inner node of the Huffman tree of the counts, in the order of [`w2v_core::huffman`].
    /// `None` for a model that was trained without [`keep_output`](crate::Trainer::keep_output), or
    /// loaded from a file without an output matrix.
    pub fn output(&self) -> Option<&[f32]> {
        self.training.as_ref()?.output.as_deref()
    }

    /// The words with their counts, in the order of the vectors. `None` for a model that was loaded
    /// from a file without counts. The first call on a loaded model makes a table of the words;
    /// `None` if there is no memory for the table.
    pub fn vocabulary(&self) -> Option<&Vocabulary> {
        match &self.training.as_ref()?.vocabulary {
            Counted::Not => None,
            Counted::Vocabulary(vocabulary) => Some(vocabulary),
            Counted::Listed(counts, made) => {
                made.get_or_init(|| Vocabulary::from_ranked(self.vectors.list(), counts.clone())).as_ref()
            }
        }
    }

    /// The settings of the training; `None` for a model that was loaded from a file without
    /// settings. A model from a `.w2v` file has the learning rate and the arithmetic that the
    /// training used. It has neither threads nor instruction set, because they never change the
    /// result.
    pub fn config(&self) -> Option<&Config> {
        self.training.as_ref()?.config.as_ref()
    }

    /// The mean loss of a pair in each epoch, in nats. The last epoch may be unfinished. A loss is
    /// `None` if no pair was trained in the epoch. A model that was loaded from a file without
    /// losses has none.
    ///
    /// The loss of a pair is measured before the pair is trained, so it includes what the vectors
    /// remember of the pairs trained shortly before. As the steps become small, the vectors
    /// remember less of them, and the loss may rise again.
    pub fn losses(&self) -> &[Option<f64>] {
        self.training.as_ref().map_or(&[], |training| &training.losses)
    }

    /// The instruction set that the training used; `None` for a model that was loaded.
    pub fn backend(&self) -> Option<Backend> {
        self.training.as_ref()?.backend
    }

    /// The arithmetic that the training used; `None` for a model that was loaded from a file
    /// without it.
    pub fn arithmetic(&self) -> Option<Arithmetic> {
        self.training.as_ref()?.arithmetic
    }

    /// The number of threads in the pool that the training used. Skip-gram gives work to at most as
    /// many threads as there are partitions. `None` for a model that was loaded.
    pub fn threads(&self) -> Option<usize> {
        self.training.as_ref()?.threads
    }
}

/// Shows the number of words, the dimension, the settings and the losses.
impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model")
            .field("vectors", &self.vectors)
            .field("config", &self.config())
            .field("losses", &self.losses())
            .finish_non_exhaustive()
    }
}
