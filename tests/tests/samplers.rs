//! Samplers held to their distributions: noise words, subsampling, window reach, starting values.

use proptest::prelude::*;
use w2v_core::error::Error;
use w2v_core::initial;
use w2v_core::rng::SplitMix64;
use w2v_core::subsample::{keep_probability, keep_share, keeps};
use w2v_core::unigram::{MAX_NEGATIVES, Negatives, Slot, Unigram};
use w2v_core::window::{Window, draw_reach};
use w2v_tests::inputs::Owned;
use w2v_tests::reference;
use w2v_tests::statistics::assert_distribution;

/// Counts as a text has them: a word as often as its rank's inverse.
fn zipf(words: u64) -> Vec<u64> {
    (1..=words).map(|rank| 1_000_000 / rank).collect()
}

fn table<'a>(counts: &[u64], exponent: f64, slots: &'a mut Vec<Slot>) -> Unigram<'a> {
    slots.resize(counts.len(), Slot::default());
    Unigram::new(counts.iter().copied(), exponent, slots).expect("a distribution")
}

/// The probability of each word that a table implies, slot by slot.
fn implied(slots: &[Slot]) -> Vec<f64> {
    let share = 1.0 / slots.len() as f64;
    let mut probabilities = vec![0.0; slots.len()];
    for (word, slot) in slots.iter().enumerate() {
        let kept = f64::from(slot.keep()) / 4_294_967_296.0;
        probabilities[word] += kept * share;
        probabilities[slot.alias() as usize] += (1.0 - kept) * share;
    }
    probabilities
}

/// Fails if a word's probability is off by more than 2⁻²³ of itself and the 2⁻³² to which slots
/// round.
fn assert_implied(slots: &[Slot], expected: &[f64], what: &str) {
    for (word, (found, expected)) in implied(slots).iter().zip(expected).enumerate() {
        let bound = expected / (1 << 23) as f64 + 1.0 / (1_u64 << 32) as f64;
        assert!((found - expected).abs() <= bound, "{what}: word {word} has {found}, not {expected}");
    }
}

#[test]
fn noise_words_follow_their_distribution() {
    let counts = zipf(1000);
    for exponent in [0.75, 0.5, 1.0, 0.0, -0.5, 2.5] {
        let what = format!("exponent {exponent}");
        let mut slots = Vec::new();
        let unigram = table(&counts, exponent, &mut slots);
        let expected = reference::unigram_probabilities(&counts, exponent);
        assert_implied(unigram.slots(), &expected, &what);
        let mut random = SplitMix64::new(1);
        let mut drawn = vec![0; counts.len()];
        for _ in 0..1_000_000 {
            drawn[unigram.draw(&mut random) as usize] += 1;
        }
        assert_distribution(&drawn, &expected, &what);
    }
}

#[test]
fn a_word_of_no_weight_is_never_drawn() {
    let mut slots = [Slot::default(); 4];
    let unigram = Unigram::from_weights([0.0, 3.0, 0.0, 1.0].into_iter(), &mut slots).expect("a distribution");
    assert_implied(unigram.slots(), &[0.0, 0.75, 0.0, 0.25], "two words without weight");
    let drawn = |word: u32| unigram.slots().iter().any(|slot| slot.alias() == word);
    for word in [0, 2] {
        assert!(unigram.slots()[word].keep() == 0 && !drawn(word as u32), "word {word}");
    }
}

#[test]
fn impossible_distributions_are_refused() {
    let new = |counts: &[u64], exponent, slots: &mut [Slot]| {
        Unigram::new(counts.iter().copied(), exponent, slots).expect_err("refused")
    };
    let slots = &mut [Slot::default(); 2];
    assert_eq!(new(&[], 0.75, slots), Error::Empty);
    assert_eq!(new(&[3, 2, 1], 0.75, slots), Error::TooShort { needed: 3, given: 2 });
    assert_eq!(new(&[3, 2], f64::NAN, slots), Error::Number);
    assert_eq!(new(&[3, 2], f64::INFINITY, slots), Error::Number);
    assert_eq!(new(&[3, 2], 1e9, slots), Error::Number);
    assert_eq!(new(&[3, 0], -1.0, slots), Error::Number);
    assert_eq!(Unigram::from_weights([1.0, -1.0].into_iter(), slots).err(), Some(Error::Number));
    assert_eq!(Unigram::from_weights([0.0, 0.0].into_iter(), slots).err(), Some(Error::Number));
}

#[test]
fn negatives_avoid_their_targets() {
    let counts = zipf(50);
    let mut slots = Vec::new();
    let unigram = table(&counts, 0.75, &mut slots);
    // What is left when the targets are taken out.
    let targets = [0, 7, 3];
    let mut expected = reference::unigram_probabilities(&counts, 0.75);
    targets.iter().for_each(|&target| expected[target as usize] = 0.0);
    let sum: f64 = expected.iter().sum();
    expected.iter_mut().for_each(|probability| *probability /= sum);
    let (mut random, mut negatives) = (SplitMix64::new(2), Negatives::new());
    let mut drawn = vec![0; counts.len()];
    for _ in 0..40_000 {
        unigram.draw_negatives(&mut random, 5, &targets, &mut negatives);
        assert_eq!(negatives.len(), 5);
        negatives.iter().for_each(|&word| drawn[word as usize] += 1);
    }
    assert_distribution(&drawn, &expected, "negatives");
}

