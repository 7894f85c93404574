//! Sentence in, updates done: the whole training loop for callers without a scheduler.

/// Which words are read and which are predicted (Mikolov et al. 2013, arXiv:1301.3781).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// Each context word's input row predicts the center word.
    SkipGram,
    /// The mean of the context's input rows predicts the center word.
    Cbow,
}

/// What is optimised in place of the full softmax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objective {
    /// Tell the target from words drawn from the noise distribution (arXiv:1310.4546).
    NegativeSampling,
    /// Take the right turn at each inner node of the target's Huffman path (arXiv:1301.3781).
    HierarchicalSoftmax,
}

/// How CBOW's gradient is dealt to the context rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CbowGradient {
    /// Each of the `C` rows receives `1/C` of the gradient, as the mean's derivative has it (Rong, eq. 30; İrsoy et al. 2021).
    Exact,
    /// Each row receives the whole gradient, as word2vec.c does.
    Undivided,
}
