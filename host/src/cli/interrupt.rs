//! Signals that ask for an end: the first for a clean stop; Ctrl-C after it stops at once.
//!
//! Ctrl-C, SIGTERM and SIGHUP are the same but for the exit code. Only Ctrl-C does not wait:
//! `timeout` sends SIGTERM twice, and a terminal that closes may send SIGHUP twice.

use super::Result;
use std::io;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use w2v::Error;
use w2v::output::abandon;

/// The signal of Ctrl-C.
const SIGINT: u8 = 2;

/// The signal for which the work is to stop, 0 while there is none. Static because a signal belongs
/// to the process.
static SIGNAL: AtomicU8 = AtomicU8::new(0);

/// Catches the signals from here on; the first is answered by `tell` before the work stops.
///
/// # Errors
/// [`Error::Io`] when the system refuses the handler.
pub(super) fn catch(tell: impl FnOnce() + Send + 'static) -> Result<()> {
    let mut tell = Some(tell);
    let caught = watch(move |signal| match tell.take() {
        Some(tell) => {
            tell();
            SIGNAL.store(signal, Ordering::Relaxed);
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

/// Has a thread call `caught` with each signal that would end the program. What the parent had
/// ignored stays ignored: SIGHUP under `nohup`, SIGINT in a script's job with `&`.
#[cfg(unix)]
fn watch(mut caught: impl FnMut(u8) + Send + 'static) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGTERM};
    // Linux alone tells; elsewhere SIGHUP is left as it is, and the others are taken for what they
    // mostly are.
    let ignored = ignored_signals();
    let is_caught = |signal: i32| ignored.map_or(signal != SIGHUP, |ignored| ignored & (1 << (signal - 1)) == 0);
    let signals = [SIGINT.into(), SIGTERM, SIGHUP].into_iter().filter(|&signal| is_caught(signal));
    let mut signals = signal_hook::iterator::Signals::new(signals)?;
    let wait = move || signals.forever().filter_map(|signal| signal.try_into().ok()).for_each(&mut caught);
    thread::Builder::new().name("signals".to_owned()).spawn(wait).map(drop)
}

/// A bit for each signal that was ignored when the program began, the lowest for signal 1; `None`
/// where the system does not tell.
#[cfg(unix)]
fn ignored_signals() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(ignored.trim(), 16).ok()
}

/// A file that grows beyond what the system allows (`ulimit -f`) is an error from here on, as a
/// full disk is, and not the end of the program.
#[cfg(unix)]
pub(super) fn outlive_size_limit() {
    // Whose handler does nothing; that there is one is enough. If it cannot be had, the program is
    // as it was.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, std::sync::Arc::default());
}

#[cfg(not(unix))]
pub(super) fn outlive_size_limit() {}

/// Has a thread call `caught` with each Ctrl-C.
#[cfg(not(unix))]
fn watch(mut caught: impl FnMut(u8) + Send + 'static) -> io::Result<()> {
    ctrlc::set_handler(move || caught(SIGINT)).map_err(io::Error::other)
}
