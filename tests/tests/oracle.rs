//! The oracle held to mathematics: its steps follow the numerical gradient of its losses, its
//! helpers known answers.

use w2v_tests::reference::{self, Rows};

/// A matrix of smooth, irregular numbers in about ±0.5.
fn matrix(rows: usize, dim: usize, phase: f64) -> Rows {
    let value = |row: usize, d: usize| 0.5 * (phase + 1.7 * row as f64 + 0.9 * (d * d) as f64).sin();
    (0..rows).map(|row| (0..dim).map(|d| value(row, d)).collect()).collect()
}

/// `−∂loss/∂matrix` by central differences.
fn descent(matrix: &Rows, loss: impl Fn(&Rows) -> f64) -> Rows {
    const H: f64 = 1e-5;
    let slope = |row: usize, d: usize| {
        let mut moved = matrix.clone();
        moved[row][d] += H;
        let above = loss(&moved);
        moved[row][d] -= 2.0 * H;
        (loss(&moved) - above) / (2.0 * H)
    };
    (0..matrix.len()).map(|row| (0..matrix[row].len()).map(|d| slope(row, d)).collect()).collect()
}

fn assert_close(found: &Rows, expected: &Rows, bound: f64) {
    for (found, expected) in found.iter().flatten().zip(expected.iter().flatten()) {
        assert!((found - expected).abs() <= bound, "{found} where {expected} is expected");
    }
}

/// `(after − before) / η`.
fn change(before: &Rows, after: &Rows, learning_rate: f64) -> Rows {
    let row = |(before, after): (&Vec<f64>, &Vec<f64>)| {
        before.iter().zip(after).map(|(before, after)| (after - before) / learning_rate).collect()
    };
    before.iter().zip(after).map(row).collect()
}

/// Small enough that the rows of one step barely move under each other.
const RATE: f64 = 1e-7;
/// Rounding of central differences and the movement of rows within a step.
const BOUND: f64 = 1e-6;

#[test]
fn negative_sampling_follows_its_gradient() {
    let (input, output) = (matrix(4, 5, 0.3), matrix(6, 5, 2.0));
    // The first row is twice an input, row 1 twice a target, row 3 twice shared, row 2 target and
    // shared.
    let (inputs, targets, shared) = ([0, 2, 0], [1, 1, 2], [3, 3, 2, 4]);
    let loss = |input: &Rows, output: &Rows| {
        reference::negative(&reference::rows(input, &inputs), &mut output.clone(), &targets, &shared, RATE).1
    };
    let (mut new_input, mut new_output) = (input.clone(), output.clone());
    let hidden = reference::rows(&input, &inputs);
    let (gradients, _) = reference::negative(&hidden, &mut new_output, &targets, &shared, RATE);
    reference::add_rows(&mut new_input, &inputs, &gradients);
    assert_close(&change(&input, &new_input, RATE), &descent(&input, |moved| loss(moved, &output)), BOUND);
    assert_close(&change(&output, &new_output, RATE), &descent(&output, |moved| loss(&input, moved)), BOUND);
}

#[test]
fn hierarchical_softmax_follows_its_gradient() {
    let (input, output) = (matrix(4, 5, 0.3), matrix(6, 5, 2.0));
    let (inputs, path) = ([0, 2, 0], [(5, true), (3, false), (0, true)]);
    let loss = |input: &Rows, output: &Rows| {
        reference::path(&reference::rows(input, &inputs), &mut output.clone(), &path, RATE).1
    };
    let (mut new_input, mut new_output) = (input.clone(), output.clone());
    let (gradients, _) = reference::path(&reference::rows(&input, &inputs), &mut new_output, &path, RATE);
    reference::add_rows(&mut new_input, &inputs, &gradients);
    assert_close(&change(&input, &new_input, RATE), &descent(&input, |moved| loss(moved, &output)), BOUND);
    assert_close(&change(&output, &new_output, RATE), &descent(&output, |moved| loss(&input, moved)), BOUND);
}

#[test]
fn cbow_with_the_exact_gradient_follows_its_gradient() {
    let (input, output) = (matrix(4, 5, 0.3), matrix(6, 5, 2.0));
    let (context, target, shared) = ([0, 1, 0, 3], [2], [4, 5]);
    let loss = |input: &Rows| {
        let hidden = vec![reference::gather(input, &context)];
        reference::negative(&hidden, &mut output.clone(), &target, &shared, RATE).1
    };
    let mut new_input = input.clone();
    let hidden = vec![reference::gather(&input, &context)];
    let (gradients, _) = reference::negative(&hidden, &mut output.clone(), &target, &shared, RATE);
    reference::scatter(&mut new_input, &context, &gradients[0], true);
    assert_close(&change(&input, &new_input, RATE), &descent(&input, loss), BOUND);
}

#[test]
fn exact_softmax_follows_its_gradient() {
    let (hidden, output) = (matrix(1, 5, 0.3), matrix(6, 5, 2.0));
    let loss = |hidden: &Rows, output: &Rows| reference::softmax(&hidden[0], &mut output.clone(), 2, RATE).1;
    let mut new_output = output.clone();
    let (gradient, _) = reference::softmax(&hidden[0], &mut new_output, 2, RATE);
    let gradient = vec![gradient.iter().map(|g| g / RATE).collect()];
    assert_close(&gradient, &descent(&hidden, |moved| loss(moved, &output)), BOUND);
    assert_close(&change(&output, &new_output, RATE), &descent(&output, |moved| loss(&hidden, moved)), BOUND);
}

#[test]
fn losses_do_not_overflow() {
    assert_eq!(reference::loss(1000.0, false), 1000.0);
    assert_eq!(reference::loss(1000.0, true), 0.0);
    assert!((reference::loss(0.0, true) - std::f64::consts::LN_2).abs() < 1e-15);
}

#[test]
fn helpers_give_known_answers() {
    // Six symbols of a textbook: 224 bits for a hundred characters.
    assert_eq!(reference::huffman_cost(&[45, 16, 13, 12, 9, 5]), 224);
    assert_eq!(reference::huffman_cost(&[7]), 0);
    assert_eq!(reference::window_pairs(&[1, 0, 2]), [(0, 1), (2, 0), (2, 1)]);
    // One swap among four: 1 − 6·2 / (4·15); a tie shares its ranks.
    assert!((reference::spearman(&[1.0, 2.0, 3.0, 4.0], &[1.0, 3.0, 2.0, 4.0]) - 0.8).abs() < 1e-12);
    assert!((reference::spearman(&[1.0, 1.0, 2.0], &[5.0, 5.0, 9.0]) - 1.0).abs() < 1e-12);
    assert_eq!(reference::unigram_probabilities(&[16, 1], 0.5), [0.8, 0.2]);
    assert_eq!(reference::unigram_probabilities(&[16, 1], 0.0), [0.5, 0.5]);
    assert_eq!(reference::keep_probability(1, 1000, 1e-3), 1.0);
    assert!((reference::keep_probability(100, 1000, 1e-3) - 0.11).abs() < 1e-12);
}
