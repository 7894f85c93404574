//! Skip-gram with the tree in phases, on a text long enough for several chunks, averagings and
//! superbatches: the same bytes for any number of threads and, within one arithmetic, on every
//! backend; and a text of a few words is learnt too.

use rand_core::Rng;
use w2v::Config;
use w2v::format::text;
use w2v::{Corpus, Model, ReadOptions, Source, Trainer};
use w2v_core::kinds::Objective;
use w2v_core::rng::{SplitMix64, below};
use w2v_core::simd::Arithmetic;
use w2v_tests::backends::{for_each_backend, name, scalar};

/// A corpus of `tokens` tokens of `words` words in sentences of 20: a word is mostly followed by
/// the next one, and else by any, the rarer the higher its number.
fn corpus(words: u32, tokens: usize) -> Corpus {
    let mut random = SplitMix64::new(1);
    let mut word = 0;
    let mut next = || {
        let most = below(random.next_u32(), words) + 1;
        let jump = below(random.next_u32(), most);
        word = if below(random.next_u32(), 4) == 0 { jump } else { (word + 1) % words };
        format!("w{word}")
    };
    let sentence = |_| (0..20).map(|_| next()).collect::<Vec<_>>().join(" ") + "\n";
    let bytes: String = (0..tokens / 20).map(sentence).collect();
    ReadOptions::new().sources([Source::text(bytes)]).expect("a corpus")
}

fn train(corpus: Corpus, config: Config) -> Model {
    let config = Config { objective: Objective::HierarchicalSoftmax, ..config };
    Trainer::with(config).train(&corpus).expect("a model")
}

fn bytes(trained: &Model) -> Vec<u8> {
    let mut bytes = Vec::new();
    text::write(trained.vectors(), &mut bytes).expect("memory");
    bytes
}

#[test]
fn any_number_of_threads_writes_the_same_bytes() {
    let with_threads = |threads| {
        // A low threshold: the text is long for its many chunks, not for its many pairs.
        let settings = Config { threads: Some(threads), dim: 8, epochs: 1, sample: 1e-5, ..Config::default() };
        let trained = train(corpus(3000, 1_600_000), settings);
        assert_eq!(trained.threads(), Some(threads));
        (bytes(&trained), trained.losses().to_vec())
    };
    let one = with_threads(1);
    for threads in [2, 3, 8] {
        assert!(one == with_threads(threads), "{threads} threads");
    }
}

#[test]
fn every_backend_writes_the_same_bytes_within_one_arithmetic() {
    let with = |backend, arithmetic| {
        let settings =
            Config { backend: Some(backend), arithmetic: Some(arithmetic), dim: 20, epochs: 1, ..Config::default() };
        bytes(&train(corpus(1500, 40_000), settings))
    };
    let plain = Arithmetic::ALL.map(|arithmetic| (arithmetic, with(scalar(arithmetic).backend(), arithmetic)));
    for_each_backend(|dispatch| {
        let found = with(dispatch.backend(), dispatch.arithmetic());
        let same = plain.iter().any(|(arithmetic, bytes)| *arithmetic == dispatch.arithmetic() && *bytes == found);
        assert!(same, "{}", name(dispatch));
    });
}

#[test]
fn a_few_words_are_learnt() {
    for words in [2, 3, 5, 50, 200] {
        let settings = Config { dim: 8, epochs: 4, sample: 0.0, ..Config::default() };
        let trained = train(corpus(words, 20_000), settings);
        assert!(trained.losses()[3] < trained.losses()[0], "{words} words: {:?}", trained.losses());
        assert!(trained.vectors().numbers().iter().all(|number| number.is_finite()), "{words} words");
    }
}
