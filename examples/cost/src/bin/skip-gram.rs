//! The skip-gram trainer and nothing else: its sections are weighed, it is never run.

#![no_std]
#![no_main]
// The entry that the linker knows.
#![allow(unsafe_code)]

use w2v_core::error::Error;
use w2v_core::train::Progress;
use w2v_cost::{LENGTH, Matrices, Slots};

// SAFETY: no other function has this name.
#[unsafe(no_mangle)]
fn _start(
    matrices: &mut Matrices,
    slots: &Slots,
    kept: &mut [u32; LENGTH],
    sentences: &[[u32; LENGTH]],
) -> Result<Progress, Error> {
    w2v_cost::skip_gram(matrices, slots, kept, sentences)
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
