//! What a call came to.

use core::ffi::{CStr, c_char};
use w2v_core::error::Error;

/// What a call came to. Everything but `W2V_STATUS_OK` means that it did nothing, or, where its description
/// says so, no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Status {
    /// Done.
    Ok = 0,
    /// A pointer is NULL that must not be.
    Null = 1,
    /// An address is not a multiple of what it must be: `W2V_ALIGNMENT` for matrices and opaque memory, the
    /// type's own alignment for everything else.
    Misaligned = 2,
    /// Matrices, scratch, or a distribution or tree overlap.
    Overlap = 3,
    /// Memory is shorter than its `w2v_..._size` says, or than what was built there.
    TooShort = 4,
    /// A size is zero, too large to address, or not one of those that are offered.
    Size = 5,
    /// A row id is not below its matrix's number of rows, or a word not below the tree's number of words.
    Row = 6,
    /// The rows of two matrices differ in length.
    Dim = 7,
    /// More output rows or negatives than one step takes.
    TooManyRows = 8,
    /// A list that must hold something is empty.
    Empty = 9,
    /// A number is not finite or outside its range.
    Number = 10,
    /// Counts are not in falling order, or one is zero.
    Order = 11,
    /// A Huffman code would be longer than `W2V_MAX_CODE_LENGTH`.
    CodeLength = 12,
    /// This processor lacks the backend, or the backend lacks the arithmetic.
    Unavailable = 13,
    /// A number stands for none of an enum's choices; a dispatch that `w2v_choose` has not filled is one of
    /// those.
    Choice = 14,
    /// Memory was not filled by the function that builds its kind, or was changed since.
    Unbuilt = 15,
}

/// A status as C may hand it in: any number.
pub type StatusCode = u32;

impl Status {
    const ALL: [(Self, &CStr); 16] = [
        (Self::Ok, c"done"),
        (Self::Null, c"a pointer is NULL that must not be"),
        (Self::Misaligned, c"an address is not aligned as it must be"),
        (Self::Overlap, c"matrices, scratch, or a distribution or tree overlap"),
        (Self::TooShort, c"memory is too short"),
        (Self::Size, c"a size is zero, too large or not offered"),
        (Self::Row, c"a row or word id is out of range"),
        (Self::Dim, c"the rows of two matrices differ in length"),
        (Self::TooManyRows, c"too many output rows or negatives for one step"),
        (Self::Empty, c"a list is empty"),
        (Self::Number, c"a number is not finite or out of range"),
        (Self::Order, c"counts must be positive and in falling order"),
        (Self::CodeLength, c"a Huffman code would be too long"),
        (Self::Unavailable, c"backend or arithmetic not available on this processor"),
        (Self::Choice, c"a number stands for no choice"),
        (Self::Unbuilt, c"memory holds no table or tree"),
    ];
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            Error::TooShort { .. } => Self::TooShort,
            Error::Size => Self::Size,
            Error::Row { .. } => Self::Row,
            Error::Dim { .. } => Self::Dim,
            Error::TooManyRows => Self::TooManyRows,
            Error::Empty => Self::Empty,
            Error::Number => Self::Number,
            Error::Order => Self::Order,
            Error::CodeLength => Self::CodeLength,
            Error::Unavailable => Self::Unavailable,
            Error::Name => Self::Choice,
        }
    }
}

/// Returns what `status` means, in English, without a full stop: a string of the library's own, for any number.
#[unsafe(no_mangle)]
pub extern "C" fn w2v_status_message(status: StatusCode) -> *const c_char {
    let known = Status::ALL.into_iter().find(|&(known, _)| known as u32 == status);
    known.map_or(c"unknown status", |(_, message)| message).as_ptr()
}
