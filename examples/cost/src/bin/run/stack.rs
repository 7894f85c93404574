//! How deep the stack gets: memory below it is painted, and what was painted over afterwards is
//! looked for.

// Only by their addresses can one read and write places of the stack that no variable has.
#![allow(unsafe_code)]

use core::hint::black_box;
use core::ptr::{with_exposed_provenance, with_exposed_provenance_mut};

const PAINT: u32 = 0xa5a5_a5a5;

/// Words of the stack that are painted.
const WORDS: usize = 4096;

/// Words that are not, for the painter's own frame.
const GAP: usize = 32;

/// What `work` returns, and the bytes of stack that it took.
#[inline(never)]
pub(crate) fn deepest<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let top = paint();
    let result = apart(work);
    (result, reached(top))
}

/// Calls `work` where [`paint`] was called: from a frame of its own below the caller's.
#[inline(never)]
fn apart<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// Paints the stack below its frame, and returns the frame's address.
#[inline(never)]
fn paint() -> usize {
    let local = black_box(0u32);
    let top = (&raw const local).expose_provenance();
    for word in GAP..WORDS {
        // SAFETY: aligned memory between the statics and the stack, which has room for much more;
        // nothing lives there.
        unsafe { with_exposed_provenance_mut::<u32>(top - 4 * word).write_volatile(PAINT) };
    }
    top
}

#[inline(never)]
fn reached(top: usize) -> usize {
    // SAFETY: as above.
    let read = |word: usize| unsafe { with_exposed_provenance::<u32>(top - 4 * word).read_volatile() };
    4 * (GAP..WORDS).rev().find(|&word| read(word) != PAINT).unwrap_or(GAP)
}
