//! What several fuzz targets share.
//!
//! `.ci/fuzz` builds and runs all of them; `cargo fuzz run steps` runs one, with
//! `RUSTC_BOOTSTRAP=1` in the environment where the toolchain is a stable one.

pub mod arena;

use std::io::{self, Write};

use w2v::Vectors;

/// Fails if a model that `read` finds in `data` is not the same, to the bit, after `write` and
/// `read`.
///
/// # Panics
/// If so.
pub fn check_round_trip(
    data: &[u8],
    read: impl Fn(&[u8]) -> w2v::Result<Vectors>,
    write: impl Fn(&Vectors, &mut dyn Write) -> io::Result<()>,
) {
    let Ok(model) = read(data) else { return };
    let mut written = Vec::new();
    write(&model, &mut written).expect("memory takes every write");
    let again = read(&written).expect("what was written can be read");
    assert_eq!(again.dim(), model.dim());
    assert!(again.words().eq(model.words()));
    let bits = |model: &Vectors| model.numbers().iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&again), bits(&model));
}

/// Every finite number as itself and the others as numbers of the same sign and fraction.
#[must_use]
pub fn finite(bits: u32) -> f32 {
    let number = f32::from_bits(bits);
    if number.is_finite() { number } else { f32::from_bits(bits & !(1 << 30)) }
}

/// `content` as gzip stores it.
///
/// # Panics
/// If memory does not take it.
#[must_use]
pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).expect("memory takes every write");
    encoder.finish().expect("memory takes every write")
}

/// `content` as zstd stores it.
///
/// # Panics
/// If memory does not take it.
#[must_use]
pub fn zstd(content: &[u8]) -> Vec<u8> {
    zstd::encode_all(content, 1).expect("memory takes every write")
}
