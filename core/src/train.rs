//! Sentence in, updates done: the whole training loop for callers without a scheduler, such as devices and engines.
//!
//! Memory is the caller's. Each call of [`Trainer::sentence`] trains one sentence and returns; stop by not calling
//! again, continue later from the same matrices, generator state and token count.

use crate::error::Error;
use crate::huffman::{Huffman, Path};
use crate::matrix::{Lanes, MatrixMut, blocks};
use crate::sigmoid::Sigmoid;
use crate::simd::group::check;
use crate::simd::{Dispatch, Kernel, Simd};
use crate::step::negative::NegativeSampling;
use crate::step::path::HierarchicalSoftmax;
use crate::step::{Ahead, Hidden};
use crate::storage::Storage;
use crate::subsample::keeps;
use crate::unigram::{MAX_NEGATIVES, Negatives, Unigram};
use crate::window::{Window, draw_reach};
use rand_core::Rng;

/// Which words are read and which are predicted (Mikolov et al. 2013a).
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
    /// Tell the target from words drawn from the noise distribution (Mikolov et al. 2013b).
    NegativeSampling,
    /// Take the right turn at each inner node of the target's Huffman path (Mikolov et al. 2013b).
    HierarchicalSoftmax,
}

/// How CBOW's gradient is dealt to the context rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CbowGradient {
    /// Each of the `C` rows receives 1/C of the gradient, as the mean's derivative has it (Rong, section 1.2; İrsoy et al. 2021).
    Exact,
    /// Each row receives the whole gradient, as in word2vec.c.
    Undivided,
}

impl Architecture {
    /// Both.
    pub const ALL: [Self; 2] = [Self::SkipGram, Self::Cbow];

    /// The flag's spelling.
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

    /// The flag's spelling.
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

    /// The flag's spelling.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Undivided => "undivided",
        }
    }

    /// The part of a window's gradient that each of its context rows receives, if they are `words`, at least one.
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

crate::names!(Architecture, Objective, CbowGradient);

/// The objective with what it draws from or walks along.
#[derive(Clone, Copy, Debug)]
pub enum Sampler<'a> {
    /// The noise distribution, and how many words are drawn from it for a target: 1 to [`MAX_NEGATIVES`].
    Noise(Unigram<'a>, usize),
    /// The tree.
    Tree(Huffman<'a>),
}

/// How the step size falls: from `start` in proportion to the tokens read, down to 10⁻⁴ of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// Step size at the first token.
    pub start: f32,
    /// Tokens of all epochs together.
    pub tokens: u64,
}

impl Schedule {
    /// The step size after `read` tokens: `start · max((tokens + 1 − read) / (tokens + 1), 10⁻⁴)`.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn learning_rate(&self, read: u64) -> f32 {
        // In single precision, which costs a device a tenth of its program less.
        let end = self.tokens.saturating_add(1);
        let left = end.saturating_sub(read) as f32 / end as f32;
        self.start * if left > 1e-4 { left } else { 1e-4 }
    }
}

/// What a call, or several added up, did.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Tokens given, kept or dropped.
    pub tokens: u64,
    /// (hidden, target) pairs trained.
    pub pairs: u64,
    /// Sum over those pairs of −ln of the probability that the objective gives them, in nats.
    pub loss: f64,
}

impl Progress {
    /// One more pair, of this loss.
    fn count(&mut self, loss: f32) {
        self.pairs = self.pairs.saturating_add(1);
        self.loss += f64::from(loss);
    }
}

impl core::ops::AddAssign for Progress {
    fn add_assign(&mut self, other: Self) {
        self.tokens = self.tokens.saturating_add(other.tokens);
        self.pairs = self.pairs.saturating_add(other.pairs);
        self.loss += other.loss;
    }
}

/// The model, its sampler and its settings, over the caller's memory.
#[derive(Debug)]
pub struct Trainer<'a, F, R, M = MatrixMut<'a>> {
    /// The input matrix, one row a word.
    pub input: M,
    /// The output matrix, one row a word, or an inner node of the tree.
    pub output: M,
    /// Skip-gram or CBOW.
    pub architecture: Architecture,
    /// The objective.
    pub sampler: Sampler<'a>,
    /// How CBOW deals its gradient.
    pub division: CbowGradient,
    /// Largest reach, at least 1.
    pub window: u32,
    /// For each row of `input` its word's [`keep_share`](crate::subsample::keep_share); empty keeps all.
    pub keep: &'a [u32],
    /// Step size over time.
    pub schedule: Schedule,
    /// σ.
    pub sigmoid: &'a F,
    /// The source of every draw.
    pub rng: R,
    /// Tokens read so far, all epochs.
    pub read: u64,
    /// Working memory: the kept tokens of a sentence. A longer sentence is trained in pieces of this length.
    pub kept: &'a mut [u32],
    /// Working memory for CBOW: one padded row.
    pub hidden: &'a mut [Lanes],
}

