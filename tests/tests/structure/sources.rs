//! The source files of the project, and what is code in them.

use std::fs;
use std::path::Path;

use w2v_tests::data::workspace;

/// One source file: its path from the root, with `/`, and its text.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    /// The lines of code, without comments.
    pub(crate) fn code(&self) -> impl Iterator<Item = &str> {
        self.text.lines().map(|line| line.split("//").next().unwrap_or(line))
    }

    /// The lines of code before the unit tests. Items that are for tests only, but stand by
    /// themselves, are among them.
    pub(crate) fn code_without_tests(&self) -> impl Iterator<Item = &str> {
        let tests = self.code().zip(self.code().skip(1).chain([""]));
        let tests = tests.take_while(|(line, next)| line.trim() != "#[cfg(test)]" || next.trim() != "mod tests {");
        self.code().take(tests.count())
    }

    /// The lines of comments that are prose, with their numbers: no examples, and no rows of a
    /// table.
    pub(crate) fn prose(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut example = false;
        self.text.lines().enumerate().filter_map(move |(number, line)| {
            let comment = line.trim_start().strip_prefix("//")?;
            let text = comment.trim_start_matches(['/', '!']).trim();
            let fence = text.starts_with("```");
            example ^= fence;
            let prose = !example && !fence && !text.starts_with('|');
            prose.then_some((number + 1, line))
        })
    }
}

/// All source files.
pub(crate) fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    for package in ["core", "host", "bindings", "tests", "benches", "fuzz", "examples"] {
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
pub(crate) fn has_word(line: &str, word: &str) -> bool {
    line.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|found| found == word)
}
