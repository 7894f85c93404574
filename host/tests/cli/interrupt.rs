//! Ctrl-C: what was trained is written, and a second one does not wait.
#![cfg(unix)]

use crate::{Outcome, Workshop};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;
use w2v::format;

/// A training run without end, past its first report.
fn endless(workshop: &Workshop, output: &str) -> (Child, impl Read) {
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
fn ctrl_c_writes_what_there_is() {
    let workshop = Workshop::new();
    let (mut child, mut reports) = endless(&workshop, "-o model.bin");
    interrupt(&child);
    let mut said = String::new();
    reports.read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let last = said.lines().last().unwrap();
    assert!(last.starts_with("error: interrupted: model.bin holds"), "{said}");
    assert_eq!(format::read(&workshop.path("model.bin")).unwrap().dim(), 10);
    let record: Value = serde_json::from_slice(&workshop.read("model.bin.json")).unwrap();
    assert_eq!(record["interrupted"], true);
    assert_eq!(workshop.names(), ["model.bin", "model.bin.json"]);
}

#[test]
fn ctrl_c_without_an_output_shows_nothing() {
    let workshop = Workshop::new();
    let (child, mut reports) = endless(&workshop, "");
    interrupt(&child);
    let mut said = String::new();
    reports.read_to_string(&mut said).unwrap();
    assert!(said.lines().last().unwrap().starts_with("error: interrupted"), "{said}");
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stdout), (Some(130), vec![]));
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
