//! CBOW with the tree on one thread, sentence by sentence, by the kernel crate's own loop.

use super::{Model, Place, Setting, defect};
use crate::corpus::SENTENCE_END;
use crate::error::{Error, Result};
use w2v_core::huffman::{self, Huffman, Link};
use w2v_core::initial;
use w2v_core::matrix::{Lanes, MatrixMut, blocks};
use w2v_core::sigmoid::TABLE;
use w2v_core::simd::Dispatch;
use w2v_core::train::{Architecture, CbowGradient, Progress, Sampler, Schedule, Trainer};

/// Tokens of a superbatch: how often the step size falls, and what is subsampled at once.
const SUPERBATCH: usize = 10_000;

/// The memory of a [`Trainer`], which is made anew for each superbatch.
pub(super) struct Sequential {
    words: usize,
    dim: usize,
    division: CbowGradient,
    window: u32,
    keep: Vec<u32>,
    input: Vec<Lanes>,
    output: Vec<Lanes>,
    tree: Vec<Link>,
    dispatch: Dispatch,
    schedule: Schedule,
    kept: Vec<u32>,
    hidden: Vec<Lanes>,
}

impl Sequential {
    pub(super) fn new(setting: Setting<'_>) -> Result<Self> {
        let Setting { vocabulary, config, dispatch, schedule, keep, .. } = setting;
        let words = vocabulary.len();
        let per_row = blocks(config.dim);
        let mut input = vec![Lanes::ZERO; words * per_row];
        for (word, row) in (0..).zip(input.chunks_exact_mut(per_row)) {
            initial::fill(config.seed, word, config.dim, row);
        }
        let mut tree = vec![Link::default(); huffman::required_len(words)];
        let mut weights = vec![0; huffman::required_weights(words)];
        Huffman::new(vocabulary.counts(), &mut tree, &mut weights)
            .map_err(|error| Error::NothingToTrain(format!("the tree of {words} words cannot be built: {error}")))?;
        #[allow(clippy::cast_possible_truncation)]
        Ok(Self {
            words,
            dim: config.dim,
            division: config.cbow_gradient,
            window: config.window as u32,
            keep,
            input,
            output: vec![Lanes::ZERO; (words - 1) * per_row],
            tree,
            dispatch,
            schedule,
            kept: vec![0; SUPERBATCH],
            hidden: vec![Lanes::ZERO; per_row],
        })
    }
}

impl Model for Sequential {
    fn superbatch(&self) -> usize {
        SUPERBATCH
    }

    fn train(&mut self, tokens: &[u32], place: Place) -> Result<Progress> {
        let mut trainer = Trainer {
            input: MatrixMut::new(&mut self.input, self.words, self.dim).map_err(defect)?,
            output: MatrixMut::new(&mut self.output, self.words - 1, self.dim).map_err(defect)?,
            architecture: Architecture::Cbow,
            sampler: Sampler::Tree(Huffman::from_links(&self.tree)),
            division: self.division,
            window: self.window,
            keep: &self.keep,
            schedule: self.schedule,
            sigmoid: &TABLE,
            rng: place.generator(&[]),
            read: place.read,
            kept: &mut self.kept,
            hidden: &mut self.hidden,
        };
        let mut progress = Progress::default();
        for sentence in tokens.split(|&token| token == SENTENCE_END) {
            progress += trainer.sentence(self.dispatch, sentence).map_err(defect)?;
        }
        Ok(progress)
    }

    fn into_input(self: Box<Self>) -> (Vec<Lanes>, Option<Vec<u32>>) {
        (self.input, None)
    }
}
