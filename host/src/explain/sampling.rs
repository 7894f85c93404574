//! What words are drawn from: the noise distribution or the tree, and each word's part in it.

use crate::config::Config;
use crate::error::Result;
use crate::text::vocabulary::Vocabulary;
use crate::train::initial_state;
use w2v_core::huffman::{Huffman, Link, Path};
use w2v_core::kinds::Objective;
use w2v_core::subsample::keep_probability;
use w2v_core::train::Sampler;
use w2v_core::unigram::{Slot, Unigram};

/// What is drawn of a word.
#[derive(Clone, Debug, PartialEq)]
pub struct Draws {
    /// The word.
    pub word: u32,
    /// How often it occurs.
    pub count: u64,
    /// How likely subsampling keeps a token of it.
    pub keep: f64,
    /// Negative sampling: how likely a noise word is this one.
    pub noise: Option<f64>,
    /// The tree: its code, a 0 or 1 for each turn from the root down.
    pub code: Option<String>,
}

/// What a [`Sampler`] stands on.
pub(super) enum Sampling {
    /// The noise distribution, and the sum of its weights.
    Noise(Vec<Slot>, f64),
    /// The tree.
    Tree(Vec<Link>),
}

impl Sampling {
    /// # Errors
    /// An exponent or counts that make none.
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

    /// The sampler.
    pub(super) fn sampler(&self, config: &Config) -> Sampler<'_> {
        match self {
            Self::Noise(slots, _) => Sampler::Noise(Unigram::from_slots(slots), config.negatives),
            Self::Tree(links) => Sampler::Tree(Huffman::from_links(links)),
        }
    }

    /// What is drawn of `word`.
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

/// The weight of a word that occurs so often in the noise distribution.
pub(super) fn weight(count: u64, config: &Config) -> f64 {
    (count as f64).powf(config.exponent)
}

/// The path to `word`, of which the tree must have one.
pub(super) fn path(tree: Huffman<'_>, word: u32) -> Path {
    let mut path = Path::new();
    let found = tree.path(word, &mut path);
    debug_assert_eq!(found, Ok(()));
    path
}
