//! A model is kept, asked and scored: vectors, the files that hold them, questions, evaluation.

pub mod embeddings;
pub mod evaluate;
pub mod format;
pub mod query;
