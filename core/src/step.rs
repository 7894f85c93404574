//! The update steps. A step is a struct that holds its arguments; the method
//! [`run`](crate::simd::Kernel::run) performs the step.
//!
//! [`Dispatch::run`](crate::simd::Dispatch::run) runs one step on the chosen backend. To run many
//! steps, write a [`Kernel`](crate::simd::Kernel) that runs all of them, so that the backend is
//! entered only once. A device passes a token, such as `Scalar::<false>`, to `run` and needs no
//! dispatch at all.
//!
//! `new` makes a step from its necessary arguments. Choices with a default are set by methods, such
//! as [`hidden_update`](negative::NegativeSampling::hidden_update).
//!
//! Negative sampling and hierarchical softmax are the same computation. There are hidden rows
//! `h_i`, and output rows `w` with labels `t`: first the target of each hidden row (negative
//! sampling only), then the rows that all hidden rows share. The step has four parts:
//!
//! 1. each logit `u = w·h_i`, of the rows as they are at the start, and its scaled error `s = η (t
//!    − σ(u))`;
//! 2. the gradients: first `g_i = s w` of the hidden row's own target; then, for each shared row in
//!    turn, `g_i += s w` for all `i`, and `w += Σ s h_i`, with `i` rising;
//! 3. for each target `w += s h_i`, with `i` rising;
//! 4. for each hidden row `h_i += g_i`, or `h_i = g_i`, with `i` rising.
//!
//! Parts 2 to 4 run block by block, 16 numbers at a time. A row may occur several times: each `+=`
//! reads the result of the previous one, and `h_i` in parts 2 and 3 is the row as it was at the
//! start. So the result is well defined and has the same bits on all backends.
//!
//! Rows are not checked for NaN or infinity. A NaN in a row, or an infinity that is multiplied by
//! zero or added to an opposite infinity, makes a logit NaN. Then the loss of the step is NaN, and
//! the numbers that the step wrote may be NaN. A caller can detect this by the loss.
//!
//! The exact softmax is only a step: [`Trainer`](crate::train::Trainer) does not have it as an
//! objective. A caller's own loop makes a [`Window`](crate::window::Window) for each center, as
//! [`train`](crate::train) does. With skip-gram, it runs a [`Softmax`](softmax::Softmax) with
//! [`HiddenUpdate::Learn`] for each context word. With CBOW, it runs a [`Gather`](cbow::Gather), a
//! [`Softmax`](softmax::Softmax) with [`HiddenUpdate::Gradient`] and a [`Scatter`](cbow::Scatter)
//! for each window.

pub mod cbow;
pub mod negative;
pub mod path;
pub mod softmax;
pub(crate) mod update;

pub use crate::kinds::HiddenUpdate;
pub use crate::rows::MAX_ROWS;
pub use update::prefetch::Prefetch;
