//! Rows by address: the loops over a group's rows, without a bounds check.

use super::columns::Columns;
use super::{Hidden, MAX_ROWS};
use crate::matrix::{LANES, Lanes};
use crate::simd::Simd;
use core::mem::MaybeUninit;

/// Rows of two matrices, each of `blocks` blocks.
pub(super) struct Opened<'p, const G: usize> {
    pub(super) hidden: [*mut Lanes; G],
    pub(super) own: Option<[*mut Lanes; G]>,
    pub(super) shared: &'p [*mut Lanes],
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

/// Memory for where the shared rows begin.
pub(super) struct Places([MaybeUninit<*mut Lanes>; MAX_ROWS]);

impl Places {
    #[inline(always)]
    pub(super) const fn uninit() -> Self {
        Self([MaybeUninit::uninit(); MAX_ROWS])
    }

    /// The places of `ids`, at most [`MAX_ROWS`] of them.
    ///
    /// # Safety
    /// As [`at`].
    #[inline(always)]
    pub(super) unsafe fn fill(&mut self, first: *mut Lanes, ids: &[u32], blocks: usize) -> &[*mut Lanes] {
        for (place, &id) in self.0.iter_mut().zip(ids) {
            // SAFETY: inside the matrix, says the caller.
            place.write(unsafe { first.add(id as usize * blocks) });
        }
        // SAFETY: so many were written, and a `MaybeUninit<T>` is laid out as a `T`.
        unsafe { core::slice::from_raw_parts(self.0.as_ptr().cast(), ids.len().min(MAX_ROWS)) }
    }
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

/// Block `block` of the row that begins at `row`.
///
/// # Safety
/// The row must be there, have more than `block` blocks, and not be written by anybody meanwhile.
#[inline(always)]
unsafe fn load<S: Simd>(simd: S, row: *mut Lanes, block: usize) -> S::Block {
    // SAFETY: a valid place, says the caller; the reference ends with this call.
    unsafe { simd.load(&(*row.add(block)).0) }
}

/// Overwrites block `block` of the row that begins at `row`.
///
/// # Safety
/// As [`load`]; nobody may be reading it either.
#[inline(always)]
unsafe fn store<S: Simd>(simd: S, value: S::Block, row: *mut Lanes, block: usize) {
    // SAFETY: a valid place, says the caller; the reference ends with this call.
    unsafe { simd.store(value, &mut (*row.add(block)).0) }
}

impl<const G: usize> Opened<'_, G> {
    /// Part 1: sixteen logits, own rows first.
    ///
    /// # Safety
    /// The rows must be there, those of one matrix apart from the other's, and not be used elsewhere.
    #[inline(always)]
    pub(super) unsafe fn logits<S: Simd>(&self, simd: S, chunk: usize) -> S::Block {
        let mut hidden = [self.hidden[0]; LANES];
        for (lane, hidden) in hidden.iter_mut().enumerate() {
            *hidden = self.hidden[(chunk * LANES + lane) % G];
        }
        let mut output = hidden;
        if 2 * G == LANES && (self.own.is_none() || chunk > 0) {
            // Two columns of eight that share their row: the compiler sees that it loads it once.
            let (left, right) = output.split_at_mut(G);
            left.fill(self.output(2 * chunk, 0));
            right.fill(self.output(2 * chunk + 1, 0));
            // SAFETY: rows of `blocks` blocks, says the caller.
            unsafe { dots(simd, &hidden, &output, self.blocks) }
        } else {
            for (lane, output) in output.iter_mut().enumerate() {
                *output = self.output((chunk * LANES + lane) / G, (chunk * LANES + lane) % G);
            }
            // SAFETY: rows of `blocks` blocks, says the caller.
            unsafe { dots(simd, &hidden, &output, self.blocks) }
        }
    }

    /// The output row of hidden row `i` in `column`; beyond the last column, some row that exists.
    #[inline(always)]
    fn output(&self, column: usize, i: usize) -> *mut Lanes {
        let found = match &self.own {
            Some(own) if column == 0 || self.shared.is_empty() => own.get(i),
            Some(_) => self.shared.get(column - 1).or(self.shared.last()),
            None => self.shared.get(column).or(self.shared.last()),
        };
        found.copied().unwrap_or(self.hidden[0])
    }

    /// Parts 2 to 4; meanwhile `next` is fetched.
    ///
    /// # Safety
    /// As [`logits`](Self::logits), and `errors` must have been written for all own and shared rows; `next` must be of
    /// matrices of rows of as many blocks.
    #[inline(always)]
    pub(super) unsafe fn apply<S: Simd>(&self, simd: S, errors: &Columns<G>, then: Hidden, next: &[Next<'_>]) {
        let Self { hidden: inputs, own, shared, blocks } = self;
        // SAFETY: written, says the caller.
        let (own_errors, errors) = unsafe { errors.split(shared.len() + usize::from(own.is_some()), shared.len()) };
        for block in 0..*blocks {
            // Spread over the blocks, for a processor keeps few cache misses in flight.
            for rows in next {
                // SAFETY: the caller's promise.
                unsafe { rows.prefetch(simd, *blocks, block) };
            }
            let mut hidden = [simd.splat(0.0); G];
            for (hidden, &row) in hidden.iter_mut().zip(inputs) {
                // SAFETY: the caller's promise; `block` counts to `blocks`.
                *hidden = unsafe { load(simd, row, block) };
            }
            let mut gradient = [simd.splat(0.0); G];
            if let Some(own) = own {
                for i in 0..G {
                    // SAFETY: as above.
                    gradient[i] = simd.mul(simd.splat(own_errors[i]), unsafe { load(simd, own[i], block) });
                }
            }
            for (&row, errors) in shared.iter().zip(errors) {
                // SAFETY: as above.
                let before = unsafe { load(simd, row, block) };
                let mut learned = before;
                for i in 0..G {
                    let error = simd.splat(errors[i]);
                    gradient[i] = simd.mul_add(error, before, gradient[i]);
                    learned = simd.mul_add(error, hidden[i], learned);
                }
                // SAFETY: as above.
                unsafe { store(simd, learned, row, block) };
            }
            if let Some(own) = own {
                for i in 0..G {
                    // SAFETY: as above; loaded again, since it may be another's own row too.
                    unsafe {
                        let learned = simd.mul_add(simd.splat(own_errors[i]), hidden[i], load(simd, own[i], block));
                        store(simd, learned, own[i], block);
                    }
                }
            }
            for i in 0..G {
                // SAFETY: as above; loaded again, since it may be another input's row too.
                unsafe {
                    let value = match then {
                        Hidden::Learn => simd.add(load(simd, inputs[i], block), gradient[i]),
                        Hidden::Gradient => gradient[i],
                    };
                    store(simd, value, inputs[i], block);
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
                let (a, b) = unsafe { (load(simd, hidden[lane], block), load(simd, output[lane], block)) };
                sums[lane] = simd.mul_add(a, b, sums[lane]);
            }
        }
    }
    simd.sums(&sums)
}
