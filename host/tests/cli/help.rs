//! What `w2v help` says is so.

use crate::Workshop;
use w2v::limits::{MAX_DIM, MAX_EPOCHS, MAX_EXPONENT, MAX_NEGATIVES, MAX_THREADS, MAX_WINDOW};
use w2v_core::simd::{Arithmetic, Backend, Dispatch};

/// The help of `w2v train` without its line breaks.
fn help() -> String {
    help_of("train")
}

/// The help of `command` without its line breaks.
fn help_of(command: &str) -> String {
    let help = Workshop::new().run(&format!("help {command}")).succeeds();
    help.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn ranges_and_rates_are_told() {
    let help = help();
    for (flag, most) in [
        ("--dim", MAX_DIM),
        ("--window", MAX_WINDOW),
        ("--negatives", MAX_NEGATIVES),
        ("--epochs", MAX_EPOCHS),
        ("--threads", MAX_THREADS),
    ] {
        let (_, told) = help.split_once(&format!(" {flag} <")).unwrap();
        assert!(told.split(" --").next().unwrap().contains(&format!("1 to {most}")), "{flag}: {help}");
    }
    assert!(help.contains(&format!("drawn, -{MAX_EXPONENT} to {MAX_EXPONENT} ")), "{help}");
    let rates = "[default: 0.025 for skip-gram, 0.05 for CBOW, 0.1 for CBOW with the exact gradient]";
    assert!(help.contains(rates), "{help}");
}

#[test]
fn every_setting_of_the_library_is_a_flag() {
    let all = ["train", "phrases", "explain"].map(help_of).concat();
    for setting in w2v::Setting::ALL {
        assert!(all.contains(&format!(" --{setting} <")), "{setting}: {all}");
    }
}

#[test]
fn names_elsewhere_are_told_in_full_help() {
    let help = help();
    for told in ["size, vector_size: --dim ", "iter: --epochs ", "default is CBOW, here skip-gram", "it may rise"] {
        assert!(help.contains(told), "{told}: {help}");
    }
}

#[test]
fn what_more_epochs_do_to_the_rate_is_told() {
    let help = help();
    let told = "--epochs may grow: the learning rate is then that of a run of so many epochs at this place";
    assert!(help.contains(told), "{help}");
    assert!(help.contains(&format!("[default: {}]", w2v::Every::default())), "{help}");
}

#[test]
fn automatic_arithmetic_is_as_told() {
    let help = help();
    assert!(
        help.contains("`auto` is fused, except for the instruction sets scalar and portable, where fused is slow"),
        "{help}"
    );
    for backend in Backend::ALL {
        if let Ok(chosen) = Dispatch::choose(Some(backend), None) {
            let slow = [Backend::Scalar, Backend::Portable].contains(&backend);
            assert_eq!(chosen.arithmetic() == Arithmetic::Unfused, slow, "{backend}");
        }
    }
}

#[test]
fn what_parts_words_is_told() {
    for command in ["train", "phrases", "explain"] {
        assert!(
            help_of(command)
                .contains("ASCII white space (blank, tab, line feed) separates words, and nothing else does"),
            "{command}"
        );
    }
}

#[test]
fn what_is_decompressed_is_told() {
    for (command, flag) in
        [("train", "--vocab <FILE>"), ("evaluate", "--similarity"), ("evaluate", "--analogies"), ("nearest", "<MODEL>")]
    {
        let help = help_of(command);
        let told = help.split(&format!(" {flag} ")).last().unwrap();
        assert!(told.split(" --").next().unwrap().contains("plain, gzip or zstd"), "{command} {flag}: {help}");
    }
}
