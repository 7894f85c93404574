//! Words and their vectors.

use std::fmt;
use std::sync::{Arc, OnceLock};

use bstr::BStr;

use crate::error::{Error, Result};
use crate::memory;
use crate::model::numbers::Numbers;
use crate::text::word_list::WordList;
use crate::text::words::{MAX_WORDS, Words, shown};

/// A vector of `dim` finite numbers for each of `len` distinct words. A word is any sequence of
/// bytes without a line feed.
///
/// The vectors are stored as they are given, not scaled to length 1. The first question computes
/// one factor per word, 1 / length, and keeps the factors for later questions.
///
/// The vectors of a large file in this project's format are not copied into memory: they are read
/// from the mapped file, which must not change as long as the vectors are used (see
/// [`Vectors::load`]). The first question checks that these numbers are finite.
#[derive(Clone)]
pub struct Vectors {
    words: WordList,
    dim: usize,
    numbers: Numbers,
    /// For each row the result of [`scale`].
    scales: OnceLock<Vec<f32>>,
}

impl Vectors {
    /// Makes vectors from words and numbers: row `i` is `numbers[i * dim..][..dim]`, the vector of
    /// word `i`.
    ///
    /// # Errors
    /// [`Error::Vectors`] if there is no word, if `dim` is 0, if `numbers.len()` is not the number
    /// of words × `dim`, if a word comes twice or contains a line feed, or if a number is not
    /// finite. [`Error::TooManyWords`] or [`Error::Memory`] if there are too many words or there is
    /// no room for them.
    pub fn new<W: AsRef<[u8]>>(words: impl IntoIterator<Item = W>, dim: usize, numbers: Vec<f32>) -> Result<Self> {
        let mut distinct = Words::default();
        for word in words {
            let word = word.as_ref();
            if !distinct.add(word)? {
                return Err(Error::Vectors(format!("the word `{}` comes twice", shown(word))));
            }
        }
        Self::from_words(distinct, dim, numbers)
    }

    /// As [`Vectors::new`], for words that are known to be distinct.
    pub(crate) fn from_words(words: impl Into<Arc<Words>>, dim: usize, numbers: Vec<f32>) -> Result<Self> {
        let vectors = Self::from_parts(words.into().into(), dim, numbers.into())?;
        for (word, vector) in vectors.words.iter().zip(vectors.numbers.chunks_exact(dim)) {
            if !vector.iter().all(|value| value.is_finite()) {
                return Err(not_finite(word));
            }
        }
        Ok(vectors)
    }

    /// As [`Vectors::from_words`], but the numbers are not read and may not be finite.
    pub(crate) fn from_parts(words: WordList, dim: usize, numbers: Numbers) -> Result<Self> {
        let problem = |problem: String| Err(Error::Vectors(problem));
        if words.len() == 0 || dim == 0 {
            return problem(format!("{} words of {dim} dimensions", words.len()));
        }
        if words.len().checked_mul(dim) != Some(numbers.len()) {
            return problem(format!("{} numbers are not {} words of {dim} dimensions", numbers.len(), words.len()));
        }
        if let Some(word) = words.iter().find(|word| word.contains(&b'\n')) {
            return problem(format!("the word `{}` has a line feed in it, which no model file can hold", shown(word)));
        }
        if words.len() > MAX_WORDS as usize {
            return Err(Error::TooManyWords);
        }
        Ok(Self { words, dim, numbers, scales: OnceLock::new() })
    }

    /// The number of words, 1 or more.
    #[expect(clippy::len_without_is_empty, reason = "never empty")]
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// The length of every vector, 1 or more.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The row of `word`; `None` if the model does not have the word.
    pub fn id(&self, word: impl AsRef<[u8]>) -> Option<u32> {
        self.words.find(word.as_ref())
    }

    /// The word of row `id`; `None` if there is no such row.
    pub fn word(&self, id: u32) -> Option<&BStr> {
        self.words.get(id).map(BStr::new)
    }

    /// The words of all rows, in the order of the rows.
    pub fn words(&self) -> impl ExactSizeIterator<Item = &BStr> {
        self.words.iter().map(BStr::new)
    }

    /// The first `most` words and their vectors.
    ///
    /// # Errors
    /// [`Error::Memory`] if there is no room for the words.
    pub(super) fn first(self, most: usize) -> Result<Self> {
        if most >= self.len() {
            return Ok(self);
        }
        let mut words = Words::default();
        self.words.iter().take(most).try_for_each(|word| words.intern(word).map(drop))?;
        let mut numbers = self.numbers.into_vec();
        numbers.truncate(words.len().saturating_mul(self.dim));
        Self::from_words(words, self.dim, numbers)
    }

    /// The words in the order of the rows.
    pub(crate) const fn list(&self) -> &WordList {
        &self.words
    }

    /// The vector of `word`, `dim` numbers; `None` if the model does not have the word.
    pub fn get(&self, word: impl AsRef<[u8]>) -> Option<&[f32]> {
        self.vector(self.id(word)?)
    }

    /// Row `id`, `dim` numbers; `None` if there is no such row.
    pub fn vector(&self, id: u32) -> Option<&[f32]> {
        let start = (id as usize).checked_mul(self.dim)?;
        self.numbers.get(start..start.checked_add(self.dim)?)
    }

