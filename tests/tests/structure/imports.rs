//! Which file of a package imports from which: read from `use` and from paths in the code.

use std::collections::{BTreeMap, BTreeSet};

use super::sources::Source;

/// The files of a package by module, such as `step::update`; the crate root is `lib`.
pub(crate) struct Package<'a> {
    modules: BTreeMap<String, &'a Source>,
    /// For each name that the crate root re-exports from a module: that module.
    exported: BTreeMap<String, String>,
}

impl<'a> Package<'a> {
    /// The files below `folder`, such as `core/src/`, but for a program's and those of tests.
    pub(crate) fn new(sources: &'a [Source], folder: &str) -> Self {
        let modules = sources.iter().filter_map(|source| {
            let module = source.path.strip_prefix(folder)?.strip_suffix(".rs")?.replace('/', "::");
            (module != "main" && !module.ends_with("tests")).then_some((module, source))
        });
        let modules: BTreeMap<_, _> = modules.collect();
        assert!(modules.contains_key("lib"), "{folder} has a crate root");
        let mut package = Self { exported: BTreeMap::new(), modules };
        let root: Vec<&str> = package.modules["lib"].code_without_tests().collect();
        for path in paths(&root.join("\n")) {
            let name = path.rsplit("::").next().unwrap_or(&path).to_owned();
            if let Some(module) = package.resolve("lib", &path).filter(|module| module != "lib") {
                package.exported.insert(name, module);
            }
        }
        package
    }

    /// For each module the modules whose files its own file imports from.
    pub(crate) fn imports(&self) -> BTreeMap<String, BTreeSet<String>> {
        let imports = self.modules.iter().map(|(module, source)| {
            let code: Vec<&str> = source.code_without_tests().collect();
            let paths = paths(&code.join("\n"));
            let imported = paths.iter().filter_map(|path| self.resolve(module, path));
            (module.clone(), imported.filter(|found| found != module).collect())
        });
        imports.collect()
    }

    /// The module whose file has what `path` names in the file of `module`, if that is one of this
    /// package.
    fn resolve(&self, module: &str, path: &str) -> Option<String> {
        // What the crate root only passes on is imported from where it is.
        if let Some(path) = path.strip_prefix("crate::") {
            let (name, rest) = path.split_once("::").unwrap_or((path, ""));
            if let Some(module) = self.exported.get(name).filter(|_| !self.modules.contains_key(name)) {
                return self.resolve("lib", &format!("{module}::{rest}"));
            }
        }
        let mut found: Vec<&str> = module.split("::").filter(|&name| name != "lib").collect();
        let mut segments = path.split("::").peekable();
        let first = *segments.peek()?;
        // A child may be named without `self`.
        let child = found.iter().copied().chain([first]).collect::<Vec<_>>().join("::");
        if !["crate", "self", "super"].contains(&first) && !self.modules.contains_key(&child) {
            return None;
        }
        while let Some(segment) = segments.next_if(|segment| ["crate", "self", "super"].contains(segment)) {
            match segment {
                "crate" => found.clear(),
                "super" => drop(found.pop()?),
                _ => {}
            }
        }
        for segment in segments {
            found.push(segment);
            if !self.modules.contains_key(&found.join("::")) {
                found.pop();
                break;
            }
        }
        Some(if found.is_empty() { "lib".to_owned() } else { found.join("::") })
    }
}

/// Every path in the code, groups of `use` written out.
fn paths(code: &str) -> Vec<String> {
    // To whom an item is visible is no import.
    let code = &code.replace("pub(in crate::", "pub(");
    let mut paths = Vec::new();
    for statement in code.split(['\n', ';']).collect::<Vec<_>>().join(" ").split("use ").skip(1) {
        let mut depth = 0;
        let end = statement.char_indices().find(|&(_, c)| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            depth < 0 || (depth == 0 && c == ' ')
        });
        expand("", &statement[..end.map_or(statement.len(), |(end, _)| end)], &mut paths);
    }
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    paths.extend(
        code.split(|c| !is_path(c)).filter(|path| path.contains("::")).map(|path| path.trim_matches(':').to_owned()),
    );
    paths
}

/// Adds the paths of a tree of `use`.
fn expand(prefix: &str, tree: &str, paths: &mut Vec<String>) {
    let Some((head, group)) = tree.split_once('{') else {
        paths.push(format!("{prefix}{}", tree.trim()));
        return;
    };
    let (prefix, mut depth, mut start) = (format!("{prefix}{}", head.trim()), 0, 0);
    let group = group.trim_end().strip_suffix('}').unwrap_or(group);
    for (at, c) in group.char_indices().chain([(group.len(), ',')]) {
        depth += i32::from(c == '{') - i32::from(c == '}');
        if c == ',' && depth == 0 {
            expand(&prefix, &group[start..at], paths);
            start = at + 1;
        }
    }
}

/// The groups of modules that import from each other in a circle.
pub(crate) fn cycles(imports: &BTreeMap<String, BTreeSet<String>>) -> Vec<BTreeSet<&str>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        imports.keys().map(|module| (module.as_str(), reach(imports, module))).collect();
    let mut cycles = Vec::new();
    for (&module, from_it) in &reached {
        let circle: BTreeSet<&str> = from_it.iter().copied().filter(|other| reached[other].contains(module)).collect();
        if !circle.is_empty() && !cycles.contains(&circle) {
            cycles.push(circle);
        }
    }
    cycles
}

/// All modules that `module` imports from, directly or not.
fn reach<'a>(imports: &'a BTreeMap<String, BTreeSet<String>>, module: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = imports[module].iter().map(String::as_str).collect();
    while let Some(next) = open.pop() {
        if reached.insert(next) {
            open.extend(imports[next].iter().map(String::as_str));
        }
    }
    reached
}

#[test]
fn paths_are_read_from_groups_and_from_code() {
    let code = "use crate::a::{b, c::{D, e}};\npub(crate) use super::f;\npub(in crate::j) fn g() { crate::h::i() }\n";
    let found = paths(code);
    assert!(!found.iter().any(|path| path.contains('j')), "{found:?}");
    for path in ["crate::a::b", "crate::a::c::D", "crate::a::c::e", "super::f", "crate::h::i"] {
        assert!(found.iter().any(|other| other == path), "{path} is not in {found:?}");
    }
}
