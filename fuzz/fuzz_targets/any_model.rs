//! Models of any kind, told apart by their content: any bytes are refused or read, the first row of
//! a model alone is the first of all, and what was read is the same in whichever format can hold
//! it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use w2v::format::binary;
use w2v::{Dtype, Format, Vectors};

fuzz_target!(|data: &[u8]| {
    let Ok(model) = Vectors::read(data, "fuzz", usize::MAX) else { return };
    let first = Vectors::read(data, "fuzz", 1).expect("a part of what can be read can be");
    assert_eq!(first.vector(0), model.vector(0));
    for format in [Format::Text, Format::Binary, Format::Glove, Format::W2v, Format::Safetensors(Dtype::F32)] {
        let mut written = Vec::new();
        if format.write(&model, &mut written).is_err() {
            assert_eq!(written, b"", "nothing is written of what cannot be");
            continue;
        }
        // What is written as text is told to be text; of binary models few look like text too.
        let again = match format {
            Format::Binary => binary::read(&written[..], "fuzz", usize::MAX),
            _ => Vectors::read(&written[..], "fuzz", usize::MAX),
        };
        let again = again.expect("what was written can be read");
        assert!(again.words().eq(model.words()));
        assert!(
            again.numbers().iter().map(|value| value.to_bits()).eq(model.numbers().iter().map(|value| value.to_bits()))
        );
    }
});
