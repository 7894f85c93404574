//! The update at the heart of every step, in the order of operations that [`step`](crate::step) states: `G` hidden rows
//! against output rows that they share, and perhaps one of their own each.

use super::Simd;
use crate::error::Error;
use crate::matrix::{LANES, Lanes, MatrixMut, blocks};
use crate::sigmoid::Sigmoid;

/// Most output rows that one group may share, own row included.
pub const MAX_ROWS: usize = 64;

/// What a step does with its hidden rows at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hidden {
    /// They are input rows and learn: `h ← h + g`.
    Learn,
    /// They were gathered from input rows, and now hold what those shall receive: `h ← g`.
    Gradient,
}

/// One call's arguments; see the module.
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
}

/// `column[k][i]`: the logit, then the scaled error, of hidden row `i` with output row `k`.
#[repr(C, align(64))]
struct Columns<const G: usize>([[f32; G]; MAX_ROWS]);

/// Rows of one matrix, by id, without a bounds check.
#[derive(Clone, Copy)]
struct Rows {
    first: *mut Lanes,
    blocks: usize,
}

impl Rows {
    /// Block `block` of row `row`.
    ///
    /// # Safety
    /// `row` must be below the matrix's rows and `block` below its blocks.
    #[inline(always)]
    unsafe fn at(self, row: u32, block: usize) -> *mut Lanes {
        // SAFETY: inside the matrix, says the caller.
        unsafe { self.first.add(row as usize * self.blocks + block) }
    }

    /// # Safety
    /// As [`at`](Self::at); nobody else may be writing the matrix.
    #[inline(always)]
    unsafe fn load<S: Simd>(self, simd: S, row: u32, block: usize) -> S::Block {
        // SAFETY: a valid place, says the caller; the reference ends with this call.
        unsafe { simd.load(&(*self.at(row, block)).0) }
    }

    /// # Safety
    /// As [`load`](Self::load).
    #[inline(always)]
    unsafe fn store<S: Simd>(self, simd: S, value: S::Block, row: u32, block: usize) {
        // SAFETY: a valid place, says the caller; the reference ends with this call.
        unsafe { simd.store(value, &mut (*self.at(row, block)).0) }
    }
}

impl<F: Sigmoid, const G: usize> Group<'_, '_, '_, F, G> {
    /// Performs the update; what comes out is the loss Σ −ln σ(±u) over all logits, before it.
    ///
    /// # Errors
    /// [`Error::Row`], [`Error::Dim`], [`Error::TooManyRows`], or [`Error::Empty`] without any output row; then nothing
    /// was written.
    #[inline(always)]
    pub(crate) fn update<S: Simd>(self, simd: S) -> Result<f32, Error> {
        let Self { hidden, hidden_rows, output, own, shared, labels, learning_rate, sigmoid, then } = self;
        let dim = hidden.dim();
        if output.dim() != dim {
            return Err(Error::Dim { expected: dim, given: output.dim() });
        }
        let columns = shared.len() + usize::from(own.is_some());
        if columns > MAX_ROWS {
            return Err(Error::TooManyRows);
        }
        if columns == 0 || G == 0 {
            return Err(Error::Empty);
        }
        check(hidden_rows, hidden.rows())?;
        check(own.map_or(&[], |own| own.as_slice()), output.rows())?;
        check(shared, output.rows())?;

        let blocks = blocks(dim);
        let h = Rows { first: hidden.lanes_mut().as_mut_ptr(), blocks };
        let w = Rows { first: output.lanes_mut().as_mut_ptr(), blocks };
        let mut errors = Columns([[0.0; G]; MAX_ROWS]);
        // SAFETY: `h` and `w` are two matrices, each borrowed mutably for as long as this call; all ids were
        // checked against their rows, and both have `blocks` blocks a row.
        unsafe { logits(simd, h, hidden_rows, w, own, shared, &mut errors) };
        let loss = scale_errors(simd, &mut errors, own.is_some(), columns, labels, learning_rate, sigmoid);
        // SAFETY: as above.
        unsafe { apply(simd, h, hidden_rows, w, own, shared, &errors, then) };
        Ok(loss)
    }
}

#[inline(always)]
fn check(ids: &[u32], rows: usize) -> Result<(), Error> {
    match ids.iter().find(|&&row| row as usize >= rows) {
        Some(&row) => Err(Error::Row { row, rows }),
        None => Ok(()),
    }
}

/// Part 1: the logits, own rows first.
///
/// # Safety
/// All ids must be rows of their matrices, which must be distinct, of equal `blocks`, and not be used elsewhere.
#[inline(always)]
unsafe fn logits<S: Simd, const G: usize>(
    simd: S,
    h: Rows,
    hidden_rows: &[u32; G],
    w: Rows,
    own: Option<&[u32; G]>,
    shared: &[u32],
    logits: &mut Columns<G>,
) {
    let columns = shared.len() + usize::from(own.is_some());
    let flat = logits.0.as_flattened_mut();
    for (chunk, sixteen) in flat.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        if chunk * LANES >= columns * G {
            break;
        }
        let mut hidden = [h.first; LANES];
        for (lane, hidden) in hidden.iter_mut().enumerate() {
            // SAFETY: a checked row.
            *hidden = unsafe { h.at(hidden_rows[(chunk * LANES + lane) % G], 0) };
        }
        let mut output = [w.first; LANES];
        let sums = if 2 * G == LANES && (own.is_none() || chunk > 0) {
            // Two columns of eight that share their row: the compiler sees that it loads it once.
            let (left, right) = output.split_at_mut(G);
            // SAFETY: checked rows.
            unsafe {
                left.fill(w.at(output_row(own, shared, 2 * chunk, 0), 0));
                right.fill(w.at(output_row(own, shared, 2 * chunk + 1, 0), 0));
                dots(simd, &hidden, &output, h.blocks)
            }
        } else {
            for (lane, output) in output.iter_mut().enumerate() {
                let (column, i) = ((chunk * LANES + lane) / G, (chunk * LANES + lane) % G);
                // SAFETY: a checked row.
                *output = unsafe { w.at(output_row(own, shared, column, i), 0) };
            }
            // SAFETY: checked rows of `blocks` blocks.
            unsafe { dots(simd, &hidden, &output, h.blocks) }
        };
        simd.store(sums, sixteen);
    }
}

