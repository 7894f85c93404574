//! Gives the linker the memory of the machine: of the emulated one; put your chip's in its place.

use std::{env, fs, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=memory.x");
    let out = env::var("OUT_DIR").expect("cargo sets it");
    fs::copy("memory.x", Path::new(&out).join("memory.x")).expect("a directory to write to");
    println!("cargo::rustc-link-search={out}");
    println!("cargo::rustc-link-arg=-Tmemory.x");
    println!("cargo::rustc-link-arg=-Tlink.x");
}
