//! The kinds of model and of step, which steps, storage and the trainer have in common.

use crate::names::names;

/// How context words predict the center word (Mikolov et al. 2013a).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// The input row of each context word predicts the center word.
    SkipGram,
    /// The mean of the input rows of all context words predicts the center word.
    Cbow,
}

/// The objective that is optimised in place of the exact softmax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objective {
    /// To tell the target from words that are drawn from the noise distribution (Mikolov et al.
    /// 2013b).
    NegativeSampling,
    /// To take the right turn at each inner node of the target's Huffman path (Mikolov et al.
    /// 2013b).
    HierarchicalSoftmax,
}

/// How CBOW's gradient is divided among the context rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CbowGradient {
    /// Each of the C context rows receives 1/C of the gradient, as the derivative of the mean
    /// requires (Rong, section 1.2; İrsoy et al. 2021).
    Exact,
    /// Each row receives the whole gradient, as in word2vec.c.
    Undivided,
}

/// What happens to the hidden rows at the end of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HiddenUpdate {
    /// The hidden rows are input rows and learn: `h ← h + g`.
    Learn,
    /// The hidden rows are means of input rows. Each is replaced by its gradient, which the caller
    /// then adds to these input rows: `h ← g`.
    Gradient,
}

impl Architecture {
    /// Both architectures.
    pub const ALL: [Self; 2] = [Self::SkipGram, Self::Cbow];

    /// The name, such as `skip-gram`, that [`FromStr`](core::str::FromStr) reads.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SkipGram => "skip-gram",
            Self::Cbow => "cbow",
        }
    }
}

impl Objective {
    /// Both.
    pub const ALL: [Self; 2] = [Self::NegativeSampling, Self::HierarchicalSoftmax];

    /// The name, such as `negative-sampling`, that [`FromStr`](core::str::FromStr) reads.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NegativeSampling => "negative-sampling",
            Self::HierarchicalSoftmax => "hierarchical-softmax",
        }
    }
}

impl CbowGradient {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Exact, Self::Undivided];

    /// The name, such as `exact`, that [`FromStr`](core::str::FromStr) reads.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Undivided => "undivided",
        }
    }

    /// The factor by which a window's gradient is multiplied for each context row: 1 / `words` if
    /// exact, or 1. `words` is the number of context rows, at least one.
    #[inline(always)]
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub const fn part(self, words: usize) -> f32 {
        match self {
            Self::Exact => 1.0 / words as f32,
            Self::Undivided => 1.0,
        }
    }
}

names!(Architecture, Objective, CbowGradient);
