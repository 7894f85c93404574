//! CBOW in phases over partitions, with either objective: its numbers are those of plain loops in `f64`, the same bytes for
//! any number of threads, and finite where one word is most of the text.

use std::collections::HashMap;
use std::fmt::Write;
use std::ops::ControlFlow;

use rand_core::Rng;
use w2v::builtin;
use w2v::config::Config;
use w2v::corpus::{Corpus, ReadOptions, SENTENCE_END, Source};
use w2v::error::Error;
use w2v::trainer::{self, Trained};
use w2v::vocabulary::Vocabulary;
use w2v_core::rng::{SplitMix64, below};
use w2v_core::train::{Architecture, CbowGradient, Objective};
use w2v_tests::cbow::Plain;

fn read(text: &str) -> (Vocabulary, Corpus) {
    let source = Source::Text(text.as_bytes().to_vec().into());
    let options = ReadOptions { min_count: 1, ..ReadOptions::default() };
    Corpus::read(&[source], options, &mut |_| ControlFlow::Continue(())).expect("a corpus")
}

fn train(text: &str, config: &Config) -> Trained {
    let (vocabulary, mut corpus) = read(text);
    trainer::train(&vocabulary, &mut corpus, config, &mut |_| ControlFlow::Continue(())).expect("a model")
}

/// CBOW with either objective and either gradient.
fn cells() -> impl Iterator<Item = Config> {
    let cell = |objective, cbow_gradient| Config {
        architecture: Architecture::Cbow,
        objective,
        cbow_gradient,
        dim: 24,
        ..Config::default()
    };
    Objective::ALL.into_iter().flat_map(move |objective| CbowGradient::ALL.map(|gradient| cell(objective, gradient)))
}

fn describe(config: &Config) -> String {
    format!("{}, {}", config.objective, config.cbow_gradient)
}

/// 40 sentences of about ten words of 150: too few for more than one batch, enough for two partitions.
fn short_text() -> String {
    let mut random = SplitMix64::new(5);
    let mut text = String::new();
    for word in 0..400_u32 {
        // Each word is there, the first more often, but none as often as would cut a batch short.
        let (one, other) = (below(random.next_u32(), 150), below(random.next_u32(), 150));
        let word = if word < 150 { word } else { one.min(other) };
        write!(text, "w{word}{}", if random.next_u32().is_multiple_of(10) { '\n' } else { ' ' }).expect("memory");
    }
    text
}

/// Sentences of about ten of 1,100 words, of which two are a tenth of the text each and not always kept: several batches of
/// several pieces.
fn long_text() -> String {
    let mut random = SplitMix64::new(8);
    let mut text = String::new();
    for place in 0..4000_u32 {
        let often = place.is_multiple_of(5);
        let word = if often { place / 5 % 2 } else { (place - place / 5) % 1100 };
        write!(text, "w{word}{}", if random.next_u32().is_multiple_of(10) { '\n' } else { ' ' }).expect("memory");
    }
    text
}

#[test]
fn a_batch_is_what_plain_loops_make_of_it() {
    batches_are_what_plain_loops_make_of_them(&short_text(), 0.0, 6, [0.1, 0.1], [1, 1]);
}

#[test]
fn subsampled_batches_are_what_plain_loops_make_of_them() {
    // A word comes up less often, a node near the root more often.
    batches_are_what_plain_loops_make_of_them(&long_text(), 2e-2, 2, [0.05, 0.02], [9, 3]);
}

/// With rates that move words by more than they were at the start, but not so fast that roundings grow.
fn batches_are_what_plain_loops_make_of_them(
    text: &str,
    sample: f64,
    epochs: usize,
    [negative, tree]: [f64; 2],
    cut: [usize; 2],
) {
    for config in cells() {
        let what = describe(&config);
        let rate = if config.objective == Objective::NegativeSampling { negative } else { tree };
        let rate = if config.cbow_gradient == CbowGradient::Exact { 4.0 * rate } else { rate };
        let config = Config { sample, epochs, learning_rate: Some(rate), ..config };
        let trained = train(text, &config);
        let (vocabulary, _) = read(text);
        let mut plain = Plain::new(&vocabulary, &config);
        assert!(plain.dealing.parts() > 1);
        assert_eq!(plain.keep.iter().any(|&share| share < u32::MAX), sample > 0.0);
        let ids: HashMap<&[u8], u32> = vocabulary.words().zip(0..).collect();
        let sentence = |line: &str| line.split_whitespace().map(|word| ids[word.as_bytes()]).collect::<Vec<_>>();
        let marked: Vec<u32> = text.lines().flat_map(|line| [sentence(line), vec![SENTENCE_END]].concat()).collect();
        for (epoch, &loss) in (1..).zip(&trained.losses) {
            let (expected, batches_and_pieces) = plain.epoch(&marked, epoch);
            assert_eq!(batches_and_pieces, cut);
            let loss = loss.expect("pairs");
            assert!((loss - expected).abs() < 1e-3, "{what}, epoch {epoch}: loss {loss}, {expected} expected");
        }
        let largest = plain.input.iter().flatten().fold(0.0, |largest: f64, number| largest.max(number.abs()));
        assert!(largest > 0.1, "{what}: nothing moved beyond {largest}");
        for (word, expected) in (0..).zip(&plain.input) {
            let found = trained.embeddings.vector(word).expect("a word");
            let near = found.iter().zip(expected).all(|(&a, b)| (f64::from(a) - b).abs() < 1e-3 * largest);
            assert!(near, "{what}, word {word}: {found:?}, {expected:?} expected");
        }
    }
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
            assert_eq!(trained.threads, threads);
            (trained.embeddings.vectors().iter().map(|number| number.to_bits()).collect::<Vec<u32>>(), trained.losses)
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
    let threads = |architecture, window| {
        let config = Config { architecture, window, threads: Some(64), ..Config::default() };
        trainer::threads(&config)
    };
    assert_eq!([5, 10].map(|window| threads(Architecture::Cbow, window)), [16, 16]);
    assert_eq!(threads(Architecture::SkipGram, 5), 64);
    let config = Config { architecture: Architecture::Cbow, threads: Some(64), ..Config::default() };
    assert_eq!(train(&short_text(), &config).threads, 16);
}

#[test]
fn a_vocabulary_of_another_size_is_refused() {
    let (vocabulary, _) = read(&long_text());
    let (_, mut corpus) = read(&short_text());
    for config in cells() {
        let refused = trainer::train(&vocabulary, &mut corpus, &config, &mut |_| ControlFlow::Continue(()));
        let Err(Error::NothingToTrain(problem)) = refused else { panic!("{refused:?}") };
        assert!(problem.contains("150 words") && problem.contains("1100"), "{problem}");
    }
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
        let largest = trained.embeddings.vectors().iter().fold(0.0, |largest: f32, number| largest.max(number.abs()));
        assert!(largest < 10.0, "{what}: {largest}");
        assert!(trained.losses.is_sorted_by(|a, b| a >= b), "{what}: {:?}", trained.losses);
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
            assert!(trained.losses[3] < trained.losses[0], "{what}: {:?}", trained.losses);
            assert_eq!(trained.losses, by_eight.losses, "{what}");
            assert_eq!(trained.embeddings.vectors(), by_eight.embeddings.vectors(), "{what}");
            assert!(trained.embeddings.vectors().iter().all(|number| number.is_finite()), "{what}");
        }
    }
}
