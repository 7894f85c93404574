//! Reading and writing files: compression, formats of lines and tensors, atomic replacement.

pub(crate) mod compression;
pub mod input;
pub mod lines;
pub(crate) mod map;
pub mod output;
pub(crate) mod tensors;
