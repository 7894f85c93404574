//! Groups with more negatives than one step of the kernel takes. They are trained in several steps
//! with the same hidden rows, and the gradients of the steps are added.

use crate::train::context::Outcome;
use w2v_core::error::Error;
use w2v_core::kinds::HiddenUpdate;
use w2v_core::lanes::{Lanes, blocks};
use w2v_core::matrix::MatrixMut;
use w2v_core::rng::SplitMix64;
use w2v_core::sigmoid::TABLE;
use w2v_core::simd::{Kernel, Simd};
use w2v_core::step::negative::NegativeSampling;
use w2v_core::step::path::HierarchicalSoftmax;
use w2v_core::unigram::{MAX_NEGATIVES, Negatives, Unigram};
use w2v_core::vector;

/// Working memory for groups of rows of one length.
pub(super) struct Buffers {
    /// A copy of the hidden rows, which a step replaces by their gradients.
    rows: Vec<Lanes>,
    /// For each hidden row the sum of its gradients so far.
    sums: Vec<Lanes>,
    negatives: Negatives,
}

impl Buffers {
    /// Buffers for groups of up to `group` rows of `dim` numbers. `None` if there are at most
    /// [`MAX_NEGATIVES`] negatives, so that one step is enough.
    pub(super) fn for_more(negatives: usize, group: usize, dim: usize) -> Option<Self> {
        let zeros = || vec![Lanes::ZERO; group * blocks(dim)];
        (negatives > MAX_NEGATIVES).then(|| Self { rows: zeros(), sums: zeros(), negatives: Negatives::new() })
    }
}

/// A group of `G` hidden rows. Each predicts a target, and all share `negatives` noise words.
///
/// The negatives `first` of the first step are already drawn; the others are drawn here. Each step
/// reads the output rows as the steps before left them. All steps read the hidden rows as they were
/// at the start. The hidden rows change only once, at the end.
pub(super) struct Many<'a, 'h, 'o, const G: usize> {
    pub(super) buffers: &'a mut Buffers,
    pub(super) hidden: &'a mut MatrixMut<'h>,
    pub(super) hidden_rows: &'a [u32; G],
    pub(super) output: &'a mut MatrixMut<'o>,
    pub(super) targets: &'a [u32; G],
    pub(super) first: &'a [u32],
    pub(super) negatives: usize,
    pub(super) distribution: Unigram<'a>,
    pub(super) rng: &'a mut SplitMix64,
    pub(super) learning_rate: f32,
    pub(super) hidden_update: HiddenUpdate,
}

