//! One body of tests for every backend and arithmetic that this processor has.

use std::env;

use w2v_core::simd::{Arithmetic, Backend, Dispatch};

/// Runs `test` for every available pair of backend and arithmetic, and prints which those were.
///
/// # Panics
/// If a backend named in `W2V_EXPECT_BACKENDS` (names separated by commas) is not among them, so
/// that a test run cannot silently lose one.
pub fn for_each_backend(mut test: impl FnMut(Dispatch)) {
    let available: Vec<Dispatch> = Dispatch::all().collect();
    for &dispatch in &available {
        test(dispatch);
    }
    println!("backends exercised: {}", available.iter().map(|&dispatch| name(dispatch)).collect::<Vec<_>>().join(", "));
    for expected in env::var("W2V_EXPECT_BACKENDS").unwrap_or_default().split(',').filter(|name| !name.is_empty()) {
        let found = available.iter().any(|dispatch| dispatch.backend().name() == expected);
        assert!(found, "W2V_EXPECT_BACKENDS names {expected}, which was not exercised");
    }
}

/// Such as `avx2 fused`.
pub fn name(dispatch: Dispatch) -> String {
    format!("{} {}", dispatch.backend(), dispatch.arithmetic())
}

/// The plain loops of the same arithmetic, which every backend must equal to the bit.
///
/// # Panics
/// Never: the scalar backend is available everywhere.
pub fn scalar(arithmetic: Arithmetic) -> Dispatch {
    Dispatch::new(Backend::Scalar, arithmetic).expect("the scalar backend is everywhere")
}
