//! A run that goes on from a checkpoint ends with the same bits as one that was never interrupted.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use w2v::{Architecture, Checkpoint, Config, Corpus, Error, Every, Model, ReadOptions, Source, Trainer};
use w2v_core::rng::{SplitMix64, below};
use w2v_core::simd::Backend;
use w2v_tests::backends::for_each_backend;
use w2v_tests::corpora;

use rand_core::Rng;

/// A text of several superbatches, whose ends are within sentences.
fn corpus() -> Corpus {
    corpora::read(&corpora::long_text(9000, 150))
}

/// Every model, with settings that make superbatches short and leave tokens out.
fn cells() -> impl Iterator<Item = Config> {
    let small = |config| Config { dim: 20, window: 20, sample: 0.02, epochs: 2, threads: Some(1), ..config };
    corpora::cells().map(small)
}

fn describe(config: &Config) -> String {
    format!("{} {} {}", config.architecture, config.objective, config.cbow_gradient)
}

/// All that a model has of its training, in bits.
fn bits(model: &Model) -> (Vec<u32>, Vec<u32>, Vec<Option<u64>>) {
    let bits = |numbers: &[f32]| numbers.iter().map(|number| number.to_bits()).collect();
    let losses = model.losses().iter().map(|loss| loss.map(f64::to_bits)).collect();
    (bits(model.vectors().numbers()), bits(model.output().expect("an output matrix")), losses)
}

fn directory() -> TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

