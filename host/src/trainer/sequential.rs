//! CBOW on one thread, sentence by sentence, by the kernel crate's own loop.

use super::{Model, Place, Setting, defect};
use crate::corpus::SENTENCE_END;
use crate::error::{Error, Result};
use w2v_core::huffman::{self, Huffman, Link};
use w2v_core::initial;
use w2v_core::matrix::{Lanes, MatrixMut, blocks};
use w2v_core::sigmoid::TABLE;
use w2v_core::simd::Dispatch;
use w2v_core::train::{Architecture, CbowGradient, Objective, Progress, Sampler, Schedule, Trainer};
use w2v_core::unigram::{Slot, Unigram};

/// Tokens of a superbatch: how often the step size falls, and what is subsampled at once.
const SUPERBATCH: usize = 10_000;

/// The memory of a [`Trainer`], which is made anew for each superbatch.
pub(super) struct Sequential {
    words: usize,
    dim: usize,
    architecture: Architecture,
    division: CbowGradient,
    window: u32,
    negatives: usize,
    keep: Vec<u32>,
    input: Vec<Lanes>,
    output: Vec<Lanes>,
    noise: Vec<Slot>,
    tree: Vec<Link>,
    objective: Objective,
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
        let (mut noise, mut tree) = (Vec::new(), Vec::new());
        let output_rows = match config.objective {
            Objective::NegativeSampling => {
                noise.resize(words, Slot::default());
                Unigram::new(vocabulary.counts().iter().copied(), config.exponent, &mut noise).map_err(|error| {
                    Error::Setting {
                        flag: "--exponent",
                        value: config.exponent.to_string(),
                        problem: format!("the noise distribution cannot be built: {error}"),
                    }
                })?;
                words
            }
            Objective::HierarchicalSoftmax => {
                tree.resize(huffman::required_len(words), Link::default());
                let mut weights = vec![0; huffman::required_weights(words)];
                Huffman::new(vocabulary.counts(), &mut tree, &mut weights).map_err(|error| {
                    Error::NothingToTrain(format!("the tree of {words} words cannot be built: {error}"))
                })?;
                words - 1
            }
        };
        #[allow(clippy::cast_possible_truncation)]
        Ok(Self {
            words,
            dim: config.dim,
            architecture: config.architecture,
            division: config.cbow_gradient,
            window: config.window as u32,
            negatives: config.negatives,
            keep,
            input,
            output: vec![Lanes::ZERO; output_rows * per_row],
            noise,
            tree,
            objective: config.objective,
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
        let sampler = match self.objective {
            Objective::NegativeSampling => Sampler::Noise(Unigram::from_slots(&self.noise), self.negatives),
            Objective::HierarchicalSoftmax => Sampler::Tree(Huffman::from_links(&self.tree)),
        };
        let output_rows = self.output.len() / blocks(self.dim);
        let mut trainer = Trainer {
            input: MatrixMut::new(&mut self.input, self.words, self.dim).map_err(defect)?,
            output: MatrixMut::new(&mut self.output, output_rows, self.dim).map_err(defect)?,
            architecture: self.architecture,
            sampler,
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
