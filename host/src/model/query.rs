//! Queries: closest words, analogies and similarity, all by the cosine.

#[cfg(test)]
mod tests;

use bstr::BStr;

use super::vectors::{Vectors, scale_to_unit, square};
use crate::error::{Error, Result};
use crate::memory;
use crate::text::words::shown;

/// The name in error messages for the memory of answers.
pub(super) const WHAT: &str = "answers";

/// A word that answers a query.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Neighbour<'m> {
    /// The word.
    pub word: &'m BStr,
    /// The word's row.
    pub id: u32,
    /// The cosine of the word's vector and the query, −1 to 1; 0 if all numbers of one of them are
    /// 0.
    pub cosine: f32,
}

impl Vectors {
    /// The `k` words closest to `word`, closest first, without `word` itself. There are fewer if
    /// the model has fewer words.
    ///
    /// # Errors
    /// [`Error::UnknownWord`] if the model does not have `word`.
    pub fn nearest(&self, word: impl AsRef<[u8]>, k: usize) -> Result<Vec<Neighbour<'_>>> {
        self.nearest_to(&[word], &[], k)
    }

    /// The `k` words closest to a query vector, closest first, without the given words. The query
    /// is the sum of the vectors of the `positive` words minus the sum of those of the `negative`
    /// words, after scaling each vector to length 1. This is 3CosAdd (Mikolov et al. 2013, NAACL
    /// N13-1090). With positive words alone, the query has the direction of their mean. Without any
    /// word the result is empty.
    ///
    /// # Errors
    /// [`Error::UnknownWord`] if the model does not have one of the words.
    pub fn nearest_to<W: AsRef<[u8]>>(&self, positive: &[W], negative: &[W], k: usize) -> Result<Vec<Neighbour<'_>>> {
        let signed = positive.iter().map(|word| (1.0, word)).chain(negative.iter().map(|word| (-1.0, word)));
        self.closest_to_sum(signed.map(|(sign, word)| (sign, word.as_ref())), k)
    }

    /// The `k` words that best complete "`a` is to `b` as `c` is to …", best first, without the
    /// three given words. They are the words closest to b − a + c, where each vector is scaled to
    /// length 1 first (3CosAdd).
    ///
    /// # Errors
    /// [`Error::UnknownWord`] if the model does not have one of the words.
    pub fn analogy(
        &self,
        a: impl AsRef<[u8]>,
        b: impl AsRef<[u8]>,
        c: impl AsRef<[u8]>,
        k: usize,
    ) -> Result<Vec<Neighbour<'_>>> {
        self.closest_to_sum([(1.0, b.as_ref()), (-1.0, a.as_ref()), (1.0, c.as_ref())].into_iter(), k)
    }

    /// The cosine of the vectors of `a` and `b`, −1 to 1; 0 if all numbers of one of them are 0.
    ///
    /// # Errors
    /// [`Error::UnknownWord`] if the model does not have one of the words.
    pub fn similarity(&self, a: impl AsRef<[u8]>, b: impl AsRef<[u8]>) -> Result<f32> {
        Ok(cosine(self.find(a.as_ref())?.1, self.find(b.as_ref())?.1))
    }

    /// The `k` words closest to the vector `query`, closest first, without the rows `excluded`.
    /// Words with the same cosine are in the order of their rows. `query` has `dim` finite numbers
    /// and need not have length 1. If all of them are 0, all cosines are 0.
    ///
    /// ```
    /// # fn main() -> w2v::Result<()> {
    /// let vectors = w2v::Vectors::new(["east", "north", "west"], 2, vec![1.0, 0.0, 0.0, 1.0, -1.0, 0.0])?;
    /// let found = vectors.closest(&[3.0, 4.0], &[1], 1)?;
    /// assert_eq!(found[0].word, "east");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Query`] if `query` does not have `dim` numbers, or if one of them is not finite.
    pub fn closest(&self, query: &[f32], excluded: &[u32], k: usize) -> Result<Vec<Neighbour<'_>>> {
        let (numbers, dim) = (query.len(), self.dim());
        let finite = query.iter().filter(|value| value.is_finite()).count();
        if numbers != dim || finite != dim {
            return Err(Error::Query { numbers, finite, dim });
        }
        self.ranked(query.to_vec(), excluded, k)
    }

    /// Row `id` scaled to length 1. All zeros if the row is all zeros, or if there is no such row.
    pub(crate) fn unit(&self, id: u32) -> Vec<f32> {
        let mut unit = self.vector(id).map_or_else(|| vec![0.0; self.dim()], <[f32]>::to_vec);
        scale_to_unit(&mut unit);
        unit
    }

    /// The row of `word` and its vector.
    pub(super) fn find(&self, word: &[u8]) -> Result<(u32, &[f32])> {
        let found = self.id(word);
        found.and_then(|id| Some((id, self.vector(id)?))).ok_or_else(|| {
            let other_case = self.other_case(word).map(|word| shown(word));
            Error::UnknownWord { word: shown(word), words: self.len(), other_case }
        })
    }

    /// The `k` words closest to the sum of the given words' vectors, each scaled to length 1 and
    /// multiplied by its sign. The given words are left out.
    fn closest_to_sum<'w>(
        &self,
        signed: impl Iterator<Item = (f32, &'w [u8])>,
        k: usize,
    ) -> Result<Vec<Neighbour<'_>>> {
        let mut ids = Vec::new();
        let mut query = vec![0.0; self.dim()];
        for (sign, word) in signed {
            let (id, _) = self.find(word)?;
            add(&mut query, sign, &self.unit(id));
            memory::push(&mut ids, id, WHAT)?;
        }
        if ids.is_empty() { Ok(Vec::new()) } else { self.ranked(query, &ids, k) }
    }

    /// The `k` words with the largest cosine to `query`, without the rows `excluded`. Words with
    /// the same cosine are in the order of their rows.
    fn ranked(&self, mut query: Vec<f32>, excluded: &[u32], k: usize) -> Result<Vec<Neighbour<'_>>> {
        scale_to_unit(&mut query);
        self.ranked_by(|row, scale| bounded(scaled(dot(&query, row), scale, &query, row)), excluded, k)
    }

    /// The `k` words to whose rows, and the scales of those, `score` gives the largest number, rows
    /// `excluded` left out; equal ones by row.
    pub(super) fn ranked_by(
        &self,
        score: impl Fn(&[f32], f32) -> f32,
        excluded: &[u32],
        k: usize,
    ) -> Result<Vec<Neighbour<'_>>> {
        type Scored = (u32, f32);
        let order = |a: &Scored, b: &Scored| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        let keep_best = |best: &mut Vec<Scored>| {
            if k < best.len() {
                best.select_nth_unstable_by(k, order);
                best.truncate(k);
            }
        };
        let mut best = Vec::new();
        self.for_each_scaled(|id, row, scale| {
            if excluded.contains(&id) {
                return Ok(());
            }
            memory::push(&mut best, (id, score(row, scale)), WHAT)?;
            // So memory grows with `k`, not with the number of words.
            if best.len() >= k.saturating_mul(2).max(KEPT) {
                keep_best(&mut best);
            }
            Ok(())
        })?;
        keep_best(&mut best);
        best.sort_unstable_by(order);
        let mut neighbours = Vec::new();
        memory::reserve(&mut neighbours, best.len(), WHAT)?;
        neighbours.extend(best.iter().filter_map(|&(id, cosine)| Some(Neighbour { word: self.word(id)?, id, cosine })));
        Ok(neighbours)
    }
}

