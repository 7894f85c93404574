//! Where results cannot go: found before training where it can be, and what was trained is never
//! lost. What belongs together is told apart from what does not.
#![cfg(unix)]

use crate::interrupt::{endless, is_caught, reading_by, send};
use crate::{Outcome, Workshop, has_device, text};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use w2v::Vectors;

/// The binary.
const W2V: &str = env!("CARGO_BIN_EXE_w2v");

/// Settings of a training run that is over at once and says nothing.
const SHORT: &str = "--dim 8 --epochs 1 --min-count 1 --progress none";

/// A shell that runs `script` with mounts of its own; `None`, and says so, where that is not
/// allowed.
fn mounting(workshop: &Workshop, script: &str) -> Option<Command> {
    let may = workshop.shell("unshare -m mount -t tmpfs none /mnt").stderr(Stdio::null()).status();
    if !may.is_ok_and(|status| status.success()) {
        println!("skipped: nothing can be mounted here");
        return None;
    }
    let mut command = Command::new("unshare");
    workshop.at_home(&mut command).args(["-m", "sh", "-c", script]);
    Some(command)
}

/// Whether the tests run as root; says so where not.
fn is_root() -> bool {
    let is_root = fs::metadata("/proc/self").is_ok_and(|found| found.uid() == 0);
    if !is_root {
        println!("skipped: only root can make files of several users");
    }
    is_root
}

/// A line of `words` words, each once.
fn words(words: usize) -> String {
    (0..words).map(|word| format!("word{word} ")).collect()
}

/// What `record` says of the file of its model.
fn recorded(record: &[u8]) -> String {
    let record: Value = serde_json::from_slice(record).unwrap();
    record["sha256"].as_str().unwrap().to_owned()
}

