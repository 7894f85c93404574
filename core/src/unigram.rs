//! The noise distribution of negative sampling, P(w) ∝ count(w)^exponent (Mikolov et al. 2013b,
//! section 2.2). Words are drawn in constant time from an alias table (Walker 1977), which is in
//! the caller's memory.
//!
//! The table is built in one sweep over the words with two indices, one for light and one for heavy
//! words (Hübschle-Schneider & Sanders 2022). It needs no other memory. The error of a probability
//! p is at most 2⁻²³ p + 2⁻³². A draw uses only integers.

use crate::error::Error;
use crate::rng::below;
use crate::rows::{MAX_ROWS, among};
use core::hint::select_unpredictable;
use rand_core::Rng;

/// The entry of a word. A draw that falls on the entry returns its word with probability `keep` /
/// 2³², otherwise the word `alias`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Slot {
    keep: u32,
    alias: u32,
}

/// The noise distribution over words `0..len`.
#[derive(Clone, Copy, Debug)]
pub struct Unigram<'a> {
    slots: &'a [Slot],
}

/// The number of slots of a table of `words` words: one for each word.
#[must_use]
pub const fn required_len(words: usize) -> usize {
    words
}

impl<'a> Unigram<'a> {
    /// The distribution of words that occur `counts` times, with P(w) ∝ count(w)^`exponent`,
    /// written to `slots`.
    ///
    /// # Errors
    /// [`Error::Empty`] if there are no counts; [`Error::TooShort`] if there are fewer slots than
    /// counts; [`Error::Size`] for more than 2³² − 1 words; [`Error::Number`] if the exponent or a
    /// weight is not finite, or if all weights are zero.
    pub fn new(
        counts: impl ExactSizeIterator<Item = u64> + Clone,
        exponent: f64,
        slots: &'a mut [Slot],
    ) -> Result<Self, Error> {
        #[allow(clippy::cast_precision_loss)]
        Self::from_weights(counts.map(|count| libm::pow(count as f64, exponent)), slots)
    }

    /// The distribution with P(w) ∝ `weights`, written to `slots`.
    ///
    /// # Errors
    /// As [`new`](Self::new); [`Error::Number`] also for a negative weight.
    pub fn from_weights(
        weights: impl ExactSizeIterator<Item = f64> + Clone,
        slots: &'a mut [Slot],
    ) -> Result<Self, Error> {
        let (needed, given) = (required_len(weights.len()), slots.len());
        let slots = slots.get_mut(..needed).ok_or(Error::TooShort { needed, given })?;
        if needed == 0 {
            return Err(Error::Empty);
        }
        if u32::try_from(needed).is_err() {
            return Err(Error::Size);
        }
        let mut largest = 0.0;
        for weight in weights.clone() {
            if !(weight.is_finite() && weight >= 0.0) {
                return Err(Error::Number);
            }
            largest = if weight > largest { weight } else { largest };
        }
        if largest == 0.0 {
            return Err(Error::Number);
        }
        // Until a slot is filled, `keep` holds the bits of an f32, the word's weight divided by the
        // largest weight, and `alias` is `UNFILLED`.
        let mut sum = 0.0;
        #[allow(clippy::cast_possible_truncation)]
        for (slot, weight) in slots.iter_mut().zip(weights) {
            let weight = (weight / largest) as f32;
            sum += f64::from(weight);
            *slot = Slot { keep: weight.to_bits(), alias: UNFILLED };
        }
        sweep(slots, sum);
        Ok(Self { slots })
    }

    /// The distribution that [`new`](Self::new) left in `slots`. `slots` must be exactly the slots
    /// of its words, as [`slots`](Self::slots) returns them: cut a longer buffer to
    /// [`required_len`] first.
    #[must_use]
    pub const fn from_slots(slots: &'a [Slot]) -> Self {
        Self { slots }
    }

    /// The number of words.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there are no words.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The table, with one slot for each word.
    #[must_use]
    pub const fn slots(&self) -> &'a [Slot] {
        self.slots
    }

    /// Draws a word from the distribution. An empty distribution, which only
    /// [`from_slots`](Self::from_slots) can make, returns 0.
    #[inline(always)]
    pub fn draw<R: Rng + ?Sized>(&self, rng: &mut R) -> u32 {
        let random = rng.next_u64();
        #[allow(clippy::cast_possible_truncation)]
        let (word, random) = (below((random >> 32) as u32, self.slots.len() as u32), random as u32);
        // Branchless: a branch would be mispredicted up to half of the time.
        let slot = self.slots.get(word as usize).copied().unwrap_or_default();
        select_unpredictable(random >= slot.keep, slot.alias, word)
    }
}

