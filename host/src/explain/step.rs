//! One step in numbers: the rows that were read, what the papers' equations compute from these
//! rows, and what the kernel wrote.

/// A prediction of one word, and the update that followed.
///
/// Rows marked as the kernel's were written by the kernel. All other numbers are computed in `f64`
/// from the rows as they were before the step. For an output row w with label t, logit u = w·h and
/// step size η, the loss is −ln σ(u) if t = 1 and −ln σ(−u) if t = 0, and the scaled error is s = η
/// (t − σ(u)). The updates are w ← w + s h and h ← h + Σ s w (Rong, sections 3.1 and 3.2). If a row
/// occurs twice, the second term of Σ s w uses the row as its first update left it.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The word to predict.
    pub target: u32,
    /// The hidden vector that predicts the target.
    pub hidden: Hidden,
    /// The output rows, in the order in which the kernel took them.
    pub rows: Vec<Row>,
    /// The losses, and how far the kernel's result is from the equations.
    pub summary: Summary,
    /// Σ s w, by which h is to be moved.
    pub gradient: Vec<f64>,
}

/// A step in short.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// The sum of the rows' losses, in nats.
    pub loss: f64,
    /// The same sum, for the rows as the kernel left them: how much the step improved this
    /// prediction.
    pub loss_after: f64,
    /// The largest absolute difference between a number that the kernel wrote and the same number
    /// by the equations.
    pub difference: f64,
}

/// The hidden vector h, and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Hidden {
    /// h: an input row, or the mean of several.
    pub vector: Vec<f32>,
    /// The input rows that h is made of, each distinct row once.
    pub reads: Vec<Read>,
    /// The factor by which Σ s w is multiplied before a context word's row receives it.
    pub part: f64,
}

/// An input row, before and after the step.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// The context word.
    pub word: u32,
    /// The number of times that the word is in the context.
    pub times: usize,
    /// The row as it was read.
    pub before: Vec<f32>,
    /// The row as the kernel left it.
    pub after: Vec<f32>,
}

/// An output row, before and after the step.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The word or node that the row belongs to.
    pub of: Output,
    /// The label t.
    pub label: bool,
    /// The logit u.
    pub logit: f64,
    /// σ(u).
    pub probability: f64,
    /// The loss in nats: −ln σ(u) if the label is 1, −ln σ(−u) if it is 0.
    pub loss: f64,
    /// The scaled error s.
    pub error: f64,
    /// The row as it was read.
    pub before: Vec<f32>,
    /// The row as the kernel left it.
    pub after: Vec<f32>,
}

/// The word or node that an output row belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// The word to predict.
    Target(u32),
    /// A word drawn from the noise distribution.
    Noise(u32),
    /// An inner node of the tree.
    Node(u32),
}

impl Output {
    /// The row's number in the output matrix.
    pub fn row(self) -> u32 {
        match self {
            Self::Target(row) | Self::Noise(row) | Self::Node(row) => row,
        }
    }
}

impl Hidden {
    /// The hidden vector after the step: the mean of the input rows as the kernel left them.
    fn after(&self) -> Vec<f64> {
        let mut mean = vec![0.0; self.vector.len()];
        let words: usize = self.reads.iter().map(|read| read.times).sum();
        for read in &self.reads {
            add(&mut mean, read.times as f64 / words as f64, &read.after);
        }
        mean
    }
}

impl Step {
    /// The step in which `hidden` predicted `target`. `outputs` are the output rows with their
    /// labels, `before` and `after` the numbers of each row before and after the kernel's step.
    pub(super) fn new(
        target: u32,
        hidden: Hidden,
        outputs: impl Iterator<Item = (Output, bool)>,
        before: Vec<Vec<f32>>,
        after: Vec<Vec<f32>>,
        learning_rate: f64,
    ) -> Self {
        let rows = outputs.zip(before).zip(after).map(|(((of, label), before), after)| {
            let logit = dot(&before, &hidden.vector);
            let probability = 1.0 / (1.0 + (-logit).exp());
            let error = learning_rate * (f64::from(u8::from(label)) - probability);
            Row { of, label, logit, probability, loss: loss(logit, label), error, before, after }
        });
        let rows: Vec<Row> = rows.collect();
        let mut gradient = vec![0.0; hidden.vector.len()];
        for (place, row) in rows.iter().enumerate() {
            let met_before = rows[..place].iter().filter(|other| other.of == row.of);
            let moved: f64 = met_before.map(|other| other.error).sum();
            add(&mut gradient, row.error, &row.before);
            add(&mut gradient, row.error * moved, &hidden.vector);
        }
        let after = hidden.after();
        let left = |row: &Row| loss(row.after.iter().zip(&after).map(|(&a, b)| f64::from(a) * b).sum(), row.label);
        let (loss, loss_after) = (rows.iter().map(|row| row.loss).sum(), rows.iter().map(left).sum());
        let mut step = Self { target, hidden, rows, gradient, summary: Summary { loss, loss_after, difference: 0.0 } };
        step.summary.difference = step.largest_difference();
        step
    }

    /// The largest absolute difference, over the numbers of all rows, between what the kernel wrote
    /// and what the equations say. A row that occurs twice is expected to have received both
    /// updates.
    fn largest_difference(&self) -> f64 {
        let mut largest: f64 = 0.0;
        let mut compare = |expected: &[f64], written: &[f32]| {
            for (expected, &written) in expected.iter().zip(written) {
                largest = largest.max((expected - f64::from(written)).abs());
            }
        };
        for row in &self.rows {
            let mut expected = wide(&row.before);
            for other in self.rows.iter().filter(|other| other.of == row.of) {
                add(&mut expected, other.error, &self.hidden.vector);
            }
            compare(&expected, &row.after);
        }
        for read in &self.hidden.reads {
            let part = read.times as f64 * self.hidden.part;
            let moved = wide(&read.before).into_iter().zip(&self.gradient);
            compare(&moved.map(|(from, by)| from + part * by).collect::<Vec<_>>(), &read.after);
        }
        largest
    }
}

/// The loss −ln σ(u) for label 1, or −ln σ(−u) for label 0, where u is `logit`; computed without
/// overflow.
pub(super) fn loss(logit: f64, label: bool) -> f64 {
    let right = if label { logit } else { -logit };
    (-right).max(0.0) + (-right.abs()).exp().ln_1p()
}

/// The dot product, in `f64`.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}

/// The numbers of `row` in `f64`.
pub(super) fn wide(row: &[f32]) -> Vec<f64> {
    row.iter().map(|&number| number.into()).collect()
}

/// Adds `factor · row` to `sum`.
fn add(sum: &mut [f64], factor: f64, row: &[f32]) {
    for (sum, &number) in sum.iter_mut().zip(row) {
        *sum += factor * f64::from(number);
    }
}
