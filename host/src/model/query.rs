//! Questions to a model: closest words, analogies, similarity; all by the cosine of vectors.

use crate::embeddings::{Embeddings, scale_to_unit};
use crate::error::{Error, Result};
use crate::memory;
use crate::words::{lower_case, shown};

/// A model with its vectors at length 1, so that a dot product is a cosine.
pub struct Index {
    unit: Embeddings,
}

/// What errors call the memory of answers.
const WHAT: &str = "answers";

/// A word that answers a query.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// The word's row.
    pub id: u32,
    /// Cosine of its vector and the query's, −1 to 1.
    pub similarity: f32,
}

impl Index {
    /// The index of `embeddings`; a vector of zeros has similarity 0 with every other.
    pub fn new(embeddings: Embeddings) -> Self {
        Self { unit: embeddings.into_unit_vectors() }
    }

    /// The model with its vectors at length 1.
    pub fn embeddings(&self) -> &Embeddings {
        &self.unit
    }

    /// The `k` words closest to the mean of the unit vectors of `words`, closest first, `words` themselves left out; none if
    /// `words` are none.
    ///
    /// # Errors
    /// [`Error::UnknownWord`] for a word that the model does not have.
    pub fn nearest<W: AsRef<[u8]>>(&self, words: &[W], k: usize) -> Result<Vec<Neighbour>> {
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let mut ids = Vec::new();
        memory::reserve(&mut ids, words.len(), WHAT)?;
        let mut query = vec![0.0; self.unit.dim()];
        for word in words {
            let (id, vector) = self.find(word.as_ref())?;
            add(&mut query, 1.0, vector);
            ids.push(id);
        }
        self.ranked(&query, &ids, k)
    }

    /// The `k` words that best complete `a : b :: c : ?` by 3CosAdd (Mikolov et al. 2013, NAACL N13-1090): closest to
    /// `b − a + c` of the unit vectors, best first, the three words left out.
    ///
    /// # Errors
    /// [`Error::UnknownWord`] for a word that the model does not have.
    pub fn analogy(
        &self,
        a: impl AsRef<[u8]>,
        b: impl AsRef<[u8]>,
        c: impl AsRef<[u8]>,
        k: usize,
    ) -> Result<Vec<Neighbour>> {
        let [a, b, c] = [self.find(a.as_ref())?, self.find(b.as_ref())?, self.find(c.as_ref())?];
        let mut query = b.1.to_vec();
        add(&mut query, -1.0, a.1);
        add(&mut query, 1.0, c.1);
        self.ranked(&query, &[a.0, b.0, c.0], k)
    }

    /// The cosine of the vectors of `a` and `b`, −1 to 1; 0 if one of them is zeros.
    ///
    /// # Errors
    /// [`Error::UnknownWord`] for a word that the model does not have.
    pub fn similarity(&self, a: impl AsRef<[u8]>, b: impl AsRef<[u8]>) -> Result<f32> {
        Ok(cosine(self.find(a.as_ref())?.1, self.find(b.as_ref())?.1))
    }

    /// The `k` words closest to `query`, any vector of the model's dimension and of any length, closest first, of equal ones the
    /// smallest row first; the rows `excluded` are left out. To zeros all have similarity 0.
    ///
    /// ```
    /// use w2v::{embeddings::Embeddings, query::Index};
    ///
    /// # fn main() -> w2v::error::Result<()> {
    /// let index = Index::new(Embeddings::new(["east", "north", "west"], 2, vec![1.0, 0.0, 0.0, 1.0, -1.0, 0.0])?);
    /// let found = index.closest(&[3.0, 4.0], &[1], 1)?;
    /// assert_eq!(index.embeddings().word(found[0].id), Some(&b"east"[..]));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Query`] for a vector of another dimension, or with a number that is not finite.
    pub fn closest(&self, query: &[f32], excluded: &[u32], k: usize) -> Result<Vec<Neighbour>> {
        let (numbers, dim) = (query.len(), self.unit.dim());
        let finite = query.iter().filter(|value| value.is_finite()).count();
        if numbers != dim || finite != dim {
            return Err(Error::Query { numbers, finite, dim });
        }
        let mut query = query.to_vec();
        scale_to_unit(&mut query);
        self.ranked(&query, excluded, k)
    }

    /// The row of `word` and its unit vector.
    fn find(&self, word: &[u8]) -> Result<(u32, &[f32])> {
        let found = self.unit.id(word);
        found.and_then(|id| Some((id, self.unit.vector(id)?))).ok_or_else(|| {
            let lower_case = lower_case(word).ok().filter(|word| self.unit.id(word).is_some());
            Error::UnknownWord {
                word: shown(word),
                words: self.unit.len(),
                lower_case: lower_case.map(|word| shown(&word)),
            }
        })
    }

