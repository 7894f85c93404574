//! The proof: an oracle in `f64`, what drives every backend through the same tests, and the tests
//! themselves.
//!
//! * [`reference`](mod@reference): word2vec in plain loops, the judge of accuracy; it imports
//!   nothing of the project.
//! * [`backends`]: one body of tests for every backend.
//! * [`cases`]: steps with all their arguments.
//! * [`plain`]: the host's models in plain loops.
//! * [`corpora`]: small texts, and models trained on them.
//! * [`bounds`]: how far from the oracle rounding may lead.
//! * [`inputs`]: random matrices, and the lengths worth testing.
//! * [`original`]: what word2vec.c draws and looks up, for the parity test.
//! * [`statistics`]: χ² and its critical value, the judge of samplers.
//! * [`data`]: where optional test data lies.

pub mod backends;
pub mod bounds;
pub mod cases;
pub mod corpora;
pub mod data;
pub mod inputs;
pub mod original;
pub mod plain;
pub mod reference;
pub mod statistics;
