//! What a model says of all words: whom a hidden vector predicts, and what lies at each turn of a
//! path.

use super::model::row;
use super::sampling::path;
use super::step::dot;
use w2v_core::matrix::MatrixMut;
use w2v_core::train::Sampler;

/// Words shown of a branch.
const SHOWN: usize = 4;

/// A turn on the way from the root to a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The inner node, a row of the output matrix.
    pub node: u32,
    /// The code's bit: which branch is the right one.
    pub bit: bool,
    /// The most frequent words below each branch, of bit 0 and of bit 1.
    pub below: [Vec<u32>; 2],
}

/// The turns to `word`, from the root down; none without a tree.
pub(super) fn turns(sampler: &Sampler<'_>, word: u32) -> Vec<Turn> {
    let &Sampler::Tree(tree) = sampler else { return Vec::new() };
    let way = path(tree, word);
    let turn = |(place, &node)| Turn { node, bit: way.code() >> place & 1 == 1, below: Default::default() };
    let mut turns: Vec<Turn> = way.nodes().iter().enumerate().map(turn).collect();
    // The most frequent first.
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

/// The `k` words that `hidden` most likely predicts, and how likely: the products of turns in the
/// tree; with negative sampling in proportion to their share of the noise and e to the logit, which
/// is what its logits are trained to (Levy & Goldberg 2014, section 3.1).
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
