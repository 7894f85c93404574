//! The trainers whose flash and stack are measured, as a device would write them: sizes are
//! constants, memory is static, plain Rust is the backend.

#![no_std]

use w2v_core::error::Error;
use w2v_core::huffman::{self, Huffman, Link};
use w2v_core::initial;
use w2v_core::kinds::{Architecture, CbowGradient};
use w2v_core::lanes::{Lanes, blocks};
use w2v_core::matrix::{MatrixMut, Row};
use w2v_core::rng::SplitMix64;
use w2v_core::sigmoid::TABLE;
use w2v_core::simd::{Kernel, Scalar};
use w2v_core::train::{Progress, Sampler, Schedule, Sentence, Trainer};
use w2v_core::unigram::{self, Slot, Unigram};

/// Words.
pub const VOCABULARY: usize = 256;

/// Numbers in a vector.
pub const DIM: usize = 32;

/// Words in a sentence.
pub const LENGTH: usize = 16;

/// The two matrices.
#[derive(Debug)]
pub struct Matrices {
    input: [Row<{ blocks(DIM) }>; VOCABULARY],
    output: [Row<{ blocks(DIM) }>; VOCABULARY],
}

/// The sampler's memory.
pub type Slots = [Slot; unigram::required_len(VOCABULARY)];

/// The tree's memory.
#[derive(Debug)]
pub struct Tree {
    links: [Link; huffman::required_len(VOCABULARY)],
    weights: [u64; huffman::required_weights(VOCABULARY)],
}

/// What training needs beside matrices, samplers and the stack.
#[derive(Debug)]
pub struct Work {
    /// The words of a sentence.
    pub kept: [u32; LENGTH],
    /// CBOW's mean.
    pub hidden: Row<{ blocks(DIM) }>,
}

impl Matrices {
    /// All zeros.
    pub const ZERO: Self =
        Self { input: [[Lanes::ZERO; blocks(DIM)]; VOCABULARY], output: [[Lanes::ZERO; blocks(DIM)]; VOCABULARY] };
}

impl Work {
    /// All zeros.
    pub const ZERO: Self = Self { kept: [0; LENGTH], hidden: [Lanes::ZERO; blocks(DIM)] };
}

impl Tree {
    /// All zeros.
    pub const ZERO: Self = Self {
        links: [Link::ZERO; huffman::required_len(VOCABULARY)],
        weights: [0; huffman::required_weights(VOCABULARY)],
    };
}

/// Trains the sentences once by skip-gram with 5 negatives, from a sampler that was made elsewhere.
///
/// # Errors
/// An id beyond the vocabulary.
pub fn skip_gram(
    matrices: &mut Matrices,
    slots: &Slots,
    kept: &mut [u32; LENGTH],
    sentences: &[[u32; LENGTH]],
) -> Result<Progress, Error> {
    let noise = Sampler::Noise(Unigram::from_slots(slots), 5);
    train(matrices, Architecture::SkipGram, noise, kept, &mut [], sentences)
}

/// Trains the sentences once by any of the four models, and makes what it needs from the words'
/// counts.
///
/// # Errors
/// An id beyond the vocabulary; counts that do not fall.
pub fn any(
    matrices: &mut Matrices,
    architecture: Architecture,
    counts: &[u64; VOCABULARY],
    sampler: Result<&mut Slots, &mut Tree>,
    work: &mut Work,
    sentences: &[[u32; LENGTH]],
) -> Result<Progress, Error> {
    for (word, row) in (0..).zip(&mut matrices.input) {
        initial::fill(1, word, DIM, row);
    }
    let sampler = match sampler {
        Ok(slots) => Sampler::Noise(Unigram::new(counts.iter().copied(), 0.75, slots)?, 5),
        Err(tree) => Sampler::Tree(Huffman::new(counts, &mut tree.links, &mut tree.weights)?),
    };
    train(matrices, architecture, sampler, &mut work.kept, &mut work.hidden, sentences)
}

#[inline(always)]
fn train(
    matrices: &mut Matrices,
    architecture: Architecture,
    sampler: Sampler<'_>,
    kept: &mut [u32],
    hidden: &mut [Lanes],
    sentences: &[[u32; LENGTH]],
) -> Result<Progress, Error> {
    let mut trainer = Trainer::new(
        MatrixMut::from_rows(&mut matrices.input, DIM)?,
        MatrixMut::from_rows(&mut matrices.output, DIM)?,
        sampler,
        Schedule { start: 0.025, tokens: sentences.as_flattened().len() as u64 },
        &TABLE,
        SplitMix64::new(1),
        kept,
    );
    trainer.architecture = architecture;
    trainer.division = CbowGradient::Exact;
    trainer.window = 5;
    trainer.hidden = hidden;
    let mut progress = Progress::default();
    for sentence in sentences {
        progress += Sentence::new(&mut trainer, sentence).run(Scalar::<false>)?;
    }
    Ok(progress)
}
