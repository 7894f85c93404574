//! The corpus reader: any bytes as they are, as gzip and as zstd, whole, cut short or with a bit
//! turned, are refused or read; the words of a whole one are those of the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use w2v::{ReadOptions, Source};
use w2v_fuzz::{gzip, zstd};

/// The words and counts of `text`, or none where it cannot be read.
fn words(text: &[u8]) -> Option<Vec<(Vec<u8>, u64)>> {
    let corpus = ReadOptions::new().min_count(1).sources([Source::text(text)]).ok()?;
    let vocabulary = corpus.vocabulary();
    Some(vocabulary.words().map(|word| word.to_vec()).zip(vocabulary.counts().to_vec()).collect())
}

// The first two bytes choose where the compressed text is damaged, and how.
fuzz_target!(|data: &[u8]| {
    let Some((&[position, change], text)) = data.split_first_chunk() else { return };
    let expected = words(text);
    for mut stored in [gzip(text), zstd(text)] {
        let read = words(&stored);
        // A text that is itself compressed, or other than text, is taken for what it is where it is
        // not wrapped.
        if expected.is_some() && !text.starts_with(b"\x1f\x8b") && !text.starts_with(b"\x28\xb5\x2f\xfd") {
            assert_eq!(read, expected);
        }
        let position = usize::from(position) * stored.len() / 256;
        if change == 0 {
            stored.truncate(position);
        } else {
            stored[position] ^= change;
        }
        let _ = words(&stored);
        stored.extend_from_slice(&[0; 64]);
        let _ = words(&stored);
    }
    let mut padded = gzip(text);
    padded.extend_from_slice(&[0; 512]);
    assert_eq!(words(&padded), words(&gzip(text)));
});
