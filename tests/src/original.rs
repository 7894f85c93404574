//! What the original word2vec.c draws and looks up, in the form that the project's parts take.

use std::convert::Infallible;

use rand_core::{Rng, TryRng};
use w2v_core::sigmoid::Sigmoid;

/// Its generator: `x ← 25214903917 x + 11` mod 2⁶⁴, every number the whole state.
#[derive(Clone, Debug)]
pub struct Generator(pub u64);

impl TryRng for Generator {
    type Error = Infallible;

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_mul(25_214_903_917).wrapping_add(11);
        Ok(self.0)
    }

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|random| random as u32)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next_u64().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// The low 16 bits of the next number, as a share of one.
pub fn draw_share(random: &mut impl Rng) -> f32 {
    (random.next_u64() & 0xFFFF) as f32 / 65536.0
}

/// What happens to a logit outside ±6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beyond {
    /// σ is taken as 0 or 1: its negative sampling.
    Clamp,
    /// Nothing is learnt: its tree.
    Skip,
}

/// Its σ: 1,000 entries over ±6, reached with the integer 83 where 83⅓ would be right.
#[derive(Clone, Debug)]
pub struct Sigma {
    entries: Vec<f32>,
    beyond: Beyond,
}

impl Sigma {
    /// The table.
    pub fn new(beyond: Beyond) -> Self {
        let entry = |i: u16| {
            let power = f64::from((f32::from(i) / 1000.0 * 2.0 - 1.0) * 6.0).exp() as f32;
            power / (power + 1.0)
        };
        Self { entries: (0..1000).map(entry).collect(), beyond }
    }
}

impl Sigmoid for Sigma {
    fn error(&self, logit: f32, label: f32) -> f32 {
        if logit > -6.0 && logit < 6.0 {
            return label - self.entries[((logit + 6.0) * 83.0) as usize];
        }
        match self.beyond {
            Beyond::Clamp => label - f32::from(u8::from(logit > 0.0)),
            Beyond::Skip => 0.0,
        }
    }

    /// It computes none.
    fn loss(&self, _logit: f32, _label: f32) -> f32 {
        0.0
    }
}

/// Its noise distribution: a table of 10⁸ words, of which only the entry that ends each word's run
/// is kept.
#[derive(Clone, Debug)]
pub struct Noise {
    last_entry: Vec<u64>,
}

const ENTRIES: u64 = 100_000_000;

impl Noise {
    /// The table for counts^0.75.
    pub fn new(counts: &[u64]) -> Self {
        let weight = |&count: &u64| (count as f64).powf(0.75);
        let sum: f64 = counts.iter().map(weight).sum();
        let mut running = 0.0;
        let last_entry = counts.iter().map(|count| {
            running += weight(count) / sum;
            // The first entry whose share of the table exceeds the running sum.
            let near = (running * ENTRIES as f64) as u64;
            (near.saturating_sub(2)..).find(|&entry| entry as f64 / ENTRIES as f64 > running).unwrap_or(ENTRIES)
        });
        Self { last_entry: last_entry.collect() }
    }

    /// A noise word; word 0, the sentence's end, is replaced by any other.
    pub fn draw(&self, random: &mut impl Rng) -> u32 {
        let number = random.next_u64();
        let words = self.last_entry.len() as u64;
        let entry = (number >> 16) % ENTRIES;
        let word = self.last_entry.partition_point(|&last| last < entry).min(words as usize - 1);
        if word == 0 { (number % (words - 1) + 1) as u32 } else { word as u32 }
    }
}
