//! Rules of the source tree that a reader relies on and a compiler does not check.

mod imports;
mod sealed;
mod sources;

use std::collections::BTreeSet;
use std::fs;

use imports::{Package, cycles};
use sources::{Source, has_word, sources};
use w2v_tests::data::workspace;

/// Fails if one of the words occurs in code outside the permitted places; this file, which names
/// them, is exempt.
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

/// The files that may hold `unsafe` code. In the kernel, which says the reason in each:
/// instructions of backends, and rows lent by pointer. In the C library: the one file that turns
/// pointers into references; and the fuzz target that calls the library as C does. In examples:
/// where a device's program meets its linker or its host. In the host: the one file that maps
/// files.
const UNSAFE: [&str; 21] = [
    "bindings/c/src/memory.rs",
    "core/src/kernel.rs",
    "core/src/matrix/disjoint.rs",
    "core/src/rows.rs",
    "core/src/simd/avx2.rs",
    "core/src/simd/avx512.rs",
    "core/src/simd/neon.rs",
    "core/src/simd/scalar.rs",
    "core/src/simd/scalar/vfp.rs",
    "core/src/step/update.rs",
    "core/src/step/update/apply.rs",
    "core/src/step/update/logits.rs",
    "core/src/step/update/prefetch.rs",
    "core/src/step/update/row_pointers.rs",
    "examples/cost/src/bin/any.rs",
    "examples/cost/src/bin/run/stack.rs",
    "examples/cost/src/bin/skip-gram.rs",
    "examples/proof/src/main.rs",
    "examples/wasm/src/lib.rs",
    "fuzz/fuzz_targets/c_abi.rs",
    "host/src/files/map.rs",
];

/// Whether the line only declares a function that C calls, whose body is safe code.
fn declares_c_function(source: &Source, line: &str) -> bool {
    let exported = line == "#[unsafe(no_mangle)]" || line.starts_with("pub unsafe extern \"C\" fn w2v_");
    exported && source.path.starts_with("bindings/c/src/")
}

#[test]
fn unsafe_code_is_in_the_files_of_one_list() {
    let mut found = BTreeSet::new();
    for source in sources() {
        let mut code = source.code().filter(|line| !declares_c_function(&source, line));
        if source.path != "tests/tests/structure.rs" && code.any(|line| has_word(line, "unsafe")) {
            found.insert(source.path.clone());
        }
    }
    let listed: BTreeSet<String> = UNSAFE.map(str::to_owned).into();
    let only_in = |of: &BTreeSet<String>, other: &BTreeSet<String>| of.difference(other).cloned().collect::<Vec<_>>();
    let (more, gone) = (only_in(&found, &listed), only_in(&listed, &found));
    assert!(more.is_empty() && gone.is_empty(), "not on the list: {more:?}; on the list without need: {gone:?}");
}

/// The modules of the kernel from the bottom up: a module imports from those before it, or from
/// files of its own folder.
const CORE_LAYERS: [&str; 21] = [
    "error",
    "names",
    "kinds",
    "lanes",
    "rng",
    "rows",
    "kernel",
    "simd",
    "initial",
    "huffman",
    "subsample",
    "window",
    "matrix",
    "vector",
    "sigmoid",
    "unigram",
    "step",
    "storage",
    "compact",
    "train",
    "lib",
];

#[test]
fn imports_of_the_kernel_point_down() {
    let sources = sources();
    let layer = |module: &str| {
        let top = module.split("::").next().unwrap_or(module);
        CORE_LAYERS.iter().position(|&layer| layer == top).unwrap_or_else(|| panic!("`{module}` has no layer"))
    };
    for (module, imports) in Package::new(&sources, "core/src/").imports() {
        for imported in imports {
            assert!(layer(&imported) <= layer(&module), "`{module}` imports from `{imported}`, which is above it");
        }
    }
}

