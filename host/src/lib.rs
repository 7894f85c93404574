//! Skeleton.
#![forbid(unsafe_code)]

pub mod builtin;
pub mod config;
pub mod corpus;
pub mod embeddings;
pub mod error;
pub mod evaluate;
pub mod format;
pub mod output;
pub mod pairs;
pub mod partition;
pub mod query;
mod tokens;
pub mod trainer;
pub mod vocabulary;
mod words;
