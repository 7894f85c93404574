//! Files that are looked at where the system keeps them, without a copy: the one place of this
//! package that needs `unsafe` code.
//!
//! The bytes of a map are those of the file at every moment. So the file must stay as it is while
//! a map of it lives:
//!
//! * Files that this library writes are replaced by a rename. The map keeps the replaced file, and
//!   nothing changes.
//! * Who writes into the file itself changes the numbers of the model under way. All that is read
//!   from a map are numbers, and any bits are a number: no index or length is taken from a map.
//! * Who cuts the file ends this process, by the signal SIGBUS, when it looks at what is gone.
//!   [`of_model`] therefore maps no file that this library itself would write in place.

use std::fs::File;
use std::io;
use std::path::Path;

use memmap2::Mmap;

use crate::files::output::is_written_in_place;

/// Files of fewer bytes are read: that takes milliseconds, and their content cannot change later.
pub(crate) const MAPPED_BYTES: u64 = 1 << 24;

/// What a file holds.
#[derive(Debug)]
pub(crate) struct Map(Mmap);

impl Map {
    /// The content of `file`.
    #[allow(unsafe_code, reason = "a file may be changed by others; what that does is told above")]
    fn of(file: &File) -> io::Result<Self> {
        // SAFETY: the map is only read. A change of the file by another process is a change of
        // bytes for which every value is valid, in memory that no reference of this process can
        // write to; a file that is cut ends the process.
        unsafe { Mmap::map(file) }.map(Self)
    }

    /// All bytes of the file.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The content of `file`, which is at `path` and has `least` bytes or more; `None` for a file that
/// has fewer, that the system does not map, or that would be overwritten in place.
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