impl<const G: usize> Kernel for Many<'_, '_, '_, G> {
    type Output = Outcome<f32>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Outcome<f32> {
        let Self { buffers, hidden, hidden_rows, output, targets, first, negatives, .. } = self;
        let (distribution, rng, learning_rate, hidden_update) =
            (self.distribution, self.rng, self.learning_rate, self.hidden_update);
        let Buffers { rows, sums, negatives: drawn } = buffers;
        let (dim, stride, rows_of_hidden) = (hidden.dim(), blocks(hidden.dim()), hidden.rows());
        let numbers: [u32; G] = std::array::from_fn(|number| number as u32);
        let mut loss = 0.0;
        let mut left = negatives;
        sums.fill(Lanes::ZERO);
        while left > 0 {
            for (&row, copy) in hidden_rows.iter().zip(rows.chunks_exact_mut(stride)) {
                copy.copy_from_slice(hidden.as_ref().row(row).ok_or(Error::Row { row, rows: rows_of_hidden })?);
            }
            let mut copies = MatrixMut::new(rows, G, dim)?;
            let (hidden, hidden_rows, hidden_update) = (&mut copies, &numbers, HiddenUpdate::Gradient);
            if left == negatives {
                let step =
                    NegativeSampling::new(hidden, hidden_rows, &mut *output, targets, first, learning_rate, &TABLE);
                loss += step.hidden_update(hidden_update).run(simd)?;
            } else {
                distribution.draw_negatives(rng, left, targets, drawn);
                if drawn.is_empty() {
                    break;
                }
                // A step of noise words without targets: the kernel's step for paths, with every
                // bit of the code 1, gives each row the label 0.
                let step =
                    HierarchicalSoftmax::new(hidden, hidden_rows, &mut *output, drawn, u64::MAX, learning_rate, &TABLE);
                loss += step.hidden_update(hidden_update).run(simd)?;
            }
            vector::add(simd, rows, sums);
            left -= left.min(MAX_NEGATIVES);
        }
        for (&row, sum) in hidden_rows.iter().zip(sums.chunks_exact(stride)) {
            let row = hidden.row_mut(row).ok_or(Error::Row { row, rows: rows_of_hidden })?;
            match hidden_update {
                HiddenUpdate::Learn => vector::add(simd, sum, row),
                HiddenUpdate::Gradient => row.copy_from_slice(sum),
            }
        }
        Ok(loss)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use w2v_core::initial;
    use w2v_core::simd::Dispatch;
    use w2v_core::unigram::Slot;

    const DIM: usize = 20;
    const WORDS: usize = 400;

    /// A matrix of small random numbers.
    fn matrix(seed: u64, rows: usize) -> Vec<Lanes> {
        let mut matrix = vec![Lanes::ZERO; rows * blocks(DIM)];
        for (row, lanes) in (0..).zip(matrix.chunks_exact_mut(blocks(DIM))) {
            initial::fill(seed, row, DIM, lanes);
            lanes.iter_mut().flat_map(|lanes| &mut lanes.0).for_each(|number| *number *= 20.0);
        }
        matrix
    }

    /// Row `row` in `f64`, without padding.
    fn numbers(matrix: &[Lanes], row: u32) -> Vec<f64> {
        let lanes = matrix[row as usize * blocks(DIM)..].iter().flat_map(|lanes| lanes.0).take(DIM);
        lanes.map(f64::from).collect()
    }

    /// Trains a group, and compares the result with plain loops over the same draws.
    fn check<const G: usize>(negatives: usize, hidden_update: HiddenUpdate) {
        let (mut hidden, mut output) = (matrix(1, 10), matrix(2, WORDS));
        let (before, mut slots) = ((hidden.clone(), output.clone()), vec![Slot::ZERO; WORDS]);
        let distribution = Unigram::new((0..WORDS).map(|word| (WORDS - word) as u64), 0.75, &mut slots).unwrap();
        let hidden_rows: [u32; G] = std::array::from_fn(|at| 9 - at as u32);
        let targets: [u32; G] = std::array::from_fn(|at| 3 * at as u32);
        let (mut rng, mut first) = (SplitMix64::at(&[7]), Negatives::new());
        distribution.draw_negatives(&mut rng, negatives, &targets, &mut first);
        let (mut again, learning_rate) = (rng.clone(), 0.05);
        let mut buffers = Buffers::for_more(negatives, 8, DIM).unwrap();
        let many = Many {
            buffers: &mut buffers,
            hidden: &mut MatrixMut::new(&mut hidden, 10, DIM).unwrap(),
            hidden_rows: &hidden_rows,
            output: &mut MatrixMut::new(&mut output, WORDS, DIM).unwrap(),
            targets: &targets,
            first: &first,
            negatives,
            distribution,
            rng: &mut rng,
            learning_rate,
            hidden_update,
        };
        let loss = Dispatch::detect().run(many).unwrap();

        let mut steps = vec![first.to_vec()];
        while steps.iter().map(Vec::len).sum::<usize>() < negatives {
            let left = negatives - steps.iter().map(Vec::len).sum::<usize>();
            distribution.draw_negatives(&mut again, left, &targets, &mut first);
            steps.push(first.to_vec());
        }
        assert!(
            steps.len() == negatives.div_ceil(MAX_NEGATIVES)
                && !steps.concat().iter().any(|word| targets.contains(word))
        );
        let h: Vec<Vec<f64>> = hidden_rows.iter().map(|&row| numbers(&before.0, row)).collect();
        let mut w: Vec<Vec<f64>> = (0..WORDS as u32).map(|row| numbers(&before.1, row)).collect();
        let (mut gradients, mut expected_loss) = (vec![vec![0.0; DIM]; G], 0.0);
        for (number, step) in steps.iter().enumerate() {
            let read = w.clone();
            let own = (number == 0).then_some((None, 1.0));
            for (shared, label) in own.into_iter().chain(step.iter().map(|&row| (Some(row), 0.0))) {
                let rows: Vec<usize> = targets.iter().map(|&target| shared.unwrap_or(target) as usize).collect();
                // Logits are computed from the rows at the start of the step. The gradient of a row
                // that occurs twice uses the row as its first update left it.
                let met: Vec<Vec<f64>> = rows.iter().map(|&row| w[row].clone()).collect();
                for at in 0..G {
                    let logit: f64 = h[at].iter().zip(&read[rows[at]]).map(|(h, w)| h * w).sum();
                    let sigma = 1.0 / (1.0 + (-logit).exp());
                    expected_loss -= if label == 1.0 { sigma.ln() } else { (1.0 - sigma).ln() };
                    let error = f64::from(learning_rate) * (label - sigma);
                    for k in 0..DIM {
                        gradients[at][k] += error * met[at][k];
                        w[rows[at]][k] += error * h[at][k];
                    }
                }
            }
        }
        // The tolerance covers the sum of the errors of σ's table. A missing or an additional step
        // would change a hidden row by about a tenth.
        let near =
            |found: &[f64], expected: &[f64], by: f64| found.iter().zip(expected).all(|(a, b)| (a - b).abs() < by);
        assert!((f64::from(loss) - expected_loss).abs() < 1e-2 * expected_loss, "{loss} and {expected_loss}");
        for (at, &row) in hidden_rows.iter().enumerate() {
            let start = if hidden_update == HiddenUpdate::Learn { 1.0 } else { 0.0 };
            let expected: Vec<f64> = h[at].iter().zip(&gradients[at]).map(|(h, g)| start * h + g).collect();
            assert!(near(&numbers(&hidden, row), &expected, 1e-2), "{:?} and {expected:?}", numbers(&hidden, row));
        }
        for (row, expected) in (0..).zip(&w) {
            assert!(near(&numbers(&output, row), expected, 2e-3), "row {row}");
        }
    }

    #[test]
    fn many_negatives_are_those_of_plain_loops() {
        for hidden_update in [HiddenUpdate::Learn, HiddenUpdate::Gradient] {
            for negatives in [MAX_NEGATIVES + 1, 2 * MAX_NEGATIVES, 200] {
                check::<1>(negatives, hidden_update);
                check::<8>(negatives, hidden_update);
            }
        }
        assert!(Buffers::for_more(MAX_NEGATIVES, 8, DIM).is_none());
    }
}