#[test]
fn the_command_line_is_above_the_library() {
    let sources = sources();
    let is_cli = |module: &str| module == "cli" || module.starts_with("cli::");
    for (module, imports) in Package::new(&sources, "host/src/").imports() {
        let from_cli: Vec<&String> = imports.iter().filter(|imported| is_cli(imported)).collect();
        assert!(is_cli(&module) || from_cli.is_empty(), "`{module}` imports from {from_cli:?}");
    }
}

/// Where files of the host still import from each other in a circle: these modules, or those below
/// them. None may be added, and one without a circle must go.
const KNOWN_CIRCLES_OF_HOST: [&[&str]; 4] = [&["cli"], &["files"], &["model"], &["text"]];

#[test]
fn no_files_import_from_each_other_in_a_circle() {
    let sources = sources();
    for (folder, known) in [("core/src/", &[][..]), ("host/src/", &KNOWN_CIRCLES_OF_HOST)] {
        let imports = Package::new(&sources, folder).imports();
        assert!(imports.values().any(|imports| !imports.is_empty()), "{folder} has imports");
        let circles = cycles(&imports);
        let within = |circle: &BTreeSet<&str>, known: &[&str]| {
            let below = |module: &str, known: &str| {
                module.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
            };
            circle.iter().all(|module| known.iter().any(|known| below(module, known)))
        };
        for circle in &circles {
            let known = known.iter().any(|known| within(circle, known));
            assert!(known, "{folder}: these import from each other: {circle:?}");
        }
        for known in known {
            assert!(circles.iter().any(|circle| within(circle, known)), "{folder}: {known:?} has no circle any more");
        }
    }
}

#[test]
fn no_file_of_the_trainer_imports_from_its_parent() {
    let sources = sources();
    for (module, imports) in Package::new(&sources, "host/src/").imports() {
        let parent = module.rsplit_once("::").map_or("lib", |(parent, _)| parent);
        assert!(!module.starts_with("train::") || !imports.contains(parent), "`{module}` imports from `{parent}`");
    }
}

#[test]
fn prose_ends_at_column_100() {
    // The C library's documentation is that of its header, whose lines are made from it.
    let told = |source: &&Source| !source.path.starts_with("bindings/c/src/");
    for source in sources().iter().filter(told) {
        for (number, line) in source.prose() {
            let columns = line.chars().count();
            assert!(columns <= 100, "{}:{number} has {columns} columns", source.path);
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
    // Except where sentence-transformers calls a number in its list of modules so.
    only_in(&["alpha", "syn0", "syn1", "idx"], |path| path == "host/src/model/format/static_embedding.rs");
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

/// The packages of the workspace inherit them; examples, which are copied to other places, have the
/// same of their own.
#[test]
fn every_package_has_the_lints() {
    let examples = fs::read_dir(workspace().join("examples")).expect("a readable directory");
    let examples = examples.map(|entry| entry.expect("a readable directory").path());
    let examples: Vec<_> = examples.filter(|path| path.join("Cargo.toml").exists()).collect();
    assert!(!examples.is_empty(), "the examples are found");
    let packages =
        ["core", "host", "bindings/c", "tests", "benches", "benches/measure"].map(|package| workspace().join(package));
    let own = "[lints.rust]\nmissing_docs = \"deny\"\nunsafe_code = \"deny\"\nunreachable_pub = \"deny\"\n\n\
        [lints.clippy]\nall = { level = \"deny\", priority = -1 }\nundocumented_unsafe_blocks = \"deny\"";
    let inherited = packages.iter().map(|package| (package, "[lints]\nworkspace = true"));
    for (package, lints) in inherited.chain(examples.iter().map(|package| (package, own))) {
        let manifest = package.join("Cargo.toml");
        let text = fs::read_to_string(&manifest).expect("a readable manifest");
        assert!(text.contains(lints), "{}", manifest.display());
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
    says("host/src/main.rs", "#![forbid(unsafe_code)]");
    says("host/src/lib.rs", "#![deny(unsafe_code)]");
}
