//! The whole training loop, one sentence at a time: for callers that have no scheduler, such as
//! devices and search engines.
//!
//! The caller owns all memory. Each call of [`Trainer::sentence`] trains one sentence. To stop,
//! make no more calls. To continue later, keep the matrices, the state of the generator and the
//! number of tokens read.

use crate::error::Error;
use crate::huffman::{Huffman, Path};
use crate::kernel::{Kernel, Simd};
use crate::kinds::{Architecture, CbowGradient, HiddenUpdate};
use crate::lanes::{Lanes, blocks};
use crate::matrix::MatrixMut;
use crate::sigmoid::Sigmoid;
use crate::simd::Dispatch;
use crate::step::negative::NegativeSampling;
use crate::step::path::HierarchicalSoftmax;
use crate::step::update::check;
use crate::storage::Storage;
use crate::subsample::keeps;
use crate::unigram::{MAX_NEGATIVES, Negatives, Unigram};
use crate::window::{Window, draw_reach};
use rand_core::Rng;

/// The objective, with its noise distribution or its tree.
#[derive(Clone, Copy, Debug)]
pub enum Sampler<'a> {
    /// Negative sampling: the noise distribution, and the number of noise words for each target, 1
    /// to [`MAX_NEGATIVES`].
    Noise(Unigram<'a>, usize),
    /// Hierarchical softmax: the tree.
    Tree(Huffman<'a>),
}

/// The step size over time: it falls linearly with the tokens read, from `start` to 10⁻⁴ · `start`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// The step size at the first token.
    pub start: f32,
    /// The number of tokens of all epochs together.
    pub tokens: u64,
}

impl Schedule {
    /// The step size after `read` tokens: `start · max((tokens + 1 − read) / (tokens + 1), 10⁻⁴)`.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn learning_rate(&self, read: u64) -> f32 {
        // Single precision makes the program of a device a tenth smaller.
        let end = self.tokens.saturating_add(1);
        let left = end.saturating_sub(read) as f32 / end as f32;
        self.start * if left > 1e-4 { left } else { 1e-4 }
    }
}

/// The work of one call, or the sum over several calls.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// The number of tokens given, including dropped tokens.
    pub tokens: u64,
    /// The number of pairs (hidden vector, target) trained.
    pub pairs: u64,
    /// The sum of the losses of these pairs before their updates, in nats.
    pub loss: f64,
}

impl Progress {
    /// Adds one pair with the loss `loss`.
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

/// The model, its sampler and its settings, in the caller's memory. [`new`](Self::new) makes a
/// trainer with defaults; other fields can then be set.
#[non_exhaustive]
#[derive(Debug)]
pub struct Trainer<'a, F, R, M = MatrixMut<'a>> {
    /// The input matrix, with one row for each word.
    pub input: M,
    /// The output matrix, with one row for each word (negative sampling) or each inner node
    /// (hierarchical softmax).
    pub output: M,
    /// Skip-gram or CBOW; by default skip-gram.
    pub architecture: Architecture,
    /// The objective.
    pub sampler: Sampler<'a>,
    /// How CBOW divides its gradient; by default [`CbowGradient::Exact`].
    pub division: CbowGradient,
    /// The largest reach, at least 1; by default 5.
    pub window: u32,
    /// For each word its [`keep_share`](crate::subsample::keep_share). If empty, which is the
    /// default, all tokens are kept.
    pub keep: &'a [u32],
    /// The step size over time.
    pub schedule: Schedule,
    /// σ.
    pub sigmoid: &'a F,
    /// The generator of all draws.
    pub rng: R,
    /// Tokens read so far, in all epochs.
    pub read: u64,
    /// Working memory for the kept tokens of a sentence, at least 2. A sentence with more kept
    /// tokens is trained in pieces of this length.
    pub kept: &'a mut [u32],
    /// Working memory for CBOW: one padded row. Empty by default, which is enough for skip-gram.
    pub hidden: &'a mut [Lanes],
}

impl<'a, F, R, M> Trainer<'a, F, R, M> {
    /// A trainer of skip-gram with a window of 5, which keeps all tokens. For CBOW also set the
    /// field [`hidden`](Self::hidden).
    #[inline(always)]
    pub const fn new(
        input: M,
        output: M,
        sampler: Sampler<'a>,
        schedule: Schedule,
        sigmoid: &'a F,
        rng: R,
        kept: &'a mut [u32],
    ) -> Self {
        let (architecture, division) = (Architecture::SkipGram, CbowGradient::Exact);
        let (window, keep, read, hidden): (_, &[_], _, &mut [_]) = (5, &[], 0, &mut []);
        Self {
            input,
            output,
            architecture,
            sampler,
            division,
            window,
            keep,
            schedule,
            sigmoid,
            rng,
            read,
            kept,
            hidden,
        }
    }
}

impl<F: Sigmoid, R: Rng, M: Storage> Trainer<'_, F, R, M> {
    /// Trains one sentence of word ids on the backend of `dispatch`. Returns the numbers of tokens
    /// and pairs, and the loss.
    ///
    /// # Errors
    /// The following errors are found before the first draw. Nothing is written, and `rng` and
    /// `read` are unchanged.
    /// - [`Error::TooShort`] if `kept` has fewer than 2 places; or with CBOW, if `hidden` is
    ///   shorter than a padded row; or if `keep` is not empty and has fewer entries than `input`
    ///   has rows.
    /// - [`Error::Dim`] for matrices of different `dim`, [`Error::Number`] for a
    ///   [`Schedule::start`] that is not finite, [`Error::Size`] for a `window` of 0.
    /// - [`Error::Empty`] for 0 negatives or a sampler without words, [`Error::TooManyRows`] for
    ///   more than [`MAX_NEGATIVES`] negatives.
    /// - [`Error::Row`] if an id of `sentence` is beyond `input`, `output` or the tree, or if
    ///   `output` has too few rows for the sampler's words.
    ///
    /// Two errors can occur later: a [`Compact`](crate::compact::Compact) may have no room for the
    /// rows of a step, and the memory of a sampler may not be what [`Unigram::new`] or
    /// [`Huffman::new`] wrote. The updates made before such an error stay, `rng` has advanced, and
    /// `read` counts the tokens of the pieces that were finished.
    pub fn sentence(&mut self, dispatch: Dispatch, sentence: &[u32]) -> Result<Progress, Error> {
        dispatch.run(Sentence::new(self, sentence))
    }
}

