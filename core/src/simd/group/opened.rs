//! Rows by address: the loops over a group's rows, without a bounds check.

use super::columns::Columns;
use super::{Hidden, LARGE, MAX_ROWS};
use crate::matrix::{LANES, Lanes};
use crate::simd::rows::{Shared, load, store};
use crate::simd::{Simd, parts};
use core::array::from_fn;

/// Rows of two matrices, each of `blocks` blocks.
pub(super) struct Opened<'p, F, const G: usize> {
    pub(super) hidden: [*mut Lanes; G],
    pub(super) own: Option<[*mut Lanes; G]>,
    /// Found for backend `F`, whichever reads them.
    pub(super) shared: Shared<'p, F>,
    pub(super) blocks: usize,
}

/// Where rows of a matrix begin.
///
/// # Safety
/// `ids` must be rows of the matrix of rows of `blocks` blocks that begins at `first`.
#[inline(always)]
pub(super) unsafe fn at<const G: usize>(first: *mut Lanes, ids: &[u32; G], blocks: usize) -> [*mut Lanes; G] {
    let mut places = [first; G];
    for (place, &id) in places.iter_mut().zip(ids) {
        // SAFETY: inside the matrix, says the caller.
        *place = unsafe { first.add(id as usize * blocks) };
    }
    places
}

/// Registers of a row by itself that are updated at once.
const SEVERAL: usize = 4;

/// Dot products that are worth a tile where few are wanted; more come in multiples of it.
const FEW: usize = 4;

/// Where the rows that a later group will use begin: found once, and not again for each of their blocks.
#[derive(Default)]
pub(super) struct Next(heapless::Vec<*const Lanes, { 2 * MAX_ROWS }>);

impl Next {
    /// Adds rows `ids` of the matrix of `rows` rows of `blocks` blocks that begins at `first`, as far as there is room. In place of
    /// one that does not exist it takes the last: a branch for each would cost more.
    ///
    /// # Safety
    /// There must be such a matrix, of a row at least.
    #[inline(always)]
    pub(super) unsafe fn add(&mut self, first: *const Lanes, ids: &[u32], rows: usize, blocks: usize) {
        for &id in ids {
            let id = (id as usize).min(rows.saturating_sub(1));
            // SAFETY: inside the matrix, says the caller.
            let _full = self.0.push(unsafe { first.add(id * blocks) });
        }
    }

    /// Asks for `blocks` blocks of each, from block `first` on.
    ///
    /// # Safety
    /// The matrices must still be there, and their rows must have all of those blocks.
    #[inline(always)]
    unsafe fn fetch<S: Simd>(&self, simd: S, first: usize, blocks: usize) {
        for &row in &self.0 {
            for block in first..first + blocks {
                // SAFETY: inside the row, says the caller.
                unsafe { simd.prefetch(&(*row.add(block)).0) };
            }
        }
    }
}

/// Registers of each of `group` rows to update at once, a power of two: of one block, or of several for a row by itself, which
/// leaves a backend of vectors room for more.
const fn strip<S: Simd>(group: usize) -> usize {
    if group == 1 && parts::<S>() == 1 {
        return SEVERAL;
    }
    let mut registers = parts::<S>();
    while registers > 1 && registers * group > S::GRADIENTS {
        registers /= 2;
    }
    registers
}

