//! Phrases, compared with plain code that counts and joins.

use super::*;
use crate::text::builtin;
use crate::text::corpus::{ReadOptions, Source};
use std::ops::ControlFlow::{Break, Continue};

fn read(text: &str) -> Corpus {
    ReadOptions::new().min_count(1).sources([Source::text(text)]).unwrap()
}

/// How often phrases occur, and their scores.
type Found = HashMap<[String; 2], (u64, f64)>;

/// The phrases of `text`, and the text with these phrases joined, by plain code.
fn plain(text: &str, rule: &Rule) -> (Found, String) {
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    let (mut words, mut pairs) = (HashMap::<&str, u64>::new(), HashMap::<(&str, &str), u64>::new());
    let mut total = 0.0;
    for line in &lines {
        line.iter().for_each(|word| *words.entry(word).or_default() += 1);
        line.windows(2).for_each(|pair| *pairs.entry((pair[0], pair[1])).or_default() += 1);
        total += line.len() as f64;
    }
    let score = |a: &str, b: &str| {
        let pair = pairs.get(&(a, b)).map_or(0.0, |&count| count as f64);
        (pair - rule.discount as f64) * total / (words[a] as f64 * words[b] as f64)
    };
    let mut phrases = HashMap::new();
    let mut joined = String::new();
    for line in lines.iter().filter(|line| !line.is_empty()) {
        let mut begin: Option<&str> = None;
        for (place, word) in line.iter().enumerate() {
            let is_phrase = begin.is_some_and(|last| score(last, word) > rule.threshold);
            if place > 0 {
                joined.push(if is_phrase { '_' } else { ' ' });
            }
            joined.push_str(word);
            begin = Some(*word).filter(|_| !is_phrase);
        }
        joined.push('\n');
    }
    for (&(a, b), &count) in &pairs {
        if score(a, b) > rule.threshold {
            phrases.insert([a, b].map(str::to_owned), (count, score(a, b)));
        }
    }
    (phrases, joined)
}

fn find(text: &str, rule: &Rule) -> (Corpus, Phrases) {
    let corpus = read(text);
    let phrases = Phrases::find(&corpus, rule, &mut |_, _| Continue(())).unwrap();
    (corpus, phrases)
}

fn joined((corpus, phrases): &(Corpus, Phrases)) -> String {
    let tokens = corpus.tokens();
    let mut joined = phrases.join(corpus).unwrap();
    let (mut text, mut read) = (Vec::new(), 0);
    while let part @ [_, ..] = joined.read().unwrap() {
        text.extend_from_slice(part);
        read = tokens.min(read + BLOCK as u64);
        assert_eq!(joined.tokens_read(), read);
    }
    assert_eq!(joined.tokens_read(), tokens);
    String::from_utf8(text).unwrap()
}

/// A text of several blocks, with words that occur together often and seldom.
fn text() -> String {
    String::from_utf8(builtin::text(3)).unwrap()
}

#[test]
fn phrases_are_those_of_the_rule() {
    let text = text();
    assert!(text.split_whitespace().count() > 2 * BLOCK);
    for (discount, threshold) in [(5, 100.0), (5, 3.0), (0, 0.0), (300, 0.5), (40, 20.0), (5, 1e9)] {
        let rule = Rule { discount, threshold, ..Rule::default() };
        let (expected, expected_text) = plain(&text, &rule);
        let found = find(&text, &rule);
        let (corpus, phrases) = &found;
        let vocabulary = corpus.vocabulary();
        let ranked = phrases.ranked().unwrap();
        assert_eq!(phrases.is_empty(), threshold > 1e6);
        assert_eq!((ranked.len(), phrases.len()), (expected.len(), expected.len()), "{rule:?}");
        assert!(ranked.is_sorted_by(|a, b| a.score > b.score || a.score == b.score && a.words < b.words));
        for Phrase { words, between, count, score } in ranked {
            assert!(between.is_empty());
            let words = words.map(|id| String::from_utf8(vocabulary.word(id).unwrap().to_vec()).unwrap());
            assert_eq!(expected[&words], (count, score));
        }
        assert!(joined(&found) == expected_text, "{rule:?}");
        // The result does not depend on how many pairs share a counter.
        let (corpus, phrases) = &found;
        for most_counters in [1, 64, 1 << 12] {
            let by = Phrases::find_by(most_counters, corpus, &rule, &mut |_, _| Continue(())).unwrap();
            assert_eq!(by.found, phrases.found);
        }
    }
}

#[test]
fn words_of_a_phrase_are_joined_from_the_left_within_a_sentence() {
    let all = Rule { discount: 0, threshold: 0.0, ..Rule::default() };
    assert_eq!(joined(&find("a b c d e\n\n x\ny x\n", &all)), "a_b c_d e\nx\ny_x\n");
    // a b: (3 − 1) · 9 / (3 · 3) = 2; b c and d a: 0.
    let two = Rule { discount: 1, threshold: 1.9, ..Rule::default() };
    assert_eq!(joined(&find("a b c\na b\nd a b\nd", &two)), "a_b c\na_b\nd a_b\nd\n");
    let above = Rule { threshold: 2.0, ..two };
    assert!(find("a b c\na b\nd a b\nd", &above).1.is_empty());
}

#[test]
fn what_scores_the_threshold_is_none() {
    // (6 − 5) · 7000 / (10 · 7) = 100.
    let text = "a b\n".repeat(6) + &"a c\n".repeat(4) + "b c\n" + &"c\n".repeat(7000 - 22);
    assert!(find(&text, &Rule::default()).1.is_empty());
    assert_eq!(find(&text, &Rule { threshold: 99.9, ..Rule::default() }).1.ranked().unwrap()[0].score, 100.0);
}

