//! Trained vectors and the words they belong to.

use crate::error::{Error, Result};
use crate::words::{Words, shown};

/// A vector of `dim` finite numbers for each of `len` distinct words; words are any bytes but line
/// feeds.
#[derive(Clone, Debug)]
pub struct Embeddings {
    words: Words,
    dim: usize,
    vectors: Vec<f32>,
}

impl Embeddings {
    /// The embeddings whose row `i` is `vectors[i * dim..][..dim]` and belongs to word `i`.
    ///
    /// # Errors
    /// [`Error::Embeddings`] when there is no word or no dimension, when `vectors` is not `dim` numbers for each word, when
    /// a word comes twice or has a line feed in it, or when a number is not finite.
    pub fn new<W: AsRef<[u8]>>(words: impl IntoIterator<Item = W>, dim: usize, vectors: Vec<f32>) -> Result<Self> {
        let mut distinct = Words::default();
        for (row, word) in words.into_iter().enumerate() {
            let word = word.as_ref();
            if distinct.intern(word)? as usize != row {
                return Err(Error::Embeddings(format!("the word `{}` comes twice", shown(word))));
            }
        }
        Self::from_words(distinct, dim, vectors)
    }

    /// [`Embeddings::new`] of words already known to be distinct.
    pub(crate) fn from_words(words: Words, dim: usize, vectors: Vec<f32>) -> Result<Self> {
        let problem = |problem: String| Err(Error::Embeddings(problem));
        if words.len() == 0 || dim == 0 {
            return problem(format!("{} words of {dim} dimensions", words.len()));
        }
        if words.len().checked_mul(dim) != Some(vectors.len()) {
            return problem(format!("{} numbers are not {} words of {dim} dimensions", vectors.len(), words.len()));
        }
        if let Some(word) = words.iter().find(|word| word.contains(&b'\n')) {
            return problem(format!("the word `{}` has a line feed in it, which no model file can hold", shown(word)));
        }
        for (word, vector) in words.iter().zip(vectors.chunks_exact(dim)) {
            if !vector.iter().all(|value| value.is_finite()) {
                return problem(format!(
                    "the vector of `{}` is not finite; train with a smaller learning-rate",
                    shown(word)
                ));
            }
        }
        Ok(Self { words, dim, vectors })
    }

    /// The number of words, at least 1.
    #[expect(clippy::len_without_is_empty, reason = "never empty")]
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// The length of every vector, at least 1.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The row of `word`.
    pub fn id(&self, word: &[u8]) -> Option<u32> {
        self.words.find(word)
    }

    /// The word of row `id`.
    pub fn word(&self, id: u32) -> Option<&[u8]> {
        self.words.get(id)
    }

    /// The words of all rows in order.
    pub fn words(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.words.iter()
    }

    /// Row `id`: `dim` numbers.
    pub fn vector(&self, id: u32) -> Option<&[f32]> {
        let start = (id as usize).checked_mul(self.dim)?;
        self.vectors.get(start..start.checked_add(self.dim)?)
    }

    /// All rows one after another: `len × dim` numbers.
    pub fn vectors(&self) -> &[f32] {
        &self.vectors
    }

    /// The same words with every vector scaled to length 1; a vector of zeros stays.
    pub fn into_unit_vectors(mut self) -> Self {
        for vector in self.vectors.chunks_exact_mut(self.dim) {
            scale_to_unit(vector);
        }
        self
    }
}

/// Scales `vector` to length 1; one of zeros stays.
pub(crate) fn scale_to_unit(vector: &mut [f32]) {
    // The largest f32 squared overflows an f32 but not an f64.
    let square: f64 = vector.iter().map(|&value| f64::from(value).powi(2)).sum();
    if square > 0.0 {
        let scale = square.sqrt().recip();
        for value in vector {
            *value = (f64::from(*value) * scale) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_belong_to_their_words() {
        let embeddings = Embeddings::new(["a", "b", "c"], 2, vec![3.0, 4.0, 0.0, 0.0, f32::MAX, f32::MAX]).unwrap();
        assert_eq!((embeddings.len(), embeddings.dim()), (3, 2));
        assert_eq!(embeddings.id(b"c"), Some(2));
        assert_eq!(embeddings.vector(1), Some(&[0.0, 0.0][..]));
        assert_eq!(embeddings.vector(3), None);
        let unit = embeddings.into_unit_vectors();
        let half = 0.5f32.sqrt();
        assert_eq!(unit.vectors(), [0.6, 0.8, 0.0, 0.0, half, half]);
    }

    #[test]
    fn words_are_what_others_call_words() {
        let words = ["", " ", "new york", "\u{c}chapter", "a\tb", "\u{b}", "\r"];
        let embeddings = Embeddings::new(words, 1, vec![1.0; 7]).unwrap();
        for (id, word) in (0..).zip(words) {
            assert_eq!(embeddings.id(word.as_bytes()), Some(id));
        }
    }

    #[test]
    fn what_cannot_be_a_model_is_refused() {
        for (list, dim, vectors, expected) in [
            (&[][..], 3, vec![], "0 words"),
            (&["a"], 0, vec![], "0 dimensions"),
            (&["a"], 2, vec![1.0], "1 numbers are not 1 words of 2 dim"),
            (&["a"], usize::MAX, vec![1.0], "1 numbers"),
            (&["a\n"], 1, vec![1.0], "`a\\n` has a line feed"),
            (&["a", "a"], 1, vec![1.0, 2.0], "`a` comes twice"),
            (&["a", "b"], 1, vec![1.0, f32::NAN], "`b` is not finite"),
            (&["a"], 1, vec![f32::INFINITY], "learning-rate"),
        ] {
            let error = Embeddings::new(list, dim, vectors).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
