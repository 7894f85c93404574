//! The exact softmax that negative sampling and the tree approximate (Rong, sections 1 and 2); its cost is a dot product and
//! an update for every word of the vocabulary.

use crate::error::Error;
use crate::matrix::{Lanes, MatrixMut, blocks};
use crate::simd::group::Hidden;
use crate::simd::{Kernel, Simd};
use crate::vector;

/// One hidden row that predicts one target among all rows of the output matrix.
///
/// With y_j = exp(u_j − max u) / Σ exp(u_i − max u) and error e_j = t_j − y_j, rows in rising order: `g += η e_j w'_j` of
/// the row before its own update, then `w'_j += η e_j h`; last `h ← h + g` or `h ← g`. Running it returns the loss
/// −ln y_target from before the update, in nats.
///
/// # Errors
/// A rate that is not finite, a target or hidden row beyond its matrix, matrices of different `dim`, buffers too short; then nothing was written
/// to either matrix.
#[derive(Debug)]
pub struct Softmax<'a, 'h, 'o> {
    /// The matrix of the hidden row: the input matrix, or CBOW's gathered mean.
    pub hidden: &'a mut MatrixMut<'h>,
    /// The row of `hidden` that predicts.
    pub hidden_row: u32,
    /// The output matrix, one row a word.
    pub output: &'a mut MatrixMut<'o>,
    /// Whom it shall predict.
    pub target: u32,
    /// Step size η.
    pub learning_rate: f32,
    /// What becomes of the hidden row.
    pub then: Hidden,
    /// Working memory: a logit for each word.
    pub logits: &'a mut [f32],
    /// Working memory: one padded row.
    pub gradient: &'a mut [Lanes],
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
        // At least one, which the compiler cannot know of a matrix: so that no panic for rows of no length is compiled.
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
        match self.then {
            Hidden::Learn => vector::add(simd, gradient, hidden),
            Hidden::Gradient => hidden.iter_mut().zip(gradient).for_each(|(to, from)| *to = *from),
        }
        Ok(libm::logf(total) - target_share)
    }
}
