//! The readers of evaluation files: any bytes are refused, by a line that they have, or read; and
//! what was read survives writing and reading.
#![no_main]

use libfuzzer_sys::fuzz_target;
use w2v::evaluate::{read_analogies, read_similarities};
use w2v::{Error, Result};

/// Fails if the error of `read` names a line that `data` does not have.
fn check<T>(data: &[u8], read: Result<T>) -> Option<T> {
    let lines = data.split(|&byte| byte == b'\n').count() as u64;
    if let Err(Error::Line { line, .. }) = &read {
        assert!((1..=lines).contains(line), "line {line} of {lines}");
    }
    read.ok()
}

fuzz_target!(|data: &[u8]| {
    if let Some(pairs) = check(data, read_similarities(data, "fuzz")) {
        let mut written = b"first\tsecond\tscore\n".to_vec();
        for pair in &pairs {
            let [first, second] = &pair.words;
            assert!(!first.is_empty() && !second.is_empty() && pair.score.is_finite());
            written.extend([first, &b"\t"[..], second, format!("\t{}\n", pair.score).as_bytes()].concat());
        }
        // What begins so is a comment.
        let is_plain = |word: &Vec<u8>| !word.starts_with(b"#") && !word.contains(&b'\t');
        if pairs.iter().flat_map(|pair| &pair.words).all(is_plain) {
            assert_eq!(read_similarities(&written[..], "fuzz").expect("what was written can be read"), pairs);
        }
    }
    if let Some(sections) = check(data, read_analogies(data, "fuzz")) {
        let mut written = Vec::new();
        for section in &sections {
            written.extend(format!(": {}\n", section.name).bytes());
            for question in &section.questions {
                // A question's first word may begin as the line of a section does.
                written.push(b' ');
                written.extend(question.join(&b' '));
                written.push(b'\n');
            }
        }
        assert_eq!(read_analogies(&written[..], "fuzz").expect("what was written can be read"), sections);
    }
});
