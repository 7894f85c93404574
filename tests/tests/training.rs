//! The host's trainer on the built-in corpus: every cell learns, and the vectors are the same bytes
//! for any number of threads and, within one arithmetic, on every backend.

use std::ops::ControlFlow;

use w2v::Config;
use w2v::Progress;
use w2v::builtin;
use w2v::format::text;
use w2v::{Corpus, Error, Model, ReadOptions, Source, Trainer};
use w2v_core::simd::Arithmetic;
use w2v_tests::backends::{for_each_backend, name, scalar};
use w2v_tests::corpora;

/// A share of the built-in corpus, or that of several seeds where it is more than one.
fn corpus(share: f64) -> Corpus {
    let source = |seed| {
        let mut bytes = builtin::text(seed);
        bytes.truncate((bytes.len() as f64 * share) as usize);
        Source::text(bytes)
    };
    ReadOptions::new().sources((1..=share.ceil() as u64).map(source)).expect("a corpus")
}

fn train(share: f64, config: &Config) -> Model {
    Trainer::with(config.clone()).train(&corpus(share)).expect("a model")
}

/// The bytes of the model file.
fn bytes(trained: &Model) -> Vec<u8> {
    let mut bytes = Vec::new();
    text::write(trained.vectors(), &mut bytes).expect("memory");
    bytes
}

/// Every model, small.
fn cells() -> impl Iterator<Item = Config> {
    corpora::cells().map(|config| Config { dim: 24, epochs: 1, ..config })
}

fn describe(config: &Config) -> String {
    format!("{} {} {}", config.architecture, config.objective, config.cbow_gradient)
}

#[test]
fn every_cell_learns() {
    for config in cells() {
        let trained = train(0.15, &Config { epochs: 4, ..config.clone() });
        let what = format!("{}: {:?}", describe(&config), trained.losses());
        assert_eq!(trained.losses().len(), 4, "{what}");
        assert!(trained.losses().is_sorted_by(|a, b| a > b), "{what}");
        assert!(trained.losses()[3] < trained.losses()[0].map(|loss| 0.9 * loss), "{what}");
        assert!(trained.vectors().numbers().iter().all(|number| number.is_finite()), "{what}");
        // Starting values are within ±½ / dim; a vector that never moved would still be there.
        let moved = |vector: &[f32]| vector.iter().any(|number| number.abs() > 0.5 / 24.0);
        assert!(
            (0..trained.vectors().len() as u32).all(|word| trained.vectors().vector(word).is_some_and(moved)),
            "{what}"
        );
    }
}

#[test]
fn any_number_of_threads_writes_the_same_bytes() {
    for config in cells() {
        // Skip-gram with negative sampling pairs a long superbatch in several jobs: two seeds give
        // it one.
        let with_threads = |threads| bytes(&train(1.2, &Config { threads: Some(threads), ..config.clone() }));
        let one = with_threads(1);
        for threads in [2, 3, 8] {
            assert!(one == with_threads(threads), "{}: {threads} threads", describe(&config));
        }
    }
}

#[test]
fn every_backend_writes_the_same_bytes_within_one_arithmetic() {
    for config in cells() {
        let with = |backend, arithmetic| {
            let config = Config { backend: Some(backend), arithmetic: Some(arithmetic), dim: 20, ..config.clone() };
            bytes(&train(0.02, &config))
        };
        let plain = Arithmetic::ALL.map(|arithmetic| (arithmetic, with(scalar(arithmetic).backend(), arithmetic)));
        for_each_backend(|dispatch| {
            let found = with(dispatch.backend(), dispatch.arithmetic());
            let same = plain.iter().any(|(arithmetic, bytes)| *arithmetic == dispatch.arithmetic() && *bytes == found);
            assert!(same, "{}, {}", describe(&config), name(dispatch));
        });
    }
}

#[test]
fn the_seed_decides() {
    for config in cells() {
        let with_seed = |seed| bytes(&train(0.02, &Config { seed, ..config.clone() }));
        let one = with_seed(1);
        assert!(one == with_seed(1) && one != with_seed(2), "{}", describe(&config));
    }
}

#[test]
fn progress_adds_up() {
    for config in cells() {
        let corpus = corpus(0.1);
        let vocabulary = corpus.vocabulary();
        let mut reports: Vec<Progress> = Vec::new();
        let config = Config { epochs: 2, ..config };
        let trainer = Trainer::with(config.clone()).observe(|progress| {
            reports.push(*progress);
            // After the last report there is nothing to break off.
            if progress.tokens == progress.tokens_total && progress.epoch_finished {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        let trained = { trainer }.train(&corpus).expect("a model");
        let what = describe(&config);
        let last = reports.last().expect("a report");
        assert_eq!((last.tokens, last.tokens_total), (2 * vocabulary.tokens(), 2 * vocabulary.tokens()), "{what}");
        assert!(reports.is_sorted_by(|a, b| a.tokens <= b.tokens && a.learning_rate >= b.learning_rate), "{what}");
        assert!(
            last.learning_rate <= 2e-4 * config.learning_rate(),
            "{what}: the step size that is reported falls to its floor"
        );
        let ends: Vec<Option<f64>> =
            reports.iter().filter(|report| report.epoch_finished).map(|report| report.loss).collect();
        assert_eq!(ends, trained.losses(), "{what}");
    }
}

#[test]
fn a_stopped_run_leaves_what_there_is() {
    for config in cells() {
        let corpus = corpus(0.1);
        let stopped = Trainer::with(config.clone()).observe(|_| ControlFlow::Break(())).train(&corpus);
        let Err(Error::Stopped(stopped)) = stopped else { panic!("{}", describe(&config)) };
        let model = stopped.into_model().expect("what was trained");
        assert_eq!((model.losses().len(), model.vectors().len()), (1, corpus.vocabulary().len()));
        assert_eq!((model.config(), model.output().map(<[f32]>::is_empty)), (Some(&config), Some(false)));
    }
}

#[test]
fn a_line_of_ten_words_trains_in_every_cell() {
    let corpus = corpora::read("a b c a b c a b c d");
    for config in cells() {
        let config = Config { sample: 0.0, ..config };
        let trained = Trainer::with(config.clone()).train(&corpus);
        assert_eq!(trained.expect("a model").vectors().len(), 4, "{}", describe(&config));
    }
}

#[test]
fn epochs_without_a_pair_do_not_lose_those_with_one() {
    let corpus = corpora::read(&"a b\n".repeat(20));
    for config in cells() {
        // So few tokens are kept that most epochs see no two in one sentence.
        let mut idle = 0;
        let config = Config { sample: 1e-3, epochs: 200, ..config };
        let observe = |progress: &Progress| {
            idle += usize::from(progress.epoch_finished && progress.pairs == 0);
            ControlFlow::Continue(())
        };
        Trainer::with(config.clone()).observe(observe).train(&corpus).expect("a model");
        assert!((1..200).contains(&idle), "{}: {idle}", describe(&config));
    }
}
