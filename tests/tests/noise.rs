//! Negatives that a group of predictions shares teach what negatives of each prediction's own do,
//! however few the words are and however much of its partition's noise a word is.

use std::collections::HashMap;

use rand_core::Rng;
use w2v::Config;
use w2v::SENTENCE_END;
use w2v_core::kinds::{Architecture, Objective};
use w2v_core::rng::{SplitMix64, below};
use w2v_tests::corpora::{read, train};
use w2v_tests::plain::Plain;

/// Words of a topic.
const TOPIC: u32 = 8;

/// How far the cosine within topics may be from what negatives of each prediction's own teach.
const BOUND: f64 = 0.03;

/// 60,000 words in sentences of ten, each sentence of one topic. Nine times in ten the next
/// sentence has the same topic; else it has the first topic `first` times in ten, or any.
fn text(words: u32, first: u32) -> String {
    let mut random = SplitMix64::new(1);
    let mut below = |end| below(random.next_u32(), end);
    let (topics, mut topic, mut text) = (words / TOPIC, 0, String::new());
    for place in 0..60_000 {
        if place % 10 == 0 && below(10) == 0 {
            topic = if below(10) < first { 0 } else { below(topics) };
        }
        text += &format!("{}{}", topic * TOPIC + below(TOPIC), if place % 10 == 9 { "\n" } else { " " });
    }
    text
}

fn settings(architecture: Architecture, objective: Objective) -> Config {
    Config { architecture, objective, dim: 16, sample: 0.0, ..Config::default() }
}

/// The mean cosine of two words of those topics that `count`.
fn cosine<'v>(vectors: impl Iterator<Item = (&'v [u8], Vec<f64>)>, count: impl Fn(u32, u32) -> bool) -> f64 {
    let vectors: Vec<(u32, Vec<f64>)> = vectors
        .map(|(word, vector)| {
            let word: u32 = str::from_utf8(word).expect("digits").parse().expect("a number");
            let norm = vector.iter().map(|number| number * number).sum::<f64>().sqrt();
            (word / TOPIC, vector.iter().map(|number| number / norm).collect())
        })
        .collect();
    let (mut sum, mut pairs) = (0.0, 0);
    for (number, (topic, vector)) in vectors.iter().enumerate() {
        let counted = |other: &u32| count(*topic.min(other), *topic.max(other));
        for (_, other) in vectors[..number].iter().filter(|(other, _)| counted(other)) {
            sum += vector.iter().zip(other).map(|(a, b)| a * b).sum::<f64>();
            pairs += 1;
        }
    }
    sum / f64::from(pairs)
}

/// The same of what the program trains.
fn trained(text: &str, config: &Config, count: impl Fn(u32, u32) -> bool) -> f64 {
    let trained = train(text, config);
    let vector = |word| trained.vectors().vector(word).expect("a word").iter().copied().map(f64::from).collect();
    cosine(trained.vectors().words().map(|word| &**word).zip((0..).map(vector)), count)
}

/// The cosines of what the program trains, and of what plain loops train in which each prediction
/// has negatives of its own.
fn both(text: &str, config: &Config, count: impl Fn(u32, u32) -> bool) -> [f64; 2] {
    let found = trained(text, config, &count);
    let corpus = read(text);
    let vocabulary = corpus.vocabulary();
    let words = || vocabulary.words().map(|word| &**word);
    let ids: HashMap<&[u8], u32> = words().zip(0..).collect();
    let sentence = |line: &str| line.split_whitespace().map(|word| ids[word.as_bytes()]).collect::<Vec<_>>();
    let marked: Vec<u32> = text.lines().flat_map(|line| [sentence(line), vec![SENTENCE_END]].concat()).collect();
    let mut plain = Plain::new(vocabulary, config);
    plain.sharing.fill(false);
    for epoch in 1..=config.epochs as u64 {
        plain.epoch(&marked, epoch);
    }
    [found, cosine(words().zip(plain.input), count)]
}

/// Checks the cosines within topics.
fn hold(architecture: Architecture, words: u32) {
    let config = settings(architecture, Objective::NegativeSampling);
    let [found, expected] = both(&text(words, 0), &config, |a, b| a == b);
    assert!(expected > 0.5, "{architecture}, {words} words: nothing to compare with, {expected}");
    assert!((found - expected).abs() < BOUND, "{architecture}, {words} words: {found}, {expected} unshared");
}

#[test]
fn cbow_of_few_words_and_of_many() {
    for words in [8, 24, 48, 64, 96, 128, 256, 512, 2000, 2400] {
        hold(Architecture::Cbow, words);
    }
}

#[test]
fn skip_gram_of_few_words_and_of_many() {
    for words in [24, 64, 256, 2000, 2400] {
        hold(Architecture::SkipGram, words);
    }
}

#[test]
fn words_that_are_most_of_their_partitions_noise() {
    for architecture in [Architecture::Cbow, Architecture::SkipGram] {
        let config = settings(architecture, Objective::NegativeSampling);
        let [found, expected] = both(&text(2400, 8), &config, |a, b| a == 0 && b > 0);
        assert!((found - expected).abs() < BOUND, "{architecture}: {found}, {expected} unshared");
    }
}

#[test]
fn the_tree_has_no_jump_where_groups_begin_to_share_negatives() {
    for architecture in [Architecture::Cbow, Architecture::SkipGram] {
        let config = settings(architecture, Objective::HierarchicalSoftmax);
        let found = |words| trained(&text(words, 0), &config, |a, b| a == b);
        for [fewer, more] in [[56, 64], [120, 128], [2040, 2048]] {
            let (before, after) = (found(fewer), found(more));
            assert!((before - after).abs() < BOUND, "{architecture}: {before} of {fewer} words, {after} of {more}");
        }
    }
}
