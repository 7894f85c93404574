//! The first phase in one partition: hidden vectors gathered, centers predicted, gradients left in their place.

use super::Outcome;
use super::batch::Batch;
use w2v_core::matrix::{Matrix, MatrixMut};
use w2v_core::rng::SplitMix64;
use w2v_core::sigmoid::TABLE;
use w2v_core::simd::{Kernel, Simd};
use w2v_core::step::{Hidden, cbow::Gather, negative::NegativeSampling};
use w2v_core::train::Progress;
use w2v_core::unigram::{Negatives, Unigram};

/// Windows that share their negatives.
const GROUP: usize = 8;

/// In a partition of fewer rows the targets of a group would leave too few words to be negatives.
const FEWEST_ROWS: usize = 64;

/// The windows whose centers are words of one partition, in the order of the text.
pub(super) struct Predict<'a> {
    pub(super) batch: &'a Batch,
    /// The centers, as places in the batch.
    pub(super) centers: &'a [u32],
    /// The whole input matrix.
    pub(super) input: Matrix<'a>,
    /// A row for each center.
    pub(super) hidden: MatrixMut<'a>,
    /// The partition's rows.
    pub(super) output: MatrixMut<'a>,
    pub(super) noise: Unigram<'a>,
    pub(super) negatives: usize,
    pub(super) learning_rate: f32,
    pub(super) rng: SplitMix64,
}

impl Kernel for Predict<'_> {
    type Output = Outcome<Progress>;

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) -> Outcome<Progress> {
        let together = if self.output.rows() < FEWEST_ROWS { 0 } else { self.centers.len() / GROUP * GROUP };
        let (groups, rest) = self.centers.split_at(together);
        let (groups, rest) = (groups.as_chunks::<GROUP>().0, rest.as_chunks::<1>().0);
        let mut hidden = 0..;
        let loss = self.train(simd, groups, &mut hidden)? + self.train(simd, rest, &mut hidden)?;
        Ok(Progress { tokens: 0, pairs: self.centers.len() as u64, loss })
    }
}

/// Windows that are trained together, and the negatives that they share.
struct Group<const G: usize> {
    centers: [u32; G],
    hidden_rows: [u32; G],
    targets: [u32; G],
    negatives: Negatives,
}

impl Predict<'_> {
    /// Trains `groups` in their order and returns their loss; while one is computed, the rows of the next are fetched.
    #[inline(always)]
    fn train<S: Simd, const G: usize>(
        &mut self,
        simd: S,
        groups: &[[u32; G]],
        hidden: &mut impl Iterator<Item = u32>,
    ) -> Outcome<f64> {
        let mut loss = 0.0;
        let mut groups = groups.iter();
        let mut next = groups.next().map(|centers| self.prepare(simd, centers, hidden));
        while let Some(group) = next {
            next = groups.next().map(|centers| self.prepare(simd, centers, hidden));
            loss += f64::from(self.update(simd, &group)?);
        }
        Ok(loss)
    }

    /// Draws the negatives of a group and asks for its rows.
    #[inline(always)]
    fn prepare<S: Simd, const G: usize>(
        &mut self,
        simd: S,
        centers: &[u32; G],
        hidden: &mut impl Iterator<Item = u32>,
    ) -> Group<G> {
        let targets = centers.map(|center| self.batch.token(center).row);
        let mut negatives = Negatives::new();
        self.noise.draw_negatives(&mut self.rng, self.negatives, &targets, &mut negatives);
        for &row in targets.iter().chain(&negatives) {
            self.output.prefetch(simd, row);
        }
        for row in centers.iter().flat_map(|&center| self.batch.context(center)) {
            self.input.prefetch(simd, row);
        }
        Group {
            centers: *centers,
            hidden_rows: [(); G].map(|()| hidden.next().unwrap_or_default()),
            targets,
            negatives,
        }
    }

    #[inline(always)]
    fn update<S: Simd, const G: usize>(&mut self, simd: S, group: &Group<G>) -> Outcome<f32> {
        for (&center, &row) in group.centers.iter().zip(&group.hidden_rows) {
            let context = self.batch.context(center);
            let hidden = self.hidden.row_mut(row).unwrap_or_default();
            Gather { input: &self.input, context, hidden }.run(simd)?;
        }
        NegativeSampling {
            hidden: &mut self.hidden,
            hidden_rows: &group.hidden_rows,
            output: &mut self.output,
            targets: &group.targets,
            negatives: &group.negatives,
            learning_rate: self.learning_rate,
            sigmoid: &TABLE,
            then: Hidden::Gradient,
        }
        .run(simd)
    }
}
