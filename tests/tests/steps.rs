//! The group steps: the same bits from every backend, the oracle's numbers within a bound, the
//! padding zero.

use w2v_core::error::Error;
use w2v_core::sigmoid::{Exact, LOSS_ERROR, SIGMOID_ERROR, TABLE};
use w2v_core::simd::Dispatch;
use w2v_core::step::negative::NegativeSampling;
use w2v_core::step::path::HierarchicalSoftmax;
use w2v_core::step::{HiddenUpdate, MAX_ROWS};
use w2v_tests::backends::{for_each_backend, name, scalar};
use w2v_tests::bounds::{assert_near, size_within_table, step_bound};
use w2v_tests::cases::{Case, paths};
use w2v_tests::inputs::{DIMS, Owned};

/// What `step` says of the loss and `matrix` of the padding.
#[test]
fn a_row_that_is_not_a_number_shows_in_the_loss() {
    for_each_backend(|dispatch| {
        let (mut hidden, mut output) = (Owned::zeros(2, 20), Owned::zeros(4, 20));
        hidden.row_mut(0)[0].0[3] = f32::NAN;
        let loss = dispatch.run(NegativeSampling::new(
            &mut hidden.as_mut(),
            &[0],
            &mut output.as_mut(),
            &[1],
            &[2, 3],
            0.1,
            &TABLE,
        ));
        assert!(loss.is_ok_and(f32::is_nan), "{}", name(dispatch));
        assert!(hidden.padding_is_zero() && output.padding_is_zero(), "{}", name(dispatch));
        hidden.row_mut(1)[0].0[3] = f32::NAN;
        let loss = dispatch.run(HierarchicalSoftmax::new(
            &mut hidden.as_mut(),
            &[1],
            &mut output.as_mut(),
            &[0],
            0,
            0.1,
            &Exact,
        ));
        assert!(loss.is_ok_and(f32::is_nan), "{}", name(dispatch));
    });
}

fn negative_sampling_agrees<const G: usize>(negatives: usize, then: HiddenUpdate) {
    for dim in DIMS {
        // Five rows and more ids than that: some repeat.
        let case = Case::<G> { then, ..Case::random(5, dim, negatives, size_within_table(dim), dim as u64) };
        case.negative_agrees(size_within_table(dim), &format!("group of {G}, {negatives} negatives, {then:?}"));
    }
}

/// A group in which no row is there twice that a backend may keep in registers, and groups in which
/// one is.
fn a_repeated_row_makes_no_difference<const G: usize>(then: HiddenUpdate) {
    let distinct: [u32; G] = std::array::from_fn(|i| i as u32);
    let twice = |first: usize, second: usize| {
        let mut rows = distinct;
        rows[second] = rows[first];
        rows
    };
    let own = G as u32;
    // A negative may be there twice.
    let others = [own, own + 1, own + 2, own + 1, own + 3];
    let among = |row: u32| [&others[..3], &[row], &others[3..]].concat();
    for dim in DIMS {
        let size = size_within_table(dim);
        let check = |hidden_rows, targets, negatives: &[u32], what: &str| {
            let random = Case::<G>::random(own + 4, dim, 0, size, dim as u64);
            let case = Case { then, hidden_rows, targets, negatives: negatives.to_vec(), ..random };
            case.negative_agrees(size, &format!("group of {G}, {what}, {then:?}"));
        };
        check(distinct, distinct, &others, "distinct rows");
        for (first, second) in [(0, 1), (1, G - 1), (0, G / 2)] {
            if then == HiddenUpdate::Learn {
                check(twice(first, second), distinct, &others, "one hidden twice");
            }
            check(distinct, twice(first, second), &others, "one own twice");
        }
        for row in [0, own - 1] {
            check(distinct, distinct, &among(row), "one own among the shared");
        }
    }
}

#[test]
fn negative_sampling_of_distinct_and_of_repeated_rows() {
    for then in [HiddenUpdate::Learn, HiddenUpdate::Gradient] {
        a_repeated_row_makes_no_difference::<4>(then);
        a_repeated_row_makes_no_difference::<8>(then);
        a_repeated_row_makes_no_difference::<16>(then);
    }
}

