//! The header is what the sources say.

use std::path::Path;
use std::{env, fs};

#[test]
fn the_header_is_current() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(package.join("cbindgen.toml")).expect("a readable configuration");
    let bindings = cbindgen::generate_with_config(package, config).expect("sources that cbindgen understands");
    let mut current = Vec::new();
    bindings.write(&mut current);
    let (current, path) = (String::from_utf8(current).expect("a header in UTF-8"), package.join("w2v.h"));
    if env::var_os("W2V_WRITE").is_some() {
        fs::write(&path, &current).expect("a header that can be written");
    }
    let found = fs::read_to_string(&path).expect("a readable header");
    assert!(
        found == current,
        "w2v.h is old: W2V_WRITE=1 cargo test -p w2v-capi --test header, then read the difference"
    );
}
