//! The update that negative sampling and hierarchical softmax have in common: `G` hidden rows are
//! trained against output rows that all of them share, and possibly against a target of their own
//! each. The order of operations is the one that [`step`](crate::step) states.
#![allow(unsafe_code, reason = "checks ids once, then lends the rows to loops without bounds checks")]

mod apply;
mod logits;
pub(crate) mod prefetch;
mod row_pointers;

use crate::error::Error;
use crate::kernel::{Kernel, Simd, parts};
use crate::kinds::HiddenUpdate;
use crate::lanes::{LANES, blocks};
use crate::matrix::MatrixMut;
use crate::rows::{MAX_ROWS, SharedRows, Starts, among};
use crate::sigmoid::Sigmoid;
use logits::{LaneChunk, Logits};
use prefetch::{Prefetch, PrefetchRows};
use row_pointers::{LARGE, RowPointers};

/// The arguments of one update.
pub(crate) struct Update<'g, 'h, 'o, F, const G: usize> {
    /// The matrix of the hidden rows.
    pub(crate) hidden: &'g mut MatrixMut<'h>,
    /// The ids of the hidden rows in `hidden`.
    pub(crate) hidden_rows: &'g [u32; G],
    /// The output matrix.
    pub(crate) output: &'g mut MatrixMut<'o>,
    /// The output row of each hidden row's target, with label 1. `None` if the step has no targets.
    pub(crate) targets: Option<&'g [u32; G]>,
    /// The output rows that all hidden rows share.
    pub(crate) shared: &'g [u32],
    /// Bit `k` is the label of shared row `k`.
    pub(crate) labels: u64,
    /// The step size η.
    pub(crate) learning_rate: f32,
    /// σ.
    pub(crate) sigmoid: &'g F,
    /// What happens to the hidden rows at the end.
    pub(crate) hidden_update: HiddenUpdate,
    /// Rows to prefetch for a later step.
    pub(crate) prefetch: Prefetch<'g>,
}

impl<F: Sigmoid, const G: usize> Update<'_, '_, '_, F, G> {
    /// Performs the update. Returns the loss before the update: Σ −ln σ(±u) over all logits, in
    /// nats.
    ///
    /// # Errors
    /// [`Error::Number`], [`Error::Row`], [`Error::Dim`], [`Error::TooManyRows`], or
    /// [`Error::Empty`] without any output row; then nothing was written.
    #[inline(always)]
    pub(crate) fn run<S: Simd>(self, simd: S) -> Result<f32, Error> {
        let Self { hidden, hidden_rows, output, targets, shared, labels, learning_rate, sigmoid, .. } = self;
        let (hidden_update, prefetch) = (self.hidden_update, self.prefetch);
        let dim = hidden.dim();
        if output.dim() != dim {
            return Err(Error::Dim { expected: dim, given: output.dim() });
        }
        let columns = shared.len() + usize::from(targets.is_some());
        if columns > MAX_ROWS {
            return Err(Error::TooManyRows);
        }
        const { assert!(G > 0 && G <= MAX_ROWS, "a step has a hidden row, and not too many for the stack") };
        if !learning_rate.is_finite() {
            return Err(Error::Number);
        }
        if columns == 0 {
            return Err(Error::Empty);
        }
        check(hidden_rows, hidden.rows())?;
        check(targets.map_or(&[], |targets| targets.as_slice()), output.rows())?;
        check(shared, output.rows())?;
        let blocks = blocks(dim);
        let (inputs, outputs) = (hidden.rows(), output.rows());
        let (h, w) = (hidden.lanes_mut().as_mut_ptr(), output.lanes_mut().as_mut_ptr());
        let mut starts = S::Starts::NONE;
        // SAFETY: all ids were checked against their matrices. The two matrices are different, and
        // are borrowed mutably during this call. There are at most `MAX_ROWS` shared rows.
        let rows = unsafe {
            RowPointers {
                hidden: row_pointers::at(h, hidden_rows, blocks),
                targets: targets.map(|targets| row_pointers::at(w, targets, blocks)),
                shared: SharedRows::new(shared, w, blocks, &mut starts),
                blocks,
            }
        };
        let labels = if targets.is_some() { (labels << 1) | 1 } else { labels };

        let mut errors = Logits::uninit();
        for (chunk, into) in errors.chunks(columns) {
            phase::<S, _, G>(simd, ComputeLogits { rows: &rows, chunk, columns, into });
        }
        let loss = phase::<S, _, G>(simd, Errors { errors: &mut errors, columns, labels, learning_rate, sigmoid });
        let mut next = PrefetchRows::default();
        if const { S::WIDTH > 1 } {
            let [first, second] = prefetch.output;
            for (first, ids, rows) in [(h, prefetch.hidden, inputs), (w, first, outputs), (w, second, outputs)] {
                // SAFETY: each matrix has rows, because ids were found in it.
                unsafe { next.add(first, ids, rows, blocks) };
            }
        }
        // Only AVX-512 has enough registers to keep rows in registers. With fewer registers, the
        // check for repeated rows would cost more than it saves.
        if const { G >= LARGE && S::WIDTH == LANES } && !repeats(hidden_rows, targets, shared) {
            phase::<S, _, G>(simd, Apply::<_, G, true> { rows: &rows, errors: &errors, hidden_update, next: &next });
        } else {
            phase::<S, _, G>(simd, Apply::<_, G, false> { rows: &rows, errors: &errors, hidden_update, next: &next });
        }
        Ok(loss)
    }
}

