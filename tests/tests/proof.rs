//! The proof that core cannot panic, `examples/proof`, is one only if it calls all of core's public
//! functions: here it is held to their list. That it links, `.ci/cross` finds out.

use std::fs;
use std::path::Path;

use w2v_tests::data::workspace;

/// The text of all source files below a directory, each with its module's name.
fn sources(directory: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("a readable directory") {
        let path = entry.expect("a readable directory").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else {
            let module = path.file_stem().expect("a file").to_string_lossy().into_owned();
            found.push((module, fs::read_to_string(&path).expect("a readable source file")));
        }
    }
    found
}

/// The identifier at the start of `text`.
fn identifier(text: &str) -> &str {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or("")
}

/// The name that `line` declares after one of these words, if it begins with one.
fn declared<'a>(line: &'a str, words: &[&str]) -> Option<&'a str> {
    words.iter().find_map(|word| line.strip_prefix(word)).map(identifier)
}

/// The type that an `impl` block without a trait is of.
fn implemented(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("impl").filter(|_| !line.contains(" for "))?;
    let named = if rest.starts_with('<') { rest.split_once("> ")?.1 } else { rest };
    Some(identifier(named.trim_start()))
}

/// What a formatted source file makes public and documents: functions as `Type::name` or
/// `module::name`, types by their name.
fn public(module: &str, text: &str) -> Vec<String> {
    const FUNCTIONS: [&str; 2] = ["pub fn ", "pub const fn "];
    let (mut names, mut owner, mut is_trait, mut is_hidden) = (Vec::new(), module, false, false);
    for line in text.lines().take_while(|line| *line != "#[cfg(test)]") {
        if line.trim_start().starts_with("#[") {
            is_hidden |= line.contains("doc(hidden)");
        } else if is_hidden {
            is_hidden = false;
        } else if line == "}" {
            (owner, is_trait) = (module, false);
        } else if let Some(name) = declared(line, &["pub trait "]) {
            (owner, is_trait) = (name, true);
        } else if let Some(name) = implemented(line) {
            owner = name;
        } else if let Some(name) = declared(line, &["pub struct ", "pub enum "]) {
            names.push(name.to_owned());
        } else if let Some(name) = declared(line.trim_start(), &FUNCTIONS) {
            names.push(format!("{owner}::{name}"));
        } else if is_trait && let Some(name) = declared(line, &["    fn "]) {
            names.push(format!("{owner}::{name}"));
        }
    }
    names
}

#[test]
fn the_proof_calls_every_public_function() {
    let proof: String = sources(&workspace().join("examples/proof/src")).into_iter().map(|(_, text)| text).collect();
    let modules = sources(&workspace().join("core/src"));
    let (_, root) = modules.iter().find(|(module, _)| module == "lib").expect("a crate root");
    // A private module's functions are public where another module re-exports them.
    let shown = |module: &str| {
        let private = root.contains(&format!("\nmod {module};"));
        let shows = |text: &str| text.contains(&format!("\npub use crate::{module}::"));
        let other = modules.iter().find(|(_, text)| private && shows(text));
        other.map_or(module, |(other, _)| other).to_owned()
    };
    let names: Vec<_> = modules.iter().flat_map(|(module, text)| public(&shown(module), text)).collect();
    for known in ["Huffman::path", "Unigram::draw_negatives", "vector::dot", "Simd::mul_add", "Softmax"] {
        assert!(names.iter().any(|name| name == known), "{known} is read from the sources");
    }
    for name in names {
        let mut used = proof.match_indices(&name).map(|(at, _)| &proof[at + name.len()..]);
        let is_function = name.contains("::");
        let is_used = used.any(|after| match is_function {
            true => after.starts_with('(') || after.starts_with("::<"),
            false => identifier(after).is_empty(),
        });
        assert!(is_used, "examples/proof does not use {name}");
    }
}
