//! The dynamic window: a reach is drawn for each position, uniformly from `1..=window`, so that
//! near words are context more often (Mikolov et al. 2013a, section 3.2).

use crate::rng::below;
use core::ops::Range;
use rand_core::Rng;

/// A center and the positions of its window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The position of the center.
    pub center: usize,
    /// The positions of the window, including the center. The ends of the sentence limit them.
    pub span: Range<usize>,
}

impl Window {
    /// The window of `reach` words on each side of `center`, in a sentence of `len` tokens.
    #[inline(always)]
    #[must_use]
    pub fn around(center: usize, reach: usize, len: usize) -> Self {
        let end = center.saturating_add(reach).saturating_add(1).min(len);
        Self { center, span: center.saturating_sub(reach)..end }
    }

    /// The positions of the context, from left to right.
    #[inline(always)]
    pub fn context(&self) -> impl Iterator<Item = usize> + Clone + use<> {
        let center = self.center;
        self.span.clone().filter(move |&position| position != center)
    }
}

/// Draws a reach uniformly from `1..=window`; 1 if `window` is 0.
#[inline(always)]
pub fn draw_reach<R: Rng + ?Sized>(window: u32, rng: &mut R) -> usize {
    1 + below(rng.next_u32(), window) as usize
}
