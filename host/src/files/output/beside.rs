//! Temporary files: their names, their owners, and what happens to them when a run is killed.
//!
//! A temporary file is in the directory of the file that it becomes. Its name is `.w2v-` and six
//! random characters. The process that writes the file holds a lock on it. The system releases the
//! lock when the process ends, however it ends. So a file whose lock can be taken has no owner, and
//! the next run that writes to the directory removes it.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Seek};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::{NamedTempFile, PersistError};

/// The prefix of the names of temporary files.
const PREFIX: &str = ".w2v-";

/// The number of random characters after the prefix.
const RANDOM: usize = 6;

/// The number of attempts to create a temporary file. An attempt fails if another run removes the
/// file before it is locked.
const ATTEMPTS: usize = 16;

/// The temporary files of all writes in progress. The list is static because the code that ends the
/// process has no access to the writes.
static UNDER_WAY: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn under_way() -> MutexGuard<'static, Vec<PathBuf>> {
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes the temporary files of all writes in progress. Afterwards no write ends and no new one
/// begins: each waits for ever for the lock. Call this only immediately before the process ends.
pub fn abandon() {
    let files = under_way();
    for file in files.iter() {
        let _ = fs::remove_file(file);
    }
    std::mem::forget(files);
}

/// A temporary file. It is removed when it is dropped, unless it was renamed or kept.
#[derive(Debug)]
pub(super) struct Beside {
    file: NamedTempFile,
    registered: Registered,
}

/// An entry of [`UNDER_WAY`].
#[derive(Debug)]
struct Registered(PathBuf);

impl Drop for Registered {
    fn drop(&mut self) {
        under_way().retain(|other| *other != self.0);
    }
}

impl Beside {
    /// Creates an empty temporary file in `directory`, and removes the temporary files of killed
    /// runs there.
    pub(super) fn create(directory: &Path) -> io::Result<Self> {
        // The file is opened here and not by `tempfile`: it needs the mode of an ordinary file,
        // since it becomes one, and an error must not show its temporary name.
        let create = |path: &Path| OpenOptions::new().read(true).write(true).create_new(true).open(path);
        sweep(directory);
        for _ in 0..ATTEMPTS {
            let mut files = under_way();
            let file = tempfile::Builder::new().prefix(PREFIX).rand_bytes(RANDOM).make_in(directory, create)?;
            let path = file.path().to_owned();
            files.push(path.clone());
            drop(files);
            let beside = Self { file, registered: Registered(path) };
            // Between creation and lock another run may have taken the file for one without an
            // owner. If files cannot be locked here, no run takes a file for one without an owner.
            let is_taken = matches!(beside.file().try_lock(), Err(TryLockError::WouldBlock));
            if !is_taken && beside.path().exists() {
                return Ok(beside);
            }
        }
        Err(io::Error::other("other runs remove its temporary file"))
    }

    pub(super) fn file(&self) -> &File {
        self.file.as_file()
    }

    pub(super) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Renames the file to `target`, and replaces a file there. Returns the file if this fails.
    pub(super) fn persist(self, target: &Path) -> Result<(), (Self, io::Error)> {
        let Self { file, registered } = self;
        let not_abandoned = under_way();
        let done = file.persist(target);
        drop(not_abandoned);
        match done {
            Ok(_) => Ok(()),
            Err(PersistError { error, file }) => Err((Self { file, registered }, error)),
        }
    }

    /// Writes the content over the file at `target`, which is created if it does not exist.
    pub(super) fn overwrite(&self, target: &Path) -> io::Result<()> {
        let open = |create| OpenOptions::new().write(true).create_new(create).open(target);
        // An existing file is opened without `create`: in a sticky directory creating may be
        // refused even if writing is allowed.
        let target = open(false).or_else(|problem| match problem.kind() {
            ErrorKind::NotFound => open(true),
            _ => Err(problem),
        })?;
        let _not_abandoned = under_way();
        lock(&target);
        self.copy_to(&target)
    }

    /// Writes the content over the content of `target`.
    pub(super) fn copy_to(&self, mut target: &File) -> io::Result<()> {
        let mut content = self.file();
        content.rewind()?;
        let bytes = io::copy(&mut content, &mut target)?;
        target.set_len(bytes)?;
        target.sync_all()
    }

    /// Keeps the file under a name that is not hidden and ends in `ending`. Returns the name.
    pub(super) fn keep(self, ending: &OsStr) -> io::Result<PathBuf> {
        let name = self.path().file_name().and_then(OsStr::to_str).unwrap_or_default();
        let mut name = OsStr::new(name.trim_start_matches('.')).to_owned();
        name.push(ending);
        let shown = self.path().with_file_name(name);
        match self.persist(&shown) {
            Ok(()) => Ok(shown),
            Err((beside, _)) => {
                let Self { file, registered: _registered } = beside;
                Ok(file.keep()?.1)
            }
        }
    }
}

/// The longest time to wait for another process's lock.
const PATIENCE: Duration = Duration::from_secs(60);

/// Locks `file` against other processes that lock it. Returns whether the file is locked now.
pub(super) fn lock(file: &File) -> bool {
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return true,
            Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => sleep(Duration::from_millis(5)),
            Err(_) => return false,
        }
    }
}

/// Removes the temporary files in `directory` that have no owner.
fn sweep(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let random = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
        let is_ours = random
            .is_some_and(|random| random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        if is_ours && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            let path = entry.path();
            if File::open(&path).is_ok_and(|file| file.try_lock().is_ok()) {
                let _ = fs::remove_file(path);
            }
        }
    }
}
