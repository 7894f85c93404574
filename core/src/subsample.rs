//! Subsampling: frequent words are dropped from a sentence before its windows are formed (Mikolov
//! et al. 2013b, section 2.3, in the form of word2vec.c).

use rand_core::Rng;

/// The probability that a token stays, min(1, √(t/f) + t/f), for a word of frequency f = `count` /
/// `total`.
///
/// A `threshold` t of 0 or below keeps everything; an infinite threshold and a NaN do so too.
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

/// [`keep_probability`], for any `threshold`, as a share of 2³² for [`keeps`]. `u32::MAX` always
/// keeps.
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub fn keep_share(count: u64, total: u64, threshold: f64) -> u32 {
    // A float converts saturating, so a probability of 1 becomes the largest share.
    (keep_probability(count, total, threshold) * 4_294_967_296.0) as u32
}

/// Whether a token stays. If that is certain, nothing is drawn.
#[inline(always)]
pub fn keeps<R: Rng + ?Sized>(share: u32, rng: &mut R) -> bool {
    share == u32::MAX || rng.next_u32() < share
}
