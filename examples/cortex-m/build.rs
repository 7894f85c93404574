//! Gives the linker the memory of the machine: of the emulated one for each target; put your chip's
//! in its place.

use std::{env, fs, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=memory");
    let target = env::var("TARGET").expect("cargo sets it");
    let out = env::var("OUT_DIR").expect("cargo sets it");
    let memory = format!("memory/{target}.x");
    fs::copy(&memory, Path::new(&out).join("memory.x")).unwrap_or_else(|error| panic!("{memory}: {error}"));
    println!("cargo::rustc-link-search={out}");
    println!("cargo::rustc-link-arg=-Tlink.x");
}
