//! The first phase: the hidden vectors of a batch, means of input rows that nobody writes now.

use super::batch::Batch;
use crate::train::context::Outcome;
use w2v_core::matrix::Matrix;
use w2v_core::matrix::disjoint::RowOwner;
use w2v_core::simd::{Kernel, Simd};
use w2v_core::step::cbow::Gather;

/// How many tokens ahead rows are fetched: a row is new to a core's cache when its token comes up
/// first, and then is in the contexts of several windows.
const PREFETCH_DISTANCE: usize = 12;

/// Neighbouring windows, whose contexts share rows that are in a cache then.
pub(super) struct GatherAll<'a> {
    pub(super) batch: &'a Batch,
    /// Their centers, as places in the batch.
    pub(super) centers: &'a [u32],
    /// The whole input matrix.
    pub(super) input: Matrix<'a>,
    /// The windows' rows.
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
            // If a row is not this share's, the kernel refuses the empty slice.
            let hidden = hidden.row_mut(batch.token(center).window).unwrap_or_default();
            Gather::new(&input, batch.context(center), hidden).run(simd)?;
        }
        Ok(())
    }
}
