//! The names of the settings, by which an error says which setting is at fault.

use std::fmt;

/// A setting of reading, training, phrases or explaining. Messages call it by its
/// [`name`](Self::name).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Setting {
    /// Whether context words predict the center one by one (skip-gram) or together (CBOW).
    Architecture,
    /// The objective that stands in for the full softmax.
    Objective,
    /// Numbers in a vector.
    Dim,
    /// The largest number of context words on each side of the center.
    Window,
    /// Noise words for each target.
    Negatives,
    /// Exponent of the counts in the noise distribution.
    Exponent,
    /// Passes over the corpus.
    Epochs,
    /// Subsampling threshold.
    Sample,
    /// Step size at the start.
    LearningRate,
    /// Whether each context word of CBOW receives the whole gradient or its share.
    CbowGradient,
    /// Seed of every random draw.
    Seed,
    /// Threads that read and train.
    Threads,
    /// Instruction set.
    Backend,
    /// Rounding.
    Arithmetic,
    /// The count below which words are left out.
    MinCount,
    /// The largest number of words of a vocabulary.
    MaxVocab,
    /// The score above which neighbours are a phrase.
    Threshold,
    /// The number that is subtracted from the count of a pair of neighbours.
    Discount,
    /// A word to explain.
    Word,
}

impl Setting {
    /// All settings.
    pub const ALL: [Self; 19] = [
        Self::Architecture,
        Self::Objective,
        Self::Dim,
        Self::Window,
        Self::Negatives,
        Self::Exponent,
        Self::Epochs,
        Self::Sample,
        Self::LearningRate,
        Self::CbowGradient,
        Self::Seed,
        Self::Threads,
        Self::Backend,
        Self::Arithmetic,
        Self::MinCount,
        Self::MaxVocab,
        Self::Threshold,
        Self::Discount,
        Self::Word,
    ];

    /// The name in lower case with dashes between its words, such as `learning-rate`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Architecture => "architecture",
            Self::Objective => "objective",
            Self::Dim => "dim",
            Self::Window => "window",
            Self::Negatives => "negatives",
            Self::Exponent => "exponent",
            Self::Epochs => "epochs",
            Self::Sample => "sample",
            Self::LearningRate => "learning-rate",
            Self::CbowGradient => "cbow-gradient",
            Self::Seed => "seed",
            Self::Threads => "threads",
            Self::Backend => "backend",
            Self::Arithmetic => "arithmetic",
            Self::MinCount => "min-count",
            Self::MaxVocab => "max-vocab",
            Self::Threshold => "threshold",
            Self::Discount => "discount",
            Self::Word => "word",
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
