//! Huffman codes of the vocabulary: frequent words have short paths (Huffman 1952; Mikolov et al.
//! 2013b, section 2.1).
//!
//! The tree is built from counts in falling order with two queues (van Leeuwen 1976), in O(V) for V
//! words. Ties are broken as in word2vec.c. The tree is stored as a link from each node to its
//! parent. A code is found by walking from the word's leaf to the root.

use crate::error::Error;

/// The longest code. A tree can be deeper only if counts grow like Fibonacci numbers and their sum
/// exceeds 3·10¹⁰.
pub const MAX_CODE_LENGTH: usize = 48;

/// A link from a node to its parent: the number of the parent, and in the top bit which child of
/// the parent the node is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct Link(u32);

const BIT: u32 = 1 << 31;

impl Link {
    /// An empty link, for static arrays.
    pub const ZERO: Self = Self(0);

    const fn parent(self) -> u32 {
        self.0 & !BIT
    }

    const fn bit(self) -> u64 {
        (self.0 >> 31) as u64
    }
}

/// The tree over words `0..words`. Leaves come first, then inner nodes in the order of rising
/// weight; the root is last.
#[derive(Clone, Copy, Debug)]
pub struct Huffman<'a> {
    links: &'a [Link],
    words: usize,
}

/// The number of links of a tree over `words` words: one for each node, 2 · `words` − 1.
#[must_use]
pub const fn required_len(words: usize) -> usize {
    words.saturating_mul(2).saturating_sub(1)
}

/// The number of weights that building a tree over `words` words needs as working memory: one for
/// each inner node, `words` − 1.
#[must_use]
pub const fn required_weights(words: usize) -> usize {
    words.saturating_sub(1)
}

/// A word's code, and the inner nodes on its path, one for each bit of the code, from the root
/// down.
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

    /// The inner nodes, as rows of the output matrix; the root, row `words − 2`, is first.
    #[must_use]
    pub fn nodes(&self) -> &[u32] {
        &self.nodes
    }

    /// The code: bit `k` is the turn at node `k`.
    #[must_use]
    pub const fn code(&self) -> u64 {
        self.code
    }
}

impl<'a> Huffman<'a> {
    /// The tree of `counts`, which must be positive and in falling order.
    ///
    /// A sum of counts beyond `u64` is taken as `u64::MAX`. The code is then still complete, but
    /// may not be the shortest.
    ///
    /// # Errors
    /// [`Error::Size`] for fewer than 2 or more than 2³⁰ words; [`Error::TooShort`] for `links`
    /// shorter than [`required_len`] or `weights` shorter than [`required_weights`];
    /// [`Error::Order`] for counts that are not in falling order, or zero; [`Error::CodeLength`] if
    /// a code would be longer than [`MAX_CODE_LENGTH`].
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
        // The rarest word, which is the last, was joined first, so its leaf is the deepest.
        #[allow(clippy::cast_possible_truncation)]
        tree.path(words as u32 - 1, &mut Path::new())?;
        Ok(tree)
    }

    /// The tree that [`new`](Self::new) left in `links`. `links` must be exactly the links of the
    /// tree, as [`links`](Self::links) returns them: cut a longer buffer to [`required_len`] first.
    #[must_use]
    pub const fn from_links(links: &'a [Link]) -> Self {
        Self { links, words: links.len().div_ceil(2) }
    }

    /// The links of the tree, one for each node.
    #[must_use]
    pub const fn links(&self) -> &'a [Link] {
        self.links
    }

    /// The number of words, which is the number of inner nodes plus one.
    #[must_use]
    pub const fn words(&self) -> usize {
        self.words
    }

    /// Writes the code and the nodes of `word` to `path`.
    ///
    /// # Errors
    /// [`Error::Row`] if the tree does not have `word`. [`Error::CodeLength`] if no root is found
    /// within [`MAX_CODE_LENGTH`] nodes; this happens only if the links are not a complete tree,
    /// and the content of `path` is then arbitrary.
    pub fn path(&self, word: u32, path: &mut Path) -> Result<(), Error> {
        path.nodes.clear();
        path.code = 0;
        let Some(mut link) = self.links.get(..self.words).and_then(|leaves| leaves.get(word as usize)) else {
            return Err(Error::Row { row: word, rows: self.words });
        };
        // The walk goes up from the leaf, so the first bit found is the last bit of the code.
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

/// Joins the two lightest nodes until one node is left. The lightest leaf is at the end of
/// `counts`, and the lightest inner node is the oldest one.
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
