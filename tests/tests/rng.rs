//! The generator: published values, saved states, seeding by counters, uniform draws.

use std::collections::HashSet;

use rand_core::{Rng, SeedableRng};
use w2v_core::rng::{SplitMix64, below};
use w2v_tests::statistics::assert_distribution;

#[test]
fn the_sequence_is_the_published_one() {
    // The first five numbers of SplitMix64 seeded with 1234567, as listed beside implementations of
    // other languages.
    let expected: [u64; 5] = [
        6_457_827_717_110_365_317,
        3_203_168_211_198_807_973,
        9_817_491_932_198_370_423,
        4_593_380_528_125_082_431,
        16_408_922_859_458_223_821,
    ];
    let mut random = SplitMix64::new(1_234_567);
    assert_eq!([(); 5].map(|()| random.next_u64()), expected);
    let mut random = SplitMix64::from_seed(1_234_567_u64.to_le_bytes());
    assert_eq!(u64::from(random.next_u32()), expected[0] >> 32);
}

#[test]
fn a_saved_state_resumes() {
    let mut random = SplitMix64::new(3);
    random.next_u64();
    let mut resumed = SplitMix64::new(random.state());
    assert_eq!(random.next_u64(), resumed.next_u64());
}

#[test]
fn bytes_are_those_of_the_numbers() {
    let mut bytes = [0; 11];
    SplitMix64::new(5).fill_bytes(&mut bytes);
    let mut random = SplitMix64::new(5);
    let numbers = [random.next_u64().to_le_bytes(), random.next_u64().to_le_bytes()].concat();
    assert_eq!(bytes, numbers[..11]);
}

/// A cube of neighbouring places, as a schedule makes them.
fn places() -> impl Iterator<Item = [u64; 3]> {
    let n = 24;
    (0..n).flat_map(move |a| (0..n).flat_map(move |b| (0..n).map(move |c| [a, b, c])))
}

#[test]
fn every_place_starts_elsewhere() {
    let states: HashSet<u64> = places().map(|place| SplitMix64::at(&place).state()).collect();
    assert_eq!(states.len(), places().count());
    let longer = [SplitMix64::at(&[1]), SplitMix64::at(&[1, 0]), SplitMix64::at(&[0, 1])];
    assert!(longer[0] != longer[1] && longer[1] != longer[2] && longer[0] != longer[2]);
    assert_eq!(SplitMix64::at(&[1, 2]).within(3), SplitMix64::at(&[1, 2, 3]));
}

#[test]
fn neighbouring_places_draw_independently() {
    let mut pairs = [0; 256];
    let mut flipped = 0;
    for [a, b, c] in places() {
        let first = SplitMix64::at(&[a, b, c]).next_u64();
        let neighbour = SplitMix64::at(&[a, b, c + 1]).next_u64();
        pairs[((first >> 60) << 4 | neighbour >> 60) as usize] += 1;
        flipped += (first ^ neighbour).count_ones();
    }
    assert_distribution(&pairs, &[1.0 / 256.0; 256], "first draws of neighbouring places");
    let share = f64::from(flipped) / (64.0 * places().count() as f64);
    assert!((share - 0.5).abs() < 0.003, "{share} of the bits differ");
}

#[test]
fn below_is_uniform_and_in_range() {
    let mut random = SplitMix64::new(8);
    for n in [1, 2, 5, 77] {
        let mut counts = vec![0; n as usize];
        for _ in 0..100_000 {
            counts[below(random.next_u32(), n) as usize] += 1;
        }
        assert_distribution(&counts, &vec![1.0 / f64::from(n); n as usize], &format!("below {n}"));
    }
    assert_eq!((below(u32::MAX, u32::MAX), below(u32::MAX, 0)), (u32::MAX - 1, 0));
}

#[test]
fn the_bias_of_below_is_within_its_bound() {
    for n in [3_u32, 5, 1000, 943, u32::MAX] {
        // Number k comes from the draws between these two, so from 2³²/n of them but for one.
        let first = |k: u64| (k << 32).div_ceil(u64::from(n));
        for k in [0, 1, u64::from(n) / 2, u64::from(n) - 1] {
            let (start, end) = (first(k), first(k + 1));
            assert_eq!((below(start as u32, n), below((end - 1) as u32, n)), (k as u32, k as u32));
            assert!((end - start).abs_diff((1 << 32) / u64::from(n)) <= 1);
        }
    }
}
