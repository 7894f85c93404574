//! Signals that ask for an end: the first for a clean stop; Ctrl-C after it stops at once.
//!
//! Ctrl-C, SIGTERM and SIGHUP are the same but for the exit code. Only Ctrl-C does not wait: `timeout` sends SIGTERM twice, and
//! a terminal that closes may send SIGHUP twice.

use super::Result;
use std::io;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use w2v::error::Error;
use w2v::output::abandon;

/// The signal of Ctrl-C.
const SIGINT: u8 = 2;

/// The signal for which the work is to stop, 0 while there is none. Static because a signal belongs to the process.
static SIGNAL: AtomicU8 = AtomicU8::new(0);

/// Catches the signals from here on; the first is answered by `tell` before the work stops.
///
/// # Errors
/// [`Error::Io`] when the system refuses the handler.
pub(super) fn catch(tell: impl FnOnce() + Send + 'static) -> Result<()> {
    let mut tell = Some(tell);
    let caught = watch(move |signal| match tell.take() {
        Some(tell) => {
            let stop = move || SIGNAL.store(signal, Ordering::Relaxed);
            // By a thread of its own, so that the second signal does not wait for who reads standard error.
            let told = thread::Builder::new().spawn(move || {
                tell();
                stop();
            });
            if told.is_err() {
                stop();
            }
        }
        None if signal == SIGINT => {
            abandon();
            std::process::exit(exit_code(signal).into());
        }
        None => {}
    });
    Ok(caught.map_err(Error::io("Ctrl-C", "install a handler"))?)
}

/// `Break` once a signal came.
pub(super) fn check() -> ControlFlow<()> {
    if SIGNAL.load(Ordering::Relaxed) > 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// The exit code of a program that was interrupted.
pub(super) fn interrupted() -> u8 {
    exit_code(SIGNAL.load(Ordering::Relaxed))
}

/// The exit code of a program that `signal` ended, as shells have it.
fn exit_code(signal: u8) -> u8 {
    128 + signal
}

/// Has a thread call `caught` with each signal.
#[cfg(unix)]
fn watch(mut caught: impl FnMut(u8) + Send + 'static) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGINT.into(), SIGTERM])?;
    if hangup_ends(SIGHUP) {
        signals.add_signal(SIGHUP)?;
    }
    let wait = move || signals.forever().filter_map(|signal| signal.try_into().ok()).for_each(&mut caught);
    thread::Builder::new().name("signals".to_owned()).spawn(wait).map(drop)
}

/// Whether `hangup` would end the program: not under `nohup`, where it stays ignored. Linux alone tells; elsewhere it is left as it
/// is.
#[cfg(unix)]
fn hangup_ends(hangup: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|signals| u64::from_str_radix(signals.trim(), 16).ok());
    ignored.is_some_and(|signals| signals & (1 << (hangup - 1)) == 0)
}

/// Has a thread call `caught` with each Ctrl-C.
#[cfg(not(unix))]
fn watch(mut caught: impl FnMut(u8) + Send + 'static) -> io::Result<()> {
    ctrlc::set_handler(move || caught(SIGINT)).map_err(io::Error::other)
}
