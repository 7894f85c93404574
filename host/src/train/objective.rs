//! The two objectives, each written once for both schedules: how hidden rows train an output
//! matrix.

mod many_negatives;
pub(in crate::train) mod noise;
pub(in crate::train) mod tree;
pub(crate) mod tree_split;