#[test]
fn negative_sampling_of_a_pair() {
    negative_sampling_agrees::<1>(5, HiddenUpdate::Learn);
    negative_sampling_agrees::<1>(5, HiddenUpdate::Gradient);
    negative_sampling_agrees::<1>(20, HiddenUpdate::Learn);
}

#[test]
fn negative_sampling_without_negatives() {
    negative_sampling_agrees::<1>(0, HiddenUpdate::Learn);
    negative_sampling_agrees::<8>(0, HiddenUpdate::Learn);
}

#[test]
fn negative_sampling_of_groups() {
    negative_sampling_agrees::<8>(5, HiddenUpdate::Learn);
    negative_sampling_agrees::<3>(4, HiddenUpdate::Learn);
    negative_sampling_agrees::<4>(5, HiddenUpdate::Learn);
    negative_sampling_agrees::<16>(5, HiddenUpdate::Learn);
    negative_sampling_agrees::<8>(15, HiddenUpdate::Learn);
    negative_sampling_agrees::<17>(2, HiddenUpdate::Learn);
}

#[test]
fn gradients_left_in_place_of_hidden_rows() {
    // Hidden rows of a CBOW group are distinct; where they repeat, the last gradient stays, as in
    // the oracle.
    negative_sampling_agrees::<8>(5, HiddenUpdate::Gradient);
}

#[test]
fn the_largest_permitted_group_of_negatives() {
    let case = Case::<8>::random(70, 48, MAX_ROWS - 1, 0.3, 1);
    for_each_backend(|dispatch| {
        let found = case.negative(dispatch, &Exact);
        assert_eq!(found.bits(), case.negative(scalar(dispatch.arithmetic()), &Exact).bits());
        assert_near(&found, &case.expected_negative(), &step_bound(48, 0.3, 8, MAX_ROWS, 0.0, 0.0), "many negatives");
    });
}

#[test]
fn large_logits_stay_within_the_bound() {
    let case = Case::<8>::random(9, 100, 5, 1.5, 4);
    for_each_backend(|dispatch| {
        let found = case.negative(dispatch, &Exact);
        assert_near(&found, &case.expected_negative(), &step_bound(100, 1.5, 8, 6, 0.0, 0.0), "logits up to 225");
        let table = case.negative(dispatch, &TABLE);
        assert_eq!(table.bits(), case.negative(scalar(dispatch.arithmetic()), &TABLE).bits());
    });
}

fn hierarchical_softmax_agrees<const G: usize>(then: HiddenUpdate) {
    let paths = paths(50);
    for_each_backend(|dispatch| {
        for dim in DIMS {
            let size = size_within_table(dim);
            let case = Case::<G> { then, ..Case::random(49, dim, 0, size, dim as u64) };
            let plain = scalar(dispatch.arithmetic());
            for path in paths.iter().step_by(7) {
                let what = format!("{}, dim {dim}, group of {G}, path {:?}, {then:?}", name(dispatch), path.nodes());
                let found = case.path(dispatch, path, &Exact);
                assert_eq!(found.bits(), case.path(plain, path, &Exact).bits(), "{what}");
                assert!(found.padding_is_zero(), "{what}");
                let expected = case.expected_path(path);
                let columns = path.nodes().len();
                assert_near(&found, &expected, &step_bound(dim, f64::from(size), G, columns, 0.0, 0.0), &what);
                let found = case.path(dispatch, path, &TABLE);
                assert_eq!(found.bits(), case.path(plain, path, &TABLE).bits(), "{what}");
                let (sigmoid_error, loss_error) = (f64::from(SIGMOID_ERROR), f64::from(LOSS_ERROR));
                let bound = step_bound(dim, f64::from(size), G, columns, sigmoid_error, loss_error);
                assert_near(&found, &expected, &bound, &what);
            }
        }
    });
}

#[test]
fn hierarchical_softmax_of_a_pair() {
    hierarchical_softmax_agrees::<1>(HiddenUpdate::Learn);
    hierarchical_softmax_agrees::<1>(HiddenUpdate::Gradient);
}

