//! Matrices in the caller's memory.

use crate::memory::{Caller, addresses, check_alignment, check_apart, promised, size};
use crate::status::Status;
use core::ops::Range;
use w2v_core::initial;
use w2v_core::lanes::{LANES, Lanes, blocks};
use w2v_core::matrix;

/// The alignment in bytes of every matrix and of all opaque memory: a cache line.
pub const W2V_ALIGNMENT: usize = 64;

/// A row is padded to a multiple of so many numbers.
pub const W2V_LANES: usize = 16;

const _: () = assert!(W2V_LANES == LANES && W2V_ALIGNMENT == align_of::<Lanes>());

/// `rows` rows of `dim` numbers in memory of `w2v_matrix_size(rows, dim)` bytes that is the caller's.
///
/// Row r begins at `numbers + r * w2v_stride(dim)`; the numbers between `dim` and the stride are zero, and no
/// call changes that, but `w2v_softmax` where rows hold, or make, numbers that are not finite. A matrix may as
/// well be some consecutive rows of a larger one: ids then count from its first row.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Matrix {
    /// The first row, aligned to `W2V_ALIGNMENT`.
    pub numbers: *mut f32,
    /// Number of rows, at most 2^32 - 1.
    pub rows: usize,
    /// Numbers in a row, without padding.
    pub dim: usize,
}

impl Matrix {
    /// The matrix, to read.
    pub(crate) fn open<'c>(&self, caller: Caller<'c>) -> Result<matrix::Matrix<'c>, Status> {
        check_alignment(self.numbers)?;
        let lanes = caller.slice(self.numbers.cast_const().cast(), matrix::required_len(self.rows, self.dim)?)?;
        Ok(matrix::Matrix::new(lanes, self.rows, self.dim)?)
    }

    /// The matrix, to read and write.
    pub(crate) fn open_mut<'c>(&self, caller: Caller<'c>) -> Result<matrix::MatrixMut<'c>, Status> {
        check_alignment(self.numbers)?;
        let lanes = caller.slice_mut(self.numbers.cast(), matrix::required_len(self.rows, self.dim)?)?;
        Ok(matrix::MatrixMut::new(lanes, self.rows, self.dim)?)
    }

    /// The matrix of `count` rows from `first` on.
    pub(crate) fn part(&self, first: u32, count: usize) -> Result<Self, Status> {
        // A part of nothing must not become an address.
        if self.numbers.is_null() {
            return Err(Status::Null);
        }
        let inside = (first as usize).checked_add(count).is_some_and(|end| end <= self.rows);
        if !inside {
            return Err(Status::Row);
        }
        let before = if first == 0 { 0 } else { matrix::required_len(first as usize, self.dim)? };
        // Nor may the part lie beyond the last address: the whole must be one that can be there.
        self.addresses()?;
        Ok(Self { numbers: self.numbers.cast::<Lanes>().wrapping_add(before).cast(), rows: count, dim: self.dim })
    }

    /// Refuses two matrices of which a call writes one and that share memory.
    pub(crate) fn apart_from(&self, other: &Self) -> Result<(), Status> {
        check_apart(&self.addresses()?, &other.addresses()?)
    }

    /// Where the matrix lies.
    pub(crate) fn addresses(&self) -> Result<Range<usize>, Status> {
        let bytes = matrix::required_len(self.rows, self.dim)?.checked_mul(size_of::<Lanes>()).ok_or(Status::Size)?;
        addresses(self.numbers, bytes)
    }
}

/// Returns `W2V_ALIGNMENT`, for languages that do not read the header.
#[unsafe(no_mangle)]
pub extern "C" fn w2v_alignment() -> usize {
    W2V_ALIGNMENT
}

/// Returns how many numbers after one row of `dim` numbers the next begins: `dim` rounded up to a multiple of
/// `W2V_LANES`.
#[unsafe(no_mangle)]
pub extern "C" fn w2v_stride(dim: usize) -> usize {
    blocks(dim).saturating_mul(LANES)
}

/// Returns the bytes that a matrix of `rows` rows of `dim` numbers needs, 4 * rows * w2v_stride(dim); 0 if
/// either is zero or they cannot be that many.
#[unsafe(no_mangle)]
pub extern "C" fn w2v_matrix_size(rows: usize, dim: usize) -> usize {
    size(matrix::required_len(rows, dim).ok().and_then(|lanes| lanes.checked_mul(size_of::<Lanes>())))
}

/// Fills `count` rows of an input matrix from row `first` on with the small random numbers that training starts
/// from, drawn evenly from -0.5 / dim to 0.5 / dim, and their padding with zeros. What the memory held before
/// does not matter.
///
/// A row depends on `seed` and its id alone: rows that come later, as the vocabulary grows, are what they would
/// have been. Output rows start as zeros: memset them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w2v_initial_rows(matrix: *const Matrix, first: u32, count: usize, seed: u64) -> Status {
    promised!(|caller| {
        let Matrix { dim, .. } = caller.read(matrix)?;
        let part = caller.read(matrix)?.part(first, count)?;
        if count == 0 {
            return Ok(());
        }
        check_alignment(part.numbers)?;
        let lanes = caller.room(part.numbers.cast::<Lanes>(), matrix::required_len(count, dim)?)?;
        for (word, row) in (first..).zip(lanes.chunks_exact_mut(blocks(dim).max(1))) {
            initial::fill(seed, word, dim, row);
        }
        Ok(())
    })
}
