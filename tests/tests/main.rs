//! All tests of this package, in one program: the kernels are compiled for every backend once, not
//! once for each file.
//!
//! Those of one file: `cargo test -p w2v-tests steps::`.

mod cbow_phases;
mod checkpoints;
mod compact;
mod dependencies;
mod explained;
mod front_door;
mod gradients;
mod huffman;
mod matrices;
mod noise;
mod oracle;
mod parity;
mod plain_loops;
mod prepared;
mod proof;
mod properties;
mod rng;
mod samplers;
mod scores;
mod sentences;
mod sigmoid;
mod steps;
mod structure;
mod training;
mod tree_phases;
mod vectors;
mod windows;
