//! All of w2v-core's public API in one program for a bare target, as a proof: it links only if
//! nothing in it can panic and nothing allocates.
//!
//! The panic handler calls a function that does not exist. The compiler keeps that call wherever a
//! panic may be reached, and the linker then refuses. There is no allocator either: a program that
//! holds the `alloc` crate without one does not compile. All arguments are opaque to the compiler,
//! so that it decides for none of them in particular.
//!
//! Every public function is called by its full name, `Type::function` or `module::function`: a test
//! of the workspace compares these names with the sources of w2v-core. The program is linked and
//! never run.

#![no_std]
#![no_main]
// A function that does not exist, and an entry that the linker knows.
#![allow(unsafe_code)]

#[cfg(feature = "allocating")]
extern crate alloc;

mod models;
mod parts;

use core::hint::black_box;
use core::panic::PanicInfo;
use w2v_core::simd::{Arithmetic, Backend, Dispatch};

// SAFETY: never defined, so never called.
unsafe extern "C" {
    safe fn a_panic_can_be_reached() -> !;
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    a_panic_can_be_reached()
}

/// Some slice of unknown length.
fn slice<T: Copy + 'static>(some: T) -> &'static [T] {
    let _ = black_box(some);
    black_box(&[])
}

/// Some slice of unknown length, to write to.
fn slice_mut<T: Copy + 'static>(some: T) -> &'static mut [T] {
    let _ = black_box(some);
    black_box(&mut [])
}

// SAFETY: no other function has this name.
#[unsafe(no_mangle)]
extern "C" fn _start() {
    parts::link();
    let wishes = black_box((Some(Backend::Scalar), Some(Arithmetic::Fused)));
    if let Ok(dispatch) = Dispatch::choose(wishes.0, wishes.1) {
        parts::operations(dispatch);
        models::link(dispatch);
    }
    #[cfg(feature = "panicking")]
    let _ = black_box(slice(0)[black_box(1)]);
    #[cfg(feature = "allocating")]
    let _ = black_box(alloc::vec![black_box(0)]);
}
