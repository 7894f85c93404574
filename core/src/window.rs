//! The dynamic window: each position draws its reach from `1..=window`, so that near words count
//! more (Mikolov et al. 2013a, section 3.2).

use crate::rng::below;
use core::ops::Range;
use rand_core::Rng;

/// A center and the positions around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Position of the center.
    pub center: usize,
    /// Positions within reach, cut at the sentence's ends. The center is among them.
    pub span: Range<usize>,
}

impl Window {
    /// The window of `reach` words each side of `center` in a sentence of `len` tokens.
    #[inline(always)]
    #[must_use]
    pub fn around(center: usize, reach: usize, len: usize) -> Self {
        let end = center.saturating_add(reach).saturating_add(1).min(len);
        Self { center, span: center.saturating_sub(reach)..end }
    }

    /// The positions around the center, left to right.
    #[inline(always)]
    pub fn context(&self) -> impl Iterator<Item = usize> + Clone + use<> {
        let center = self.center;
        self.span.clone().filter(move |&position| position != center)
    }
}

/// A reach drawn evenly from `1..=window`; 1 for a window of 0.
#[inline(always)]
pub fn draw_reach<R: Rng + ?Sized>(window: u32, rng: &mut R) -> usize {
    1 + below(rng.next_u32(), window) as usize
}
