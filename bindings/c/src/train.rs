//! The whole loop: a sentence in, its updates done.

use crate::choice::{
    Architecture, ArchitectureCode, CbowGradient, CbowGradientCode, Dispatch, Objective, ObjectiveCode,
};
use crate::huffman::Huffman;
use crate::matrix::Matrix;
use crate::memory::{Caller, addresses, check_apart, check_scratch, promised, size};
use crate::rng::{Rng, Source};
use crate::status::Status;
use crate::step::row_size;
use crate::unigram::Unigram;
use core::ffi::c_void;
use core::ops::Range;
use w2v_core::kinds;
use w2v_core::lanes::{Lanes, blocks};
use w2v_core::sigmoid::{TABLE, Table};
use w2v_core::train::{self, Sampler, Schedule};

/// A model in training: its matrices, its settings, and how far it has come. It is the caller's to fill, copy
/// and store; a call changes `rng.state` and `read` alone, and the matrices.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Trainer {
    /// What it runs on.
    pub dispatch: Dispatch,
    /// Skip-gram or CBOW.
    pub architecture: ArchitectureCode,
    /// Negative sampling or hierarchical softmax.
    pub objective: ObjectiveCode,
    /// How CBOW deals its gradient.
    pub cbow_gradient: CbowGradientCode,
    /// The largest distance of a context word; each center draws its own from 1 to this. word2vec's default is
    /// 5.
    pub window: u32,
    /// The input matrix: a row a word, from `w2v_initial_rows`.
    pub input: Matrix,
    /// The output matrix: a row a word, or for hierarchical softmax an inner node, of zeros at first.
    pub output: Matrix,
    /// For negative sampling, the noise distribution.
    pub unigram: *const Unigram,
    /// The bytes that are there: `w2v_unigram_size` of its words, or more.
    pub unigram_size: usize,
    /// For negative sampling, how many negatives are drawn for a target: 1 to `W2V_MAX_NEGATIVES`, mostly 5.
    pub negatives: usize,
    /// For hierarchical softmax, the tree.
    pub huffman: *const Huffman,
    /// The bytes that are there: `w2v_huffman_size` of its words, or more.
    pub huffman_size: usize,
    /// A share for each row of `input`, from `w2v_keep_shares`; NULL keeps every token.
    pub keep: *const u32,
    /// Step size at the first token. It falls in proportion to the tokens read, down to 10^-4 of itself.
    pub learning_rate: f32,
    /// Tokens of all epochs together, for that fall.
    pub tokens: u64,
    /// Tokens read so far, all epochs; a call adds to it.
    pub read: u64,
    /// The source of every draw; a call advances it.
    pub rng: Rng,
    /// Opaque memory of `scratch_size` bytes, all of them this trainer's alone in a call; nothing is kept there
    /// between calls.
    pub scratch: *mut c_void,
    /// At least `w2v_train_scratch_size`.
    pub scratch_size: usize,
}

/// What a call has done.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Progress {
    /// Tokens given, kept or dropped.
    pub tokens: u64,
    /// (hidden, target) pairs trained.
    pub pairs: u64,
    /// The sum of their losses from before their updates, in nats.
    pub loss: f64,
}

/// The places for tokens in the shortest scratch: below two there is no context.
const FEWEST: usize = 2;

/// Returns the bytes of working memory that training needs for rows of `dim` numbers and sentences of up to
/// `longest` kept tokens: 4 * (w2v_stride(dim) + longest), rounded up to `W2V_ALIGNMENT`; 0 if they cannot be that
/// many. A sentence that the scratch has no room for is trained in pieces that fill it.
#[unsafe(no_mangle)]
pub extern "C" fn w2v_train_scratch_size(dim: usize, longest: usize) -> usize {
    let tokens = longest.max(FEWEST).checked_mul(size_of::<u32>());
    size(row_size(dim).filter(|&row| row > 0).and_then(|row| row.checked_add(tokens?)))
}

