//! Parts 2 to 4 of a step: the gradients, and the update of all rows.
#![allow(unsafe_code, reason = "loops over rows without bounds checks; `update` checked the ids")]

use super::logits::Logits;
use super::prefetch::PrefetchRows;
use super::row_pointers::RowPointers;
use crate::kernel::{Simd, parts};
use crate::kinds::HiddenUpdate;
use crate::lanes::{LANES, Lanes};
use crate::rows::{SharedRows, Starts};

/// The number of registers of a row that are updated at once, if a step has one hidden row and a
/// block is one register.
const SEVERAL: usize = 4;

/// The number of registers of each of `group` hidden rows to update at once, a power of two. It is
/// the number of registers of a block, or fewer for a large group. For a single row it is that of
/// several blocks, because a single row leaves registers free.
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

impl<T: Starts, const G: usize> RowPointers<'_, T, G> {
    /// Parts 2 to 4 of the step. Meanwhile the rows of `next` are prefetched.
    ///
    /// With `DISTINCT`, rows are not loaded again before they are written. This requires that no
    /// hidden row and no target occurs twice, and that no target is among the shared rows.
    ///
    /// # Safety
    /// As [`logits`](Self::logits). `errors` must have been written for all targets and shared
    /// rows, and the rows of `next` must have `blocks` blocks too.
    #[inline(always)]
    pub(super) unsafe fn apply<S: Simd, const DISTINCT: bool>(
        &self,
        simd: S,
        errors: &Logits<G>,
        update: HiddenUpdate,
        next: &PrefetchRows,
    ) {
        let columns = self.shared.ids.len() + usize::from(self.targets.is_some());
        // SAFETY: the caller promises that the errors were written.
        let errors = unsafe { errors.split(columns, self.shared.ids.len()) };
        const { assert!(SEVERAL == 4, "each number of blocks up to there has an arm below") };
        let mut block = 0;
        while block < self.blocks {
            // The conditions are constants, so the compiler makes no code for other numbers of
            // registers.
            let several = if const { strip::<S>(G) > parts::<S>() } { SEVERAL.min(self.blocks - block) } else { 1 };
            // SAFETY: the caller's promise; `block + several` is at most `blocks`. The registers
            // are those of `several` blocks, or divide the registers of one block.
            unsafe {
                if const { strip::<S>(G) > parts::<S>() } {
                    match several {
                        1 => self.strips::<S, 1, DISTINCT>(simd, errors, update, next, block),
                        2 => self.strips::<S, 2, DISTINCT>(simd, errors, update, next, block),
                        3 => self.strips::<S, 3, DISTINCT>(simd, errors, update, next, block),
                        _ => self.strips::<S, SEVERAL, DISTINCT>(simd, errors, update, next, block),
                    }
                } else if const { strip::<S>(G) == 1 } {
                    self.strips::<S, 1, DISTINCT>(simd, errors, update, next, block);
                } else if const { strip::<S>(G) == 2 } {
                    self.strips::<S, 2, DISTINCT>(simd, errors, update, next, block);
                } else if const { strip::<S>(G) == 4 } {
                    self.strips::<S, 4, DISTINCT>(simd, errors, update, next, block);
                } else if const { strip::<S>(G) == 8 } {
                    self.strips::<S, 8, DISTINCT>(simd, errors, update, next, block);
                } else {
                    self.strips::<S, LANES, DISTINCT>(simd, errors, update, next, block);
                }
            }
            block += several;
        }
    }

    /// Parts 2 to 4 of the step for some blocks, with the errors of the targets and of the shared
    /// rows.
    ///
    /// If a block has at least `R` registers, this method processes block `block`, `R` registers at
    /// a time. Otherwise it processes several blocks of `R` registers together, from block `block`
    /// on. The same blocks of `next` are prefetched. They are not all prefetched at once, because a
    /// processor handles only a few cache misses at the same time.
    ///
    /// # Safety
    /// As [`apply`](Self::apply). The rows, and the rows of `next`, must have these blocks.
    #[inline(always)]
    unsafe fn strips<S: Simd, const R: usize, const DISTINCT: bool>(
        &self,
        simd: S,
        (target_errors, errors): (&[f32; G], &[[f32; G]]),
        update: HiddenUpdate,
        next: &PrefetchRows,
        block: usize,
    ) {
        let Self { hidden: inputs, targets, .. } = self;
        // SAFETY: the caller's promise.
        unsafe { next.fetch(simd, block, const { R.div_ceil(parts::<S>()) }) };
        // SAFETY: the caller promises that the rows have this block.
        let shared = unsafe { self.shared.skip_blocks(block) };
        let zero = [simd.splat(0.0); R];
        for part in (0..const { if R > parts::<S>() { 1 } else { parts::<S>() } }).step_by(R) {
            let mut hidden = [zero; G];
            for (hidden, &row) in hidden.iter_mut().zip(inputs) {
                // SAFETY: the caller's promise.
                *hidden = unsafe { load(simd, row, block, part) };
            }
            let (mut gradient, mut learned) = ([zero; G], [zero; G]);
            if let Some(targets) = targets {
                for i in 0..G {
                    let error = simd.splat(target_errors[i]);
                    // SAFETY: as above.
                    learned[i] = unsafe { load(simd, targets[i], block, part) };
                    for r in 0..R {
                        gradient[i][r] = simd.mul(error, learned[i][r]);
                    }
                }
            }
            // SAFETY: as above.
            unsafe { exchange(simd, &shared, errors, part, &hidden, &mut gradient) };
            if let Some(targets) = targets {
                for i in 0..G {
                    let error = simd.splat(target_errors[i]);
                    if !DISTINCT {
                        // SAFETY: as above. The row is loaded again, because another hidden row may
                        // have the same target and may have written the row.
                        learned[i] = unsafe { load(simd, targets[i], block, part) };
                    }
                    for r in 0..R {
                        learned[i][r] = simd.mul_add(error, hidden[i][r], learned[i][r]);
                    }
                    // SAFETY: as above.
                    unsafe { store(simd, learned[i], targets[i], block, part) };
                }
            }
            for i in 0..G {
                let mut value = gradient[i];
                if update == HiddenUpdate::Learn {
                    value = hidden[i];
                    if !DISTINCT {
                        // SAFETY: as above. The row is loaded again, because another pair may have
                        // the same hidden row and may have written it.
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

/// For each shared row in turn: adds `error · row` to the gradient of each hidden row, then adds
/// `error · hidden` of each hidden row to `row`. Only `R` registers of each row are used, from part
/// `part` of the first block on.
///
/// # Safety
/// As for [`Simd::exchange`].
#[inline(always)]
unsafe fn exchange<S: Simd, T: Starts, const R: usize, const G: usize>(
    simd: S,
    shared: &SharedRows<'_, T>,
    errors: &[[f32; G]],
    part: usize,
    hidden: &[[S::Register; R]; G],
    gradient: &mut [[S::Register; R]; G],
) {
    // SAFETY: the caller's promise.
    if unsafe { simd.exchange(shared, errors, part, hidden, gradient) } {
        return;
    }
    // With a copy, the compiler knows that no write to a row changes these pointers.
    let shared = *shared;
    for (k, (&id, errors)) in shared.ids.iter().zip(errors).enumerate() {
        // SAFETY: `id` is number `k` of the ids.
        let row = unsafe { shared.row(k, id) };
        // SAFETY: the caller's promise.
        let before: [S::Register; R] = unsafe { load(simd, row, 0, part) };
        let mut learned = before;
        for i in 0..G {
            let error = simd.splat(errors[i]);
            for r in 0..R {
                gradient[i][r] = simd.mul_add(error, before[r], gradient[i][r]);
                learned[r] = simd.mul_add(error, hidden[i][r], learned[r]);
            }
        }
        // SAFETY: the caller's promise.
        unsafe { store(simd, learned, row, 0, part) };
    }
}

/// Loads `R` registers of the row that starts at `row`, from part `part` of block `block` on.
///
/// # Safety
/// The row must be valid for reads and have these registers, and nobody may write it meanwhile.
#[inline(always)]
unsafe fn load<S: Simd, const R: usize>(simd: S, row: *mut Lanes, block: usize, part: usize) -> [S::Register; R] {
    let mut strip = [simd.splat(0.0); R];
    for (i, register) in strip.iter_mut().enumerate() {
        // SAFETY: the caller promises that the block is valid; the reference ends with this call.
        *register = unsafe { simd.load(&(*row.add(block + beyond::<S, R>(part + i))).0, part + i) };
    }
    strip
}

/// Stores `R` registers to the place from which [`load`] reads.
///
/// # Safety
/// As for [`load`]. The row must be valid for writes, and nobody may read it meanwhile.
#[inline(always)]
unsafe fn store<S: Simd, const R: usize>(simd: S, strip: [S::Register; R], row: *mut Lanes, block: usize, part: usize) {
    for (i, register) in strip.into_iter().enumerate() {
        // SAFETY: the caller promises that the block is valid; the reference ends with this call.
        unsafe { simd.store(register, &mut (*row.add(block + beyond::<S, R>(part + i))).0, part + i) };
    }
}

/// The number of the block, counted from the first one, in which part `part` is. It is 0 if a block
/// has at least `R` registers.
#[inline(always)]
const fn beyond<S: Simd, const R: usize>(part: usize) -> usize {
    if R > parts::<S>() { part / parts::<S>() } else { 0 }
}
