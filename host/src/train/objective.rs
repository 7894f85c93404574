//! The two objectives. Each is written once, for both schedules, and trains an output matrix with
//! hidden rows.

mod many_negatives;
pub(in crate::train) mod noise;
pub(in crate::train) mod tree;
pub(crate) mod tree_split;
