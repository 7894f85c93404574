//! Ctrl-C and other signals that ask for an end: what was trained is written beside the model, and
//! a second Ctrl-C does not wait.
#![cfg(unix)]

use crate::{Outcome, Workshop};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;
use w2v::Vectors;

/// A training run without end, past its first report.
pub(crate) fn endless(workshop: &Workshop, command: &str) -> (Child, impl Read + use<>) {
    let line = format!("{command} --epochs 100000 --dim 10 --threads 1 --progress json");
    let mut command = workshop.command(&line);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut reports = BufReader::new(child.stderr.take().unwrap());
    let mut report = String::new();
    while !report.contains("\"training\"") {
        report.clear();
        assert_ne!(reports.read_line(&mut report).unwrap(), 0, "the run ended");
    }
    (child, reports)
}

fn interrupt(child: &Child) {
    send("INT", child);
}

pub(crate) fn send(signal: &str, child: &Child) {
    assert!(Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap().success());
}

/// Whether a run that is started here catches `signal`: where it can be seen that it is not
/// ignored. Says so where it does not.
pub(crate) fn is_caught(signal: &str) -> bool {
    let number = match signal {
        "HUP" => 1,
        "INT" => 2,
        _ => 15,
    };
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:\t"));
    let ignored = ignored.map(|signals| u64::from_str_radix(signals, 16).unwrap() & (1 << (number - 1)) != 0);
    let caught = ignored.map_or(signal != "HUP", |ignored| !ignored);
    if !caught {
        println!("skipped: SIG{signal} is ignored, or one cannot tell");
    }
    caught
}

#[test]
fn ctrl_c_writes_what_there_is_beside_a_finished_model() {
    if !is_caught("INT") {
        return;
    }
    for (name, beside) in [
        ("model.bin", "model.interrupted.bin"),
        ("model", "model.interrupted"),
        ("model.bin.gz", "model.interrupted.bin.gz"),
    ] {
        let workshop = Workshop::new();
        let (record, record_beside) = (format!("{name}.json"), format!("{beside}.json"));
        workshop.file(name, "precious").file(&record, "its record");
        let (mut child, mut reports) = endless(&workshop, &format!("train -o {name}"));
        interrupt(&child);
        let mut said = String::new();
        reports.read_to_string(&mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert_eq!(said.matches("{\"event\":\"stopping\"}\n").count(), 1, "{said}");
        let last = said.lines().last().unwrap();
        assert_eq!(last, format!("error: interrupted: {beside} holds what was trained so far"), "{said}");
        assert_eq!(Vectors::load(workshop.path(beside)).unwrap().dim(), 10);
        let told: Value = serde_json::from_slice(&workshop.read(&record_beside)).unwrap();
        assert_eq!(told["interrupted"], true);
        assert_eq!((workshop.read(name), workshop.read(&record)), (b"precious".to_vec(), b"its record".to_vec()));
        let mut names = [name, beside, &record, &record_beside];
        names.sort_unstable();
        assert_eq!(workshop.names(), names);
    }
}

#[test]
fn ctrl_c_without_a_model_file_shows_nothing() {
    if !is_caught("INT") {
        return;
    }
    let workshop = Workshop::new();
    for command in ["train", "train -o -", "explain -o -", "explain -o page.html"] {
        let (child, mut reports) = endless(&workshop, command);
        interrupt(&child);
        let mut said = String::new();
        reports.read_to_string(&mut said).unwrap();
        assert!(said.lines().last().unwrap().starts_with("error: interrupted"), "{said}");
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stdout), (Some(130), vec![]));
    }
    assert!(workshop.names().is_empty());
}

/// A run that is reading standard input, which stays open.
fn reading(workshop: &Workshop) -> (Child, ChildStdin) {
    reading_by(workshop.command("train - -o model.bin --progress none"))
}

/// As [`reading`], by `command`.
pub(crate) fn reading_by(mut command: Command) -> (Child, ChildStdin) {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // More than a pipe holds, so the run has begun to read when all of it is written.
    stdin.write_all(&b"word ".repeat(1 << 18)).unwrap();
    (child, stdin)
}

#[test]
fn ctrl_c_before_training_writes_nothing() {
    if !is_caught("INT") {
        return;
    }
    let workshop = Workshop::new();
    // Nothing more comes, and the run is told so only after it has stopped.
    let (mut child, stdin) = reading(&workshop);
    interrupt(&child);
    child.wait().unwrap();
    drop(stdin);
    let outcome = Outcome::of("train -", child.wait_with_output().unwrap());
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (
            Some(130),
            "stopping; what was trained so far will be kept; Ctrl-C again stops at once\n\
             error: interrupted: nothing was trained or written yet\n"
        )
    );
    assert!(workshop.names().is_empty());
}

