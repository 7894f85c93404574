//! `w2v convert`: writes a model in another format.

use super::choice::{named, some};
use super::output::{Output, check_free};
use super::pipes::check_not_read;
use super::query::{RecordCheck, open};
use super::{Failure, Result, tell};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use w2v::messages::escaped;
use w2v::{Dtype, Format, Model};

/// The most points that TensorBoard's projector shows. Of a larger model it shows a sample.
const PROJECTED: usize = 10_000;

/// Write a model as another program wants it
///
/// What is read is told by its content: a model as word2vec, GloVe or fastText writes it, a NumPy
/// array with its words beside it, safetensors with words in it, or a folder of the projector,
/// sentence-transformers or model2vec. Of fastText's .bin come the words of its dictionary alone,
/// each composed of its n-grams as there; other words, which fastText would compose, are left out.
/// Pickles are never read.
#[derive(Args)]
pub(super) struct Convert {
    /// A model of any kind, plain, gzip or zstd, or a folder; `-` is standard input
    #[arg(value_name = "IN")]
    from: PathBuf,
    /// Where it goes; `-` is standard output
    ///
    /// NAME.npy has its words beside it, in NAME.words.txt, a word a line.
    #[arg(value_name = "OUT")]
    to: Output,
    /// Take the model's first words only
    #[arg(long, value_name = "WORDS", value_parser = some)]
    top: Option<usize>,
    /// What is written [default: by the name of OUT, before .gz or .zst too: binary for .bin, w2v,
    /// safetensors, npy, glove for .glove.txt; else text]
    #[arg(long, value_enum)]
    format: Option<Kind>,
    /// How numbers are stored in safetensors, NumPy's arrays and folders of them
    #[arg(long, value_name = "DTYPE", default_value = Dtype::F32.name())]
    #[arg(value_parser = named::<Dtype>(Dtype::ALL.map(Dtype::name)))]
    dtype: Dtype,
}

/// The values of `--format`.
#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// word2vec's text
    Text,
    /// word2vec's binary format
    Binary,
    /// The model's own format: all of a model that has more than vectors
    W2v,
    /// A file of safetensors: the tensor `input` and the words
    Safetensors,
    /// GloVe's text, without a first line
    Glove,
    /// A NumPy array, with its words beside it
    Npy,
    /// A folder for TensorBoard's projector
    Projector,
    /// A folder that sentence-transformers loads, as a StaticEmbedding
    SentenceTransformers,
    /// A folder that model2vec loads
    Model2vec,
}

impl Convert {
    pub(super) fn run(self) -> Result<()> {
        let format = self.format()?;
        self.check(format)?;
        if self.top.is_none() && format == Format::W2v && self.from.as_os_str() != "-" {
            // The whole model is read and written, not only its vectors.
            let model = Model::load(&self.from)?;
            self.to.write(|to| model.write(format, to))?;
            self.told(model.vectors().len(), model.vectors().dim(), format);
            return Ok(());
        }
        let vectors = open(&self.from, self.top.unwrap_or(usize::MAX), RecordCheck::Skipped)?;
        match self.to.path() {
            Some(path) => vectors.save_as(path, format)?,
            None => self.to.write(|to| format.write(&vectors, to))?,
        }
        self.told(vectors.len(), vectors.dim(), format);
        Ok(())
    }

    /// The format to write, from `--format` or else from the name of OUT.
    fn format(&self) -> Result<Format> {
        let named = self.to.path().map_or(Format::Text, Format::for_path);
        let stored = |dtype| match (named, dtype) {
            (Format::Safetensors(_), dtype) => Format::Safetensors(dtype),
            (Format::Npy(_), dtype) => Format::Npy(dtype),
            (other, _) => other,
        };
        let format = match self.format {
            None => stored(self.dtype),
            Some(Kind::Text) => Format::Text,
            Some(Kind::Binary) => Format::Binary,
            Some(Kind::W2v) => Format::W2v,
            Some(Kind::Glove) => Format::Glove,
            Some(Kind::Safetensors) => Format::Safetensors(self.dtype),
            Some(Kind::Npy) => Format::Npy(self.dtype),
            Some(Kind::Projector) => Format::Projector,
            Some(Kind::SentenceTransformers) => Format::SentenceTransformers(self.dtype),
            Some(Kind::Model2vec) => Format::Model2Vec(self.dtype),
        };
        if self.dtype == Dtype::F32 || format.dtype() == Some(self.dtype) {
            return Ok(format);
        }
        let problem = "this format stores f32 or decimals; name OUT .safetensors or .npy, or give --format".to_owned();
        Err(Failure::Flag { flag: "--dtype", value: self.dtype.to_string(), problem })
    }

    /// Finds errors before the model is read, so that the command does not fail only at the end.
    fn check(&self, format: Format) -> Result<()> {
        let Some(path) = self.to.path() else {
            if format.is_one_file() {
                return Ok(());
            }
            let problem = "this format is more than one file; give it a name".to_owned();
            return Err(Failure::Flag { flag: "OUT", value: "-".to_owned(), problem });
        };
        let value = || path.display().to_string();
        if format.is_folder() {
            let is_other = path.exists() && !path.is_dir();
            let same = path.canonicalize().is_ok_and(|to| self.from.canonicalize().is_ok_and(|from| from == to));
            return if is_other || same {
                let problem = "is there and cannot be the folder that is written; choose another name".to_owned();
                Err(Failure::Flag { flag: "OUT", value: value(), problem })
            } else {
                Ok(())
            };
        }
        if path.is_dir() {
            let problem = "is a folder; give --format projector, sentence-transformers or model2vec, or name a file";
            return Err(Failure::Flag { flag: "OUT", value: value(), problem: problem.to_owned() });
        }
        check_not_read("OUT", &self.to, [self.from.as_os_str()].into_iter())?;
        check_free("OUT", path, [self.from.as_path()].into_iter())
    }

    /// Prints what was written.
    fn told(&self, words: usize, dim: usize, format: Format) {
        let name = escaped(&self.to.name());
        let shown = match format {
            Format::Projector if words > PROJECTED => {
                format!("; the projector shows {PROJECTED} of them, so --top {PROJECTED} would do")
            }
            _ => String::new(),
        };
        tell(&format!("{name}: {words} words of {dim} dimensions{shown}"));
    }
}