#[test]
fn counts_are_those_of_the_corpus_whatever_the_vocabulary_has() {
    let text = "a b\na b\na b\nb c d\n";
    let rule = Rule { discount: 1, threshold: 0.5, ..Rule::default() };
    let expected = find(text, &rule).1.ranked().unwrap();
    let counted = read(&text.replace('\n', " d c\n").repeat(1000));
    let options = ReadOptions::new().vocabulary(counted.vocabulary().clone());
    let corpus = options.sources([Source::text(text)]).unwrap();
    let found = Phrases::find(&corpus, &rule, &mut |_, _| Continue(())).unwrap().ranked().unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].count, found[0].score), (expected[0].count, expected[0].score));
}

#[test]
fn longer_phrases_come_of_another_run() {
    let text = "new york times\n".repeat(10) + &"the new old york times the\n".repeat(3);
    let rule = Rule { discount: 3, threshold: 1.5, ..Rule::default() };
    let once = joined(&find(&text, &rule));
    assert!(once.starts_with("new_york times\n"), "{once}");
    assert!(joined(&find(&once, &rule)).starts_with("new_york_times\n"));
}

#[test]
fn what_cannot_be_is_refused_and_who_breaks_off_is_heard() {
    let corpus = read("a b");
    for threshold in [-1.0, f64::NAN, f64::INFINITY] {
        let rule = Rule { threshold, ..Rule::default() };
        let refused = Phrases::find(&corpus, &rule, &mut |_, _| Continue(()));
        assert!(refused.unwrap_err().to_string().starts_with("threshold"), "{threshold}");
    }
    let rule = Rule::default();
    let phrases = Phrases::find(&corpus, &rule, &mut |_, _| Continue(())).unwrap();
    // Only a corpus with the same words in the same order is accepted.
    for (other, fits) in [("b a", true), ("a b b", false), ("a c", false), ("a b c", false)] {
        match phrases.join(&read(other)) {
            Ok(_) => assert!(fits, "{other}"),
            Err(error) => assert!(!fits && error.to_string().contains("this corpus has another"), "{other}: {error}"),
        }
    }
    let mut seen = Vec::new();
    let mut observe = |read, of| {
        seen.push((read, of));
        if read == of { Break(()) } else { Continue(()) }
    };
    let stopped = Phrases::find(&corpus, &rule, &mut observe);
    assert!(matches!(stopped, Err(Error::Stopped(_))));
    assert_eq!(seen, [(2, 4), (4, 4)]);
}

/// What gensim 4.4.0 makes of this text with these connectors, `min_count` as the discount, and
/// this module's score.
#[test]
fn connectors_stand_within_phrases_and_neither_begin_nor_end_one() {
    let text = "the bank of america and the bank of the west in america\n".repeat(3)
        + "bank of america of bank of\nof the america\nbank america\n";
    let connectors = ENGLISH_CONNECTORS.map(|word| word.into()).to_vec();
    let rule = Rule { discount: 1, threshold: 1.0, connectors };
    let found = find(&text, &rule);
    let expected = "the bank_of_america and the bank_of_the_west in america\n".repeat(3)
        + "bank_of_america of bank of\nof the america\nbank america\n";
    assert_eq!(joined(&found), expected);
    let (corpus, phrases) = &found;
    let vocabulary = corpus.vocabulary();
    let name = |id: &u32| String::from_utf8(vocabulary.word(*id).unwrap().to_vec()).unwrap();
    let ranked = phrases.ranked().unwrap();
    let rows: Vec<_> = ranked
        .iter()
        .map(|Phrase { words: [first, second], between, count, score, .. }| {
            let words = [&[*first][..], between, &[*second]].concat();
            (words.iter().map(name).collect::<Vec<_>>().join("_"), *count, *score)
        })
        .collect();
    // 47 tokens, 9 times `bank` and `america` each, 3 times `west`.
    let score = |count: f64, first: f64, second: f64| (count - 1.0) * 47.0 / (first * second);
    let west_america = ("west_in_america".to_owned(), 3, score(3.0, 3.0, 9.0));
    assert_eq!(rows[..2], [("bank_of_the_west".to_owned(), 3, score(3.0, 9.0, 3.0)), west_america]);
    assert_eq!(rows[2], ("bank_of_america".to_owned(), 4, score(4.0, 9.0, 9.0)));
    // Connectors that the text does not have change nothing.
    for connectors in [vec![], vec![b"absent".to_vec()]] {
        let rule = Rule { connectors, ..rule.clone() };
        assert_eq!(joined(&find(&text, &rule)), plain(&text, &rule).1);
    }
}

#[test]
fn a_run_of_many_connectors_ends_what_has_begun() {
    let rule = Rule { discount: 0, threshold: 0.0, connectors: vec![b"of".to_vec()] };
    let of = |count| format!("a{} b c\n", " of".repeat(count));
    assert_eq!(joined(&find(&of(8), &rule)), format!("a{}_b c\n", "_of".repeat(8)));
    assert_eq!(joined(&find(&of(9), &rule)), format!("a{} b_c\n", " of".repeat(9)));
}

#[test]
fn connectors_are_the_words_of_a_text() {
    let connectors = read_connectors(&b"\xef\xbb\xbfde la\n\n\tdu\r\n"[..], "f").unwrap();
    assert_eq!(connectors, [&b"de"[..], b"la", b"du"]);
}
