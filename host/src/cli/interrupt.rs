//! Ctrl-C: the first asks for a clean stop, the second stops at once.

use super::Result;
use std::io;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use w2v::error::Error;

/// The exit code of a program that SIGINT ended: 128 + 2.
pub(super) const EXIT_CODE: u8 = 130;

/// Whether Ctrl-C was pressed. Static because a signal belongs to the process.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Catches Ctrl-C from here on.
///
/// # Errors
/// [`Error::Io`] when the system refuses the handler.
pub(super) fn catch() -> Result<()> {
    let caught = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            std::process::exit(EXIT_CODE.into());
        }
    });
    Ok(caught.map_err(|error| Error::io("Ctrl-C", "install a handler")(io::Error::other(error)))?)
}

/// `Break` once Ctrl-C was pressed.
pub(super) fn check() -> ControlFlow<()> {
    if INTERRUPTED.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}
