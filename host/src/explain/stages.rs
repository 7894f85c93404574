//! Where words are at points of a run.

use super::plane;
use crate::embeddings::Embeddings;
use crate::error::Result;
use crate::query::{Index, Neighbour};
use crate::vocabulary::Vocabulary;
use w2v_core::initial;
use w2v_core::matrix::{Lanes, blocks};

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
    pub neighbours: Vec<Vec<Neighbour>>,
}

/// Words in the plane.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// The words that were asked for, and the nearest of each at the end.
    pub words: Vec<OnMap>,
    /// For each stage where they are: vectors at length 1 along the two principal components of the last stage's.
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
    /// What `index` says of `words` after so many epochs.
    pub(super) fn new(epochs: usize, index: &Index, vocabulary: &Vocabulary, words: &[u32]) -> Result<Self> {
        let nearest = |&word: &u32| index.nearest(vocabulary.word(word).as_slice(), NEIGHBOURS);
        Ok(Self { epochs, neighbours: words.iter().map(nearest).collect::<Result<_>>()? })
    }
}

impl Map {
    /// The map of `words` and what is `last` near them: at the start, which `seed` tells, and as each of `indexes` has it.
    pub(super) fn new(
        vocabulary: &Vocabulary,
        words: &[u32],
        last: &Stage,
        seed: u64,
        dim: usize,
        indexes: &[Index],
    ) -> Result<Self> {
        let mut on_map: Vec<OnMap> = words.iter().enumerate().map(|(group, &word)| OnMap { word, group }).collect();
        for (group, nearest) in last.neighbours.iter().enumerate() {
            for near in nearest.iter().take(ON_MAP) {
                if on_map.iter().all(|other| other.word != near.id) {
                    on_map.push(OnMap { word: near.id, group });
                }
            }
        }
        let mut start = Vec::with_capacity(on_map.len() * dim);
        let mut row = vec![Lanes::ZERO; blocks(dim)];
        for &OnMap { word, .. } in &on_map {
            initial::fill(seed, word, dim, &mut row);
            start.extend(row.iter().flat_map(|lanes| lanes.0).take(dim));
        }
        let named = on_map.iter().filter_map(|place| vocabulary.word(place.word));
        let start = Embeddings::new(named, dim, start)?.into_unit_vectors().vectors().to_vec();
        let vectors = |index: &Index| {
            let vectors = on_map.iter().filter_map(|place| index.embeddings().vector(place.word));
            vectors.flatten().copied().collect()
        };
        let sets: Vec<Vec<f32>> = std::iter::once(start).chain(indexes.iter().map(vectors)).collect();
        let (places, shown) = plane::places(&sets, dim);
        Ok(Self { words: on_map, places, shown })
    }
}
