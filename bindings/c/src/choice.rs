//! What a caller can choose: enums for the header, numbers in the structs and functions, checked before they
//! are believed.

use crate::memory::{Caller, promised};
use crate::status::Status;
use core::ffi::{CStr, c_char};
use core::ptr;
use w2v_core::kinds;
use w2v_core::simd;

/// The instruction set that a step runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Backend {
    /// Whichever is fastest; for `w2v_choose` only.
    Any = 0,
    /// One element at a time: the reference of all others.
    Scalar = 1,
    /// Whatever vectors every processor of this architecture has.
    Portable = 2,
    /// x86 AVX2 with FMA.
    Avx2 = 3,
    /// x86 AVX-512F.
    Avx512 = 4,
    /// AArch64 NEON.
    Neon = 5,
}

/// How a multiply-add rounds. Results are the same bits on all backends with the same arithmetic, and differ in
/// the last bits between the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Arithmetic {
    /// Whichever is fastest; for `w2v_choose` only.
    Any = 0,
    /// Once, after the addition.
    Fused = 1,
    /// Twice: after the multiplication and after the addition. Every processor has it at speed.
    Unfused = 2,
}

/// A `Backend` as C may hand it in: any number. So with the other aliases; the header has the enums in their
/// place.
pub type BackendCode = u32;
/// An `Arithmetic`.
pub type ArithmeticCode = u32;
/// A `Hidden`.
pub type HiddenCode = u32;
/// An `Architecture`.
pub type ArchitectureCode = u32;
/// An `Objective`.
pub type ObjectiveCode = u32;
/// A `CbowGradient`.
pub type CbowGradientCode = u32;

/// A backend and an arithmetic that this processor has, as `w2v_choose` has found them.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Dispatch {
    /// The instruction set.
    pub backend: BackendCode,
    /// The rounding.
    pub arithmetic: ArithmeticCode,
}

/// What a step does with its hidden rows at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Hidden {
    /// They are input rows and learn: each becomes itself plus its gradient.
    Learn = 0,
    /// They were gathered from input rows: each becomes its gradient, which `w2v_scatter` deals to those.
    Gradient = 1,
}

/// Which words are read and which are predicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Architecture {
    /// Each context word's input row predicts the center word.
    SkipGram = 0,
    /// The mean of the context's input rows predicts the center word.
    Cbow = 1,
}

/// What is optimised in place of the full softmax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Objective {
    /// Tell the target from words drawn from the noise distribution.
    NegativeSampling = 0,
    /// Take the right turn at each inner node of the target's Huffman path.
    HierarchicalSoftmax = 1,
}

/// How CBOW's gradient is dealt to the C context rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum CbowGradient {
    /// Each row receives 1/C of it, as the derivative of the mean has it.
    Exact = 0,
    /// Each row receives the whole gradient, as in word2vec.c.
    Undivided = 1,
}

static BACKENDS: [(Backend, simd::Backend, &CStr); 5] = [
    (Backend::Scalar, simd::Backend::Scalar, c"scalar"),
    (Backend::Portable, simd::Backend::Portable, c"portable"),
    (Backend::Avx2, simd::Backend::Avx2, c"avx2"),
    (Backend::Avx512, simd::Backend::Avx512, c"avx512"),
    (Backend::Neon, simd::Backend::Neon, c"neon"),
];

static ARITHMETICS: [(Arithmetic, simd::Arithmetic, &CStr); 2] = [
    (Arithmetic::Fused, simd::Arithmetic::Fused, c"fused"),
    (Arithmetic::Unfused, simd::Arithmetic::Unfused, c"unfused"),
];

fn backend(code: BackendCode) -> Result<simd::Backend, Status> {
    let found = BACKENDS.iter().find(|(known, ..)| *known as u32 == code);
    found.map(|&(_, backend, _)| backend).ok_or(Status::Choice)
}

fn arithmetic(code: ArithmeticCode) -> Result<simd::Arithmetic, Status> {
    let found = ARITHMETICS.iter().find(|(known, ..)| *known as u32 == code);
    found.map(|&(_, arithmetic, _)| arithmetic).ok_or(Status::Choice)
}

impl Dispatch {
    /// The pair, if both are known and this processor has it.
    pub(crate) fn open(self) -> Result<simd::Dispatch, Status> {
        Ok(simd::Dispatch::new(backend(self.backend)?, arithmetic(self.arithmetic)?)?)
    }
}

