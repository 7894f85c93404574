//! What programs rely on that embed the library: its page, its types, and what they do together.

use std::fs;
use std::ops::ControlFlow;
use std::thread;

use w2v::{Config, Corpus, Error, Model, Pass, Phrases, Progress, Reading, Setting, Trainer, Vectors, Vocabulary};
use w2v_tests::corpora::{cells, read, short_text};
use w2v_tests::data::workspace;

/// The first block of code of a text that is marked `fence`, without lines that documentation
/// hides.
fn first_example(text: &str, fence: &str) -> String {
    let mut lines = text.lines().skip_while(|line| *line != fence).skip(1);
    let lines: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
    lines.into_iter().filter(|line| !line.starts_with("# ")).map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_readme_shows_the_example_of_the_crates_page() {
    let file = |path: &str| fs::read_to_string(workspace().join(path)).expect("a file of the project");
    let page = file("host/src/lib.rs");
    let page: Vec<&str> = page.lines().map_while(|line| line.strip_prefix("//!")).collect();
    let page: Vec<&str> = page.into_iter().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    let example = first_example(&page.join("\n"), "```standalone_crate");
    assert!((8..=12).contains(&example.lines().count()), "{example}");
    assert_eq!(first_example(&file("README.md"), "```rust"), example);
}

#[test]
fn threads_may_share_and_take_what_programs_hold() {
    fn is<T: Send + Sync + std::fmt::Debug>() {}
    is::<Config>();
    is::<Corpus>();
    is::<Pass<'_>>();
    is::<Error>();
    is::<Model>();
    is::<Phrases>();
    is::<Progress>();
    is::<Reading>();
    is::<Setting>();
    is::<Vectors>();
    is::<Vocabulary>();
}

fn bits(model: &Model) -> Vec<u32> {
    model.vectors().numbers().iter().map(|number| number.to_bits()).collect()
}

#[test]
fn a_model_is_seen_before_training_and_after_each_epoch() {
    let corpus = read(&short_text());
    for config in cells() {
        let config = Config { dim: 12, epochs: 3, ..config };
        let mut seen = Vec::new();
        let mut trainer = Trainer::with(config.clone()).at_epochs(|progress, vectors| {
            assert!(progress.epoch_finished && progress.epoch == seen.len() + 1);
            seen.push(vectors.into_numbers());
            ControlFlow::Continue(())
        });
        let start = trainer.untrained(corpus.vocabulary()).expect("a model");
        let model = trainer.train(&corpus).expect("a model");
        drop(trainer);
        assert!(start.losses().is_empty() && start.output().is_some_and(|output| output.iter().all(|&n| n == 0.0)));
        assert_eq!(start.output().map(<[f32]>::len), model.output().map(<[f32]>::len));
        assert_eq!(seen.len(), 3);
        assert!(start.vectors().numbers() != seen[0] && seen[0] != seen[1] && seen[1] != seen[2]);
        let plain = Trainer::with(config.clone()).train(&corpus).expect("a model");
        assert!(bits(&model) == bits(&plain) && model.vectors().numbers() == seen[2]);
        let stopped = Trainer::with(config).at_epochs(|_, _| ControlFlow::Break(())).train(&corpus);
        let Err(Error::Stopped(stopped)) = stopped else { panic!("training went on") };
        let stopped = stopped.into_model().expect("what was trained");
        assert_eq!((stopped.vectors().numbers(), stopped.losses().len()), (&seen[0][..], 1));
        assert_eq!(stopped.into_matrices().0.numbers(), seen[0]);
    }
}

#[test]
fn one_corpus_is_trained_by_several_at_once() {
    let corpus = read(&short_text());
    for config in cells() {
        let config = Config { dim: 12, threads: Some(2), ..config };
        let train = |keep| Trainer::with(config.clone()).keep_output(keep).train(&corpus).expect("a model");
        let [kept, dropped] = thread::scope(|scope| {
            [true, false].map(|keep| scope.spawn(move || train(keep))).map(|run| run.join().expect("no panic"))
        });
        assert!(bits(&kept) == bits(&dropped));
        assert!(kept.output().is_some() && dropped.output().is_none());
        assert!(kept.vocabulary().is_some_and(|words| words.counts() == corpus.vocabulary().counts()));
        // What is printed for a developer is no matrix.
        assert!(format!("{kept:?} {corpus:?}").len() < 1500, "{kept:?} {corpus:?}");
    }
}

#[test]
fn a_model_of_its_own_format_keeps_all_of_it() {
    let corpus = read(&short_text());
    let directory = std::env::temp_dir().join(format!("w2v-front-door-{}", std::process::id()));
    fs::create_dir_all(&directory).expect("a directory");
    for (cell, config) in cells().enumerate() {
        let config = Config { dim: 12, epochs: 2, ..config };
        let model = Trainer::with(config.clone()).train(&corpus).expect("a model");
        let [path, again, zipped] =
            ["m.w2v", "again.w2v", "m.w2v.zst"].map(|name| directory.join(format!("{cell}{name}")));
        model.save(&path).expect("a file");
        model.save(&zipped).expect("a file");
        for path in [&path, &zipped] {
            let loaded = Model::load(path).expect("a model");
            assert!(bits(&loaded) == bits(&model), "{config:?}");
            assert_eq!(loaded.output().expect("an output matrix"), model.output().expect("an output matrix"));
            let [ours, theirs] = [&loaded, &model].map(|model| model.vocabulary().expect("a vocabulary"));
            assert!(ours.words().eq(theirs.words()) && ours.counts() == theirs.counts());
            assert_eq!((ours.tokens(), ours.id("w1")), (theirs.tokens(), theirs.id("w1")));
            assert_eq!(loaded.losses(), model.losses());
            assert_eq!(loaded.arithmetic(), model.arithmetic());
            let told = Config {
                threads: None,
                backend: None,
                learning_rate: Some(config.learning_rate()),
                arithmetic: model.arithmetic(),
                ..config.clone()
            };
            assert_eq!(loaded.config(), Some(&told));
            loaded.save(&again).expect("a file");
            assert!(
                fs::read(&again).expect("a file") == fs::read(directory.join(format!("{cell}m.w2v"))).expect("a file")
            );
            assert!(Vectors::load(path).expect("vectors").numbers() == model.vectors().numbers());
        }
    }
    fs::remove_dir_all(&directory).expect("a directory");
}

#[test]
fn a_model_of_its_own_format_is_whole_or_named() {
    let path = std::env::temp_dir().join(format!("w2v-front-door-{}-wrong.w2v", std::process::id()));
    let model = Trainer::new().dim(8).epochs(1).sample(0.0).train(&read(&short_text())).expect("a model");
    let mut file = Vec::new();
    model.write(w2v::Format::W2v, &mut file).expect("memory");
    for (content, expected) in [(&file[..file.len() - 1], "is it cut short?"), (&file[..100], "within its header")] {
        fs::write(&path, content).expect("a file");
        let error = Model::load(&path).expect_err("an error").to_string();
        assert!(error.contains(expected) && error.contains("wrong.w2v: "), "{error}");
    }
    fs::remove_file(&path).expect("a file");
}

#[test]
fn a_model_that_was_saved_answers_as_before() {
    let model = Trainer::new().dim(8).epochs(1).sample(0.0).train(&read(&short_text())).expect("a model");
    for name in ["model.bin", "model.txt", "model.txt.gz", "model.safetensors"] {
        let path = std::env::temp_dir().join(format!("w2v-front-door-{}-{name}", std::process::id()));
        model.save(&path).expect("a file");
        let loaded = Model::load(&path).expect("a model");
        fs::remove_file(&path).expect("a file");
        assert!(bits(&loaded) == bits(&model), "{name}");
        assert_eq!(loaded.nearest("w0", 5).expect("a word"), model.nearest("w0", 5).expect("a word"));
        assert!(loaded.config().is_none() && loaded.vocabulary().is_none() && loaded.output().is_none());
    }
}

#[test]
fn an_error_names_the_setting() {
    let error = Trainer::new().learning_rate(-1.0).train(&read("a b")).expect_err("no such rate");
    let Error::Setting { setting: Setting::LearningRate, ref value, .. } = error else { panic!("{error:?}") };
    assert_eq!(value, "-1");
    assert!(error.to_string().starts_with("learning-rate -1: must be a positive number"), "{error}");
}

#[test]
fn settings_and_vocabularies_are_serialized() {
    for config in cells() {
        let config = Config { learning_rate: Some(0.1), arithmetic: Some(w2v::Arithmetic::Unfused), ..config };
        let text = serde_json::to_string(&config).expect("text");
        assert!(text.contains(&format!(r#""architecture":"{}""#, config.architecture)), "{text}");
        assert_eq!(serde_json::from_str::<Config>(&text).expect("settings"), config);
    }
    let partial: Config = serde_json::from_str(r#"{"dim": 7, "backend": null}"#).expect("settings");
    assert_eq!(partial, Config { dim: 7, ..Config::default() });
    let wrong = serde_json::from_str::<Config>(r#"{"objective": "best"}"#).expect_err("no such objective");
    assert!(wrong.to_string().contains("`best`"), "{wrong}");

    let words: [(&[u8], u64); 3] = [(b"two", 2), (b"\xff", 9), ("ş".as_bytes(), 1)];
    let vocabulary = Vocabulary::from_counts(words, 1).expect("words");
    let text = serde_json::to_string(&vocabulary).expect("text");
    assert_eq!(text, r#"[[[255],9],["two",2],["ş",1]]"#);
    let again: Vocabulary = serde_json::from_str(&text).expect("a vocabulary");
    assert!(again.words().eq(vocabulary.words()) && again.counts() == vocabulary.counts());
    for refused in [r#"[["a",1],["a",2]]"#, r#"[["a b",1]]"#, r#"[["a",0],["b",1]]"#, "[]"] {
        assert!(serde_json::from_str::<Vocabulary>(refused).is_err(), "{refused}");
    }
}
