//! Subsampling of whole sentences.

use crate::push_if::push_if;
use std::hint::select_unpredictable;
use w2v_core::rng::SplitMix64;
use w2v_core::subsample::keeps;

/// Writes the kept tokens of `sentence` to the start of `kept`, which must be as long as
/// `sentence`, and returns their number. `share` returns for a word the probability that a token is
/// kept, times 2³².
///
/// Branchless, but equal to calling [`keeps`] for each token: the same draws are made, and the same
/// tokens are kept.
#[inline(always)]
pub(crate) fn subsample(sentence: &[u32], share: impl Fn(u32) -> u32, rng: &mut SplitMix64, kept: &mut [u32]) -> usize {
    // First, all shares are looked up, so that many are fetched from memory at once: the share of a
    // rare word is not in a near cache. They are stored in `kept`. A kept token may overwrite a
    // share only after that share was used, because at most as many tokens are kept as shares were
    // used.
    for (kept, &word) in kept.iter_mut().zip(sentence) {
        *kept = share(word);
    }
    let mut len = 0;
    for (place, &word) in sentence.iter().enumerate() {
        let share = kept[place];
        let mut drawn = rng.clone();
        // A share of 0 stands in for a certain token: it makes a draw, which is discarded.
        let certain = share == u32::MAX;
        let stays = keeps(if certain { 0 } else { share }, &mut drawn);
        *rng = SplitMix64::new(select_unpredictable(certain, rng.state(), drawn.state()));
        push_if(kept, &mut len, word, certain | stays);
    }
    len
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::Rng;
    use w2v_core::rng::below;

    #[test]
    fn it_keeps_and_draws_what_the_kernel_would() {
        let shares = [0, 1 << 30, 1 << 31, u32::MAX - 1, u32::MAX];
        let sentence: Vec<u32> = (0..1000).map(|place| below(SplitMix64::at(&[place]).next_u32(), 6)).collect();
        let (mut rng, mut other) = (SplitMix64::new(2), SplitMix64::new(2));
        let mut kept = vec![7; 1000];
        let share = |word: u32| shares.get(word as usize).copied().unwrap_or(u32::MAX);
        let len = subsample(&sentence, share, &mut rng, &mut kept);
        kept.truncate(len);
        let expected: Vec<u32> = sentence.iter().copied().filter(|&word| keeps(share(word), &mut other)).collect();
        assert!(expected.len() > 400 && expected.len() < 800);
        assert_eq!((kept, rng), (expected, other));
    }
}
