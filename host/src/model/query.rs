//! Questions to vectors: closest words, analogies, similarity; all by the cosine.

use bstr::BStr;

use super::vectors::{Vectors, scale_to_unit, square};
use crate::error::{Error, Result};
use crate::memory;
use crate::text::words::shown;

/// What errors call the memory of answers.
const WHAT: &str = "answers";

/// A word that answers a query.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Neighbour<'m> {
    /// The word.
    pub word: &'m BStr,
    /// Its row.
    pub id: u32,
    /// Cosine of its vector and the query's, −1 to 1; 0 where one of them is zeros.
    pub cosine: f32,
}

impl Vectors {
    /// The `k` words closest to `word`, closest first, without itself.
    ///
    /// # Errors
    /// [`Error::UnknownWord`] for a word that there is not.
    pub fn nearest(&self, word: impl AsRef<[u8]>, k: usize) -> Result<Vec<Neighbour<'_>>> {
        self.nearest_to(&[word], &[], k)
    }

    /// The `k` words closest to the sum of the vectors of `positive` words less those of `negative`
    /// ones, each scaled to length 1, closest first, the words themselves left out; none if no word
    /// is given. That is 3CosAdd (Mikolov et al. 2013, NAACL N13-1090), and with positive words
    /// alone their mean.
    ///
    /// # Errors
    /// [`Error::UnknownWord`] for a word that there is not.
    pub fn nearest_to<W: AsRef<[u8]>>(&self, positive: &[W], negative: &[W], k: usize) -> Result<Vec<Neighbour<'_>>> {
        let signed = positive.iter().map(|word| (1.0, word)).chain(negative.iter().map(|word| (-1.0, word)));
        self.closest_to_sum(signed.map(|(sign, word)| (sign, word.as_ref())), k)
    }

    /// The `k` words that best complete `a : b :: c : ?` by 3CosAdd: closest to `b − a + c`, each
    /// scaled to length 1, best first, the three words left out.
    ///
    /// # Errors
    /// [`Error::UnknownWord`] for a word that there is not.
    pub fn analogy(
        &self,
        a: impl AsRef<[u8]>,
        b: impl AsRef<[u8]>,
        c: impl AsRef<[u8]>,
        k: usize,
    ) -> Result<Vec<Neighbour<'_>>> {
        self.closest_to_sum([(1.0, b.as_ref()), (-1.0, a.as_ref()), (1.0, c.as_ref())].into_iter(), k)
    }

    /// The cosine of the vectors of `a` and `b`, −1 to 1; 0 if one of them is zeros.
    ///
    /// # Errors
    /// [`Error::UnknownWord`] for a word that there is not.
    pub fn similarity(&self, a: impl AsRef<[u8]>, b: impl AsRef<[u8]>) -> Result<f32> {
        Ok(cosine(self.find(a.as_ref())?.1, self.find(b.as_ref())?.1))
    }

    /// The `k` words closest to `query`, any vector of `dim` numbers and of any length, closest
    /// first, of equal ones the smallest row first; the rows `excluded` are left out. To zeros all
    /// have the cosine 0.
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
    /// [`Error::Query`] for a vector of another dimension, or with a number that is not finite.
    pub fn closest(&self, query: &[f32], excluded: &[u32], k: usize) -> Result<Vec<Neighbour<'_>>> {
        let (numbers, dim) = (query.len(), self.dim());
        let finite = query.iter().filter(|value| value.is_finite()).count();
        if numbers != dim || finite != dim {
            return Err(Error::Query { numbers, finite, dim });
        }
        self.ranked(query.to_vec(), excluded, k)
    }

    /// Row `id` scaled to length 1; one of zeros, or beyond the last, is zeros.
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

    /// The `k` words closest to the sum of unit vectors, each times its sign; the words themselves
    /// are left out.
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

    /// The `k` words with the largest cosine to `query`, rows `excluded` left out; equal ones by
    /// row.
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
        for (id, (row, scale)) in (0..).zip(self.scaled_rows()?).filter(|(id, _)| !excluded.contains(id)) {
            memory::push(&mut best, (id, score(row, scale)), WHAT)?;
            // So the answer takes memory by `k` and not by the number of words.
            if best.len() >= k.saturating_mul(2).max(KEPT) {
                keep_best(&mut best);
            }
        }
        keep_best(&mut best);
        best.sort_unstable_by(order);
        let mut neighbours = Vec::new();
        memory::reserve(&mut neighbours, best.len(), WHAT)?;
        neighbours.extend(best.iter().filter_map(|&(id, cosine)| Some(Neighbour { word: self.word(id)?, id, cosine })));
        Ok(neighbours)
    }
}

