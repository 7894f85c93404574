//! The errors of the kernel. The kernel never panics.

use core::fmt;

/// The reason why a call did nothing. If a call may stop after a part of its work, its
/// documentation says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// A buffer is too short.
    TooShort {
        /// Elements needed.
        needed: usize,
        /// Elements given.
        given: usize,
    },
    /// A size is zero, or too large for the address space.
    Size,
    /// A matrix has no row with this id.
    Row {
        /// The id.
        row: u32,
        /// Rows in the matrix.
        rows: usize,
    },
    /// The rows of two arguments have different lengths.
    Dim {
        /// Numbers expected.
        expected: usize,
        /// Numbers given.
        given: usize,
    },
    /// A step was given more than [`MAX_ROWS`](crate::step::MAX_ROWS) output rows.
    TooManyRows,
    /// A list is empty that must not be.
    Empty,
    /// A number is not finite, or outside its range.
    Number,
    /// Counts are not in falling order, or one is zero.
    Order,
    /// A Huffman code would be longer than [`MAX_CODE_LENGTH`](crate::huffman::MAX_CODE_LENGTH).
    CodeLength,
    /// The processor lacks the backend, or the backend lacks the arithmetic.
    Unavailable,
    /// A name is unknown.
    Name,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::TooShort { needed, given } => write!(f, "buffer of {given} where {needed} are needed"),
            Self::Size => f.write_str("size is zero or too large"),
            Self::Row { row, rows } => write!(f, "row {row} of a matrix of {rows} rows"),
            Self::Dim { expected, given } => write!(f, "dim {given} where {expected} is needed"),
            Self::TooManyRows => f.write_str("too many output rows in one step"),
            Self::Empty => f.write_str("empty list"),
            Self::Number => f.write_str("number not finite or out of range"),
            Self::Order => f.write_str("counts must be positive and in falling order"),
            Self::CodeLength => f.write_str("Huffman code too long"),
            Self::Unavailable => f.write_str("not available on this processor"),
            Self::Name => f.write_str("unknown name"),
        }
    }
}

impl core::error::Error for Error {}
