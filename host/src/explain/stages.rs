//! Where words lie in relation to each other at points of a run.

use super::plane;
use crate::error::Result;
use crate::model::query::Neighbour;
use crate::model::vectors::Vectors;

/// The number of neighbours listed for a word.
pub(super) const NEIGHBOURS: usize = 6;

/// The number of those neighbours that are on the map too.
pub(super) const ON_MAP: usize = 3;

/// The nearest words at a point of the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Epochs finished at this point.
    pub epochs: usize,
    /// For each word that was asked for its six nearest words, closest first; fewer in a smaller
    /// vocabulary.
    pub neighbours: Vec<Vec<Near>>,
}

/// A word near another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near {
    /// The word.
    pub id: u32,
    /// The cosine of the two words' input vectors.
    pub cosine: f32,
}

/// Words in the plane.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// The words that were asked for, then the three nearest of each at the end, each word once.
    pub words: Vec<OnMap>,
    /// For each stage the coordinates of all [`words`](Self::words), in the same order. Vectors are
    /// scaled to length 1 and projected on the first two principal components of the last stage's
    /// vectors.
    pub places: Vec<Vec<[f64; 2]>>,
    /// The share, 0 to 1, of the variance of the last stage's vectors that the two components show.
    pub shown: f64,
}

/// A word on the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnMap {
    /// The word.
    pub word: u32,
    /// The index, among the words that were asked for, of the word that this word is or is near to.
    pub group: usize,
}

impl Stage {
    /// The nearest words of each of `words` by `vectors`, which are the vectors after `epochs`
    /// epochs.
    pub(super) fn new(epochs: usize, vectors: &Vectors, words: &[u32]) -> Result<Self> {
        let nearest = |&word: &u32| {
            let found = vectors.nearest_to(vectors.word(word).as_slice(), &[], NEIGHBOURS)?;
            Ok(found.iter().map(|&Neighbour { id, cosine, .. }| Near { id, cosine }).collect())
        };
        Ok(Self { epochs, neighbours: words.iter().map(nearest).collect::<Result<_>>()? })
    }
}

impl Map {
    /// The map of `words` and of their nearest words at stage `last`. `at_stages` has the vectors
    /// of each stage.
    pub(super) fn new(words: &[u32], last: &Stage, dim: usize, at_stages: &[Vectors]) -> Self {
        let mut on_map: Vec<OnMap> = words.iter().enumerate().map(|(group, &word)| OnMap { word, group }).collect();
        for (group, nearest) in last.neighbours.iter().enumerate() {
            for near in nearest.iter().take(ON_MAP) {
                if on_map.iter().all(|other| other.word != near.id) {
                    on_map.push(OnMap { word: near.id, group });
                }
            }
        }
        let units = |vectors: &Vectors| on_map.iter().flat_map(|place| vectors.unit(place.word)).collect();
        let sets: Vec<Vec<f32>> = at_stages.iter().map(units).collect();
        let (places, shown) = plane::places(&sets, dim);
        Self { words: on_map, places, shown }
    }
}