fn sha256(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn names_that_are_too_long_are_found_before_training() {
    let workshop = Workshop::new();
    // The name itself, that of the record, that of the vectors of an interrupted run, and that of
    // their record.
    for length in [256, 251, 244, 240] {
        let name = "n".repeat(length);
        let outcome = workshop.run(&format!("train absent -o {name}"));
        outcome.fails(1, &["error: nnnn", ": is longer than a name may be here; choose a shorter one\n"]);
    }
    workshop.run(&format!("train absent --save-vocab {}", "n".repeat(256))).fails(1, &["is longer than a name"]);
    workshop.run(&format!("explain absent -o {}", "n".repeat(256))).fails(1, &["is longer than a name"]);
    workshop.run(&format!("phrases absent -o {}", "n".repeat(256))).fails(1, &["is longer than a name"]);
    workshop.file("corpus", text(100));
    let longest = "n".repeat(238);
    workshop.run(&format!("train corpus -o {longest} {SHORT}")).succeeds();
    assert_eq!(workshop.names(), ["corpus".to_owned(), longest.clone(), format!("{longest}.json")]);
}

#[test]
fn a_file_that_is_mounted_by_itself_is_written_in_place() {
    let workshop = Workshop::new();
    workshop.file("corpus", text(100)).file("m.bin", "old").file("seen", "old");
    let script = format!("mount --bind seen m.bin && {W2V} train corpus -o m.bin {SHORT} && {W2V} nearest m.bin red");
    let Some(mut command) = mounting(&workshop, &script) else { return };
    let outcome = Outcome::of(&script, command.output().unwrap());
    assert_eq!(outcome.stderr, "");
    outcome.succeeds();
    // Through the mount; and the file beneath it stays.
    assert_eq!(Vectors::load(workshop.path("seen")).unwrap().len(), 8);
    assert_eq!(recorded(&workshop.read("m.bin.json")), sha256(&workshop.read("seen")));
    assert_eq!(workshop.read("m.bin"), b"old");
    assert_eq!(workshop.names(), ["corpus", "m.bin", "m.bin.json", "seen"]);
}

#[test]
fn another_users_file_in_a_sticky_directory() {
    if !is_root() {
        return;
    }
    let workshop = Workshop::new();
    workshop.file("corpus", text(100));
    fs::create_dir(workshop.path("sticky")).unwrap();
    for (path, mode) in
        [(workshop.path("."), 0o755), (workshop.path("sticky"), 0o1777), (workshop.temporary.path().to_owned(), 0o777)]
    {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }
    let model = workshop.path("sticky/m");
    let run = |mode| {
        fs::write(&model, "old").unwrap();
        chown(&model, Some(1), Some(1)).unwrap();
        fs::set_permissions(&model, Permissions::from_mode(mode)).unwrap();
        let line = format!("train corpus -o sticky/m {SHORT}");
        Outcome::of(&line, workshop.command(&line).uid(65534).gid(65534).output().unwrap())
    };
    let refused = run(0o644);
    if refused.stderr.is_empty() {
        println!("skipped: another user cannot run the binary here");
        return;
    }
    refused.fails(1, &["error: sticky/m: cannot replace or write: Permission denied"]);
    assert_eq!(fs::read(&model).unwrap(), b"old");
    run(0o666).succeeds();
    assert_eq!(Vectors::load(&model).unwrap().len(), 8);
    assert_eq!(fs::metadata(&model).unwrap().uid(), 1);
    assert_eq!(recorded(&workshop.read("sticky/m.json")), sha256(&workshop.read("sticky/m")));
}

#[test]
fn an_immutable_file_is_found_before_training() {
    let workshop = Workshop::new();
    workshop.file("m", "old");
    let set = |flag| workshop.shell(&format!("chattr {flag} m")).stderr(Stdio::null()).status().unwrap().success();
    if !set("+i") {
        println!("skipped: no file can be made immutable here");
        return;
    }
    let outcome = workshop.run("train absent -o m");
    assert!(set("-i"));
    outcome.fails(1, &["error: m: cannot replace or write: Operation not permitted"]);
    assert_eq!(workshop.names(), ["m"]);
}

#[test]
fn a_disk_without_room_for_the_model_is_found_before_training() {
    let workshop = Workshop::new();
    workshop.file("corpus", words(10_000));
    fs::create_dir(workshop.path("disk")).unwrap();
    // 10,000 words of 100 numbers are 4 MB in binary.
    let script = format!(
        "mount -t tmpfs -o size=2m none disk && exec {W2V} train corpus -o disk/m.bin --epochs 100000 --min-count 1 \
         --progress none"
    );
    let Some(mut command) = mounting(&workshop, &script) else { return };
    let outcome = Outcome::of(&script, command.output().unwrap());
    outcome.fails(1, &["error: disk/m.bin: 4.1 MB or so would be written, and ", "disk has room for ", "; make room"]);
}

#[test]
fn a_disk_that_fills_during_training_loses_nothing() {
    let workshop = Workshop::new();
    workshop.file("corpus", words(1000));
    fs::create_dir(workshop.path("disk")).unwrap();
    let script = format!(
        "mount -t tmpfs -o size=2m none disk || exit
         {W2V} train corpus -o disk/m.bin --epochs 100000 --min-count 1 --sample 0 --progress none &
         sleep 2; cat /dev/zero > disk/rest 2> /dev/null; kill -TERM $!; wait $!"
    );
    let Some(mut command) = mounting(&workshop, &script) else { return };
    let outcome = Outcome::of(&script, command.output().unwrap());
    let last = outcome.stderr.lines().last().unwrap();
    let begin = "error: interrupted: disk/m.interrupted.bin: cannot write: No space left on device (os error 28); the finished file \
                 is kept as ";
    let kept = last.strip_prefix(begin).unwrap_or_else(|| panic!("{last}"));
    assert_eq!((outcome.code, Vectors::load(Path::new(kept)).unwrap().len()), (Some(143), 1000));
}

#[test]
fn a_device_that_is_full_loses_nothing() {
    if !has_device("/dev/full") {
        return;
    }
    let workshop = Workshop::new();
    workshop.file("corpus", text(100));
    for (line, name) in [("train corpus -o /dev/full", "/dev/full"), ("train corpus -o -", "standard output")] {
        let line = format!("{line} {SHORT}");
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let outcome = Outcome::of(&line, workshop.command(&line).stdout(full).output().unwrap());
        let begin = format!(
            "error: {name}: cannot write: No space left on device (os error 28); the finished file is kept as "
        );
        outcome.fails(1, &[&begin]);
        let kept = outcome.stderr[begin.len()..].trim_end();
        assert_eq!(Vectors::load(Path::new(kept)).unwrap().len(), 8);
        assert_eq!(recorded(&fs::read(format!("{kept}.json")).unwrap()), sha256(&fs::read(kept).unwrap()));
    }
    let outcome = workshop.run(&format!("explain corpus -o /dev/full {SHORT}"));
    outcome.fails(1, &["/dev/full: cannot write", "the finished file is kept as "]);
    let kept = outcome.stderr.trim_end().rsplit(' ').next().unwrap();
    assert!(fs::read_to_string(kept).unwrap().contains("</html>"));
}

#[test]
fn a_limit_on_the_size_of_files_is_an_error_and_not_the_end() {
    let workshop = Workshop::new();
    // Words so long that all but the tokens that are put aside is larger than the limit, which is
    // in blocks of 512 or 1024 bytes. Each comes twice, or they would be taken for run-on text, and
    // they are too few for a warning that the text looks as it came.
    workshop.file("corpus", (0..38).map(|word| format!("{}{} ", word % 19, "-".repeat(5300))).collect::<String>());
    for (line, parts) in [
        ("train corpus -o m.bin --min-count 1 --epochs 100000", ["error: m.bin: 0.1 MB or so", "(ulimit -f)"]),
        ("train corpus --save-vocab v --min-count 1", ["error: v: cannot write: File too large", "(os error 27)"]),
        ("phrases corpus -o joined", ["error: joined: cannot write: File too large", "(os error 27)"]),
    ] {
        let script = format!("ulimit -f 60; exec {W2V} {line} --progress none");
        Outcome::of(&script, workshop.shell(&script).output().unwrap()).fails(1, &parts);
    }
    assert_eq!(workshop.names(), ["corpus"]);
}

#[test]
fn a_record_of_another_model_is_told_of() {
    let workshop = Workshop::new();
    workshop.file("corpus", text(100)).file("questions", ": s\nred green blue white\n");
    for (seed, name) in [(1, "one.bin"), (2, "two.bin")] {
        workshop.run(&format!("train corpus -o {name} --seed {seed} {SHORT}")).succeeds();
        assert_eq!(recorded(&workshop.read(&format!("{name}.json"))), sha256(&workshop.read(name)));
    }
    let lines = ["nearest NAME red", "analogy NAME red green cat", "similarity NAME red cat"];
    let lines = lines.into_iter().chain(["evaluate NAME --analogies questions"]);
    let said = |line: &str| {
        let outcome = workshop.run(line);
        let said = outcome.stderr.clone();
        assert!(!outcome.succeeds().is_empty());
        said
    };
    for line in lines {
        let line = line.replace("NAME", "one.bin");
        assert_eq!(said(&line), "");
        // As a run leaves it that is killed between the two.
        let record = workshop.read("one.bin.json");
        workshop.file("one.bin.json", workshop.read("two.bin.json"));
        let warning = format!(
            "warning: one.bin.json is the record of another model than one.bin, whose SHA-256 is {}: do not rely on the \
             settings in it\n",
            sha256(&workshop.read("one.bin"))
        );
        assert_eq!(said(&line), warning);
        // Somebody else's file of that name says nothing of a model.
        workshop.file("one.bin.json", "[1, 2]");
        assert_eq!(said(&line), "");
        workshop.file("one.bin.json", record);
    }
}

#[test]
fn runs_onto_one_name_leave_a_model_and_its_record() {
    let workshop = Workshop::new();
    workshop.file("corpus", text(100));
    for _ in 0..5 {
        let run = |seed| workshop.command(&format!("train corpus -o m.bin --seed {seed} {SHORT}")).spawn().unwrap();
        let runs: Vec<_> = (0..4).map(run).collect();
        for mut run in runs {
            assert!(run.wait().unwrap().success());
        }
        assert_eq!(recorded(&workshop.read("m.bin.json")), sha256(&workshop.read("m.bin")));
        assert_eq!(workshop.names(), ["corpus", "m.bin", "m.bin.json"]);
    }
}

#[test]
fn temporary_files_of_killed_runs_are_swept_and_those_of_others_stay() {
    let workshop = Workshop::new();
    workshop.file("corpus", words(20_000)).file(".w2v-notes", "a person's").file(".w2v-mine.bin", "a person's");
    workshop.file(".w2v-living", "of a run that writes");
    let living = File::open(workshop.path(".w2v-living")).unwrap();
    living.lock().unwrap();
    let line = "train corpus -o m.gz --min-count 1 --epochs 1 --sample 0 --progress none";
    let mut child = workshop.command(line).spawn().unwrap();
    let temporary = |name: &String| name.starts_with(".w2v-") && name.len() == 11 && name != ".w2v-living";
    // While it looks whether it can write, such a file is there for a moment; once it writes, the
    // file has content.
    let is_writing = || {
        let found = workshop.names().into_iter().find(temporary);
        found.is_some_and(|name| fs::metadata(workshop.path(&name)).is_ok_and(|found| found.len() > 0))
    };
    while !is_writing() {
        assert!(child.try_wait().unwrap().is_none(), "the run ended");
        sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(workshop.names().iter().any(temporary));
    workshop.run(&format!("train corpus -o other {SHORT}")).succeeds();
    let left = [".w2v-living", ".w2v-mine.bin", ".w2v-notes", "corpus", "other", "other.json"];
    assert_eq!(workshop.names(), left);
}

#[test]
fn a_closed_standard_output_is_told_of() {
    let workshop = Workshop::new();
    workshop.with_model().file("corpus", text(100)).file("pairs", "east west 1\n");
    for (line, needed) in [
        ("nearest model.txt east", true),
        ("evaluate model.txt --similarity pairs", true),
        ("train absent", true),
        ("train absent -o -", true),
        ("train absent --save-vocab -", true),
        ("phrases absent", true),
        ("explain absent -o -", true),
        ("bench --quick", true),
        (&format!("train corpus -o m {SHORT}"), false),
    ] {
        let script = format!("exec {W2V} {line} >&-");
        let outcome = Outcome::of(&script, workshop.shell(&script).output().unwrap());
        match needed {
            true if line == "train absent" => outcome.fails(2, &["--output MODEL"]),
            true => outcome.fails(1, &["error: standard output: cannot write: it is closed, or /dev/null"]),
            false => drop(outcome.succeeds()),
        }
        // Who wants nothing of it says so.
        if line.starts_with("nearest") {
            workshop
                .shell(&format!("exec {W2V} {line} > /dev/null"))
                .status()
                .unwrap()
                .success()
                .then_some(())
                .unwrap();
        }
    }
}

#[test]
fn a_corpus_that_becomes_shorter_is_no_whole_corpus() {
    let workshop = Workshop::new();
    workshop.file("corpus", text(1000)).file("m", "old");
    let (child, stdin) = reading_by(workshop.command(&format!("train - corpus -o m {SHORT}")));
    workshop.file("corpus", text(10));
    drop(stdin);
    let outcome = Outcome::of("train - corpus", child.wait_with_output().unwrap());
    let (before, after) = (text(1000).len(), text(10).len());
    let problem =
        format!("error: corpus: became shorter while it was read: it had {before} bytes and ended after {after}");
    outcome.fails(1, &[&problem]);
    assert_eq!(workshop.read("m"), b"old");
}

#[test]
fn a_standard_error_that_nobody_reads_does_not_stop_training() {
    let workshop = Workshop::new();
    workshop.file("corpus", text(50));
    // More than a pipe holds.
    let line = "train corpus -o m --dim 1 --epochs 2000 --threads 1 --progress json";
    let mut child = workshop.command(line).stderr(Stdio::piped()).spawn().unwrap();
    let unread = child.stderr.take().unwrap();
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < Duration::from_secs(120), "it waits for who reads its progress");
        sleep(Duration::from_millis(10));
    }
    assert!(child.wait().unwrap().success());
    assert_eq!(workshop.names(), ["corpus", "m", "m.json"]);
    let mut told = Vec::new();
    { unread }.read_to_end(&mut told).unwrap();
    assert!(told.starts_with(b"{\"event\":"));
}

#[test]
fn who_reads_standard_error_late_gets_all_of_it() {
    let workshop = Workshop::new();
    workshop.file("corpus", text(50));
    let line = "train corpus -o m --dim 1 --epochs 2000 --threads 1 --progress json";
    let mut child = workshop.command(line).stderr(Stdio::piped()).spawn().unwrap();
    sleep(Duration::from_millis(300));
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(told.matches("\"epoch_finished\":true").count(), 2000);
    assert!(told.lines().last().unwrap().contains("\"written\""));
}

#[test]
fn a_run_that_is_hung_up_on_keeps_its_record_with_its_model() {
    if !is_caught("TERM") {
        return;
    }
    let workshop = Workshop::new();
    let (mut child, mut reports) = endless(&workshop, "train -o m.bin");
    send("TERM", &child);
    std::io::copy(&mut reports, &mut std::io::sink()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
    let [model, record] = ["m.interrupted.bin", "m.interrupted.bin.json"].map(|name| workshop.read(name));
    assert_eq!(recorded(&record), sha256(&model));
}