/// Answers of a query that are kept before all but the best are dropped, where few are asked for.
const KEPT: usize = 1 << 10;

/// The cosine of two vectors; 0 where one of them is zeros.
pub(crate) fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let lengths = (square(a) * square(b)).sqrt();
    if lengths > 0.0 { bounded((wide_dot(a, b) / lengths) as f32) } else { 0.0 }
}

/// `product`, that of `query` and `row`, for the row scaled to length 1; `scale` is the row's.
#[inline]
pub(super) fn scaled(product: f32, scale: f32, query: &[f32], row: &[f32]) -> f32 {
    if scale.is_nan() { (wide_dot(query, row) / square(row).sqrt()) as f32 } else { product * scale }
}

/// The dot product of two vectors whose numbers may be as large or small as they like.
fn wide_dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}

/// `cosine` within −1 to 1: lengths of 1 are rounded, so that the product of equal vectors may be
/// more.
pub(super) fn bounded(cosine: f32) -> f32 {
    cosine.clamp(-1.0, 1.0)
}

/// Running sums of a dot product: enough independent ones for the compiler to use whole registers.
const LANES: usize = 8;

/// The dot product of two vectors of the same length.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let [sum] = dots([a], b);
    sum
}

/// The dot products of `N` vectors with `b`, all of the same length, each the same bits for any
/// `N`.
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
pub(super) fn add(sum: &mut [f32], factor: f32, vector: &[f32]) {
    for (sum, value) in sum.iter_mut().zip(vector) {
        *sum += factor * value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vectors() -> Vectors {
        let words = ["east", "north", "northeast", "up", "nothing", "west"];
        let rows =
            [[2.0, 0.0, 0.0], [0.0, 3.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 5.0], [0.0, 0.0, 0.0], [-1.0, 0.0, 0.0]];
        Vectors::new(words, 3, rows.concat()).unwrap()
    }

    fn words(found: &[Neighbour<'_>]) -> Vec<String> {
        found.iter().map(|near| near.word.to_string()).collect()
    }

    #[test]
    fn the_nearest_come_first_and_the_query_not_at_all() {
        let vectors = vectors();
        let found = vectors.nearest("east", 10).unwrap();
        assert_eq!(words(&found), ["northeast", "north", "up", "nothing", "west"]);
        assert!((found[0].cosine - 0.5f32.sqrt()).abs() < 1e-6);
        assert_eq!(found[4].cosine, -1.0);
        assert_eq!(vectors.nearest("east", 2).unwrap(), found[..2]);
        assert_eq!(vectors.nearest("east", 0).unwrap(), []);
        assert_eq!(vectors.nearest_to::<&str>(&[], &[], 4).unwrap(), []);
        let both = vectors.nearest_to(&["east", "north"], &[], 1).unwrap();
        assert_eq!(words(&both), ["northeast"]);
        assert!((both[0].cosine - 1.0).abs() < 1e-6);
    }

    #[test]
    fn the_best_of_many_are_the_first_of_all() {
        let len = 5 * KEPT;
        let vectors = (0..len).flat_map(|row| [1.0, ((row * 7919) % (len / 3)) as f32]).collect();
        let vectors = Vectors::new((0..len).map(|row| row.to_string()), 2, vectors).unwrap();
        let all = vectors.closest(&[1.0, 0.0], &[9], len).unwrap();
        assert_eq!(all.len(), len - 1);
        assert!(all.is_sorted_by(|a, b| (b.cosine, a.id) <= (a.cosine, b.id)));
        for k in [0, 1, 2, KEPT / 2, KEPT, KEPT + 1, len - 2, len] {
            assert_eq!(vectors.closest(&[1.0, 0.0], &[9], k).unwrap(), all[..k.min(len - 1)]);
        }
    }

    #[test]
    fn an_analogy_adds_the_difference() {
        let vectors = vectors();
        let found = vectors.analogy("west", b"northeast", String::from("nothing"), 1).unwrap();
        assert_eq!(words(&found), ["east"]);
    }

    #[test]
    fn the_closest_to_any_vector() {
        let vectors = vectors();
        let nearest = vectors.nearest("east", 4).unwrap();
        for length in [1e-30, 1.0, 1e30] {
            assert_eq!(vectors.closest(&[length, 0.0, 0.0], &[0], 4).unwrap(), nearest);
        }
        assert_eq!(words(&vectors.closest(&[0.0, 0.1, 9.0], &[], 2).unwrap()), ["up", "north"]);
        let zeros = vectors.closest(&[0.0; 3], &[0, 2, 99], 9).unwrap();
        assert_eq!(words(&zeros), ["north", "up", "nothing", "west"]);
        assert!(zeros.iter().all(|near| near.cosine == 0.0));
        for (query, said) in
            [(&[1.0, 0.0][..], "2 numbers, of which 2"), (&[1.0, f32::NAN, 0.0], "3 numbers, of which 2")]
        {
            let error = vectors.closest(query, &[], 1).unwrap_err().to_string();
            let expected = "are finite; give 3 finite ones, as the model's vectors have";
            assert_eq!(error, format!("the query has {said} {expected}"));
        }
    }

    #[test]
    fn similarity_is_the_cosine() {
        let vectors = vectors();
        assert_eq!(vectors.similarity("east", b"west").unwrap(), -1.0);
        assert_eq!(vectors.similarity("nothing", "nothing").unwrap(), 0.0);
        let error = vectors.similarity("east", "south").unwrap_err().to_string();
        assert_eq!(error, "`south` is not among the model's 6 words");
        let error = vectors.similarity("East", "north").unwrap_err().to_string();
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
        let vectors = Vectors::new(&names, dim, (0..words).flat_map(vector).collect()).unwrap();
        let mut beyond = 0;
        for word in (0..words).step_by(3) {
            let (row, scale) = vectors.scaled_rows().unwrap().nth(word).unwrap();
            let unit = vectors.unit(word as u32);
            beyond += usize::from(scaled(dot(&unit, row), scale, &unit, row) > 1.0);
            let [same, opposite] = [1, 2].map(|other| vectors.similarity(&names[word], &names[word + other]).unwrap());
            assert!(
                (1.0 - 1e-6..=1.0).contains(&same) && (-1.0..=-1.0 + 1e-6).contains(&opposite),
                "{same} {opposite}"
            );
            let all = [vectors.nearest(&names[word], words), vectors.closest(row, &[], words)];
            for near in all.into_iter().flat_map(Result::unwrap) {
                assert!(near.cosine.abs() <= 1.0, "{near:?}");
            }
        }
        assert!(beyond > 0, "{beyond} products of equal vectors are over 1");
    }

    #[test]
    fn vectors_of_any_length_have_cosines() {
        // Products of the first two, and of the last two, are beyond an f32.
        let rows = vec![3e38, 3e38, 1e38, 2e38, 1.0, 2.0, 1e-38, 0.0, -1e-45, 1e-45];
        let vectors = Vectors::new(["a", "b", "c", "d", "e"], 2, rows).unwrap();
        let expected = [("b", 3.0 / 10f32.sqrt()), ("c", 3.0 / 10f32.sqrt()), ("d", 0.5f32.sqrt()), ("e", 0.0)];
        for (near, (word, cosine)) in vectors.nearest("a", 9).unwrap().iter().zip(expected) {
            assert!(near.word == word && (near.cosine - cosine).abs() < 1e-6, "{near:?}");
            assert!((vectors.similarity("a", word).unwrap() - cosine).abs() < 1e-6, "{word}");
        }
    }

    #[test]
    fn negative_words_are_taken_off() {
        let vectors = vectors();
        let found = vectors.nearest_to(&["northeast", "nothing"], &["north"], 9).unwrap();
        assert_eq!(words(&found), ["east", "up", "west"]);
        let analogy = vectors.analogy("north", "northeast", "nothing", 9).unwrap();
        assert_eq!(found, analogy);
        assert_eq!(words(&vectors.nearest_to(&[], &["east"], 1).unwrap()), ["west"]);
        assert!(vectors.nearest_to(&["east"], &["south"], 1).is_err());
    }

    #[test]
    fn what_opposite_words_leave_has_a_direction() {
        let vectors = vec![1.0, 1e-30, -1.0, 1e-30, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0];
        let vectors = Vectors::new(["a", "b", "up", "right", "nothing"], 2, vectors).unwrap();
        let found = vectors.nearest_to(&["a", "b"], &[], 9).unwrap();
        let similarities: Vec<f32> = found.iter().map(|near| near.cosine).collect();
        assert_eq!((words(&found)[0].as_str(), similarities), ("up", vec![1.0, 0.0, 0.0]));
        assert!(vectors.nearest("nothing", 9).unwrap().iter().all(|near| near.cosine == 0.0));
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