#[test]
fn hierarchical_softmax_of_a_group() {
    hierarchical_softmax_agrees::<8>(HiddenUpdate::Learn);
}

fn any_nodes_and_turns_agree<const G: usize>() {
    // Nodes repeat, and the longest path fills a group.
    let (few, many): (Vec<u32>, Vec<u32>) = (vec![4, 1, 4, 0, 1], (0..MAX_ROWS as u32).map(|k| k * 7 % 64).collect());
    let some = [1, 4, 5, 8, 9, 12, 13, 16, 17, 33].map(|len| (&many[..len], 0xF0F0_1234_8765_A5A5));
    let whole = [0xF0F0_1234_8765_A5A5, u64::MAX, 0].map(|code| (&many[..], code));
    for (nodes, code) in some.into_iter().chain(whole).chain([(&few[..], 0b01101)]) {
        let case = Case::<G>::random(64, 37, 0, 0.4, code);
        for_each_backend(|dispatch| {
            let what = format!("{}, group of {G}, {} nodes, code {code:x}", name(dispatch), nodes.len());
            let found = case.walk(dispatch, nodes, code, &Exact);
            assert_eq!(found.bits(), case.walk(scalar(dispatch.arithmetic()), nodes, code, &Exact).bits(), "{what}");
            let bound = step_bound(37, 0.4, G, nodes.len(), 0.0, 0.0);
            assert_near(&found, &case.expected_walk(nodes, code), &bound, &what);
        });
    }
}

#[test]
fn any_nodes_and_turns_make_a_path() {
    any_nodes_and_turns_agree::<1>();
    any_nodes_and_turns_agree::<2>();
    any_nodes_and_turns_agree::<3>();
    any_nodes_and_turns_agree::<4>();
    any_nodes_and_turns_agree::<5>();
    any_nodes_and_turns_agree::<8>();
    any_nodes_and_turns_agree::<16>();
}

#[test]
fn impossible_paths_are_refused_and_nothing_is_written() {
    let case = Case::<2>::random(4, 20, 0, 0.5, 1);
    let refused = |nodes: &[u32]| {
        let (mut input, mut output) = (case.input.clone(), case.output.clone());
        let result = Dispatch::detect().run(HierarchicalSoftmax::new(
            &mut input.as_mut(),
            &case.hidden_rows,
            &mut output.as_mut(),
            nodes,
            0,
            0.1,
            &TABLE,
        ));
        assert_eq!((input.bits(), output.bits()), (case.input.bits(), case.output.bits()));
        result.expect_err("refused")
    };
    assert_eq!(refused(&[]), Error::Empty);
    assert_eq!(refused(&[1, 4]), Error::Row { row: 4, rows: 4 });
    assert_eq!(refused(&[0; 65]), Error::TooManyRows);
}

#[test]
fn impossible_arguments_are_refused_and_nothing_is_written() {
    let case = Case::<2>::random(4, 20, 3, 0.5, 1);
    let refused = |hidden_rows: [u32; 2], targets: [u32; 2], negatives: &[u32], output: &Owned| {
        let (mut input, mut after) = (case.input.clone(), output.clone());
        let result = Dispatch::detect().run(NegativeSampling::new(
            &mut input.as_mut(),
            &hidden_rows,
            &mut after.as_mut(),
            &targets,
            negatives,
            0.1,
            &TABLE,
        ));
        assert_eq!((input.bits(), after.bits()), (case.input.bits(), output.bits()));
        result.expect_err("refused")
    };
    let beyond = Error::Row { row: 4, rows: 4 };
    assert_eq!(refused([0, 4], [0, 1], &[2], &case.output), beyond);
    assert_eq!(refused([0, 1], [4, 1], &[2], &case.output), beyond);
    assert_eq!(refused([0, 1], [0, 1], &[2, 4], &case.output), beyond);
    assert_eq!(refused([0, 1], [0, 1], &[2; MAX_ROWS], &case.output), Error::TooManyRows);
    let longer = Owned::zeros(4, 21);
    assert_eq!(refused([0, 1], [0, 1], &[2], &longer), Error::Dim { expected: 20, given: 21 });
}
