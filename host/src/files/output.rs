//! Writes files that appear complete or not at all: the content goes to a temporary file first,
//! which is then renamed to the file's name.

mod beside;
mod place;
#[cfg(test)]
mod tests;

use std::env;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::files::compression::{BUFFER_BYTES, Compression};

use self::beside::Beside;
use self::place::Place;

pub use self::beside::abandon;
pub(crate) use self::place::is_written_in_place;
pub use self::place::{check_room, check_writable, directory, followed};
pub use crate::files::compression::without_compression;

/// Writes the file at `path` with the content that `write` writes, compressed if the name ends in
/// `.gz` or `.zst`. If `write` fails, an older file at `path` is unchanged.
///
/// Special cases:
///
/// * A device or a pipe (`/dev/full`) cannot be replaced. The content is written to it directly.
/// * A symbolic link stays. The file that the link points to is replaced, or created.
/// * A replaced file passes its mode on to the new file. The temporary file has this mode too, so
///   nobody may read more than before.
/// * A read-only file is not replaced, although the mode of its directory might allow it.
/// * A file that can be written but not replaced (a mount point by itself, another user's file in a
///   sticky directory) gets the new content in place, once all of the content is in a temporary
///   file.
///
/// # Errors
/// [`Error::Io`] with `path` if the temporary file cannot be created or written in full.
/// [`Error::Kept`] if the temporary file is complete but cannot be put in its place; the error has
/// the name under which the file is kept. [`Error::File`] if the file at `path` is read-only, or
/// stands for an open file (`/dev/fd/3`): other holders of an open file expect to continue at their
/// position.
pub fn write_atomically(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    Complete::write(path, write)?.put()
}

/// A file that is written in full but not yet in its place. If it is dropped, the temporary file is
/// removed.
#[derive(Debug)]
pub struct Complete {
    path: PathBuf,
    /// The temporary file and its place; `None` if a device was written directly.
    pending: Option<(Beside, Place)>,
}

impl Complete {
    /// The first step of [`write_atomically`]: writes all of the content to a temporary file in the
    /// directory of `path`. A device is written directly.
    ///
    /// # Errors
    /// As [`write_atomically`].
    pub fn write(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<Self> {
        let name = path.display().to_string();
        let compression = Compression::for_path(path);
        let place = Place::of(path)?;
        let Some(target) = place.target() else {
            let device = OpenOptions::new().write(true).open(path).map_err(Error::io(&name, "write"))?;
            buffered(&device, compression, write).map_err(Error::io(&name, "write"))?;
            return Ok(Self { path: path.to_owned(), pending: None });
        };
        let beside = Beside::create(&place.workplace()).map_err(Error::io(&name, "create"))?;
        if let Ok(before) = fs::metadata(target) {
            beside.file().set_permissions(before.permissions()).map_err(Error::io(&name, "keep the mode of"))?;
        }
        fill(&beside, compression, write).map_err(Error::io(&name, "write"))?;
        Ok(Self { path: path.to_owned(), pending: Some((beside, place)) })
    }

    /// The temporary file with the content; `None` for a device.
    pub fn content(&self) -> Option<&Path> {
        self.pending.as_ref().map(|(beside, _)| beside.path())
    }

    /// The second step of [`write_atomically`]: puts the file in its place.
    ///
    /// # Errors
    /// [`Error::Kept`] if this fails. [`Error::Io`] if the content could not be kept under any name
    /// either.
    pub fn put(self) -> Result<()> {
        let Some((beside, place)) = self.pending else { return Ok(()) };
        let (beside, action, problem) = match &place {
            Place::Replaced(target) => match beside.persist(target) {
                Ok(()) => return Ok(()),
                // The directory may have changed since `Place::of` looked at it.
                Err((beside, problem)) => match beside.overwrite(target) {
                    Ok(()) => return Ok(()),
                    Err(_) => (beside, "rename into place", problem),
                },
            },
            Place::Overwritten(target) => match beside.overwrite(target) {
                Ok(()) => return Ok(()),
                Err(problem) => (beside, "write", problem),
            },
            Place::Device => return Ok(()),
        };
        let path = self.path.display().to_string();
        Err(match keep(beside, &self.path) {
            Ok(kept) => Error::Kept { path, action, source: problem, kept },
            Err(_) => Error::Io { path, action, source: problem },
        })
    }
}

/// Writes a file with the content that `write` writes to the system's temporary directory
/// (`TMPDIR`), or else to the current directory, and returns the file's name. This keeps valuable
/// content when `path` cannot be written. The name begins with `w2v-` and ends as the name of
/// `path` does; the end of the name also decides about compression.
///
/// # Errors
/// [`Error::Io`] with the temporary directory if neither directory can be written.
pub fn write_elsewhere(path: &Path, write: impl Fn(&mut dyn Write) -> io::Result<()>) -> Result<PathBuf> {
    let into = |directory: &Path| {
        let beside = Beside::create(directory)?;
        fill(&beside, Compression::for_path(path), &write)?;
        beside.keep(&ending(path))
    };
    let temporary = env::temp_dir();
    into(&temporary)
        .or_else(|problem| into(Path::new(".")).map_err(|_| problem))
        .map_err(Error::io(temporary.display().to_string(), "write"))
}

/// Keeps the content of `beside`, which was written for `path`, under a name that a person can
/// find: in the directory of `beside` or, if this directory is gone, in the temporary directory.
fn keep(beside: Beside, path: &Path) -> io::Result<PathBuf> {
    if beside.path().exists() {
        return beside.keep(&ending(path));
    }
    let other = Beside::create(&env::temp_dir())?;
    beside.copy_to(other.file())?;
    other.keep(&ending(path))
}

/// The extensions of `path` that tell the format and the compression: `.bin.gz` for `model.bin.gz`.
fn ending(path: &Path) -> OsString {
    let plain = without_compression(path);
    let compression = path.extension().filter(|_| plain != path);
    let mut ending = OsString::new();
    for extension in plain.extension().into_iter().chain(compression) {
        ending.push(".");
        ending.push(extension);
    }
    ending
}

/// Writes the content to `beside` and flushes the file to the disk.
fn fill(
    beside: &Beside,
    compression: Compression,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    buffered(beside.file(), compression, write)?;
    beside.file().sync_all()
}

/// Calls `write` with a buffer over `file`, and flushes the buffer. Returns an error of the last
/// flush too.
fn buffered(
    file: &File,
    compression: Compression,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut buffer = BufWriter::with_capacity(BUFFER_BYTES, file);
    compression.write(&mut buffer, write)?;
    buffer.flush()
}

/// Waits until no other process is putting files into the directory of `path`, and locks the
/// directory until the result is dropped. So files that belong together are put in their places
/// together. The lock is advisory, and it is optional: the result is `None` if the system cannot
/// lock a directory, or if another process holds the lock for longer than a minute. The caller then
/// goes on without the lock.
#[must_use]
pub fn alone_in_directory(path: &Path) -> Option<File> {
    let directory = File::open(directory(&followed(path))).ok()?;
    beside::lock(&directory).then_some(directory)
}
