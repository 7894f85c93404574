//! Detection of instruction sets, and dispatch. All conditional compilation by instruction set is
//! in this module and its children.
//!
//! A backend is a token of size zero, which proves that the processor has the backend's
//! instructions. [`Dispatch`] detects the backends once. [`Dispatch::run`] calls a function that is
//! compiled for one backend, and passes the token to a [`Kernel`]. All code called from there is
//! generic over [`Simd`] and inlined into this function, so dispatch costs nothing inside a kernel.
//!
//! All backends with the same [`Arithmetic`] compute the same bits. A dot product has sixteen
//! ([`LANES`](crate::lanes::LANES)) partial sums. The products of elements `l`, `l + 16`, `l + 32`,
//! … are added to partial sum `l`, in this order. The sixteen partial sums are then added as a
//! fixed tree.

use crate::error::Error;
use crate::names::names;

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod avx2;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod avx512;
#[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
mod neon;
mod portable;
mod scalar;

pub use crate::kernel::{Kernel, Simd, parts};
pub use portable::Portable;
pub use scalar::Scalar;

/// The instruction set that the kernels are compiled for.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// Plain Rust, one element at a time: the reference for all others.
    Scalar,
    /// The `wide` crate: SSE2, NEON or wasm simd128 if the build has one of these, plain arrays
    /// otherwise.
    Portable,
    /// x86 AVX2 with FMA.
    Avx2,
    /// x86 AVX-512F.
    Avx512,
    /// AArch64 NEON.
    Neon,
}

/// The rounding of a multiply-add. The arithmetic is part of a model's definition, never a choice
/// of the compiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// A multiply-add is rounded once, after the addition.
    Fused,
    /// A multiply-add is rounded twice: after the multiplication and after the addition.
    Unfused,
}

/// A backend and an arithmetic that this processor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dispatch {
    backend: Backend,
    arithmetic: Arithmetic,
    proof: Proof,
}

/// A backend's token in either arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    Fused(Token<true>),
    Unfused(Token<false>),
}

/// The token of any backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<const FUSED: bool> {
    Scalar(Scalar<FUSED>),
    Portable(Portable),
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Avx2(avx2::Avx2<FUSED>),
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Avx512(avx512::Avx512<FUSED>),
    #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
    Neon(neon::Neon<FUSED>),
}

impl<const FUSED: bool> Token<FUSED> {
    fn detect(backend: Backend) -> Option<Self> {
        match backend {
            Backend::Scalar => Some(Self::Scalar(Scalar)),
            Backend::Portable if !FUSED => Some(Self::Portable(Portable)),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Backend::Avx2 => avx2::Avx2::detect().map(Self::Avx2),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Backend::Avx512 => avx512::Avx512::detect().map(Self::Avx512),
            #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
            Backend::Neon => Some(Self::Neon(neon::Neon)),
            _ => None,
        }
    }

    #[inline]
    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self {
            Self::Scalar(token) => token.enter(kernel),
            Self::Portable(token) => token.enter(kernel),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Self::Avx2(token) => token.enter(kernel),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Self::Avx512(token) => token.enter(kernel),
            #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
            Self::Neon(token) => token.enter(kernel),
        }
    }
}

impl Dispatch {
    /// The given backend and arithmetic, if this processor and this build have them.
    ///
    /// # Errors
    /// [`Error::Unavailable`] otherwise. [`Portable`] has no fused arithmetic.
    pub fn new(backend: Backend, arithmetic: Arithmetic) -> Result<Self, Error> {
        let proof = match arithmetic {
            Arithmetic::Fused => Token::detect(backend).map(Proof::Fused),
            Arithmetic::Unfused => Token::detect(backend).map(Proof::Unfused),
        };
        proof.map(|proof| Self { backend, arithmetic, proof }).ok_or(Error::Unavailable)
    }

    /// All pairs of a backend and an arithmetic that are available here, the slowest backend first.
    pub fn all() -> impl Iterator<Item = Self> {
        Backend::ALL.into_iter().flat_map(|backend| {
            Arithmetic::ALL.into_iter().filter_map(move |arithmetic| Self::new(backend, arithmetic).ok())
        })
    }

    /// The fastest pair with the given backend and arithmetic. `None` leaves the choice open. If
    /// the arithmetic is open, it is fused if the processor has fast fused instructions, unfused
    /// otherwise.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if there is no such pair.
    pub fn choose(backend: Option<Backend>, arithmetic: Option<Arithmetic>) -> Result<Self, Error> {
        let fits = |pair: &Self| {
            backend.is_none_or(|wish| wish == pair.backend) && arithmetic.is_none_or(|wish| wish == pair.arithmetic)
        };
        let fast = |pair: &Self| pair.backend != Backend::Scalar || pair.arithmetic == Arithmetic::Unfused;
        let fused = |pair: &Self| pair.arithmetic == Arithmetic::Fused;
        let mut best: Option<Self> = None;
        for pair in Self::all().filter(fits) {
            let better = best.is_none_or(|best| {
                (fast(&pair), rank(pair.backend), fused(&pair)) > (fast(&best), rank(best.backend), fused(&best))
            });
            if better {
                best = Some(pair);
            }
        }
        best.ok_or(Error::Unavailable)
    }

    /// The fastest pair of all: [`choose`](Self::choose) with both left open.
    #[must_use]
    pub fn detect() -> Self {
        let (backend, arithmetic) = (Backend::Scalar, Arithmetic::Unfused);
        let plain = Self { backend, arithmetic, proof: Proof::Unfused(Token::Scalar(Scalar)) };
        Self::choose(None, None).unwrap_or(plain)
    }

    /// The instruction set.
    #[must_use]
    pub const fn backend(self) -> Backend {
        self.backend
    }

    /// The rounding.
    #[must_use]
    pub const fn arithmetic(self) -> Arithmetic {
        self.arithmetic
    }

    /// Runs `kernel` compiled for this pair.
    #[inline]
    pub fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self.proof {
            Proof::Fused(token) => token.run(kernel),
            Proof::Unfused(token) => token.run(kernel),
        }
    }
}

/// Whether `wide` compiles to vector instructions here. If not, plain loops are as fast.
const PORTABLE_IS_SIMD: bool = cfg!(any(target_feature = "sse2", target_feature = "neon", target_feature = "simd128"));

/// The rank of a backend by speed; a faster backend has a higher rank.
const fn rank(backend: Backend) -> u8 {
    match backend {
        Backend::Scalar => 1,
        Backend::Portable if PORTABLE_IS_SIMD => 2,
        Backend::Portable => 0,
        Backend::Neon | Backend::Avx2 => 3,
        Backend::Avx512 => 4,
    }
}

impl Backend {
    /// All backends of the crate, available or not.
    pub const ALL: [Self; 5] = [Self::Scalar, Self::Portable, Self::Neon, Self::Avx2, Self::Avx512];

    /// The name, which [`FromStr`](core::str::FromStr) reads.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
            Self::Neon => "neon",
        }
    }
}

impl Arithmetic {
    /// Both kinds of arithmetic.
    pub const ALL: [Self; 2] = [Self::Unfused, Self::Fused];

    /// The name, which [`FromStr`](core::str::FromStr) reads.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fused => "fused",
            Self::Unfused => "unfused",
        }
    }
}

names!(Backend, Arithmetic);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for backend in Backend::ALL {
            assert_eq!(backend.name().parse(), Ok(backend));
        }
        assert_eq!("sse9".parse::<Backend>(), Err(Error::Name));
    }
}
