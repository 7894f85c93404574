//! Bytes become word ids: texts are read, words counted, tokens numbered and kept for every epoch.

pub mod builtin;
pub mod corpus;
pub mod phrases;
pub(crate) mod tokens;
pub mod vocabulary;
pub(crate) mod words;
