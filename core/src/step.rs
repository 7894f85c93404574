//! The update steps: each a struct of its arguments whose [`run`](crate::simd::Kernel::run) performs it.
//!
//! [`Dispatch::run`](crate::simd::Dispatch::run) runs one step on the fastest backend; a caller with many steps to do
//! writes a [`Kernel`](crate::simd::Kernel) of its own around them, so that the backend is entered once; a device names
//! its token, such as `Scalar::<false>`, and pays for no dispatch at all.
//!
//! Negative sampling and the tree are one computation. With hidden rows `h_i`, output rows `w` (the target of each
//! hidden row first, then those that all share), labels `t`:
//!
//! 1. every logit `u = w·h_i`, of rows as they are at the start; scaled errors `s = η (t − σ(u))`;
//! 2. `g_i = s w` of its own target, then for each shared row in turn `g_i += s w` for all `i`, `w += Σ s h_i`, `i` rising;
//! 3. each target `w += s h_i`, `i` rising;
//! 4. each hidden row `h_i += g_i`, or `h_i = g_i`, `i` rising.
//!
//! Parts 2 to 4 run block by block of 16 numbers. Rows may repeat: each `+=` reads what the last one wrote, and `h_i`
//! in 2 and 3 is the row as at the start, so the result is well defined and the same bits everywhere.
//!
//! Rows are not looked at before they are used. Where a logit is NaN, for a row holds one, or infinities that meet zeros or each
//! other, the step's loss is NaN and what it wrote may be: who fears that looks at the loss.
//!
//! The exact softmax is a step alone: no [`Trainer`](crate::train::Trainer) has it for an objective. Its loop is that of
//! [`train`](crate::train): for each center a [`Window`](crate::window::Window), for each context word a
//! [`Softmax`](softmax::Softmax) with [`Hidden::Learn`]; or for CBOW a [`Gather`](cbow::Gather), a step with
//! [`Hidden::Gradient`], a [`Scatter`](cbow::Scatter).

pub mod cbow;
pub mod negative;
pub mod path;
pub mod softmax;

pub use crate::simd::group::{Ahead, Hidden, MAX_ROWS};
