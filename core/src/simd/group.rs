//! The update at the heart of every step, in the order of operations that [`step`](crate::step) states: `G` hidden rows
//! against output rows that they share, and perhaps one of their own each.

use super::Simd;
use crate::error::Error;
use crate::matrix::{LANES, Lanes, MatrixMut, blocks};
use crate::sigmoid::Sigmoid;
use core::mem::MaybeUninit;

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
}

impl<F: Sigmoid, const G: usize> Group<'_, '_, '_, F, G> {
    /// Performs the update; what comes out is the loss Σ −ln σ(±u) over all logits, before it.
    ///
    /// # Errors
    /// [`Error::Number`], [`Error::Row`], [`Error::Dim`], [`Error::TooManyRows`], or [`Error::Empty`] without any output row; then nothing
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
        let opened = Opened {
            h: Rows { first: hidden.lanes_mut().as_mut_ptr(), blocks },
            hidden_rows,
            w: Rows { first: output.lanes_mut().as_mut_ptr(), blocks },
            own,
            shared,
        };
        let labels = if own.is_some() { (labels << 1) | 1 } else { labels };

        let mut errors = Columns::uninit();
        let rate = simd.splat(learning_rate);
        let mut loss = simd.splat(0.0);
        for (chunk, sixteen) in errors.chunks(columns) {
            // SAFETY: the matrices are two, borrowed mutably for as long as this call, and all ids were checked.
            let logits = unsafe { opened.logits(simd, chunk) };
            let (label, counts) = columns_of::<G>(chunk, columns, labels);
            let (error, losses) = sigmoid.errors_and_losses(simd, logits, simd.load(&label));
            sixteen.write(simd, simd.mul(rate, error));
            // Lanes beyond the last column do not count, and their errors are never read.
            let zero = simd.splat(0.0);
            loss = simd.add(loss, simd.select_less(zero, simd.load(&counts), losses, zero));
        }
        // SAFETY: as above; `errors` was filled for `columns` columns.
        unsafe { opened.apply(simd, &errors, then) };
        Ok(simd.sum(loss))
    }
}

#[inline(always)]
fn check(ids: &[u32], rows: usize) -> Result<(), Error> {
    match ids.iter().find(|&&row| row as usize >= rows) {
        Some(&row) => Err(Error::Row { row, rows }),
        None => Ok(()),
    }
}

/// For each lane of a chunk the label of its column, and 1 or 0 for whether there is such a column.
#[inline(always)]
fn columns_of<const G: usize>(chunk: usize, columns: usize, labels: u64) -> ([f32; LANES], [f32; LANES]) {
    let (mut label, mut counts) = ([0.0; LANES], [0.0; LANES]);
    for (lane, (label, counts)) in label.iter_mut().zip(&mut counts).enumerate() {
        let column = (chunk * LANES + lane) / G;
        *counts = f32::from(u8::from(column < columns));
        *label = f32::from(u8::from((labels >> (column % MAX_ROWS)) & 1 == 1));
    }
    (label, counts)
}

/// `column[k][i]`: the scaled error of hidden row `i` with output row `k`, own rows first.
#[repr(C, align(64))]
struct Columns<const G: usize>([[MaybeUninit<f32>; G]; MAX_ROWS]);

/// Sixteen consecutive places of [`Columns`].
#[repr(transparent)]
struct Sixteen([MaybeUninit<f32>; LANES]);

impl<const G: usize> Columns<G> {
    #[inline(always)]
    const fn uninit() -> Self {
        Self([[MaybeUninit::uninit(); G]; MAX_ROWS])
    }

    /// As many chunks of sixteen places as it takes to hold `columns` columns, numbered.
    #[inline(always)]
    fn chunks(&mut self, columns: usize) -> impl Iterator<Item = (usize, &mut Sixteen)> {
        let (chunks, _) = self.0.as_flattened_mut().as_chunks_mut::<LANES>();
        // SAFETY: `Sixteen` is transparent over the array.
        let chunks = chunks.iter_mut().map(|chunk| unsafe { &mut *core::ptr::from_mut(chunk).cast::<Sixteen>() });
        chunks.enumerate().take((columns * G).div_ceil(LANES))
    }

    /// Column `k`.
    ///
    /// # Safety
    /// Its chunks must have been written.
    #[inline(always)]
    unsafe fn column(&self, k: usize) -> &[f32; G] {
        // SAFETY: written, says the caller, and a `MaybeUninit<f32>` is laid out as an `f32`.
        unsafe { &*(&raw const self.0[k % MAX_ROWS]).cast::<[f32; G]>() }
    }
}