#[test]
fn a_second_ctrl_c_does_not_wait() {
    if !is_caught("INT") {
        return;
    }
    let workshop = Workshop::new();
    let (mut child, _stdin) = reading(&workshop);
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        interrupt(&child);
        sleep(Duration::from_millis(50));
    };
    assert_eq!(status.code(), Some(130));
    assert!(workshop.names().is_empty());
}

#[test]
fn other_signals_ask_for_the_same() {
    for (signal, code) in [("TERM", 143), ("HUP", 129)] {
        if !is_caught(signal) {
            continue;
        }
        let workshop = Workshop::new();
        let (mut child, mut reports) = endless(&workshop, "train -o model");
        send(signal, &child);
        let mut said = String::new();
        reports.read_to_string(&mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code), "{said}");
        assert_eq!(workshop.names(), ["model.interrupted", "model.interrupted.json"]);
    }
}

#[test]
fn a_signal_that_is_ignored_stays_ignored() {
    // SIGHUP under `nohup`, SIGINT in a script's job with `&`.
    for signal in ["HUP", "INT"] {
        if signal == "INT" && !Path::new("/proc/self/status").exists() {
            println!("skipped: one cannot tell here that SIGINT is ignored");
            continue;
        }
        let workshop = Workshop::new();
        let run = env!("CARGO_BIN_EXE_w2v");
        let script = format!("trap '' {signal}; exec {run} train - -o model --progress none");
        let (mut child, stdin) = reading_by(workshop.shell(&script));
        send(signal, &child);
        sleep(Duration::from_millis(300));
        assert!(child.try_wait().unwrap().is_none());
        drop(stdin);
        Outcome::of(&script, child.wait_with_output().unwrap()).succeeds();
        assert_eq!(workshop.names(), ["model", "model.json"]);
    }
}

#[test]
fn what_was_trained_is_kept_though_its_directory_is_gone() {
    if !is_caught("INT") {
        return;
    }
    let workshop = Workshop::new();
    fs::create_dir(workshop.path("there")).unwrap();
    let (mut child, mut reports) = endless(&workshop, "train -o there/model.bin");
    fs::remove_dir_all(workshop.path("there")).unwrap();
    interrupt(&child);
    let mut said = String::new();
    reports.read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let last = said.lines().last().unwrap();
    let begin = "error: interrupted: there/model.interrupted.bin: cannot create: No such file or directory (os error 2); \
                 the finished file is kept as ";
    let kept = last.strip_prefix(begin).unwrap_or_else(|| panic!("{last}"));
    assert!(kept.ends_with(".bin") && kept.starts_with(workshop.temporary.path().to_str().unwrap()), "{kept}");
    assert_eq!(Vectors::load(Path::new(kept)).unwrap().dim(), 10);
    let record: Value = serde_json::from_slice(&fs::read(format!("{kept}.json")).unwrap()).unwrap();
    assert_eq!(record["interrupted"], true);
}

/// A run that was interrupted and is writing so much that it takes a second.
fn writing(workshop: &Workshop) -> Child {
    let words: String = (0..10_000).map(|word| format!("w{word} ")).collect();
    workshop.file("corpus", words);
    let line = "train corpus -o model.gz --min-count 1 --sample 0 --dim 200 --epochs 100000 --threads 1";
    let mut command = workshop.command(line);
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut report = String::new();
    let mut reports = BufReader::new(child.stderr.as_mut().unwrap());
    while !report.starts_with("epoch") {
        report.clear();
        assert_ne!(reports.read_line(&mut report).unwrap(), 0, "the run ended");
    }
    interrupt(&child);
    while !workshop.names().iter().any(|name| name.starts_with(".w2v-")) {
        assert!(child.try_wait().unwrap().is_none(), "the run ended");
        sleep(Duration::from_millis(1));
    }
    child
}

#[test]
fn a_second_ctrl_c_leaves_no_half_of_a_model() {
    if !is_caught("INT") {
        return;
    }
    let workshop = Workshop::new();
    let child = writing(&workshop);
    interrupt(&child);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));
    assert_eq!(workshop.names(), ["corpus"]);
}

/// `timeout` sends it twice, and some who close a terminal SIGHUP.
#[test]
fn a_second_signal_other_than_ctrl_c_waits() {
    if !is_caught("INT") {
        return;
    }
    let workshop = Workshop::new();
    let child = writing(&workshop);
    send("TERM", &child);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));
    assert_eq!(workshop.names(), ["corpus", "model.interrupted.gz", "model.interrupted.gz.json"]);
}
