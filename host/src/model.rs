//! A model is kept, asked and scored: vectors, the files that hold them, questions, evaluation.

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

/// What a model was trained with, as far as it is known.
#[derive(Clone)]
pub(crate) struct Training {
    pub(crate) vocabulary: Counted,
    pub(crate) config: Option<Config>,
    pub(crate) output: Option<Numbers>,
    pub(crate) losses: Vec<Option<f64>>,
    pub(crate) arithmetic: Option<Arithmetic>,
    /// Not of a model that was loaded: they never change its bytes, so its file has neither.
    pub(crate) backend: Option<Backend>,
    pub(crate) threads: Option<usize>,
}

/// The counts of a model's words.
#[derive(Clone)]
pub(crate) enum Counted {
    /// A file has none.
    Not,
    Vocabulary(Vocabulary),
    /// As a file has them. The vocabulary is made when it is asked for, since its table takes
    /// time; `None` where the words and counts are not those of a text, or there is no memory.
    Listed(Vec<u64>, OnceLock<Option<Vocabulary>>),
}

impl Training {
    /// How often each word occurs.
    fn counts(&self) -> Option<&[u64]> {
        match &self.vocabulary {
            Counted::Not => None,
            Counted::Vocabulary(vocabulary) => Some(vocabulary.counts()),
            Counted::Listed(counts, _) => Some(counts),
        }
    }
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

    /// The model at `path`, whichever its format. A `.w2v` file has all that [`save`](Self::save)
    /// was given; of others the vectors alone are a model.
    ///
    /// A large `.w2v` file is not copied into memory, but looked at where it is: see
    /// [`Vectors::load`].
    ///
    /// # Errors
    /// As [`Vectors::load`].
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

    /// Writes the model to the file at `path`, there in full or untouched, in the format that its
    /// name asks for ([`Format::for_path`]). `.w2v` keeps all of it; others keep the vectors alone.
    ///
    /// # Errors
    /// As [`Vectors::save`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        self.save_as(path, Format::for_path(path))
    }

    /// As [`save`](Self::save), in `format` whatever the file's name.
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

    /// The words' vectors and the output matrix, as [`output`](Self::output) has it, and nothing
    /// else.
    pub fn into_matrices(self) -> (Vectors, Option<Vec<f32>>) {
        (self.vectors, self.training.and_then(|training| training.output).map(Numbers::into_vec))
    }

    /// The output matrix, row after row of `dim` numbers: with negative sampling a row for each
    /// word, by its id; with the tree one for each inner node, as [`w2v_core::huffman`] numbers
    /// those of the vocabulary's counts. `None` for a model that was trained without
    /// [`keep_output`](crate::Trainer::keep_output), or loaded from a file without it.
    pub fn output(&self) -> Option<&[f32]> {
        self.training.as_ref()?.output.as_deref()
    }

    /// The words with their counts, in the order of the vectors; `None` for a model that was loaded
    /// from a file without counts, and where there is no memory for the words' table, which a
    /// loaded model makes at the first call.
    pub fn vocabulary(&self) -> Option<&Vocabulary> {
        match &self.training.as_ref()?.vocabulary {
            Counted::Not => None,
            Counted::Vocabulary(vocabulary) => Some(vocabulary),
            Counted::Listed(counts, made) => {
                made.get_or_init(|| Vocabulary::from_ranked(self.vectors.list(), counts.clone())).as_ref()
            }
        }
    }

    /// The settings of the training; `None` for a model that was loaded from a file without them. A
    /// `.w2v` file has the rate and the rounding that the settings came to, and neither threads nor
    /// instruction set, which never change the result.
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

    /// The instruction set that trained; `None` for a model that was loaded.
    pub fn backend(&self) -> Option<Backend> {
        self.training.as_ref()?.backend
    }

    /// The rounding that trained; `None` for a model that was loaded without it.
    pub fn arithmetic(&self) -> Option<Arithmetic> {
        self.training.as_ref()?.arithmetic
    }

    /// Threads of the pool that trained, of which skip-gram gives work to as many as there are
    /// partitions; `None` for a model that was loaded.
    pub fn threads(&self) -> Option<usize> {
        self.training.as_ref()?.threads
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
