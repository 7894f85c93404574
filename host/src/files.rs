//! Files as the library reads and writes them: compressed or not, whole or not at all.

pub(crate) mod compression;
pub mod input;
pub mod lines;
pub(crate) mod map;
pub mod output;
pub(crate) mod tensors;
