//! The Huffman tree is split in two. The *upper nodes* are the few nodes on the paths of much of
//! the text. The nodes below form subtrees, which are dealt into the output partitions.
//!
//! The work of a node is Σ steps(w) · tokens(w) over the words w below the node, where steps(w) is
//! the number of nodes from this one to the end of the path of w, and tokens(w) the number of
//! trained tokens of w. The upper nodes are the nodes with the most work. A node has at least as
//! much work as each node below it, so all nodes above an upper node are upper nodes too. A path
//! therefore consists of some upper nodes and then of some nodes of one subtree.

use crate::error::Result;
use crate::memory;
use crate::train::context::{Rows, defect};
use crate::train::initial_state;
use crate::train::layout::{Partitioning, ends, span, split_by_lengths};
use w2v_core::huffman::{Huffman, Path};
use w2v_core::lanes::Lanes;

/// Skip-gram: the most bytes of the input rows of a partition. Partitions are larger than with
/// negative sampling. With fewer partitions, more pairs of a bucket share a target and so a path,
/// and the copies of the upper nodes learn more before they are averaged.
const PARTITION_BYTES: usize = 2 << 20;

/// Skip-gram: the number of subtrees for each partition. It is large enough for partitions of about
/// the same work.
const SUBTREES_A_PARTITION: usize = 4;

/// Skip-gram: the fewest subtrees. The upper nodes above them are trained in full groups, on rows
/// that stay in L2. In single runs, 64, 256 and 1,024 subtrees differed in scores and time by no
/// more than different seeds do.
const FEWEST_SUBTREES: usize = 256;

/// CBOW: the number of subtrees. With more subtrees, more nodes are upper nodes, which are trained
/// in groups. But the upper nodes are one job for one thread, and with 64 subtrees the model is
/// worse at analogies (benches/CHOICES.md).
const SUBTREES: usize = 32;

/// Stands in place of a row for a node that is no upper node.
const BELOW: u32 = u32::MAX;

/// The split tree: for each word its path through the upper nodes, and its path in its subtree.
pub struct TreeSplit {
    inputs: Partitioning,
    /// For each word the partition of its subtree, and the word's number in the partition.
    places: Vec<(u16, u32)>,
    /// For each subtree the path from the root to the subtree, in rows of the upper nodes.
    upper_paths: Paths,
    upper_rows: usize,
    parts: Vec<Subtrees>,
    /// For each partition the end of its target blocks in the list of all target blocks.
    block_ends: Vec<u32>,
}

/// The most words of a target block: a word's number in its block has 16 bits.
const BLOCK_WORDS: u32 = 1 << u16::BITS;

/// An output partition: its nodes, and the words whose subtrees lie in it.
#[derive(Default)]
pub struct Subtrees {
    /// The number of inner nodes, which is the number of rows.
    pub(in crate::train) rows: usize,
    /// For each word of the partition its subtree.
    pub subtrees: Vec<u32>,
    /// For each word of the partition the part of its path below the upper nodes, in rows of the
    /// partition.
    pub paths: Paths,
}

/// Paths, or parts of paths, one after the other in memory.
#[derive(Default)]
pub struct Paths {
    ends: Vec<u32>,
    nodes: Vec<u32>,
    codes: Vec<u64>,
}

impl Paths {
    fn push(&mut self, nodes: impl Iterator<Item = u32>, code: u64) {
        self.nodes.extend(nodes);
        self.ends.push(self.nodes.len() as u32);
        self.codes.push(code);
    }

    /// The number of paths.
    pub(in crate::train) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Path number `number`: its rows from the root's side down, and its code, whose bit `k` is the
    /// turn at row `k`.
    ///
    /// # Panics
    /// If there is no path with this number.
    #[must_use]
    #[inline(always)]
    pub fn get(&self, number: u32) -> (&[u32], u64) {
        let number = number as usize;
        (&self.nodes[span(&self.ends, number)], self.codes[number])
    }
}

impl TreeSplit {
    /// The split for skip-gram, for words that occur `counts` times. Subsampling keeps a share of
    /// `keep[w]` / 2³² of the tokens of word `w`.
    ///
    /// # Errors
    /// [`Error::NothingToTrain`](crate::error::Error::NothingToTrain) for counts that make no tree.
    pub fn skip_gram(counts: &[u64], keep: &[u32], dim: usize) -> Result<Self> {
        let inputs = Partitioning::of_bytes(counts.len(), dim, PARTITION_BYTES);
        let subtrees = (SUBTREES_A_PARTITION * inputs.parts()).max(FEWEST_SUBTREES);
        Self::of_counts(inputs, subtrees, counts, keep)
    }

