//! Scores of a model on word similarities and analogies that people have judged.
//!
//! The protocol, which differs between programs and moves the scores: the model's words and the file's are lower-cased, and
//! of words that become equal the model's first counts; a pair or question with a word that the model does not have is
//! dropped, and their number is told.

mod analogies;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::BufRead;

pub use analogies::{Section, SectionScore, read_analogies};

use crate::error::{Error, Result};
use crate::query::{Index, cosine};
use crate::words::{is_space, lower_case};

/// Two words and how similar people find them, on any scale.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The words.
    pub words: [Vec<u8>; 2],
    /// The larger the more similar.
    pub score: f64,
}

/// How well a model's similarities are ordered as people's are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SimilarityScore {
    /// Spearman's rank correlation, −1 to 1; `None` when fewer than two pairs are known or all ranks of a side are equal.
    pub spearman: Option<f64>,
    /// Pairs of which the model has both words.
    pub known: usize,
    /// Pairs in the file.
    pub pairs: usize,
}

/// A model that is being scored.
pub struct Evaluator<'a> {
    index: &'a Index,
    /// The first row of each lower-cased word.
    rows: HashMap<Vec<u8>, u32>,
    /// The same rows in their order: what a question is answered from.
    answers: Vec<u32>,
}

impl<'a> Evaluator<'a> {
    /// An evaluator of the model that `index` holds.
    pub fn new(index: &'a Index) -> Self {
        let mut rows = HashMap::with_capacity(index.embeddings().len());
        let mut answers = Vec::with_capacity(index.embeddings().len());
        for (row, word) in (0..).zip(index.embeddings().words()) {
            if let Entry::Vacant(first) = rows.entry(lower_case(word)) {
                first.insert(row);
                answers.push(row);
            }
        }
        Self { index, rows, answers }
    }

    /// Spearman's correlation of the model's cosines with the scores of `pairs`; equal values share their average rank.
    pub fn similarity(&self, pairs: &[Pair]) -> SimilarityScore {
        let vector = |word: &Vec<u8>| self.index.embeddings().vector(*self.rows.get(&lower_case(word))?);
        let (cosines, scores): (Vec<f64>, Vec<f64>) = pairs
            .iter()
            .filter_map(|Pair { words: [a, b], score }| Some((f64::from(cosine(vector(a)?, vector(b)?)), *score)))
            .unzip();
        SimilarityScore {
            spearman: correlation(&ranks(&cosines), &ranks(&scores)),
            known: cosines.len(),
            pairs: pairs.len(),
        }
    }
}

/// The pairs of `word word score` lines, separated by tabs, commas or other whitespace; `name` stands for the file in errors.
///
/// Empty lines and those that begin with `#` are ignored, and so is a heading: the first other line, if its third field is no number.
///
/// # Errors
/// [`Error::Line`] for any other line, [`Error::File`] when there is no pair, [`Error::Io`] from `reader`.
pub fn read_similarities(reader: impl BufRead, name: &str) -> Result<Vec<Pair>> {
    let mut pairs = Vec::new();
    let mut may_be_heading = true;
    for (line, text) in (1..).zip(reader.split(b'\n')) {
        let text = text.map_err(Error::io(name, "read"))?;
        let text = text.trim_ascii();
        if text.is_empty() || text.starts_with(b"#") {
            continue;
        }
        let fields = fields(text);
        match pair(&fields) {
            Some(pair) => pairs.push(pair),
            None if may_be_heading && fields.get(2).is_some_and(|field| number(field).is_none()) => {}
            None => {
                return Err(Error::Line {
                    path: name.to_owned(),
                    line,
                    problem: "expected `word word score`".to_owned(),
                });
            }
        }
        may_be_heading = false;
    }
    if pairs.is_empty() {
        return Err(Error::File { path: name.to_owned(), problem: "no `word word score` line in it".to_owned() });
    }
    Ok(pairs)
}

/// What stands on one line between tabs or, where it has none, commas, and without those white space.
fn fields(text: &[u8]) -> Vec<&[u8]> {
    let separator = [b'\t', b','].into_iter().find(|separator| text.contains(separator));
    let fields = text.split(|byte| separator.map_or(is_space(byte), |separator| *byte == separator));
    fields.map(<[u8]>::trim_ascii).filter(|field| !field.is_empty()).collect()
}

