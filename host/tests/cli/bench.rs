//! `w2v bench`: it names what it measured.

use crate::Workshop;
use w2v_core::kinds::{Architecture, Objective};
use w2v_core::simd::{Backend, Dispatch};

/// Asserts that there is a line that begins with `words`, whatever the space between them.
#[track_caller]
fn has_line(shown: &str, words: &str) {
    let mut lines = shown.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    assert!(lines.any(|line| line.starts_with(words)), "no `{words}` in\n{shown}");
}

#[test]
fn every_backend_and_model_is_measured() {
    let shown = Workshop::new().run("bench --quick").succeeds();
    for pair in Dispatch::all() {
        for kernel in ["peak", "dot", "axpy", "negative-sampling-8", "path-8"] {
            has_line(&shown, &format!("{} {} {kernel} ", pair.backend(), pair.arithmetic()));
        }
    }
    for architecture in Architecture::ALL {
        for objective in Objective::ALL {
            has_line(&shown, &format!("{architecture} {objective} "));
        }
    }
}

#[test]
fn one_backend_can_be_asked_for() {
    let shown = Workshop::new().run("bench --quick --backend portable").succeeds();
    has_line(&shown, "portable unfused dot ");
    assert!(!shown.contains("scalar"), "{shown}");
}

#[test]
fn a_backend_that_is_not_there_is_refused() {
    let absent = Backend::ALL.into_iter().find(|&backend| Dispatch::all().all(|pair| pair.backend() != backend));
    let absent = absent.expect("no processor has both AVX and NEON");
    let line = format!("--backend {absent}");
    Workshop::new().run(&format!("bench {line}")).fails(2, &[&line, "not available", "scalar"]);
}
