//! Every pair of every window is trained: each model reports as many as plain loops find, for
//! windows of 1 to 10,000, in sentences that go on over chunks and superbatches. CBOW reports
//! windows; what each has as context `plain_loops` tells.

use std::collections::HashMap;
use std::fmt::Write;
use std::ops::ControlFlow;

use rand_core::Rng;
use w2v::Config;
use w2v::SENTENCE_END;
use w2v::{Progress, Trainer};
use w2v_core::kinds::{Architecture, Objective};
use w2v_core::rng::{SplitMix64, below};
use w2v_tests::corpora::{cells, read};
use w2v_tests::plain::Plain;

/// A sentence of each of `lens` tokens, of `words` words.
fn text(lens: &[usize], words: u32) -> String {
    let mut random = SplitMix64::new(3);
    let mut text = String::new();
    for &len in lens {
        for place in 1..=len {
            let word = below(random.next_u32(), words);
            write!(text, "w{word}{}", if place == len { '\n' } else { ' ' }).expect("memory");
        }
    }
    text
}

/// Fails unless each model that `is_asked` for reports as many pairs, or with CBOW windows, as
/// plain loops count in each epoch.
fn count(text: &str, settings: &Config, is_asked: impl Fn(&Config) -> bool) {
    let corpus = read(text);
    let vocabulary = corpus.vocabulary();
    let ids: HashMap<&[u8], u32> = vocabulary.words().map(|word| &**word).zip(0..).collect();
    let sentence = |line: &str| line.split_whitespace().map(|word| ids[word.as_bytes()]).collect::<Vec<_>>();
    let marked: Vec<u32> = text.lines().flat_map(|line| [sentence(line), vec![SENTENCE_END]].concat()).collect();
    for Config { architecture, objective, cbow_gradient, .. } in cells().filter(is_asked) {
        let config = Config { architecture, objective, cbow_gradient, dim: 4, threads: Some(2), ..settings.clone() };
        let what = format!("{architecture}, {objective}, window {}", config.window);
        let mut pairs = Vec::new();
        let observe = |progress: &Progress| {
            pairs.extend(progress.epoch_finished.then_some(progress.pairs));
            ControlFlow::Continue(())
        };
        let trained = Trainer::with(config.clone()).observe(observe).train(&corpus);
        trained.unwrap_or_else(|error| panic!("{what}: {error}"));
        let plain = Plain::new(vocabulary, &config);
        let expected: Vec<u64> = (1..=config.epochs as u64).map(|epoch| plain.pairs(&marked, epoch)).collect();
        assert_eq!(pairs, expected, "{what}");
    }
}

#[test]
fn narrow_windows() {
    let lens: Vec<usize> = (0..300).map(|line| [1, 2, 5, 3, 1500, 1, 12][line % 7]).collect();
    let text = text(&lens, 900);
    for (window, sample) in [(1, 0.0), (5, 1e-3), (5, 0.0), (40, 1e-2)] {
        count(&text, &Config { window, sample, epochs: 2, learning_rate: Some(0.01), ..Config::default() }, |_| true);
    }
}

#[test]
fn one_long_line() {
    let text = text(&[150_000], 3000);
    let settings = Config { window: 50, sample: 1e-5, epochs: 2, learning_rate: Some(0.001), ..Config::default() };
    count(&text, &settings, |_| true);
}

#[test]
fn windows_wider_than_superbatches() {
    // A superbatch has 1,024 tokens, and at the end of a sentence there are more pairs than are
    // trained at once.
    let settings = Config { epochs: 1, sample: 0.0, learning_rate: Some(1e-5), ..Config::default() };
    for (lens, window) in [(&[1, 2500, 3, 1500][..], 5000), (&[5000], 10_000)] {
        count(&text(lens, 500), &Config { window, ..settings.clone() }, |config| {
            config.architecture == Architecture::SkipGram || config.objective == Objective::NegativeSampling
        });
    }
}
