//! Small texts, and models trained on them.

use rand_core::Rng;
use std::fmt::Write;
use w2v::Config;
use w2v::{Corpus, Model, ReadOptions, Source, Trainer};
use w2v_core::kinds::{Architecture, CbowGradient, Objective};
use w2v_core::rng::{SplitMix64, below};

/// A text read with all its words.
pub fn read(text: &str) -> Corpus {
    ReadOptions::new().min_count(1).sources([Source::text(text)]).expect("a corpus")
}

/// A model of all words of a text.
pub fn train(text: &str, config: &Config) -> Model {
    Trainer::with(config.clone()).train(&read(text)).expect("a model")
}

/// Each architecture with each objective, CBOW with both gradients, and else the defaults.
pub fn cells() -> impl Iterator<Item = Config> {
    let cell =
        |architecture, objective, cbow_gradient| Config { architecture, objective, cbow_gradient, ..Config::default() };
    Objective::ALL.into_iter().flat_map(move |objective| {
        let skip_gram = cell(Architecture::SkipGram, objective, Config::default().cbow_gradient);
        let cbow = CbowGradient::ALL.map(|gradient| cell(Architecture::Cbow, objective, gradient));
        [skip_gram].into_iter().chain(cbow)
    })
}

/// 40 sentences of about ten words of 150: too few for more than one batch, enough for two
/// partitions.
pub fn short_text() -> String {
    let mut random = SplitMix64::new(5);
    let mut text = String::new();
    for word in 0..400_u32 {
        // Each word is there, the first more often, but none as often as would cut a batch short.
        let (one, other) = (below(random.next_u32(), 150), below(random.next_u32(), 150));
        let word = if word < 150 { word } else { one.min(other) };
        add(&mut text, word, &mut random);
    }
    text
}

/// So many tokens in sentences of about ten words of `words`, of which two are a tenth of the text
/// each.
pub fn long_text(tokens: u32, words: u32) -> String {
    let mut random = SplitMix64::new(8);
    let mut text = String::new();
    for place in 0..tokens {
        let often = place.is_multiple_of(5);
        let word = if often { place / 5 % 2 } else { (place - place / 5) % words };
        add(&mut text, word, &mut random);
    }
    text
}

/// Adds a word, the last one of its sentence once in ten times.
fn add(text: &mut String, word: u32, random: &mut SplitMix64) {
    write!(text, "w{word}{}", if random.next_u32().is_multiple_of(10) { '\n' } else { ' ' }).expect("memory");
}
