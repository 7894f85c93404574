//! The types that all of training shares: the position of a superbatch, the parameters of its
//! steps, the inputs of a model, and the interface of a model in training.

use crate::config::Config;
use crate::error::{Error, Result};
use crate::memory;
use crate::text::corpus::SENTENCE_END;
use crate::text::vocabulary::Vocabulary;
use crate::train::windows::KeptText;
use std::ops::Range;
use w2v_core::lanes::{Lanes, blocks};
use w2v_core::rng::SplitMix64;
use w2v_core::simd::Dispatch;
use w2v_core::train::{Progress, Schedule};

/// The position of a superbatch in the run. Seed and position determine every random draw.
#[derive(Clone, Copy, Debug)]
pub(super) struct StreamPosition {
    pub(super) seed: u64,
    pub(super) epoch: u64,
    pub(super) superbatch: u64,
    /// Tokens read before this superbatch, in all epochs.
    pub(super) read: u64,
}

impl StreamPosition {
    /// The generator of this position. Draws are made from generators
    /// [`within`](SplitMix64::within) it.
    pub(super) fn generator(&self) -> SplitMix64 {
        SplitMix64::at(&[self.seed, self.epoch, self.superbatch])
    }
}

/// The step size of a batch or of a portion of pairs, and the generator at its position. Jobs that
/// run at the same time draw from different generators, each [`within`](SplitMix64::within) this
/// one by a number of its own.
pub(super) struct StepParameters {
    pub(super) learning_rate: f32,
    pub(super) rng: SplitMix64,
}

/// The inputs from which a model is made.
pub(super) struct ModelContext<'a> {
    pub(super) vocabulary: &'a Vocabulary,
    pub(super) config: &'a Config,
    pub(super) dispatch: Dispatch,
    pub(super) schedule: Schedule,
    /// For each word the probability that subsampling keeps a token, times 2³² (see
    /// [`keep_share`](w2v_core::subsample::keep_share)).
    pub(super) keep: Vec<u32>,
    /// The number of tokens of one epoch.
    pub(super) corpus_tokens: u64,
}

/// A model in training. It runs on the threads of the current pool.
pub(super) trait Model: Send {
    /// The number of tokens of a superbatch: [`train`](Self::train) is given one superbatch at a
    /// time.
    fn superbatch(&self) -> usize;
    /// Trains on a superbatch of word ids, with [`SENTENCE_END`](crate::text::corpus::SENTENCE_END)
    /// after each sentence. The last sentence may lack its end: then it continues in the next
    /// superbatch of the epoch. Windows that reach into the next superbatch are trained with the
    /// next superbatch.
    fn train(&mut self, tokens: &[u32], position: StreamPosition) -> Result<Progress>;
    /// All that training has changed. With the position of the next superbatch, the state
    /// determines the rest of the run. `counts` are the counts of the words.
    fn state(&mut self, counts: &[u64]) -> Result<State<'_>>;
    /// The input matrix.
    fn into_input(self: Box<Self>) -> Rows;
    /// The input matrix and the output matrix. `counts` are the counts of the words.
    fn into_both(self: Box<Self>, counts: &[u64]) -> Result<(Rows, Rows)>;
}

/// What a model has learnt between two superbatches, to be copied or replaced.
pub(super) struct State<'a> {
    pub(super) input: RowsMut<'a>,
    pub(super) output: RowsMut<'a>,
    /// Tokens that are context of the next superbatch or wait to be its centers.
    pub(super) text: &'a mut KeptText,
}

/// A matrix where it is trained, and which of its rows is each word's or each inner node's. The
/// rows of `lanes[1]` are numbered after those of `lanes[0]`.
pub(super) struct RowsMut<'a> {
    pub(super) lanes: [&'a mut [Lanes]; 2],
    pub(super) of: Vec<u32>,
}

