//! Finite differences: each model's step moves every number by η times the numerical slope of the
//! oracle's loss.
//!
//! The step runs with the exact sigmoid on every backend. Its η is 1, so that its change is the
//! gradient; that is exact as long as no row is read after it was changed, which only a repeated
//! shared row would be.

use w2v_core::kinds::CbowGradient;
use w2v_core::sigmoid::Exact;
use w2v_core::simd::Dispatch;
use w2v_core::step::HiddenUpdate;
use w2v_core::step::cbow::{Gather, Scatter};
use w2v_core::step::softmax::Softmax;
use w2v_tests::backends::{for_each_backend, name};
use w2v_tests::cases::{Case, ids, paths, turns};
use w2v_tests::inputs::Owned;
use w2v_tests::reference::{self, Rows};

const DIM: usize = 19;
/// Half the distance of the two points of a slope.
const H: f64 = 1e-4;
/// Rounding of a step's numbers, and the curvature that a slope over 2·10⁻⁴ sees.
const BOUND: f64 = 4e-6;

/// Fails if `after − before` is not the downward slope of `loss` in every number of the matrix.
fn assert_descent(before: &Owned, after: &Owned, loss: impl Fn(&Rows) -> f64, what: &str) {
    let rows = before.to_reference();
    let mut moved = rows.clone();
    let mut steepest = 0.0_f64;
    for (row, changed) in after.to_reference().iter().enumerate() {
        for d in 0..DIM {
            moved[row][d] = rows[row][d] + H;
            let above = loss(&moved);
            moved[row][d] = rows[row][d] - H;
            let slope = (above - loss(&moved)) / (2.0 * H);
            moved[row][d] = rows[row][d];
            let change = changed[d] - rows[row][d];
            assert!((change + slope).abs() <= BOUND, "{what}: row {row}[{d}] moves by {change} on a slope of {slope}");
            steepest = steepest.max(slope.abs());
        }
    }
    assert!(steepest > 0.01, "{what}: there is a slope to see");
}

#[test]
fn skip_gram_with_negative_sampling() {
    // Inputs and targets repeat, and row 2 is target and negative at once.
    let case = Case {
        hidden_rows: [0, 1, 0, 3],
        targets: [1, 2, 1, 5],
        negatives: vec![0, 2, 4],
        learning_rate: 1.0,
        ..Case::<4>::random(6, DIM, 0, 0.5, 1)
    };
    let (input, output) = (case.input.to_reference(), case.output.to_reference());
    let (hidden_rows, targets, negatives) = (ids(&case.hidden_rows), ids(&case.targets), ids(&case.negatives));
    let loss = |input: &Rows, output: &Rows| {
        reference::negative(&reference::rows(input, &hidden_rows), &mut output.clone(), &targets, &negatives, 0.0).1
    };
    for_each_backend(|dispatch| {
        let found = case.negative(dispatch, &Exact);
        assert_descent(&case.input, &found.input, |moved| loss(moved, &output), &name(dispatch));
        assert_descent(&case.output, &found.output, |moved| loss(&input, moved), &name(dispatch));
    });
}

#[test]
fn skip_gram_with_hierarchical_softmax() {
    let paths = paths(30);
    let case = Case { hidden_rows: [2, 7, 2], learning_rate: 1.0, ..Case::<3>::random(29, DIM, 0, 0.5, 2) };
    let (input, output) = (case.input.to_reference(), case.output.to_reference());
    let hidden_rows = ids(&case.hidden_rows);
    for_each_backend(|dispatch| {
        for path in [&paths[0], &paths[29]] {
            let turns = turns(path.nodes(), path.code());
            let loss = |input: &Rows, output: &Rows| {
                reference::path(&reference::rows(input, &hidden_rows), &mut output.clone(), &turns, 0.0).1
            };
            let found = case.path(dispatch, path, &Exact);
            assert_descent(&case.input, &found.input, |moved| loss(moved, &output), &name(dispatch));
            assert_descent(&case.output, &found.output, |moved| loss(&input, moved), &name(dispatch));
        }
    });
}

