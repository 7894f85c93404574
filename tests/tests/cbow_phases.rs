//! CBOW in phases over partitions, with either objective: the same bytes for any number of threads,
//! and finite where one word is most of the text.

use std::fmt::Write;

use rand_core::Rng;
use w2v::Config;
use w2v::builtin;
use w2v::train;
use w2v_core::kinds::Architecture;
use w2v_core::rng::{SplitMix64, below};
use w2v_tests::corpora::{self, short_text, train};

/// CBOW with either objective and either gradient.
fn cells() -> impl Iterator<Item = Config> {
    let cbow = corpora::cells().filter(|config| config.architecture == Architecture::Cbow);
    cbow.map(|config| Config { dim: 24, ..config })
}

fn describe(config: &Config) -> String {
    format!("{}, {}", config.objective, config.cbow_gradient)
}

#[test]
fn any_number_of_threads_writes_the_same_bytes() {
    let text = String::from_utf8(builtin::text(1)).expect("words");
    let text = &text[..text.len() / 8];
    for config in cells() {
        let what = describe(&config);
        let with_threads = |threads| {
            let config = Config { threads: Some(threads), epochs: 2, window: 8, ..config.clone() };
            let trained = train(text, &config);
            assert_eq!(trained.threads(), Some(threads));
            (
                trained.vectors().numbers().iter().map(|number| number.to_bits()).collect::<Vec<u32>>(),
                trained.losses().to_vec(),
            )
        };
        let one = with_threads(1);
        assert!(one.1[1] < one.1[0], "{what}: losses {:?}", one.1);
        for threads in [2, 3, 8, 16] {
            assert!(one == with_threads(threads), "{what}: {threads} threads");
        }
    }
}

#[test]
fn cbow_takes_16_threads_at_most() {
    let threads = |architecture| train::threads(&Config { architecture, threads: Some(64), ..Config::default() });
    assert_eq!([Architecture::Cbow, Architecture::SkipGram].map(threads), [16, 64]);
    let config = Config { architecture: Architecture::Cbow, threads: Some(64), ..Config::default() };
    assert_eq!(train(&short_text(), &config).threads(), Some(16));
}

#[test]
fn a_word_that_is_half_of_the_text_does_no_harm() {
    let mut random = SplitMix64::new(6);
    let mut text = String::new();
    for place in 0..60_000 {
        let word = if place % 2 == 0 { 0 } else { below(random.next_u32(), 400) };
        write!(text, "w{word}{}", if place % 20 == 19 { '\n' } else { ' ' }).expect("memory");
    }
    for config in cells() {
        let what = describe(&config);
        let trained = train(&text, &Config { sample: 0.0, epochs: 3, ..config });
        let largest = trained.vectors().numbers().iter().fold(0.0, |largest: f32, number| largest.max(number.abs()));
        assert!(largest < 10.0, "{what}: {largest}");
        assert!(trained.losses().is_sorted_by(|a, b| a >= b), "{what}: {:?}", trained.losses());
    }
}

/// Neighbouring windows of a walk have nearly the same words: if a batch had too many of them, it
/// would overshoot.
#[test]
fn walks_and_wide_windows_do_no_harm() {
    let mut random = SplitMix64::new(9);
    let mut text = String::new();
    for walk in 0..1500 {
        // To and fro on a ring of 300 nodes.
        let mut node = walk % 300;
        for step in 0..40 {
            node = (node + 299 + below(random.next_u32(), 3)) % 300;
            write!(text, "w{node}{}", if step == 39 { '\n' } else { ' ' }).expect("memory");
        }
    }
    for (config, window) in cells().flat_map(|config| [5, 10, 39].map(|window| (config.clone(), window))) {
        let what = format!("{}, window {window}", describe(&config));
        let trained = train(&text, &Config { sample: 0.0, epochs: 3, dim: 24, window, ..config });
        let largest = trained.vectors().numbers().iter().fold(0.0, |largest: f32, number| largest.max(number.abs()));
        assert!(largest < 20.0, "{what}: {largest}");
        assert!(trained.losses().is_sorted_by(|a, b| a >= b), "{what}: {:?}", trained.losses());
    }
}

#[test]
fn a_vocabulary_too_small_to_cut_or_to_share_negatives_is_learnt() {
    let mut random = SplitMix64::new(7);
    for words in [2, 3, 5, 50, 130, 200] {
        let mut text = String::new();
        for place in 0..20_000 {
            // A word is mostly followed by the next one.
            let word =
                if random.next_u32().is_multiple_of(4) { below(random.next_u32(), words) } else { place % words };
            write!(text, "w{word}{}", if place % 20 == 19 { '\n' } else { ' ' }).expect("memory");
        }
        for config in cells() {
            let what = format!("{words} words, {}", describe(&config));
            let with_threads = |threads| {
                train(&text, &Config { sample: 0.0, epochs: 4, dim: 8, threads: Some(threads), ..config.clone() })
            };
            let [trained, by_eight] = [1, 8].map(with_threads);
            assert!(trained.losses()[3] < trained.losses()[0], "{what}: {:?}", trained.losses());
            assert_eq!(trained.losses(), by_eight.losses(), "{what}");
            assert_eq!(trained.vectors().numbers(), by_eight.vectors().numbers(), "{what}");
            assert!(trained.vectors().numbers().iter().all(|number| number.is_finite()), "{what}");
        }
    }
}