impl<F: Sigmoid, R: Rng, M: Storage> Trainer<'_, F, R, M> {
    /// Trains one sentence of word ids and returns what was done, on the backend of `dispatch`.
    ///
    /// # Errors
    /// Found before the first draw, so that nothing is written and `rng` and `read` stay as they were:
    /// - [`Error::TooShort`]: `kept` has less than 2 places, `hidden` no padded row and the model is CBOW, or `keep` is neither
    ///   empty nor has a share for each row of `input`;
    /// - [`Error::Dim`] for matrices of different `dim`, [`Error::Number`] for a [`Schedule::start`] that is not finite,
    ///   [`Error::Size`] for a `window` of 0;
    /// - [`Error::Empty`] for no negatives, or a sampler without words, [`Error::TooManyRows`] for more negatives than
    ///   [`MAX_NEGATIVES`];
    /// - [`Error::Row`] for an id of `sentence` beyond `input`, or `output` or the tree, or a sampler of more words than
    ///   `output` has rows for.
    ///
    /// Only two errors come later: a [`Compact`](crate::compact::Compact) without room for a step's rows, and a sampler over
    /// memory that its [`new`](Unigram::new) did not leave. What was trained before them stays, `rng` has moved, and `read`
    /// counts the pieces that were finished.
    pub fn sentence(&mut self, dispatch: Dispatch, sentence: &[u32]) -> Result<Progress, Error> {
        dispatch.run(Sentence { trainer: self, sentence })
    }
}

/// One sentence of a [`Trainer`] as a kernel: a device runs it on its token and pays for no dispatch.
#[derive(Debug)]
pub struct Sentence<'s, 'a, F, R, M = MatrixMut<'a>> {
    /// The trainer.
    pub trainer: &'s mut Trainer<'a, F, R, M>,
    /// Word ids.
    pub sentence: &'s [u32],
}

impl<F: Sigmoid, R: Rng, M: Storage> Kernel for Sentence<'_, '_, F, R, M> {
    type Output = Result<Progress, Error>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Result<Progress, Error> {
        let Self { trainer, sentence } = self;
        let mut progress = Progress::default();
        let mut rest = sentence;
        trainer.check(sentence)?;
        while !rest.is_empty() {
            let learning_rate = trainer.schedule.learning_rate(trainer.read);
            let (kept, taken) = trainer.subsample(rest);
            let done = trainer.piece(simd, kept, learning_rate)?;
            trainer.read = trainer.read.saturating_add(taken as u64);
            progress += Progress { tokens: taken as u64, ..done };
            rest = rest.get(taken..).unwrap_or(&[]);
        }
        Ok(progress)
    }
}

