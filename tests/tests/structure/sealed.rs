//! Programs without `unsafe` code that would break the kernel's, and that must not compile.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use w2v_tests::data::workspace;

/// The kernel's library that this program was built with: the youngest in its folder.
fn library(folder: &Path) -> PathBuf {
    let files = fs::read_dir(folder).expect("a readable directory");
    let files = files.map(|entry| entry.expect("a readable directory").path());
    let named = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.starts_with("libw2v_core-") && name.ends_with(".rlib")
    };
    let age = |path: &PathBuf| fs::metadata(path).and_then(|data| data.modified()).expect("a file's time");
    files.filter(named).max_by_key(age).expect("the kernel's library")
}

#[test]
fn another_crate_cannot_bring_a_backend() {
    let program = env::current_exe().expect("a program has a path");
    let folder = program.parent().expect("a program lies in a folder");
    let attack = workspace().join("tests/tests/structure/attacks/own_backend.rs");
    let beside_cargo = Path::new(env!("CARGO")).with_file_name("rustc");
    let mut compile = Command::new(if beside_cargo.exists() { &beside_cargo } else { Path::new("rustc") });
    compile.args(["--edition=2024", "--crate-type=lib", "--emit=metadata", "--error-format=short", "-o"]);
    compile.arg(env::temp_dir().join("w2v_own_backend.rmeta")).arg(attack);
    compile.arg("-L").arg(folder).arg("--extern").arg(format!("w2v_core={}", library(folder).display()));
    let done = compile.output().expect("a compiler");
    let said = String::from_utf8_lossy(&done.stderr);
    let errors: Vec<&str> = said.lines().filter(|line| line.contains("error[")).collect();
    assert!(!done.status.success(), "it compiled");
    assert!(
        matches!(errors[..], [one] if one.contains("E0277") && one.contains("Sealed")),
        "refused for another reason: {said}"
    );
}
