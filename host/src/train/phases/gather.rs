//! The first phase: computes the hidden vectors of a batch, which are means of input rows. No job
//! writes input rows in this phase.

use super::batch::Batch;
use crate::train::context::Outcome;
use w2v_core::matrix::Matrix;
use w2v_core::matrix::disjoint::RowOwner;
use w2v_core::simd::{Kernel, Simd};
use w2v_core::step::cbow::Gather;

/// The number of tokens by which rows are prefetched ahead. A row comes into the core's cache with
/// the first window that has its token as context; the next windows then find it there.
const PREFETCH_DISTANCE: usize = 12;

/// Gathers some neighbouring windows. Their contexts share rows, which stay in the cache.
pub(super) struct GatherAll<'a> {
    pub(super) batch: &'a Batch,
    /// The places of their centers in the batch.
    pub(super) centers: &'a [u32],
    /// The whole input matrix.
    pub(super) input: Matrix<'a>,
    /// The owner of the windows' rows.
    pub(super) hidden: RowOwner<'a>,
}

impl Kernel for GatherAll<'_> {
    type Output = Outcome<()>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Outcome<()> {
        let Self { batch, centers, input, mut hidden } = self;
        let rows = batch.rows();
        for &center in centers {
            if let Some(&row) = rows.get(center as usize + PREFETCH_DISTANCE) {
                input.prefetch(simd, row);
            }
            // If another share owns the row, the slice is empty, and the kernel returns an error.
            let hidden = hidden.row_mut(batch.token(center).window).unwrap_or_default();
            Gather::new(&input, batch.context(center), hidden).run(simd)?;
        }
        Ok(())
    }
}
