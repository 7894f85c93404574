//! Negative sampling: a step trains to tell the target from noise words (Mikolov et al. 2013b, eq.
//! 4; Rong, eqs. 55–63).

use crate::error::Error;
use crate::kernel::{Kernel, Simd};
use crate::kinds::HiddenUpdate;
use crate::matrix::MatrixMut;
use crate::sigmoid::Sigmoid;
use crate::step::update::Update;
use crate::step::update::prefetch::Prefetch;

/// A step for `G` pairs of a hidden row and its target, which all share the same negatives. `G` = 1
/// is the classic step. `G` is 1 to [`MAX_ROWS`](super::MAX_ROWS); any other number does not
/// compile.
///
/// The step returns the sum of the losses of all pairs before the update, in nats: Σ −ln
/// σ(w'_target·h) − Σ ln σ(−w'_negative·h).
///
/// # Errors
/// [`Error::Number`] for a step size that is not finite, [`Error::Row`] for an id beyond its
/// matrix, [`Error::Dim`] for matrices of different `dim`, [`Error::TooManyRows`] for more than
/// [`MAX_ROWS`](super::MAX_ROWS) − 1 negatives. After an error nothing was written.
#[derive(Debug)]
pub struct NegativeSampling<'a, 'h, 'o, F, const G: usize> {
    hidden: &'a mut MatrixMut<'h>,
    hidden_rows: &'a [u32; G],
    output: &'a mut MatrixMut<'o>,
    targets: &'a [u32; G],
    negatives: &'a [u32],
    learning_rate: f32,
    sigmoid: &'a F,
    hidden_update: HiddenUpdate,
    prefetch: Prefetch<'a>,
}

impl<'a, 'h, 'o, F, const G: usize> NegativeSampling<'a, 'h, 'o, F, G> {
    /// The step in which each of `hidden_rows` predicts the target at the same place of `targets`.
    ///
    /// `hidden` is the input matrix, or a matrix of CBOW's means. `output` has one row for each
    /// word. `negatives` are the noise words of all pairs; none of them should be in `targets`.
    /// `learning_rate` is the step size η. `sigmoid` computes σ, for example
    /// [`TABLE`](crate::sigmoid::TABLE).
    #[inline(always)]
    pub const fn new(
        hidden: &'a mut MatrixMut<'h>,
        hidden_rows: &'a [u32; G],
        output: &'a mut MatrixMut<'o>,
        targets: &'a [u32; G],
        negatives: &'a [u32],
        learning_rate: f32,
        sigmoid: &'a F,
    ) -> Self {
        let (hidden_update, prefetch) = (HiddenUpdate::Learn, Prefetch::NONE);
        Self { hidden, hidden_rows, output, targets, negatives, learning_rate, sigmoid, hidden_update, prefetch }
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

impl<F: Sigmoid, const G: usize> Kernel for NegativeSampling<'_, '_, '_, F, G> {
    type Output = Result<f32, Error>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Result<f32, Error> {
        Update {
            hidden: self.hidden,
            hidden_rows: self.hidden_rows,
            output: self.output,
            targets: Some(self.targets),
            shared: self.negatives,
            labels: 0,
            learning_rate: self.learning_rate,
            sigmoid: self.sigmoid,
            hidden_update: self.hidden_update,
            prefetch: self.prefetch,
        }
        .run(simd)
    }
}
