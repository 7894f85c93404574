//! The C ABI of [`w2v_core`]: the functions that `w2v.h`, made from this source, declares.
//!
//! An exported function is a few lines: what C handed over is checked and borrowed by `memory`, the one module
//! with `unsafe` blocks, and goes to the kernel crate; what comes back is a `Status`. There is no state here (the kernel crate notes what an x86 processor can do),
//! no allocation and no panic; were there one, it would end at the `extern "C"` boundary, which aborts and
//! never unwinds.
//!
//! The rules that callers keep are at the top of the header, once for all functions: they come from
//! `cbindgen.toml`.
#![no_std]
#![allow(unsafe_code, reason = "pointers come from C; a test of the source tree says where they may be believed")]
#![allow(clippy::missing_safety_doc, reason = "what all functions ask of their caller is said once, in the header")]

#[cfg(feature = "std")]
extern crate std;

mod memory;
mod opaque;

// One after the other as the header shall have them.
pub mod status;

pub mod choice;

pub mod matrix;

pub mod rng;

pub mod unigram;

pub mod huffman;

pub mod step;

pub mod train;

/// The version of the functions, structs and numbers in this header; another one is another, incompatible
/// header.
pub const W2V_ABI_VERSION: u32 = 2;

/// Returns the `W2V_ABI_VERSION` that the library was built with; compare it with your header's before anything
/// else.
#[unsafe(no_mangle)]
pub extern "C" fn w2v_abi_version() -> u32 {
    W2V_ABI_VERSION
}

/// A library without std must say what a panic does. None is left in it, so this is never linked into a
/// program.
#[cfg(not(any(feature = "std", test)))]
#[panic_handler]
fn never(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
