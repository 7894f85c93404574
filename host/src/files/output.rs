//! Files that appear whole or not at all: written beside their name, then renamed into place.

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

/// The file at `path` with exactly what `write` wrote, compressed where its name ends in `.gz` or
/// `.zst`; on any failure of `write`, whatever was there before.
///
/// A device or a pipe (`/dev/full`) cannot be replaced and is written directly. A symbolic link
/// stays and the file it points to, there or not, is replaced. The mode of a file that was there
/// stays, and meanwhile nobody may read more of it; one that nobody may write is not replaced,
/// though its directory would allow it. A file that can be written but not replaced (a mount point
/// by itself, another user's file in a sticky directory) gets the new content in place, once all of
/// it is in another file.
///
/// # Errors
/// [`Error::Io`] naming `path` when a file cannot be created beside it or not be written
/// in full; [`Error::Kept`] when it was written in full and does not come to its place, with the
/// name under which it stays; [`Error::File`] when the file at `path` is read-only, or stands for a
/// file that is open (`/dev/fd/3`), of which others expect that it goes on where they left it.
pub fn write_atomically(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    Complete::write(path, write)?.put()
}

/// A file that is written in full and has yet to come to its place. Dropped before, it is removed.
#[derive(Debug)]
pub struct Complete {
    path: PathBuf,
    /// The content and where it goes; `None` once a device has it.
    pending: Option<(Beside, Place)>,
}

impl Complete {
    /// The first part of [`write_atomically`]: all of the content, beside `path`. A device has it
    /// then.
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

    /// The temporary file that has the content; `None` for a device.
    pub fn content(&self) -> Option<&Path> {
        self.pending.as_ref().map(|(beside, _)| beside.path())
    }

    /// The second part of [`write_atomically`]: the file in its place.
    ///
    /// # Errors
    /// [`Error::Kept`], or [`Error::Io`] where not even a name for the content could be found.
    pub fn put(self) -> Result<()> {
        let Some((beside, place)) = self.pending else { return Ok(()) };
        let (beside, action, problem) = match &place {
            Place::Replaced(target) => match beside.persist(target) {
                Ok(()) => return Ok(()),
                // The directory may have changed since it was looked at.
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

/// A file with what `write` wrote, laid out as that of `path` would be, in the system's temporary
/// directory (`TMPDIR`) or else in the current one: for what is worth keeping when `path` cannot be
/// written. Its name is returned; it begins with `w2v-` and ends as
/// `path` does.
///
/// # Errors
/// [`Error::Io`] naming the temporary directory when neither takes it.
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

/// Keeps the content of `beside`, that of `path`, under a name that a person would find: in its
/// directory or, if that is gone, in the temporary one.
fn keep(beside: Beside, path: &Path) -> io::Result<PathBuf> {
    if beside.path().exists() {
        return beside.keep(&ending(path));
    }
    let other = Beside::create(&env::temp_dir())?;
    beside.copy_to(other.file())?;
    other.keep(&ending(path))
}

/// The end of the name of `path` that says how the file is laid out: `.bin.gz` of `model.bin.gz`.
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

/// Fills `beside` with what `write` writes, down to the disk.
fn fill(
    beside: &Beside,
    compression: Compression,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    buffered(beside.file(), compression, write)?;
    beside.file().sync_all()
}

/// Runs `write` on a buffer over `file` and reports what its last flush says.
fn buffered(
    file: &File,
    compression: Compression,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut buffer = BufWriter::with_capacity(BUFFER_BYTES, file);
    compression.write(&mut buffer, write)?;
    buffer.flush()
}

/// Waits until no other process is putting files into the directory of `path`, and keeps others
/// from it until the result is dropped. So files that belong together come there together. It is a
/// matter of manners: where the system cannot lock a directory, or somebody holds it for longer
/// than a minute, it is as if nobody had it.
#[must_use]
pub fn alone_in_directory(path: &Path) -> Option<File> {
    let directory = File::open(directory(&followed(path))).ok()?;
    beside::lock(&directory).then_some(directory)
}
