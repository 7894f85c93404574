//! The library as C, C++ and Python use it: compiled programs against the Rust API, bit by bit;
//! every refusal; the readme.

mod parity;
mod programs;
mod readme;