impl From<simd::Dispatch> for Dispatch {
    fn from(dispatch: simd::Dispatch) -> Self {
        let backend = BACKENDS.iter().find(|(_, backend, _)| *backend == dispatch.backend());
        let arithmetic = ARITHMETICS.iter().find(|(_, arithmetic, _)| *arithmetic == dispatch.arithmetic());
        Self {
            backend: backend.map_or(Backend::Any, |&(code, ..)| code) as u32,
            arithmetic: arithmetic.map_or(Arithmetic::Any, |&(code, ..)| code) as u32,
        }
    }
}

impl Hidden {
    pub(crate) fn open(code: HiddenCode) -> Result<kinds::HiddenUpdate, Status> {
        match code {
            code if code == Self::Learn as u32 => Ok(kinds::HiddenUpdate::Learn),
            code if code == Self::Gradient as u32 => Ok(kinds::HiddenUpdate::Gradient),
            _ => Err(Status::Choice),
        }
    }
}

impl Architecture {
    pub(crate) fn open(code: ArchitectureCode) -> Result<kinds::Architecture, Status> {
        match code {
            code if code == Self::SkipGram as u32 => Ok(kinds::Architecture::SkipGram),
            code if code == Self::Cbow as u32 => Ok(kinds::Architecture::Cbow),
            _ => Err(Status::Choice),
        }
    }
}

impl Objective {
    pub(crate) fn open(code: ObjectiveCode) -> Result<kinds::Objective, Status> {
        match code {
            code if code == Self::NegativeSampling as u32 => Ok(kinds::Objective::NegativeSampling),
            code if code == Self::HierarchicalSoftmax as u32 => Ok(kinds::Objective::HierarchicalSoftmax),
            _ => Err(Status::Choice),
        }
    }
}

impl CbowGradient {
    pub(crate) fn open(code: CbowGradientCode) -> Result<kinds::CbowGradient, Status> {
        match code {
            code if code == Self::Exact as u32 => Ok(kinds::CbowGradient::Exact),
            code if code == Self::Undivided as u32 => Ok(kinds::CbowGradient::Undivided),
            _ => Err(Status::Choice),
        }
    }
}

/// Finds the fastest pair that this processor has and that satisfies the wishes, `..._ANY` being none, and
/// writes it to `dispatch`. Choose once and pass it to every call: the choice is the caller's to keep, the
/// library remembers nothing.
///
/// Asking for an arithmetic and any backend gives the same bits on every processor. Fails with
/// `W2V_STATUS_UNAVAILABLE` if there is no such pair.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w2v_choose(
    backend: BackendCode,
    arithmetic: ArithmeticCode,
    dispatch: *mut Dispatch,
) -> Status {
    promised!(|caller: Caller<'_>| {
        let place = caller.place(dispatch)?;
        let backend = if backend == Backend::Any as u32 { None } else { Some(self::backend(backend)?) };
        let arithmetic = if arithmetic == Arithmetic::Any as u32 { None } else { Some(self::arithmetic(arithmetic)?) };
        place.put(simd::Dispatch::choose(backend, arithmetic)?.into());
        Ok(())
    })
}

/// Returns the name of `backend`, such as "avx2": a string of the library's own, or NULL for a number that is
/// none.
#[unsafe(no_mangle)]
pub extern "C" fn w2v_backend_name(backend: BackendCode) -> *const c_char {
    let found = BACKENDS.iter().find(|(known, ..)| *known as u32 == backend);
    found.map_or(ptr::null(), |(.., name)| name.as_ptr())
}

/// Returns the name of `arithmetic`, "fused" or "unfused": a string of the library's own, or NULL for a number
/// that is none.
#[unsafe(no_mangle)]
pub extern "C" fn w2v_arithmetic_name(arithmetic: ArithmeticCode) -> *const c_char {
    let found = ARITHMETICS.iter().find(|(known, ..)| *known as u32 == arithmetic);
    found.map_or(ptr::null(), |(.., name)| name.as_ptr())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_of_the_kernel_crate_is_offered_under_its_name() {
        let backends = BACKENDS.map(|(_, backend, name)| (backend.name(), name.to_str()));
        let arithmetics = ARITHMETICS.map(|(_, arithmetic, name)| (arithmetic.name(), name.to_str()));
        for (name, offered) in backends.into_iter().chain(arithmetics) {
            assert_eq!(Ok(name), offered);
        }
        for backend in simd::Backend::ALL {
            assert!(BACKENDS.iter().any(|&(_, known, _)| known == backend), "{backend}");
        }
        for dispatch in simd::Dispatch::all() {
            assert_eq!(Dispatch::from(dispatch).open(), Ok(dispatch));
        }
    }
}
