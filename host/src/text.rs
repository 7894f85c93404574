//! Bytes become word ids: texts are read, words counted, tokens numbered and kept for every epoch.

pub mod builtin;
pub(crate) mod corpus;
pub(crate) mod phrases;
pub(crate) mod preparation;
pub(crate) mod raw;
pub(crate) mod tokens;
pub(crate) mod vocabulary;
pub(crate) mod words;
