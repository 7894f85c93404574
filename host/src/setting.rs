//! The settings that a program can choose, by name, so that an error says which one is at fault.

use std::fmt;

/// One setting of reading, training, phrases or explaining; its [`name`](Self::name) is what
/// messages call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Setting {
    /// Words read and words predicted.
    Architecture,
    /// What stands in for the full softmax.
    Objective,
    /// Length of a vector.
    Dim,
    /// Words each side of the center.
    Window,
    /// Noise words for each target.
    Negatives,
    /// Power of the counts in the noise distribution.
    Exponent,
    /// Passes over the corpus.
    Epochs,
    /// Subsampling threshold.
    Sample,
    /// Step size at the start.
    LearningRate,
    /// How CBOW deals its gradient.
    CbowGradient,
    /// Seed of every draw.
    Seed,
    /// Threads that read and train.
    Threads,
    /// Instruction set.
    Backend,
    /// Rounding.
    Arithmetic,
    /// Count below which words are left out.
    MinCount,
    /// Most words of a vocabulary.
    MaxVocab,
    /// Score above which neighbours are a phrase.
    Threshold,
    /// Count taken off that of a pair of neighbours.
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

    /// The name in small letters, words joined by dashes, such as `learning-rate`.
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