/// The least number of candidates that are collected before all but the `k` best are dropped.
const KEPT: usize = 1 << 10;

/// The cosine of two vectors; 0 if all numbers of one of them are 0.
pub(crate) fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let lengths = (square(a) * square(b)).sqrt();
    if lengths > 0.0 { bounded((wide_dot(a, b) / lengths) as f32) } else { 0.0 }
}

/// The dot product of `query` and of `row` scaled to length 1. `product` is that of `query` and the
/// unscaled row, `scale` the factor for the row. `scale` is NaN if the row's length is so large or
/// so small that an `f32` would lose digits; the result is then computed in `f64`.
#[inline]
pub(super) fn scaled(product: f32, scale: f32, query: &[f32], row: &[f32]) -> f32 {
    if scale.is_nan() { (wide_dot(query, row) / square(row).sqrt()) as f32 } else { product * scale }
}

/// The dot product in `f64`, for vectors with numbers of any size.
fn wide_dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}

/// `cosine`, limited to −1 to 1. Lengths of 1 are rounded, so the product of equal vectors may
/// exceed 1 slightly.
pub(super) fn bounded(cosine: f32) -> f32 {
    cosine.clamp(-1.0, 1.0)
}

/// The number of independent partial sums of a dot product: enough for the compiler to use whole
/// vector registers.
const LANES: usize = 8;

/// The dot product of two vectors of the same length.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let [sum] = dots([a], b);
    sum
}

/// The dot products of `N` vectors with `b`. All must have the same length. Each product has the
/// same bits for any `N`.
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

/// The dot product of each row of `numbers` with `query`, in `products`: rows are as long as the
/// query, and there are as many as products; what is beyond is left.
pub fn dot_products(numbers: &[f32], query: &[f32], products: &mut [f32]) {
    const ROWS: usize = 4;
    let dim = query.len().max(1);
    let (blocks, rest) = products.as_chunks_mut::<ROWS>();
    let (together, alone) = numbers.split_at(numbers.len().min(blocks.len() * ROWS * dim));
    for (products, rows) in blocks.iter_mut().zip(together.chunks_exact(ROWS * dim)) {
        *products = dots(std::array::from_fn(|row| &rows[row * dim..(row + 1) * dim]), query);
    }
    for (product, row) in rest.iter_mut().zip(alone.chunks_exact(dim)) {
        *product = dot(row, query);
    }
}

/// Adds `factor · vector` to `sum`.
pub(super) fn add(sum: &mut [f32], factor: f32, vector: &[f32]) {
    for (sum, value) in sum.iter_mut().zip(vector) {
        *sum += factor * value;
    }
}
