//! Files of tensors: any header and any numbers are refused or read, and what was read is the same
//! after it was written in the model's own format and as safetensors.
#![no_main]

use libfuzzer_sys::fuzz_target;
use w2v::{Dtype, Format, Vectors};
use w2v_fuzz::check_round_trip;

fuzz_target!(|parts: (&str, &[u8])| {
    let (header, numbers) = parts;
    let file = [&(header.len() as u64).to_le_bytes(), header.as_bytes(), numbers].concat();
    for format in [Format::W2v, Format::Safetensors(Dtype::F32)] {
        check_round_trip(
            &file,
            |data| Vectors::read(data, "fuzz", usize::MAX),
            |vectors, to| format.write(vectors, to),
        );
    }
});
