//! Hierarchical softmax: take the right turn at each inner node of the target's path (Morin & Bengio 2005; Mikolov et
//! al. 2013b, eq. 3; Rong, eqs. 37–54).

use crate::error::Error;
use crate::matrix::MatrixMut;
use crate::sigmoid::Sigmoid;
use crate::simd::group::{Ahead, Group, Hidden};
use crate::simd::{Kernel, Simd};

/// A group of `G` hidden rows that turn the same way at the same nodes: a target's path, or a part that several targets
/// share; `G` = 1 and a whole path is the classic step. `G` is 1 to [`MAX_ROWS`](super::MAX_ROWS): another does not compile.
///
/// Running it returns the group's loss Σ −ln σ(±w'_node·h) from before the update, in nats; the label of a node is
/// 1 − its code bit.
///
/// # Errors
/// A rate that is not finite, an id beyond its matrix, matrices of different `dim`, no node or more than [`MAX_ROWS`](super::MAX_ROWS); then nothing
/// was written.
#[derive(Debug)]
pub struct HierarchicalSoftmax<'a, 'h, 'o, F, const G: usize> {
    /// The matrix of the hidden rows: the input matrix, or CBOW's gathered means.
    pub hidden: &'a mut MatrixMut<'h>,
    /// The rows of `hidden` that predict.
    pub hidden_rows: &'a [u32; G],
    /// The output matrix, one row an inner node.
    pub output: &'a mut MatrixMut<'o>,
    /// The inner nodes, such as [`Path::nodes`](crate::huffman::Path::nodes).
    pub nodes: &'a [u32],
    /// The turns: bit `k` is the code's at node `k`, as in [`Path::code`](crate::huffman::Path::code).
    pub code: u64,
    /// Step size η.
    pub learning_rate: f32,
    /// σ, such as [`TABLE`](crate::sigmoid::TABLE).
    pub sigmoid: &'a F,
    /// What becomes of the hidden rows.
    pub then: Hidden,
    /// What a later step will use.
    pub ahead: Ahead<'a>,
}

impl<F: Sigmoid, const G: usize> Kernel for HierarchicalSoftmax<'_, '_, '_, F, G> {
    type Output = Result<f32, Error>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Result<f32, Error> {
        Group {
            hidden: self.hidden,
            hidden_rows: self.hidden_rows,
            output: self.output,
            own: None,
            shared: self.nodes,
            labels: !self.code,
            learning_rate: self.learning_rate,
            sigmoid: self.sigmoid,
            then: self.then,
            ahead: self.ahead,
        }
        .update(simd)
    }
}
