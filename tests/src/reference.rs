//! The oracle: word2vec in `f64` and plain loops, the shortest code that is obviously right.
//!
//! It imports nothing of the project, so it shares no mistake with it. A matrix is a vector of
//! rows. With `η` the learning rate, `h` a hidden vector, `w` an output row and `label` 1 or 0
//! (Rong, arXiv:1411.2738, eq. 59 to 61):
//!
//! ```text
//! u = w·h     e = label − σ(u)     g = Σ η e w     w ← w + η e h
//! ```
//!
//! The order within a step, which matters when a row occurs twice, is that of the code below: every
//! logit first; then the targets' part of the gradients; then each shared row is read into the
//! gradients and updated, one after the other; then the targets are updated; the inputs come last.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Rows of equal length.
pub type Rows = Vec<Vec<f64>>;

/// `1 / (1 + exp(−u))`.
pub fn sigmoid(u: f64) -> f64 {
    1.0 / (1.0 + (-u).exp())
}

/// `−ln σ(u)` for label 1 and `−ln σ(−u)` for label 0, without overflow.
pub fn loss(u: f64, label: bool) -> f64 {
    let u = if label { u } else { -u };
    (-u).max(0.0) + (-u.abs()).exp().ln_1p()
}

/// `Σ a[d] b[d]`.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// `y ← y + scale · x`.
pub fn axpy(scale: f64, x: &[f64], y: &mut [f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += scale * x;
    }
}

/// The step size times `label − σ(u)`.
fn scale(u: f64, label: bool, learning_rate: f64) -> f64 {
    learning_rate * (f64::from(label) - sigmoid(u))
}

/// Gradients (one row for each hidden vector) and loss of negative sampling; `output` is updated.
///
/// `hidden[i]` has the label 1 with row `targets[i]` and the label 0 with every row in `shared`.
pub fn negative(
    hidden: &Rows,
    output: &mut Rows,
    targets: &[usize],
    shared: &[usize],
    learning_rate: f64,
) -> (Rows, f64) {
    let mut total = 0.0;
    let mut own = Vec::new();
    for (h, &target) in hidden.iter().zip(targets) {
        let u = dot(&output[target], h);
        total += loss(u, true);
        own.push(scale(u, true, learning_rate));
    }
    let mut scales = Vec::new();
    for &row in shared {
        let logits: Vec<f64> = hidden.iter().map(|h| dot(&output[row], h)).collect();
        total += logits.iter().map(|&u| loss(u, false)).sum::<f64>();
        scales.push(logits.iter().map(|&u| scale(u, false, learning_rate)).collect::<Vec<_>>());
    }
    let mut gradients: Rows = hidden.iter().map(|h| vec![0.0; h.len()]).collect();
    for (i, &target) in targets.iter().enumerate() {
        axpy(own[i], &output[target], &mut gradients[i]);
    }
    apply_shared(hidden, output, shared, &scales, &mut gradients);
    for (i, &target) in targets.iter().enumerate() {
        axpy(own[i], &hidden[i], &mut output[target]);
    }
    (gradients, total)
}

/// Gradients and loss of hierarchical softmax for hidden vectors that share one path; `output` is
/// updated.
///
/// The path is a list of inner nodes with the label to be learnt at each.
pub fn path(hidden: &Rows, output: &mut Rows, path: &[(usize, bool)], learning_rate: f64) -> (Rows, f64) {
    let mut total = 0.0;
    let mut scales = Vec::new();
    for &(node, label) in path {
        let logits: Vec<f64> = hidden.iter().map(|h| dot(&output[node], h)).collect();
        total += logits.iter().map(|&u| loss(u, label)).sum::<f64>();
        scales.push(logits.iter().map(|&u| scale(u, label, learning_rate)).collect::<Vec<_>>());
    }
    let nodes: Vec<usize> = path.iter().map(|&(node, _)| node).collect();
    let mut gradients: Rows = hidden.iter().map(|h| vec![0.0; h.len()]).collect();
    apply_shared(hidden, output, &nodes, &scales, &mut gradients);
    (gradients, total)
}

/// Reads each shared row into every gradient, then adds every hidden vector to it.
fn apply_shared(hidden: &Rows, output: &mut Rows, shared: &[usize], scales: &Rows, gradients: &mut Rows) {
    for (&row, scales) in shared.iter().zip(scales) {
        for (i, &scale) in scales.iter().enumerate() {
            axpy(scale, &output[row], &mut gradients[i]);
        }
        for (i, &scale) in scales.iter().enumerate() {
            axpy(scale, &hidden[i], &mut output[row]);
        }
    }
}

