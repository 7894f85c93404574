//! Phrases: of any text, those found occur and score as the rule has it, and the joined text is the
//! text but for the blanks that joints replace.
#![no_main]

use libfuzzer_sys::{arbitrary, fuzz_target};
use std::ops::ControlFlow::Continue;
use w2v::Phrases;
use w2v::phrases::{JOINT, Rule, read_connectors};
use w2v::{Corpus, ReadOptions, Source};

#[derive(Debug, arbitrary::Arbitrary)]
struct Input<'a> {
    discount: u8,
    threshold: u8,
    connectors: &'a [u8],
    text: &'a [u8],
}

fuzz_target!(|input: Input<'_>| {
    let connectors = read_connectors(input.connectors, "fuzz").expect("short lines");
    let rule = Rule { discount: input.discount.into(), threshold: input.threshold.into(), connectors };
    let options = ReadOptions::new().min_count(1).threads(1);
    let Ok(corpus) = options.sources([Source::text(input.text)]) else { return };
    let vocabulary = corpus.vocabulary();
    let join = |corpus: &Corpus, rule: &Rule| {
        let phrases = Phrases::find(corpus, rule, &mut |_, _| Continue(())).expect("a rule and a corpus");
        let (mut text, tokens) = (Vec::new(), corpus.tokens());
        let mut joined = phrases.join(corpus).expect("the corpus of the phrases");
        while let part @ [_, ..] = joined.read().expect("a spool") {
            text.extend_from_slice(part);
        }
        assert_eq!(joined.tokens_read(), tokens);
        (phrases, text)
    };
    let (phrases, joined) = join(&corpus, &rule);
    let none = Rule { threshold: f64::MAX, ..rule.clone() };
    let (none, text) = join(&corpus, &none);
    assert!(none.is_empty());
    assert_eq!(joined.len(), text.len());
    assert!(joined.iter().zip(&text).all(|(joined, plain)| joined == plain || (*joined, *plain) == (JOINT, b' ')));
    let is_connector =
        |id: u32| rule.connectors.iter().any(|word| vocabulary.word(id).is_some_and(|found| found == word.as_slice()));
    for phrase in phrases.ranked().expect("memory for few") {
        let [first, second] = phrase.words.map(|id| vocabulary.count(id).expect("a word of the vocabulary"));
        assert!(phrase.score > rule.threshold && (1..=first.min(second)).contains(&phrase.count), "{phrase:?}");
        assert!(!phrase.words.iter().any(|&id| is_connector(id)) && phrase.between.iter().all(|&id| is_connector(id)));
    }
});
