//! The kinds of model and of step: choices that steps, storage and the trainer share.

use crate::names::names;

/// Which words are read and which are predicted (Mikolov et al. 2013a).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// Each context word's input row predicts the center word.
    SkipGram,
    /// The mean of the context's input rows predicts the center word.
    Cbow,
}

/// What is optimised in place of the exact softmax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objective {
    /// Tell the target from words drawn from the noise distribution (Mikolov et al. 2013b).
    NegativeSampling,
    /// Take the right turn at each inner node of the target's Huffman path (Mikolov et al. 2013b).
    HierarchicalSoftmax,
}

/// How CBOW's gradient is divided among the context rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CbowGradient {
    /// Each of the `C` rows receives 1/C of the gradient, which is the derivative of the mean
    /// (Rong, section 1.2; İrsoy et al. 2021).
    Exact,
    /// Each row receives the whole gradient, as in word2vec.c.
    Undivided,
}

/// What a step does with its hidden rows at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HiddenUpdate {
    /// The hidden rows are input rows and learn: `h ← h + g`.
    Learn,
    /// The hidden rows were gathered from input rows. Each is replaced by the gradient that those
    /// input rows shall receive: `h ← g`.
    Gradient,
}

impl Architecture {
    /// Both.
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

    /// The part of a window's gradient that each of its context rows receives: 1 / `words`, or 1.
    /// `words` is the number of context rows, at least one.
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
