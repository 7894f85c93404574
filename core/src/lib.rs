//! word2vec as a small kernel to embed in other programs.
//!
//! The crate needs no standard library and no allocator, and does not panic. Its only global state
//! is the detected features of an x86 processor. The caller owns all memory and calls steps. The
//! same input gives the same bits on every instruction set with the same arithmetic, from a
//! microcontroller to AVX-512.
//!
//! # The model
//!
//! Each word has a row in an *input* matrix. An *output* matrix has a row for each word, or for
//! each inner node of the tree. The *hidden* vector `h` is the input row of a context word
//! (skip-gram), or the mean of the input rows of all context words (CBOW). The hidden vector has to
//! predict the center word, the *target*. For an output row `w` with label `t`, 1 or 0, and step
//! size η:
//!
//! ```text
//! logit     u = w·h                       error     e = t − σ(u)
//! output    w ← w + η e h                 gradient  g = Σ η e w      (of w before its own update)
//! input     skip-gram: h ← h + g          CBOW: each context row ← itself + g / C
//! loss      −ln σ(u) for t = 1,  −ln σ(−u) for t = 0
//! ```
//!
//! In *negative sampling* the output rows are the target, with label 1, and K noise words, with
//! label 0. In *hierarchical softmax* they are the inner nodes on the target's Huffman path, with
//! label 1 − code bit. Both stand in for the *exact softmax* over all words. The derivations are in
//! Rong, *word2vec Parameter Learning Explained* (arXiv:1411.2738). The models are those of Mikolov
//! et al. 2013a (arXiv:1301.3781) and 2013b (arXiv:1310.4546).
//!
//! # The modules
//!
//! The table begins with the lowest layer. A module imports only from modules above it in the
//! table.
//!
//! | module | what |
//! |---|---|
//! | [`lanes`] | groups of 16 numbers, of which all rows consist |
//! | [`error`], [`kinds`] | the errors; the kinds of model and of step |
//! | [`simd`] | the instruction sets, and the detection of those that this processor has |
//! | [`rng`], [`initial`], [`huffman`], [`subsample`], [`window`] | random draws, starting values, the tree, the tokens that are kept, windows |
//! | [`matrix`], [`vector`] | padded rows in the caller's memory, lent to one or several owners; dot, axpy, scale, norm |
//! | [`sigmoid`], [`unigram`] | σ and the loss as a 384-byte table, and exactly; the noise distribution |
//! | [`step`] | one update: negative sampling, tree path, exact softmax; for CBOW also the mean and its gradient |
//! | [`storage`], [`compact`] | rows stored in 32 or in 16 bits |
//! | [`train`] | the training loop, one sentence at a time |
//!
//! # One pair
//!
//! ```
//! use w2v_core::lanes::Lanes;
//! use w2v_core::matrix::{MatrixMut, required_len};
//! use w2v_core::{initial, sigmoid::TABLE, simd::Dispatch, step::negative::NegativeSampling};
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
//! let (pair, negatives) = ((&[7], &[42]), [3, 141, 592]);
//! let step = NegativeSampling::new(&mut input, pair.0, &mut output, pair.1, &negatives, 0.025, &TABLE);
//! let loss = dispatch.run(step)?;
//! assert!((loss - 4.0 * 2f32.ln()).abs() < 1e-4);
//! # Ok(())
//! # }
//! ```
//!
//! # Sentences, and how near two words are
//!
//! ```
//! use w2v_core::lanes::Lanes;
//! use w2v_core::matrix::{MatrixMut, required_len};
//! use w2v_core::simd::{Dispatch, Kernel, Simd};
//! use w2v_core::train::{Sampler, Schedule, Trainer};
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
//! // Words 0 to 2 are together, and words 3 to 5 are.
//! let sentences: [&[u32]; 4] = [&[0, 1, 2], &[3, 4, 5], &[2, 0, 1], &[4, 5, 3]];
//! let (epochs, counts) = (300, [2_u64; 6]);
//! let mut slots = [Slot::default(); 6];
//! let output = MatrixMut::new(&mut output, 6, 16)?;
//! let sampler = Sampler::Noise(Unigram::new(counts.iter().copied(), 0.75, &mut slots)?, 3);
//! let schedule = Schedule { start: 0.1, tokens: epochs * 12 };
//! let mut kept = [0; 16];
//! let mut trainer = Trainer::new(input, output, sampler, schedule, &TABLE, SplitMix64::new(1), &mut kept);
//! trainer.window = 2;
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

/// The crate of the generator traits from which the samplers draw, in the version used here.
pub use rand_core;

pub mod compact;
pub mod error;
pub mod huffman;
pub mod initial;
mod kernel;
pub mod kinds;
pub mod lanes;
pub mod matrix;
mod names;
pub mod rng;
mod rows;
pub mod sigmoid;
pub mod simd;
pub mod step;
pub mod storage;
pub mod subsample;
pub mod train;
pub mod unigram;
pub mod vector;
pub mod window;
