//! Bad input: one clear line, the right exit code, nothing lost.

use crate::{Outcome, Workshop, has_device, text};
use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

/// Runs `train … -o model.txt` beside an existing model and asserts that it fails and leaves all
/// files as they were.
#[track_caller]
fn training_fails(workshop: &Workshop, line: &str, code: i32, parts: &[&str]) {
    workshop.file("model.txt", "precious");
    let names = workshop.names();
    workshop.run(&format!("train -o model.txt --progress none {line}")).fails(code, parts);
    assert_eq!(workshop.read("model.txt"), b"precious", "{line}");
    assert_eq!(workshop.names(), names, "{line}");
}

#[test]
fn corpora_that_cannot_be_trained_on() {
    let workshop = Workshop::new();
    workshop
        .file("empty", "")
        .file("blank", " \n\t\n")
        .file("few", "a b c\na b\n")
        .file("short", "a\na\n")
        .file("v", "a 2\n")
        .file("binary", b"2 3\na \0\0\0");
    fs::create_dir(workshop.path("directory")).unwrap();
    for (line, parts) in [
        ("absent", &["absent", "No such file"][..]),
        ("directory", &["directory"]),
        ("empty", &["nothing to train", "empty"]),
        ("blank", &["nothing to train", "blank"]),
        ("few binary", &["error: binary: begins with NUL bytes", "convert it to UTF-8"]),
        ("few", &["nothing to train", "min-count"]),
        ("few --min-count 2 --sample 1e-30", &["nothing to train", "sample 0, a smaller min-count or longer lines"]),
        ("short --min-count 1 --sample 0", &["nothing to train", "0 keep; a smaller min-count or longer lines"]),
        ("-", &["nothing to train", "standard input"]),
        ("- few -", &["standard input"]),
        ("few --vocab absent", &["absent", "No such file"]),
        ("few --vocab empty", &["error: empty: there are no words"]),
        ("few --vocab v", &["error: v: none of the 1 distinct words", "min-count 2 or less"]),
        ("blank --vocab few --min-count 1", &["few:1: "]),
    ] {
        training_fails(&workshop, line, 1, parts);
    }
}

#[test]
fn compressed_corpora_that_end_too_early() {
    let workshop = Workshop::new();
    let gzip = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x4b];
    let zstandard = [0x28, 0xb5, 0x2f, 0xfd, 0x24];
    workshop.file("cut.gz", gzip).file("cut.zst", zstandard);
    training_fails(&workshop, "cut.gz", 1, &["cut.gz"]);
    training_fails(&workshop, "cut.zst", 1, &["cut.zst"]);
}

#[test]
fn files_stored_in_a_way_that_is_not_read() {
    let workshop = Workshop::new();
    workshop.file("x", b"BZh91AY&SY\x01").file("corpus", text(100)).file("pairs", "a b 1\n");
    training_fails(&workshop, "x", 1, &["error: x: is bzip2; decompress it first\n"]);
    training_fails(&workshop, "corpus --vocab x", 1, &["error: x: is bzip2; decompress it first\n"]);
    for line in
        ["nearest x a", "evaluate x --similarity pairs", "evaluate m --similarity x", "evaluate m --analogies x"]
    {
        workshop.run(line).fails(1, &["error: x: is bzip2; decompress it first\n"]);
    }
}