#[test]
fn negatives_that_cannot_be_drawn_are_left_out() {
    let (mut slots, mut random, mut negatives) = (Vec::new(), SplitMix64::new(2), Negatives::new());
    table(&[5], 0.75, &mut slots).draw_negatives(&mut random, 5, &[0], &mut negatives);
    assert!(negatives.is_empty());
    let unigram = table(&[5, 5], 0.75, &mut slots);
    unigram.draw_negatives(&mut random, 5, &[0, 1], &mut negatives);
    assert!(negatives.is_empty());
    unigram.draw_negatives(&mut random, 1000, &[], &mut negatives);
    assert_eq!(negatives.len(), MAX_NEGATIVES);
}

#[test]
fn tokens_are_kept_with_their_probability() {
    let (threshold, counts) = (1e-3, zipf(1000));
    let tokens = counts.iter().sum();
    let mut random = SplitMix64::new(3);
    for &count in counts.iter().step_by(37) {
        let expected = reference::keep_probability(count, tokens, threshold);
        assert!((keep_probability(count, tokens, threshold) - expected).abs() < 1e-12);
        let share = keep_share(count, tokens, threshold);
        let kept = (0..100_000).filter(|_| keeps(share, &mut random)).count() as u64;
        assert_distribution(&[kept, 100_000 - kept], &[expected, 1.0 - expected], &format!("count {count}"));
    }
}

#[test]
fn without_a_threshold_every_token_is_kept_and_nothing_drawn() {
    assert_eq!(keep_probability(900, 1000, 0.0), 1.0);
    assert_eq!(keep_share(900, 1000, 0.0), u32::MAX);
    for threshold in [-1.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
        assert_eq!(keep_share(900, 1000, threshold), u32::MAX, "{threshold}");
    }
    let (mut random, unused) = (SplitMix64::new(4), SplitMix64::new(4));
    assert!(keeps(u32::MAX, &mut random));
    assert_eq!(random, unused);
}

#[test]
fn every_reach_is_equally_likely() {
    let mut random = SplitMix64::new(5);
    for window in [1, 2, 5, 10] {
        let mut drawn = vec![0; window as usize];
        for _ in 0..100_000 {
            drawn[draw_reach(window, &mut random) - 1] += 1;
        }
        assert_distribution(&drawn, &vec![1.0 / f64::from(window); window as usize], &format!("window {window}"));
    }
    assert_eq!(draw_reach(0, &mut random), 1);
}

#[test]
fn starting_values_are_even_small_and_different_for_every_word() {
    for dim in [1, 16, 100, 128] {
        let mut matrix = Owned::zeros(600, dim);
        (0..600).for_each(|word| initial::fill(1, word, dim, matrix.row_mut(word as usize)));
        assert!(matrix.padding_is_zero());
        let mut drawn = [0; 10];
        for number in (0..600).flat_map(|word| matrix.numbers(word)) {
            let place = (number * dim as f32 + 0.5) * 10.0;
            drawn[(place as usize).min(9)] += 1;
            assert!((0.0..=10.0).contains(&place), "{number} of dim {dim}");
        }
        assert_distribution(&drawn, &[0.1; 10], &format!("starting values of dim {dim}"));
        // In word2vec.c row 512 of dim 128 repeats row 0.
        if dim > 1 {
            let mut rows: Vec<Vec<u32>> =
                (0..600).map(|word| matrix.numbers(word).map(f32::to_bits).collect()).collect();
            rows.sort();
            rows.dedup();
            assert_eq!(rows.len(), 600);
        }
    }
}

proptest! {
    #[test]
    fn any_weights_give_their_probabilities(weights in prop::collection::vec(0.0_f64..1e6, 1..400), zeros in 0_usize..9) {
        let weights: Vec<f64> =
            weights.iter().enumerate().map(|(i, &w)| if i % (zeros + 2) == 1 { 0.0 } else { w + 1e-9 }).collect();
        let mut slots = vec![Slot::default(); weights.len()];
        let unigram = Unigram::from_weights(weights.iter().copied(), &mut slots).expect("a distribution");
        let sum: f64 = weights.iter().sum();
        let expected: Vec<f64> = weights.iter().map(|weight| weight / sum).collect();
        assert_implied(unigram.slots(), &expected, "any weights");
    }

    #[test]
    fn windows_hold_the_pairs_of_a_naive_enumeration(reaches in prop::collection::vec(1_usize..12, 0..40)) {
        let mut pairs = Vec::new();
        for (center, &reach) in reaches.iter().enumerate() {
            let window = Window::around(center, reach, reaches.len());
            pairs.extend(window.context().map(|context| (center, context)));
        }
        prop_assert_eq!(pairs, reference::window_pairs(&reaches));
    }
}
