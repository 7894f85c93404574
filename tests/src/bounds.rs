//! How far `f32` may be from the oracle, derived from the number of roundings.

use crate::cases::{Expected, LEARNING_RATE, Outcome};

/// Rounding unit of `f32`.
pub const UNIT: f64 = 1.0 / (1 << 24) as f64;

/// How far a step may be from the oracle, from the size of its numbers and its σ.
#[derive(Clone, Copy, Debug)]
pub struct Bound {
    /// For each number of either matrix.
    pub number: f64,
    /// For the loss.
    pub loss: f64,
}

/// The bound for `columns` output rows that `members` hidden rows share, of `dim` numbers in
/// ±`size`, with σ and loss off by at most the given errors.
pub fn step_bound(dim: usize, size: f64, members: usize, columns: usize, sigmoid_error: f64, loss_error: f64) -> Bound {
    let rate = f64::from(LEARNING_RATE);
    // Each of 16 running sums rounds dim/16 times, the tree 4 times, of at most dim·size² in all.
    let logit = UNIT * (dim as f64 / 16.0 + 5.0) * dim as f64 * size * size;
    // σ is at most ¼ steep and the exact one a few units off.
    let scaled_error = rate * (logit / 4.0 + sigmoid_error + 8.0 * UNIT);
    // A number collects that error times a row from every term, and as many roundings: from all
    // terms there are where its row repeats throughout. A repeated shared row is read after its own
    // update: it may have grown, and its error comes in once more.
    let terms = (members * columns) as f64;
    let largest = size * (1.0 + rate * terms);
    let number = 2.0 * (terms + 1.0) * largest * (scaled_error + UNIT);
    // Sums of losses round at their size, at most ln 2 + |logit| each.
    let losses = (members * columns) as f64;
    let most = 1.0 + dim as f64 * size * size;
    Bound { number, loss: losses * (logit + loss_error + 8.0 * UNIT * most) }
}

/// Fails if what a step left is further from the oracle than `bound`.
///
/// # Panics
/// If so.
pub fn assert_near(found: &Outcome, expected: &Expected, bound: &Bound, what: &str) {
    found.input.assert_near(&expected.input, bound.number, what);
    found.output.assert_near(&expected.output, bound.number, what);
    let difference = (f64::from(found.loss) - expected.loss).abs();
    assert!(difference <= bound.loss, "{what}: loss {} where the oracle has {}", found.loss, expected.loss);
}

/// A size of numbers so small that no logit reaches the table's limit.
pub fn size_within_table(dim: usize) -> f32 {
    (5.9 / dim as f32).sqrt()
}