#[test]
fn settings_that_cannot_train() {
    let workshop = Workshop::new();
    workshop.file("corpus", text(100));
    for (setting, part) in [
        ("--dim 0", "--dim 0"),
        ("--window 0", "--window 0"),
        ("--negatives 0", "--negatives 0"),
        ("--epochs 0", "--epochs 0"),
        ("--threads 0", "--threads 0"),
        ("--learning-rate 0", "--learning-rate 0"),
        ("--learning-rate -1", "--learning-rate -1"),
        ("--learning-rate nan", "--learning-rate NaN"),
        ("--learning-rate inf", "--learning-rate inf"),
        ("--sample nan", "--sample NaN"),
        ("--sample -1", "--sample -1"),
        ("--exponent nan", "--exponent NaN"),
        ("--backend portable --arithmetic fused", "--backend portable"),
    ] {
        training_fails(&workshop, &format!("corpus {setting}"), 2, &[part]);
    }
    workshop.file("m.interrupted.txt", "a");
    for name in ["m.bin.bz2", "m.XZ", "m.zip"] {
        workshop
            .run(&format!("train -o {name}"))
            .fails(2, &["--output", name, "would not be compressed", ".gz or .zst"]);
    }
    workshop.run("train m.interrupted.txt -o m.txt").fails(2, &["--output m.interrupted.txt: would overwrite"]);
    workshop.run("train corpus --progress none").fails(2, &["--output MODEL"]);
    workshop
        .run("train --save-vocab v")
        .fails(2, &["--output MODEL: is needed with --save-vocab if there is no corpus"]);
    training_fails(&workshop, "corpus --exponent 100", 2, &["--exponent 100: must be -15 to 15"]);
    for exponent in [-15, 15] {
        let line = format!("train corpus -o extreme --epochs 1 --exponent {exponent} --progress none");
        workshop.run(&line).succeeds();
    }
    // The tree draws no noise words.
    workshop
        .run("train corpus -o tree --objective hierarchical-softmax --epochs 1 --exponent 100 --progress none")
        .succeeds();
    // Vectors that have become infinite are not worth a file.
    training_fails(&workshop, "corpus --learning-rate 1e30 --sample 0", 1, &["diverged in epoch 1", "learning-rate"]);
    // Nor are those of a model that is far worse than none.
    for model in ["skip-gram --sample 0", "cbow --sample 0", "cbow --sample 0 --objective hierarchical-softmax"] {
        let line = format!("corpus --learning-rate 20 --architecture {model}");
        training_fails(&workshop, &line, 1, &["diverged in epoch", "an untrained model", "learning-rate below 20"]);
    }
}

#[test]
fn misuse_of_the_command_line_is_told_by_the_parser() {
    let workshop = Workshop::new();
    workshop.with_model();
    for (line, part) in [
        ("trian", "unrecognized subcommand 'trian'; tip: a similar subcommand exists: 'train'"),
        ("train --dim x", "'x' for '--dim <DIM>': must be a whole number in digits"),
        ("train --dim -1", "'-1' for '--dim <DIM>': must be a whole number in digits"),
        ("train --epochs 1e9", "'1e9' for '--epochs <EPOCHS>': must be a whole number in digits"),
        ("train --sample x", "'x' for '--sample <SAMPLE>'"),
        ("train --architecture glove", "[possible values: skip-gram, cbow]"),
        ("train --threads some", "`all` or a whole number"),
        ("train --dims 3", "unexpected argument '--dims' found; tip: a similar argument exists: '--dim'"),
        ("train --dims 3", "'--dim'\n"),
        ("train -s 200", "unexpected argument '-s' found\n"),
        ("nearest model.txt -lrb-", "'-l' found; tip: words that begin with a dash go after `--`\n"),
        ("analogy model.txt east west", "3 values required"),
        ("similarity model.txt east", "2 values required"),
        ("nearest model.txt east -k 0", "'0' for '-k <K>': must be 1 or more"),
        ("analogy model.txt west north east -k 0", "must be 1 or more"),
        ("evaluate model.txt", "--similarity"),
        ("nearest model.txt east --top 0", "'0' for '--top <WORDS>': must be 1 or more"),
        ("nearest -", "cannot hold both the model, as `-` says, and the questions"),
        ("similarity - --top 2", "give the words after it"),
        ("evaluate model.txt --analogies q --top 0", "'0' for '--top <WORDS>': must be 1 or more"),
    ] {
        workshop.run(line).fails(2, &[part]);
    }
    let outcome = workshop.run("");
    assert!(outcome.code == Some(2) && outcome.stderr.contains("Usage:"), "{}", outcome.stderr);
    assert!(workshop.run("help").succeeds().contains("Usage:"));
}

#[test]
fn flags_by_their_names_elsewhere() {
    let workshop = Workshop::new();
    workshop.file("corpus", text(100));
    for (line, flag, here) in [
        ("train -train corpus -output m", "-train", "CORPUS, without a flag"),
        ("train corpus -output m -cbow 1", "-output", "--output"),
        ("train corpus -o m -window 8", "-window", "--window"),
        ("train corpus -o m --min_count 1", "--min_count", "--min-count"),
        ("train corpus -o m --vector_size=200", "--vector_size", "--dim"),
        ("train corpus -o m -hs 0", "-hs", "--objective hierarchical-softmax"),
        ("explain corpus -o m --size 200", "--size", "--dim"),
        ("phrases -train corpus -output m", "-train", "CORPUS, without a flag"),
        ("evaluate model.txt -analogies q", "-analogies", "--analogies"),
    ] {
        workshop.run(line).fails(2, &[&format!("unexpected argument '{flag}' found; tip: it is {here} here\n")]);
    }
    // All that the help tells, with either number of dashes.
    let help = include_str!("../../src/cli/elsewhere.txt");
    let rows = help.lines().flat_map(|line| line.split("  ")).filter_map(|cell| cell.trim().split_once(": "));
    let names: Vec<_> = rows.flat_map(|(names, here)| names.split(", ").map(move |name| (name, here))).collect();
    assert_eq!(names.len(), 14);
    for (name, here) in names {
        for flag in [format!("-{name}"), format!("--{name}")] {
            let said = format!("unexpected argument '{flag}' found; tip: it is {here} here\n");
            workshop.run(&format!("train corpus -o m {flag} 1")).fails(2, &[&said]);
        }
    }
    // What a command does not have by any name is the parser's to tell.
    workshop.run("phrases corpus --size 2").fails(2, &["unexpected argument '--size' found\n"]);
    workshop.run("nearest model.txt -- -size").fails(1, &["model.txt: cannot open"]);
    assert_eq!(workshop.names(), ["corpus"]);
}