/// `exp(u_j) / Σ exp(u_i)` for every logit.
pub fn softmax_probabilities(logits: &[f64]) -> Vec<f64> {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = logits.iter().map(|u| (u - largest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}

/// Gradient and loss `−ln y_target` of the exact softmax over all rows of `output`, which is
/// updated.
pub fn softmax(hidden: &[f64], output: &mut Rows, target: usize, learning_rate: f64) -> (Vec<f64>, f64) {
    let logits: Vec<f64> = output.iter().map(|row| dot(row, hidden)).collect();
    let probabilities = softmax_probabilities(&logits);
    let mut gradient = vec![0.0; hidden.len()];
    for (j, row) in output.iter_mut().enumerate() {
        let scale = learning_rate * (f64::from(j == target) - probabilities[j]);
        axpy(scale, row, &mut gradient);
        axpy(scale, hidden, row);
    }
    (gradient, -probabilities[target].ln())
}

/// The rows `ids` of a matrix, copied: skip-gram's hidden vectors.
pub fn rows(matrix: &Rows, ids: &[usize]) -> Rows {
    ids.iter().map(|&id| matrix[id].clone()).collect()
}

/// Adds each gradient to its row: the end of a skip-gram step.
pub fn add_rows(matrix: &mut Rows, ids: &[usize], gradients: &Rows) {
    for (&id, gradient) in ids.iter().zip(gradients) {
        axpy(1.0, gradient, &mut matrix[id]);
    }
}

/// The mean of the rows `context`: CBOW's hidden vector.
pub fn gather(input: &Rows, context: &[usize]) -> Vec<f64> {
    let mut mean = vec![0.0; input[0].len()];
    for &id in context {
        axpy(1.0 / context.len() as f64, &input[id], &mut mean);
    }
    mean
}

/// Adds CBOW's gradient to each context row: divided by their number if `exact`, else whole.
pub fn scatter(input: &mut Rows, context: &[usize], gradient: &[f64], exact: bool) {
    let share = if exact { 1.0 / context.len() as f64 } else { 1.0 };
    for &id in context {
        axpy(share, gradient, &mut input[id]);
    }
}

/// The smallest possible total of count × code length: repeatedly join the two smallest (Huffman
/// 1952).
pub fn huffman_cost(counts: &[u64]) -> u128 {
    let mut heap: BinaryHeap<Reverse<u128>> = counts.iter().map(|&count| Reverse(u128::from(count))).collect();
    let mut cost = 0;
    while let (Some(Reverse(a)), Some(Reverse(b))) = (heap.pop(), heap.pop()) {
        cost += a + b;
        heap.push(Reverse(a + b));
    }
    cost
}

/// Each word's share of `count^exponent`.
pub fn unigram_probabilities(counts: &[u64], exponent: f64) -> Vec<f64> {
    let weights: Vec<f64> = counts.iter().map(|&count| (count as f64).powf(exponent)).collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}

/// `√(t/f) + t/f`, at most 1, where `f` is the word's share of all tokens (word2vec.c's form).
pub fn keep_probability(count: u64, tokens: u64, threshold: f64) -> f64 {
    let ratio = threshold / (count as f64 / tokens as f64);
    (ratio.sqrt() + ratio).min(1.0)
}

/// Every (center, context) position pair of a sentence whose center `i` reaches `reaches[i]` words
/// to each side.
pub fn window_pairs(reaches: &[usize]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for center in 0..reaches.len() {
        for context in 0..reaches.len() {
            if context != center && context.abs_diff(center) <= reaches[center] {
                pairs.push((center, context));
            }
        }
    }
    pairs
}

/// Spearman's rank correlation: Pearson's of the ranks, equal values sharing the mean of theirs.
pub fn spearman(a: &[f64], b: &[f64]) -> f64 {
    pearson(&ranks(a), &ranks(b))
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let rank = |value| {
        let below = values.iter().filter(|&&other| other < value).count();
        let equal = values.iter().filter(|&&other| other == value).count();
        below as f64 + (equal as f64 + 1.0) / 2.0
    };
    values.iter().map(|&value| rank(value)).collect()
}

fn pearson(a: &[f64], b: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let centred = |values: &[f64]| values.iter().map(|value| value - mean(values)).collect::<Vec<_>>();
    let (a, b) = (centred(a), centred(b));
    dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt()
}