/// The training of one sentence, as a kernel. A device runs it with a token and needs no dispatch.
#[derive(Debug)]
pub struct Sentence<'s, 'a, F, R, M = MatrixMut<'a>> {
    trainer: &'s mut Trainer<'a, F, R, M>,
    sentence: &'s [u32],
}

impl<'s, 'a, F, R, M> Sentence<'s, 'a, F, R, M> {
    /// The kernel that trains the word ids `sentence` with `trainer`.
    #[inline(always)]
    pub const fn new(trainer: &'s mut Trainer<'a, F, R, M>, sentence: &'s [u32]) -> Self {
        Self { trainer, sentence }
    }
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
    /// Finds the errors that can be found before anything is drawn or written.
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
        // The last output row that the sampler may need, and the number of words that can be
        // targets.
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

    /// Fills `kept` with kept tokens from the start of `sentence`. Returns the number of tokens
    /// kept and the number of tokens read.
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

    /// Trains the first `len` tokens of `kept` as a sentence.
    #[inline(always)]
    fn piece<S: Simd>(&mut self, simd: S, len: usize, learning_rate: f32) -> Result<Progress, Error> {
        let Self { input, output, architecture, sampler, division, window, sigmoid, rng, kept, hidden, .. } = self;
        let sentence = kept.get(..len).unwrap_or(&[]);
        let mut progress = Progress::default();
        for (center, &target) in sentence.iter().enumerate() {
            let window = Window::around(center, draw_reach(*window, rng), len);
            let context = window.context().filter_map(|position| sentence.get(position).copied());
            // `Prediction` is a struct and not a closure: a closure would not be compiled for the
            // backend's instructions.
            match architecture {
                Architecture::SkipGram => {
                    for hidden_row in context {
                        let (hidden, update) = (&mut *input, HiddenUpdate::Learn);
                        let prediction =
                            Prediction { hidden, hidden_row, output, target, sampler, learning_rate, update };
                        progress.count(prediction.train(simd, *sigmoid, rng)?);
                    }
                }
                Architecture::Cbow if context.clone().next().is_none() => {}
                Architecture::Cbow => {
                    let (needed, given) = (blocks(input.dim()), hidden.len());
                    let hidden = hidden.get_mut(..needed).ok_or(Error::TooShort { needed, given })?;
                    input.gather(simd, context.clone(), hidden)?;
                    let mean = &mut MatrixMut::new(hidden, 1, input.dim())?;
                    let (hidden_row, update) = (0, HiddenUpdate::Gradient);
                    let prediction =
                        Prediction { hidden: mean, hidden_row, output, target, sampler, learning_rate, update };
                    progress.count(prediction.train(simd, *sigmoid, rng)?);
                    input.scatter(simd, context, hidden, *division, rng)?;
                }
            }
        }
        Ok(progress)
    }
}

/// The training of one hidden row and one target, with either objective.
struct Prediction<'a, H, O> {
    hidden: &'a mut H,
    hidden_row: u32,
    output: &'a mut O,
    target: u32,
    sampler: &'a Sampler<'a>,
    learning_rate: f32,
    update: HiddenUpdate,
}

impl<H: Storage, O: Storage> Prediction<'_, H, O> {
    #[inline(always)]
    fn train<S: Simd, F: Sigmoid, R: Rng>(self, simd: S, sigmoid: &F, rng: &mut R) -> Result<f32, Error> {
        let Self { hidden, hidden_row, output, target, sampler, learning_rate, update } = self;
        let row = [hidden_row];
        let mut read = hidden.load(&row, &[])?;
        let hidden_rows = read.targets.first_chunk::<1>().ok_or(Error::Empty)?;
        let loss = match sampler {
            Sampler::Noise(unigram, count) => {
                let (targets, mut negatives) = ([target], Negatives::new());
                unigram.draw_negatives(rng, *count, &targets, &mut negatives);
                let mut rows = output.load(&targets, &negatives)?;
                let (output_rows, own) = (&mut rows.matrix, rows.targets.first_chunk::<1>().ok_or(Error::Empty)?);
                let (hidden, shared) = (&mut read.matrix, rows.shared);
                let step = NegativeSampling::new(hidden, hidden_rows, output_rows, own, shared, learning_rate, sigmoid);
                let loss = step.hidden_update(update).run(simd)?;
                output.store(&targets, &negatives, rng);
                loss
            }
            Sampler::Tree(tree) => {
                let mut path = Path::new();
                tree.path(target, &mut path)?;
                let mut rows = output.load(&[], path.nodes())?;
                let (hidden, output_rows, nodes) = (&mut read.matrix, &mut rows.matrix, rows.shared);
                let code = path.code();
                let step =
                    HierarchicalSoftmax::new(hidden, hidden_rows, output_rows, nodes, code, learning_rate, sigmoid);
                let loss = step.hidden_update(update).run(simd)?;
                output.store(&[], path.nodes(), rng);
                loss
            }
        };
        hidden.store(&row, &[], rng);
        Ok(loss)
    }
}
