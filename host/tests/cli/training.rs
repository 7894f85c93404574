//! `w2v train`: the same bytes for any number of threads, every source, every model, every kind of
//! progress.

use crate::{Outcome, Workshop, text};
use serde_json::Value;
use std::fs::{File, OpenOptions};

/// The lines of `text`, each of which is a JSON object.
#[track_caller]
fn objects(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

#[test]
fn the_built_in_corpus_is_shown_off() {
    let shown = Workshop::new().run("train --progress none --epochs 1").succeeds();
    for part in ["nearest words", "  paris ", "analogies", "right  ", "wrong  "] {
        assert!(shown.contains(part), "{shown}");
    }
}

#[test]
fn a_model_of_the_built_in_corpus_says_so() {
    let workshop = Workshop::new();
    workshop.file("corpus", text(500));
    for (corpus, built_in) in [("", true), ("corpus", false)] {
        let line = format!("train {corpus} -o m --epochs 1 --dim 4 --progress");
        let plain = workshop.run(&format!("{line} plain")).stderr;
        assert_eq!(
            plain.lines().any(|line| line.starts_with("the corpus built into the program: ")),
            built_in,
            "{plain}"
        );
        let events = objects(&workshop.run(&format!("{line} json")).stderr);
        let begin = events.iter().find(|event| event["event"] == "begin").unwrap();
        assert_eq!(begin["built_in"], built_in);
        let record: Value = serde_json::from_slice(&workshop.read("m.json")).unwrap();
        assert_eq!(record.get("built_in"), built_in.then_some(&true.into()));
    }
}

#[test]
fn a_vocabulary_can_be_all_that_is_asked_for() {
    let workshop = Workshop::new();
    workshop.file("corpus", text(500));
    workshop.run("train corpus -o m --save-vocab v --dim 4 --epochs 1 --progress none").succeeds();
    let told = workshop.run("train corpus --save-vocab alone --progress plain");
    assert!(
        told.stderr.contains("alone: 8 words, 3,000 tokens in ") && !told.stderr.contains("epoch"),
        "{}",
        told.stderr
    );
    assert_eq!(told.succeeds(), "");
    assert_eq!(workshop.read("alone"), workshop.read("v"));
    let piped = workshop.run("train corpus --save-vocab - --progress json");
    let last = objects(&piped.stderr).pop().unwrap();
    assert_eq!((&last["event"], &last["words"], &last["tokens"]), (&"counted".into(), &8.into(), &3000.into()));
    assert_eq!(piped.succeeds().as_bytes(), workshop.read("v"));
    assert_eq!(workshop.names(), ["alone", "corpus", "m", "m.json", "v"]);
}

#[test]
fn threads_do_not_change_a_byte() {
    let workshop = Workshop::new();
    for threads in [1, 2, 7] {
        workshop.run(&format!("train -o {threads}.bin --epochs 2 --dim 20 --threads {threads}")).succeeds();
    }
    for (one, other) in [("1.bin", "2.bin"), ("1.bin", "7.bin"), ("1.bin.json", "7.bin.json")] {
        assert!(workshop.read(one) == workshop.read(other), "{one} and {other} differ");
    }
}

#[test]
fn all_models_learn_which_words_keep_company() {
    let workshop = Workshop::new();
    workshop.file("corpus", text(3000));
    for architecture in ["skip-gram", "cbow"] {
        for objective in ["negative-sampling", "hierarchical-softmax"] {
            let models = format!("--architecture {architecture} --objective {objective} --threads 2");
            // Undivided, CBOW learns eight words so fast that it tells apart even those that keep
            // the same company.
            let settings = "--dim 16 --sample 0 --cbow-gradient exact --progress plain";
            let said = workshop.run(&format!("train corpus -o m.txt {settings} {models}"));
            assert!(said.stderr.contains(", 2 threads\n"), "{}", said.stderr);
            said.succeeds();
            let nearest = workshop.run("nearest m.txt red -k 3").succeeds();
            let mut words: Vec<&str> = nearest.lines().filter_map(|line| line.split('\t').next()).collect();
            words.sort_unstable();
            assert_eq!(words, ["blue", "green", "white"], "{models}");
        }
    }
}

#[test]
fn every_source_of_the_same_text_gives_the_same_model() {
    let workshop = Workshop::new();
    let text = text(500);
    let (head, tail) = text.split_at(text.find('\n').unwrap() + 1);
    workshop.file("corpus", &text).file("head", head).file("tail", tail);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, text.as_bytes()).unwrap();
    workshop.file("corpus.gz", gzip.finish().unwrap());
    workshop.file("corpus.zst", zstd::encode_all(text.as_bytes(), 1).unwrap());

    let flags = "--dim 8 --epochs 1 --progress none";
    workshop.run(&format!("train corpus -o model.txt --save-vocab vocabulary {flags}")).succeeds();
    for source in ["corpus.gz", "corpus.zst", "head tail", "corpus --vocab vocabulary"] {
        workshop.run(&format!("train {source} -o again.txt {flags}")).succeeds();
        assert!(workshop.read("again.txt") == workshop.read("model.txt"), "{source}");
    }
    let line = format!("train - -o again.txt {flags}");
    let stdin = File::open(workshop.path("corpus")).unwrap();
    Outcome::of(&line, workshop.command(&line).stdin(stdin).output().unwrap()).succeeds();
    assert!(workshop.read("again.txt") == workshop.read("model.txt"), "standard input");
    assert_eq!(String::from_utf8(workshop.read("vocabulary")).unwrap().lines().count(), 8);
}

