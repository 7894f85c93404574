//! The alias table: each word's share, added up over the slots, is its weight's share.
#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use w2v_core::error::Error;
use w2v_core::unigram::{Slot, Unigram};
use w2v_tests::reference::unigram_probabilities;

/// Either way of making a table.
#[derive(Arbitrary, Debug)]
enum Input {
    Counts(Vec<u32>, i8),
    Weights(Vec<f32>),
}

impl Input {
    /// The table and the probabilities that it should have.
    fn build(self, slots: &mut Vec<Slot>) -> Result<(Unigram<'_>, Vec<f64>), Error> {
        match self {
            Self::Counts(counts, exponent) => {
                let counts: Vec<u64> = counts.into_iter().map(|count| u64::from(count) + 1).collect();
                let exponent = f64::from(exponent) / 32.0;
                slots.resize(counts.len(), Slot::default());
                let table = Unigram::new(counts.iter().copied(), exponent, slots)?;
                Ok((table, unigram_probabilities(&counts, exponent)))
            }
            Self::Weights(weights) => {
                slots.resize(weights.len(), Slot::default());
                let weights = weights.into_iter().map(f64::from);
                let table = Unigram::from_weights(weights.clone(), slots)?;
                let sum: f64 = weights.clone().sum();
                Ok((table, weights.map(|weight| weight / sum).collect()))
            }
        }
    }
}

fuzz_target!(|input: Input| {
    let refusable = match &input {
        Input::Counts(counts, _) => counts.is_empty(),
        Input::Weights(weights) => {
            !weights.iter().all(|weight| weight.is_finite() && *weight >= 0.0)
                || weights.iter().all(|weight| *weight == 0.0)
        }
    };
    let mut slots = Vec::new();
    let (table, expected) = match input.build(&mut slots) {
        Ok(built) => built,
        Err(error) => return assert!(refusable, "{error}"),
    };
    // In units of 2⁻³² slots; `keep` cannot say all of a slot, so a word whose alias is itself has
    // all of it.
    let mut found = vec![0u64; table.len()];
    for (word, slot) in table.slots().iter().enumerate() {
        found[word] += u64::from(slot.keep());
        found[slot.alias() as usize] += (1 << 32) - u64::from(slot.keep());
    }
    let slot = (1u64 << 32) as f64;
    for (word, (&found, share)) in found.iter().zip(expected).enumerate() {
        let share = share * table.len() as f64 * slot;
        // Weights are rounded to f32, and each of the slots that gives to a word by less than a
        // unit.
        let bound = share * f64::from(f32::EPSILON) + 2.0 * table.len() as f64;
        assert!((found as f64 - share).abs() <= bound, "word {word} has {found} of {share}");
        assert!(share > 0.0 || found == 0, "word {word} of weight 0 can be drawn");
    }
});
