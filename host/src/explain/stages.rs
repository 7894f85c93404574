//! Where words are at points of a run.

use super::plane;
use crate::error::Result;
use crate::model::query::Neighbour;
use crate::model::vectors::Vectors;

/// Neighbours of a word.
pub(super) const NEIGHBOURS: usize = 6;

/// How many of them are on the map.
pub(super) const ON_MAP: usize = 3;

/// The words at a point of the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Epochs done.
    pub epochs: usize,
    /// The nearest of each word that was asked for, closest first.
    pub neighbours: Vec<Vec<Near>>,
}

/// A word near another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near {
    /// The word.
    pub id: u32,
    /// The cosine of their vectors.
    pub cosine: f32,
}

/// Words in the plane.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// The words that were asked for, and the nearest of each at the end.
    pub words: Vec<OnMap>,
    /// For each stage where they are: vectors at length 1 along the two principal components of the
    /// last stage's.
    pub places: Vec<Vec<[f64; 2]>>,
    /// The share of the variance of the last stage's vectors that the two have, 0 to 1.
    pub shown: f64,
}

/// A word on the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnMap {
    /// The word.
    pub word: u32,
    /// Which of the words that were asked for it is near to, or is.
    pub group: usize,
}

impl Stage {
    /// What `vectors` say of `words` after so many epochs.
    pub(super) fn new(epochs: usize, vectors: &Vectors, words: &[u32]) -> Result<Self> {
        let nearest = |&word: &u32| {
            let found = vectors.nearest_to(vectors.word(word).as_slice(), &[], NEIGHBOURS)?;
            Ok(found.iter().map(|&Neighbour { id, cosine, .. }| Near { id, cosine }).collect())
        };
        Ok(Self { epochs, neighbours: words.iter().map(nearest).collect::<Result<_>>()? })
    }
}

impl Map {
    /// The map of `words` and what is `last` near them, as `at_stages` has them at each stage.
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
