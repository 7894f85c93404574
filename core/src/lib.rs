//! Skeleton.
#![no_std]

/// Gives enums with `ALL` and `name` their spelling: `Display` writes it, `FromStr` reads it.
macro_rules! names {
    ($($name:ty),*) => {$(
        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl core::str::FromStr for $name {
            type Err = crate::error::Error;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                Self::ALL.into_iter().find(|one| one.name() == name).ok_or(crate::error::Error::Name)
            }
        }
    )*};
}
pub(crate) use names;

pub mod error;
pub mod huffman;
pub mod matrix;
pub mod rng;
pub mod sigmoid;
#[allow(unsafe_code)]
pub mod simd;
pub mod step;
pub mod subsample;
pub mod train;
pub mod unigram;
pub mod vector;
pub mod window;
