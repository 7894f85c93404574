//! From bytes to word ids: texts are read, words are counted, and tokens are numbered and stored
//! for every epoch.

pub mod builtin;
pub(crate) mod corpus;
pub(crate) mod phrases;
pub(crate) mod preparation;
pub(crate) mod raw;
pub(crate) mod tokens;
pub(crate) mod vocabulary;
pub(crate) mod word_list;
pub(crate) mod words;