/// Runs a phase of the update.
///
/// The phases of a large step are compiled as separate functions, so that the constants of one
/// phase do not compete with those of another for registers. For a small step the calls would cost
/// more than they save.
#[inline(always)]
fn phase<S: Simd, K: Kernel, const G: usize>(simd: S, phase: K) -> K::Output {
    if const { G < LARGE } { phase.run(simd) } else { simd.enter(phase) }
}

/// [`Error::Row`] if one of `ids` is not below `rows`.
#[inline(always)]
pub(crate) fn check(ids: &[u32], rows: usize) -> Result<(), Error> {
    match ids.iter().find(|&&row| row as usize >= rows) {
        Some(&row) => Err(Error::Row { row, rows }),
        None => Ok(()),
    }
}

/// Whether a hidden row or a target occurs twice, or a target is among the shared rows.
#[inline(always)]
fn repeats<const G: usize>(hidden: &[u32; G], targets: Option<&[u32; G]>, shared: &[u32]) -> bool {
    let mut repeats = 0;
    // Each row is compared with the next G/2 rows, cyclically, so that each pair is compared.
    for away in 1..=G / 2 {
        for i in 0..G {
            repeats |= u32::from(hidden[i] == hidden[(i + away) % G]);
            repeats |= targets.map_or(0, |targets| u32::from(targets[i] == targets[(i + away) % G]));
        }
    }
    repeats |= targets.map_or(0, |targets| shared.iter().fold(0, |repeats, &row| repeats | among(targets, row)));
    repeats != 0
}

/// Computes the logits of chunk number `chunk`. The step has `columns` output rows.
struct ComputeLogits<'a, 'p, T, const G: usize> {
    rows: &'a RowPointers<'p, T, G>,
    chunk: usize,
    columns: usize,
    into: &'a mut LaneChunk,
}

impl<T: Starts, const G: usize> Kernel for ComputeLogits<'_, '_, T, G> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let lanes = lanes_of::<G>(self.chunk, self.columns);
        // SAFETY: the rows exist, and only this update uses them.
        unsafe { self.rows.logits(simd, self.chunk, lanes, self.into.zeros()) };
    }
}

/// The number of lanes of a chunk that belong to one of `columns` output rows.
#[inline(always)]
fn lanes_of<const G: usize>(chunk: usize, columns: usize) -> usize {
    (columns * G).saturating_sub(chunk * LANES).min(LANES)
}