/// The pair of these fields.
fn pair(fields: &[&[u8]]) -> Option<Pair> {
    let &[first, second, score] = fields else { return None };
    let score = number(score).filter(|score| score.is_finite())?;
    Some(Pair { words: [first.to_owned(), second.to_owned()], score })
}

/// The number that `field` spells.
fn number(field: &[u8]) -> Option<f64> {
    str::from_utf8(field).ok()?.parse().ok()
}

/// The rank of each value, from 0; equal values share the average of their ranks.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let average = first as f64 + (equal.len() - 1) as f64 / 2.0;
        for &position in equal {
            ranks[position] = average;
        }
        first += equal.len();
    }
    ranks
}

/// Pearson's correlation of `a` and `b`, −1 to 1, `None` when one of them does not vary.
fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut square_a, mut square_b, mut product) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (a - mean_a, b - mean_b);
        square_a += a * a;
        square_b += b * b;
        product += a * b;
    }
    (square_a > 0.0 && square_b > 0.0).then(|| (product / (square_a * square_b).sqrt()).clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embeddings::Embeddings;

    #[test]
    fn equal_values_share_their_average_rank() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0, 3.0]), [3.0, 0.0, 3.0, 1.0, 3.0]);
        assert_eq!(ranks(&[-0.0, 0.0]), [0.5, 0.5]);
        assert!(ranks(&[]).is_empty());
    }

    #[test]
    fn correlation_is_that_of_a_worked_example() {
        // Wikipedia's example of Spearman's coefficient: IQ and hours of television, −29/165.
        let iq = [106.0, 100.0, 86.0, 101.0, 99.0, 103.0, 97.0, 113.0, 112.0, 110.0];
        let hours = [7.0, 27.0, 2.0, 50.0, 28.0, 29.0, 20.0, 12.0, 6.0, 17.0];
        let found = correlation(&ranks(&iq), &ranks(&hours)).unwrap();
        assert!((found + 29.0 / 165.0).abs() < 1e-12);
        assert_eq!(correlation(&[1.0, 1.0], &[1.0, 2.0]), None);
        assert_eq!(correlation(&[], &[]), None);
        // Where all agree or disagree roundings do not lead beyond 1.
        for len in 2..200_u32 {
            let (some, more): (Vec<f64>, Vec<f64>) =
                (0..len).map(|n| f64::from(n).sqrt()).map(|n| (n, 3.7 * n)).unzip();
            let less: Vec<f64> = some.iter().map(|n| -0.3 * n).collect();
            let [up, down] = [&more, &less].map(|other| correlation(&some, other).unwrap());
            assert!((1.0 - 1e-12..=1.0).contains(&up) && (-1.0..=-1.0 + 1e-12).contains(&down), "{up} {down}");
        }
    }

    #[test]
    fn every_usual_layout_is_read() {
        let expected = [
            Pair { words: [b"Old man".into(), b"sea".into()], score: 1.5 },
            Pair { words: [b"a".into(), b"b".into()], score: 10.0 },
            Pair { words: [b"c".into(), b"d".into()], score: -2.0 },
        ];
        let file = b"Word 1,Word 2,Human\n# a comment\nOld man\tsea\t1.5\r\n\na  b 10\nc, d,-2";
        assert_eq!(read_similarities(&file[..], "f").unwrap(), expected);
        for (file, expected) in [
            ("", "f: no `word word score`"),
            ("a b 1\na b\n", "f:2: expected `word word score`"),
            ("a b 1\na b 1 2\n", "f:2:"),
            ("a b 1\na b nan\n", "f:2:"),
            ("a b\na b 1\n", "f:1:"),
            ("old man 1.5 2\n", "f:1:"),
            ("# a comment\nword word score\nno heading here\n", "f:3:"),
        ] {
            let error = read_similarities(file.as_bytes(), "f").unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn case_is_folded_the_first_word_counts_and_unknown_ones_are_dropped() {
        let words = ["Ä", "b", "ä", "c"];
        let vectors = vec![1.0, 0.0, 1.0, 0.1, 0.0, 1.0, 1.0, 1.0];
        let index = Index::new(Embeddings::new(words, 2, vectors).unwrap());
        let pairs = read_similarities("B ä 3\nä c 2\nc x 1\n".as_bytes(), "f").unwrap();
        let score = Evaluator::new(&index).similarity(&pairs);
        assert_eq!((score.known, score.pairs), (2, 3));
        assert!((score.spearman.unwrap() - 1.0).abs() < 1e-12);
    }
}
