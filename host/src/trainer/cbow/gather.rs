//! The first phase: the hidden vectors of a batch, means of input rows that nobody writes now.

use super::batch::Batch;
use crate::trainer::Outcome;
use w2v_core::matrix::{Lanes, Matrix};
use w2v_core::simd::{Kernel, Simd};
use w2v_core::step::cbow::Gather;

/// How many tokens ahead rows are fetched: a row is new to a core's cache when its token comes up first, and then is in
/// the contexts of several windows.
const AHEAD: usize = 12;

/// Neighbouring windows, whose contexts share rows that are in a cache then.
pub(super) struct GatherAll<'a, 'b> {
    pub(super) batch: &'a Batch,
    /// The first one's center, as a place in the batch.
    pub(super) first: usize,
    /// The whole input matrix.
    pub(super) input: Matrix<'a>,
    /// For each window its row.
    pub(super) hidden: &'a mut [&'b mut [Lanes]],
}

impl Kernel for GatherAll<'_, '_> {
    type Output = Outcome<()>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Outcome<()> {
        let Self { batch, first, input, hidden } = self;
        let rows = batch.rows();
        #[allow(clippy::cast_possible_truncation)]
        for (center, hidden) in (first..).zip(hidden) {
            if let Some(&row) = rows.get(center + AHEAD) {
                input.prefetch(simd, row);
            }
            Gather { input: &input, context: batch.context(center as u32), hidden }.run(simd)?;
        }
        Ok(())
    }
}
