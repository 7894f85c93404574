//! Scores of a model on word pairs whose similarity people have judged, and on analogies.
//!
//! Programs differ in the protocol, and the protocol changes the scores. Here the words of the
//! model and of the file are put into lower case. If several words of the model become equal, the
//! first one stands for all. A pair or a question with a word that the model does not have is
//! dropped; the scores tell how many pairs or questions were used, and how many there were.

mod analogies;
mod similarities;

pub use analogies::{Section, SectionScore, read_analogies};
pub use similarities::{Pair, read_similarities};

use crate::error::Result;
use crate::memory;
use crate::model::query::cosine;
use crate::model::vectors::Vectors;
use crate::text::words::{Words, lower_case};

/// The name in error messages for the memory of ranks and rows.
const WHAT: &str = "scores";

/// How far the order of a model's cosines agrees with the order of people's scores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SimilarityScore {
    /// Spearman's rank correlation, −1 to 1. `None` if fewer than two pairs are known, or if all
    /// cosines or all scores are equal.
    pub spearman: Option<f64>,
    /// The number of pairs of which the model has both words.
    pub known: usize,
    /// The number of all pairs.
    pub pairs: usize,
}

/// A model prepared for scoring.
#[derive(Debug)]
pub struct Evaluator<'a> {
    vectors: &'a Vectors,
    /// The model's words in lower case.
    words: Words,
    /// For each of `words` the first row of the model with this word.
    rows: Vec<u32>,
}

impl<'a> Evaluator<'a> {
    /// Prepares `vectors` for scoring.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory) if there is no room for the words in lower
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

    /// The first row of `word`, in upper or lower case.
    fn row(&self, word: &[u8]) -> Result<Option<u32>> {
        let found = self.words.find(&lower_case(word)?);
        Ok(found.and_then(|id| self.rows.get(id as usize).copied()))
    }

    /// Spearman's rank correlation between the model's cosines and the scores of `pairs`. Equal
    /// values share the average of their ranks.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory) if there is no room for the ranks.
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

/// The rank of each value, counted from 0. Equal values share the average of their ranks.
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

/// Pearson's correlation of `a` and `b`, −1 to 1; `None` if all values of `a` or all of `b` are
/// equal.
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

    /// The expected value comes from `scipy.stats.spearmanr`.
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
        // If all ranks agree or disagree, rounding does not lead beyond ±1.
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
