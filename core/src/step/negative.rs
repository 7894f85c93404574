//! Negative sampling: tell the target from noise words (Mikolov et al. 2013b, eq. 4; Rong, eqs. 55–63).

use crate::error::Error;
use crate::matrix::MatrixMut;
use crate::sigmoid::Sigmoid;
use crate::simd::group::{Ahead, Group, Hidden};
use crate::simd::{Kernel, Simd};

/// A group of `G` (hidden, target) pairs that share their negatives; `G` = 1 is the classic step. `G` is 1 to
/// [`MAX_ROWS`](super::MAX_ROWS): another does not compile.
///
/// Running it returns the group's loss Σ −ln σ(w'_target·h) − Σ ln σ(−w'_negative·h) from before the update, in nats.
///
/// # Errors
/// A rate that is not finite, an id beyond its matrix, matrices of different `dim`, more than [`MAX_ROWS`](super::MAX_ROWS) − 1 negatives; then
/// nothing was written.
#[derive(Debug)]
pub struct NegativeSampling<'a, 'h, 'o, F, const G: usize> {
    /// The matrix of the hidden rows: the input matrix, or CBOW's gathered means.
    pub hidden: &'a mut MatrixMut<'h>,
    /// The rows of `hidden` that predict.
    pub hidden_rows: &'a [u32; G],
    /// The output matrix, one row a word.
    pub output: &'a mut MatrixMut<'o>,
    /// Whom each hidden row shall predict.
    pub targets: &'a [u32; G],
    /// The noise words, for all of the group; none should be one of `targets`.
    pub negatives: &'a [u32],
    /// Step size η.
    pub learning_rate: f32,
    /// σ, such as [`TABLE`](crate::sigmoid::TABLE).
    pub sigmoid: &'a F,
    /// What becomes of the hidden rows.
    pub then: Hidden,
    /// What a later step will use.
    pub ahead: Ahead<'a>,
}

impl<F: Sigmoid, const G: usize> Kernel for NegativeSampling<'_, '_, '_, F, G> {
    type Output = Result<f32, Error>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Result<f32, Error> {
        Group {
            hidden: self.hidden,
            hidden_rows: self.hidden_rows,
            output: self.output,
            own: Some(self.targets),
            shared: self.negatives,
            labels: 0,
            learning_rate: self.learning_rate,
            sigmoid: self.sigmoid,
            then: self.then,
            ahead: self.ahead,
        }
        .update(simd)
    }
}
