//! `w2v phrases`: the text it writes, the list it prints, and what it refuses.

use crate::{Outcome, Workshop};
use std::io::Write;
use std::process::Stdio;

/// Ten times three words that belong together, among others.
fn text() -> String {
    "see new york times\n".repeat(10) + &"the new see of york\n".repeat(3)
}

const RULE: &str = "--discount 3 --threshold 1.5";

#[test]
fn phrases_are_joined_and_those_of_joined_words_too() {
    let workshop = Workshop::new();
    workshop.file("text", text());
    let printed = workshop.run(&format!("phrases text {RULE}")).succeeds();
    assert_eq!(printed.lines().next(), Some("see_new york_times"));
    assert_eq!(printed.lines().last(), Some("the new see of york"));
    assert_eq!(printed.lines().count(), 13);

    workshop.run(&format!("phrases text --list -o joined {RULE}")).succeeds();
    assert!(workshop.read("joined").starts_with(b"york\ttimes\t10\t"));
    workshop.run(&format!("phrases text -o joined {RULE}")).succeeds();
    assert_eq!(workshop.read("joined"), printed.as_bytes());
    let line = format!("phrases - {RULE}");
    let mut again = workshop.command(&line).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    again.stdin.take().unwrap().write_all(printed.as_bytes()).unwrap();
    let again = Outcome::of(&line, again.wait_with_output().unwrap()).succeeds();
    assert_eq!(again.lines().next(), Some("see_new_york_times"));
    assert_eq!(workshop.names(), ["joined", "text"]);
}

#[test]
fn they_are_listed_by_score_and_told_of() {
    let workshop = Workshop::new();
    workshop.file("text", text());
    // 55 tokens; of 13 each `see`, `new` and `york`, 10 `times`, which come together ten times.
    let listed = workshop.run(&format!("phrases text --list {RULE}")).succeeds();
    let rows: Vec<Vec<&str>> = listed.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(rows[0], ["york", "times", "10", "2.9615"]);
    assert_eq!(rows[1][2..], ["10", "2.2781"]);
    assert_eq!(rows.len(), 3);
    let told = workshop.run(&format!("phrases text -o joined --progress json {RULE}"));
    assert!(told.stderr.contains(r#"{"event":"joining","tokens":55,"tokens_total":55}"#), "{}", told.stderr);
    assert!(told.stderr.contains(r#"{"event":"joined","text":"joined","phrases":3,"#), "{}", told.stderr);
}

#[test]
fn connectors_may_stand_within_phrases() {
    let workshop = Workshop::new();
    workshop.file("text", "the bank of america or the bank\n".repeat(9)).file("words", "\u{feff}the\nof or\n");
    for connectors in ["english", "words"] {
        let line = format!("phrases text --connectors {connectors} --discount 1 --threshold 1.5 --progress none");
        let joined = workshop.run(&line).succeeds();
        assert_eq!(joined.lines().next(), Some("the bank_of_america or the bank"), "{connectors}");
        // 63 tokens, 18 times `bank` and 9 times `america`.
        let listed = workshop.run(&format!("{line} --list")).succeeds();
        assert_eq!(listed.lines().next(), Some("bank_of\tamerica\t9\t3.1111"), "{listed}");
    }
    workshop.run("phrases text --connectors absent").fails(1, &["absent: cannot open"]);
    workshop.run("phrases text --connectors words -o words").fails(2, &["--output words", "would overwrite"]);
}

#[test]
fn what_cannot_be_joined_is_refused_and_nothing_is_lost() {
    let workshop = Workshop::new();
    workshop.file("text", text()).file("blank", " \n");
    workshop.run("phrases text -o text").fails(2, &["--output text", "would overwrite"]);
    workshop.run("phrases text -o absent/joined").fails(1, &["absent/joined: cannot create"]);
    workshop.run("phrases text --threshold -1").fails(2, &["--threshold -1", "positive number such as 100"]);
    workshop.run("phrases text --threshold NaN").fails(2, &["--threshold NaN"]);
    workshop.run("phrases text --discount 1.5").fails(2, &["--discount", "whole number"]);
    workshop.run("phrases").fails(2, &["CORPUS"]);
    workshop.run("phrases absent").fails(1, &["absent: cannot open"]);
    workshop.run("phrases blank").fails(1, &["error: nothing to join: there is no word in blank"]);
    assert_eq!(workshop.read("text"), text().as_bytes());
}
