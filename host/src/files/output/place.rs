//! The place of an output: what exists at its path, whether a new file can replace it, and what
//! would prevent the output from being written.

use std::env;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind};
use std::iter;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use super::beside::Beside;
use crate::error::{Error, Result};

/// The way in which an output gets to its path.
#[derive(Debug)]
pub(super) enum Place {
    /// A device or a pipe is written directly.
    Device,
    /// A new file is renamed to this path, and replaces a file there.
    Replaced(PathBuf),
    /// The file at this path cannot be replaced, so its content is overwritten.
    Overwritten(PathBuf),
}

impl Place {
    /// The place of an output at `path`.
    pub(super) fn of(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let problem = |problem: &str| Err(Error::File { path: name.clone(), problem: problem.to_owned() });
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => Err(Error::io(name, "write")(ErrorKind::IsADirectory.into())),
            Ok(found) if !found.is_file() => Ok(Self::Device),
            Ok(_) if is_open_file(path) => {
                problem("is a file that is open already; name the file itself, or `-` for standard output")
            }
            Ok(found) if found.permissions().readonly() => {
                problem("is read-only; make it writable or choose another name")
            }
            Ok(_) => {
                let target = fs::canonicalize(path).map_err(Error::io(&name, "resolve"))?;
                if may_create(directory(&target)) && may_be_replaced(&target) {
                    return Ok(Self::Replaced(target));
                }
                let opened = OpenOptions::new().write(true).open(&target);
                opened.map_err(Error::io(name, "replace or write"))?;
                Ok(Self::Overwritten(target))
            }
            Err(_) if path.file_name().is_none() || name.ends_with(MAIN_SEPARATOR) => {
                Err(Error::io(name, "create")(io::Error::other("no file can have this name")))
            }
            Err(error) if error.kind() == ErrorKind::InvalidFilename => {
                problem("is longer than a name may be here; choose a shorter one")
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let target = followed(path);
                Ok(if is_fixed(directory(&target)) { Self::Overwritten(target) } else { Self::Replaced(target) })
            }
            Err(error) => Err(Error::io(name, "create")(error)),
        }
    }

    /// The file that is replaced or overwritten; `None` for a device.
    pub(super) fn target(&self) -> Option<&Path> {
        match self {
            Self::Device => None,
            Self::Replaced(target) | Self::Overwritten(target) => Some(target),
        }
    }

    /// The directory for the temporary file: the target's directory, or the system's temporary
    /// directory if files cannot be created and removed in the target's directory.
    pub(super) fn workplace(&self) -> PathBuf {
        match self {
            Self::Overwritten(target) if !may_create(directory(target)) || is_fixed(directory(target)) => {
                env::temp_dir()
            }
            place => directory(place.target().unwrap_or(Path::new("."))).to_owned(),
        }
    }
}

/// Fails early for a reason for which [`super::write_atomically`] would fail later: the directory
/// does not exist or is not writable, the name is too long, or the file can be neither replaced nor
/// written.
///
/// # Errors
/// As [`super::write_atomically`].
pub fn check_writable(path: &Path) -> Result<()> {
    let place = Place::of(path)?;
    if place.target().is_some() {
        Beside::create(&place.workplace()).map_err(Error::io(path.display().to_string(), "create"))?;
    }
    Ok(())
}

/// Fails early if there is no room for `bytes` bytes, so that [`super::write_atomically`] would
/// fail later. The room is limited by the free space on the disk, and by the system's limit on the
/// size of a file (`ulimit -f`). A limit that is not known does not count.
///
/// # Errors
/// [`Error::File`] with the room that there is. Otherwise as [`super::write_atomically`].
pub fn check_room(path: &Path, bytes: u64) -> Result<()> {
    let place = Place::of(path)?;
    let Some(target) = place.target() else { return Ok(()) };
    let problem = |problem: String| {
        let needed = format!("{:.1} MB or so would be written, and {problem}", bytes as f64 / 1e6);
        Err(Error::File { path: path.display().to_string(), problem: needed })
    };
    if let Some(limit) = size_limit().filter(|&limit| limit < bytes) {
        let limit = limit as f64 / 1e6;
        return problem(format!("a file may have {limit:.1} MB; raise the limit (ulimit -f)"));
    }
    let workplace = place.workplace();
    let old = fs::metadata(target).map_or(0, |found| found.len());
    let in_place = matches!(place, Place::Overwritten(_)).then(|| (directory(target), old));
    for (directory, reused) in iter::once((workplace.as_path(), 0)).chain(in_place) {
        if let Some(free) = free_bytes(directory).filter(|&free| free.saturating_add(reused) < bytes) {
            let free = free as f64 / 1e6;
            let directory = directory.display();
            return problem(format!("{directory} has room for {free:.1} MB; make room or choose another place"));
        }
    }
    Ok(())
}

