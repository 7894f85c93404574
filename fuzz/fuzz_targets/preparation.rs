//! Text made ready: any bytes, by any settings, are what they are in any part and stay as they are
//! when they are made ready again; markup that is stripped leaves no more than there was.
#![no_main]

use libfuzzer_sys::{arbitrary, fuzz_target};
use w2v::Preparation;
use w2v::preparation::{Digits, Inner, Markup, Sentences};

#[derive(Debug, arbitrary::Arbitrary)]
struct Input<'a> {
    flags: u8,
    digits: u8,
    text: &'a [u8],
}

fuzz_target!(|input: Input<'_>| {
    let flag = |bit: u32| input.flags >> bit & 1 == 1;
    let inner = |keeps| if keeps { Inner::Keep } else { Inner::Part };
    let how = Preparation {
        keep_case: flag(0),
        keep_punctuation: flag(1),
        digits: Digits::ALL[usize::from(input.digits) % Digits::ALL.len()],
        apostrophes: inner(flag(2)),
        hyphens: inner(flag(3)),
        sentences: if flag(4) { Sentences::Unicode } else { Sentences::Lines },
        markup: if flag(5) { Markup::Strip } else { Markup::Keep },
    };
    let once = how.text(input.text).expect("memory for little");
    assert!(str::from_utf8(&once).is_ok());
    assert!(once.is_empty() || once.ends_with(b"\n"));
    for line in once.split_inclusive(|&byte| byte == b'\n') {
        let words = &line[..line.len() - 1];
        assert!(
            words.split(|&byte| byte == b' ').all(|word| !word.is_empty() && !word.iter().any(u8::is_ascii_control))
        );
    }
    let by_line = Preparation { sentences: Sentences::Lines, markup: Markup::Keep, ..how };
    assert_eq!(by_line.text(&once).expect("memory for little"), once);
    if how.markup == Markup::Keep && how.sentences == Sentences::Lines {
        // A text is what its lines are.
        let lines = input.text.split(|&byte| byte == b'\n').map(|line| how.text(line).expect("memory for little"));
        assert_eq!(lines.collect::<Vec<_>>().concat(), once);
    }
});
