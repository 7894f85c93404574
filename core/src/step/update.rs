//! The update at the heart of every step, in the order of operations that [`step`](crate::step)
//! states: `G` hidden rows against output rows that they share, and perhaps a target of their own
//! each.
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
    /// Which of its rows.
    pub(crate) hidden_rows: &'g [u32; G],
    /// The output matrix.
    pub(crate) output: &'g mut MatrixMut<'o>,
    /// Each hidden row's own output row, of label 1, if the step has targets.
    pub(crate) targets: Option<&'g [u32; G]>,
    /// The output rows that all hidden rows share.
    pub(crate) shared: &'g [u32],
    /// Bit `k` is the label of shared row `k`.
    pub(crate) labels: u64,
    /// The step size η.
    pub(crate) learning_rate: f32,
    /// σ.
    pub(crate) sigmoid: &'g F,
    /// What becomes of the hidden rows.
    pub(crate) hidden_update: HiddenUpdate,
    /// Rows that a later step will use.
    pub(crate) prefetch: Prefetch<'g>,
}

impl<F: Sigmoid, const G: usize> Update<'_, '_, '_, F, G> {
    /// Performs the update and returns the loss before it: Σ −ln σ(±u) over all logits.
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
        // SAFETY: all ids were checked against their matrices, which are two, borrowed mutably as
        // long as this call; and the shared rows are not too many.
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
                // SAFETY: the matrices have rows, for ids were found in them.
                unsafe { next.add(first, ids, rows, blocks) };
            }
        }
        // Only AVX-512 has the registers to keep rows in. Where registers are few, finding out
        // whether rows repeat would cost more than it saves.
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
/// The phases of a large step are compiled apart from each other, so that the constants of one do
/// not take the registers of another. For a small step the calls would cost more than that.
#[inline(always)]
fn phase<S: Simd, K: Kernel, const G: usize>(simd: S, phase: K) -> K::Output {
    if const { G < LARGE } { phase.run(simd) } else { simd.enter(phase) }
}

/// Refuses an id beyond `rows` rows.
#[inline(always)]
pub(crate) fn check(ids: &[u32], rows: usize) -> Result<(), Error> {
    match ids.iter().find(|&&row| row as usize >= rows) {
        Some(&row) => Err(Error::Row { row, rows }),
        None => Ok(()),
    }
}

/// Whether a hidden row or a target is there twice, or a target is among the shared rows.
#[inline(always)]
fn repeats<const G: usize>(hidden: &[u32; G], targets: Option<&[u32; G]>, shared: &[u32]) -> bool {
    let mut repeats = 0;
    // Each with those up to half way around.
    for away in 1..=G / 2 {
        for i in 0..G {
            repeats |= u32::from(hidden[i] == hidden[(i + away) % G]);
            repeats |= targets.map_or(0, |targets| u32::from(targets[i] == targets[(i + away) % G]));
        }
    }
    repeats |= targets.map_or(0, |targets| shared.iter().fold(0, |repeats, &row| repeats | among(targets, row)));
    repeats != 0
}

/// Computes the logits of one chunk, where the step has `columns` output rows.
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
        // SAFETY: the rows are there, and only this update uses them.
        unsafe { self.rows.logits(simd, self.chunk, lanes, self.into.zeros()) };
    }
}

/// How many lanes of a chunk belong to one of `columns` output rows.
#[inline(always)]
fn lanes_of<const G: usize>(chunk: usize, columns: usize) -> usize {
    (columns * G).saturating_sub(chunk * LANES).min(LANES)
}

/// Replaces each logit by its error times η, and returns the loss.
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
                    // Lanes beyond the last output row do not count, and their errors are never
                    // read.
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

/// A function of its own: inlined, plain code would have several copies of it in its loop.
#[inline(never)]
fn one_of<S: Simd, F: Sigmoid>(
    simd: S,
    sigmoid: &F,
    logit: S::Register,
    label: S::Register,
) -> (S::Register, S::Register) {
    sigmoid.errors_and_losses(simd, logit, label)
}

/// Bits of the first `lanes` of sixteen lanes.
#[inline(always)]
const fn first(lanes: usize) -> u16 {
    if lanes < LANES { (1 << lanes) - 1 } else { u16::MAX }
}

/// For each lane of a chunk, as a bit, the label of its output row.
#[inline(always)]
fn labels_of<const G: usize>(chunk: usize, labels: u64) -> u16 {
    if LANES.is_multiple_of(G) {
        // Whole output rows, and shifts that the compiler knows.
        let labels = labels >> (chunk * (LANES / G) % u64::BITS as usize);
        let column = |number| label_of::<1>(number, labels) * first(G);
        return (0..LANES / G).fold(0, |all, number| all | (column(number) << (number * G)));
    }
    (0..LANES).fold(0, |all, lane| all | (label_of::<G>(chunk * LANES + lane, labels) << lane))
}

/// The label, a bit, of the output row that place `place` of [`Logits`] belongs to.
#[inline(always)]
fn label_of<const G: usize>(place: usize, labels: u64) -> u16 {
    u16::from((labels >> (place / G % u64::BITS as usize)) & 1 == 1)
}

/// The gradients, and the update of all rows; `DISTINCT` if no row [`repeats`].
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
        // SAFETY: the rows are there, and only this update uses them; the errors of all output rows
        // were written.
        unsafe { self.rows.apply::<S, DISTINCT>(simd, self.errors, self.hidden_update, self.next) };
    }
}