/// Replaces each logit by η times its error. Returns the loss.
struct Errors<'a, F, const G: usize> {
    errors: &'a mut Logits<G>,
    columns: usize,
    labels: u64,
    learning_rate: f32,
    sigmoid: &'a F,
}

impl<F: Sigmoid, const G: usize> Kernel for Errors<'_, F, G> {
    type Output = f32;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> f32 {
        let Self { errors, columns, labels, learning_rate, sigmoid } = self;
        let (rate, zero) = (simd.splat(learning_rate), simd.splat(0.0));
        let mut loss = [0.0; LANES];
        for (chunk, lane_chunk) in errors.chunks(columns) {
            let lanes = lanes_of::<G>(chunk, columns);
            // SAFETY: the logits of every chunk were written.
            let numbers = unsafe { lane_chunk.written() };
            let (set, counted) = (labels_of::<G>(chunk, labels), first(lanes));
            for part in (0..parts::<S>()).take_while(|part| part * S::WIDTH < lanes) {
                let logit = simd.load(numbers, part);
                let (error, losses) = if const { S::WIDTH > 1 } {
                    let (label, counts) = (simd.bits(set, part), simd.bits(counted, part));
                    let (error, losses) = sigmoid.errors_and_losses(simd, logit, label);
                    // Lanes beyond the last output row do not count for the loss, and their errors
                    // are never read.
                    (error, simd.select_less(zero, counts, losses, zero))
                } else {
                    one_of(simd, sigmoid, logit, simd.bits(label_of::<G>(chunk * LANES + part, labels), 0))
                };
                simd.store(simd.mul(rate, error), numbers, part);
                simd.store(simd.add(simd.load(&loss, part), losses), &mut loss, part);
            }
        }
        simd.total(simd.sums_from(&loss))
    }
}

/// Not inlined: otherwise the loop of plain code would contain several copies of it.
#[inline(never)]
fn one_of<S: Simd, F: Sigmoid>(
    simd: S,
    sigmoid: &F,
    logit: S::Register,
    label: S::Register,
) -> (S::Register, S::Register) {
    sigmoid.errors_and_losses(simd, logit, label)
}

/// A mask of sixteen lanes in which the first `lanes` bits are set.
#[inline(always)]
const fn first(lanes: usize) -> u16 {
    if lanes < LANES { (1 << lanes) - 1 } else { u16::MAX }
}

/// For each lane of a chunk the label of its output row, as a bit.
#[inline(always)]
fn labels_of<const G: usize>(chunk: usize, labels: u64) -> u16 {
    if LANES.is_multiple_of(G) {
        // A chunk holds whole output rows, and the shifts are constants.
        let labels = labels >> (chunk * (LANES / G) % u64::BITS as usize);
        let column = |number| label_of::<1>(number, labels) * first(G);
        return (0..LANES / G).fold(0, |all, number| all | (column(number) << (number * G)));
    }
    (0..LANES).fold(0, |all, lane| all | (label_of::<G>(chunk * LANES + lane, labels) << lane))
}

/// The label, 0 or 1, of the output row to which place `place` of [`Logits`] belongs.
#[inline(always)]
fn label_of<const G: usize>(place: usize, labels: u64) -> u16 {
    u16::from((labels >> (place / G % u64::BITS as usize)) & 1 == 1)
}

/// Computes the gradients and updates all rows. `DISTINCT` says that no row [`repeats`].
struct Apply<'a, 'p, T, const G: usize, const DISTINCT: bool> {
    rows: &'a RowPointers<'p, T, G>,
    errors: &'a Logits<G>,
    hidden_update: HiddenUpdate,
    next: &'a PrefetchRows,
}

impl<T: Starts, const G: usize, const DISTINCT: bool> Kernel for Apply<'_, '_, T, G, DISTINCT> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        // SAFETY: the rows exist, and only this update uses them; the errors of all output rows
        // were written.
        unsafe { self.rows.apply::<S, DISTINCT>(simd, self.errors, self.hidden_update, self.next) };
    }
}
