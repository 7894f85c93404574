//! Mapped files: their content is read where the system keeps it, without a copy. This is the one
//! module of this package that needs `unsafe` code.
//!
//! A map shows the content of the file at every moment, so the file must not change while a map of
//! it exists:
//!
//! * This library replaces files by a rename. A map keeps the replaced file, so nothing changes.
//! * A program that overwrites the file changes the numbers of the model while it is used. Only
//!   numbers are read from a map after loading, and any bits are a number. No index and no length
//!   is taken from a map later.
//! * A program that truncates the file ends this process: reading the missing part raises SIGBUS.
//!   Therefore [`of_model`] does not map a file that this library itself would overwrite in place.

use std::fs::File;
use std::io;
use std::path::Path;

use memmap2::Mmap;

use crate::files::output::is_written_in_place;

/// The least size of a file that is mapped, in bytes. A smaller file is read: reading takes
/// milliseconds, and the content in memory cannot change.
pub(crate) const MAPPED_BYTES: u64 = 1 << 24;

/// The content of a mapped file.
#[derive(Debug)]
pub(crate) struct Map(Mmap);

impl Map {
    /// Maps `file`.
    #[allow(unsafe_code, reason = "a file may be changed by others; what that does is told above")]
    fn of(file: &File) -> io::Result<Self> {
        // SAFETY: the map is only read. A change of the file by another process is a change of
        // bytes for which every value is valid, in memory that no reference of this process can
        // write to. If the file is truncated, reading the missing part ends the process.
        unsafe { Mmap::map(file) }.map(Self)
    }

    /// All bytes of the file.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Maps `file`, which is at `path`. `None` if the file has fewer than `least` bytes, if the system
/// cannot map it, or if this library would overwrite it in place.
pub(crate) fn of_model(file: &File, path: &Path, least: u64) -> Option<Map> {
    let is_mapped = file.metadata().is_ok_and(|file| file.is_file() && file.len() >= least);
    if is_mapped && !is_written_in_place(path) { Map::of(file).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::output::write_atomically;
    use std::fs;

    #[test]
    fn a_map_keeps_the_file_that_was_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        fs::write(&path, b"before").unwrap();
        let map = of_model(&File::open(&path).unwrap(), &path, 6).unwrap();
        write_atomically(&path, |to| to.write_all(b"after")).unwrap();
        assert_eq!((map.bytes(), &fs::read(&path).unwrap()[..]), (&b"before"[..], &b"after"[..]));
    }

    #[test]
    fn small_files_and_directories_are_not_mapped() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        fs::write(&path, b"12345").unwrap();
        assert!(of_model(&File::open(&path).unwrap(), &path, 6).is_none());
        assert!(of_model(&File::open(directory.path()).unwrap(), directory.path(), 0).is_none());
    }
}