    /// All rows, one after another: `len × dim` numbers.
    pub fn numbers(&self) -> &[f32] {
        &self.numbers
    }

    /// All rows, one after another: `len × dim` numbers. The words are dropped.
    pub fn into_numbers(self) -> Vec<f32> {
        self.numbers.into_vec()
    }

    /// Calls `each` with the number of each row, the row, and the row's [`scale`].
    ///
    /// The first call computes the scales and keeps them. In this call a row is in the processor's
    /// cache when `each` uses the row.
    ///
    /// # Errors
    /// [`Error::Vectors`] if a row of a mapped file is not finite. [`Error::Memory`] if there is no
    /// room for the scales. Any error of `each`.
    pub(super) fn for_each_scaled<'v>(&'v self, mut each: impl FnMut(u32, &'v [f32], f32) -> Result<()>) -> Result<()> {
        let mut rows = (0..).zip(self.numbers.chunks_exact(self.dim));
        if let Some(scales) = self.scales.get() {
            return rows.zip(scales).try_for_each(|((id, row), &scale)| each(id, row, scale));
        }
        let mut scales = Vec::new();
        memory::reserve(&mut scales, self.len(), "lengths of vectors")?;
        rows.try_for_each(|(id, row)| {
            let scale = scale(row).ok_or_else(|| not_finite(self.words.get(id).unwrap_or_default()))?;
            scales.push(scale);
            each(id, row, scale)
        })?;
        self.scales.get_or_init(|| scales);
        Ok(())
    }
}

/// The error for a `word` whose vector has an infinite number or NaN.
fn not_finite(word: &[u8]) -> Error {
    let problem = "is not finite; train with a smaller learning-rate, or get the file again";
    Error::Vectors(format!("the vector of `{}` {problem}", shown(word)))
}

/// Shows the number of words and the dimension, not the numbers, which may be millions.
impl fmt::Debug for Vectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vectors").field("words", &self.len()).field("dim", &self.dim).finish_non_exhaustive()
    }
}

/// The lengths for which 1 / length is an f32 of full precision, and so are its products with
/// numbers up to 1.
const PLAIN: std::ops::Range<f64> = 1e-18..1e18;

/// The sum of squares of `vector`. The square of the largest f32 overflows an f32 but not an f64.
///
/// Eight sums are computed in parallel, in vector registers. In a single sum each addition would
/// have to wait for the previous one.
pub(super) fn square(vector: &[f32]) -> f64 {
    let (blocks, rest) = vector.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for block in blocks {
        for (sum, &value) in sums.iter_mut().zip(block) {
            *sum += f64::from(value) * f64::from(value);
        }
    }
    sums.iter().sum::<f64>() + rest.iter().map(|&value| f64::from(value) * f64::from(value)).sum::<f64>()
}

/// 1 / length of `vector`; 0 for a vector of zeros; NaN if products with 1 / length need an f64;
/// `None` if a number is not finite.
fn scale(vector: &[f32]) -> Option<f32> {
    match square(vector).sqrt() {
        0.0 => Some(0.0),
        length if PLAIN.contains(&length) => Some(length.recip() as f32),
        // The sum of squares of finite f32 is a finite f64.
        length => length.is_finite().then_some(f32::NAN),
    }
}

/// Scales `vector` to length 1. A vector of zeros is unchanged.
pub(crate) fn scale_to_unit(vector: &mut [f32]) {
    let square = square(vector);
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
        let vectors = Vectors::new(["a", "b", "c"], 2, vec![3.0, 4.0, 0.0, 0.0, f32::MAX, f32::MAX]).unwrap();
        assert_eq!((vectors.len(), vectors.dim()), (3, 2));
        assert_eq!(vectors.id("c"), Some(2));
        assert_eq!(vectors.vector(1), Some(&[0.0, 0.0][..]));
        assert_eq!(vectors.vector(3), None);
        assert_eq!((vectors.get("c"), vectors.get("d")), (Some(&[f32::MAX; 2][..]), None));
        let half = 0.5f32.sqrt();
        let mut unit = vectors.clone().into_numbers();
        unit.chunks_exact_mut(2).for_each(scale_to_unit);
        assert_eq!(unit, [0.6, 0.8, 0.0, 0.0, half, half]);
        for _ in 0..2 {
            let mut scales = Vec::new();
            let mut keep = |_, _: &[f32], scale| {
                scales.push(scale);
                Ok(())
            };
            vectors.for_each_scaled(&mut keep).unwrap();
            assert_eq!(scales[..2], [0.2, 0.0]);
            assert!(scales[2].is_nan());
        }
        assert_eq!(format!("{vectors:?}"), "Vectors { words: 3, dim: 2, .. }");
    }

    #[test]
    fn words_are_what_others_call_words() {
        let words = ["", " ", "new york", "\u{c}chapter", "a\tb", "\u{b}", "\r"];
        let vectors = Vectors::new(words, 1, vec![1.0; 7]).unwrap();
        for (id, word) in (0..).zip(words) {
            assert_eq!(vectors.id(word.as_bytes()), Some(id));
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
            let error = Vectors::new(list, dim, vectors).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
