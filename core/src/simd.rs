//! The instruction sets: trait, detection, dispatch.

/// The instruction set that the kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// Plain Rust, one element at a time: the reference of all others.
    Scalar,
    /// The `wide` crate: SSE2, wasm simd128, or arrays.
    Portable,
    /// x86 AVX2 with FMA.
    Avx2,
    /// x86 AVX-512F.
    Avx512,
    /// AArch64 NEON.
    Neon,
}

/// How a multiply-add rounds; part of a model's definition, never the compiler's choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// Once, after the addition.
    Fused,
    /// Twice: after the multiplication and after the addition.
    Unfused,
}
