//! The Huffman tree split in two: the *upper nodes*, the few that much of the text passes, and the
//! subtrees below them, which are dealt into the output partitions.
//!
//! The upper nodes are those with most work below them, so all nodes above an upper node are upper
//! nodes too. A path is some upper nodes followed by some nodes of one subtree.

use crate::error::Result;
use crate::memory;
use crate::train::context::{Rows, defect};
use crate::train::initial_state;
use crate::train::layout::{Partitioning, ends, span, split_by_lengths};
use w2v_core::huffman::{Huffman, Path};
use w2v_core::lanes::Lanes;

/// The most bytes of a partition's input rows of skip-gram. With negative sampling partitions are
/// smaller. With fewer partitions, more pairs of a bucket share a target and so a path, and copies
/// of the upper nodes learn more before they are averaged.
const PARTITION_BYTES: usize = 2 << 20;

/// Subtrees of skip-gram for each partition: enough for an even deal.
const SUBTREES_A_PARTITION: usize = 4;

/// The fewest subtrees of skip-gram. The nodes above them are trained in full groups, on rows that
/// stay in L2. In single runs 64, 256 and 1,024 subtrees differed in scores and time by no more
/// than seeds do.
const FEWEST_SUBTREES: usize = 256;

/// Subtrees of CBOW. With more subtrees more nodes are upper nodes, which are trained in groups.
/// But the upper nodes are one job, and with 64 subtrees analogies are worse (benches/CHOICES.md).
const SUBTREES: usize = 32;

/// The row of a node that is no upper node, in a list of the rows of upper nodes.
const BELOW: u32 = u32::MAX;

/// Where every word's path runs.
pub struct TreeSplit {
    inputs: Partitioning,
    /// For each word the partition of its subtree, and its number there.
    places: Vec<(u16, u32)>,
    /// For each subtree the path to it, in rows of the upper nodes.
    upper_paths: Paths,
    upper_rows: usize,
    parts: Vec<Subtrees>,
    /// For each partition the end of its target blocks among all target blocks.
    block_ends: Vec<u32>,
}

/// The most words of a target block.
const BLOCK_WORDS: u32 = 1 << u16::BITS;

/// The words whose subtrees lie in one output partition.
#[derive(Default)]
pub struct Subtrees {
    /// Inner nodes, so rows.
    pub(in crate::train) rows: usize,
    /// For each word its subtree.
    pub subtrees: Vec<u32>,
    /// For each word the rest of its path, in rows of the partition.
    pub paths: Paths,
}

/// Paths or parts of them, one after the other in memory.
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

    /// How many there are.
    pub(in crate::train) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The rows of path `number`, the root's side first, and at bit `k` the turn at row `k`.
    ///
    /// # Panics
    /// If there is none of that number.
    #[must_use]
    #[inline(always)]
    pub fn get(&self, number: u32) -> (&[u32], u64) {
        let number = number as usize;
        (&self.nodes[span(&self.ends, number)], self.codes[number])
    }
}

impl TreeSplit {
    /// The split for skip-gram, of words that occur `counts` times. A share of `keep[w]` / 2³² of
    /// the tokens of word `w` is trained.
    ///
    /// # Errors
    /// [`Error::NothingToTrain`](crate::error::Error::NothingToTrain) for counts that make no tree.
    pub fn skip_gram(counts: &[u64], keep: &[u32], dim: usize) -> Result<Self> {
        let inputs = Partitioning::of_bytes(counts.len(), dim, PARTITION_BYTES);
        let subtrees = (SUBTREES_A_PARTITION * inputs.parts()).max(FEWEST_SUBTREES);
        Self::of_counts(inputs, subtrees, counts, keep)
    }

    /// The split for CBOW, with as many output partitions as `inputs` has partitions.
    ///
    /// # Errors
    /// [`Error::NothingToTrain`](crate::error::Error::NothingToTrain) for counts that make no tree.
    pub fn cbow(inputs: Partitioning, counts: &[u64], keep: &[u32]) -> Result<Self> {
        Self::of_counts(inputs, SUBTREES, counts, keep)
    }

    /// The split into `subtrees` subtrees, dealt so that each output partition has about the same
    /// work.
    fn of_counts(inputs: Partitioning, subtrees: usize, counts: &[u64], keep: &[u32]) -> Result<Self> {
        let links = initial_state::tree(counts)?;
        let tree = Huffman::from_links(&links);
        let trained = |(&count, &keep): (&u64, &u32)| count as f64 * f64::from(keep);
        Self::new(inputs, subtrees, tree, &counts.iter().zip(keep).map(trained).collect::<Vec<_>>())
    }

