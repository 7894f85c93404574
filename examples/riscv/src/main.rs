//! Trains two models on a 32-bit RISC-V, reports over semihosting, and exits with a status.
//!
//! Your program needs `w2v-core`, static memory such as [`Memory`], and the token of plain Rust,
//! `Scalar::<false>`.

#![no_std]
#![no_main]

use core::fmt;
// It tells how to be alone for a moment, which taking static memory needs on a core without
// compare-and-swap.
use riscv as _;
use semihosting::{print, println, process};
use static_cell::ConstStaticCell;
use w2v_core::simd::{Kernel, Scalar};
use w2v_demo::{Demonstration, Memory};

static MEMORY: ConstStaticCell<Memory> = ConstStaticCell::new(Memory::new());

struct Console;

impl fmt::Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        print!("{text}");
        Ok(())
    }
}

#[riscv_rt::entry]
fn main() -> ! {
    println!("# scalar unfused");
    let done = Demonstration { memory: MEMORY.take(), out: &mut Console }.run(Scalar::<false>);
    if let Err(failure) = &done {
        println!("{failure}");
    }
    process::exit(i32::from(done.is_err()))
}
