//! Numbers, words, lines and memory at their limits.

use crate::{Outcome, Workshop, text};
use std::io::{self, Read, Write};
use std::process::Stdio;

#[test]
fn negative_numbers_are_values_in_any_notation() {
    let workshop = Workshop::new();
    workshop.file("corpus", text(100)).with_model();
    for exponent in ["-7.5e-1", "-.75", "-0.75", "-1E0"] {
        workshop.run(&format!("train corpus -o m --epochs 1 --exponent {exponent} --progress none")).succeeds();
    }
    workshop.run("train corpus -o m --epochs 1 --exponent=-7.5e-1 --progress none").succeeds();
    let record = String::from_utf8(workshop.read("m.json")).unwrap();
    assert!(record.contains("\"exponent\": -0.75"), "{record}");
    for (line, part) in [
        ("train corpus -o m --sample -1e-3", "--sample -0.001: must be 0"),
        ("train corpus -o m --learning-rate -2.5e-2", "--learning-rate -0.025: must be a positive number"),
        ("explain corpus -o page --exponent -1e3", "--exponent -1000: must be -15 to 15"),
        ("phrases corpus --threshold -1e2", "--threshold -100: must be 0 or a positive number"),
        ("phrases corpus --discount -1e2", "'-1e2' for '--discount <COUNT>': must be a whole number"),
        ("train corpus -o m --threads -1e1", "'-1e1' for '--threads <THREADS>'"),
        ("train corpus -o m --max-vocab -1e1", "'-1e1' for '--max-vocab <WORDS>': must be a whole number"),
        ("nearest model.txt east -k -1e1", "'-1e1' for '-k <K>': must be a whole number"),
        ("evaluate model.txt --analogies q --top -1e1", "'-1e1' for '--top <WORDS>': must be a whole number"),
        // A flag whose number was forgotten takes no other flag for it.
        ("train corpus --sample -o m", "'-o' for '--sample <SAMPLE>': must be a number"),
        ("train corpus --dim --window 5 -o m", "'--window' for '--dim <DIM>': must be a whole number"),
    ] {
        workshop.run(line).fails(2, &[part]);
    }
}

#[test]
fn many_negatives_are_trained_and_too_many_told_of() {
    let workshop = Workshop::new();
    workshop.file("corpus", text(100));
    for architecture in ["skip-gram", "cbow"] {
        let mut models = Vec::new();
        for threads in [1, 2] {
            let line = "train corpus -o m --epochs 2 --sample 0 --dim 20 --negatives 100 --progress none";
            workshop.run(&format!("{line} --architecture {architecture} --threads {threads}")).succeeds();
            models.push(workshop.read("m"));
        }
        assert_eq!(models[0], models[1], "{architecture}");
        assert!(String::from_utf8(workshop.read("m.json")).unwrap().contains("\"negatives\": 100,"));
    }
    workshop
        .run("train corpus -o m --negatives 1001")
        .fails(2, &["--negatives 1001: must be 1 to 1000; a pair's time"]);
    workshop.run("train corpus -o m --negatives 0").fails(2, &["must be 1 to 1000; without noise words"]);
    workshop
        .run("explain corpus -o page --negatives 48")
        .fails(2, &["--negatives 48: must be 1 to 47 to be explained"]);
}

#[cfg(unix)]
#[test]
fn one_pipe_is_not_read_and_written() {
    let workshop = Workshop::new();
    assert!(workshop.shell("mkfifo pipe").status().unwrap().success());
    let problem = "pipe: is a pipe that this command also reads: it would wait for itself; name another file";
    for line in ["train pipe -o pipe", "train pipe --save-vocab pipe", "phrases pipe -o pipe", "explain pipe -o pipe"] {
        workshop.run(line).fails(2, &[problem]);
    }
    if cfg!(target_os = "linux") {
        let binary = env!("CARGO_BIN_EXE_w2v");
        let output = workshop.shell(&format!("'{binary}' phrases - -o pipe <> pipe")).output().unwrap();
        Outcome::of("phrases - -o pipe <> pipe", output).fails(2, &[problem]);
    }
}

