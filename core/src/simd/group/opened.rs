//! Rows by address: the loops over a group's rows, without a bounds check.

use super::columns::Columns;
use super::{Hidden, LARGE, MAX_ROWS};
use crate::matrix::{LANES, Lanes};
use crate::simd::rows::{Shared, load, store};
use crate::simd::{Simd, parts};

/// Rows of two matrices, each of `blocks` blocks.
pub(super) struct Opened<'p, const G: usize> {
    pub(super) hidden: [*mut Lanes; G],
    pub(super) own: Option<[*mut Lanes; G]>,
    pub(super) shared: Shared<'p>,
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

/// Dot products that are worth a tile where few are wanted.
const FEW: usize = 4;

/// Where the rows that the next group will use begin: found once, and not again for each of their blocks.
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

    /// Asks for block `block` of each.
    ///
    /// # Safety
    /// The matrices must still be there, and their rows have more than so many blocks.
    #[inline(always)]
    unsafe fn fetch<S: Simd>(&self, simd: S, block: usize) {
        for &row in &self.0 {
            // SAFETY: inside the row, says the caller.
            unsafe { simd.prefetch(&(*row.add(block)).0) };
        }
    }
}

/// Registers of each of `group` rows to update at once; a power of two.
const fn strip<S: Simd>(group: usize) -> usize {
    let mut registers = parts::<S>();
    while registers > 1 && registers * group > S::GRADIENTS {
        registers /= 2;
    }
    registers
}

