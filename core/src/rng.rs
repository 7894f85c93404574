//! SplitMix64: a small integer-only generator whose whole state is one word (Steele, Lea & Flood
//! 2014).
//!
//! Every sampler of this crate draws from any generator that implements `rand_core`. This one can
//! be started at a point that is a function of several counters: then a draw depends on where it is
//! made, and not on which thread makes it.

use core::convert::Infallible;
use rand_core::{SeedableRng, TryRng};

/// The generator. [`state`](Self::state) saves it, and [`new`](Self::new) resumes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitMix64 {
    state: u64,
}

impl SplitMix64 {
    /// The generator at `state`.
    #[must_use]
    pub const fn new(state: u64) -> Self {
        Self { state }
    }

    /// The generator of a place, such as `[seed, epoch, superbatch, bucket]`. Each counter is mixed
    /// in by a full round.
    #[must_use]
    pub fn at(counters: &[u64]) -> Self {
        counters.iter().fold(Self::new(0), |place, &counter| place.within(counter))
    }

    /// The generator of place `counter` within the place of this generator: `at(&[a, b]).within(c)`
    /// is `at(&[a, b, c])`.
    #[must_use]
    pub const fn within(&self, counter: u64) -> Self {
        Self::new(mix(self.state ^ mix(counter.wrapping_add(GOLDEN))))
    }

    /// The number that [`new`](Self::new) needs to go on from here.
    #[must_use]
    pub const fn state(&self) -> u64 {
        self.state
    }

    #[inline(always)]
    const fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN);
        mix(self.state)
    }
}

/// 2⁶⁴ divided by the golden ratio, odd.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

#[inline(always)]
const fn mix(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl TryRng for SplitMix64 {
    type Error = Infallible;

    #[inline(always)]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.next() >> 32) as u32)
    }

    #[inline(always)]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            for (byte, random) in chunk.iter_mut().zip(self.next().to_le_bytes()) {
                *byte = random;
            }
        }
        Ok(())
    }
}

impl SeedableRng for SplitMix64 {
    type Seed = [u8; 8];

    fn from_seed(seed: [u8; 8]) -> Self {
        Self::new(u64::from_le_bytes(seed))
    }
}

/// A number in `0..n` by Lemire's multiplication, with a bias below n / 2³²; 0 for `n` = 0.
#[inline(always)]
pub fn below(random: u32, n: u32) -> u32 {
    ((u64::from(random) * u64::from(n)) >> 32) as u32
}
