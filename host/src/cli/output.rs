//! Where a run's results go: to a file, or to standard output.

use super::Result;
use std::ffi::OsString;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use w2v::output::write_atomically;

/// The value of `--output` and `--save-vocab`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Output {
    /// What the program's standard output leads to, from where that stands.
    Stdout,
    /// A file or a device.
    File(PathBuf),
}

/// `-` is standard output, and so is the name that systems have for it.
impl From<OsString> for Output {
    fn from(name: OsString) -> Self {
        if name == "-" || name == "/dev/stdout" { Self::Stdout } else { Self::File(name.into()) }
    }
}

impl Output {
    /// The path, unless it is standard output.
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Self::Stdout => None,
            Self::File(path) => Some(path),
        }
    }

    /// What messages call it.
    pub(super) fn name(&self) -> String {
        self.path().map_or("standard output".to_owned(), |path| path.display().to_string())
    }

    /// Where the vectors of an interrupted run go: beside it, `model.interrupted.bin` for `model.bin`; nowhere where nothing can
    /// stand beside it.
    pub(super) fn interrupted(&self) -> Option<Self> {
        let path = self.path().filter(|path| is_file_name(path))?;
        let mut name = path.file_stem()?.to_owned();
        name.push(".interrupted");
        if let Some(extension) = path.extension() {
            name.push(".");
            name.push(extension);
        }
        Some(Self::File(path.with_file_name(name)))
    }

    /// Puts what `write` writes there: into a file whole or not at all.
    pub(super) fn write(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
        let Some(path) = self.path() else {
            let mut out = BufWriter::new(io::stdout().lock());
            write(&mut out)?;
            out.flush()?;
            return Ok(());
        };
        Ok(write_atomically(path, write)?)
    }
}

/// Whether `path` is that of a file or of nothing yet, and not of a device.
pub(super) fn is_file_name(path: &Path) -> bool {
    !path.exists() || path.is_file()
}
