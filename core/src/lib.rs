//! Skeleton.
#![no_std]

pub mod simd;
pub mod train;