/// Trains one sentence of `length` word ids, and writes what was done to `progress` unless that is NULL.
///
/// To stop, do not call again. To go on later, keep the matrices, `rng.state` and `read`: the bits are those of
/// a training without a break.
///
/// Fails with `W2V_STATUS_ROW` for an id that has no row and for a distribution or tree of more words than
/// `output` has rows for, with `W2V_STATUS_SIZE` for a window of 0, with `W2V_STATUS_EMPTY` and
/// `W2V_STATUS_TOO_MANY_ROWS` for no negatives and too many, with `W2V_STATUS_OVERLAP`, with
/// `W2V_STATUS_UNBUILT` and `W2V_STATUS_TOO_SHORT` for a distribution or tree that is not there or longer than its
/// size, and as the steps do; then the matrices, `rng` and `read` stay as they were. Only a distribution or tree
/// whose body was changed after it was built may be found out late, with `W2V_STATUS_ROW` or
/// `W2V_STATUS_CODE_LENGTH`: then `rng` and `read` stay, but the matrices hold what was trained before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w2v_train(
    trainer: *mut Trainer,
    sentence: *const u32,
    length: usize,
    progress: *mut Progress,
) -> Status {
    promised!(|caller: Caller<'_>| {
        let (settings, progress) = (caller.read(trainer)?, caller.place_if_wanted(progress)?);
        let sentence = caller.slice(sentence, length)?;
        let mut opened = settings.open(caller, length)?;
        let done = opened.sentence(settings.dispatch.open()?, sentence)?;
        let (rng, read) = (opened.rng.close(), opened.read);
        caller.place(trainer)?.put(Trainer { rng, read, ..settings });
        progress.put(Progress { tokens: done.tokens, pairs: done.pairs, loss: done.loss });
        Ok(())
    })
}

impl Trainer {
    /// The trainer of a sentence of `length` tokens.
    fn open(self, caller: Caller<'_>, length: usize) -> Result<train::Trainer<'_, Table, Source>, Status> {
        self.input.apart_from(&self.output)?;
        let (sampler, sampler_lies) = self.open_sampler(caller)?;
        for matrix in [&self.input, &self.output] {
            check_apart(&matrix.addresses()?, &sampler_lies)?;
        }
        let (hidden, kept) = self.open_scratch(caller, length, sampler_lies)?;
        let schedule = Schedule { start: self.learning_rate, tokens: self.tokens };
        let (input, output) = (self.input.open_mut(caller)?, self.output.open_mut(caller)?);
        let mut trainer = train::Trainer::new(input, output, sampler, schedule, &TABLE, self.rng.open(), kept);
        trainer.architecture = Architecture::open(self.architecture)?;
        trainer.division = CbowGradient::open(self.cbow_gradient)?;
        trainer.window = self.window;
        trainer.keep = if self.keep.is_null() { &[] } else { caller.slice(self.keep, self.input.rows)? };
        trainer.read = self.read;
        trainer.hidden = hidden;
        Ok(trainer)
    }

    /// The sampler, and where it lies.
    fn open_sampler(self, caller: Caller<'_>) -> Result<(Sampler<'_>, Range<usize>), Status> {
        match Objective::open(self.objective)? {
            kinds::Objective::NegativeSampling => {
                let noise = Unigram::open(caller, self.unigram, self.unigram_size)?;
                Ok((Sampler::Noise(noise, self.negatives), addresses(self.unigram, self.unigram_size)?))
            }
            kinds::Objective::HierarchicalSoftmax => {
                let tree = Huffman::open(caller, self.huffman, self.huffman_size)?;
                Ok((Sampler::Tree(tree), addresses(self.huffman, self.huffman_size)?))
            }
        }
    }

    /// The hidden row, and places for as many tokens as there are, or as the scratch has room for.
    fn open_scratch<'c>(
        self,
        caller: Caller<'c>,
        length: usize,
        sampler: Range<usize>,
    ) -> Result<(&'c mut [Lanes], &'c mut [u32]), Status> {
        let dim = self.input.dim;
        let row = row_size(dim).ok_or(Status::Size)?;
        let needed = row.checked_add(FEWEST * size_of::<u32>()).ok_or(Status::Size)?;
        let others = [self.input.addresses()?, self.output.addresses()?, sampler];
        check_scratch(self.scratch, self.scratch_size, needed, others)?;
        let room = (self.scratch_size - row) / size_of::<u32>();
        let places = length.max(FEWEST).min(room);
        let first = self.scratch.cast::<Lanes>();
        let kept = first.wrapping_add(blocks(dim)).cast();
        Ok((caller.room(first, blocks(dim))?, caller.room(kept, places)?))
    }
}