    /// The `k` words with the largest cosine to `query`, rows `excluded` left out; equal ones by row.
    fn ranked(&self, query: &[f32], excluded: &[u32], k: usize) -> Result<Vec<Neighbour>> {
        // The square of what is left of opposite vectors may be too small for an f32.
        let norm = query.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
        let similarity = |vector| if norm > 0.0 { bounded((f64::from(dot(query, vector)) / norm) as f32) } else { 0.0 };
        let rows = self.unit.vectors().chunks_exact(self.unit.dim());
        let scored = (0..).zip(rows).filter(|(id, _)| !excluded.contains(id));
        let order = |a: &Neighbour, b: &Neighbour| b.similarity.total_cmp(&a.similarity).then(a.id.cmp(&b.id));
        let keep_best = |best: &mut Vec<Neighbour>| {
            if k < best.len() {
                best.select_nth_unstable_by(k, order);
                best.truncate(k);
            }
        };
        let mut best = Vec::new();
        for (id, vector) in scored {
            memory::push(&mut best, Neighbour { id, similarity: similarity(vector) }, WHAT)?;
            // So the answer takes memory by `k` and not by the model's words.
            if best.len() >= k.saturating_mul(2).max(KEPT) {
                keep_best(&mut best);
            }
        }
        keep_best(&mut best);
        best.sort_unstable_by(order);
        Ok(best)
    }
}

/// Answers of a query that are kept before all but the best are dropped, where few are asked for.
const KEPT: usize = 1 << 10;

/// The cosine of two vectors of length 1 or 0.
pub(crate) fn cosine(a: &[f32], b: &[f32]) -> f32 {
    bounded(dot(a, b))
}

/// `cosine` within −1 to 1: lengths of 1 are rounded, so that the product of equal vectors may be more.
fn bounded(cosine: f32) -> f32 {
    cosine.clamp(-1.0, 1.0)
}

/// Running sums of a dot product: enough independent ones for the compiler to use whole registers.
const LANES: usize = 8;

/// The dot product of two vectors of the same length.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let [sum] = dots([a], b);
    sum
}

/// The dot products of `N` vectors with `b`, all of the same length, each the same bits for any `N`.
pub(crate) fn dots<const N: usize>(a: [&[f32]; N], b: &[f32]) -> [f32; N] {
    let (blocks, rest) = b.as_chunks::<LANES>();
    let split = a.map(|a| a.as_chunks::<LANES>());
    let mut sums = [[0.0; LANES]; N];
    for (position, block) in blocks.iter().enumerate() {
        for (sum, (a, _)) in sums.iter_mut().zip(&split) {
            if let Some(a) = a.get(position) {
                for lane in 0..LANES {
                    sum[lane] += a[lane] * block[lane];
                }
            }
        }
    }
    std::array::from_fn(|n| {
        let tail = split[n].1.iter().zip(rest).map(|(a, b)| a * b);
        sums[n].iter().sum::<f32>() + tail.sum::<f32>()
    })
}

