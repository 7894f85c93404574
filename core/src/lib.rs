//! word2vec as a kernel that other programs can hold in their hand.
//!
//! No standard library, no allocator, no panics, no global state but a note of what an x86 processor can do: the caller
//! owns all memory and calls steps. The same input gives the same bits on every instruction set with the same arithmetic,
//! from a microcontroller to AVX-512.
//!
//! # The model
//!
//! Each word has a row in an *input* matrix and one (or, in the tree, one per inner node) in an *output* matrix. The
//! *hidden* vector `h` is the input row of a context word (skip-gram) or the mean of all of them (CBOW), and it shall
//! predict the center word, the *target*. For an output row `w` with label `t`, 1 or 0, and step size η:
//!
//! ```text
//! logit     u = w·h                       error     e = t − σ(u)
//! output    w ← w + η e h                 gradient  g = Σ η e w      (of w before its own update)
//! input     skip-gram: h ← h + g          CBOW: each context row ← itself + g / C
//! loss      −ln σ(u) for t = 1,  −ln σ(−u) for t = 0
//! ```
//!
//! *Negative sampling* has the target with label 1 and K noise words with label 0; *hierarchical softmax* has the inner
//! nodes on the target's Huffman path, with label 1 − code bit. Both stand in for the *exact softmax* over all words.
//! The derivations are in Rong, *word2vec Parameter Learning Explained* (arXiv:1411.2738); the models are those of
//! Mikolov et al. 2013a (arXiv:1301.3781) and 2013b (arXiv:1310.4546).
//!
//! # The modules
//!
//! | module | what |
//! |---|---|
//! | [`simd`] | the instruction sets, and which of them this processor has |
//! | [`matrix`], [`vector`] | padded rows in the caller's memory, and in the hands of several threads; dot, axpy, scale, norm |
//! | [`step`] | one update: negative sampling, tree path, exact softmax, CBOW's two ends |
//! | [`sigmoid`] | σ and the loss as a 384-byte table, and exactly |
//! | [`unigram`], [`subsample`], [`window`], [`huffman`], [`initial`], [`rng`] | what steps are fed with |
//! | [`train`] | sentence in, updates done |
//! | [`storage`], [`compact`] | rows kept as they are, or in 16 bits |
//!
//! # One pair
//!
//! ```
//! use w2v_core::matrix::{Lanes, MatrixMut, required_len};
//! use w2v_core::{initial, sigmoid::TABLE, simd::Dispatch, step::{Ahead, Hidden, negative::NegativeSampling}};
//!
//! # fn main() -> Result<(), w2v_core::error::Error> {
//! const LEN: usize = match required_len(1000, 32) { Ok(len) => len, Err(_) => panic!() };
//! let (mut input, mut output) = ([Lanes::ZERO; LEN], [Lanes::ZERO; LEN]);
//! let mut input = MatrixMut::new(&mut input, 1000, 32)?;
//! let mut output = MatrixMut::new(&mut output, 1000, 32)?;
//! for word in 0..1000 {
//!     input.row_mut(word).into_iter().for_each(|row| initial::fill(1, word, 32, row));
//! }
//! let dispatch = Dispatch::detect();
//! let loss = dispatch.run(NegativeSampling {
//!     hidden: &mut input,
//!     hidden_rows: &[7],
//!     output: &mut output,
//!     targets: &[42],
//!     negatives: &[3, 141, 592],
//!     learning_rate: 0.025,
//!     sigmoid: &TABLE,
//!     then: Hidden::Learn,
//!     ahead: Ahead::default(),
//! })?;
//! assert!((loss - 4.0 * 2f32.ln()).abs() < 1e-4);
//! # Ok(())
//! # }
//! ```
//!
//! # Sentences, and how near two words are
//!
//! ```
//! use w2v_core::matrix::{Lanes, MatrixMut, required_len};
//! use w2v_core::simd::{Dispatch, Kernel, Simd};
//! use w2v_core::train::{Architecture, CbowGradient, Sampler, Schedule, Trainer};
//! use w2v_core::unigram::{Slot, Unigram};
//! use w2v_core::{initial, rng::SplitMix64, sigmoid::TABLE, vector};
//!
//! struct Cosine<'a>(&'a [Lanes], &'a [Lanes]);
//! impl Kernel for Cosine<'_> {
//!     type Output = f32;
//!     fn run<S: Simd>(self, simd: S) -> f32 {
//!         vector::dot(simd, self.0, self.1) / (vector::norm(simd, self.0) * vector::norm(simd, self.1))
//!     }
//! }
//!
//! # fn main() -> Result<(), w2v_core::error::Error> {
//! const LEN: usize = match required_len(6, 16) { Ok(len) => len, Err(_) => panic!() };
//! let (mut input, mut output) = ([Lanes::ZERO; LEN], [Lanes::ZERO; LEN]);
//! let mut input = MatrixMut::new(&mut input, 6, 16)?;
//! for word in 0..6 {
//!     input.row_mut(word).into_iter().for_each(|row| initial::fill(1, word, 16, row));
//! }
//! // Words 0 to 2 come together, and 3 to 5 do.
//! let sentences: [&[u32]; 4] = [&[0, 1, 2], &[3, 4, 5], &[2, 0, 1], &[4, 5, 3]];
//! let (epochs, counts) = (300, [2_u64; 6]);
//! let mut slots = [Slot::default(); 6];
//! let mut trainer = Trainer {
//!     input,
//!     output: MatrixMut::new(&mut output, 6, 16)?,
//!     architecture: Architecture::SkipGram,
//!     sampler: Sampler::Noise(Unigram::new(counts.iter().copied(), 0.75, &mut slots)?, 3),
//!     division: CbowGradient::Undivided, // of CBOW's
//!     window: 2,
//!     keep: &[], // all: no subsampling
//!     schedule: Schedule { start: 0.1, tokens: epochs * 12 },
//!     sigmoid: &TABLE,
//!     rng: SplitMix64::new(1),
//!     read: 0,
//!     kept: &mut [0; 16],
//!     hidden: &mut [], // CBOW's one row
//! };
//! let dispatch = Dispatch::detect();
//! for _ in 0..epochs {
//!     for sentence in sentences {
//!         trainer.sentence(dispatch, sentence)?;
//!     }
//! }
//! let vectors = trainer.input.as_ref();
//! let cosine = |a, b| dispatch.run(Cosine(vectors.row(a).unwrap_or_default(), vectors.row(b).unwrap_or_default()));
//! assert!(cosine(0, 1) > 0.2 && cosine(0, 4) < 0.1);
//! # Ok(())
//! # }
//! ```
#![no_std]

/// Gives enums with `ALL` and `name` their spelling: `Display` writes it, `FromStr` reads it.
macro_rules! names {
    ($($name:ty),*) => {$(
        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl core::str::FromStr for $name {
            type Err = crate::error::Error;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                Self::ALL.into_iter().find(|one| one.name() == name).ok_or(crate::error::Error::Name)
            }
        }
    )*};
}
pub(crate) use names;

/// The generators that the samplers draw from, in the version that this crate uses.
pub use rand_core;

pub mod compact;
pub mod error;
pub mod huffman;
pub mod initial;
pub mod matrix;
pub mod rng;
pub mod sigmoid;
#[allow(unsafe_code)]
pub mod simd;
pub mod step;
pub mod storage;
pub mod subsample;
pub mod train;
pub mod unigram;
pub mod vector;
pub mod window;