/// CBOW's whole step over `context`: gather, what `predict` does to the hidden row, scatter.
fn cbow(dispatch: Dispatch, input: &Owned, context: &[u32], predict: impl FnOnce(Owned) -> Owned) -> Owned {
    let (mut hidden, mut after) = (Owned::zeros(1, DIM), input.clone());
    let context = context.iter().copied();
    dispatch.run(Gather::new(&input.as_ref(), context.clone(), hidden.row_mut(0))).expect("a context");
    let gradient = predict(hidden);
    let division = CbowGradient::Exact;
    dispatch.run(Scatter::new(&mut after.as_mut(), context, gradient.row(0), division)).expect("a context");
    after
}

#[test]
fn cbow_with_negative_sampling() {
    let context = [0, 1, 0, 3, 4];
    let case = Case {
        targets: [2],
        hidden_rows: [0],
        negatives: vec![0, 1, 5],
        learning_rate: 1.0,
        then: HiddenUpdate::Gradient,
        ..Case::<1>::random(6, DIM, 0, 0.9, 3)
    };
    let (input, output) = (case.input.to_reference(), case.output.to_reference());
    let loss = |input: &Rows, output: &Rows| {
        let hidden = vec![reference::gather(input, &ids(&context))];
        reference::negative(&hidden, &mut output.clone(), &[2], &ids(&case.negatives), 0.0).1
    };
    for_each_backend(|dispatch| {
        let mut new_output = case.output.clone();
        let new_input = cbow(dispatch, &case.input, &context, |hidden| {
            let found = Case { input: hidden, ..case.clone() }.negative(dispatch, &Exact);
            new_output = found.output;
            found.input
        });
        assert_descent(&case.input, &new_input, |moved| loss(moved, &output), &name(dispatch));
        assert_descent(&case.output, &new_output, |moved| loss(&input, moved), &name(dispatch));
    });
}

#[test]
fn cbow_with_hierarchical_softmax() {
    let context = [0, 1, 0, 3, 4];
    let path = &paths(30)[20];
    let then = HiddenUpdate::Gradient;
    let case = Case { hidden_rows: [0], learning_rate: 1.0, then, ..Case::<1>::random(29, DIM, 0, 0.9, 4) };
    let (input, output) = (case.input.to_reference(), case.output.to_reference());
    let loss = |input: &Rows, output: &Rows| {
        let hidden = vec![reference::gather(input, &ids(&context))];
        reference::path(&hidden, &mut output.clone(), &turns(path.nodes(), path.code()), 0.0).1
    };
    for_each_backend(|dispatch| {
        let mut new_output = case.output.clone();
        let new_input = cbow(dispatch, &case.input, &context, |hidden| {
            let found = Case { input: hidden, ..case.clone() }.path(dispatch, path, &Exact);
            new_output = found.output;
            found.input
        });
        assert_descent(&case.input, &new_input, |moved| loss(moved, &output), &name(dispatch));
        assert_descent(&case.output, &new_output, |moved| loss(&input, moved), &name(dispatch));
    });
}

#[test]
fn exact_softmax() {
    let (input, output) = (Owned::random(3, DIM, 0.9, 5), Owned::random(7, DIM, 0.9, 6));
    let (input_rows, output_rows) = (input.to_reference(), output.to_reference());
    let loss = |input: &Rows, output: &Rows| reference::softmax(&input[1], &mut output.clone(), 4, 0.0).1;
    for_each_backend(|dispatch| {
        let (mut new_input, mut new_output, mut gradient) = (input.clone(), output.clone(), Owned::zeros(1, DIM));
        dispatch
            .run(Softmax::new(
                &mut new_input.as_mut(),
                1,
                &mut new_output.as_mut(),
                4,
                1.0,
                &mut [0.0; 7],
                gradient.row_mut(0),
            ))
            .expect("arguments that fit");
        assert_descent(&input, &new_input, |moved| loss(moved, &output_rows), &name(dispatch));
        assert_descent(&output, &new_output, |moved| loss(&input_rows, moved), &name(dispatch));
    });
}