#[test]
fn outputs_that_cannot_be_written() {
    let workshop = Workshop::new();
    workshop.file("corpus", text(100)).file("vocabulary", "precious");
    fs::create_dir(workshop.path("directory")).unwrap();
    fs::create_dir(workshop.path("m.txt.json")).unwrap();
    let names = workshop.names();
    // The corpus does not exist, so an answer about the output shows that it is looked at first.
    for (line, part) in [
        ("train absent -o directory", "directory: "),
        ("train absent -o none/model.txt", "none/model.txt: cannot create: No such file or directory (os error 2)\n"),
        ("train absent -o none/", "none/: cannot create: no file can have this name"),
        ("train absent -o model.txt --save-vocab none/vocabulary", "none/vocabulary: "),
        ("train absent -o m.txt", "m.txt.json: "),
    ] {
        workshop.run(line).fails(1, &[part]);
        assert_eq!(workshop.names(), names);
    }
    let mut permissions = fs::metadata(workshop.path("vocabulary")).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(workshop.path("vocabulary"), permissions).unwrap();
    for line in ["train absent -o vocabulary", "train absent --save-vocab vocabulary", "phrases absent -o vocabulary"] {
        workshop.run(line).fails(1, &["error: vocabulary: is read-only; make it writable or choose another name"]);
    }
    assert_eq!(workshop.read("vocabulary"), b"precious");
    if has_device("/dev/full") {
        workshop.run("train corpus -o /dev/full --progress none").fails(1, &["/dev/full: cannot write"]);
        workshop.run("train corpus -o m --save-vocab /dev/full --progress none").fails(1, &["/dev/full: cannot write"]);
        assert_eq!(workshop.names(), names);
    }
}

#[test]
fn an_empty_file_name() {
    let workshop = Workshop::new();
    workshop.file("corpus", text(100));
    for arguments in [&["", "-o", "m"][..], &["corpus", "-o", ""]] {
        let output = workshop.command("train").args(arguments).output().unwrap();
        Outcome::of("train", output).fails(1, &["error: an empty file name: cannot "]);
    }
}

