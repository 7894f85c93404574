//! Subsampling: tokens of frequent words are dropped at random before windows are formed (Mikolov
//! et al. 2013b, section 2.3, with the formula of word2vec.c).

use rand_core::Rng;

/// The probability that a token is kept: min(1, √(t/f) + t/f), where f = `count` / `total` is the
/// word's frequency and t is `threshold`.
///
/// With a `threshold` that is 0, negative, infinite or NaN, all tokens are kept.
#[must_use]
#[allow(clippy::cast_precision_loss)]
pub fn keep_probability(count: u64, total: u64, threshold: f64) -> f64 {
    if threshold <= 0.0 || count == 0 {
        return 1.0;
    }
    let ratio = threshold * total as f64 / count as f64;
    let keep = libm::sqrt(ratio) + ratio;
    if keep < 1.0 { keep } else { 1.0 }
}

/// [`keep_probability`] · 2³², rounded down, for [`keeps`]. `u32::MAX` stands for certainty.
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub fn keep_share(count: u64, total: u64, threshold: f64) -> u32 {
    // The conversion from a float saturates, so a probability of 1 becomes `u32::MAX`.
    (keep_probability(count, total, threshold) * 4_294_967_296.0) as u32
}

/// Whether a token is kept, with probability `share` / 2³². If `share` is `u32::MAX`, the token is
/// kept and nothing is drawn.
#[inline(always)]
pub fn keeps<R: Rng + ?Sized>(share: u32, rng: &mut R) -> bool {
    share == u32::MAX || rng.next_u32() < share
}
