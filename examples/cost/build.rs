//! Links the image that runs with its family's runtime and memory; the images that are only weighed
//! have neither.

use std::{env, fs, path::Path};

fn main() {
    let target = env::var("TARGET").expect("cargo sets it");
    let out = env::var("OUT_DIR").expect("cargo sets it");
    let (memory, scripts): (_, &[_]) = if target.starts_with("riscv32") {
        ("../riscv/memory.x".to_owned(), &["memory.x", "link.x"])
    } else {
        (format!("../cortex-m/memory/{target}.x"), &["link.x"])
    };
    println!("cargo::rerun-if-changed={memory}");
    fs::copy(&memory, Path::new(&out).join("memory.x")).unwrap_or_else(|error| panic!("{memory}: {error}"));
    println!("cargo::rustc-link-search={out}");
    for script in scripts {
        println!("cargo::rustc-link-arg-bin=run=-T{script}");
    }
}
