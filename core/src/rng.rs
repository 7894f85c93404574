//! SplitMix64: a small generator that uses only integers and has a state of 64 bits (Steele, Lea &
//! Flood 2014).
//!
//! All samplers of this crate draw from any generator that implements the traits of `rand_core`. A
//! SplitMix64 can also be started from several counters that name a place, such as epoch and
//! superbatch. Then a draw depends on the place, and not on the thread that makes the draw.

use core::convert::Infallible;
use rand_core::{SeedableRng, TryRng};

/// The generator. [`state`](Self::state) returns its state, and [`new`](Self::new) resumes from a
/// state.
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
    /// into the state by a full round.
    #[must_use]
    pub fn at(counters: &[u64]) -> Self {
        counters.iter().fold(Self::new(0), |place, &counter| place.within(counter))
    }

    /// The generator of place number `counter` within the place of this generator: `at(&[a,
    /// b]).within(c)` equals `at(&[a, b, c])`.
    #[must_use]
    pub const fn within(&self, counter: u64) -> Self {
        Self::new(mix(self.state ^ mix(counter.wrapping_add(GOLDEN))))
    }

    /// The state, from which [`new`](Self::new) goes on.
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

/// 2⁶⁴ divided by the golden ratio, rounded to an odd number.
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

/// Maps the random number `random` to `0..n` by Lemire's multiplication, with a bias below n / 2³².
/// Returns 0 for `n` = 0.
#[inline(always)]
pub fn below(random: u32, n: u32) -> u32 {
    ((u64::from(random) * u64::from(n)) >> 32) as u32
}
