//! The update steps: each a struct of its arguments whose [`run`](crate::simd::Kernel::run) performs it.
//!
//! [`Dispatch::run`](crate::simd::Dispatch::run) runs one step on the fastest backend; a caller with many steps to do
//! writes a [`Kernel`](crate::simd::Kernel) of its own around them, so that the backend is entered once; a device names
//! its token, such as `Scalar::<false>`, and pays for no dispatch at all.
//!
//! Ids may repeat; [`group`](crate::simd::group) states the order of operations that makes the result well defined.

pub mod cbow;
pub mod negative;
pub mod path;
pub mod softmax;

pub use crate::simd::group::{Hidden, MAX_ROWS};
