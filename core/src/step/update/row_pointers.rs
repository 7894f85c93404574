//! Pointers to the rows of a step, and part 1 of the step: the logits.
#![allow(unsafe_code, reason = "loops over rows without bounds checks; `update` checked the ids")]

use crate::kernel::Simd;
use crate::lanes::{LANES, Lanes};
use crate::rows::{SharedRows, Starts};
use core::array::from_fn;

/// The rows of two matrices that a step uses, each of `blocks` blocks.
pub(super) struct RowPointers<'p, T, const G: usize> {
    pub(super) hidden: [*mut Lanes; G],
    /// The output row of each hidden row's own target, if the step has targets.
    pub(super) targets: Option<[*mut Lanes; G]>,
    pub(super) shared: SharedRows<'p, T>,
    pub(super) blocks: usize,
}

/// Pointers to rows `ids` of a matrix.
///
/// # Safety
/// The matrix must start at `first`, have rows of `blocks` blocks, and have all rows `ids`.
#[inline(always)]
pub(super) unsafe fn at<const G: usize>(first: *mut Lanes, ids: &[u32; G], blocks: usize) -> [*mut Lanes; G] {
    let mut places = [first; G];
    for (place, &id) in places.iter_mut().zip(ids) {
        // SAFETY: the caller promises that the row is inside the matrix.
        *place = unsafe { first.add(id as usize * blocks) };
    }
    places
}

/// A step with at least this many hidden rows is large.
pub(super) const LARGE: usize = 4;

/// The smallest number of dot products that are computed together. More are computed in multiples
/// of this number.
const FEW: usize = 4;

impl<T: Starts, const G: usize> RowPointers<'_, T, G> {
    /// Part 1 of the step: computes the logits of the first `lanes` lanes of chunk number `chunk`.
    /// The other lanes are arbitrary.
    ///
    /// # Safety
    /// The rows must be valid, the two matrices must not overlap, and nobody else may use the rows
    /// meanwhile.
    #[inline(always)]
    pub(super) unsafe fn logits<S: Simd>(&self, simd: S, chunk: usize, lanes: usize, logits: &mut [f32; LANES]) {
        if const { S::TILE == 1 } {
            for (lane, logit) in logits.iter_mut().enumerate().take(lanes) {
                let lane = chunk * LANES + lane;
                // SAFETY: the caller promises rows of `blocks` blocks.
                *logit = unsafe { dot(simd, self.hidden[lane % G], self.output(lane / G, lane % G), self.blocks) };
            }
            return;
        }
        let mut sums = [simd.sums_from(&Lanes::ZERO.0); LANES];
        let first = chunk * LANES;
        // SAFETY: the caller promises rows of `blocks` blocks.
        unsafe {
            if const { G >= LARGE && LANES.is_multiple_of(G) } {
                self.whole_columns(simd, chunk, lanes, &mut sums);
            } else if const { G < LARGE && S::TILE == LANES } {
                // All dot products fit into registers at once. At most `FEW − 1` unnecessary ones
                // are computed.
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

    /// Adds the products of `N` lanes, from lane `first` on, to the first `N` of `sums`.
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

    /// Adds the products of a chunk to `sums`. The chunk holds all lanes of `LANES / G` output
    /// rows, so the compiler can see which lanes have the same output row, and loads this row only
    /// once.
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
        // SAFETY: the caller promises rows of `blocks` blocks.
        unsafe {
            match (self.targets.filter(|_| chunk == 0), sums.first_chunk_mut()) {
                (Some(targets), _) => {
                    let output = from_fn(|lane| if lane < G { targets[lane % G] } else { shared[lane] });
                    dots(simd, &hidden, &output, self.blocks, sums);
                }
                (None, Some(sums)) if lanes <= G => {
                    dots::<S, G>(simd, &self.hidden, &[columns[0]; G], self.blocks, sums);
                }
                _ => dots(simd, &hidden, &shared, self.blocks, sums),
            }
        }
    }

    /// For each of `N` lanes, from lane `first` on, its hidden row and its output row.
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

    /// Output row number `column` for hidden row `i`. Number 0 is the row's own target, if the step
    /// has targets. Beyond the last number, it is any row that exists.
    ///
    /// # Safety
    /// The rows must be valid.
    #[inline(always)]
    unsafe fn output(&self, column: usize, i: usize) -> *mut Lanes {
        let shared = self.shared.ids;
        let column = match &self.targets {
            Some(targets) if column == 0 || shared.is_empty() => {
                return targets.get(i).copied().unwrap_or(self.hidden[0]);
            }
            Some(_) => column - 1,
            None => column,
        };
        let column = column.min(shared.len().saturating_sub(1));
        // SAFETY: the caller's promise.
        shared.get(column).map_or(self.hidden[0], |&id| unsafe { self.shared.row(column, id) })
    }
}

/// The dot product of two rows of `blocks` blocks.
///
/// # Safety
/// As for [`Simd::dot`].
#[inline(always)]
unsafe fn dot<S: Simd>(simd: S, a: *const Lanes, b: *const Lanes, blocks: usize) -> f32 {
    // SAFETY: the caller's promise.
    if let Some(dot) = unsafe { simd.dot(a, b, blocks) } {
        return dot;
    }
    let mut sums = simd.sums_from(&Lanes::ZERO.0);
    for block in 0..blocks {
        // SAFETY: the caller's promise; the references end with this call.
        sums = unsafe { simd.accumulate(&(*a.add(block)).0, &(*b.add(block)).0, sums) };
    }
    simd.total(sums)
}

/// Adds the products of `N` pairs of rows of `blocks` blocks to the partial sums `sums`.
///
/// # Safety
/// Each pointer must point to `blocks` blocks that are valid for reads, and nobody may write them
/// meanwhile.
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
