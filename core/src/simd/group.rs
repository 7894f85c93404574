//! The update at the heart of every step, in the order of operations that [`step`](crate::step) states: `G` hidden rows
//! against output rows that they share, and perhaps one of their own each.

mod columns;
mod opened;

use super::rows::Starts;
use super::{Kernel, Simd, parts};
use crate::error::Error;
use crate::matrix::{LANES, MatrixMut, blocks};
use crate::sigmoid::Sigmoid;
use columns::{Columns, Sixteen};
use opened::{Next, Opened};

/// Most output rows that one group may share, own row included.
pub const MAX_ROWS: usize = 48;

/// What a step does with its hidden rows at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hidden {
    /// They are input rows and learn: `h ← h + g`.
    Learn,
    /// They were gathered from input rows, and now hold what those shall receive: `h ← g`.
    Gradient,
}

/// Rows that a step soon after will use, fetched from memory while this one computes; none by default.
///
/// It changes no result: rows that do not exist, or are too many, are left out or have another in their place.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ahead<'a> {
    /// Rows of the hidden rows' matrix.
    pub hidden: &'a [u32],
    /// Rows of the output matrix.
    pub output: [&'a [u32]; 2],
}

/// One call's arguments.
pub(crate) struct Group<'g, 'h, 'o, F, const G: usize> {
    /// The matrix of the hidden rows.
    pub(crate) hidden: &'g mut MatrixMut<'h>,
    /// Which of its rows.
    pub(crate) hidden_rows: &'g [u32; G],
    /// The output matrix.
    pub(crate) output: &'g mut MatrixMut<'o>,
    /// Each hidden row's own output row, of label 1, if there are any.
    pub(crate) own: Option<&'g [u32; G]>,
    /// The output rows that all share.
    pub(crate) shared: &'g [u32],
    /// Bit `k` is the label of shared row `k`.
    pub(crate) labels: u64,
    /// η.
    pub(crate) learning_rate: f32,
    /// σ.
    pub(crate) sigmoid: &'g F,
    /// What becomes of the hidden rows.
    pub(crate) then: Hidden,
    /// What a later call will use.
    pub(crate) ahead: Ahead<'g>,
}

impl<F: Sigmoid, const G: usize> Group<'_, '_, '_, F, G> {
    /// Performs the update; what comes out is the loss Σ −ln σ(±u) over all logits, before it.
    ///
    /// # Errors
    /// [`Error::Number`], [`Error::Row`], [`Error::Dim`], [`Error::TooManyRows`], or [`Error::Empty`] without any output row; then nothing
    /// was written.
    #[inline(always)]
    pub(crate) fn update<S: Simd>(self, simd: S) -> Result<f32, Error> {
        let Self { hidden, hidden_rows, output, own, shared, labels, learning_rate, sigmoid, then, ahead } = self;
        let dim = hidden.dim();
        if output.dim() != dim {
            return Err(Error::Dim { expected: dim, given: output.dim() });
        }
        let columns = shared.len() + usize::from(own.is_some());
        if columns > MAX_ROWS {
            return Err(Error::TooManyRows);
        }
        const { assert!(G > 0 && G <= MAX_ROWS, "a group has a hidden row, and not too many for the stack") };
        if !learning_rate.is_finite() {
            return Err(Error::Number);
        }
        if columns == 0 {
            return Err(Error::Empty);
        }
        check(hidden_rows, hidden.rows())?;
        check(own.map_or(&[], |own| own.as_slice()), output.rows())?;
        check(shared, output.rows())?;
        let blocks = blocks(dim);
        let (inputs, outputs) = (hidden.rows(), output.rows());
        let (h, w) = (hidden.lanes_mut().as_mut_ptr(), output.lanes_mut().as_mut_ptr());
        let mut starts = Starts::uninit();
        // SAFETY: all ids were checked against their matrices, which are two, borrowed mutably for as long as this call.
        let opened = unsafe {
            Opened {
                hidden: opened::at(h, hidden_rows, blocks),
                own: own.map(|own| opened::at(w, own, blocks)),
                shared: starts.fill::<S>(shared, w, blocks),
                blocks,
            }
        };
        let labels = if own.is_some() { (labels << 1) | 1 } else { labels };

        let mut errors = Columns::uninit();
        for (chunk, into) in errors.chunks(columns) {
            phase::<S, _, G>(simd, Logits { opened: &opened, chunk, columns, into });
        }
        let loss = phase::<S, _, G>(simd, Errors { errors: &mut errors, columns, labels, learning_rate, sigmoid });
        let mut next = Next::default();
        if const { S::WIDTH > 1 } {
            let [first, second] = ahead.output;
            for (first, ids, rows) in [(h, ahead.hidden, inputs), (w, first, outputs), (w, second, outputs)] {
                // SAFETY: the matrices have rows, for ids were found in them.
                unsafe { next.add(first, ids, rows, blocks) };
            }
        }
        // Only AVX-512 has the registers to keep rows in; and where they are few it would not pay to find out.
        if const { G >= LARGE && S::WIDTH == LANES } && !repeats(hidden_rows, own, shared) {
            phase::<S, _, G>(simd, Apply::<S, G, true> { opened: &opened, errors: &errors, then, next: &next });
        } else {
            phase::<S, _, G>(simd, Apply::<S, G, false> { opened: &opened, errors: &errors, then, next: &next });
        }
        Ok(loss)
    }
}

