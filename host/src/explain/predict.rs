//! The model's predictions over all words, and the words on either side of each turn of a path.

use super::model::row;
use super::sampling::path;
use super::step::dot;
use w2v_core::matrix::MatrixMut;
use w2v_core::train::Sampler;

/// The number of words listed for a branch.
const SHOWN: usize = 4;

/// A turn on the way from the root to a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The inner node: its row in the output matrix.
    pub node: u32,
    /// The bit of the word's code at this node: false for branch 0, true for branch 1.
    pub bit: bool,
    /// The most frequent words below branch 0 and below branch 1, at most four of each, the most
    /// frequent first.
    pub below: [Vec<u32>; 2],
}

/// The turns on the path to `word`, from the root down; empty if the sampler is not a tree.
pub(super) fn turns(sampler: &Sampler<'_>, word: u32) -> Vec<Turn> {
    let &Sampler::Tree(tree) = sampler else { return Vec::new() };
    let way = path(tree, word);
    let turn = |(place, &node)| Turn { node, bit: way.code() >> place & 1 == 1, below: Default::default() };
    let mut turns: Vec<Turn> = way.nodes().iter().enumerate().map(turn).collect();
    // Ids are in the order of falling frequency.
    for other in 0..tree.words() as u32 {
        let code = path(tree, other).code();
        for (place, turn) in turns.iter_mut().enumerate() {
            let bit = code >> place & 1 == 1;
            let below = &mut turn.below[usize::from(bit)];
            if below.len() < SHOWN {
                below.push(other);
            }
            if bit != turn.bit {
                break;
            }
        }
    }
    turns
}

/// The `k` words that `hidden` predicts as most likely, each with its probability, the most likely
/// first. With the tree, a word's probability is the product of the probabilities of its turns.
/// With negative sampling, it is in proportion to P(w) · exp(u), where P(w) is the word's share of
/// the noise, given by `noise`, and u its logit: this is what the logits are trained towards (Levy
/// & Goldberg 2014, section 3.1).
pub(super) fn predicted(
    sampler: &Sampler<'_>,
    output: &MatrixMut<'_>,
    hidden: &[f32],
    noise: impl Iterator<Item = f64>,
    k: usize,
) -> Vec<(u32, f64)> {
    let logits: Vec<f64> = (0..output.rows() as u32).map(|id| dot(&row(output, id), hidden)).collect();
    let likely: Vec<f64> = match sampler {
        Sampler::Noise(..) => {
            let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let weights: Vec<f64> = logits.iter().zip(noise).map(|(u, noise)| noise * (u - largest).exp()).collect();
            let sum: f64 = weights.iter().sum();
            weights.iter().map(|weight| weight / sum).collect()
        }
        Sampler::Tree(tree) => {
            let likely = |word| {
                let way = path(*tree, word);
                let turns = way.nodes().iter().enumerate().map(|(place, &node)| {
                    let logit = logits.get(node as usize).copied().unwrap_or_default();
                    let right = if way.code() >> place & 1 == 1 { -logit } else { logit };
                    1.0 / (1.0 + (-right).exp())
                });
                turns.product()
            };
            (0..tree.words() as u32).map(likely).collect()
        }
    };
    let mut words: Vec<(u32, f64)> = (0..).zip(likely).collect();
    words.sort_by(|a, b| b.1.total_cmp(&a.1));
    words.truncate(k);
    words
}
