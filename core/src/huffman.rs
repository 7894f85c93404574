//! Huffman codes of the vocabulary: short paths for frequent words (Huffman 1952; Mikolov et al.
//! 2013b, section 2.1).
//!
//! The tree is built from counts in falling order by the two queues of van Leeuwen (1976), in O(V),
//! with ties as in word2vec.c. It is kept as one parent link a node: a code is read by walking from
//! its leaf to the root.

use crate::error::Error;

/// Longest code. A tree is deeper only for Fibonacci-like counts of more than 3·10¹⁰ tokens.
pub const MAX_CODE_LENGTH: usize = 48;

/// A node's parent, an inner node, and in the top bit which child of its parent the node is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct Link(u32);

const BIT: u32 = 1 << 31;

impl Link {
    /// An empty link, to make static memory of.
    pub const ZERO: Self = Self(0);

    const fn parent(self) -> u32 {
        self.0 & !BIT
    }

    const fn bit(self) -> u64 {
        (self.0 >> 31) as u64
    }
}

/// The tree over words `0..words`: leaves first, then inner nodes in order of weight, the root
/// last.
#[derive(Clone, Copy, Debug)]
pub struct Huffman<'a> {
    links: &'a [Link],
    words: usize,
}

/// The links that a tree over `words` words needs: one a node.
#[must_use]
pub const fn required_len(words: usize) -> usize {
    words.saturating_mul(2).saturating_sub(1)
}

/// The weights, one for each inner node, that building a tree over `words` words needs as working
/// memory.
#[must_use]
pub const fn required_weights(words: usize) -> usize {
    words.saturating_sub(1)
}

/// A word's code, and the inner nodes where the bits of the code are decided, from the root down.
#[derive(Clone, Debug, Default)]
pub struct Path {
    nodes: heapless::Vec<u32, MAX_CODE_LENGTH>,
    code: u64,
}

impl Path {
    /// An empty path, for [`Huffman::path`] to fill.
    #[must_use]
    pub const fn new() -> Self {
        Self { nodes: heapless::Vec::new(), code: 0 }
    }

    /// The inner nodes, the root (row `words − 2`) first. Each is a row of the output matrix.
    #[must_use]
    pub fn nodes(&self) -> &[u32] {
        &self.nodes
    }

    /// The code: bit `k` is decided at node `k`.
    #[must_use]
    pub const fn code(&self) -> u64 {
        self.code
    }
}

impl<'a> Huffman<'a> {
    /// The tree of `counts`, which must be positive and in falling order.
    ///
    /// Where the sum of some counts is beyond `u64`, it counts as `u64::MAX`: then the code is
    /// still complete, but may not be the shortest.
    ///
    /// # Errors
    /// [`Error::Size`] below 2 or beyond 2³⁰ words, [`Error::TooShort`] for a buffer below
    /// [`required_len`] or [`required_weights`], [`Error::Order`], and [`Error::CodeLength`] if a
    /// code would be longer than [`MAX_CODE_LENGTH`].
    pub fn new(counts: &[u64], links: &'a mut [Link], weights: &mut [u64]) -> Result<Self, Error> {
        let words = counts.len();
        if !(2..=1 << 30).contains(&words) {
            return Err(Error::Size);
        }
        let (needed, given) = (required_len(words), links.len());
        let links = links.get_mut(..needed).ok_or(Error::TooShort { needed, given })?;
        let (needed, given) = (required_weights(words), weights.len());
        let weights = weights.get_mut(..needed).ok_or(Error::TooShort { needed, given })?;
        if !counts.is_sorted_by(|a, b| a >= b) || counts.last() == Some(&0) {
            return Err(Error::Order);
        }
        grow(counts, links, weights);
        let tree = Self { links, words };
        // The leaf that was joined first is the deepest: that of the rarest word, which is the
        // last.
        #[allow(clippy::cast_possible_truncation)]
        tree.path(words as u32 - 1, &mut Path::new())?;
        Ok(tree)
    }

    /// The tree that [`new`](Self::new) left in `links`. These must be the links of its words and
    /// no others, as [`links`](Self::links) gives them: a longer buffer is cut to [`required_len`]
    /// first.
    #[must_use]
    pub const fn from_links(links: &'a [Link]) -> Self {
        Self { links, words: links.len().div_ceil(2) }
    }

    /// The tree, a link a node.
    #[must_use]
    pub const fn links(&self) -> &'a [Link] {
        self.links
    }

    /// Number of words, one more than there are inner nodes.
    #[must_use]
    pub const fn words(&self) -> usize {
        self.words
    }

    /// Writes the code and nodes of `word` to `path`.
    ///
    /// # Errors
    /// [`Error::Row`] for a word that the tree does not have. [`Error::CodeLength`] if no root is
    /// found within [`MAX_CODE_LENGTH`] nodes, which happens only with links that are no whole
    /// tree; `path` may then hold anything.
    pub fn path(&self, word: u32, path: &mut Path) -> Result<(), Error> {
        path.nodes.clear();
        path.code = 0;
        let Some(mut link) = self.links.get(..self.words).and_then(|leaves| leaves.get(word as usize)) else {
            return Err(Error::Row { row: word, rows: self.words });
        };
        // From the leaf up: the first bit that is found is the last of the code.
        loop {
            path.nodes.push(link.parent()).map_err(|_| Error::CodeLength)?;
            path.code = (path.code << 1) | link.bit();
            let parent = link.parent() as usize;
            if parent + 2 == self.words {
                break;
            }
            link = self.links.get(self.words + parent).ok_or(Error::CodeLength)?;
        }
        path.nodes.reverse();
        Ok(())
    }
}

/// Joins the two lightest nodes until one node is left. Leaves come from the end of `counts`, inner
/// nodes in the order in which they were made.
fn grow(counts: &[u64], links: &mut [Link], weights: &mut [u64]) {
    let words = counts.len();
    let mut leaves = words;
    let mut oldest = 0;
    for made in 0..words - 1 {
        let mut weight = 0u64;
        for bit in [0, BIT] {
            let leaf = leaves.checked_sub(1).and_then(|leaf| counts.get(leaf));
            let inner = if oldest < made { weights.get(oldest) } else { None };
            let (node, lighter) = match (leaf, inner) {
                (Some(leaf), Some(inner)) if leaf < inner => (leaves - 1, leaf),
                (Some(leaf), None) => (leaves - 1, leaf),
                (_, Some(inner)) => (words + oldest, inner),
                (None, None) => return,
            };
            weight = weight.saturating_add(*lighter);
            if node < words {
                leaves -= 1;
            } else {
                oldest += 1;
            }
            if let Some(link) = links.get_mut(node) {
                #[allow(clippy::cast_possible_truncation)]
                let parent = made as u32;
                *link = Link(parent | bit);
            }
        }
        if let Some(slot) = weights.get_mut(made) {
            *slot = weight;
        }
    }
}
