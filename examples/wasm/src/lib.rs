//! Trains two models in WebAssembly, without an allocator; `run.mjs` is the other side.
//!
//! With simd128 in the build (`RUSTFLAGS=-Ctarget-feature=+simd128`) the vector backend is chosen,
//! else plain Rust.

#![cfg_attr(target_family = "wasm", no_std)]
// The boundary with JavaScript is all that the compiler cannot check.
#![allow(unsafe_code)]

use core::fmt::{self, Write};
use static_cell::ConstStaticCell;
use w2v_core::simd::Dispatch;
use w2v_demo::{Demonstration, Memory};

static MEMORY: ConstStaticCell<Memory> = ConstStaticCell::new(Memory::new());

// SAFETY: the declarations say what `run.mjs` gives.
#[link(wasm_import_module = "host")]
unsafe extern "C" {
    /// Prints the `len` bytes of UTF-8 at `text`, which it reads through the module's memory.
    safe fn print(text: *const u8, len: usize);
}

struct Console;

impl Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        print(text.as_ptr(), text.len());
        Ok(())
    }
}

/// Trains and reports; returns 0, or 1 if it fails or was called before.
// SAFETY: no other function of this name is in the module.
#[unsafe(no_mangle)]
pub extern "C" fn train() -> i32 {
    let Some(memory) = MEMORY.try_take() else { return 1 };
    let dispatch = Dispatch::detect();
    let heading = writeln!(Console, "# {} {}", dispatch.backend(), dispatch.arithmetic());
    i32::from(heading.is_err() || dispatch.run(Demonstration { memory, out: &mut Console }).is_err())
}

#[cfg(target_family = "wasm")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
