//! Starting values: input rows are small random numbers, output rows are zero (as in word2vec.c).

use crate::lanes::{LANES, Lanes};
use crate::rng::SplitMix64;
use rand_core::Rng;

/// Fills a padded input row with numbers drawn uniformly between −½ / `dim` and ½ / `dim`, and its
/// padding with zeros.
///
/// The draws depend only on `seed` and `word`, so rows may be filled in any order. No two words
/// have the same stream of draws.
pub fn fill(seed: u64, word: u32, dim: usize, row: &mut [Lanes]) {
    let mut rng = SplitMix64::at(&[seed, u64::from(word)]);
    for (block, lanes) in row.iter_mut().enumerate() {
        for (lane, value) in lanes.0.iter_mut().enumerate() {
            *value = if block * LANES + lane < dim { draw(&mut rng, dim) } else { 0.0 };
        }
    }
}

/// A number of 24 random bits, as many as an `f32` holds, centered at zero.
#[allow(clippy::cast_precision_loss)]
fn draw(rng: &mut SplitMix64, dim: usize) -> f32 {
    let bits = rng.next_u32() >> 8;
    ((bits as f32 + 0.5) / 16_777_216.0 - 0.5) / dim as f32
}
