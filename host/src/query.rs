//! Questions to a model: closest words, analogies, similarity; all by the cosine of vectors.

use crate::embeddings::Embeddings;
use crate::error::{Error, Result};
use crate::words::shown;

/// A model with its vectors at length 1, so that a dot product is a cosine.
pub struct Index {
    unit: Embeddings,
}

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
        let mut ids = Vec::with_capacity(words.len());
        let mut query = vec![0.0; self.unit.dim()];
        for word in words {
            let (id, vector) = self.find(word.as_ref())?;
            add(&mut query, 1.0, vector);
            ids.push(id);
        }
        Ok(self.closest(&query, &ids, k))
    }

    /// The `k` words that best complete `a : b :: c : ?` by 3CosAdd (Mikolov et al. 2013, NAACL N13-1090): closest to
    /// `b − a + c` of the unit vectors, best first, the three words left out.
    ///
    /// # Errors
    /// [`Error::UnknownWord`] for a word that the model does not have.
    pub fn analogy(&self, a: &[u8], b: &[u8], c: &[u8], k: usize) -> Result<Vec<Neighbour>> {
        let [a, b, c] = [self.find(a)?, self.find(b)?, self.find(c)?];
        let mut query = b.1.to_vec();
        add(&mut query, -1.0, a.1);
        add(&mut query, 1.0, c.1);
        Ok(self.closest(&query, &[a.0, b.0, c.0], k))
    }

    /// The cosine of the vectors of `a` and `b`.
    ///
    /// # Errors
    /// [`Error::UnknownWord`] for a word that the model does not have.
    pub fn similarity(&self, a: &[u8], b: &[u8]) -> Result<f32> {
        Ok(dot(self.find(a)?.1, self.find(b)?.1))
    }

    /// The row of `word` and its unit vector.
    fn find(&self, word: &[u8]) -> Result<(u32, &[f32])> {
        let found = self.unit.id(word);
        found
            .and_then(|id| Some((id, self.unit.vector(id)?)))
            .ok_or_else(|| Error::UnknownWord { word: shown(word), words: self.unit.len() })
    }

    /// The `k` words with the largest cosine to `query`, rows `excluded` left out; equal ones by row.
    fn closest(&self, query: &[f32], excluded: &[u32], k: usize) -> Vec<Neighbour> {
        let norm = dot(query, query).sqrt();
        let scale = if norm > 0.0 { norm.recip() } else { 0.0 };
        let rows = self.unit.vectors().chunks_exact(self.unit.dim());
        let scored = (0..).zip(rows).filter(|(id, _)| !excluded.contains(id));
        let mut best: Vec<_> =
            scored.map(|(id, vector)| Neighbour { id, similarity: scale * dot(query, vector) }).collect();
        let order = |a: &Neighbour, b: &Neighbour| b.similarity.total_cmp(&a.similarity).then(a.id.cmp(&b.id));
        if k < best.len() {
            best.select_nth_unstable_by(k, order);
            best.truncate(k);
        }
        best.sort_unstable_by(order);
        best
    }
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
    fn an_analogy_adds_the_difference() {
        let index = index();
        let found = index.analogy(b"west", b"northeast", b"nothing", 1).unwrap();
        assert_eq!(words(&index, &found), ["east"]);
    }

    #[test]
    fn similarity_is_the_cosine() {
        let index = index();
        assert_eq!(index.similarity(b"east", b"west").unwrap(), -1.0);
        assert_eq!(index.similarity(b"nothing", b"nothing").unwrap(), 0.0);
        let error = index.similarity(b"east", b"south").unwrap_err().to_string();
        assert_eq!(error, "`south` is not among the model's 6 words");
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