#[test]
fn the_record_tells_what_a_model_was_made_of() {
    let workshop = Workshop::new();
    workshop.file("corpus", text(500));
    workshop.run("train corpus -o m.bin --dim 8 --epochs 3 --architecture cbow --progress none").succeeds();
    let record: Value = serde_json::from_slice(&workshop.read("m.bin.json")).unwrap();
    assert_eq!(record["architecture"], "cbow");
    assert_eq!(record["cbow_gradient"], "undivided");
    assert_eq!((&record["dim"], &record["words"], &record["tokens"]), (&8.into(), &8.into(), &3000.into()));
    assert_eq!(record["negatives"], 5);
    assert!(record["learning_rate"].as_f64().unwrap() > 0.0);
    assert!(["fused", "unfused"].contains(&record["arithmetic"].as_str().unwrap()));
    assert_eq!(record["losses"].as_array().unwrap().len(), 3);
    assert_eq!(record["interrupted"], false);
    for absent in ["threads", "backend", "vocabulary"] {
        assert!(record.get(absent).is_none(), "{absent}");
    }
    workshop.file("v", "red 100\ngreen 99\n");
    workshop.run("train corpus --vocab v -o m.bin --dim 8 --epochs 1 --progress none").succeeds();
    let record: Value = serde_json::from_slice(&workshop.read("m.bin.json")).unwrap();
    assert_eq!((&record["vocabulary"], &record["words"]), (&"v".into(), &2.into()));
}

#[test]
fn progress_is_told_in_the_chosen_way() {
    let workshop = Workshop::new();
    workshop.file("corpus", text(500));
    let said = |style| {
        let outcome = workshop.run(&format!("train corpus -o m.txt --dim 8 --epochs 2 --threads 1 --progress {style}"));
        let said = outcome.stderr.clone();
        outcome.succeeds();
        said
    };
    assert_eq!(said("none"), "");
    for style in ["auto", "plain"] {
        let plain = said(style);
        // Each word is an eighth of the text, of which √(.001 · 8) + .001 · 8 stays.
        for part in ["8 words, 3,000 tokens, of which subsampling keeps 292 or so; ", "1 thread\n", "epoch 2/2"] {
            assert!(plain.contains(part), "{part}: {plain}");
        }
        for part in ["loss", "words/s", "learning rate", "left", "m.txt:"] {
            assert!(plain.contains(part), "{part}: {plain}");
        }
    }
    let events = objects(&said("json"));
    let begin = events.iter().find(|event| event["event"] == "begin").unwrap();
    assert_eq!((&begin["words"], &begin["tokens"], &begin["threads"]), (&8.into(), &3000.into(), &1.into()));
    assert_eq!(begin["tokens_kept"], 292);
    let finished: Vec<&Value> = events.iter().filter(|event| event["epoch_finished"] == true).collect();
    assert_eq!(finished.len(), 2);
    for field in ["loss", "words_per_second", "learning_rate", "seconds_left"] {
        assert!(finished[1][field].is_number(), "{field}");
    }
    assert_eq!(events.last().unwrap()["event"], "written");
}

