//! The outputs of a command: a file, or standard output.

use super::terminal::Escaping;
use super::{Failure, Result};
use std::ffi::OsString;
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use w2v::Error;
use w2v::output::{
    Complete, alone_in_directory, check_writable, directory, followed, without_compression, write_atomically,
    write_elsewhere,
};

/// The value of `--output` and `--save-vocab`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Output {
    /// Standard output, written from its current position.
    Stdout,
    /// A file or a device.
    File(PathBuf),
}

/// `-` and `/dev/stdout` are standard output. Any other name is a file.
impl From<OsString> for Output {
    fn from(name: OsString) -> Self {
        if name == "-" || name == "/dev/stdout" { Self::Stdout } else { Self::File(name.into()) }
    }
}

impl Output {
    /// The path of the file; `None` for standard output.
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Self::Stdout => None,
            Self::File(path) => Some(path),
        }
    }

    /// The name in messages.
    pub(super) fn name(&self) -> String {
        self.path().map_or("standard output".to_owned(), |path| path.display().to_string())
    }

    /// The file for the vectors of an interrupted run: `model.interrupted.bin` for `model.bin`,
    /// `model.interrupted.bin.gz` for `model.bin.gz`. `None` for standard output and devices.
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

    /// The directory in which tokens are spooled: the directory of the file, because its disk must
    /// have room anyway. `None` for standard output and devices.
    pub(super) fn spool_dir(&self) -> Option<PathBuf> {
        self.path().filter(|path| is_file_name(path)).map(|path| directory(path).to_owned())
    }

    /// Writes the content that `write` writes. A file appears complete or not at all, compressed if
    /// its name ends in `.gz` or `.zst`. On a terminal, control characters are escaped.
    pub(super) fn write(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
        let Some(path) = self.path() else {
            let mut out = BufWriter::new(stdout()?);
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

    /// As [`Output::write`], for a result that took hours: if it cannot be written, it is kept
    /// elsewhere, and the error says where. If the reader of standard output leaves early, nothing
    /// is kept.
    ///
    /// `record` makes the content of a second file, the record, from the first file. The record
    /// goes to [`record_path`].
    pub(super) fn write_or_keep(
        &self,
        write: impl Fn(&mut dyn Write) -> io::Result<()>,
        record: Option<&Recording>,
    ) -> Result<()> {
        let written = match self.path() {
            None => self.write(&write),
            Some(path) => write_pair(path, &write, record),
        };
        let (failure, kept) = match written {
            Err(Failure::Library(Error::Kept { path, action, source, kept })) => {
                let also = kept.clone();
                (Error::Kept { path, action, source, kept }.into(), also)
            }
            Err(failure) if failure.is_of_content() => {
                let name = self.path().unwrap_or(Path::new("model"));
                match write_elsewhere(name, &write) {
                    Ok(kept) => (Failure::Elsewhere { failure: Box::new(failure), kept: kept.clone() }, kept),
                    Err(also) => return Err(Failure::Lost { failure: Box::new(failure), also }),
                }
            }
            done => return done,
        };
        // The kept file has a name of its own. A record for it is useful but not necessary, so
        // errors are ignored.
        let told = record.and_then(|record| Some((record(&kept).ok()?, record_path(&kept)?)));
        told.map(|(content, path)| write_atomically(&path, |to| to.write_all(&content)));
        Err(failure)
    }
}

/// A function that makes the content of a record of the given file.
pub(super) type Recording<'a> = dyn Fn(&Path) -> w2v::Result<Vec<u8>> + 'a;

/// Writes the file at `path` with the content that `write` writes, and its record with the content
/// that `record` makes.
///
/// Both files are complete before the first one is put in its place, and the directory is locked,
/// so no other run puts files there in between. If the program is killed between the two renames,
/// the new file is beside the old record. The old record does not have the new file's hash, so the
/// mismatch is noticed.
fn write_pair(path: &Path, write: impl Fn(&mut dyn Write) -> io::Result<()>, record: Option<&Recording>) -> Result<()> {
    let main = Complete::write(path, write)?;
    let record = match (record, record_path(path), main.content()) {
        (Some(record), Some(beside), Some(content)) => {
            Some(record(content).and_then(|content| Complete::write(&beside, |to| to.write_all(&content))))
        }
        _ => None,
    };
    let _alone = record.is_some().then(|| alone_in_directory(path));
    main.put()?;
    let put = record.map_or(Ok(()), |record| record.and_then(Complete::put));
    put.map_err(|error| Failure::NoRecord { error, model: path.to_owned() })
}

/// The path of the record of `model`: the name of the model with `.json` added. `None` for a
/// device.
pub(super) fn record_path(model: &Path) -> Option<PathBuf> {
    let mut name = OsString::from(model);
    name.push(".json");
    is_file_name(model).then(|| name.into())
}

/// Standard output.
///
/// # Errors
/// An error if standard output was closed before the program began. Then Rust opens `/dev/null` in
/// its place, for reading and writing. So a `/dev/null` that can be read counts as closed. A shell
/// opens it for writing only, with `> /dev/null`.
pub(super) fn stdout() -> io::Result<io::StdoutLock<'static>> {
    if was_closed(&io::stdout()) {
        return Err(io::Error::new(
            ErrorKind::NotConnected,
            "it is closed, or /dev/null opened for reading too; give it a file or a pipe, or open /dev/null for writing only",
        ));
    }
    Ok(io::stdout().lock())
}