impl RowsMut<'_> {
    /// The number of words or inner nodes.
    pub(super) fn len(&self) -> usize {
        self.of.len()
    }

    /// The rows of `dim` numbers in the order of the words or nodes, each with its padding.
    pub(super) fn rows(&self, dim: usize) -> impl Iterator<Item = &[Lanes]> {
        let place = self.places(dim);
        self.of.iter().map(move |&row| {
            let (lanes, place) = place(row);
            &self.lanes[lanes][place]
        })
    }

    /// A function that returns the place of a row by its number: which of the `lanes`, and where.
    fn places(&self, dim: usize) -> impl Fn(u32) -> (usize, Range<usize>) + use<> {
        let per_row = blocks(dim);
        let first = self.lanes[0].len() / per_row;
        move |row| {
            let row = row as usize;
            let (lanes, row) = if row < first { (0, row) } else { (1, row - first) };
            (lanes, row * per_row..(row + 1) * per_row)
        }
    }

    /// The numbers of all rows in the order of the words or nodes, without padding.
    pub(super) fn to_numbers(&self, dim: usize) -> Result<Vec<f32>> {
        let mut numbers = Vec::new();
        memory::reserve(&mut numbers, self.len() * dim, "vectors")?;
        for row in self.rows(dim) {
            numbers.extend(row.iter().flat_map(|lanes| lanes.0).take(dim));
        }
        Ok(numbers)
    }

    /// Replaces the numbers of all rows, in the order of the words or nodes, by what `next` returns
    /// one after the other.
    pub(super) fn fill(&mut self, dim: usize, mut next: impl FnMut(&mut [f32]) -> Result<()>) -> Result<()> {
        let place = self.places(dim);
        let mut numbers = vec![0.0; dim];
        for &row in &self.of {
            next(&mut numbers)?;
            let (lanes, place) = place(row);
            let lanes = self.lanes[lanes][place].iter_mut();
            lanes.flat_map(|lanes| &mut lanes.0).zip(&numbers).for_each(|(place, number)| *place = *number);
        }
        Ok(())
    }
}

/// A matrix with its rows in the order in which they were trained.
pub(super) struct Rows {
    pub(super) lanes: Vec<Lanes>,
    pub(super) of: Vec<u32>,
}

impl Rows {
    /// The numbers of all rows in the order of the words or nodes, without padding.
    pub(super) fn into_numbers(self, dim: usize) -> Result<Vec<f32>> {
        let Self { mut lanes, of } = self;
        RowsMut { lanes: [&mut lanes, &mut []], of }.to_numbers(dim)
    }
}

/// Checks that each of `tokens` is an id below `words` or the end of a sentence. Training uses ids
/// without further checks: without this one, a word of another vocabulary could be trained as a
/// different word.
///
/// # Errors
/// [`Error::Kernel`] for any other token, which is a defect of this program.
pub(super) fn check_tokens(tokens: &[u32], words: usize) -> Result<()> {
    // The loop looks at all tokens and does not end early, so it is vectorized.
    let known = |token: u32| (token as usize) < words || token == SENTENCE_END;
    if tokens.iter().fold(true, |all, &token| all & known(token)) {
        return Ok(());
    }
    let row = tokens.iter().copied().find(|&token| !known(token)).unwrap_or(SENTENCE_END);
    Err(defect(w2v_core::error::Error::Row { row, rows: words }))
}

/// The result of a kernel.
pub(super) type Outcome<T> = std::result::Result<T, w2v_core::error::Error>;

/// The library's error for a kernel's error. The library checks all arguments before it calls a
/// kernel, so an error of a kernel is a defect of this program.
pub(super) fn defect(error: w2v_core::error::Error) -> Error {
    Error::Kernel(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_another_vocabulary_is_an_error() {
        assert!(check_tokens(&[], 1).is_ok());
        assert!(check_tokens(&[4, 0, SENTENCE_END], 5).is_ok());
        let error = check_tokens(&[4, SENTENCE_END, 5, 6], 5).unwrap_err();
        assert!(error.to_string().contains("row 5 of a matrix of 5 rows"), "{error}");
    }
}
