//! Text made ready: the fast path for ASCII against the path for all of Unicode, and what is
//! prepared stays as it is.

use std::io::Read;

use proptest::collection::vec;
use proptest::prelude::*;
use w2v::preparation::{Digits, Inner, Markup, Sentences};
use w2v::{Preparation, input};
use w2v_tests::data;

/// text8's own preparation, as the end of `wikifil.pl` has it: small letters, digits spelled, a
/// blank for all else.
fn text8(text: &str) -> Vec<String> {
    const SPELLED: [&str; 10] =
        [" zero ", " one ", " two ", " three ", " four ", " five ", " six ", " seven ", " eight ", " nine "];
    let mut plain = String::new();
    for char in text.chars() {
        match char {
            'a'..='z' | 'A'..='Z' => plain.push(char.to_ascii_lowercase()),
            '0'..='9' => plain.push_str(SPELLED[char as usize - '0' as usize]),
            _ => plain.push(' '),
        }
    }
    plain.split_whitespace().map(str::to_owned).collect()
}

/// What is nearest to text8's.
fn nearest_to_text8() -> Preparation {
    Preparation { digits: Digits::Spell, apostrophes: Inner::Part, ..Preparation::default() }
}

/// The words of `text`, made ready.
fn words(how: Preparation, text: &str) -> Vec<String> {
    let ready = String::from_utf8(how.text(text).unwrap()).unwrap();
    ready.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn english_is_as_text8_has_it() {
    let text = "\"Don't,\" she said (in 1984), \"re-read Orwell's novel; page 27: it's well-known!\"\n\
        Prices rose by 3.5% - or $1,200 - and A/B tests_and_more & so on...";
    assert_eq!(words(nearest_to_text8(), &text.replace('_', " ")), text8(text));
    // Points within words are what UAX #29 keeps and text8 does not.
    assert_eq!(words(nearest_to_text8(), "The U.S. has, e.g., it."), ["the", "u.s", "has", "e.g", "it"]);
}

#[test]
fn wikipedia_is_as_text8_has_it() {
    let Some(path) = data::find("corpus/enwiki-raw-20m.txt.gz") else { return };
    let mut text = Vec::new();
    input::open(&path).unwrap().take(4_000_000).read_to_end(&mut text).unwrap();
    let text = String::from_utf8_lossy(&text);
    let (mut same, mut all, mut lines, mut lines_all) = (0, 0, 0, 0);
    for line in text.lines() {
        let (ours, theirs) = (words(nearest_to_text8(), line), text8(line));
        let known: std::collections::HashSet<&String> = theirs.iter().collect();
        same += ours.iter().filter(|word| known.contains(word)).count();
        all += ours.len();
        lines += usize::from(text8(&ours.join(" ")) == theirs);
        lines_all += 1;
    }
    // What differs has points, other letters than a to z, or is written otherwise in NFKC.
    assert!(same * 1000 >= all * 985, "{same} of {all} words");
    assert!(lines * 1000 >= lines_all * 985, "{lines} of {lines_all} lines");
}

/// Any preparation whose sentences end at `sentences`.
fn preparations(sentences: impl Strategy<Value = Sentences>) -> impl Strategy<Value = Preparation> {
    let inner = || prop::sample::select(Inner::ALL.to_vec());
    let digits = prop::sample::select(Digits::ALL.to_vec());
    (any::<bool>(), any::<bool>(), digits, inner(), inner(), sentences).prop_map(
        |(keep_case, keep_punctuation, digits, apostrophes, hyphens, sentences)| Preparation {
            keep_case,
            keep_punctuation,
            digits,
            apostrophes,
            hyphens,
            sentences,
            markup: Markup::Keep,
        },
    )
}

/// Characters that the rules name, each of them often.
fn characters() -> impl Strategy<Value = char> {
    let named = "aBZz09_.,;:'-–’‐\u{2011}\"!? \n\t\u{a0}\u{ad}\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}\u{fe0f}İıẞßΣσςé\u{301}\
        \u{307}ǆﬁﷺ²½™№日本ひカกำكميأעب\u{94d}क👩🔬🇦1\u{20e3}\u{fffd}\u{2028}\u{85}ʼ‿";
    prop_oneof![4 => prop::sample::select(named.chars().collect::<Vec<_>>()), 1 => any::<char>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_fast_path_is_the_general_path(
        how in preparations(Just(Sentences::Lines)),
        run in prop_oneof!["[aBz09_.,;:'\"!?()#-]{0,12}", "[!-~\\x01\\x7f]{0,20}"],
    ) {
        // An ideographic full stop is punctuation that belongs to no word, and no ASCII.
        let both = [run.clone(), format!("{run}。")].map(|run| String::from_utf8(how.text(run).unwrap()).unwrap());
        let general = both[1].trim_end_matches(['。', ' ', '\n']);
        prop_assert_eq!(both[0].trim_end(), general);
        prop_assert_eq!(how.keep_punctuation, both[1].ends_with("。\n"));
    }

    #[test]
    fn of_ascii_all_letters_and_digits_stay_as_in_text8(text in "[ -~\\n]{0,80}") {
        let ours = words(nearest_to_text8(), &text);
        prop_assert_eq!(text8(&ours.join(" ")), text8(&text));
    }

    #[test]
    fn what_is_prepared_stays_as_it_is(
        how in preparations(prop::sample::select(Sentences::ALL.to_vec())),
        text in vec(characters(), 0..40),
    ) {
        let text: String = text.into_iter().collect();
        let once = String::from_utf8(how.text(&text).unwrap()).unwrap();
        let by_line = Preparation { sentences: Sentences::Lines, ..how };
        let twice = String::from_utf8(by_line.text(&once).unwrap()).unwrap();
        prop_assert_eq!(&twice, &once, "{:?}", text);
    }
}
