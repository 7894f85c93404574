//! The parts of a model that were loaded from a file.

use super::safetensors::Texts;
use crate::model::numbers::Numbers;
use crate::model::vectors::Vectors;

/// The vectors, and the other parts if the file has them.
pub(crate) struct Loaded {
    pub(crate) vectors: Vectors,
    pub(crate) output: Option<Numbers>,
    pub(crate) counts: Option<Vec<u64>>,
    pub(crate) texts: Texts,
}

impl Loaded {
    /// Returns `self` if the output matrix fits a file with `rows` words: the matrix must have
    /// `rows` rows or, for the tree of the hierarchical softmax, `rows − 1` rows.
    pub(super) fn checked(self, rows: usize) -> Result<Self, String> {
        let dim = self.vectors.dim();
        let is_output = |output: &Numbers| {
            [rows, rows.saturating_sub(1)].map(|rows| rows.checked_mul(dim)).contains(&Some(output.len()))
        };
        if self.output.as_ref().is_none_or(is_output) {
            Ok(self)
        } else {
            Err(format!("the tensor `output` has neither {rows} rows of {dim} numbers nor one less"))
        }
    }
}

impl From<Vectors> for Loaded {
    fn from(vectors: Vectors) -> Self {
        Self { vectors, output: None, counts: None, texts: Texts::new() }
    }
}