impl Sixteen {
    #[inline(always)]
    fn write<S: Simd>(&mut self, simd: S, block: S::Block) {
        let mut lanes = [0.0; LANES];
        simd.store(block, &mut lanes);
        // SAFETY: a `MaybeUninit<f32>` is laid out as an `f32`.
        unsafe { self.0.as_mut_ptr().cast::<[f32; LANES]>().write(lanes) };
    }
}

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

/// Two matrices of equal `blocks`, and ids that were checked against their rows.
struct Opened<'g, const G: usize> {
    h: Rows,
    hidden_rows: &'g [u32; G],
    w: Rows,
    own: Option<&'g [u32; G]>,
    shared: &'g [u32],
}

impl<const G: usize> Opened<'_, G> {
    /// Part 1: sixteen logits, own rows first.
    ///
    /// # Safety
    /// All ids must be rows of their matrices, which must be distinct and not be used elsewhere.
    #[inline(always)]
    unsafe fn logits<S: Simd>(&self, simd: S, chunk: usize) -> S::Block {
        let Self { h, w, .. } = *self;
        let mut hidden = [h.first; LANES];
        for (lane, hidden) in hidden.iter_mut().enumerate() {
            // SAFETY: a checked row.
            *hidden = unsafe { h.at(self.hidden_rows[(chunk * LANES + lane) % G], 0) };
        }
        let mut output = [w.first; LANES];
        if 2 * G == LANES && (self.own.is_none() || chunk > 0) {
            // Two columns of eight that share their row: the compiler sees that it loads it once.
            let (left, right) = output.split_at_mut(G);
            // SAFETY: checked rows of `blocks` blocks.
            unsafe {
                left.fill(w.at(self.output_row(2 * chunk, 0), 0));
                right.fill(w.at(self.output_row(2 * chunk + 1, 0), 0));
                dots(simd, &hidden, &output, h.blocks)
            }
        } else {
            for (lane, output) in output.iter_mut().enumerate() {
                let (column, i) = ((chunk * LANES + lane) / G, (chunk * LANES + lane) % G);
                // SAFETY: a checked row.
                *output = unsafe { w.at(self.output_row(column, i), 0) };
            }
            // SAFETY: checked rows of `blocks` blocks.
            unsafe { dots(simd, &hidden, &output, h.blocks) }
        }
    }

    /// The output row of hidden row `i` in `column`; beyond the last column, some row that exists.
    #[inline(always)]
    fn output_row(&self, column: usize, i: usize) -> u32 {
        let found = match self.own {
            Some(own) if column == 0 || self.shared.is_empty() => own.get(i),
            Some(_) => self.shared.get(column - 1).or(self.shared.last()),
            None => self.shared.get(column).or(self.shared.last()),
        };
        found.copied().unwrap_or(0)
    }

    /// Parts 2 to 4.
    ///
    /// # Safety
    /// As [`logits`](Self::logits), and `errors` must have been written for all own and shared rows.
    #[inline(always)]
    unsafe fn apply<S: Simd>(&self, simd: S, errors: &Columns<G>, then: Hidden) {
        let Self { h, hidden_rows, w, own, shared } = *self;
        let first_shared = usize::from(own.is_some());
        for block in 0..h.blocks {
            let mut hidden = [simd.splat(0.0); G];
            for (hidden, &row) in hidden.iter_mut().zip(hidden_rows) {
                // SAFETY: the caller's promise; `block` counts to `blocks`.
                *hidden = unsafe { h.load(simd, row, block) };
            }
            let mut gradient = [simd.splat(0.0); G];
            if let Some(own) = own {
                // SAFETY: as above.
                let errors = unsafe { errors.column(0) };
                for i in 0..G {
                    // SAFETY: as above.
                    gradient[i] = simd.mul(simd.splat(errors[i]), unsafe { w.load(simd, own[i], block) });
                }
            }
            for (k, &row) in shared.iter().enumerate() {
                // SAFETY: as above.
                let (errors, mut learned) = unsafe { (errors.column(first_shared + k), w.load(simd, row, block)) };
                let before = learned;
                for i in 0..G {
                    let error = simd.splat(errors[i]);
                    gradient[i] = simd.mul_add(error, before, gradient[i]);
                    learned = simd.mul_add(error, hidden[i], learned);
                }
                // SAFETY: as above.
                unsafe { w.store(simd, learned, row, block) };
            }
            if let Some(own) = own {
                // SAFETY: as above.
                let errors = unsafe { errors.column(0) };
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
    const { assert!(S::TILE > 0 && LANES.is_multiple_of(S::TILE), "tiles make up a block") };
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