/// The most negatives of one step: one less than [`MAX_ROWS`].
pub const MAX_NEGATIVES: usize = MAX_ROWS - 1;

/// The negatives of one step.
pub type Negatives = heapless::Vec<u32, MAX_NEGATIVES>;

/// The most times that missing negatives are drawn.
const ATTEMPTS: usize = 16;

impl Unigram<'_> {
    /// Replaces `negatives` by up to `count` words drawn from the distribution, none of which is in
    /// `targets`. At most [`MAX_NEGATIVES`] are drawn.
    ///
    /// A draw that hits a target is repeated, up to 15 times. If it still hits a target, the
    /// negative is left out. This happens if the targets make up nearly all of the distribution,
    /// for example in a vocabulary of one word.
    #[inline(always)]
    pub fn draw_negatives<R: Rng + ?Sized>(
        &self,
        rng: &mut R,
        count: usize,
        targets: &[u32],
        negatives: &mut Negatives,
    ) {
        let count = count.min(MAX_NEGATIVES);
        negatives.clear();
        if negatives.resize_default(count).is_err() {
            return;
        }
        let mut found = 0;
        for _ in 0..ATTEMPTS {
            let mut hits = 0;
            for negative in negatives.iter_mut().skip(found) {
                *negative = self.draw(rng);
                hits |= among(targets, *negative);
            }
            // This is nearly always so.
            if hits == 0 {
                return;
            }
            let drawn = found..count;
            for place in drawn {
                let word = negatives.get(place).copied().unwrap_or_default();
                if let Some(place) = negatives.get_mut(found) {
                    *place = word;
                }
                found += usize::from(among(targets, word) == 0);
            }
        }
        negatives.truncate(found);
    }
}

impl Slot {
    /// An empty slot, for static arrays.
    pub const ZERO: Self = Self { keep: 0, alias: 0 };

    /// The probability, times 2³², that a draw of this slot returns the slot's own word. Otherwise
    /// it returns [`alias`](Self::alias).
    #[must_use]
    pub const fn keep(self) -> u32 {
        self.keep
    }

    /// The other word that a draw of this slot may return.
    #[must_use]
    pub const fn alias(self) -> u32 {
        self.alias
    }
}

/// Marks a slot that is not filled yet. It is the id of no word, because a table has fewer than 2³²
/// slots.
const UNFILLED: u32 = u32::MAX;

/// Fills the table. `keep` holds the weights, and `sum` is their sum.
fn sweep(slots: &mut [Slot], sum: f64) {
    #[allow(clippy::cast_precision_loss)]
    let scale = slots.len() as f64 / sum;
    // The weight of a slot in units of the mean weight, `None` if the slot is filled. Each index
    // may meet slots that the other index has filled.
    let weight = |slots: &[Slot], i: usize| {
        let unfilled = slots.get(i).filter(|slot| slot.alias == UNFILLED);
        unfilled.map(|slot| f64::from(f32::from_bits(slot.keep)) * scale)
    };
    let next = |slots: &[Slot], from: usize, heavy: bool| {
        (from..slots.len()).find(|&i| weight(slots, i).is_some_and(|w| (w > 1.0) == heavy))
    };
    let fill = |slots: &mut [Slot], i: usize, share: f64, alias: usize| {
        if let Some(slot) = slots.get_mut(i) {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let (keep, alias) = ((share * 4_294_967_296.0) as u32, alias as u32);
            *slot = Slot { keep, alias };
        }
    };
    let mut light = next(slots, 0, false);
    let mut heavy = next(slots, 0, true);
    let mut left = heavy.and_then(|j| weight(slots, j)).unwrap_or(0.0);
    loop {
        // An index moves on before its slot is overwritten.
        match (light, heavy) {
            (Some(i), Some(j)) if left > 1.0 => {
                let share = weight(slots, i).unwrap_or(1.0);
                light = next(slots, i + 1, false);
                fill(slots, i, share, j);
                left -= 1.0 - share;
            }
            (_, Some(j)) => {
                // The rest of the heavy word is light now: the next heavy word fills up its slot.
                let following = next(slots, j + 1, true);
                fill(slots, j, left, following.unwrap_or(j));
                if let Some(k) = following {
                    left -= 1.0 - weight(slots, k).unwrap_or(1.0);
                }
                left = if following.is_some() { left } else { 0.0 };
                heavy = following;
            }
            (Some(i), None) => {
                // Only rounding errors are left over.
                light = next(slots, i + 1, false);
                fill(slots, i, 1.0, i);
            }
            (None, None) => break,
        }
    }
}
