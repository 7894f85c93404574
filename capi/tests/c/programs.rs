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
    /// Under valgrind, which knows no AVX-512.
    Valgrind,
}

impl Mode {
    /// Those that can be tried here: where `W2V_EXPECT_VALGRIND` is set, valgrind must be there.
    pub(crate) fn all() -> Vec<Self> {
        let mut modes = vec![Self::Plain, Self::Sanitized];
        if Command::new("valgrind").arg("--version").output().is_ok_and(|done| done.status.success()) {
            modes.push(Self::Valgrind);
        } else {
            assert!(
                env::var_os("W2V_EXPECT_VALGRIND").is_none(),
                "W2V_EXPECT_VALGRIND is set, but there is no valgrind"
            );
            eprintln!("skipped: valgrind is not installed, C programs run without it");
        }
        modes
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
        compile.args("-std=c11 -Wall -Wextra -Werror -pedantic -g -O1".split(' '));
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
        let mut command = match self.mode {
            Mode::Plain | Mode::Sanitized => Command::new(&self.path),
            Mode::Valgrind => {
                let mut command = Command::new("valgrind");
                command.args("--quiet --error-exitcode=9 --leak-check=full --show-leak-kinds=all".split(' '));
                command.arg("--errors-for-leak-kinds=all").arg(&self.path);
                command
            }
        };
        run(command.args(arguments.iter().map(u32::to_string)), input.as_bytes())
    }
}

#[test]
fn what_is_wrong_is_refused() {
    for mode in Mode::all() {
        assert_eq!(Program::new("errors", mode).run(&[], ""), b"refused as they should be\n", "{mode:?}");
    }
}
