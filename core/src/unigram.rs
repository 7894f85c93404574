//! The noise distribution of negative sampling, P(w) ∝ count(w)^exponent (Mikolov et al. 2013b,
//! section 2.2), drawn in constant time from an alias table (Walker 1977) in the caller's memory.
//!
//! The table is filled by one sweep over the words with two fingers, one for light and one for
//! heavy words (Hübschle-Schneider & Sanders 2022), so that it needs no other memory. A probability
//! is off by at most 2⁻²³ of itself plus 2⁻³². A draw computes with integers only.

use crate::error::Error;
use crate::rng::below;
use crate::rows::{MAX_ROWS, among};
use core::hint::select_unpredictable;
use rand_core::Rng;

/// One word's entry. A draw that falls on the entry is its word with probability `keep` / 2³²,
/// otherwise the word `alias`.
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

/// The slots that a table of `words` words needs.
#[must_use]
pub const fn required_len(words: usize) -> usize {
    words
}

impl<'a> Unigram<'a> {
    /// The distribution of `counts`, one slot each, with P ∝ count^`exponent`.
    ///
    /// # Errors
    /// [`Error::Empty`] without counts, [`Error::TooShort`] without a slot for each count,
    /// [`Error::Number`] for an exponent or a weight that is not finite, or only weights of zero.
    pub fn new(
        counts: impl ExactSizeIterator<Item = u64> + Clone,
        exponent: f64,
        slots: &'a mut [Slot],
    ) -> Result<Self, Error> {
        #[allow(clippy::cast_precision_loss)]
        Self::from_weights(counts.map(|count| libm::pow(count as f64, exponent)), slots)
    }

    /// The distribution with P ∝ `weights`, one slot each.
    ///
    /// # Errors
    /// As [`new`](Self::new); a weight must be finite and not negative.
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
        // Until a slot is filled, `keep` holds its weight as a share of the largest, rounded to
        // f32, and `alias` says that the slot is not filled.
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

    /// The distribution that [`new`](Self::new) left in `slots`. These must be the slots of its
    /// words and no others, as [`slots`](Self::slots) gives them: a longer buffer is cut to
    /// [`required_len`] first.
    #[must_use]
    pub const fn from_slots(slots: &'a [Slot]) -> Self {
        Self { slots }
    }

    /// Number of words.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is no word.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The table, a slot a word.
    #[must_use]
    pub const fn slots(&self) -> &'a [Slot] {
        self.slots
    }

    /// A word drawn from the distribution. An empty distribution, which only
    /// [`from_slots`](Self::from_slots) makes, gives 0.
    #[inline(always)]
    pub fn draw<R: Rng + ?Sized>(&self, rng: &mut R) -> u32 {
        let random = rng.next_u64();
        #[allow(clippy::cast_possible_truncation)]
        let (word, random) = (below((random >> 32) as u32, self.slots.len() as u32), random as u32);
        // Draws may go either way half of the time: a branch would be mispredicted.
        let slot = self.slots.get(word as usize).copied().unwrap_or_default();
        select_unpredictable(random >= slot.keep, slot.alias, word)
    }
}

/// Most negatives that one step may have: one row less than [`MAX_ROWS`].
pub const MAX_NEGATIVES: usize = MAX_ROWS - 1;

/// The negatives of one step.
pub type Negatives = heapless::Vec<u32, MAX_NEGATIVES>;

/// How often at most the negatives that a step still lacks are drawn.
const ATTEMPTS: usize = 16;

impl Unigram<'_> {
    /// Up to `count` words drawn into `negatives`, none of them among `targets`.
    ///
    /// A draw that hits a target is drawn again, up to 15 times. Where the targets are nearly all
    /// of the distribution, or all of it (a vocabulary of one word), negatives are left out. More
    /// than [`MAX_NEGATIVES`] are not drawn.
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
            // Nearly always the case.
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
    /// An empty slot, to make static memory of.
    pub const ZERO: Self = Self { keep: 0, alias: 0 };

    /// The part of this slot's share that stays with its own word, in units of 2⁻³². The rest goes
    /// to [`alias`](Self::alias).
    #[must_use]
    pub const fn keep(self) -> u32 {
        self.keep
    }

    /// The word that receives the rest.
    #[must_use]
    pub const fn alias(self) -> u32 {
        self.alias
    }
}

/// No word's id: a table has fewer than 2³² slots.
const UNFILLED: u32 = u32::MAX;

/// Fills the table from weights held in `keep`.
fn sweep(slots: &mut [Slot], sum: f64) {
    #[allow(clippy::cast_precision_loss)]
    let scale = slots.len() as f64 / sum;
    // In units of one slot's share, from the weight that an unfilled slot still holds. Each finger
    // meets slots that the other finger has filled.
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
        // The finger moves on before its slot is overwritten.
        match (light, heavy) {
            (Some(i), Some(j)) if left > 1.0 => {
                let share = weight(slots, i).unwrap_or(1.0);
                light = next(slots, i + 1, false);
                fill(slots, i, share, j);
                left -= 1.0 - share;
            }
            (_, Some(j)) => {
                // The heavy word has become light: the next heavy word fills up its slot.
                let following = next(slots, j + 1, true);
                fill(slots, j, left, following.unwrap_or(j));
                if let Some(k) = following {
                    left -= 1.0 - weight(slots, k).unwrap_or(1.0);
                }
                left = if following.is_some() { left } else { 0.0 };
                heavy = following;
            }
            (Some(i), None) => {
                // Only rounding is left over.
                light = next(slots, i + 1, false);
                fill(slots, i, 1.0, i);
            }
            (None, None) => break,
        }
    }
}