impl<const G: usize> Opened<'_, G> {
    /// Part 1: the logits of the first `lanes` lanes of a chunk, own rows first; the others may be anything.
    ///
    /// # Safety
    /// The rows must be there, those of one matrix apart from the other's, and not be used elsewhere.
    #[inline(always)]
    pub(super) unsafe fn logits<S: Simd>(&self, simd: S, chunk: usize, lanes: usize, logits: &mut [f32; LANES]) {
        if S::TILE == 1 {
            for (lane, logit) in logits.iter_mut().enumerate().take(lanes) {
                // SAFETY: rows of `blocks` blocks, says the caller.
                *logit = unsafe {
                    let lane = chunk * LANES + lane;
                    simd.dot(self.hidden[lane % G], self.output(lane / G, lane % G), self.blocks)
                };
            }
            return;
        }
        let mut hidden = [self.hidden[0]; LANES];
        for (lane, hidden) in hidden.iter_mut().enumerate() {
            *hidden = self.hidden[(chunk * LANES + lane) % G];
        }
        let mut output = hidden;
        if 2 * G == LANES && (self.own.is_none() || chunk > 0) {
            // Two columns of eight that share their row: the compiler sees that it loads it once.
            let (left, right) = output.split_at_mut(G);
            // SAFETY: the caller's promise.
            unsafe {
                left.fill(self.output(2 * chunk, 0));
                right.fill(self.output(2 * chunk + 1, 0));
                if lanes > G {
                    *logits = dots::<S, LANES>(simd, &hidden, &output, self.blocks, LANES);
                } else {
                    *logits = dots::<S, G>(simd, &hidden, &output, self.blocks, G);
                }
            }
        } else {
            for (lane, output) in output.iter_mut().enumerate() {
                // SAFETY: the caller's promise.
                *output = unsafe { self.output((chunk * LANES + lane) / G, (chunk * LANES + lane) % G) };
            }
            // SAFETY: rows of `blocks` blocks, says the caller.
            *logits = unsafe {
                if G < LARGE {
                    dots::<S, FEW>(simd, &hidden, &output, self.blocks, lanes)
                } else {
                    dots::<S, LANES>(simd, &hidden, &output, self.blocks, LANES)
                }
            };
        }
    }

    /// The output row of hidden row `i` in `column`; beyond the last column, some row that exists.
    ///
    /// # Safety
    /// The rows must be there.
    #[inline(always)]
    unsafe fn output(&self, column: usize, i: usize) -> *mut Lanes {
        let found = match &self.own {
            Some(own) if column == 0 || self.shared.ids.is_empty() => {
                return own.get(i).copied().unwrap_or(self.hidden[0]);
            }
            Some(_) => self.shared.ids.get(column - 1).or(self.shared.ids.last()),
            None => self.shared.ids.get(column).or(self.shared.ids.last()),
        };
        // SAFETY: the caller's promise.
        found.map_or(self.hidden[0], |&id| unsafe { self.shared.first.add(id as usize * self.blocks) })
    }

    /// Parts 2 to 4; meanwhile `next` is fetched.
    ///
    /// # Safety
    /// As [`logits`](Self::logits), and `errors` must have been written for all own and shared rows; the rows
    /// of `next` must be of as many blocks.
    #[inline(always)]
    pub(super) unsafe fn apply<S: Simd>(&self, simd: S, errors: &Columns<G>, then: Hidden, next: &Next) {
        let columns = self.shared.ids.len() + usize::from(self.own.is_some());
        // SAFETY: written, says the caller.
        let errors = unsafe { errors.split(columns, self.shared.ids.len()) };
        for block in 0..self.blocks {
            // SAFETY: the caller's promise; `block` counts to `blocks`.
            unsafe {
                // Spread over the blocks, for a processor keeps few cache misses in flight.
                next.fetch(simd, block);
                match const { strip::<S>(G) } {
                    1 => self.strips::<S, 1>(simd, errors, then, block),
                    2 => self.strips::<S, 2>(simd, errors, then, block),
                    4 => self.strips::<S, 4>(simd, errors, then, block),
                    8 => self.strips::<S, 8>(simd, errors, then, block),
                    _ => self.strips::<S, LANES>(simd, errors, then, block),
                }
            }
        }
    }

    /// Parts 2 to 4 of block `block`, `R` registers of it at a time, with the errors of own and of shared rows.
    ///
    /// # Safety
    /// As [`apply`](Self::apply).
    #[inline(always)]
    unsafe fn strips<S: Simd, const R: usize>(
        &self,
        simd: S,
        (own_errors, errors): (&[f32; G], &[[f32; G]]),
        then: Hidden,
        block: usize,
    ) {
        let Self { hidden: inputs, own, .. } = self;
        // SAFETY: inside the matrix, says the caller, as are the blocks of all rows counted from there.
        let shared = Shared { first: unsafe { self.shared.first.add(block) }, ..self.shared };
        let zero = [simd.splat(0.0); R];
        for part in (0..parts::<S>()).step_by(R) {
            let mut hidden = [zero; G];
            for (hidden, &row) in hidden.iter_mut().zip(inputs) {
                // SAFETY: the caller's promise.
                *hidden = unsafe { load(simd, row, block, part) };
            }
            let mut gradient = [zero; G];
            if let Some(own) = own {
                for i in 0..G {
                    let error = simd.splat(own_errors[i]);
                    // SAFETY: as above.
                    let before: [S::Register; R] = unsafe { load(simd, own[i], block, part) };
                    for r in 0..R {
                        gradient[i][r] = simd.mul(error, before[r]);
                    }
                }
            }
            // SAFETY: as above.
            unsafe { simd.exchange(&shared, errors, part, &hidden, &mut gradient) };
            if let Some(own) = own {
                for i in 0..G {
                    let error = simd.splat(own_errors[i]);
                    // SAFETY: as above; loaded again, since it may be another's own row too.
                    let mut learned: [S::Register; R] = unsafe { load(simd, own[i], block, part) };
                    for r in 0..R {
                        learned[r] = simd.mul_add(error, hidden[i][r], learned[r]);
                    }
                    // SAFETY: as above.
                    unsafe { store(simd, learned, own[i], block, part) };
                }
            }
            for i in 0..G {
                let mut value = gradient[i];
                if then == Hidden::Learn {
                    // SAFETY: as above; loaded again, since it may be another input's row too.
                    value = unsafe { load(simd, inputs[i], block, part) };
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

/// Dot products of rows of `blocks` blocks, `MOST` of them at a time or as many as the backend has room for: the first
/// `lanes` of sixteen, and then any.
///
/// # Safety
/// All pointers must be to so many blocks, and nobody may be writing them.
#[inline(always)]
unsafe fn dots<S: Simd, const MOST: usize>(
    simd: S,
    hidden: &[*mut Lanes; LANES],
    output: &[*mut Lanes; LANES],
    blocks: usize,
    lanes: usize,
) -> [f32; LANES] {
    const { assert!(S::TILE > 0 && LANES.is_multiple_of(S::TILE), "tiles make up a block") };
    let tile = const { if S::TILE < MOST { S::TILE } else { MOST } };
    let mut sums = [simd.sums_from(&Lanes::ZERO.0); LANES];
    for number in 0..LANES / tile {
        if number * tile >= lanes {
            break;
        }
        for block in 0..blocks {
            for lane in number * tile..(number + 1) * tile {
                let lane = lane % LANES;
                // SAFETY: the caller's promise; the references end with this call.
                sums[lane] = unsafe {
                    simd.accumulate(&(*hidden[lane].add(block)).0, &(*output[lane].add(block)).0, sums[lane])
                };
            }
        }
    }
    simd.totals(&sums)
}
