//! The corpus built into the program: sentences of plain facts, drawn from tables by a seeded
//! generator.
//!
//! A table has named columns, rows, and sentences that refer to the columns. So every sentence is
//! true, and every pair of columns gives analogies with known answers. The corpus serves to try a
//! trainer within seconds: the text has few facts, and it is known what a model should have learnt.

mod adjectives;
mod animals;
mod family;
mod geography;
mod jobs;
mod things;
mod topic;
mod verbs;

use rand_core::Rng;
use w2v_core::rng::{SplitMix64, below};

use topic::Topic;

/// Length of the corpus in tokens. The last sentence may exceed it by a few tokens.
const TOKENS: usize = 500_000;

/// Every table, with its share of the sentences: the given number over the sum of all.
const TOPICS: [(&Topic, u32); 8] = [
    (&geography::COUNTRIES, 32),
    (&family::PAIRS, 17),
    (&animals::ANIMALS, 14),
    (&verbs::VERBS, 15),
    (&adjectives::ADJECTIVES, 14),
    (&jobs::JOBS, 8),
    (&things::FOODS, 4),
    (&things::CALENDAR, 2),
];

/// The sections of [`questions`]: name, table, column of the given word, column of the answer.
const SECTIONS: [(&str, &Topic, &str, &str); 9] = [
    ("capital-country", &geography::COUNTRIES, "capital", "country"),
    ("country-people", &geography::COUNTRIES, "country", "people"),
    ("family", &family::PAIRS, "he", "she"),
    ("singular-plural", &animals::ANIMALS, "animal", "animals"),
    ("comparative", &adjectives::ADJECTIVES, "plain", "more"),
    ("superlative", &adjectives::ADJECTIVES, "plain", "most"),
    ("past-tense", &verbs::VERBS, "verb", "past"),
    ("present-participle", &verbs::VERBS, "verb", "doing"),
    ("job-plural", &jobs::JOBS, "job", "jobs"),
];

/// `a` is to `b` as `c` is to `expected`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// The relation asked about.
    pub section: &'static str,
    /// The first word of the example.
    pub a: &'static str,
    /// The second word of the example.
    pub b: &'static str,
    /// The first word of the question.
    pub c: &'static str,
    /// The answer.
    pub expected: &'static str,
}

/// The corpus of `seed`: about 500,000 tokens of lower-case ASCII letters, one sentence on each
/// line. The bytes are the same on every machine.
#[must_use]
pub fn text(seed: u64) -> Vec<u8> {
    let mut random = SplitMix64::at(&[seed]);
    let shares_total = TOPICS.iter().map(|(_, shares)| shares).sum();
    let mut text = Vec::with_capacity(TOKENS * 6);
    let mut tokens = 0;
    while tokens < TOKENS {
        let mut share = below(random.next_u32(), shares_total);
        let drawn = TOPICS.iter().find(|(_, shares)| {
            let found = share < *shares;
            share = share.saturating_sub(*shares);
            found
        });
        if let Some((topic, _)) = drawn {
            tokens += topic.write_sentence(&mut random, &mut text);
        }
    }
    text
}

/// All analogy questions, section by section: one for each ordered pair of different rows.
pub fn questions() -> impl Iterator<Item = Question> {
    SECTIONS.into_iter().flat_map(|(section, topic, given, asked)| {
        topic.pairs(given, asked).enumerate().flat_map(move |(example, (a, b))| {
            topic
                .pairs(given, asked)
                .enumerate()
                .filter(move |(row, _)| *row != example)
                .map(move |(_, (c, expected))| Question { section, a, b, c, expected })
        })
    })
}

/// A few words from different tables, whose neighbours show what a model has learnt.
#[must_use]
pub fn showcase() -> &'static [&'static str] {
    &["paris", "queen", "wolf", "carpenter", "swimming", "colder", "bread", "monday"]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn counts(text: &[u8]) -> HashMap<&str, usize> {
        let text = std::str::from_utf8(text).expect("the tables are ASCII");
        let mut counts = HashMap::new();
        for word in text.split_ascii_whitespace() {
            *counts.entry(word).or_default() += 1;
        }
        counts
    }

    #[test]
    fn a_seed_fixes_every_byte() {
        assert_eq!(text(1), text(1));
        assert_ne!(text(1), text(2));
    }

    #[test]
    fn the_size_is_as_documented() {
        let text = text(1);
        let counts = counts(&text);
        let tokens: usize = counts.values().sum();
        assert!((TOKENS..TOKENS + 100).contains(&tokens), "{tokens} tokens");
        let kept = counts.values().filter(|&&count| count >= 5).count();
        assert!((600..=1600).contains(&kept), "{kept} words");
    }

    #[test]
    fn lines_are_sentences_of_lower_case_words() {
        let text = text(3);
        assert!(text.ends_with(b"\n"));
        for line in text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
            for word in line.split(|&byte| byte == b' ') {
                let plain = !word.is_empty() && word.iter().all(u8::is_ascii_lowercase);
                assert!(plain, "{}", String::from_utf8_lossy(line));
            }
        }
        assert!(!text.windows(2).any(|pair| pair == b"\n\n"));
    }

    #[test]
    fn words_that_are_asked_about_are_frequent_under_any_seed() {
        for seed in 0..5 {
            let text = text(seed);
            let counts = counts(&text);
            let asked = questions().flat_map(|q| [q.a, q.b, q.c, q.expected]);
            for word in asked.chain(showcase().iter().copied()) {
                let count = counts.get(word).copied().unwrap_or(0);
                assert!(count >= 20, "{word}: {count} under seed {seed}");
            }
        }
    }

    #[test]
    fn a_question_asks_for_one_new_word() {
        for question in questions() {
            let words = [question.a, question.b, question.c, question.expected];
            assert!(words.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_lowercase())), "{question:?}");
            assert!(question.c != question.expected && question.b != question.expected, "{question:?}");
        }
    }

    #[test]
    fn tables_are_whole() {
        for (topic, _) in TOPICS {
            topic.check();
        }
    }
}
