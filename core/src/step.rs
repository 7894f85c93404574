//! The update steps. Each is a struct of its arguments, whose [`run`](crate::simd::Kernel::run)
//! performs the step.
//!
//! [`Dispatch::run`](crate::simd::Dispatch::run) runs one step on the fastest backend. A caller
//! with many steps to do writes a [`Kernel`](crate::simd::Kernel) of its own around them, so that
//! the backend is entered once. A device names its token, such as `Scalar::<false>`, and pays for
//! no dispatch at all.
//!
//! A step is made by `new` with what it needs. Choices that have a default are set by a method,
//! such as [`hidden_update`](negative::NegativeSampling::hidden_update).
//!
//! Negative sampling and the tree are one computation. There are hidden rows `h_i` and output rows
//! `w` with labels `t`: first the target of each hidden row, then the rows that all hidden rows
//! share. The step has four parts:
//!
//! 1. every logit `u = w·h_i`, of the rows as they are at the start, and its scaled error
//!    `s = η (t − σ(u))`;
//! 2. _i = s w` of the hidden row's own target; then for each shared row in turn `g_i += s w` for
//!    all `i`, and `w += Σ s h_i`, with `i` rising;
//! 3. each target `w += s h_i`, with `i` rising;
//! 4. each hidden row `h_i += g_i`, or `h_i = g_i`, with `i` rising.
//!
//! Parts 2 to 4 run block by block of 16 numbers. Rows may repeat: each `+=` reads what the
//! previous one wrote, and `h_i` in parts 2 and 3 is the row as it was at the start. So the result
//! is well defined, and the same bits on every backend.
//!
//! Rows are not checked for NaN or infinity. A row that holds one, or infinities that meet zeros or
//! each other, can make a logit NaN. Then the loss of the step is NaN, and the numbers that it
//! wrote may be NaN. To find that out, look at the loss.
//!
//! The exact softmax is a step alone: no [`Trainer`](crate::train::Trainer) has it as its
//! objective. A loop for it is like that of [`train`](crate::train): for each center a
//! [`Window`](crate::window::Window). For skip-gram, each context word is a
//! [`Softmax`](softmax::Softmax) with [`HiddenUpdate::Learn`]. For CBOW, there is a
//! [`Gather`](cbow::Gather), a step with [`HiddenUpdate::Gradient`] and a
//! [`Scatter`](cbow::Scatter).

pub mod cbow;
pub mod negative;
pub mod path;
pub mod softmax;
pub(crate) mod update;

pub use crate::kinds::HiddenUpdate;
pub use crate::rows::MAX_ROWS;
pub use update::prefetch::Prefetch;
