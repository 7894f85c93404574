//! Rows by address: the loops over a group's rows, without a bounds check.

use super::Hidden;
use super::columns::Columns;
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

/// Rows that the next group will use, of the matrix of `rows` rows that begins at `first`.
pub(super) struct Next<'a> {
    pub(super) first: *mut Lanes,
    pub(super) ids: &'a [u32],
    pub(super) rows: usize,
}

impl Next<'_> {
    /// Asks for block `block` of those rows that exist.
    ///
    /// # Safety
    /// The matrix must have so many rows, of `blocks` blocks each, and more than `block`.
    #[inline(always)]
    unsafe fn prefetch<S: Simd>(&self, simd: S, blocks: usize, block: usize) {
        for &id in self.ids {
            if (id as usize) < self.rows {
                // SAFETY: inside the matrix, says the caller.
                unsafe { simd.prefetch(&(*self.first.add(id as usize * blocks + block)).0) };
            }
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
                *logits = dots(simd, &hidden, &output, self.blocks);
            }
        } else {
            for (lane, output) in output.iter_mut().enumerate() {
                // SAFETY: the caller's promise.
                *output = unsafe { self.output((chunk * LANES + lane) / G, (chunk * LANES + lane) % G) };
            }
            // SAFETY: rows of `blocks` blocks, says the caller.
            *logits = unsafe { dots(simd, &hidden, &output, self.blocks) };
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
    /// As [`logits`](Self::logits), and `errors` must have been written for all own and shared rows; `next` must be of
    /// matrices of rows of as many blocks.
    #[inline(always)]
    pub(super) unsafe fn apply<S: Simd>(&self, simd: S, errors: &Columns<G>, then: Hidden, next: &[Next<'_>]) {
        let columns = self.shared.ids.len() + usize::from(self.own.is_some());
        // SAFETY: written, says the caller.
        let errors = unsafe { errors.split(columns, self.shared.ids.len()) };
        for block in 0..self.blocks {
            // SAFETY: the caller's promise; `block` counts to `blocks`.
            unsafe {
                // Spread over the blocks, for a processor keeps few cache misses in flight.
                for rows in next {
                    rows.prefetch(simd, self.blocks, block);
                }
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
) -> [f32; LANES] {
    const { assert!(S::TILE > 0 && LANES.is_multiple_of(S::TILE), "tiles make up a block") };
    let mut sums = [simd.sums_from(&Lanes::ZERO.0); LANES];
    for tile in 0..LANES / S::TILE {
        for block in 0..blocks {
            for lane in tile * S::TILE..(tile + 1) * S::TILE {
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
