//! fastText's own format: any bytes after its first are refused or read, and what was read is the
//! same after it was written in the model's own format.
#![no_main]

use libfuzzer_sys::fuzz_target;
use w2v::{Format, Vectors};
use w2v_fuzz::check_round_trip;

fuzz_target!(|data: &[u8]| {
    let file = [&b"\xba\x16\x4f\x2f\x0c\0\0\0"[..], data].concat();
    check_round_trip(
        &file,
        |data| Vectors::read(data, "fuzz", usize::MAX),
        |vectors, to| Format::W2v.write(vectors, to),
    );
});
