//! The steps under arguments that nobody thought of: any length, any repetition of rows, any size
//! of numbers.

use proptest::prelude::*;
use w2v_core::sigmoid::{Exact, TABLE};
use w2v_core::simd::Dispatch;
use w2v_core::step::HiddenUpdate;
use w2v_tests::backends::{name, scalar};
use w2v_tests::bounds::{assert_near, size_within_table, step_bound};
use w2v_tests::cases::{Case, paths};
use w2v_tests::inputs::Owned;

/// Rows, length, number of negatives and seed of a case.
fn shapes() -> impl Strategy<Value = (u32, usize, usize, u64)> {
    (1_u32..9, 1_usize..330, 0_usize..14, any::<u64>())
}

fn endings() -> impl Strategy<Value = HiddenUpdate> {
    prop_oneof![Just(HiddenUpdate::Learn), Just(HiddenUpdate::Gradient)]
}

/// Numbers of either sign from 10⁻³⁵ to 10³⁵.
fn wild(dim: usize, seed: u64) -> Owned {
    let sane = Owned::random(5, dim, 1.0, seed);
    let rows: Vec<Vec<f32>> = (0..5).map(|row| sane.numbers(row).collect()).collect();
    let mut wild = Owned::zeros(5, dim);
    wild.fill(|row, d| rows[row][d] * 10_f32.powi(((d * 7 + row * 3) % 70) as i32 - 35));
    wild
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn negative_sampling_of_a_pair((rows, dim, negatives, seed) in shapes(), then in endings()) {
        let size = size_within_table(dim);
        Case::<1> { then, ..Case::random(rows, dim, negatives, size, seed) }.negative_agrees(size, "");
    }

    #[test]
    fn negative_sampling_of_a_group((rows, dim, negatives, seed) in shapes(), then in endings()) {
        let size = size_within_table(dim);
        Case::<8> { then, ..Case::random(rows, dim, negatives, size, seed) }.negative_agrees(size, "");
    }

    #[test]
    fn negative_sampling_of_a_group_of_odd_size((rows, dim, negatives, seed) in shapes(), then in endings()) {
        let size = size_within_table(dim);
        Case::<5> { then, ..Case::random(rows, dim, negatives, size, seed) }.negative_agrees(size, "");
    }

    #[test]
    fn hierarchical_softmax((_, dim, _, seed) in shapes(), words in 2_usize..60, target in any::<prop::sample::Index>()) {
        let size = size_within_table(dim);
        let path = &paths(words)[target.index(words)];
        let case = Case::<4>::random(words as u32 - 1, dim, 0, size, seed);
        let expected = case.expected_path(path);
        for dispatch in Dispatch::all() {
            let (what, plain) = (name(dispatch), scalar(dispatch.arithmetic()));
            let found = case.path(dispatch, path, &Exact);
            prop_assert_eq!(found.bits(), case.path(plain, path, &Exact).bits(), "{}", what);
            prop_assert_eq!(case.path(dispatch, path, &TABLE).bits(), case.path(plain, path, &TABLE).bits(), "{}", what);
            let columns = path.nodes().len();
            assert_near(&found, &expected, &step_bound(dim, size.into(), 4, columns, 0.0, 0.0), &what);
            prop_assert!(found.padding_is_zero());
        }
    }

    #[test]
    fn numbers_of_any_size_give_the_same_bits(dim in 1_usize..100, negatives in 0_usize..8, seed in any::<u64>()) {
        let (input, output) = (wild(dim, seed), wild(dim, seed ^ 1));
        let case = Case { input, output, ..Case::<8>::random(5, dim, negatives, 1.0, seed) };
        // Where the arithmetic itself leaves the finite numbers, which NaN comes out is the
        // processor's affair.
        let bits = |dispatch| {
            let (input, output, loss) = case.negative(dispatch, &TABLE).bits();
            let numbers = input.into_iter().chain(output).chain([loss]).map(f32::from_bits);
            numbers.map(|number| if number.is_nan() { f32::NAN.to_bits() } else { number.to_bits() }).collect::<Vec<_>>()
        };
        for dispatch in Dispatch::all() {
            prop_assert!(bits(dispatch) == bits(scalar(dispatch.arithmetic())), "{}", name(dispatch));
        }
    }
}