/// Runs a phase of the update. Those of a large group are compiled apart from each other, or constants of one would take up
/// the registers of another; for a small one the calls would cost more.
#[inline(always)]
fn phase<S: Simd, K: Kernel, const G: usize>(simd: S, phase: K) -> K::Output {
    if const { G < LARGE } { phase.run(simd) } else { simd.enter(phase) }
}

/// Hidden rows of a large group, at least.
const LARGE: usize = 4;

/// Refuses an id beyond `rows` rows.
#[inline(always)]
pub(crate) fn check(ids: &[u32], rows: usize) -> Result<(), Error> {
    match ids.iter().find(|&&row| row as usize >= rows) {
        Some(&row) => Err(Error::Row { row, rows }),
        None => Ok(()),
    }
}

/// Whether a hidden or an own row is there twice, or an own row among the shared ones.
#[inline(always)]
fn repeats<const G: usize>(hidden: &[u32; G], own: Option<&[u32; G]>, shared: &[u32]) -> bool {
    let mut repeats = 0;
    // Each with those up to half way around.
    for away in 1..=G / 2 {
        for i in 0..G {
            repeats |= u32::from(hidden[i] == hidden[(i + away) % G]);
            repeats |= own.map_or(0, |own| u32::from(own[i] == own[(i + away) % G]));
        }
    }
    repeats |= own.map_or(0, |own| shared.iter().fold(0, |repeats, &row| repeats | among(own, row)));
    repeats != 0
}

/// Not 0 if `row` is among `rows`. All are looked at, for where they are few and of a number known to the compiler, it makes vector
/// instructions of that.
#[inline(always)]
pub(crate) fn among(rows: &[u32], row: u32) -> u32 {
    rows.iter().fold(0, |among, &other| among | u32::from(other == row))
}

/// The logits of a chunk of `columns` columns.
struct Logits<'a, 'p, F, const G: usize> {
    opened: &'a Opened<'p, F, G>,
    chunk: usize,
    columns: usize,
    into: &'a mut Sixteen,
}

impl<F: Simd, const G: usize> Kernel for Logits<'_, '_, F, G> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let lanes = lanes_of::<G>(self.chunk, self.columns);
        // SAFETY: the opened rows are there, and this group's alone.
        unsafe { self.opened.logits(simd, self.chunk, lanes, self.into.zeros()) };
    }
}

/// How many lanes of a chunk belong to one of `columns` columns.
#[inline(always)]
fn lanes_of<const G: usize>(chunk: usize, columns: usize) -> usize {
    (columns * G).saturating_sub(chunk * LANES).min(LANES)
}

/// Each logit replaced by its error times η; what comes out is the loss.
struct Errors<'a, F, const G: usize> {
    errors: &'a mut Columns<G>,
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
        for (chunk, sixteen) in errors.chunks(columns) {
            let lanes = lanes_of::<G>(chunk, columns);
            // SAFETY: the logits of every chunk were written.
            let numbers = unsafe { sixteen.written() };
            let (set, counted) = (labels_of::<G>(chunk, labels), first(lanes));
            for part in (0..parts::<S>()).take_while(|part| part * S::WIDTH < lanes) {
                let logit = simd.load(numbers, part);
                let (error, losses) = if const { S::WIDTH > 1 } {
                    let (label, counts) = (simd.bits(set, part), simd.bits(counted, part));
                    let (error, losses) = sigmoid.errors_and_losses(simd, logit, label);
                    // Lanes beyond the last column do not count, and their errors are never read.
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

/// A function of its own, or plain code would have several copies of it in its loop.
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

/// For each lane of a chunk, as a bit, the label of its column.
#[inline(always)]
fn labels_of<const G: usize>(chunk: usize, labels: u64) -> u16 {
    if LANES.is_multiple_of(G) {
        // Whole columns, and shifts that the compiler knows.
        let labels = labels >> (chunk * (LANES / G) % u64::BITS as usize);
        let column = |number| label_of::<1>(number, labels) * first(G);
        return (0..LANES / G).fold(0, |all, number| all | (column(number) << (number * G)));
    }
    (0..LANES).fold(0, |all, lane| all | (label_of::<G>(chunk * LANES + lane, labels) << lane))
}

/// The label of the column that place `place` of [`Columns`] belongs to, a bit.
#[inline(always)]
fn label_of<const G: usize>(place: usize, labels: u64) -> u16 {
    u16::from((labels >> (place / G % u64::BITS as usize)) & 1 == 1)
}

/// The gradients, and the update of all rows; `DISTINCT` if no row [`repeats`].
struct Apply<'a, 'p, F, const G: usize, const DISTINCT: bool> {
    opened: &'a Opened<'p, F, G>,
    errors: &'a Columns<G>,
    then: Hidden,
    next: &'a Next,
}

impl<F: Simd, const G: usize, const DISTINCT: bool> Kernel for Apply<'_, '_, F, G, DISTINCT> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        // SAFETY: the opened rows are there, and this group's alone; the errors of all columns were written.
        unsafe { self.opened.apply::<S, DISTINCT>(simd, self.errors, self.then, self.next) };
    }
}