#[test]
fn of_a_corpus_subsampling_keeps_a_share_whatever_the_vocabulary_was_counted_in() {
    let workshop = Workshop::new();
    workshop.file("corpus", text(500));
    workshop.file("large", text(50_000));
    workshop.run("train large -o m.txt --dim 8 --epochs 1 --save-vocab large.vocab").succeeds();
    let said = |style| {
        let outcome =
            workshop.run(&format!("train corpus --vocab large.vocab -o m.txt --dim 8 --epochs 1 --progress {style}"));
        let said = outcome.stderr.clone();
        outcome.succeeds();
        said
    };
    let plain = said("plain");
    assert!(plain.contains("8 words, 3,000 tokens, of which subsampling keeps 292 or so; "), "{plain}");
    let events = objects(&said("json"));
    let begin = events.iter().find(|event| event["event"] == "begin").unwrap();
    assert_eq!((&begin["tokens"], &begin["tokens_kept"]), (&3000.into(), &292.into()));
}

#[test]
fn a_model_can_be_piped() {
    let workshop = Workshop::new();
    workshop.file("corpus", text(500));
    for output in ["-", "/dev/stdout"] {
        let model = workshop.run(&format!("train corpus -o {output} --dim 4 --epochs 1 --progress none")).succeeds();
        assert!(model.starts_with("8 4\n") && model.lines().count() == 9, "{model}");
    }
    let counts = workshop.run("train corpus -o m --save-vocab - --dim 4 --epochs 1 --progress none").succeeds();
    assert_eq!(counts.lines().count(), 8, "{counts}");
    assert_eq!(workshop.names(), ["corpus", "m", "m.json"]);
    workshop.run("train corpus -o - --save-vocab /dev/stdout").fails(2, &["--save-vocab -: "]);
}

#[test]
fn standard_output_is_written_from_where_it_stands() {
    let workshop = Workshop::new();
    workshop.file("corpus", text(500));
    for output in ["-", "/dev/stdout"] {
        workshop.file("kept", "old\n");
        let line = format!("train corpus -o {output} --dim 4 --epochs 1 --progress none");
        let kept = OpenOptions::new().append(true).open(workshop.path("kept")).unwrap();
        Outcome::of(&line, workshop.command(&line).stdout(kept).output().unwrap()).succeeds();
        let kept = String::from_utf8(workshop.read("kept")).unwrap();
        assert!(kept.starts_with("old\n8 4\n") && kept.lines().count() == 10, "{kept}");
    }
    assert_eq!(workshop.names(), ["corpus", "kept"]);
}

#[cfg(unix)]
#[test]
fn a_link_to_standard_output_is_not_followed_to_the_file_that_it_is() {
    let workshop = Workshop::new();
    workshop.file("corpus", text(500)).file("kept", "old\n");
    std::os::unix::fs::symlink("/dev/stdout", workshop.path("link")).unwrap();
    let line = "train corpus -o link --dim 4 --epochs 1 --progress none";
    let append = OpenOptions::new().append(true).open(workshop.path("kept")).unwrap();
    let outcome = Outcome::of(line, workshop.command(line).stdout(append).output().unwrap());
    outcome.fails(1, &["link: is a file that is open already; name the file itself, or `-`"]);
    assert_eq!(workshop.read("kept"), b"old\n");
}
