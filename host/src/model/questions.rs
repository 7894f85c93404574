//! More questions about vectors: ranking by products of cosines, the odd one out, words in another
//! case.

use bstr::BStr;

use super::query::{Neighbour, WHAT, add, bounded, cosine, dot, scaled};
use super::vectors::{Vectors, scale_to_unit};
use crate::error::Result;
use crate::memory;
use crate::text::words::lower_case;

/// Added to a divisor, which may be zero (Levy & Goldberg 2014).
const EPSILON: f64 = 1e-6;

impl Vectors {
    /// The `k` words with the largest 3CosMul score (Levy & Goldberg 2014, W14-1618), largest
    /// first, without the given words. With s(w) = (1 + cosine(w, candidate)) / 2, the score of a
    /// candidate is ∏ s(positive) / (∏ s(negative) + 10⁻⁶). The field `cosine` of each neighbour
    /// holds the score, which is 0 or more. The result is empty if no word is given.
    ///
    /// # Errors
    /// [`Error::UnknownWord`](crate::Error::UnknownWord) for a word that the model does not have.
    /// [`Error::Vectors`](crate::Error::Vectors) if a number of a mapped file is not finite, and
    /// [`Error::Memory`](crate::Error::Memory) if there is no room for the answers.
    pub fn nearest_by_product<W: AsRef<[u8]>>(
        &self,
        positive: &[W],
        negative: &[W],
        k: usize,
    ) -> Result<Vec<Neighbour<'_>>> {
        let (mut ids, mut units) = (Vec::new(), Vec::new());
        for word in positive.iter().chain(negative) {
            let (id, _) = self.find(word.as_ref())?;
            memory::push(&mut ids, id, WHAT)?;
            memory::push(&mut units, self.unit(id), WHAT)?;
        }
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let (positive, negative) = units.split_at(positive.len());
        let product = |units: &[Vec<f32>], row: &[f32], scale| {
            let shares = units.iter().map(|unit| {
                let cosine = bounded(scaled(dot(unit, row), scale, unit, row));
                (1.0 + f64::from(cosine)) / 2.0
            });
            shares.product::<f64>()
        };
        let score = |row: &[f32], scale| product(positive, row, scale) / (product(negative, row, scale) + EPSILON);
        self.ranked_by(|row, scale| score(row, scale) as f32, &ids, k)
    }

    /// The given `words`, the odd one first. Each vector is scaled to length 1; the words are
    /// sorted by the cosine of their vector with the mean of all vectors, smallest first. Words
    /// with equal cosines are in the order of their rows.
    ///
    /// ```
    /// # fn main() -> w2v::Result<()> {
    /// let vectors = w2v::Vectors::new(["cat", "dog", "tax"], 2, vec![1.0, 0.1, 1.0, 0.2, 0.1, 1.0])?;
    /// assert_eq!(vectors.odd(&["cat", "tax", "dog"])?[0].word, "tax");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::UnknownWord`](crate::Error::UnknownWord) for a word that the model does not have.
    /// [`Error::Memory`](crate::Error::Memory) if there is no room for the answers.
    pub fn odd<W: AsRef<[u8]>>(&self, words: &[W]) -> Result<Vec<Neighbour<'_>>> {
        let mut mean = vec![0.0; self.dim()];
        for word in words {
            add(&mut mean, 1.0, &self.unit(self.find(word.as_ref())?.0));
        }
        scale_to_unit(&mut mean);
        let mut found = Vec::new();
        for word in words {
            let (id, vector) = self.find(word.as_ref())?;
            let word = self.word(id).unwrap_or(BStr::new(b""));
            memory::push(&mut found, Neighbour { word, id, cosine: cosine(&mean, vector) }, WHAT)?;
        }
        found.sort_by(|a, b| a.cosine.total_cmp(&b.cosine).then(a.id.cmp(&b.id)));
        Ok(found)
    }

    /// A word of the model that differs from `word` only in case: the word in lower case or, if the
    /// model does not have that word, the first match, which is the most frequent.
    pub(super) fn other_case(&self, word: &[u8]) -> Option<&BStr> {
        let small = lower_case(word).ok()?;
        let id = self.id(&small).or_else(|| {
            // The search goes through all words, which takes about as long as an answer.
            let is_other = |other: &BStr| lower_case(other).is_ok_and(|other| other == small);
            (0..).zip(self.words()).find_map(|(id, other)| is_other(other).then_some(id))
        });
        self.word(id?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(found: &[Neighbour<'_>]) -> Vec<String> {
        found.iter().map(|near| near.word.to_string()).collect()
    }

    #[test]
    fn products_of_cosines_divide() {
        let names = ["a", "b", "c", "d", "zero"];
        let rows = [[1.0, 0.0], [0.0, 2.0], [1.0, 1.0], [-1.0, 1.0], [0.0, 0.0]];
        let vectors = Vectors::new(names, 2, rows.concat()).unwrap();
        let found = vectors.nearest_by_product(&["a"], &["b"], 9).unwrap();
        // The score is (1 + cos a) / (1 + cos b): 1 for `c`, 1 for `zero`, (1 − √½) / (1 + √½) for
        // `d`.
        assert_eq!(words(&found), ["c", "zero", "d"]);
        let share = |cosine: f32| (1.0 + cosine) / 2.0;
        let half = 0.5f32.sqrt();
        for (near, expected) in found.iter().zip([1.0, 1.0, share(-half) / share(half)]) {
            assert!((near.cosine - expected).abs() < 1e-5, "{near:?}");
        }
        // With one word the order is the order of the cosines.
        let nearest = vectors.nearest("a", 9).unwrap();
        assert_eq!(words(&vectors.nearest_by_product(&["a"], &[], 9).unwrap()), words(&nearest));
        assert_eq!(vectors.nearest_by_product::<&str>(&[], &[], 9).unwrap(), []);
        assert!(vectors.nearest_by_product(&["a"], &["e"], 1).is_err());
    }

    #[test]
    fn the_odd_one_comes_first() {
        let rows = vec![1.0, 0.1, 9.0, 0.0, 0.0, 1.0, 1.0, -0.1];
        let vectors = Vectors::new(["a", "b", "odd", "c"], 2, rows).unwrap();
        let found = vectors.odd(&["a", "odd", "b", "c"]).unwrap();
        assert_eq!(words(&found)[0], "odd");
        assert!(found.is_sorted_by(|a, b| a.cosine <= b.cosine));
        assert_eq!(vectors.odd::<&str>(&[]).unwrap(), []);
        assert!(vectors.odd(&["a", "absent"]).is_err());
    }

    #[test]
    fn a_word_in_another_case_is_named() {
        let vectors = Vectors::new(["US", "Us", "us", "Éire", "PARIS", "Paris"], 1, vec![1.0; 6]).unwrap();
        for (asked, told) in [("uS", Some("us")), ("éire", Some("Éire")), ("paris", Some("PARIS")), ("x", None)] {
            assert_eq!(vectors.other_case(asked.as_bytes()).map(ToString::to_string).as_deref(), told, "{asked}");
        }
        let error = vectors.nearest("éire", 1).unwrap_err().to_string();
        assert_eq!(error, "`éire` is not among the model's 6 words, `Éire` is");
    }
}