/// Whether the file at `path` is overwritten in place, because no other file can replace it.
pub(crate) fn is_written_in_place(path: &Path) -> bool {
    matches!(Place::of(path), Ok(Place::Overwritten(_)))
}

/// The directory of `path`.
#[must_use]
pub fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The most symbolic links that are followed, as in most systems.
const MAX_LINKS: usize = 40;

/// `path`, followed by the targets of symbolic links, one step after another.
fn links(path: &Path) -> impl Iterator<Item = PathBuf> {
    let next = |path: &PathBuf| Some(directory(path).join(fs::read_link(path).ok()?));
    iter::successors(Some(path.to_owned()), next).take(MAX_LINKS)
}

/// The path to which `path` leads through symbolic links. There need not be a file.
#[must_use]
pub fn followed(path: &Path) -> PathBuf {
    links(path).last().unwrap_or_default()
}

/// Whether `path`, or a symbolic link on its way, stands for an open file: it is in a directory
/// `fd` under `/dev` or `/proc`.
fn is_open_file(path: &Path) -> bool {
    links(path)
        .filter_map(|path| fs::canonicalize(directory(&path)).ok())
        .any(|directory| directory.ends_with("fd") && ["/dev", "/proc"].iter().any(|root| directory.starts_with(root)))
}

/// Whether this user may create files in `directory`: its mode allows this, and its disk is not
/// read-only.
#[cfg(unix)]
fn may_create(directory: &Path) -> bool {
    use rustix::fs::{Access, AtFlags, CWD, accessat};
    use rustix::io::Errno;
    let access = accessat(CWD, directory, Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS);
    !matches!(access, Err(Errno::ACCESS | Errno::PERM | Errno::ROFS))
}

#[cfg(not(unix))]
fn may_create(_: &Path) -> bool {
    true
}

/// Whether another file can replace `target`. Not if `target` is a mount point by itself, if it or
/// its directory is immutable, or if it is another user's file in a sticky directory.
#[cfg(unix)]
fn may_be_replaced(target: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    /// The bit of a directory's mode that lets only the owners of a file and of the directory
    /// remove the file.
    const STICKY: u32 = 0o1000;
    let user = rustix::process::geteuid();
    let is_of_another = match (fs::metadata(directory(target)), fs::metadata(target)) {
        (Ok(directory), Ok(file)) => {
            directory.mode() & STICKY != 0 && ![directory.uid(), file.uid()].contains(&user.as_raw())
        }
        _ => false,
    };
    (!is_of_another || user.is_root()) && !is_fixed(target) && !is_fixed(directory(target)) && !is_mounted(target)
}

#[cfg(not(unix))]
fn may_be_replaced(_: &Path) -> bool {
    true
}

/// The attributes that Linux keeps for `path` besides its mode.
#[cfg(target_os = "linux")]
fn attributes(path: &Path) -> rustix::fs::StatxAttributes {
    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
    let found = statx(CWD, path, AtFlags::empty(), StatxFlags::BASIC_STATS);
    found.map_or(StatxAttributes::empty(), |found| found.stx_attributes)
}

/// Whether `path` is immutable or append-only. Such a file cannot be replaced, and no file in such
/// a directory can.
#[cfg(target_os = "linux")]
fn is_fixed(path: &Path) -> bool {
    use rustix::fs::StatxAttributes;
    attributes(path).intersects(StatxAttributes::IMMUTABLE | StatxAttributes::APPEND)
}

#[cfg(not(target_os = "linux"))]
fn is_fixed(_: &Path) -> bool {
    false
}

/// Whether the file `path` is a mount point by itself, as in containers.
#[cfg(target_os = "linux")]
fn is_mounted(path: &Path) -> bool {
    attributes(path).contains(rustix::fs::StatxAttributes::MOUNT_ROOT)
}

#[cfg(all(unix, not(target_os = "linux")))]
fn is_mounted(_: &Path) -> bool {
    false
}

/// The bytes that this user can still write to the disk of `directory`; `None` if unknown.
#[cfg(unix)]
fn free_bytes(directory: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(directory).ok().filter(|disk| disk.f_blocks > 0)?;
    let blocks = if rustix::process::geteuid().is_root() { disk.f_bfree } else { disk.f_bavail };
    Some(blocks.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_: &Path) -> Option<u64> {
    None
}

/// The largest size of a file that the system allows this process, in bytes; `None` if there is no
/// limit.
#[cfg(unix)]
fn size_limit() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Fsize).current
}

#[cfg(not(unix))]
fn size_limit() -> Option<u64> {
    None
}