#[test]
fn a_vocabulary_of_the_most_frequent_words() {
    let workshop = Workshop::new();
    workshop.file("corpus", "d d d b b c c a a e\n".repeat(3));
    let train = "train corpus --min-count 1 --epochs 1 --sample 0 --progress none";
    workshop.run(&format!("{train} --max-vocab 3 -o m --save-vocab v")).succeeds();
    assert_eq!(workshop.read("v"), b"d 9\na 6\nb 6\n");
    let record = String::from_utf8(workshop.read("m.json")).unwrap();
    assert!(record.contains("\"max_vocab\": 3,") && record.contains("\"words\": 3"), "{record}");
    assert!(record.contains("\"tokens\": 21"), "{record}");
    // That of a file is cut likewise, and gives the same model.
    workshop.run(&format!("{train} --save-vocab all -o without")).succeeds();
    assert!(!String::from_utf8(workshop.read("without.json")).unwrap().contains("max_vocab"));
    workshop.run(&format!("{train} --vocab all --max-vocab 3 -o same")).succeeds();
    assert_eq!(workshop.read("same"), workshop.read("m"));
    workshop.run("train corpus -o m --max-vocab 0").fails(2, &["'0' for '--max-vocab <WORDS>': must be 1 or more"]);
}

#[test]
fn a_text_without_blanks_is_told_of() {
    let workshop = Workshop::new();
    let sentence = |number: char| format!("今天天气很好我们一起去公园散步吧{number}\n");
    let chinese: String = ('一'..'丐').map(sentence).collect();
    workshop.file("chinese", &chinese).file("parted", text(20));
    let problem = "most words are long and occur once, as `今天天气很好我们一起去公园散步吧一`: words are parted at ASCII white space only";
    let outcome = workshop.run("train chinese --min-count 1 --save-vocab v");
    assert!(outcome.stderr.contains(&format!("warning: {problem}")), "{}", outcome.stderr);
    outcome.succeeds();
    let outcome = workshop.run("phrases chinese -o joined --progress json");
    assert!(outcome.stderr.contains(r#"{"event":"warning","text":"most words are long"#), "{}", outcome.stderr);
    // Where nothing is left, the error says so.
    workshop.run("train chinese -o m").fails(1, &["min-count 1 or less", problem, "put some there first"]);
    assert!(!workshop.run("train parted --save-vocab v").stderr.contains("warning"));
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_word_anywhere() {
    let workshop = Workshop::new();
    let mark = "\u{feff}";
    workshop.with_model();
    workshop
        .file("one", format!("{mark}a b\n"))
        .file("two", format!("{mark}a c\n"))
        .file("three", format!("{mark}a\n"));
    workshop.run("train one two three --min-count 1 --save-vocab counted --progress none").succeeds();
    assert_eq!(workshop.read("counted"), b"a 3\nb 1\nc 1\n");
    workshop.file("v", format!("{mark}b 2\na 3\n"));
    workshop.run("train one --vocab v --min-count 1 --save-vocab again --progress none").succeeds();
    assert_eq!(workshop.read("again"), b"a 3\nb 2\n");
    workshop.file("pairs", format!("{mark}east west 1\neast north 2\n"));
    workshop.file("questions", format!("{mark}: s\neast north west north\n"));
    let scores = workshop.run("evaluate model.txt --similarity pairs --analogies questions").succeeds();
    assert!(scores.contains("2 of 2 pairs known") && scores.contains("1 known"), "{scores}");
    let mut asks =
        workshop.command("similarity model.txt").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    asks.stdin.take().unwrap().write_all(format!("{mark}east west\n").as_bytes()).unwrap();
    assert_eq!(Outcome::of("similarity", asks.wait_with_output().unwrap()).succeeds(), "-1.0000\n");
}

#[test]
fn similarities_in_their_authors_layouts() {
    let workshop = Workshop::new();
    workshop.with_model();
    workshop.file(
        "simlex",
        "word1\tword2\tPOS\tSimLex999\tconc(w1)\tSimAssoc333\neast\twest\tA\t1\t5\t0\neast\tnorth\tA\t2\t4\t1\n\
         east\tnortheast\tA\t3\t3\t0\n",
    );
    workshop.file("rw", "east\twest\t1\t3\t0\neast\tnorth\t2\t2\t1\neast\tnortheast\t3\t1\t9\n");
    for name in ["simlex", "rw"] {
        let scores = workshop.run(&format!("evaluate model.txt --similarity {name}")).succeeds();
        assert!(scores.contains(&format!("{name}: Spearman 1.000, 3 of 3 pairs known")), "{scores}");
    }
}

/// A word of 300 MB takes 30 KB in the file.
#[test]
fn a_word_larger_than_words_are_is_refused_in_every_file() {
    let workshop = Workshop::new();
    workshop.file("corpus", text(100)).with_model();
    let long = b"one 1\n".chain(io::repeat(b'x').take(300 << 20));
    workshop.file("x.zst", zstd::encode_all(long, 1).unwrap());
    let line = "x.zst:2: the line is longer than 268435520 bytes; is this text?";
    for command in [
        "train corpus --vocab x.zst -o m",
        "evaluate model.txt --similarity x.zst",
        "evaluate model.txt --analogies x.zst",
        "phrases corpus --connectors x.zst",
    ] {
        // The first line is none of theirs.
        let outcome = workshop.run(command);
        assert_eq!(outcome.code, Some(1), "{command}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(line) || outcome.stderr.contains("x.zst:1: expected"), "{}", outcome.stderr);
    }
    for command in ["train x.zst -o m --progress none", "phrases x.zst --progress none"] {
        workshop.run(command).fails(1, &["x.zst:2: a token is longer than 268435456 bytes; is this text?"]);
    }
}

/// Whatever a command is given, where memory ends it says so in a line.
#[cfg(target_os = "linux")]
#[test]
fn where_memory_ends_a_line_says_so() {
    let workshop = Workshop::new();
    workshop.with_model();
    let long = |bytes| io::repeat(b'x').take(bytes).chain(&b" 1\n"[..]);
    workshop.file("x.zst", zstd::encode_all(long(200 << 20), 1).unwrap());
    let binary = env!("CARGO_BIN_EXE_w2v");
    for command in [
        "train corpus --vocab x.zst -o m",
        "evaluate model.txt --similarity x.zst",
        "phrases x.zst --connectors x.zst",
        "train x.zst --min-count 1 --save-vocab v --threads 1",
        "phrases x.zst",
    ] {
        workshop.file("corpus", text(100));
        let script = format!("ulimit -v 200000; exec '{binary}' {command} 2>&1 >/dev/null");
        let output = workshop.shell(&script).output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(1), "{command}: {told}");
        let told: Vec<&str> = told.lines().filter(|line| !line.starts_with("reading: ")).collect();
        assert!(matches!(told[..], [line] if line.contains("there is no memory for ")), "{command}: {told:?}");
    }
}

/// What `script` of util-linux shows of a command on a terminal.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_is_shown_no_control_characters() {
    let workshop = Workshop::new();
    if !workshop.shell("script --version | grep -q util-linux").status().unwrap().success() {
        println!("skipped: there is no `script` of util-linux here");
        return;
    }
    workshop.file("text", "a\u{1b}[31m \u{202e}b c\n".repeat(20));
    let binary = env!("CARGO_BIN_EXE_w2v");
    for command in [
        "phrases text --progress none",
        "phrases text --list --threshold 0 --progress none",
        "train text --save-vocab - --progress none",
        "train text -o - --epochs 1 --sample 0 --dim 2 --progress none",
        "train text -o - --format binary --epochs 1 --sample 0 --dim 2 --progress none",
    ] {
        let output = workshop.shell(&format!("script -qec '{binary} {command}' /dev/null")).output().unwrap();
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && shown.contains("a\\u{1b}[31m"), "{command}: {shown}");
        assert!(shown.contains("\\u{202e}b"), "{command}: {shown}");
        let raw = shown.chars().filter(|char| char.is_control() && !"\r\n\t".contains(*char) || *char == '\u{202e}');
        assert_eq!(raw.count(), 0, "{command}: {shown:?}");
        // A pipe gets the words as they are.
        let piped = workshop.run(command).succeeds();
        assert!(piped.contains("a\u{1b}[31m") && piped.contains("\u{202e}b"), "{command}: {piped}");
    }
}
