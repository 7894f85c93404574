//! Optional test data: `$W2V_DATA`, or `../shared/data` beside the workspace.

use std::env;
use std::path::{Path, PathBuf};

/// The workspace's root directory.
pub fn workspace() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_path_buf()
}

/// The path of a data file or directory, or `None`, said on standard error, where it is absent.
///
/// # Panics
/// If `W2V_EXPECT_DATA` is set and it is absent.
pub fn find(name: &str) -> Option<PathBuf> {
    let root = env::var_os("W2V_DATA").map_or_else(|| workspace().join("../shared/data"), PathBuf::from);
    let path = root.join(name);
    if path.exists() {
        return Some(path);
    }
    assert!(env::var_os("W2V_EXPECT_DATA").is_none(), "no {}", path.display());
    eprintln!("skipped: no {} (set W2V_DATA to the directory of test data)", path.display());
    None
}