    /// The same for a tree, if `tokens[w]` tokens of word `w` are trained.
    ///
    /// # Errors
    /// None but a defect's: a word that `tree` does not have.
    fn new(inputs: Partitioning, subtrees: usize, tree: Huffman<'_>, tokens: &[f64]) -> Result<Self> {
        let nodes = tree.words() - 1;
        let mut work = vec![0.0; nodes];
        walk(tree, |word, path| {
            for (&node, steps) in path.nodes().iter().rev().zip(1..) {
                work[node as usize] += f64::from(steps) * tokens[word];
            }
        })?;
        // A binary tree with `subtrees` leaves has one inner node less.
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
            // The last upper node on the path and the turn there name the subtree.
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
        // Heavy nodes have high numbers: rows that are used together often lie together.
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

    /// The dealing of words into input partitions.
    pub(in crate::train) const fn inputs(&self) -> &Partitioning {
        &self.inputs
    }

    /// For each subtree the path to it, in rows of the upper nodes.
    #[must_use]
    pub const fn upper_paths(&self) -> &Paths {
        &self.upper_paths
    }

    /// The number of upper nodes.
    pub(in crate::train) const fn upper_rows(&self) -> usize {
        self.upper_rows
    }

    /// For each word the partition of its subtree, and its number there.
    #[must_use]
    pub fn places(&self) -> &[(u16, u32)] {
        &self.places
    }

    /// The nodes of all subtrees.
    pub(in crate::train) fn rows_below(&self) -> usize {
        self.parts.iter().map(|part| part.rows).sum()
    }

    /// Cuts the rows of all subtrees, partition after partition, into the partitions' shares.
    pub(in crate::train) fn split_rows<'a>(&self, output: &'a mut [Lanes], per_row: usize) -> Vec<&'a mut [Lanes]> {
        split_by_lengths(output, self.parts.iter().map(|part| part.rows * per_row))
    }

    /// The output partitions.
    #[must_use]
    pub fn parts(&self) -> &[Subtrees] {
        &self.parts
    }

    /// The number of target blocks. A target block is the words of an output partition, or as many
    /// of them as 16 bits can number.
    pub(in crate::train) fn target_blocks(&self) -> usize {
        self.block_ends.last().map_or(0, |&end| end as usize)
    }

    /// The target block of `word`, and its number there.
    pub(in crate::train) fn target_block(&self, word: u32) -> (usize, u16) {
        let (part, number) = self.places[word as usize];
        let block = span(&self.block_ends, part.into()).start + (number / BLOCK_WORDS) as usize;
        let number = (number % BLOCK_WORDS) as u16;
        (block, number)
    }

    /// The target blocks of partition `part`, each with the number in the partition of its first
    /// word.
    pub fn target_blocks_of(&self, part: usize) -> impl Iterator<Item = (usize, u32)> {
        span(&self.block_ends, part).zip((0..).step_by(BLOCK_WORDS as usize))
    }

    /// For each target block the subtrees of its words.
    pub fn subtrees_by_block(&self) -> impl Iterator<Item = &[u32]> {
        self.parts.iter().flat_map(|part| part.subtrees.chunks(BLOCK_WORDS as usize))
    }

    /// The output matrix of the tree of `counts`, of the rows of the upper nodes and of those
    /// below, partition after partition.
    ///
    /// # Errors
    /// As [`rows_of_nodes`](Self::rows_of_nodes); [`Error::Memory`](crate::error::Error::Memory)
    /// when there is no room.
    pub(in crate::train) fn matrix_of_nodes(&self, counts: &[u64], upper: Vec<Lanes>, below: &[Lanes]) -> Result<Rows> {
        let mut lanes = upper;
        memory::reserve(&mut lanes, below.len(), "the output matrix")?;
        lanes.extend_from_slice(below);
        Ok(Rows { of: self.rows_of_nodes(counts)?, lanes })
    }

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

/// Shows every word's path, in the order of the words.
fn walk(tree: Huffman<'_>, mut show: impl FnMut(usize, &Path)) -> Result<()> {
    let mut path = Path::new();
    for word in 0..tree.words() {
        tree.path(word as u32, &mut path).map_err(defect)?;
        show(word, &path);
    }
    Ok(())
}

/// For each node its row among the `most` nodes with most work, or [`BELOW`]; and how many nodes
/// have a row.
fn upper_nodes(work: &[f64], most: usize) -> (Vec<u32>, usize) {
    let mut nodes: Vec<usize> = (0..work.len()).collect();
    // A node has at least its children's work and a higher number, so it comes before them.
    nodes.sort_unstable_by(|&a, &b| work[b].total_cmp(&work[a]).then(b.cmp(&a)));
    nodes.truncate(most);
    let mut rows = vec![BELOW; work.len()];
    for (row, &node) in (0..).zip(&nodes) {
        rows[node] = row;
    }
    (rows, nodes.len())
}

/// For each subtree its partition. The subtrees are dealt greedily: the heaviest first, each to the
/// partition with least work.
fn pack(work: &[f64], parts: usize) -> Vec<usize> {
    let mut subtrees: Vec<usize> = (0..work.len()).collect();
    subtrees.sort_by(|&a, &b| work[b].total_cmp(&work[a]));
    let mut loads = vec![0.0; parts];
    let mut part_of = vec![0; work.len()];
    for subtree in subtrees {
        // There is one partition at least.
        let lightest = (0..parts).min_by(|&a: &usize, &b| f64::total_cmp(&loads[a], &loads[b])).unwrap_or(0);
        loads[lightest] += work[subtree];
        part_of[subtree] = lightest;
    }
    part_of
}

#[cfg(test)]
mod tests;
