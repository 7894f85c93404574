//! The noise distribution or the tree, and the place of each word in it.

use crate::config::Config;
use crate::error::Result;
use crate::text::vocabulary::Vocabulary;
use crate::train::initial_state;
use w2v_core::huffman::{Huffman, Link, Path};
use w2v_core::kinds::Objective;
use w2v_core::subsample::keep_probability;
use w2v_core::train::Sampler;
use w2v_core::unigram::{Slot, Unigram};

/// How a word is sampled.
#[derive(Clone, Debug, PartialEq)]
pub struct Draws {
    /// The word.
    pub word: u32,
    /// The number of its tokens.
    pub count: u64,
    /// The probability that subsampling keeps a token of the word.
    pub keep: f64,
    /// Negative sampling: the probability that a draw of a noise word yields this word. `None` with
    /// the tree.
    pub noise: Option<f64>,
    /// The tree: the word's code, a `0` or `1` for each turn from the root down. `None` with
    /// negative sampling.
    pub code: Option<String>,
}

/// The memory that a [`Sampler`] borrows.
pub(super) enum Sampling {
    /// The noise distribution, and the sum of its weights.
    Noise(Vec<Slot>, f64),
    /// The tree.
    Tree(Vec<Link>),
}

impl Sampling {
    /// # Errors
    /// An exponent from which no noise distribution can be built, or counts from which no tree can.
    pub(super) fn new(vocabulary: &Vocabulary, config: &Config) -> Result<Self> {
        let counts = vocabulary.counts();
        Ok(match config.objective {
            Objective::NegativeSampling => {
                let mut slots = vec![Slot::default(); counts.len()];
                initial_state::distribution(counts.iter().copied(), config.exponent, &mut slots)?;
                Self::Noise(slots, counts.iter().map(|&count| weight(count, config)).sum())
            }
            Objective::HierarchicalSoftmax => Self::Tree(initial_state::tree(counts)?),
        })
    }

    /// The kernel's sampler over this memory.
    pub(super) fn sampler(&self, config: &Config) -> Sampler<'_> {
        match self {
            Self::Noise(slots, _) => Sampler::Noise(Unigram::from_slots(slots), config.negatives),
            Self::Tree(links) => Sampler::Tree(Huffman::from_links(links)),
        }
    }

    /// How `word` is sampled.
    pub(super) fn draws(&self, word: u32, vocabulary: &Vocabulary, config: &Config) -> Draws {
        let count = vocabulary.count(word).unwrap_or_default();
        let keep = keep_probability(count, vocabulary.tokens(), config.sample);
        let (noise, code) = match self {
            Self::Noise(_, sum) => (Some(weight(count, config) / sum), None),
            Self::Tree(links) => {
                let path = path(Huffman::from_links(links), word);
                let code = (0..path.nodes().len()).map(|turn| if path.code() >> turn & 1 == 1 { '1' } else { '0' });
                (None, Some(code.collect()))
            }
        };
        Draws { word, count, keep, noise, code }
    }
}

/// The weight in the noise distribution of a word that occurs `count` times.
pub(super) fn weight(count: u64, config: &Config) -> f64 {
    (count as f64).powf(config.exponent)
}

/// The path to `word`, which must be a word of the tree.
pub(super) fn path(tree: Huffman<'_>, word: u32) -> Path {
    let mut path = Path::new();
    let found = tree.path(word, &mut path);
    debug_assert_eq!(found, Ok(()));
    path
}
