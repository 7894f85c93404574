//! Ctrl-C: what was trained is written beside the model, and a second one does not wait.
#![cfg(unix)]

use crate::{Outcome, Workshop};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;
use w2v::format;

/// A training run without end, past its first report.
fn endless(workshop: &Workshop, output: &str) -> (Child, impl Read + use<>) {
    let line = format!("train {output} --epochs 100000 --dim 10 --threads 1 --progress json");
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
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn ctrl_c_writes_what_there_is_beside_a_finished_model() {
    for (name, beside) in [("model.bin", "model.interrupted.bin"), ("model", "model.interrupted")] {
        let workshop = Workshop::new();
        let (record, record_beside) = (format!("{name}.json"), format!("{beside}.json"));
        workshop.file(name, "precious").file(&record, "its record");
        let (mut child, mut reports) = endless(&workshop, &format!("-o {name}"));
        interrupt(&child);
        let mut said = String::new();
        reports.read_to_string(&mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130));
        let last = said.lines().last().unwrap();
        assert_eq!(last, format!("error: interrupted: {beside} holds what was trained so far"), "{said}");
        assert_eq!(format::read(&workshop.path(beside)).unwrap().dim(), 10);
        let told: Value = serde_json::from_slice(&workshop.read(&record_beside)).unwrap();
        assert_eq!(told["interrupted"], true);
        assert_eq!((workshop.read(name), workshop.read(&record)), (b"precious".to_vec(), b"its record".to_vec()));
        let mut names = [name, beside, &record, &record_beside];
        names.sort_unstable();
        assert_eq!(workshop.names(), names);
    }
}

#[test]
fn ctrl_c_without_a_file_shows_nothing() {
    let workshop = Workshop::new();
    for output in ["", "-o -"] {
        let (child, mut reports) = endless(&workshop, output);
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
    let line = "train - -o model.bin --progress none";
    let mut child = workshop.command(line).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // More than a pipe holds, so the run has begun to read when all of it is written.
    stdin.write_all(&b"word ".repeat(1 << 18)).unwrap();
    (child, stdin)
}

#[test]
fn ctrl_c_before_training_writes_nothing() {
    let workshop = Workshop::new();
    // Nothing more comes, and the run is told so only after it has stopped.
    let (mut child, stdin) = reading(&workshop);
    interrupt(&child);
    child.wait().unwrap();
    drop(stdin);
    Outcome::of("train -", child.wait_with_output().unwrap()).fails(130, &["interrupted: nothing was trained"]);
    assert!(workshop.names().is_empty());
}

#[test]
fn a_second_ctrl_c_does_not_wait() {
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
