//! Scores of a model on word similarities and analogies that people have judged.
//!
//! The protocol, which differs between programs and moves the scores: the model's words and the
//! file's are lower-cased, and of words that become equal the model's first counts; a pair or
//! question with a word that the model does not have is dropped, and their number is told.

mod analogies;
mod similarities;

pub use analogies::{Section, SectionScore, read_analogies};
pub use similarities::{Pair, read_similarities};

use crate::error::Result;
use crate::memory;
use crate::model::query::cosine;
use crate::model::vectors::Vectors;
use crate::text::words::{Words, lower_case};

/// What errors call the memory of ranks and rows.
const WHAT: &str = "scores";

/// How well a model's similarities are ordered as people's are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SimilarityScore {
    /// Spearman's rank correlation, −1 to 1; `None` when fewer than two pairs are known or all
    /// ranks of a side are equal.
    pub spearman: Option<f64>,
    /// Pairs of which the model has both words.
    pub known: usize,
    /// Pairs in the file.
    pub pairs: usize,
}

/// A model that is being scored.
#[derive(Debug)]
pub struct Evaluator<'a> {
    vectors: &'a Vectors,
    /// The model's words in lower case.
    words: Words,
    /// The first row of each: what a question is answered from.
    rows: Vec<u32>,
}

impl<'a> Evaluator<'a> {
    /// An evaluator of `vectors`.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory) when there is no room for the words in lower
    /// case.
    pub fn new(vectors: &'a Vectors) -> Result<Self> {
        let (mut words, mut rows) = (Words::default(), Vec::new());
        for (row, word) in (0..).zip(vectors.words()) {
            if words.intern(&lower_case(word)?)? as usize == rows.len() {
                memory::push(&mut rows, row, WHAT)?;
            }
        }
        Ok(Self { vectors, words, rows })
    }

    /// The first row of `word`, in any letters.
    fn row(&self, word: &[u8]) -> Result<Option<u32>> {
        let found = self.words.find(&lower_case(word)?);
        Ok(found.and_then(|id| self.rows.get(id as usize).copied()))
    }

    /// Spearman's correlation of the model's cosines with the scores of `pairs`; equal values share
    /// their average rank.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory) when there is no room for the ranks.
    pub fn similarity(&self, pairs: &[Pair]) -> Result<SimilarityScore> {
        let (mut cosines, mut scores) = (Vec::new(), Vec::new());
        for Pair { words: [a, b], score } in pairs {
            let vector = |row: Option<u32>| self.vectors.vector(row?);
            if let (Some(a), Some(b)) = (vector(self.row(a)?), vector(self.row(b)?)) {
                memory::push(&mut cosines, f64::from(cosine(a, b)), WHAT)?;
                memory::push(&mut scores, *score, WHAT)?;
            }
        }
        Ok(SimilarityScore {
            spearman: correlation(&ranks(&cosines)?, &ranks(&scores)?),
            known: cosines.len(),
            pairs: pairs.len(),
        })
    }
}

/// The rank of each value, from 0; equal values share the average of their ranks.
fn ranks(values: &[f64]) -> Result<Vec<f64>> {
    let mut order = memory::filled(0, values.len(), WHAT)?;
    order.iter_mut().enumerate().for_each(|(position, place)| *place = position);
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = memory::filled(0.0, values.len(), WHAT)?;
    let mut first = 0;
    for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let average = first as f64 + (equal.len() - 1) as f64 / 2.0;
        for &position in equal {
            ranks[position] = average;
        }
        first += equal.len();
    }
    Ok(ranks)
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

    #[test]
    fn equal_values_share_their_average_rank() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0, 3.0]).unwrap(), [3.0, 0.0, 3.0, 1.0, 3.0]);
        assert_eq!(ranks(&[-0.0, 0.0]).unwrap(), [0.5, 0.5]);
        assert!(ranks(&[]).unwrap().is_empty());
    }

    /// `scipy.stats.spearmanr` says so.
    #[test]
    fn correlation_with_ties_is_scipys() {
        let a = [1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 0.5, 2.0, -1.0, 3.0];
        let b = [10.0, 20.0, 20.0, 20.0, 5.0, 30.0, 5.0, 5.0, 10.0, 30.0];
        let found = correlation(&ranks(&a).unwrap(), &ranks(&b).unwrap()).unwrap();
        assert!((found - 0.490_237_964_792_077_15).abs() < 1e-15, "{found}");
    }

    #[test]
    fn correlation_is_that_of_a_worked_example() {
        // Wikipedia's example of Spearman's coefficient: IQ and hours of television, −29/165.
        let iq = [106.0, 100.0, 86.0, 101.0, 99.0, 103.0, 97.0, 113.0, 112.0, 110.0];
        let hours = [7.0, 27.0, 2.0, 50.0, 28.0, 29.0, 20.0, 12.0, 6.0, 17.0];
        let found = correlation(&ranks(&iq).unwrap(), &ranks(&hours).unwrap()).unwrap();
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
    fn case_is_folded_the_first_word_counts_and_unknown_ones_are_dropped() {
        let words = ["Ä", "b", "ä", "c"];
        let vectors = vec![1.0, 0.0, 1.0, 0.1, 0.0, 1.0, 1.0, 1.0];
        let vectors = Vectors::new(words, 2, vectors).unwrap();
        let pairs = read_similarities("B ä 3\nä c 2\nc x 1\n".as_bytes(), "f").unwrap();
        let score = Evaluator::new(&vectors).unwrap().similarity(&pairs).unwrap();
        assert_eq!((score.known, score.pairs), (2, 3));
        assert!((score.spearman.unwrap() - 1.0).abs() < 1e-12);
    }
}
