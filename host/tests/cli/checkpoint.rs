//! Runs that are killed and go on: what they leave is what a run leaves that was never interrupted.
#![cfg(unix)]

use crate::interrupt::{is_caught, send};
use crate::{Outcome, Workshop, text};
use rand_core::Rng;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;
use std::thread::sleep;
use std::time::Instant;
use w2v_core::rng::{SplitMix64, below};

/// The four models.
const MODELS: [&str; 4] = [
    "",
    "--architecture cbow",
    "--objective hierarchical-softmax",
    "--architecture cbow --objective hierarchical-softmax",
];

/// A short run of several superbatches an epoch.
const RUN: &str = "train corpus --dim 16 --min-count 1 --epochs 2 --arithmetic unfused";

/// A workshop with a corpus.
fn workshop() -> Workshop {
    let workshop = Workshop::new();
    workshop.file("corpus", text(1500));
    workshop
}

/// Removes the files of a run.
fn remove(workshop: &Workshop, names: &[&str]) {
    names.iter().for_each(|name| fs::remove_file(workshop.path(name)).unwrap());
}

#[test]
fn runs_killed_at_random_moments_leave_the_same_bytes() {
    const KILLS: u32 = 50;
    let mut random = SplitMix64::new(31);
    let (mut killed, mut went_on, mut writing) = (0, 0, 0);
    for (number, model) in (1..).zip(MODELS) {
        let workshop = Workshop::new();
        workshop.file("corpus", text(3000));
        let model = format!("{model} --sample 0.1");
        workshop.run(&format!("{RUN} {model} -o whole.bin --progress none")).succeeds();
        let expected = ["whole.bin", "whole.bin.json"].map(|name| workshop.read(name));
        let flags = "-o model.bin --checkpoint run --resume run --every 1ms --progress none";
        let command = format!("{RUN} {model} {flags}");
        // How long a run takes with all its checkpoints.
        let begun = Instant::now();
        workshop.run(&command).succeeds();
        let time = begun.elapsed();
        let check = || {
            assert_eq!(["model.bin", "model.bin.json"].map(|name| workshop.read(name)), expected, "{command}");
            remove(&workshop, &["model.bin", "model.bin.json", "run"]);
        };
        check();
        while killed < KILLS * number / 4 {
            let backend = ["auto", "scalar", "portable"][below(random.next_u32(), 3) as usize];
            let other = format!("--threads {} --backend {backend}", 1 + below(random.next_u32(), 4));
            let mut command = workshop.command(&format!("{command} {other}"));
            let mut child = command.stderr(Stdio::null()).spawn().unwrap();
            went_on += u32::from(workshop.path("run").exists());
            sleep(time.mul_f64(f64::from(random.next_u32()) / f64::from(u32::MAX)));
            // That the run has ended is no failure of the signal, which it is not sent then.
            child.kill().unwrap();
            let status = child.wait().unwrap();
            killed += u32::from(!status.success());
            writing += u32::from(workshop.names().iter().any(|name| name.starts_with(".w2v-")));
            // A run that was not killed in time is one that has gone on to its end.
            if status.success() {
                check();
            }
        }
        workshop.run(&command).succeeds();
        check();
        assert_eq!(workshop.names(), ["corpus", "whole.bin", "whole.bin.json"]);
    }
    println!("{killed} runs were killed, {writing} while they wrote; {went_on} went on");
    assert!(went_on >= KILLS / 4 && writing > 0, "{went_on} of {killed} went on, {writing} were writing");
}

#[test]
fn signals_that_ask_for_an_end_leave_a_checkpoint() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        if !is_caught(signal) {
            continue;
        }
        let workshop = workshop();
        let line = format!("{RUN} --epochs 1000 --progress json -o model.bin").replace("--epochs 2", "");
        let mut command = workshop.command(&format!("{line} --checkpoint run"));
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut reports = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        while !said.contains("\"epoch_finished\":true") {
            said.clear();
            assert_ne!(reports.read_line(&mut said).unwrap(), 0, "the run ended");
        }
        send(signal, &child);
        reports.read_to_string(&mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code), "{said}");
        let told =
            "error: interrupted: model.interrupted.bin holds what was trained so far; --resume run goes on from here";
        assert_eq!(said.lines().last(), Some(told), "{said}");
        assert!(said.contains("{\"event\":\"checkpoint\",\"checkpoint\":\"run\",\"bytes\":"), "{said}");
        assert_eq!(workshop.names(), ["corpus", "model.interrupted.bin", "model.interrupted.bin.json", "run"]);
        let checkpoint = w2v::Checkpoint::open(workshop.path("run")).unwrap();
        assert!(checkpoint.epochs() > 0 && checkpoint.tokens() > 0);
    }
}

