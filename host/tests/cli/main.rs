//! The built binary, as its users meet it: what it writes, what it says, and how it fails.

mod bad_input;
mod bench;
mod checkpoint;
mod convert;
mod explain;
mod foreign_models;
mod help;
mod interrupt;
mod limits;
mod models;
mod outputs;
mod phrases;
mod training;
mod words;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A directory of its own for a test, in which the binary runs.
struct Workshop {
    directory: TempDir,
    /// What the binary takes for the system's temporary directory.
    temporary: TempDir,
}

impl Workshop {
    fn new() -> Self {
        let [directory, temporary] = [(); 2].map(|()| tempfile::tempdir().expect("a temporary directory"));
        Self { directory, temporary }
    }

    /// The path of the file `name`.
    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes the file `name`.
    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        fs::write(self.path(name), content).expect("a file in a temporary directory");
        self
    }

    /// The content of the file `name`.
    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The names of all files, sorted.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.directory.path()).expect("a temporary directory");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// The binary with the arguments of `line`, which are separated by spaces.
    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_w2v"));
        self.at_home(&mut command).args(line.split_whitespace());
        command
    }

    /// Has `command` run here.
    fn at_home<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.current_dir(self.directory.path()).env("TMPDIR", self.temporary.path())
    }

    /// A shell that runs `script`.
    fn shell(&self, script: &str) -> Command {
        let mut command = Command::new("sh");
        self.at_home(&mut command).args(["-c", script]);
        command
    }

    /// What comes of running it.
    fn run(&self, line: &str) -> Outcome {
        Outcome::of(line, self.command(line).stdin(Stdio::null()).output().expect("the binary runs"))
    }

    /// A small model of four words in `model.txt`.
    fn with_model(&self) -> &Self {
        self.file("model.txt", "4 2\neast 1 0\nnorth 0 1\nnortheast 1 1\nwest -1 0\n")
    }
}

/// What a run left.
struct Outcome {
    line: String,
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Outcome {
    fn of(line: &str, output: Output) -> Self {
        Self {
            line: line.to_owned(),
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Asserts success and returns what was printed.
    #[track_caller]
    fn succeeds(self) -> String {
        assert_eq!(self.code, Some(0), "w2v {}: {}", self.line, self.stderr);
        self.stdout
    }

    /// Asserts exit code `code`, nothing on standard output, and one line on standard error with
    /// every one of `parts`.
    #[track_caller]
    fn fails(&self, code: i32, parts: &[&str]) {
        let Self { line, stdout, stderr, .. } = self;
        assert_eq!(self.code, Some(code), "w2v {line}: {stderr}");
        assert_eq!(stdout, "", "w2v {line}");
        assert!(stderr.starts_with("error: ") && stderr.lines().count() == 1, "w2v {line}: {stderr}");
        for part in parts {
            assert!(stderr.contains(part), "w2v {line}: {stderr}");
        }
    }
}

/// A text of `sentences` sentences in which colours and animals keep to themselves.
fn text(sentences: usize) -> String {
    let kinds = [["red", "green", "blue", "white"], ["cat", "dog", "cow", "hen"]];
    let mut text = String::new();
    for sentence in 0..sentences {
        let kind = kinds[sentence % 2];
        for word in 0..6 {
            text.push_str(kind[(sentence / 2 + word * (sentence / 8 + 1)) % 4]);
            text.push(if word < 5 { ' ' } else { '\n' });
        }
    }
    text
}

/// Whether the platform has the devices that some tests need; says so where it has not.
fn has_device(path: &str) -> bool {
    let found = Path::new(path).exists();
    if !found {
        println!("skipped: there is no {path} here");
    }
    found
}
