//! Where a run's results go: to a file, or to standard output.

use super::Result;
use super::terminal::Escaping;
use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use w2v::error::Error;
use w2v::output::{check_writable, directory, followed, without_compression, write_atomically};

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

    /// Where the vectors of an interrupted run go: beside it, `model.interrupted.bin` for `model.bin`, and likewise for
    /// `model.bin.gz`; nowhere where nothing can stand beside it.
    pub(super) fn interrupted(&self) -> Option<Self> {
        let path = self.path().filter(|path| is_file_name(path))?;
        let plain = without_compression(path);
        let mut name = plain.file_stem()?.to_owned();
        name.push(".interrupted");
        let compression = path.extension().filter(|_| plain != path);
        for extension in plain.extension().into_iter().chain(compression) {
            name.push(".");
            name.push(extension);
        }
        Some(Self::File(path.with_file_name(name)))
    }

    /// Where to spool tokens: the directory of the file, whose disk has to have room anyway; `None` without a file.
    pub(super) fn spool_dir(&self) -> Option<PathBuf> {
        self.path().filter(|path| is_file_name(path)).map(|path| directory(path).to_owned())
    }

    /// Puts what `write` writes there: into a file whole or not at all, compressed if it is named so; to a terminal without its control
    /// characters.
    pub(super) fn write(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
        let Some(path) = self.path() else {
            let mut out = BufWriter::new(io::stdout().lock());
            if io::stdout().is_terminal() {
                let mut escaping = Escaping::new(out);
                write(&mut escaping)?;
                escaping.finish()?;
            } else {
                write(&mut out)?;
                out.flush()?;
            }
            return Ok(());
        };
        Ok(write_atomically(path, write)?)
    }
}

/// Whether `path` is that of a file or of nothing yet, and not of a device.
pub(super) fn is_file_name(path: &Path) -> bool {
    !path.exists() || path.is_file()
}

/// Names of compressed files that would not be what they say.
const NOT_WRITTEN: [&str; 7] = ["7z", "br", "bz2", "lz4", "lzma", "xz", "zip"];

/// Finds what would keep a file from being written to `path`, the value of `flag`, before hours of work are spent on it: above all
/// that it is one of `taken`, what the command reads and writes elsewhere.
pub(super) fn check_free<'a>(flag: &'static str, path: &Path, mut taken: impl Iterator<Item = &'a Path>) -> Result<()> {
    if taken.any(|other| same_file(other, path)) {
        let problem = "would overwrite another file of this command; choose another name".to_owned();
        return Err(Error::Setting { flag, value: path.display().to_string(), problem }.into());
    }
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    if ending.is_some_and(|ending| NOT_WRITTEN.contains(&ending.as_str())) {
        let problem = "would not be compressed so; name it .gz or .zst, or nothing of the kind".to_owned();
        return Err(Error::Setting { flag, value: path.display().to_string(), problem }.into());
    }
    Ok(check_writable(path)?)
}

/// Whether two paths lead to one file, which need not exist yet; devices may be shared.
fn same_file(a: &Path, b: &Path) -> bool {
    let place = |path: &Path| {
        let path = followed(path);
        Ok::<_, io::Error>(directory(&path).canonicalize()?.join(path.file_name().unwrap_or_default()))
    };
    let device = |path: &Path| path.metadata().is_ok_and(|file| !file.is_file());
    !device(a) && matches!((place(a), place(b)), (Ok(a), Ok(b)) if a == b)
}