#[test]
fn time_and_size_of_checkpoints_are_told() {
    let workshop = workshop();
    let run = |flags: &str| {
        let output = workshop.command(&format!("{RUN} -o model {flags}")).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let said = run("--checkpoint run --every 1epoch");
    assert_eq!(said.matches("run: a checkpoint of ").count(), 2, "{said}");
    let said = run("--resume run --epochs 3".replace("--epochs 3", "").as_str());
    assert!(said.contains("run: goes on after 18,000 tokens, 2 of 2 epochs finished\n"), "{said}");
    let said = run("--checkpoint other --resume other");
    assert!(said.contains("other: no checkpoint yet; the run begins anew\n"), "{said}");
}

#[test]
fn more_epochs_may_be_asked_for() {
    let workshop = workshop();
    let run = |epochs: u32, flags: &str| {
        workshop.run(&format!("train corpus --dim 16 --epochs {epochs} --progress none -o model {flags}"))
    };
    run(1, "--checkpoint run").succeeds();
    run(3, "--resume run").succeeds();
    let record: serde_json::Value = serde_json::from_slice(&workshop.read("model.json")).unwrap();
    assert_eq!((record["epochs"].as_u64(), record["losses"].as_array().unwrap().len()), (Some(3), 3));
    run(2, "--resume run").fails(2, &["--epochs 2: run was begun with 3; go on with 3 or more, or begin anew"]);
}

#[test]
fn what_is_read_only_once_is_kept_in_a_spool() {
    let workshop = workshop();
    let run = |flags: &str, corpus: Option<&[u8]>| {
        let line = format!("train - --dim 16 --epochs 2 --progress none {flags}");
        let mut command = workshop.command(&line);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Nothing is read of a pipe that brings nothing.
        let stdin = child.stdin.take().unwrap();
        if let Some(corpus) = corpus {
            let mut stdin = stdin;
            let _ = stdin.write_all(corpus);
        } else {
            drop(stdin);
        }
        Outcome::of(&line, child.wait_with_output().unwrap())
    };
    let corpus = workshop.read("corpus");
    for flag in ["--checkpoint", "--resume"] {
        let refused = run(&format!("-o model {flag} run"), Some(&corpus));
        refused.fails(2, &[flag, "standard input cannot be read a second time; keep its tokens with --spool FILE"]);
    }
    run("-o whole --checkpoint run --spool tokens", Some(&corpus)).succeeds();
    run("-o model --resume run --spool tokens", None).succeeds();
    assert_eq!(workshop.read("model"), workshop.read("whole"));
    assert_eq!(workshop.read("model.json"), workshop.read("whole.json"));
    // From the tokens alone, as if the run had been killed before its first checkpoint.
    remove(&workshop, &["run", "model"]);
    run("-o model --checkpoint run --resume run --spool tokens", None).succeeds();
    assert_eq!(workshop.read("model"), workshop.read("whole"));
    run("-o model --resume run --spool tokens --min-count 7", None)
        .fails(2, &["--min-count 7: tokens was read with 5"]);
    run("-o model --resume run --spool tokens --seed 2", None).fails(2, &["--seed 2: run was begun with 1"]);
    // A named pipe is one too.
    assert!(workshop.shell("mkfifo pipe").status().unwrap().success());
    let refused = workshop.run("train pipe -o model --checkpoint run");
    refused.fails(2, &["--checkpoint run: pipe cannot be read a second time"]);
}

#[test]
fn what_cannot_go_on_is_refused_before_the_text_is_read() {
    let workshop = workshop();
    workshop.run(&format!("{RUN} -o model --checkpoint run --progress none")).succeeds();
    let mut altered = workshop.read("run");
    let middle = altered.len() / 2;
    altered[middle] ^= 1;
    workshop.file("altered", altered).file("short", &workshop.read("run")[..middle]).file("foreign", "4 2\neast 1 0\n");
    for (flags, code, parts) in [
        ("--resume altered", 1, &["altered: is damaged or altered: its content does not have its checksum"][..]),
        ("--resume short", 1, &["short: is cut short"]),
        ("--resume foreign", 1, &["foreign: is no checkpoint"]),
        ("--resume absent", 1, &["absent: cannot open"]),
        ("--resume run --seed 2", 2, &["--seed 2: run was begun with 1; go on with 1"]),
        ("--resume run --arithmetic fused", 2, &["--arithmetic fused: run was begun with unfused"]),
        ("--resume run --window 4", 2, &["--window 4: run was begun with 5"]),
        ("--every 1min", 2, &["--every 1min: needs --checkpoint"]),
        ("--checkpoint run --every 5", 2, &["'5' for '--every <INTERVAL>'", "such as 10min or 1epoch"]),
        ("--checkpoint -", 2, &["--checkpoint -: is no file"]),
        ("--checkpoint model", 2, &["--checkpoint model: would overwrite another file"]),
        ("--checkpoint corpus", 2, &["--checkpoint corpus: would overwrite another file"]),
        ("--checkpoint same --spool same", 2, &["--spool same: would overwrite another file"]),
        ("--checkpoint absent/run", 1, &["absent/run: cannot create"]),
    ] {
        let seed = if flags.contains("fused") { RUN.replace("--arithmetic unfused", "") } else { RUN.to_owned() };
        workshop.run(&format!("{seed} -o model {flags} --progress none")).fails(code, parts);
    }
    workshop.file("corpus", text(1501));
    let other = workshop.run(&format!("{RUN} -o model --resume run --progress none"));
    other.fails(1, &["run: was begun on another corpus: it has 9000 tokens there and 9006 here"]);
    // Nothing of all that has changed the checkpoint, which still goes on.
    workshop.file("corpus", text(1500));
    workshop.run(&format!("{RUN} -o again --resume run --progress none")).succeeds();
    assert_eq!(workshop.read("again"), workshop.read("model"));
}
