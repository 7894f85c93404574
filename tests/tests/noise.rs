//! Negatives that a group of predictions shares teach what negatives of each prediction's own do, however few the words are and
//! however much of the noise is one word's.

use std::collections::HashMap;

use rand_core::Rng;
use w2v::config::Config;
use w2v::corpus::SENTENCE_END;
use w2v_core::kinds::{Architecture, Objective};
use w2v_core::rng::{SplitMix64, below};
use w2v_tests::corpora::{read, train};
use w2v_tests::plain::Plain;

/// Words of a topic.
const TOPIC: u32 = 8;

/// How far the cosine within topics may be from what negatives of each prediction's own teach.
const BOUND: f64 = 0.03;

/// Sentences of ten words, each of one topic; nine times in ten the next sentence has the same topic. After each word comes `often`
/// times in ten one that has no topic.
fn text(words: u32, tokens: u32, often: u32) -> String {
    let mut random = SplitMix64::new(1);
    let mut below = |end| below(random.next_u32(), end);
    let (topics, mut topic, mut text) = (words / TOPIC, 0, String::new());
    for place in 0..tokens {
        if place % 10 == 0 && below(10) == 0 {
            topic = below(topics);
        }
        let word = topic * TOPIC + below(TOPIC);
        text += &format!("{word}{}", if below(10) < often { " the the the" } else { "" });
        text += if place % 10 == 9 { "\n" } else { " " };
    }
    text
}

fn settings(architecture: Architecture, objective: Objective) -> Config {
    Config { architecture, objective, dim: 16, sample: 0.0, ..Config::default() }
}

/// The mean cosine of two words of a topic.
fn cosine<'v>(vectors: impl Iterator<Item = (&'v [u8], Vec<f64>)>) -> f64 {
    let mut topics: HashMap<u32, Vec<Vec<f64>>> = HashMap::new();
    for (word, vector) in vectors {
        if let Ok(word) = str::from_utf8(word).expect("digits").parse::<u32>() {
            let norm = vector.iter().map(|number| number * number).sum::<f64>().sqrt();
            topics.entry(word / TOPIC).or_default().push(vector.iter().map(|number| number / norm).collect());
        }
    }
    let cosines = topics.values().flat_map(|vectors| {
        let pairs = (1..vectors.len()).flat_map(|second| (0..second).map(move |first| (first, second)));
        pairs.map(|(a, b)| vectors[a].iter().zip(&vectors[b]).map(|(a, b)| a * b).sum::<f64>())
    });
    let (sum, count) = cosines.fold((0.0, 0), |(sum, count), cosine| (sum + cosine, count + 1));
    sum / f64::from(count)
}

/// The cosine within topics of what the program trains.
fn trained(text: &str, config: &Config) -> f64 {
    let trained = train(text, config);
    let (vocabulary, _) = read(text);
    let vector = |word| trained.embeddings.vector(word).expect("a word").iter().copied().map(f64::from).collect();
    cosine(vocabulary.words().zip((0..).map(vector)))
}

/// The same of plain loops in which each prediction has negatives of its own.
fn unshared(text: &str, config: &Config) -> f64 {
    let (vocabulary, _) = read(text);
    let ids: HashMap<&[u8], u32> = vocabulary.words().zip(0..).collect();
    let sentence = |line: &str| line.split_whitespace().map(|word| ids[word.as_bytes()]).collect::<Vec<_>>();
    let marked: Vec<u32> = text.lines().flat_map(|line| [sentence(line), vec![SENTENCE_END]].concat()).collect();
    let mut plain = Plain::new(&vocabulary, config);
    plain.sharing.fill(false);
    for epoch in 1..=config.epochs as u64 {
        plain.epoch(&marked, epoch);
    }
    cosine(vocabulary.words().zip(plain.input))
}

fn hold(architecture: Architecture, words: u32, often: u32) {
    let (text, config) = (text(words, 60_000, often), settings(architecture, Objective::NegativeSampling));
    let (found, expected) = (trained(&text, &config), unshared(&text, &config));
    assert!(expected > 0.5, "{architecture}, {words} words: nothing to compare with, {expected}");
    assert!((found - expected).abs() < BOUND, "{architecture}, {words} words: {found}, {expected} unshared");
}

#[test]
fn cbow_of_few_words_and_of_many() {
    for words in [8, 24, 48, 64, 96, 128, 256, 512, 2000, 2400] {
        hold(Architecture::Cbow, words, 0);
    }
}

#[test]
fn skip_gram_of_few_words_and_of_many() {
    for words in [24, 64, 128, 512, 2000, 2400] {
        hold(Architecture::SkipGram, words, 0);
    }
}

#[test]
fn one_word_that_is_most_of_its_partitions_noise() {
    for architecture in [Architecture::Cbow, Architecture::SkipGram] {
        hold(architecture, 2400, 5);
    }
}

#[test]
fn the_tree_has_no_jump_where_groups_begin_to_share_negatives() {
    for architecture in [Architecture::Cbow, Architecture::SkipGram] {
        let found = |words| trained(&text(words, 60_000, 0), &settings(architecture, Objective::HierarchicalSoftmax));
        for [fewer, more] in [[56, 64], [120, 128], [2040, 2048]] {
            let (before, after) = (found(fewer), found(more));
            assert!((before - after).abs() < BOUND, "{architecture}: {before} of {fewer} words, {after} of {more}");
        }
    }
}