/// Adds `factor · vector` to `sum`.
fn add(sum: &mut [f32], factor: f32, vector: &[f32]) {
    for (sum, value) in sum.iter_mut().zip(vector) {
        *sum += factor * value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> Index {
        let words = ["east", "north", "northeast", "up", "nothing", "west"];
        let vectors =
            [[2.0, 0.0, 0.0], [0.0, 3.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 5.0], [0.0, 0.0, 0.0], [-1.0, 0.0, 0.0]];
        Index::new(Embeddings::new(words, 3, vectors.concat()).unwrap())
    }

    fn words(index: &Index, found: &[Neighbour]) -> Vec<String> {
        let word = |n: &Neighbour| shown(index.embeddings().word(n.id).unwrap());
        found.iter().map(word).collect()
    }

    #[test]
    fn the_nearest_come_first_and_the_query_not_at_all() {
        let index = index();
        let found = index.nearest(&["east"], 10).unwrap();
        assert_eq!(words(&index, &found), ["northeast", "north", "up", "nothing", "west"]);
        assert!((found[0].similarity - 0.5f32.sqrt()).abs() < 1e-6);
        assert_eq!(found[4].similarity, -1.0);
        assert_eq!(index.nearest(&["east"], 2).unwrap(), found[..2]);
        assert_eq!(index.nearest(&["east"], 0).unwrap(), []);
        assert_eq!(index.nearest::<&str>(&[], 4).unwrap(), []);
        let both = index.nearest(&["east", "north"], 1).unwrap();
        assert_eq!(words(&index, &both), ["northeast"]);
        assert!((both[0].similarity - 1.0).abs() < 1e-6);
    }

    #[test]
    fn the_best_of_many_are_the_first_of_all() {
        let len = 5 * KEPT;
        let vectors = (0..len).flat_map(|row| [1.0, ((row * 7919) % (len / 3)) as f32]).collect();
        let index = Index::new(Embeddings::new((0..len).map(|row| row.to_string()), 2, vectors).unwrap());
        let all = index.closest(&[1.0, 0.0], &[9], len).unwrap();
        assert_eq!(all.len(), len - 1);
        assert!(all.is_sorted_by(|a, b| (b.similarity, a.id) <= (a.similarity, b.id)));
        for k in [0, 1, 2, KEPT / 2, KEPT, KEPT + 1, len - 2, len] {
            assert_eq!(index.closest(&[1.0, 0.0], &[9], k).unwrap(), all[..k.min(len - 1)]);
        }
    }

    #[test]
    fn an_analogy_adds_the_difference() {
        let index = index();
        let found = index.analogy("west", b"northeast", String::from("nothing"), 1).unwrap();
        assert_eq!(words(&index, &found), ["east"]);
    }

    #[test]
    fn the_closest_to_any_vector() {
        let index = index();
        let nearest = index.nearest(&["east"], 4).unwrap();
        for length in [1e-30, 1.0, 1e30] {
            assert_eq!(index.closest(&[length, 0.0, 0.0], &[0], 4).unwrap(), nearest);
        }
        assert_eq!(words(&index, &index.closest(&[0.0, 0.1, 9.0], &[], 2).unwrap()), ["up", "north"]);
        let zeros = index.closest(&[0.0; 3], &[0, 2, 99], 9).unwrap();
        assert_eq!(words(&index, &zeros), ["north", "up", "nothing", "west"]);
        assert!(zeros.iter().all(|near| near.similarity == 0.0));
        for (query, said) in
            [(&[1.0, 0.0][..], "2 numbers, of which 2"), (&[1.0, f32::NAN, 0.0], "3 numbers, of which 2")]
        {
            let error = index.closest(query, &[], 1).unwrap_err().to_string();
            let expected = "are finite; give 3 finite ones, as the model's vectors have";
            assert_eq!(error, format!("the query has {said} {expected}"));
        }
    }

    #[test]
    fn similarity_is_the_cosine() {
        let index = index();
        assert_eq!(index.similarity("east", b"west").unwrap(), -1.0);
        assert_eq!(index.similarity("nothing", "nothing").unwrap(), 0.0);
        let error = index.similarity("east", "south").unwrap_err().to_string();
        assert_eq!(error, "`south` is not among the model's 6 words");
        let error = index.similarity("East", "north").unwrap_err().to_string();
        assert_eq!(error, "`East` is not among the model's 6 words, `east` is");
    }

    #[test]
    fn no_cosine_is_beyond_1() {
        // Words in threes: a vector, the same once more, and its opposite.
        let (words, dim) = (300, 7);
        let names: Vec<String> = (0..words).map(|word| format!("w{word}")).collect();
        let vector = |word: usize| {
            let sign = if word % 3 == 2 { -1.0 } else { 1.0 };
            (0..dim).map(move |place| sign * ((word / 3 * 31 + place * 17) % 23 + 1) as f32)
        };
        let index = Index::new(Embeddings::new(&names, dim, (0..words).flat_map(vector).collect()).unwrap());
        let mut beyond = 0;
        for word in (0..words).step_by(3) {
            let row = index.embeddings().vector(word as u32).unwrap();
            beyond += usize::from(dot(row, row) > 1.0);
            let [same, opposite] = [1, 2].map(|other| index.similarity(&names[word], &names[word + other]).unwrap());
            assert!(
                (1.0 - 1e-6..=1.0).contains(&same) && (-1.0..=-1.0 + 1e-6).contains(&opposite),
                "{same} {opposite}"
            );
            let all = [index.nearest(&[&names[word]], words), index.closest(row, &[], words)];
            for near in all.into_iter().flat_map(Result::unwrap) {
                assert!(near.similarity.abs() <= 1.0, "{near:?}");
            }
        }
        assert!(beyond > 0, "{beyond} products of equal vectors are over 1");
    }

    #[test]
    fn what_opposite_words_leave_has_a_direction() {
        let vectors = vec![1.0, 1e-30, -1.0, 1e-30, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0];
        let index = Index::new(Embeddings::new(["a", "b", "up", "right", "nothing"], 2, vectors).unwrap());
        let found = index.nearest(&["a", "b"], 9).unwrap();
        let similarities: Vec<f32> = found.iter().map(|near| near.similarity).collect();
        assert_eq!((words(&index, &found)[0].as_str(), similarities), ("up", vec![1.0, 0.0, 0.0]));
        assert!(index.nearest(&["nothing"], 9).unwrap().iter().all(|near| near.similarity == 0.0));
    }

    #[test]
    fn dots_of_any_length_are_the_sums_of_products() {
        for len in 0..40 {
            let a: Vec<f32> = (0..len).map(|i| i as f32 - 7.0).collect();
            let b: Vec<f32> = (0..len).map(|i| 3.0 - i as f32).collect();
            let expected = a.iter().zip(&b).map(|(a, b)| a * b).sum::<f32>();
            assert_eq!(dots([&a, &b], &b)[0], expected);
            assert_eq!(dot(&a, &b), expected);
        }
    }
}
