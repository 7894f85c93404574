//! The demonstration that every example runs: two models trained in static memory, without an
//! allocator.
//!
//! What it prints is the same on every machine with the same arithmetic, to the last digit: losses
//! are written so that they can be read back exactly, and checksums are of all bits of a matrix.

#![no_std]

pub mod walks;

use core::fmt;
use w2v_core::error::Error;
use w2v_core::huffman::{self, Huffman, Link};
use w2v_core::initial;
use w2v_core::kinds::{Architecture, CbowGradient};
use w2v_core::lanes::{Lanes, blocks};
use w2v_core::matrix::{Matrix, MatrixMut, Row};
use w2v_core::rng::SplitMix64;
use w2v_core::sigmoid::TABLE;
use w2v_core::simd::{Kernel, Simd};
use w2v_core::train::{Progress, Sampler, Schedule, Sentence, Trainer};
use w2v_core::unigram::{self, Slot, Unigram};
use w2v_core::vector;

/// Words, each a place of the floor.
pub const VOCABULARY: usize = 256;

/// Numbers in a vector.
pub const DIM: usize = 32;

const EPOCHS: u64 = 5;
const WINDOW: u32 = 3;
const NEGATIVES: usize = 5;
const SEED: u64 = 1;

/// Words whose nearest is looked for.
const PROBES: usize = 32;

/// All the memory that training needs; all zeros at first, so that a static one takes no flash.
#[derive(Debug)]
pub struct Memory {
    input: [Row<{ blocks(DIM) }>; VOCABULARY],
    output: [Row<{ blocks(DIM) }>; VOCABULARY],
    slots: [Slot; unigram::required_len(VOCABULARY)],
    links: [Link; huffman::required_len(VOCABULARY)],
    weights: [u64; huffman::required_weights(VOCABULARY)],
    kept: [u32; walks::STEPS],
    hidden: Row<{ blocks(DIM) }>,
}

impl Memory {
    /// Memory for one demonstration.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            input: [[Lanes::ZERO; blocks(DIM)]; VOCABULARY],
            output: [[Lanes::ZERO; blocks(DIM)]; VOCABULARY],
            slots: [Slot::ZERO; unigram::required_len(VOCABULARY)],
            links: [Link::ZERO; huffman::required_len(VOCABULARY)],
            weights: [0; huffman::required_weights(VOCABULARY)],
            kept: [0; walks::STEPS],
            hidden: [Lanes::ZERO; blocks(DIM)],
        }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

/// Why the demonstration stopped.
#[derive(Clone, Copy, Debug)]
pub enum Failure {
    /// The kernel refused.
    Kernel(Error),
    /// The output did.
    Output(fmt::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Kernel(error)
    }
}

impl From<fmt::Error> for Failure {
    fn from(error: fmt::Error) -> Self {
        Self::Output(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kernel(error) => error.fmt(f),
            Self::Output(error) => error.fmt(f),
        }
    }
}

/// Trains skip-gram with negative sampling, then CBOW with the tree, and reports on `out`.
///
/// Run it on a token, such as `Demonstration { .. }.run(Scalar::<false>)`, or on what
/// [`Dispatch`](w2v_core::simd::Dispatch) found.
///
/// # Errors
/// Only what `out` returns: the sizes fit.
#[derive(Debug)]
pub struct Demonstration<'a, W> {
    /// Working memory; what was in it does not matter.
    pub memory: &'a mut Memory,
    /// Where the report goes.
    pub out: &'a mut W,
}

impl<W: fmt::Write> Kernel for Demonstration<'_, W> {
    type Output = Result<(), Failure>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Result<(), Failure> {
        let Self { memory, out } = self;
        let Memory { input, output, slots, links, weights, kept, hidden } = memory;

        let noise = Unigram::new(walks::COUNTS.iter().copied(), 0.75, slots)?;
        let tree = Huffman::new(&walks::COUNTS, links, weights)?;
        let models = [
            ("skip-gram with negative sampling", Architecture::SkipGram, Sampler::Noise(noise, NEGATIVES), 0.1),
            ("CBOW with the tree", Architecture::Cbow, Sampler::Tree(tree), 0.2),
        ];
        for (name, architecture, sampler, start) in models {
            for (word, row) in (0..).zip(input.iter_mut()) {
                initial::fill(SEED, word, DIM, row);
            }
            output.as_flattened_mut().fill(Lanes::ZERO);
            let tokens = EPOCHS * (VOCABULARY * walks::STEPS) as u64;
            let mut trainer = Trainer::new(
                MatrixMut::from_rows(input, DIM)?,
                MatrixMut::from_rows(output, DIM)?,
                sampler,
                Schedule { start, tokens },
                &TABLE,
                SplitMix64::new(SEED),
                kept,
            );
            trainer.architecture = architecture;
            trainer.division = CbowGradient::Exact;
            trainer.window = WINDOW;
            trainer.hidden = hidden;
            writeln!(out, "{name}")?;
            for epoch in 1..=EPOCHS {
                let mut progress = Progress::default();
                for walk in &walks::WALKS {
                    progress += Sentence::new(&mut trainer, walk).run(simd)?;
                }
                writeln!(out, "epoch {epoch}: {} pairs, loss {}", progress.pairs, progress.loss)?;
            }
            let (input, output) = (trainer.input.as_ref(), trainer.output.as_ref());
            writeln!(out, "checksum of the matrices: {:016x} {:016x}", checksum(input), checksum(output))?;
            let right = nearest_is_near(simd, input);
            writeln!(out, "places whose nearest vector is at most two steps away: {right} of {PROBES}")?;
        }
        Ok(())
    }
}

/// FNV-1a of the bits of all rows.
fn checksum(matrix: Matrix<'_>) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for row in (0..).map_while(|word| matrix.row(word)) {
        for byte in row.iter().flat_map(|lanes| lanes.0).flat_map(f32::to_le_bytes) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

/// For how many of the words looked at the vector of the largest cosine belongs to a place nearby.
#[inline(always)]
fn nearest_is_near<S: Simd>(simd: S, input: Matrix<'_>) -> usize {
    let mut right = 0;
    for (word, row) in (0..).map_while(|word| input.row(word)).enumerate().step_by(VOCABULARY / PROBES) {
        let mut nearest = (0, f32::NEG_INFINITY);
        for (other, candidate) in (0..).map_while(|other| input.row(other)).enumerate() {
            let cosine = vector::dot(simd, row, candidate) / vector::norm(simd, candidate);
            if other != word && cosine > nearest.1 {
                nearest = (other, cosine);
            }
        }
        right += usize::from(walks::are_near(word, nearest.0));
    }
    right
}
