//! Skeleton.
#![forbid(unsafe_code)]

pub mod config;
pub mod embeddings;
pub mod error;
pub mod format;
pub mod output;
pub mod words;