/// A trainer that stops at its `report`th report, counted from 0, and leaves a checkpoint.
fn stopping<'o>(config: &Config, path: &Path, report: usize) -> Trainer<'o> {
    let mut reports = 0;
    Trainer::with(config.clone()).checkpoint(path, Every::default()).observe(move |_| {
        reports += 1;
        if reports > report { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
}

/// The reports of a whole run.
fn reports(config: &Config, corpus: &Corpus) -> usize {
    let mut reports = 0;
    let counting = Trainer::with(config.clone()).observe(|_| {
        reports += 1;
        ControlFlow::Continue(())
    });
    { counting }.train(corpus).expect("a model");
    reports
}

#[test]
fn a_run_goes_on_from_any_report_to_the_same_bits() {
    let (directory, corpus) = (directory(), corpus());
    let path = directory.path().join("run");
    for config in cells() {
        let whole = { Trainer::with(config.clone()) }.checkpoint(&path, Every::default()).train(&corpus);
        let (whole, last) = (whole.expect("a model"), fs::read(&path).expect("a checkpoint"));
        let all = reports(&config, &corpus);
        assert!(all > 6, "{}: {all}", describe(&config));
        // The last report has nothing to stop.
        for report in 0..all - 1 {
            let stopped = stopping(&config, &path, report).train(&corpus);
            assert!(matches!(stopped, Err(Error::Stopped(_))), "{}", describe(&config));
            let resumed = Trainer::with(Config { threads: Some(3), ..config.clone() });
            let resumed =
                { resumed }.resume(&path).checkpoint(&path, Every::Epochs(1)).train(&corpus).expect("a model");
            assert!(bits(&resumed) == bits(&whole), "{} after report {report}", describe(&config));
            assert!(fs::read(&path).expect("a checkpoint") == last, "{} after report {report}", describe(&config));
        }
    }
}

#[test]
fn a_run_may_go_on_again_and_again_on_any_threads_and_backends() {
    let (directory, corpus) = (directory(), corpus());
    let path = directory.path().join("run");
    for config in cells() {
        for_each_backend(|dispatch| {
            let config =
                Config { backend: Some(dispatch.backend()), arithmetic: Some(dispatch.arithmetic()), ..config.clone() };
            let whole = bits(&{ Trainer::with(config.clone()) }.train(&corpus).expect("a model"));
            let stopped = stopping(&config, &path, 1).train(&corpus);
            assert!(matches!(stopped, Err(Error::Stopped(_))));
            let mut times = 0;
            let resumed = loop {
                times += 1;
                // The arithmetic is that of the checkpoint, on the scalar backend every second
                // time.
                let backend = (times % 2 == 1).then_some(Backend::Scalar);
                let config = Config { threads: Some(times), backend, arithmetic: None, ..config.clone() };
                match stopping(&config, &path, times).resume(&path).train(&corpus) {
                    Err(Error::Stopped(_)) => {}
                    model => break model.expect("a model"),
                }
            };
            assert!(times > 2 && bits(&resumed) == whole, "{}: {times} times", describe(&config));
        });
    }
}

#[test]
fn windows_that_wait_for_the_next_superbatch_are_carried_over() {
    // Lines that are longer than superbatches, wide windows, and few tokens that are kept.
    let mut random = SplitMix64::new(3);
    let words: Vec<String> = (0..12_000).map(|_| format!("w{}", below(random.next_u32(), 50))).collect();
    let corpus = corpora::read(&words.join(" "));
    let directory = directory();
    let path = directory.path().join("run");
    for config in cells() {
        let config = Config { window: 40, sample: 1e-3, epochs: 1, ..config };
        let whole = { Trainer::with(config.clone()) }.train(&corpus).expect("a model");
        for report in [0, 1] {
            assert!(matches!(stopping(&config, &path, report).train(&corpus), Err(Error::Stopped(_))));
            let resumed = { Trainer::with(config.clone()) }.resume(&path).train(&corpus).expect("a model");
            assert!(bits(&resumed) == bits(&whole), "{}", describe(&config));
        }
    }
}

#[test]
fn a_run_that_has_kept_no_token_yet_goes_on() {
    // Two words of a kind for thousands of tokens, of which nearly none are kept.
    let corpus = corpora::read(&"a b ".repeat(4000));
    let directory = directory();
    let path = directory.path().join("run");
    for config in cells() {
        let config = Config { sample: 1e-12, ..config };
        for _ in 0..8 {
            assert!(matches!(stopping(&config, &path, 0).train(&corpus), Err(Error::Stopped(_))));
            let resumed = { Trainer::with(config.clone()) }.resume(&path).train(&corpus);
            assert!(matches!(resumed, Err(Error::NothingToTrain(_))), "{}: {resumed:?}", describe(&config));
        }
    }
}

#[test]
fn a_finished_run_is_there_again_and_may_have_more_epochs() {
    let (directory, corpus) = (directory(), corpus());
    let path = directory.path().join("run");
    for config in cells() {
        let whole =
            { Trainer::with(config.clone()) }.checkpoint(&path, Every::default()).train(&corpus).expect("a model");
        let mut reports = 0;
        let again = Trainer::with(config.clone()).resume(&path).observe(|_| {
            reports += 1;
            ControlFlow::Continue(())
        });
        let again = { again }.train(&corpus).expect("a model");
        assert!(bits(&again) == bits(&whole) && reports == 0, "{}", describe(&config));
        let mut rates = Vec::new();
        let longer = Trainer::with(Config { epochs: 4, ..config.clone() }).resume(&path).observe(|progress| {
            rates.push(progress.learning_rate);
            ControlFlow::Continue(())
        });
        let longer = { longer }.train(&corpus).expect("a model");
        assert_eq!((longer.losses().len(), &longer.losses()[..2]), (4, whole.losses()), "{}", describe(&config));
        // Half of the longer run is over, and so is half of the fall of its rate.
        assert!(rates[0] < 0.51 * config.learning_rate() && rates[0] > 0.3 * config.learning_rate(), "{rates:?}");
        assert!(rates.is_sorted_by(|a, b| a >= b), "{rates:?}");
        let shorter = { Trainer::with(Config { epochs: 1, ..config }) }.resume(&path).train(&corpus);
        let error = shorter.expect_err("a shorter run").to_string();
        assert!(error.starts_with("epochs 1: ") && error.contains("was begun with 2; go on with 2 or more"), "{error}");
    }
}

#[test]
fn another_setting_or_corpus_is_refused_by_name() {
    let (directory, corpus) = (directory(), corpus());
    let path = directory.path().join("run");
    let config = Config { architecture: Architecture::Cbow, ..cells().next().expect("a cell") };
    assert!(matches!(stopping(&config, &path, 2).train(&corpus), Err(Error::Stopped(_))));
    let refusal = |config: Config, corpus: &Corpus| {
        let error = { Trainer::with(config) }.resume(&path).train(corpus).expect_err("a refusal").to_string();
        assert!(!error.contains('\n'), "{error}");
        error
    };
    let arithmetic = Checkpoint::open(&path).expect("a checkpoint").config().arithmetic.expect("its arithmetic");
    let other = w2v::Arithmetic::ALL.into_iter().find(|&other| other != arithmetic).expect("two");
    for (other, name, values) in [
        (Config { architecture: Architecture::SkipGram, ..config.clone() }, "architecture skip-gram", "with cbow"),
        (
            Config { objective: w2v::Objective::HierarchicalSoftmax, ..config.clone() },
            "objective hier",
            "with negative",
        ),
        (Config { dim: 21, ..config.clone() }, "dim 21: ", "with 20;"),
        (Config { window: 6, ..config.clone() }, "window 6: ", "with 20;"),
        (Config { negatives: 6, ..config.clone() }, "negatives 6: ", "with 5;"),
        (Config { exponent: 0.5, ..config.clone() }, "exponent 0.5: ", "with 0.75;"),
        (Config { sample: 1e-4, ..config.clone() }, "sample 0.0001: ", "with 0.02;"),
        (Config { learning_rate: Some(0.01), ..config.clone() }, "learning-rate 0.01: ", "with 0.05;"),
        (Config { cbow_gradient: w2v::CbowGradient::Exact, ..config.clone() }, "learning-rate 0.1: ", "with 0.05;"),
        (Config { seed: 2, ..config.clone() }, "seed 2: ", "with 1;"),
        (
            Config { backend: Some(Backend::Scalar), arithmetic: Some(other), ..config.clone() },
            "arithmetic ",
            "was begun with",
        ),
    ] {
        let error = refusal(other, &corpus);
        assert!(
            error.starts_with(name)
                && error.contains(&format!("was begun {}", values.trim_start_matches("was begun "))),
            "{error}"
        );
    }
    let text = corpora::long_text(9000, 150);
    for (other, part) in [
        (text.replace("w7 ", "w8 ").replace("w7\n", "w8\n"), "its vocabulary has 150 words there and 149 here"),
        (text.clone() + "w1", "it has 9000 tokens there and 9001 here"),
        (text.replace("w7", "x7"), "the SHA-256 of its vocabulary is "),
        (text.lines().rev().collect::<Vec<_>>().join("\n"), "the SHA-256 of its tokens is "),
    ] {
        let error = refusal(config.clone(), &corpora::read(&other));
        let name = path.display();
        assert!(
            error.starts_with(&format!("{name}: was begun on another corpus: ")) && error.contains(part),
            "{error}"
        );
    }
}

#[test]
fn files_that_are_no_whole_checkpoint_are_refused() {
    let (directory, corpus) = (directory(), corpora::read(&corpora::short_text()));
    let path = directory.path().join("run");
    let config = Config { dim: 1, epochs: 1, ..cells().next().expect("a cell") };
    { Trainer::with(config.clone()) }.checkpoint(&path, Every::default()).train(&corpus).expect("a model");
    let whole = fs::read(&path).expect("a checkpoint");
    let other = directory.path().join("other");
    let refusal = |content: &[u8]| {
        fs::write(&other, content).expect("a file");
        let [looked, trained] = [
            Checkpoint::open(&other).map(drop),
            { Trainer::with(config.clone()) }.resume(&other).train(&corpus).map(drop),
        ]
        .map(|outcome| outcome.expect_err("a refusal").to_string());
        assert_eq!(looked, trained);
        looked.strip_prefix(&format!("{}: ", other.display())).expect("the file's name").to_owned()
    };
    for len in (0..whole.len()).step_by(97).chain([whole.len() - 1]) {
        assert!(refusal(&whole[..len]).starts_with("is cut short"), "{len}");
    }
    let mut altered = whole.clone();
    let last = altered.len() - 40;
    altered[last] ^= 1;
    assert_eq!(refusal(&altered), "is damaged or altered: its content does not have its checksum");
    assert_eq!(refusal(b"4 2\neast 1 0\nnorth 0 1\n"), "is no checkpoint");
    let text = String::from_utf8_lossy(&whole[8..whole.len() / 2]).into_owned();
    assert!(text.starts_with("{\"__metadata__\":{"), "{text}");
    assert!(matches!(Checkpoint::open(directory.path().join("absent")), Err(Error::Io { .. })));
}

#[test]
fn a_checkpoint_that_cannot_be_written_is_told_and_may_be_done_without() {
    let (directory, corpus) = (directory(), corpus());
    let inner = directory.path().join("inner");
    let path = inner.join("run");
    let config = Config { epochs: 1, ..cells().next().expect("a cell") };
    let whole = bits(&{ Trainer::with(config.clone()) }.train(&corpus).expect("a model"));
    let run = |trainer: Trainer<'_>| {
        fs::create_dir(&inner).expect("a directory");
        let mut is_first = true;
        let trainer = trainer.checkpoint(&path, Duration::ZERO).observe(|_| {
            if std::mem::take(&mut is_first) {
                fs::remove_dir_all(&inner).expect("a directory");
            }
            ControlFlow::Continue(())
        });
        { trainer }.train(&corpus)
    };
    let mut failures = 0;
    let model = run(Trainer::with(config.clone()).on_checkpoint(|saved| {
        failures += usize::from(saved.is_err());
        Ok(())
    }));
    assert!(bits(&model.expect("a model")) == whole && failures > 2, "{failures}");
    assert!(matches!(run(Trainer::with(config)), Err(Error::Io { .. })));
}

#[test]
fn what_is_told_is_so() {
    let (directory, corpus) = (directory(), corpus());
    let path = directory.path().join("run");
    let config = Config { epochs: 3, ..cells().next().expect("a cell") };
    let mut told = Vec::new();
    let trainer = Trainer::with(config.clone()).checkpoint(&path, Every::Epochs(2)).on_checkpoint(|saved| {
        let looked = Checkpoint::open(&path)?;
        told.push((saved?.bytes, looked.epochs(), looked.tokens()));
        assert_eq!((looked.config().dim, looked.config().epochs), (20, 3));
        assert!(looked.check("run", &config).is_ok());
        Ok(())
    });
    { trainer }.train(&corpus).expect("a model");
    let bytes = fs::metadata(&path).expect("a checkpoint").len();
    assert_eq!(
        told.iter().map(|&(_, epochs, tokens)| (epochs, tokens)).collect::<Vec<_>>(),
        [(2, 18_000), (3, 27_000)]
    );
    assert_eq!(told[1].0, bytes);
    // Both matrices, and a little more.
    assert!((2 * 150 * 20 * 4..2 * 150 * 20 * 4 + 8000).contains(&(bytes as usize)), "{bytes}");
}

#[test]
fn a_saved_corpus_is_the_corpus() {
    let directory = directory();
    let path = directory.path().join("tokens");
    let text = || [Source::text(corpora::long_text(9000, 150) + " seldom\n\nonce")];
    let options = || ReadOptions::new().min_count(2);
    let corpus = options().sources(text()).expect("a corpus");
    corpus.save(&path).expect("a saved corpus");
    let saved = options().saved(&path).expect("the corpus");
    assert!(saved.vocabulary().words().eq(corpus.vocabulary().words()) && saved.tokens() == corpus.tokens());
    let tokens = |corpus: &Corpus| {
        let (mut pass, mut tokens) = (corpus.pass(), Vec::new());
        while pass.read(&mut tokens, 100).expect("tokens") > 0 {}
        tokens
    };
    assert_eq!(tokens(&saved), tokens(&corpus));
    // A run that was begun on the text goes on with it, and its own save is the same.
    let (run, config) = (directory.path().join("run"), cells().next().expect("a cell"));
    assert!(matches!(stopping(&config, &run, 3).train(&corpus), Err(Error::Stopped(_))));
    let resumed = { Trainer::with(config.clone()) }.resume(&run).train(&saved).expect("a model");
    assert!(bits(&resumed) == bits(&{ Trainer::with(config) }.train(&corpus).expect("a model")));
    let again = directory.path().join("again");
    saved.save(&again).expect("a saved corpus");
    assert!(fs::read(&again).expect("a file") == fs::read(&path).expect("a file"));

    let refusal = |options: ReadOptions<'_>, path: &Path| options.saved(path).expect_err("a refusal").to_string();
    assert!(
        refusal(ReadOptions::new(), &path).starts_with("min-count 5: ")
            && refusal(ReadOptions::new(), &path).contains("read with 2;")
    );
    assert!(refusal(options().max_vocab(9), &path).starts_with("max-vocab 9: "));
    assert!(
        refusal(options().vocabulary(corpus.vocabulary().clone()), &path).contains("was read with its own vocabulary")
    );
    assert!(refusal(options(), &run).contains("is a file of tensors, but no saved corpus"));
    let mut damaged = fs::read(&path).expect("a file");
    let middle = damaged.len() / 2;
    damaged[middle] ^= 4;
    fs::write(&again, damaged).expect("a file");
    assert!(refusal(options(), &again).contains("is damaged"));
    let given = ReadOptions::new().vocabulary(corpus.vocabulary().clone()).sources(text()).expect("a corpus");
    given.save(&again).expect("a saved corpus");
    let with = |vocabulary| ReadOptions::new().vocabulary(vocabulary);
    assert!(with(corpus.vocabulary().clone()).saved(&again).is_ok());
    assert!(refusal(with(corpus.vocabulary().clone().most_frequent(9)), &again).contains("has another vocabulary"));
    assert!(corpus.save(directory.path().join("tokens.gz")).is_err());
}