#[cfg(unix)]
fn was_closed(stdout: &io::Stdout) -> bool {
    use rustix::fs::{OFlags, fcntl_getfl, fstat, stat};
    let is_readable = fcntl_getfl(stdout).is_ok_and(|flags| flags & OFlags::RWMODE == OFlags::RDWR);
    is_readable
        && matches!((fstat(stdout), stat("/dev/null")), (Ok(stdout), Ok(null)) if stdout.st_rdev == null.st_rdev && null.st_rdev > 0)
}

#[cfg(not(unix))]
fn was_closed(_: &io::Stdout) -> bool {
    false
}

/// Whether `path` is a file or does not exist. False for a device.
pub(super) fn is_file_name(path: &Path) -> bool {
    !path.exists() || path.is_file()
}

/// Extensions of compression formats that are not written.
const NOT_WRITTEN: [&str; 7] = ["7z", "br", "bz2", "lz4", "lzma", "xz", "zip"];

/// Fails early if a file cannot be written to `path`, which is the value of `flag`: above all if
/// the file is one of `taken`, the other files that the command reads or writes.
pub(super) fn check_free<'a>(flag: &'static str, path: &Path, mut taken: impl Iterator<Item = &'a Path>) -> Result<()> {
    if taken.any(|other| same_file(other, path)) {
        let problem = "would overwrite another file of this command; choose another name".to_owned();
        return Err(Failure::Flag { flag, value: path.display().to_string(), problem });
    }
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    if ending.is_some_and(|ending| NOT_WRITTEN.contains(&ending.as_str())) {
        let problem = "would not be compressed so; name it .gz or .zst, or nothing of the kind".to_owned();
        return Err(Failure::Flag { flag, value: path.display().to_string(), problem });
    }
    Ok(check_writable(path)?)
}

/// Whether two paths lead to the same file, which need not exist. False for devices, because
/// several outputs may share a device.
fn same_file(a: &Path, b: &Path) -> bool {
    let place = |path: &Path| {
        let path = followed(path);
        Ok::<_, io::Error>(directory(&path).canonicalize()?.join(path.file_name().unwrap_or_default()))
    };
    let device = |path: &Path| path.metadata().is_ok_and(|file| !file.is_file());
    !device(a) && matches!((place(a), place(b)), (Ok(a), Ok(b)) if a == b)
}
