//! Where the inner nodes' rows are, for whoever takes the output matrix out of a model.

use super::{Subtrees, TreeSplit, ends, initial_state, walk};
use crate::error::Result;
use w2v_core::huffman::Huffman;

impl TreeSplit {
    /// For each inner node of the tree of `counts`, that which this was made of, its row, where the
    /// upper nodes' rows come first and those of all partitions follow.
    ///
    /// # Errors
    /// [`Error::NothingToTrain`](crate::error::Error::NothingToTrain) for counts that make no tree.
    pub(in crate::train) fn rows_of_nodes(&self, counts: &[u64]) -> Result<Vec<u32>> {
        let links = initial_state::tree(counts)?;
        let tree = Huffman::from_links(&links);
        let ends = ends([self.upper_rows].into_iter().chain(self.parts.iter().map(|part| part.rows)));
        let mut rows = vec![0; tree.words() - 1];
        walk(tree, |word, path| {
            let (part, number) = self.places[word];
            let Subtrees { subtrees, paths, .. } = &self.parts[usize::from(part)];
            let above = self.upper_paths.get(subtrees[number as usize]).0.iter().copied();
            let below = paths.get(number).0.iter().map(|row| row + ends[usize::from(part)]);
            for (&node, row) in path.nodes().iter().zip(above.chain(below)) {
                rows[node as usize] = row;
            }
        })?;
        Ok(rows)
    }
}
