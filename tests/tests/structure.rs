//! Rules of the source tree that a reader relies on and a compiler does not check.

use std::fs;
use std::path::Path;

use w2v_tests::data::workspace;

/// One source file: its path from the root, with `/`, and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// The lines of code, without comments.
    fn code(&self) -> impl Iterator<Item = &str> {
        self.text.lines().map(|line| line.split("//").next().unwrap_or(line))
    }

    /// The lines of code before the unit tests. What else is for tests only, an item by itself, is among them.
    fn code_without_tests(&self) -> impl Iterator<Item = &str> {
        let tests = self.code().zip(self.code().skip(1));
        let tests = tests.take_while(|(line, next)| line.trim() != "#[cfg(test)]" || next.trim() != "mod tests {");
        self.code().take(tests.count())
    }
}

fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    for package in ["core", "host", "bindings/c", "tests", "benches", "fuzz", "examples"] {
        collect(&workspace().join(package), &mut sources);
    }
    assert!(sources.iter().any(|source| source.path == "core/src/lib.rs"), "the tree is found");
    sources
}

fn collect(directory: &Path, sources: &mut Vec<Source>) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for entry in entries {
        let path = entry.expect("a readable directory").path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            collect(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a readable source file");
            let path = path.strip_prefix(workspace()).expect("a path below the root");
            let path = path.to_string_lossy().replace('\\', "/");
            sources.push(Source { path, text });
        }
    }
}

/// Whether the line holds the word, standing alone.
fn has_word(line: &str, word: &str) -> bool {
    line.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|found| found == word)
}

/// Fails if one of the words occurs in code outside the permitted places; this file, which names them, is exempt.
fn only_in(words: &[&str], permitted: impl Fn(&str) -> bool) {
    for source in sources() {
        if permitted(&source.path) || source.path == "tests/tests/structure.rs" {
            continue;
        }
        for (number, line) in source.code().enumerate() {
            for word in words {
                assert!(!has_word(line, word), "{}:{}: `{word}` has no place here", source.path, number + 1);
            }
        }
    }
}

fn in_simd(path: &str) -> bool {
    path.starts_with("core/src/simd/")
}

fn in_command_line(path: &str) -> bool {
    path == "host/src/main.rs" || path == "host/src/cli.rs" || path.starts_with("host/src/cli/")
}

/// Where a device's program meets its linker or its host; what an engineer copies for a microcontroller is not among them.
fn at_the_machine(path: &str) -> bool {
    ["examples/wasm/src/lib.rs", "examples/proof/src/main.rs"].contains(&path)
        || path.starts_with("examples/cost/src/bin/")
}

/// The one file of the C library that turns pointers into references, and the one that calls the library as C does.
fn in_boundary(path: &str) -> bool {
    ["bindings/c/src/memory.rs", "fuzz/fuzz_targets/c_abi.rs"].contains(&path)
}

/// Whether the line only declares a function that C calls, whose body is safe code.
fn declares_c_function(source: &Source, line: &str) -> bool {
    let exported = line == "#[unsafe(no_mangle)]" || line.starts_with("pub unsafe extern \"C\" fn w2v_");
    exported && source.path.starts_with("bindings/c/src/")
}

#[test]
fn unsafe_code_is_in_the_backends_at_the_machine_and_at_the_c_boundary_only() {
    for source in sources() {
        let apart = [in_simd, in_boundary, at_the_machine].iter().any(|is_in| is_in(&source.path));
        if apart || source.path == "tests/tests/structure.rs" {
            continue;
        }
        for line in source.code().filter(|line| !declares_c_function(&source, line)) {
            assert!(!has_word(line, "unsafe"), "{}: {line}", source.path);
        }
    }
}

#[test]
fn architectures_are_named_in_the_simd_module_and_for_machines_only() {
    let machine = "examples/cost/src/bin/run/machine.rs";
    only_in(&["target_arch"], |path| in_simd(path) || path == "core/src/simd.rs" || path == machine);
}

