//! Where a run's results go: to a file, or to standard output.

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

    /// Where the vectors of an interrupted run go: beside it, `model.interrupted.bin` for
    /// `model.bin`, and likewise for
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

    /// Where to spool tokens: the directory of the file, whose disk has to have room anyway; `None`
    /// without a file.
    pub(super) fn spool_dir(&self) -> Option<PathBuf> {
        self.path().filter(|path| is_file_name(path)).map(|path| directory(path).to_owned())
    }

    /// Puts what `write` writes there: into a file whole or not at all, compressed if it is named
    /// so; to a terminal with control characters escaped.
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

    /// As [`Output::write`], of what took hours: where it cannot be written, it is kept somewhere
    /// else, and the failure says where. A reader of standard output that leaves is taken to have
    /// had enough.
    ///
    /// `record` makes a second file's content of the first file's; that file is beside the first,
    /// where [`record_path`] says.
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
        // What is kept has a name of its own; that it has a record too is good but not needed.
        let told = record.and_then(|record| Some((record(&kept).ok()?, record_path(&kept)?)));
        told.map(|(content, path)| write_atomically(&path, |to| to.write_all(&content)));
        Err(failure)
    }
}

/// Makes the content of a record of the file that it is given.
pub(super) type Recording<'a> = dyn Fn(&Path) -> w2v::Result<Vec<u8>> + 'a;

/// Puts what `write` writes into the file at `path`, and beside it what `record` makes of that.
///
/// Both are written in full before the first comes to its name, and no other run puts files there
/// in between. If the program is killed in that moment, the new file is beside the old record,
/// which does not have its hash.
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

/// Where the record of the model at `model` goes: the same name and `.json`; nowhere for a device.
pub(super) fn record_path(model: &Path) -> Option<PathBuf> {
    let mut name = OsString::from(model);
    name.push(".json");
    is_file_name(model).then(|| name.into())
}

/// Standard output, if it leads anywhere.
///
/// # Errors
/// When it was closed before the program began. Rust then opens `/dev/null` in its place,
/// for reading and writing. So one that is
/// `/dev/null` and can be read is taken for closed; `> /dev/null` of a shell can only be written.
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

/// Whether `path` is that of a file or of nothing yet, and not of a device.
pub(super) fn is_file_name(path: &Path) -> bool {
    !path.exists() || path.is_file()
}

/// Names of compressed files that would not be what they say.
const NOT_WRITTEN: [&str; 7] = ["7z", "br", "bz2", "lz4", "lzma", "xz", "zip"];

/// Finds what would keep a file from being written to `path`, the value of `flag`, before hours of
/// work are spent on it: above all that it is one of `taken`, what the command reads and writes
/// elsewhere.
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

/// Whether two paths lead to one file, which need not exist yet; devices may be shared.
fn same_file(a: &Path, b: &Path) -> bool {
    let place = |path: &Path| {
        let path = followed(path);
        Ok::<_, io::Error>(directory(&path).canonicalize()?.join(path.file_name().unwrap_or_default()))
    };
    let device = |path: &Path| path.metadata().is_ok_and(|file| !file.is_file());
    !device(a) && matches!((place(a), place(b)), (Ok(a), Ok(b)) if a == b)
}
