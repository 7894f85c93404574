//! The vocabulary reader: any bytes are refused or read, in order, and what was read survives
//! writing and reading.
#![no_main]

use libfuzzer_sys::fuzz_target;
use w2v::Vocabulary;

// The first byte is the smallest count kept.
fuzz_target!(|data: &[u8]| {
    let Some((&min_count, data)) = data.split_first() else { return };
    let parse = |data: &[u8]| Vocabulary::parse(data, "fuzz", min_count.into());
    let Ok(vocabulary) = parse(data) else { return };
    let entries = |of: &Vocabulary| of.words().map(|word| word.to_vec()).zip(of.counts().to_vec()).collect::<Vec<_>>();
    let found = entries(&vocabulary);
    assert!(found.is_sorted_by(|(word, count), (next, fewer)| (fewer, word) < (count, next)), "{found:?}");
    assert!(found.iter().all(|&(_, count)| count >= u64::from(min_count).max(1)), "{found:?}");
    assert_eq!(vocabulary.tokens(), found.iter().map(|(_, count)| count).sum::<u64>());
    for (id, (word, _)) in (0u32..).zip(&found) {
        assert_eq!(vocabulary.id(word), Some(id));
    }
    let mut written = Vec::new();
    vocabulary.write(&mut written).expect("memory takes every write");
    assert_eq!(entries(&parse(&written).expect("what was written can be read")), found);
});