    /// The split for CBOW, with as many output partitions as `inputs` has partitions. `counts` and
    /// `keep` are as for [`skip_gram`](Self::skip_gram).
    ///
    /// # Errors
    /// [`Error::NothingToTrain`](crate::error::Error::NothingToTrain) for counts that make no tree.
    pub fn cbow(inputs: Partitioning, counts: &[u64], keep: &[u32]) -> Result<Self> {
        Self::of_counts(inputs, SUBTREES, counts, keep)
    }

    /// The split into `subtrees` subtrees, which are dealt so that all output partitions have about
    /// the same work.
    fn of_counts(inputs: Partitioning, subtrees: usize, counts: &[u64], keep: &[u32]) -> Result<Self> {
        let links = initial_state::tree(counts)?;
        let tree = Huffman::from_links(&links);
        let trained = |(&count, &keep): (&u64, &u32)| count as f64 * f64::from(keep);
        Self::new(inputs, subtrees, tree, &counts.iter().zip(keep).map(trained).collect::<Vec<_>>())
    }

    /// The same for a given tree; `tokens[w]` is the number of trained tokens of word `w`, in any
    /// unit.
    ///
    /// # Errors
    /// Only [`Error::Kernel`](crate::error::Error::Kernel), a defect: a word that `tree` does not
    /// have.
    fn new(inputs: Partitioning, subtrees: usize, tree: Huffman<'_>, tokens: &[f64]) -> Result<Self> {
        let nodes = tree.words() - 1;
        let mut work = vec![0.0; nodes];
        walk(tree, |word, path| {
            for (&node, steps) in path.nodes().iter().rev().zip(1..) {
                work[node as usize] += f64::from(steps) * tokens[word];
            }
        })?;
        // A binary tree with `subtrees` leaves has `subtrees − 1` inner nodes.
        let (upper_row_of_node, upper_rows) = upper_nodes(&work, subtrees - 1);
        let is_upper = |node: &&u32| upper_row_of_node[**node as usize] != BELOW;

        let mut upper_paths = Paths::default();
        let mut roots = vec![None; 2 * upper_rows];
        let mut subtree_of_word = Vec::with_capacity(tree.words());
        let mut subtree_of_node = vec![0; nodes];
        let mut work = Vec::new();
        walk(tree, |word, path| {
            let above = path.nodes().iter().take_while(is_upper).count();
            let (above, below) = path.nodes().split_at(above);
            let code = path.code() & (u64::MAX >> (u64::BITS as usize - above.len()));
            let rows = above.iter().map(|&node| upper_row_of_node[node as usize]);
            // The last upper node on the path, together with the turn at this node, identifies the
            // subtree.
            let last = above.len() - 1;
            let turn = 2 * upper_row_of_node[above[last] as usize] as usize + (code >> last) as usize;
            let subtree = *roots[turn].get_or_insert_with(|| {
                upper_paths.push(rows, code);
                work.push(0.0);
                upper_paths.len() - 1
            });
            work[subtree] += below.len() as f64 * tokens[word];
            below.iter().for_each(|&node| subtree_of_node[node as usize] = subtree);
            subtree_of_word.push(subtree);
        })?;

        let part_of_subtree = pack(&work, inputs.parts());
        let mut parts: Vec<Subtrees> = std::iter::repeat_with(Subtrees::default).take(inputs.parts()).collect();
        let mut row_of_node = vec![0; nodes];
        // Nodes with high counts have high numbers. In falling order, rows that are often used lie
        // together.
        for node in (0..nodes).rev().filter(|&node| upper_row_of_node[node] == BELOW) {
            let part = &mut parts[part_of_subtree[subtree_of_node[node]]];
            row_of_node[node] = part.rows as u32;
            part.rows += 1;
        }
        let mut places = Vec::with_capacity(tree.words());
        walk(tree, |word, path| {
            let subtree = subtree_of_word[word];
            let number = part_of_subtree[subtree];
            let part = &mut parts[number];
            let above = upper_paths.get(subtree as u32).0.len();
            places.push((number as u16, part.subtrees.len() as u32));
            part.subtrees.push(subtree as u32);
            part.paths.push(
                path.nodes()[above..].iter().map(|&node| row_of_node[node as usize]),
                path.code().unbounded_shr(above as u32),
            );
        })?;
        let block_ends = ends(parts.iter().map(|part| part.subtrees.len().div_ceil(BLOCK_WORDS as usize)));
        Ok(Self { block_ends, inputs, places, upper_paths, upper_rows, parts })
    }

    /// The layout of the input matrix.
    pub(in crate::train) const fn inputs(&self) -> &Partitioning {
        &self.inputs
    }

    /// For each subtree the path from the root to the subtree, in rows of the upper nodes.
    #[must_use]
    pub const fn upper_paths(&self) -> &Paths {
        &self.upper_paths
    }

    /// The number of upper nodes.
    pub(in crate::train) const fn upper_rows(&self) -> usize {
        self.upper_rows
    }

