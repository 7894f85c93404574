//! The reader of text models: any bytes are refused or read, and what was read survives writing and
//! reading.
#![no_main]

use libfuzzer_sys::fuzz_target;
use w2v::format::text;
use w2v_fuzz::check_round_trip;

fuzz_target!(|data: &[u8]| check_round_trip(data, |data| text::read(data, "fuzz", usize::MAX), text::write));
