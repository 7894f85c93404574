//! The demonstration on every pair of backend and arithmetic that this processor has, each headed
//! by its name.

use std::error::Error;
use w2v_core::simd::Dispatch;
use w2v_demo::{Demonstration, Memory};

fn main() -> Result<(), Box<dyn Error>> {
    let mut memory = Box::new(Memory::new());
    for dispatch in Dispatch::all() {
        let mut out = String::new();
        dispatch.run(Demonstration { memory: &mut memory, out: &mut out }).map_err(|failure| failure.to_string())?;
        print!("# {} {}\n{out}", dispatch.backend(), dispatch.arithmetic());
    }
    Ok(())
}