    /// For each word the partition of its subtree, and the word's number in the partition.
    #[must_use]
    pub fn places(&self) -> &[(u16, u32)] {
        &self.places
    }

    /// The number of nodes in all subtrees.
    pub(in crate::train) fn rows_below(&self) -> usize {
        self.parts.iter().map(|part| part.rows).sum()
    }

    /// Splits the rows of all subtrees into the partitions' slices; a row has `per_row` elements.
    pub(in crate::train) fn split_rows<'a>(&self, output: &'a mut [Lanes], per_row: usize) -> Vec<&'a mut [Lanes]> {
        split_by_lengths(output, self.parts.iter().map(|part| part.rows * per_row))
    }

    /// The output partitions.
    #[must_use]
    pub fn parts(&self) -> &[Subtrees] {
        &self.parts
    }

    /// The number of target blocks. A target block holds the words of an output partition, or at
    /// most 2¹⁶ of them, so that 16 bits number a word.
    pub(in crate::train) fn target_blocks(&self) -> usize {
        self.block_ends.last().map_or(0, |&end| end as usize)
    }

    /// The target block of `word`, and the word's number in the block.
    pub(in crate::train) fn target_block(&self, word: u32) -> (usize, u16) {
        let (part, number) = self.places[word as usize];
        let block = span(&self.block_ends, part.into()).start + (number / BLOCK_WORDS) as usize;
        let number = (number % BLOCK_WORDS) as u16;
        (block, number)
    }

    /// The target blocks of partition `part`. With each block comes the number that its first word
    /// has in the partition.
    pub fn target_blocks_of(&self, part: usize) -> impl Iterator<Item = (usize, u32)> {
        span(&self.block_ends, part).zip((0..).step_by(BLOCK_WORDS as usize))
    }

    /// For each target block the list of its words' subtrees.
    pub fn subtrees_by_block(&self) -> impl Iterator<Item = &[u32]> {
        self.parts.iter().flat_map(|part| part.subtrees.chunks(BLOCK_WORDS as usize))
    }

    /// The output matrix in the order of the nodes of the tree of `counts`. `upper` has the rows of
    /// the upper nodes, and `below` those of the subtrees, partition after partition.
    ///
    /// # Errors
    /// As [`rows_of_nodes`](Self::rows_of_nodes); [`Error::Memory`](crate::error::Error::Memory) if
    /// there is no room.
    pub(in crate::train) fn matrix_of_nodes(&self, counts: &[u64], upper: Vec<Lanes>, below: &[Lanes]) -> Result<Rows> {
        let mut lanes = upper;
        memory::reserve(&mut lanes, below.len(), "the output matrix")?;
        lanes.extend_from_slice(below);
        Ok(Rows { of: self.rows_of_nodes(counts)?, lanes })
    }

    /// For each inner node its row in a matrix in which the rows of the upper nodes come first, and
    /// the rows of all partitions follow. `counts` must be the counts from which this split was
    /// made.
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

/// Calls `show` with the path of each word, in the order of the words.
fn walk(tree: Huffman<'_>, mut show: impl FnMut(usize, &Path)) -> Result<()> {
    let mut path = Path::new();
    for word in 0..tree.words() {
        tree.path(word as u32, &mut path).map_err(defect)?;
        show(word, &path);
    }
    Ok(())
}

/// Chooses the upper nodes: the `most` nodes with the most work. Returns for each node its row, or
/// [`BELOW`], and the number of upper nodes.
fn upper_nodes(work: &[f64], most: usize) -> (Vec<u32>, usize) {
    let mut nodes: Vec<usize> = (0..work.len()).collect();
    // A node comes before its children: it has at least their work, and a higher number.
    nodes.sort_unstable_by(|&a, &b| work[b].total_cmp(&work[a]).then(b.cmp(&a)));
    nodes.truncate(most);
    let mut rows = vec![BELOW; work.len()];
    for (row, &node) in (0..).zip(&nodes) {
        rows[node] = row;
    }
    (rows, nodes.len())
}

/// For each subtree its partition. The subtrees are dealt greedily, in the order of falling work:
/// each goes to the partition with the least work so far.
fn pack(work: &[f64], parts: usize) -> Vec<usize> {
    let mut subtrees: Vec<usize> = (0..work.len()).collect();
    subtrees.sort_by(|&a, &b| work[b].total_cmp(&work[a]));
    let mut loads = vec![0.0; parts];
    let mut part_of = vec![0; work.len()];
    for subtree in subtrees {
        // There is at least one partition.
        let lightest = (0..parts).min_by(|&a: &usize, &b| f64::total_cmp(&loads[a], &loads[b])).unwrap_or(0);
        loads[lightest] += work[subtree];
        part_of[subtree] = lightest;
    }
    part_of
}

#[cfg(test)]
mod tests;
