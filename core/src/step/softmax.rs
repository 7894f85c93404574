//! The exact softmax, for which negative sampling and hierarchical softmax are substitutes (Rong,
//! sections 1 and 2). A step computes a dot product and an update for each word of the vocabulary.

use crate::error::Error;
use crate::kernel::{Kernel, Simd};
use crate::kinds::HiddenUpdate;
use crate::lanes::{Lanes, blocks};
use crate::matrix::MatrixMut;
use crate::vector;

/// A step in which one hidden row predicts one target among all rows of the output matrix.
///
/// With logits u_j = w'_j·h, let y_j = exp(u_j − max u) / Σ exp(u_i − max u), and let the error be
/// e_j = t_j − y_j. For all rows j in rising order, first `g += η e_j w'_j`, then `w'_j += η e_j
/// h`. At the end `h ← h + g`, or `h ← g`. The step returns the loss −ln y_target before the
/// update, in nats.
///
/// # Errors
/// [`Error::Number`] for a step size that is not finite, [`Error::Row`] for a target or a hidden
/// row beyond its matrix, [`Error::Dim`] for matrices of different `dim`, [`Error::TooShort`] for a
/// buffer that is too short. After an error nothing was written to either matrix.
#[derive(Debug)]
pub struct Softmax<'a, 'h, 'o> {
    hidden: &'a mut MatrixMut<'h>,
    hidden_row: u32,
    output: &'a mut MatrixMut<'o>,
    target: u32,
    learning_rate: f32,
    hidden_update: HiddenUpdate,
    logits: &'a mut [f32],
    gradient: &'a mut [Lanes],
}

impl<'a, 'h, 'o> Softmax<'a, 'h, 'o> {
    /// The step in which `hidden_row` predicts `target`.
    ///
    /// `hidden` is the input matrix, or a matrix of CBOW's means. `output` has one row for each
    /// word. `learning_rate` is the step size η. `logits` and `gradient` are working memory: a
    /// number for each row of `output`, and one padded row.
    #[inline(always)]
    pub const fn new(
        hidden: &'a mut MatrixMut<'h>,
        hidden_row: u32,
        output: &'a mut MatrixMut<'o>,
        target: u32,
        learning_rate: f32,
        logits: &'a mut [f32],
        gradient: &'a mut [Lanes],
    ) -> Self {
        let hidden_update = HiddenUpdate::Learn;
        Self { hidden, hidden_row, output, target, learning_rate, hidden_update, logits, gradient }
    }

    /// Sets what happens to the hidden row at the end. The default is [`HiddenUpdate::Learn`].
    #[inline(always)]
    #[must_use]
    pub const fn hidden_update(mut self, hidden_update: HiddenUpdate) -> Self {
        self.hidden_update = hidden_update;
        self
    }
}

impl Kernel for Softmax<'_, '_, '_> {
    type Output = Result<f32, Error>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Result<f32, Error> {
        if !self.learning_rate.is_finite() {
            return Err(Error::Number);
        }
        let (rows, dim) = (self.output.rows(), self.output.dim());
        if self.hidden.dim() != dim {
            return Err(Error::Dim { expected: self.hidden.dim(), given: dim });
        }
        let given = self.logits.len();
        let logits = self.logits.get_mut(..rows).ok_or(Error::TooShort { needed: rows, given })?;
        // A row has at least one block, but the compiler cannot know this. Without `max(1)` it
        // would compile a panic for rows of length zero.
        let (needed, given) = (blocks(dim).max(1), self.gradient.len());
        let gradient = self.gradient.get_mut(..needed).ok_or(Error::TooShort { needed, given })?;
        let beyond = Error::Row { row: self.hidden_row, rows: self.hidden.rows() };
        let hidden = self.hidden.row_mut(self.hidden_row).ok_or(beyond)?;
        if self.target as usize >= rows {
            return Err(Error::Row { row: self.target, rows });
        }

        let mut largest = f32::NEG_INFINITY;
        let output = self.output.lanes_mut();
        for (logit, row) in logits.iter_mut().zip(output.chunks_exact(needed)) {
            *logit = vector::dot(simd, hidden, row);
            largest = if *logit > largest { *logit } else { largest };
        }
        let mut total = 0.0;
        let mut target_share = 0.0;
        for (word, logit) in (0u32..).zip(logits.iter_mut()) {
            let share = libm::expf(*logit - largest);
            if word == self.target {
                target_share = *logit - largest;
            }
            total += share;
            *logit = share;
        }

        gradient.fill(Lanes::ZERO);
        for ((word, &share), row) in (0u32..).zip(logits.iter()).zip(output.chunks_exact_mut(needed)) {
            let label = if word == self.target { 1.0 } else { 0.0 };
            let scaled = self.learning_rate * (label - share / total);
            vector::axpy(simd, scaled, row, gradient);
            vector::axpy(simd, scaled, hidden, row);
        }
        match self.hidden_update {
            HiddenUpdate::Learn => vector::add(simd, gradient, hidden),
            HiddenUpdate::Gradient => hidden.iter_mut().zip(gradient).for_each(|(to, from)| *to = *from),
        }
        Ok(libm::logf(total) - target_share)
    }
}
