//! The trainer of all four models, which makes its samplers itself: its sections are weighed, it is
//! never run.

#![no_std]
#![no_main]
// The entry that the linker knows.
#![allow(unsafe_code)]

use w2v_core::error::Error;
use w2v_core::kinds::Architecture;
use w2v_core::train::Progress;
use w2v_cost::{LENGTH, Matrices, Slots, Tree, VOCABULARY, Work};

// SAFETY: no other function has this name.
#[unsafe(no_mangle)]
fn _start(
    matrices: &mut Matrices,
    architecture: Architecture,
    counts: &[u64; VOCABULARY],
    sampler: Result<&mut Slots, &mut Tree>,
    work: &mut Work,
    sentences: &[[u32; LENGTH]],
) -> Result<Progress, Error> {
    w2v_cost::any(matrices, architecture, counts, sampler, work, sentences)
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