#[test]
fn libraries_neither_print_nor_exit() {
    let library =
        |path: &str| ["core/src/", "host/src/", "bindings/c/src/"].iter().any(|folder| path.starts_with(folder));
    let free = |path: &str| in_command_line(path) || path.ends_with("/tests.rs");
    for source in sources().iter().filter(|source| library(&source.path) && !free(&source.path)) {
        for line in source.code_without_tests() {
            for word in ["println", "eprintln", "print", "eprint", "exit", "dbg"] {
                let called = [format!("{word}!("), format!("process::{word}(")];
                assert!(!called.iter().any(|call| line.contains(call)), "{}: {line}", source.path);
            }
        }
    }
}

#[test]
fn the_command_line_alone_knows_flags() {
    let library = |path: &str| path.starts_with("host/src/") && !in_command_line(path);
    let mut seen = 0;
    for source in sources().iter().filter(|source| library(&source.path)) {
        for line in source.code_without_tests() {
            seen += 1;
            let names_flag = line
                .match_indices("--")
                .any(|(at, _)| line[at + 2..].starts_with(|next: char| next.is_ascii_lowercase()));
            assert!(!names_flag, "{}: {line}", source.path);
        }
    }
    assert!(seen > 1000, "{seen} lines");
}

#[test]
fn core_and_its_c_library_have_no_panicking_call() {
    let may_not = |path: &str| path.starts_with("core/src/") || path.starts_with("bindings/c/src/");
    for source in sources().iter().filter(|source| may_not(&source.path)) {
        for line in source.code_without_tests() {
            for call in [".unwrap()", ".expect(", "panic!(", "unreachable!(", "todo!(", "unimplemented!("] {
                assert!(!line.contains(call), "{}: {line}", source.path);
            }
        }
    }
}

#[test]
fn names_with_several_meanings_are_not_used() {
    only_in(&["alpha", "syn0", "syn1", "idx"], |_| false);
}

#[test]
fn the_oracle_imports_nothing_of_the_project() {
    let oracle = sources().into_iter().find(|source| source.path == "tests/src/reference.rs").expect("the oracle");
    for line in oracle.code() {
        for word in ["w2v", "w2v_core", "w2v_tests", "crate", "super"] {
            assert!(!has_word(line, word), "{line}");
        }
        assert!(!has_word(line, "use") || line.starts_with("use std::"), "{line}");
    }
}

#[test]
fn files_fit_in_four_hundred_lines() {
    for source in sources() {
        let lines = source.text.lines().count();
        assert!(lines <= 400, "{} has {lines} lines", source.path);
    }
}

#[test]
fn modules_are_named_files() {
    for source in sources() {
        assert!(!source.path.ends_with("/mod.rs"), "{}", source.path);
    }
}

#[test]
fn every_file_of_tests_is_run() {
    let directory = workspace().join("tests/tests");
    let main = fs::read_to_string(directory.join("main.rs")).expect("the file that names the others");
    for entry in fs::read_dir(directory).expect("a readable directory") {
        let path = entry.expect("a readable directory").path();
        let name = path.file_stem().expect("a file").to_string_lossy();
        assert!(name == "main" || main.lines().any(|line| line == format!("mod {name};")), "{name} is not run");
    }
}

#[test]
fn every_package_inherits_the_lints() {
    let examples = fs::read_dir(workspace().join("examples")).expect("a readable directory");
    let examples = examples.map(|entry| entry.expect("a readable directory").path());
    let examples: Vec<_> = examples.filter(|path| path.join("Cargo.toml").exists()).collect();
    assert!(!examples.is_empty(), "the examples are found");
    let packages =
        ["core", "host", "bindings/c", "tests", "benches", "benches/measure"].map(|package| workspace().join(package));
    for package in packages.into_iter().chain(examples) {
        let manifest = package.join("Cargo.toml");
        let text = fs::read_to_string(&manifest).expect("a readable manifest");
        assert!(text.contains("[lints]\nworkspace = true"), "{}", manifest.display());
    }
}

#[test]
fn the_crates_declare_what_they_forgo() {
    let says = |path: &str, attribute: &str| {
        let source = sources().into_iter().find(|source| source.path == path).expect("a crate root");
        assert!(source.code().any(|line| line.trim() == attribute), "{path} lacks {attribute}");
        source
    };
    let core = says("core/src/lib.rs", "#![no_std]");
    says("bindings/c/src/lib.rs", "#![no_std]");
    assert!(core.code().all(|line| !has_word(line, "alloc")), "core uses no allocator");
    says("host/src/lib.rs", "#![forbid(unsafe_code)]");
}
