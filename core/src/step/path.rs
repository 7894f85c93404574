//! Hierarchical softmax: a step trains the turns at the inner nodes of the target's path (Morin &
//! Bengio 2005; Mikolov et al. 2013b, eq. 3; Rong, eqs. 37–54).

use crate::error::Error;
use crate::kernel::{Kernel, Simd};
use crate::kinds::HiddenUpdate;
use crate::matrix::MatrixMut;
use crate::sigmoid::Sigmoid;
use crate::step::update::Update;
use crate::step::update::prefetch::Prefetch;

/// A step for `G` hidden rows that take the same turns at the same nodes: the nodes of a target's
/// path, or of a part of a path that several targets share. `G` = 1 with a whole path is the
/// classic step. `G` is 1 to [`MAX_ROWS`](super::MAX_ROWS); any other number does not compile.
///
/// The step returns the sum of the losses of all hidden rows before the update, in nats: Σ −ln
/// σ(±w'_node·h), with + for label 1 and − for label 0. The label of a node is 1 − its code bit.
///
/// # Errors
/// [`Error::Number`] for a step size that is not finite, [`Error::Row`] for an id beyond its
/// matrix, [`Error::Dim`] for matrices of different `dim`, [`Error::Empty`] without nodes,
/// [`Error::TooManyRows`] for more than [`MAX_ROWS`](super::MAX_ROWS) nodes. After an error nothing
/// was written.
#[derive(Debug)]
pub struct HierarchicalSoftmax<'a, 'h, 'o, F, const G: usize> {
    hidden: &'a mut MatrixMut<'h>,
    hidden_rows: &'a [u32; G],
    output: &'a mut MatrixMut<'o>,
    nodes: &'a [u32],
    code: u64,
    learning_rate: f32,
    sigmoid: &'a F,
    hidden_update: HiddenUpdate,
    prefetch: Prefetch<'a>,
}

impl<'a, 'h, 'o, F, const G: usize> HierarchicalSoftmax<'a, 'h, 'o, F, G> {
    /// The step in which each of `hidden_rows` takes turn `k` of `code` at node `k` of `nodes`.
    ///
    /// `hidden` is the input matrix, or a matrix of CBOW's means. `output` has one row for each
    /// inner node. `nodes` are inner nodes, such as [`Path::nodes`](crate::huffman::Path::nodes).
    /// Bit `k` of `code` is the turn at node `k`, as in [`Path::code`](crate::huffman::Path::code).
    /// `learning_rate` is the step size η. `sigmoid` computes σ, for example
    /// [`TABLE`](crate::sigmoid::TABLE).
    #[inline(always)]
    pub const fn new(
        hidden: &'a mut MatrixMut<'h>,
        hidden_rows: &'a [u32; G],
        output: &'a mut MatrixMut<'o>,
        nodes: &'a [u32],
        code: u64,
        learning_rate: f32,
        sigmoid: &'a F,
    ) -> Self {
        let (hidden_update, prefetch) = (HiddenUpdate::Learn, Prefetch::NONE);
        Self { hidden, hidden_rows, output, nodes, code, learning_rate, sigmoid, hidden_update, prefetch }
    }

    /// Sets what happens to the hidden rows at the end. The default is [`HiddenUpdate::Learn`].
    #[inline(always)]
    #[must_use]
    pub const fn hidden_update(mut self, hidden_update: HiddenUpdate) -> Self {
        self.hidden_update = hidden_update;
        self
    }

    /// Sets rows to prefetch for a later step. The default is none.
    #[inline(always)]
    #[must_use]
    pub const fn prefetch(mut self, prefetch: Prefetch<'a>) -> Self {
        self.prefetch = prefetch;
        self
    }
}

impl<F: Sigmoid, const G: usize> Kernel for HierarchicalSoftmax<'_, '_, '_, F, G> {
    type Output = Result<f32, Error>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Result<f32, Error> {
        Update {
            hidden: self.hidden,
            hidden_rows: self.hidden_rows,
            output: self.output,
            targets: None,
            shared: self.nodes,
            labels: !self.code,
            learning_rate: self.learning_rate,
            sigmoid: self.sigmoid,
            hidden_update: self.hidden_update,
            prefetch: self.prefetch,
        }
        .run(simd)
    }
}