#[test]
fn files_that_are_no_models() {
    let workshop = Workshop::new();
    let mut truncated = b"2 2\na \0\0\0\0\0\0\x80?\nb ".to_vec();
    workshop
        .file("empty", "")
        .file("prose", "It was the best of times,\nit was the worst of times.\n")
        .file("picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
        .file("noise", [0xa7; 4096])
        .file("few", "3 2\na 1 2\nb 3 4\n")
        .file("many", "1 2\na 1 2\nb 3 4\n")
        .file("short", "2 2\na 1 2\nb 3\n")
        .file("word", "2 2\na 1 2\nb 3 four\n")
        .file("cut", "2 2\na 1 2\nb 3 4.")
        .file("first", "2 2\na 1 abc\nb 3 4\n")
        .file("blank", "2 2\n\na 1 2\nb 3 4\n")
        .file("nan", "1 2\na nan 2\n")
        .file("huge", "99999999999999 99999999999999\na 1\n")
        .file("huge.bin", "4294967296 65536\na \0\0\0\0")
        .file("commas", "2 3\nday 0,1 0,2 0,3\nnight 0,1 0,25 0,3\n")
        .file("wider", "2 2\na 1 2 3\nb 4 5 6\n")
        .file("pickle", b"\x80\x04\x95\x1e\0\0\0\0\0\0\0\x8c\x15gensim.models.word2vec")
        .file("dimension", b"2 1\na \0\0\0\0\t \0\0\0\0\nb \0\0\0\0\0\0\0\0\n")
        .file("truncated.bin", &truncated);
    fs::create_dir(workshop.path("directory")).unwrap();
    truncated.extend_from_slice(&f32::NAN.to_le_bytes());
    truncated.extend_from_slice(&[0; 4]);
    workshop.file("nan.bin", &truncated);
    for (name, part) in [
        ("absent", "cannot open: No such file"),
        ("directory", "directory"),
        ("empty", "empty"),
        ("prose", "not a word2vec model"),
        ("picture", "not a word2vec model"),
        ("noise", "not a word2vec model"),
        ("few", "after 2 of 3 words"),
        ("many", "many:3: "),
        ("short", "short:3: 1 numbers"),
        ("word", "word:3: `four`"),
        ("cut", "cut:3: the file ends within this line"),
        ("first", "first:2: `abc` is not a finite number"),
        ("blank", "blank:2: a word and its vector were expected"),
        ("nan", "nan:2: `nan` is not a finite number"),
        ("huge", "99999999999999 dimensions, where 65536 is the most"),
        ("huge.bin", "within row 1 of 4294967296"),
        ("dimension", "more bytes after the last of 2 rows of 1 numbers"),
        ("commas", "commas:2: `0,1` is not a finite number"),
        ("wider", "wider:2: 3 numbers where the first line promises 2"),
        ("pickle", "is a Python pickle, as gensim's save() writes; load it there"),
        ("truncated.bin", "within row 2 of 2"),
        ("nan.bin", "the vector of `b` is not finite"),
    ] {
        for command in ["nearest NAME a", "analogy NAME a b c", "similarity NAME a b", "evaluate NAME --analogies q"] {
            workshop.file("q", ": section\na b c d\n");
            workshop.run(&command.replace("NAME", name)).fails(1, &[name, part]);
        }
    }
}

#[test]
fn words_that_the_model_lacks() {
    let workshop = Workshop::new();
    workshop.with_model();
    for line in ["nearest model.txt east south", "analogy model.txt east west south", "similarity model.txt south east"]
    {
        workshop.run(line).fails(1, &["`south` is not among the model's 4 words\n"]);
    }
    workshop.run("nearest model.txt East").fails(1, &["`East` is not among the model's 4 words, `east` is\n"]);
}

#[test]
fn evaluation_files_that_cannot_be_used() {
    let workshop = Workshop::new();
    workshop.with_model().file("empty", "").file("pairs", "a b 1\na b\n").file("questions", ": s\na b c\n");
    for (line, part) in [
        ("--similarity absent", "absent: cannot open"),
        ("--similarity empty", "empty: no `word word score`"),
        ("--similarity pairs", "pairs:2: expected `word word score`"),
        ("--analogies absent", "absent: cannot open"),
        ("--analogies empty", "empty: no line of four words"),
        ("--analogies questions", "questions:2: expected four words"),
    ] {
        workshop.run(&format!("evaluate model.txt {line}")).fails(1, &[part]);
    }
}

#[test]
fn a_full_device_as_standard_output() {
    if !has_device("/dev/full") {
        return;
    }
    let workshop = Workshop::new();
    workshop.with_model();
    for line in ["nearest model.txt east", "similarity model.txt east west", "--help", "help train", "--version"] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = workshop.command(line).stdout(full).output().unwrap();
        Outcome::of(line, output).fails(1, &["standard output: cannot write"]);
    }
}

#[test]
fn a_reader_that_leaves_is_met_with_silence() {
    let workshop = Workshop::new();
    let rows: String = (0..50_000).map(|word| format!("word{word} 1 {word}\n")).collect();
    workshop.file("large.txt", format!("50000 2\n{rows}"));
    let line = "nearest large.txt word1 -k 50000";
    let mut child = workshop.command(line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with("word"), "{first}");
    let outcome = Outcome::of(line, child.wait_with_output().unwrap());
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(1), ""));

    workshop.file("corpus", text(100));
    let line = "train corpus -o - --epochs 1 --progress none";
    let mut child = workshop.command(line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let outcome = Outcome::of(line, child.wait_with_output().unwrap());
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(1), ""));

    // Who has seen enough of the vocabulary wants the model still.
    let line = "train corpus -o model --save-vocab - --epochs 1 --progress none";
    let mut child = workshop.command(line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let outcome = Outcome::of(line, child.wait_with_output().unwrap());
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
    assert!(workshop.path("model").exists());

    let line = "train - --save-vocab - --progress none";
    let mut command = workshop.command(line);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    child.stdin.take().unwrap().write_all(text(100).as_bytes()).unwrap();
    let outcome = Outcome::of(line, child.wait_with_output().unwrap());
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(1), ""));
}
