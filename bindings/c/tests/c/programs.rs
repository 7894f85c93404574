//! The library as it is shipped, and programs compiled against it.

use std::env;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

/// This package's directory.
pub(crate) fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Cargo's target directory: this program lies in `profile/deps` there.
pub(crate) fn target() -> PathBuf {
    let program = env::current_exe().expect("a program has a path");
    program.ancestors().nth(3).expect("cargo's directories").to_path_buf()
}

/// The directory of the release libraries, which the first to ask has built.
pub(crate) fn libraries() -> &'static Path {
    static BUILT: LazyLock<PathBuf> = LazyLock::new(|| {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--release", "-p", "w2v-capi", "--target-dir"]).arg(target()).current_dir(package());
        run(&mut build, b"");
        target().join("release")
    });
    &BUILT
}

/// What a command that must succeed, given `input`, writes to its standard output.
pub(crate) fn run(command: &mut Command, input: &[u8]) -> Vec<u8> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut stdin = child.stdin.take().expect("a pipe");
    let done = std::thread::scope(|scope| {
        // A program that ends early closes the pipe; its status tells why.
        scope.spawn(move || drop(stdin.write_all(input)));
        child.wait_with_output().expect("an end")
    });
    let mut said = String::from_utf8_lossy(&done.stderr).into_owned();
    let _ = write!(said, "\n{}", done.status);
    assert!(done.status.success(), "{command:?}:\n{said}");
    done.stdout
}

/// How a program is compiled and run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Plain,
    /// With the address and the undefined-behaviour sanitizer.
    Sanitized,
    /// Under valgrind, which knows no AVX-512, watched for wrong accesses and leaks.
    Memcheck,
    /// Under valgrind, watched for data races.
    Helgrind,
}

impl Mode {
    /// Those for a program of one thread.
    pub(crate) fn alone() -> Vec<Self> {
        Self::possible(&[Self::Plain, Self::Sanitized, Self::Memcheck])
    }

    /// Those for a program of several.
    pub(crate) fn threaded() -> Vec<Self> {
        Self::possible(&[Self::Plain, Self::Sanitized, Self::Memcheck, Self::Helgrind])
    }

    /// `modes`, those under valgrind only if it is there, as it must be where `W2V_EXPECT_VALGRIND`
    /// is set.
    fn possible(modes: &[Self]) -> Vec<Self> {
        let mut modes = modes.to_vec();
        if !Command::new("valgrind").arg("--version").output().is_ok_and(|done| done.status.success()) {
            assert!(
                env::var_os("W2V_EXPECT_VALGRIND").is_none(),
                "W2V_EXPECT_VALGRIND is set: there must be a valgrind"
            );
            eprintln!("skipped: valgrind is not installed, C programs run without it");
            modes.retain(|mode| !mode.is_valgrind());
        }
        modes
    }

    pub(crate) fn is_valgrind(self) -> bool {
        matches!(self, Self::Memcheck | Self::Helgrind)
    }
}

/// A program of this directory, compiled.
pub(crate) struct Program {
    path: PathBuf,
    mode: Mode,
    _directory: tempfile::TempDir,
}

impl Program {
    pub(crate) fn new(name: &str, mode: Mode) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join(name);
        let mut compile = Command::new("gcc");
        compile.args("-std=c11 -Wall -Wextra -Werror -pedantic -pthread -g -O1".split(' '));
        if mode == Mode::Sanitized {
            compile.args(["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]);
        }
        compile.arg("-I").arg(package()).arg(package().join("tests/c").join(name).with_extension("c"));
        compile.arg(libraries().join("libw2v_c.a")).arg("-o").arg(&path);
        run(&mut compile, b"");
        Self { path, mode, _directory: directory }
    }

    /// What it writes when it is given `input`.
    pub(crate) fn run(&self, arguments: &[u32], input: &str) -> Vec<u8> {
        let tool: &[&str] = match self.mode {
            Mode::Plain | Mode::Sanitized => &[],
            Mode::Memcheck => &["--leak-check=full", "--show-leak-kinds=all", "--errors-for-leak-kinds=all"],
            Mode::Helgrind => &["--tool=helgrind"],
        };
        let mut command = Command::new(if self.mode.is_valgrind() { Path::new("valgrind") } else { &self.path });
        if self.mode.is_valgrind() {
            command.args(["--quiet", "--error-exitcode=9"]).args(tool).arg(&self.path);
        }
        run(command.args(arguments.iter().map(u32::to_string)), input.as_bytes())
    }
}

#[test]
fn what_is_wrong_is_refused() {
    for mode in Mode::alone() {
        for program in ["errors", "train_errors", "damaged"] {
            let said = Program::new(program, mode).run(&[], "");
            assert_eq!(said, b"refused as they should be\n", "{program} {mode:?}");
        }
    }
}