impl<F: Sigmoid, R: Rng, M: Storage> Trainer<'_, F, R, M> {
    /// Refuses what can be known not to work before anything is drawn or written.
    fn check(&self, sentence: &[u32]) -> Result<(), Error> {
        let (rows, dim) = (self.input.rows(), self.input.dim());
        if self.output.dim() != dim {
            return Err(Error::Dim { expected: dim, given: self.output.dim() });
        }
        if !self.schedule.start.is_finite() {
            return Err(Error::Number);
        }
        if self.window == 0 {
            return Err(Error::Size);
        }
        let hidden = if self.architecture == Architecture::Cbow { blocks(dim) } else { 0 };
        let keep = if self.keep.is_empty() { 0 } else { rows };
        for (needed, given) in [(2, self.kept.len()), (hidden, self.hidden.len()), (keep, self.keep.len())] {
            if given < needed {
                return Err(Error::TooShort { needed, given });
            }
        }
        // The last output row that the sampler may ask for, and the words that it or the matrix has.
        let (last, words) = match &self.sampler {
            Sampler::Noise(_, 0) => return Err(Error::Empty),
            Sampler::Noise(_, count) if *count > MAX_NEGATIVES => return Err(Error::TooManyRows),
            Sampler::Noise(noise, _) => (noise.len().checked_sub(1), self.output.rows()),
            Sampler::Tree(tree) => (tree.words().checked_sub(2), tree.words()),
        };
        #[allow(clippy::cast_possible_truncation)]
        check(&[last.ok_or(Error::Empty)? as u32], self.output.rows())?;
        check(sentence, words.min(rows))
    }

    /// Fills `kept` from the start of `sentence`; returns how many were kept and how many were read.
    fn subsample(&mut self, sentence: &[u32]) -> (usize, usize) {
        let mut kept = 0;
        for (taken, &word) in sentence.iter().enumerate() {
            let Some(place) = self.kept.get_mut(kept) else { return (kept, taken) };
            let share = self.keep.get(word as usize).copied().unwrap_or(u32::MAX);
            if keeps(share, &mut self.rng) {
                *place = word;
                kept += 1;
            }
        }
        (kept, sentence.len())
    }

    /// Trains the first `len` tokens of `kept`.
    #[inline(always)]
    fn piece<S: Simd>(&mut self, simd: S, len: usize, learning_rate: f32) -> Result<Progress, Error> {
        let Self { input, output, architecture, sampler, division, window, sigmoid, rng, kept, hidden, .. } = self;
        let sentence = kept.get(..len).unwrap_or(&[]);
        let mut progress = Progress::default();
        for (center, &target) in sentence.iter().enumerate() {
            let window = Window::around(center, draw_reach(*window, rng), len);
            let context = window.context().filter_map(|position| sentence.get(position).copied());
            // `Prediction`, and no closure: a closure is not compiled for the backend's instructions.
            match architecture {
                Architecture::SkipGram => {
                    for hidden_row in context {
                        let (hidden, then) = (&mut *input, Hidden::Learn);
                        let prediction =
                            Prediction { hidden, hidden_row, output, target, sampler, learning_rate, then };
                        progress.count(prediction.update(simd, *sigmoid, rng)?);
                    }
                }
                Architecture::Cbow if context.clone().next().is_none() => {}
                Architecture::Cbow => {
                    let (needed, given) = (blocks(input.dim()), hidden.len());
                    let hidden = hidden.get_mut(..needed).ok_or(Error::TooShort { needed, given })?;
                    input.gather(simd, context.clone(), hidden)?;
                    let mean = &mut MatrixMut::new(hidden, 1, input.dim())?;
                    let (hidden_row, then) = (0, Hidden::Gradient);
                    let prediction =
                        Prediction { hidden: mean, hidden_row, output, target, sampler, learning_rate, then };
                    progress.count(prediction.update(simd, *sigmoid, rng)?);
                    input.scatter(simd, context, hidden, *division, rng)?;
                }
            }
        }
        Ok(progress)
    }
}

/// One hidden row that predicts one target, by either objective.
struct Prediction<'a, H, O> {
    hidden: &'a mut H,
    hidden_row: u32,
    output: &'a mut O,
    target: u32,
    sampler: &'a Sampler<'a>,
    learning_rate: f32,
    then: Hidden,
}

impl<H: Storage, O: Storage> Prediction<'_, H, O> {
    #[inline(always)]
    fn update<S: Simd, F: Sigmoid, R: Rng>(self, simd: S, sigmoid: &F, rng: &mut R) -> Result<f32, Error> {
        let Self { hidden, hidden_row, output, target, sampler, learning_rate, then } = self;
        let (row, ahead) = ([hidden_row], Ahead::default());
        let mut read = hidden.open(&row, &[])?;
        let hidden_rows = read.own.first_chunk::<1>().ok_or(Error::Empty)?;
        let loss = match sampler {
            Sampler::Noise(unigram, count) => {
                let (own, mut negatives) = ([target], Negatives::new());
                unigram.draw_negatives(rng, *count, &own, &mut negatives);
                let mut predicted = output.open(&own, &negatives)?;
                let loss = NegativeSampling {
                    hidden: &mut read.matrix,
                    hidden_rows,
                    output: &mut predicted.matrix,
                    targets: predicted.own.first_chunk::<1>().ok_or(Error::Empty)?,
                    negatives: predicted.shared,
                    learning_rate,
                    sigmoid,
                    then,
                    ahead,
                }
                .run(simd)?;
                output.close(&own, &negatives, rng);
                loss
            }
            Sampler::Tree(tree) => {
                let mut path = Path::new();
                tree.path(target, &mut path)?;
                let mut predicted = output.open(&[], path.nodes())?;
                let loss = HierarchicalSoftmax {
                    hidden: &mut read.matrix,
                    hidden_rows,
                    output: &mut predicted.matrix,
                    nodes: predicted.shared,
                    code: path.code(),
                    learning_rate,
                    sigmoid,
                    then,
                    ahead,
                }
                .run(simd)?;
                output.close(&[], path.nodes(), rng);
                loss
            }
        };
        hidden.close(&row, &[], rng);
        Ok(loss)
    }
}
