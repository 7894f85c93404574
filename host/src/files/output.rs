//! Files that appear whole or not at all: written beside their name, then renamed into place.

use std::fs::{self, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::iter;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;

use crate::compression::{BUFFER_BYTES, Compression};
use crate::error::{Error, Result};

pub use crate::compression::without_compression;

/// The file at `path` with exactly what `write` wrote, compressed where its name ends in `.gz` or `.zst`; on any failure, whatever
/// was there before.
///
/// A device or a pipe (`/dev/full`) cannot be replaced and is written directly. A symbolic link stays and the file it
/// points to, there or not, is replaced. The mode of a file that was there stays, and meanwhile nobody may read more of it; one that
/// nobody may write is not replaced, though its directory would allow it.
///
/// # Errors
/// [`Error::Io`] naming `path` when a file cannot be created beside it, written in full or renamed; [`Error::File`] when
/// it is read-only, or stands for a file that is open (`/dev/fd/3`), of which others expect that it goes on where they left it.
pub fn write_atomically(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let name = path.display().to_string();
    let compression = Compression::for_path(path);
    let Some(target) = target(path)? else {
        let device = OpenOptions::new().write(true).open(path).map_err(Error::io(&name, "write"))?;
        return buffered(device, compression, write).map_err(Error::io(&name, "write"));
    };
    with_file_beside(&target, &name, |beside| {
        let file = beside.as_file();
        if let Ok(before) = fs::metadata(&target) {
            file.set_permissions(before.permissions()).map_err(Error::io(&name, "keep the mode of"))?;
        }
        buffered(file, compression, write).and_then(|()| file.sync_all()).map_err(Error::io(&name, "write"))?;
        let _not_abandoned = under_way();
        beside.persist(&target).map_err(|failed| Error::io(&name, "rename into place")(failed.error))?;
        Ok(())
    })
}

/// Fails now where [`write_atomically`] would fail later for want of a directory or of the right to write in it.
///
/// # Errors
/// As [`write_atomically`].
pub fn check_writable(path: &Path) -> Result<()> {
    match target(path)? {
        Some(target) => with_file_beside(&target, &path.display().to_string(), |_| Ok(())),
        None => Ok(()),
    }
}

/// Temporary files of the writes under way. Static because who ends the process knows nothing of them.
static UNDER_WAY: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn under_way() -> MutexGuard<'static, Vec<PathBuf>> {
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes the temporary files of all writes under way. Those writes never end then and no other begins: it is for who ends the
/// process next.
pub fn abandon() {
    let files = under_way();
    for file in files.iter() {
        let _ = fs::remove_file(file);
    }
    std::mem::forget(files);
}

/// What `then` makes of an empty temporary file in the directory of `target`; `name` stands for that in errors.
fn with_file_beside(target: &Path, name: &str, then: impl FnOnce(NamedTempFile) -> Result<()>) -> Result<()> {
    // Created by hand, for it becomes an ordinary file, with the mode of one, and an error shall not show its name.
    let create = |path: &Path| OpenOptions::new().write(true).create_new(true).open(path);
    let mut files = under_way();
    let beside = tempfile::Builder::new().prefix(".w2v-").make_in(directory(target), create);
    let beside = beside.map_err(Error::io(name, "create"))?;
    let path = beside.path().to_owned();
    files.push(path.clone());
    drop(files);
    let done = then(beside);
    under_way().retain(|other| *other != path);
    done
}

/// The file that a write to `path` replaces or creates; `None` for a device or a pipe.
fn target(path: &Path) -> Result<Option<PathBuf>> {
    let name = path.display().to_string();
    Ok(match fs::metadata(path) {
        Ok(found) if found.is_file() && is_open_file(path) => {
            let problem = "is a file that is open already; name the file itself, or `-` for standard output".to_owned();
            return Err(Error::File { path: name, problem });
        }
        Ok(found) if found.is_file() && found.permissions().readonly() => {
            let problem = "is read-only; make it writable or choose another name".to_owned();
            return Err(Error::File { path: name, problem });
        }
        Ok(found) if found.is_file() => Some(fs::canonicalize(path).map_err(Error::io(&name, "resolve"))?),
        Ok(found) if found.is_dir() => return Err(Error::io(name, "write")(ErrorKind::IsADirectory.into())),
        Ok(_) => None,
        Err(_) if path.file_name().is_none() || name.ends_with(MAIN_SEPARATOR) => {
            return Err(Error::io(name, "create")(io::Error::other("no file can have this name")));
        }
        Err(_) => Some(followed(path)),
    })
}

/// The directory that `path` is in.
#[must_use]
pub fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Most symbolic links that systems follow.
const MAX_LINKS: usize = 40;

/// `path` and, where it is a symbolic link, what it leads to step by step.
fn links(path: &Path) -> impl Iterator<Item = PathBuf> {
    let next = |path: &PathBuf| Some(directory(path).join(fs::read_link(path).ok()?));
    iter::successors(Some(path.to_owned()), next).take(MAX_LINKS)
}

/// Where `path` leads to through symbolic links, whether there is a file or not.
#[must_use]
pub fn followed(path: &Path) -> PathBuf {
    links(path).last().unwrap_or_default()
}

/// Whether `path` or a link on its way is the name of an open file: in a directory `fd`, under `/dev` or `/proc`.
fn is_open_file(path: &Path) -> bool {
    links(path)
        .filter_map(|path| fs::canonicalize(directory(&path)).ok())
        .any(|directory| directory.ends_with("fd") && ["/dev", "/proc"].iter().any(|root| directory.starts_with(root)))
}

/// Runs `write` on a buffer over `file` and reports what its last flush says.
fn buffered(
    file: impl Write,
    compression: Compression,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut buffer = BufWriter::with_capacity(BUFFER_BYTES, file);
    compression.write(&mut buffer, write)?;
    buffer.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_a_file_only_on_success() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("model");
        write_atomically(&path, |out| out.write_all(b"first")).unwrap();
        let failed = write_atomically(&path, |out| {
            out.write_all(b"half")?;
            Err(io::Error::other("stopped"))
        });
        assert!(failed.unwrap_err().to_string().contains("model"));
        assert_eq!(fs::read(&path).unwrap(), b"first");
        write_atomically(&path, |out| out.write_all(b"second")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn checking_leaves_everything_as_it_was() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("model");
        check_writable(&path).unwrap();
        fs::write(&path, b"x").unwrap();
        check_writable(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"x");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        for path in [directory.path(), &directory.path().join("absent/model")] {
            let error = check_writable(path).unwrap_err().to_string();
            assert!(error.starts_with(path.to_str().unwrap()), "{error}");
        }
    }

    #[test]
    fn names_the_path_that_cannot_be_written() {
        let directory = tempfile::tempdir().unwrap();
        for path in [directory.path().to_path_buf(), directory.path().join("absent/model")] {
            let error = write_atomically(&path, |out| out.write_all(b"x")).unwrap_err();
            assert!(error.to_string().starts_with(&path.display().to_string()), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn has_the_mode_of_an_ordinary_file_and_follows_a_link() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let [ordinary, written, link] = ["ordinary", "written", "link"].map(|name| directory.path().join(name));
        fs::write(&ordinary, b"x").unwrap();
        write_atomically(&written, |out| out.write_all(b"x")).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&written), mode(&ordinary));

        // A mode of its own stays.
        fs::set_permissions(&written, fs::Permissions::from_mode(0o100_600)).unwrap();
        write_atomically(&written, |out| {
            let beside = fs::read_dir(directory.path())?.map(|entry| entry.unwrap().path());
            let beside = beside.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(".w2v-"));
            assert_eq!(beside.map(|path| mode(&path)).collect::<Vec<_>>(), [0o100_600]);
            out.write_all(b"y")
        })
        .unwrap();
        assert_eq!((mode(&written), fs::read(&written).unwrap()), (0o100_600, b"y".to_vec()));

        std::os::unix::fs::symlink("written", &link).unwrap();
        for there in [true, false] {
            if !there {
                fs::remove_file(&written).unwrap();
            }
            write_atomically(&link, |out| out.write_all(b"through")).unwrap();
            assert_eq!(fs::read(&written).unwrap(), b"through");
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        }
    }

    #[test]
    fn a_read_only_file_is_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("model");
        fs::write(&path, b"kept").unwrap();
        let mut permissions = fs::metadata(&path).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions).unwrap();
        let expected = format!("{}: is read-only; make it writable or choose another name", path.display());
        assert_eq!(check_writable(&path).unwrap_err().to_string(), expected);
        assert_eq!(write_atomically(&path, |out| out.write_all(b"x")).unwrap_err().to_string(), expected);
        assert_eq!(fs::read(&path).unwrap(), b"kept");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_open_file_is_left_to_who_opened_it() {
        use std::os::fd::AsRawFd;
        let directory = tempfile::tempdir().unwrap();
        let [path, link] = ["kept", "link"].map(|name| directory.path().join(name));
        fs::write(&path, b"old").unwrap();
        let open = fs::File::open(&path).unwrap();
        std::os::unix::fs::symlink(format!("/proc/self/fd/{}", open.as_raw_fd()), &link).unwrap();
        for name in [format!("/dev/fd/{}", open.as_raw_fd()).into(), link] {
            let error = write_atomically(&name, |out| out.write_all(b"new")).unwrap_err().to_string();
            assert!(error.contains("is open already; name the file itself, or `-`"), "{error}");
            assert!(check_writable(&name).is_err());
        }
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_device_is_an_error() {
        let full = Path::new("/dev/full");
        let error = write_atomically(full, |out| out.write_all(b"x")).unwrap_err();
        assert!(error.to_string().starts_with("/dev/full: cannot write"), "{error}");
        assert!(full.exists());
    }
}
