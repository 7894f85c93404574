//! Temporary files beside what they become: their names, whose they are, and what happens to them
//! when a run is killed.
//!
//! Their names are `.w2v-` and six characters. The process that writes one holds a lock on it,
//! which the system lets go when the process ends, however it ends. So one whose lock can be taken
//! has no owner, and the next run that writes there removes it.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Seek};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::{NamedTempFile, PersistError};

/// How the names of temporary files begin.
const PREFIX: &str = ".w2v-";

/// Random characters that follow.
const RANDOM: usize = 6;

/// Attempts to create a file that another run does not take for one without an owner.
const ATTEMPTS: usize = 16;

/// Temporary files of the writes under way. Static because who ends the process knows nothing of
/// them.
static UNDER_WAY: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn under_way() -> MutexGuard<'static, Vec<PathBuf>> {
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes the temporary files of all writes under way. Those writes never end then and no other
/// begins: it is for who ends the process next.
pub fn abandon() {
    let files = under_way();
    for file in files.iter() {
        let _ = fs::remove_file(file);
    }
    std::mem::forget(files);
}

/// A temporary file, which is removed unless it is put or kept.
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
    /// An empty file in `directory`, from which the files of killed runs are removed.
    pub(super) fn create(directory: &Path) -> io::Result<Self> {
        // Created by hand, for it becomes an ordinary file, with the mode of one, and an error
        // shall not show its name.
        let create = |path: &Path| OpenOptions::new().read(true).write(true).create_new(true).open(path);
        sweep(directory);
        for _ in 0..ATTEMPTS {
            let mut files = under_way();
            let file = tempfile::Builder::new().prefix(PREFIX).rand_bytes(RANDOM).make_in(directory, create)?;
            let path = file.path().to_owned();
            files.push(path.clone());
            drop(files);
            let beside = Self { file, registered: Registered(path) };
            // Between its creation and its lock another run may have found it without an owner.
            // Where files cannot be locked nobody takes it for that.
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

    /// Renames it to `target`, which it replaces; gives itself back where that fails.
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

    /// Puts its content into the file at `target`, which need not be there, in place of what that
    /// holds.
    pub(super) fn overwrite(&self, target: &Path) -> io::Result<()> {
        let open = |create| OpenOptions::new().write(true).create_new(create).open(target);
        // Not created where it is there: in a sticky directory that may be refused though writing
        // is not.
        let target = open(false).or_else(|problem| match problem.kind() {
            ErrorKind::NotFound => open(true),
            _ => Err(problem),
        })?;
        let _not_abandoned = under_way();
        lock(&target);
        self.copy_to(&target)
    }

    /// Puts its content into `target`, in place of what that holds.
    pub(super) fn copy_to(&self, mut target: &File) -> io::Result<()> {
        let mut content = self.file();
        content.rewind()?;
        let bytes = io::copy(&mut content, &mut target)?;
        target.set_len(bytes)?;
        target.sync_all()
    }

    /// Keeps it under a name that is not hidden and ends in `ending`.
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

/// How long a lock is waited for that another process holds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Locks `file` against other processes that ask; whether it is locked.
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