impl<F: Simd, const G: usize> Opened<'_, F, G> {
    /// Part 1: the logits of the first `lanes` lanes of a chunk, own rows first; the others may be anything.
    ///
    /// # Safety
    /// The rows must be there, those of one matrix apart from the other's, and not be used elsewhere.
    #[inline(always)]
    pub(super) unsafe fn logits<S: Simd>(&self, simd: S, chunk: usize, lanes: usize, logits: &mut [f32; LANES]) {
        if const { S::TILE == 1 } {
            for (lane, logit) in logits.iter_mut().enumerate().take(lanes) {
                // SAFETY: rows of `blocks` blocks, says the caller.
                *logit = unsafe {
                    let lane = chunk * LANES + lane;
                    simd.dot(self.hidden[lane % G], self.output(lane / G, lane % G), self.blocks)
                };
            }
            return;
        }
        let mut sums = [simd.sums_from(&Lanes::ZERO.0); LANES];
        let first = chunk * LANES;
        // SAFETY: rows of `blocks` blocks, says the caller.
        unsafe {
            if const { G >= LARGE && LANES.is_multiple_of(G) } {
                self.whole_columns(simd, chunk, lanes, &mut sums);
            } else if const { G < LARGE && S::TILE == LANES } {
                // There are registers for all of them at once, and for few more than are wanted.
                match lanes.div_ceil(FEW) {
                    0 | 1 => self.first_of::<S, FEW>(simd, first, &mut sums),
                    2 => self.first_of::<S, { 2 * FEW }>(simd, first, &mut sums),
                    3 => self.first_of::<S, { 3 * FEW }>(simd, first, &mut sums),
                    _ => self.first_of::<S, LANES>(simd, first, &mut sums),
                }
            } else if const { G < LARGE } {
                for (few, sums) in sums.chunks_mut(FEW).enumerate().take(lanes.div_ceil(FEW)) {
                    self.first_of::<S, FEW>(simd, first + few * FEW, sums);
                }
            } else {
                self.first_of::<S, LANES>(simd, first, &mut sums);
            }
        }
        *logits = simd.totals(&sums);
    }

    /// Adds the products of `N` lanes from `first` on to the first `N` of `sums`.
    ///
    /// # Safety
    /// As [`logits`](Self::logits).
    #[inline(always)]
    unsafe fn first_of<S: Simd, const N: usize>(&self, simd: S, first: usize, sums: &mut [S::Block]) {
        let Some(sums) = sums.first_chunk_mut::<N>() else { return };
        // SAFETY: the caller's promise.
        unsafe {
            let (hidden, output) = self.rows::<N>(first);
            dots(simd, &hidden, &output, self.blocks, sums);
        }
    }

    /// Adds to `sums` the products of a chunk that is made up of whole columns: the compiler sees which lanes have the same row,
    /// and loads it once.
    ///
    /// # Safety
    /// As [`logits`](Self::logits).
    #[inline(always)]
    unsafe fn whole_columns<S: Simd>(&self, simd: S, chunk: usize, lanes: usize, sums: &mut [S::Block; LANES]) {
        let first = chunk * (LANES / G);
        let mut columns = [self.hidden[0]; LANES];
        for (number, column) in columns.iter_mut().enumerate().take(LANES / G) {
            // SAFETY: the caller's promise.
            *column = unsafe { self.output(first + number, 0) };
        }
        let hidden = from_fn(|lane| self.hidden[lane % G]);
        let shared = from_fn(|lane| columns[lane / G]);
        // SAFETY: rows of `blocks` blocks, says the caller.
        unsafe {
            match (self.own.filter(|_| chunk == 0), sums.first_chunk_mut()) {
                (Some(own), _) => {
                    let output = from_fn(|lane| if lane < G { own[lane % G] } else { shared[lane] });
                    dots(simd, &hidden, &output, self.blocks, sums);
                }
                (None, Some(sums)) if lanes <= G => {
                    dots::<S, G>(simd, &self.hidden, &[columns[0]; G], self.blocks, sums);
                }
                _ => dots(simd, &hidden, &shared, self.blocks, sums),
            }
        }
    }

    /// The hidden and the output rows of `N` lanes from `first` on.
    ///
    /// # Safety
    /// As [`output`](Self::output).
    #[inline(always)]
    unsafe fn rows<const N: usize>(&self, first: usize) -> ([*mut Lanes; N], [*mut Lanes; N]) {
        let mut rows = ([self.hidden[0]; N], [self.hidden[0]; N]);
        for (i, (hidden, output)) in rows.0.iter_mut().zip(&mut rows.1).enumerate() {
            let (column, row) = ((first + i) / G, (first + i) % G);
            *hidden = self.hidden[row];
            // SAFETY: the caller's promise.
            *output = unsafe { self.output(column, row) };
        }
        rows
    }

    /// The output row of hidden row `i` in `column`; beyond the last column, some row that exists.
    ///
    /// # Safety
    /// The rows must be there.
    #[inline(always)]
    unsafe fn output(&self, column: usize, i: usize) -> *mut Lanes {
        let shared = self.shared.ids;
        let column = match &self.own {
            Some(own) if column == 0 || shared.is_empty() => return own.get(i).copied().unwrap_or(self.hidden[0]),
            Some(_) => column - 1,
            None => column,
        };
        let column = column.min(shared.len().saturating_sub(1));
        // SAFETY: the caller's promise.
        shared.get(column).map_or(self.hidden[0], |&id| unsafe { self.shared.row(column, id) })
    }

    /// Parts 2 to 4; meanwhile `next` is fetched. With `DISTINCT`, for which no hidden and no own row may be there twice and no own
    /// row among the shared ones, rows are not loaded again before they are written.
    ///
    /// # Safety
    /// As [`logits`](Self::logits), and `errors` must have been written for all own and shared rows; the rows
    /// of `next` must be of as many blocks.
    #[inline(always)]
    pub(super) unsafe fn apply<S: Simd, const DISTINCT: bool>(
        &self,
        simd: S,
        errors: &Columns<G>,
        then: Hidden,
        next: &Next,
    ) {
        let columns = self.shared.ids.len() + usize::from(self.own.is_some());
        // SAFETY: written, says the caller.
        let errors = unsafe { errors.split(columns, self.shared.ids.len()) };
        const { assert!(SEVERAL == 4, "each number of registers up to there has an arm below") };
        let mut block = 0;
        while block < self.blocks {
            // Asked of constants, so that the compiler makes no code for the other numbers of registers.
            let several = if const { strip::<S>(G) > parts::<S>() } { SEVERAL.min(self.blocks - block) } else { 1 };
            // SAFETY: the caller's promise; `block + several` is `blocks` at most, and the registers are those of so many blocks or
            // divide one's.
            unsafe {
                if const { strip::<S>(G) > parts::<S>() } {
                    match several {
                        1 => self.strips::<S, 1, DISTINCT>(simd, errors, then, next, block),
                        2 => self.strips::<S, 2, DISTINCT>(simd, errors, then, next, block),
                        3 => self.strips::<S, 3, DISTINCT>(simd, errors, then, next, block),
                        _ => self.strips::<S, SEVERAL, DISTINCT>(simd, errors, then, next, block),
                    }
                } else if const { strip::<S>(G) == 1 } {
                    self.strips::<S, 1, DISTINCT>(simd, errors, then, next, block);
                } else if const { strip::<S>(G) == 2 } {
                    self.strips::<S, 2, DISTINCT>(simd, errors, then, next, block);
                } else if const { strip::<S>(G) == 4 } {
                    self.strips::<S, 4, DISTINCT>(simd, errors, then, next, block);
                } else if const { strip::<S>(G) == 8 } {
                    self.strips::<S, 8, DISTINCT>(simd, errors, then, next, block);
                } else {
                    self.strips::<S, LANES, DISTINCT>(simd, errors, then, next, block);
                }
            }
            block += several;
        }
    }

    /// Parts 2 to 4, with the errors of own and of shared rows: block `block`, `R` registers of it at a time, or if it has fewer
    /// the `R` registers from its first on. The same blocks of `next` are fetched: not all at once, for a processor keeps few cache
    /// misses in flight.
    ///
    /// # Safety
    /// As [`apply`](Self::apply); the rows, and those of `next`, must have so many.
    #[inline(always)]
    unsafe fn strips<S: Simd, const R: usize, const DISTINCT: bool>(
        &self,
        simd: S,
        (own_errors, errors): (&[f32; G], &[[f32; G]]),
        then: Hidden,
        next: &Next,
        block: usize,
    ) {
        let Self { hidden: inputs, own, .. } = self;
        // SAFETY: the caller's promise.
        unsafe { next.fetch(simd, block, const { R.div_ceil(parts::<S>()) }) };
        // SAFETY: the rows have that block, says the caller.
        let shared = unsafe { self.shared.skip_blocks(block) };
        let zero = [simd.splat(0.0); R];
        for part in (0..const { if R > parts::<S>() { 1 } else { parts::<S>() } }).step_by(R) {
            let mut hidden = [zero; G];
            for (hidden, &row) in hidden.iter_mut().zip(inputs) {
                // SAFETY: the caller's promise.
                *hidden = unsafe { load(simd, row, block, part) };
            }
            let (mut gradient, mut learned) = ([zero; G], [zero; G]);
            if let Some(own) = own {
                for i in 0..G {
                    let error = simd.splat(own_errors[i]);
                    // SAFETY: as above.
                    learned[i] = unsafe { load(simd, own[i], block, part) };
                    for r in 0..R {
                        gradient[i][r] = simd.mul(error, learned[i][r]);
                    }
                }
            }
            // SAFETY: as above.
            unsafe { simd.exchange(&shared, errors, part, &hidden, &mut gradient) };
            if let Some(own) = own {
                for i in 0..G {
                    let error = simd.splat(own_errors[i]);
                    if !DISTINCT {
                        // SAFETY: as above; another, whose own row it is too, may have written it.
                        learned[i] = unsafe { load(simd, own[i], block, part) };
                    }
                    for r in 0..R {
                        learned[i][r] = simd.mul_add(error, hidden[i][r], learned[i][r]);
                    }
                    // SAFETY: as above.
                    unsafe { store(simd, learned[i], own[i], block, part) };
                }
            }
            for i in 0..G {
                let mut value = gradient[i];
                if then == Hidden::Learn {
                    value = hidden[i];
                    if !DISTINCT {
                        // SAFETY: as above; another, whose row it is too, may have written it.
                        value = unsafe { load(simd, inputs[i], block, part) };
                    }
                    for r in 0..R {
                        value[r] = simd.add(value[r], gradient[i][r]);
                    }
                }
                // SAFETY: as above.
                unsafe { store(simd, value, inputs[i], block, part) };
            }
        }
    }
}

/// Begins `N` dot products of rows of `blocks` blocks: adds them to the running sums `sums`.
///
/// # Safety
/// All pointers must be to so many blocks, and nobody may be writing them.
#[inline(always)]
unsafe fn dots<S: Simd, const N: usize>(
    simd: S,
    hidden: &[*mut Lanes; N],
    output: &[*mut Lanes; N],
    blocks: usize,
    sums: &mut [S::Block; N],
) {
    let tile = const {
        assert!(S::TILE > 0, "a backend computes something");
        if N.is_multiple_of(S::TILE) {
            S::TILE
        } else if N < S::TILE {
            N
        } else {
            1
        }
    };
    for first in 0..N / tile {
        for block in 0..blocks {
            for lane in first * tile..(first + 1) * tile {
                let lane = lane % N;
                // SAFETY: the caller's promise; the references end with this call.
                sums[lane] = unsafe {
                    simd.accumulate(&(*hidden[lane].add(block)).0, &(*output[lane].add(block)).0, sums[lane])
                };
            }
        }
    }
}
