//! The readme's programs do what it says when its commands are followed.

use crate::programs::{libraries, package, run, target};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

/// The fenced blocks of the readme: language and text.
fn blocks() -> Vec<(String, String)> {
    let readme = fs::read_to_string(package().join("README.md")).expect("a readable readme");
    let mut blocks: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        if let Some(language) = line.strip_prefix("```") {
            inside = !inside;
            if inside {
                blocks.push((language.to_owned(), String::new()));
            }
        } else if let (true, Some((_, text))) = (inside, blocks.last_mut()) {
            text.extend([line, "\n"]);
        }
    }
    blocks
}

/// A directory that looks like the repository to the readme's commands.
fn repository() -> tempfile::TempDir {
    libraries();
    let directory = tempfile::tempdir().expect("a directory");
    fs::create_dir(directory.path().join("bindings")).expect("a directory");
    symlink(package(), directory.path().join("bindings/c")).expect("a link");
    symlink(target(), directory.path().join("target")).expect("a link");
    directory
}

/// Saves the program in `language` as the readme says, follows the commands before it and compares
/// with the text after it.
fn follow(language: &str, file: &str, warnings: &[&str]) {
    let blocks = blocks();
    let at = blocks.iter().position(|(found, _)| found == language).expect("a program");
    let [(shell, commands), (_, program), (text, expected)] = &blocks[at - 1..at + 2] else { panic!("three blocks") };
    assert_eq!((shell.as_str(), text.as_str()), ("sh", "text"));
    let directory = repository();
    fs::write(directory.path().join(file), program).expect("a file");
    // `libraries` has done that where cargo finds its workspace.
    let commands = commands.replace("cargo build --release -p w2v-capi\n", "");
    let printed = run(Command::new("bash").args(["-euc", &commands]).current_dir(directory.path()), b"");
    assert_eq!(String::from_utf8_lossy(&printed), *expected);
    if let [compiler, flags @ ..] = warnings {
        let mut strict = Command::new(compiler);
        strict.args(flags).args([
            "-Wall",
            "-Wextra",
            "-Werror",
            "-pedantic",
            "-fsyntax-only",
            "-I",
            "bindings/c",
            file,
        ]);
        run(strict.current_dir(directory.path()), b"");
    }
}

#[test]
fn the_c_program_does_what_the_readme_says() {
    follow("c", "example.c", &["gcc", "-std=c11"]);
}

#[test]
fn the_cpp_program_does_what_the_readme_says() {
    follow("cpp", "example.cpp", &["g++", "-std=c++17"]);
}

#[test]
fn the_python_program_does_what_the_readme_says() {
    follow("python", "example.py", &[]);
}

#[test]
fn the_readme_counts_the_functions() {
    let header = fs::read_to_string(Path::new(package()).join("w2v.h")).expect("a readable header");
    let functions = header.lines().filter(|line| line.contains(" w2v_") || line.contains(" *w2v_"));
    let functions = functions.filter(|line| !line.starts_with(' ') && line.contains('(')).count();
    let readme = fs::read_to_string(package().join("README.md")).expect("a readable readme");
    assert!(readme.contains(&format!("library of {functions} functions")), "there are {functions}");
}
