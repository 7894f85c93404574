//! The reader of binary models: any bytes are refused or read, and what was read survives writing
//! and reading.
#![no_main]

use libfuzzer_sys::fuzz_target;
use w2v::format::binary;
use w2v_fuzz::check_round_trip;

fuzz_target!(|data: &[u8]| check_round_trip(data, |data| binary::read(data, "fuzz", usize::MAX), binary::write));
