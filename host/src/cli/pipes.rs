//! Named pipes that a command would read and write, and wait for itself for ever.

use super::output::Output;
use super::{Failure, Result};
use std::ffi::OsStr;
use std::path::Path;

/// Refuses an `output`, the value of `flag`, that is the pipe of one of `inputs`, where `-` is
/// standard input.
pub(super) fn check_not_read<'a>(
    flag: &'static str,
    output: &Output,
    mut inputs: impl Iterator<Item = &'a OsStr>,
) -> Result<()> {
    let path = output.path().unwrap_or(Path::new("/dev/stdout"));
    let input = |input: &OsStr| if input == "-" { Path::new("/dev/stdin").to_owned() } else { input.into() };
    if inputs.any(|name| is_one_pipe(&input(name), path)) {
        let problem = "is a pipe that this command also reads: it would wait for itself; name another file".to_owned();
        return Err(Failure::Flag { flag, value: output.name(), problem });
    }
    Ok(())
}

/// Whether both paths lead to the same pipe.
#[cfg(unix)]
fn is_one_pipe(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::{FileTypeExt, MetadataExt};
    let pipe = |path: &Path| path.metadata().ok().filter(|file| file.file_type().is_fifo());
    matches!((pipe(a), pipe(b)), (Some(a), Some(b)) if (a.dev(), a.ino()) == (b.dev(), b.ino()))
}

/// Pipes have no path here.
#[cfg(not(unix))]
fn is_one_pipe(_: &Path, _: &Path) -> bool {
    false
}