/// The output row of hidden row `i` in `column`; beyond the last column, some row that exists.
#[inline(always)]
fn output_row<const G: usize>(own: Option<&[u32; G]>, shared: &[u32], column: usize, i: usize) -> u32 {
    let found = match own {
        Some(own) if column == 0 || shared.is_empty() => own.get(i),
        Some(_) => shared.get(column - 1).or(shared.last()),
        None => shared.get(column).or(shared.last()),
    };
    found.copied().unwrap_or(0)
}

/// Sixteen dot products of rows of `blocks` blocks.
///
/// # Safety
/// All pointers must be to so many blocks, and nobody may be writing them.
#[inline(always)]
unsafe fn dots<S: Simd>(
    simd: S,
    hidden: &[*mut Lanes; LANES],
    output: &[*mut Lanes; LANES],
    blocks: usize,
) -> S::Block {
    let mut sums = [simd.splat(0.0); LANES];
    for tile in 0..LANES / S::TILE {
        for block in 0..blocks {
            for lane in tile * S::TILE..(tile + 1) * S::TILE {
                let lane = lane % LANES;
                // SAFETY: the caller's promise.
                let (a, b) =
                    unsafe { (simd.load(&(*hidden[lane].add(block)).0), simd.load(&(*output[lane].add(block)).0)) };
                sums[lane] = simd.mul_add(a, b, sums[lane]);
            }
        }
    }
    simd.sums(&sums)
}

/// The rest of part 1: logits become scaled errors; returns the loss.
#[inline(always)]
fn scale_errors<S: Simd, F: Sigmoid, const G: usize>(
    simd: S,
    columns: &mut Columns<G>,
    own: bool,
    used: usize,
    labels: u64,
    learning_rate: f32,
    sigmoid: &F,
) -> f32 {
    let labels = if own { (labels << 1) | 1 } else { labels };
    let rate = simd.splat(learning_rate);
    let mut total = simd.splat(0.0);
    let flat = columns.0.as_flattened_mut();
    for (chunk, sixteen) in flat.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        let first = chunk * LANES;
        if first >= used * G {
            break;
        }
        let mut label = [0.0; LANES];
        for (lane, label) in label.iter_mut().enumerate() {
            let column = (first + lane) / G;
            if column >= used {
                // No such column: a logit that is surely right for label 0 costs nothing and errs nothing.
                sixteen[lane % LANES] = f32::MIN;
            } else if (labels >> column) & 1 == 1 {
                *label = 1.0;
            }
        }
        let (errors, losses) = sigmoid.errors_and_losses(simd, simd.load(sixteen), simd.load(&label));
        simd.store(simd.mul(rate, errors), sixteen);
        total = simd.add(total, losses);
    }
    simd.sum(total)
}

/// Parts 2 to 4.
///
/// # Safety
/// As [`logits`].
#[inline(always)]
#[allow(clippy::too_many_arguments)]
unsafe fn apply<S: Simd, const G: usize>(
    simd: S,
    h: Rows,
    hidden_rows: &[u32; G],
    w: Rows,
    own: Option<&[u32; G]>,
    shared: &[u32],
    errors: &Columns<G>,
    then: Hidden,
) {
    let (own_errors, shared_errors) = match own {
        Some(_) => errors.0.split_at(1),
        None => errors.0.split_at(0),
    };
    for block in 0..h.blocks {
        let mut hidden = [simd.splat(0.0); G];
        for (hidden, &row) in hidden.iter_mut().zip(hidden_rows) {
            // SAFETY: the caller's promise; `block` counts to `blocks`.
            *hidden = unsafe { h.load(simd, row, block) };
        }
        let mut gradient = [simd.splat(0.0); G];
        if let (Some(own), Some(errors)) = (own, own_errors.first()) {
            for i in 0..G {
                // SAFETY: as above.
                gradient[i] = simd.mul(simd.splat(errors[i]), unsafe { w.load(simd, own[i], block) });
            }
        }
        for (&row, errors) in shared.iter().zip(shared_errors) {
            // SAFETY: as above.
            let mut learned = unsafe { w.load(simd, row, block) };
            let before = learned;
            for i in 0..G {
                let error = simd.splat(errors[i]);
                gradient[i] = simd.mul_add(error, before, gradient[i]);
                learned = simd.mul_add(error, hidden[i], learned);
            }
            // SAFETY: as above.
            unsafe { w.store(simd, learned, row, block) };
        }
        if let (Some(own), Some(errors)) = (own, own_errors.first()) {
            for i in 0..G {
                // SAFETY: as above; loaded again, since it may be another's own row too.
                unsafe {
                    let learned = simd.mul_add(simd.splat(errors[i]), hidden[i], w.load(simd, own[i], block));
                    w.store(simd, learned, own[i], block);
                }
            }
        }
        for i in 0..G {
            // SAFETY: as above; loaded again, since it may be another input's row too.
            unsafe {
                let value = match then {
                    Hidden::Learn => simd.add(h.load(simd, hidden_rows[i], block), gradient[i]),
                    Hidden::Gradient => gradient[i],
                };
                h.store(simd, value, hidden_rows[i], block);
            }
        }
    }
}
