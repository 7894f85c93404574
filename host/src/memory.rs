//! Allocation of memory whose size depends on the input. If there is too little memory, these
//! functions return an error that names the size.
//!
//! The standard library's own allocations abort the program instead.

use crate::error::{Error, Result};

/// Makes room for `more` values at the end of `values`. `what` names the values in errors.
///
/// # Errors
/// [`Error::Memory`] with the bytes of the present and the new values together, if the system does
/// not provide them.
#[inline]
pub fn reserve<T>(values: &mut Vec<T>, more: usize, what: &'static str) -> Result<()> {
    if values.capacity() - values.len() >= more { Ok(()) } else { grow(values, more, what) }
}

/// As [`reserve`], if there is not enough room yet.
#[cold]
fn grow<T>(values: &mut Vec<T>, more: usize, what: &'static str) -> Result<()> {
    // First, the room is doubled, so that appending takes linear time. If that is too much, an
    // eighth is added.
    let little = more.max(values.len() / 8);
    let grown = values.try_reserve(more).or_else(|_| values.try_reserve_exact(little));
    grown.map_err(|_| refused(values.len().saturating_add(more).saturating_mul(size_of::<T>()), what))
}

/// Appends `value` to `values`. `what` names the values in errors.
///
/// # Errors
/// As [`reserve`].
#[inline]
pub fn push<T>(values: &mut Vec<T>, value: T, what: &'static str) -> Result<()> {
    reserve(values, 1, what)?;
    values.push(value);
    Ok(())
}

/// Appends `more` to `bytes`. `what` names the bytes in errors.
///
/// # Errors
/// As [`reserve`].
#[inline]
pub fn append(bytes: &mut Vec<u8>, more: &[u8], what: &'static str) -> Result<()> {
    reserve(bytes, more.len(), what)?;
    bytes.extend_from_slice(more);
    Ok(())
}

/// A vector of `len` copies of `value`. `what` names the values in errors.
///
/// # Errors
/// As [`reserve`].
pub fn filled<T: Clone>(value: T, len: usize, what: &'static str) -> Result<Vec<T>> {
    let mut values = Vec::new();
    values.try_reserve_exact(len).map_err(|_| refused(len.saturating_mul(size_of::<T>()), what))?;
    values.resize(len, value);
    Ok(values)
}

/// Fails if `bytes` bytes cannot be allocated. `what` names them in errors. Call this function
/// before a function of the standard library or of another crate that would abort for lack of
/// memory; `bytes` must cover everything that the other function allocates.
///
/// # Errors
/// As [`reserve`].
pub fn check(bytes: usize, what: &'static str) -> Result<()> {
    Vec::<u8>::new().try_reserve_exact(bytes).map_err(|_| refused(bytes, what))
}

/// The error that there is no memory for `bytes` bytes of `what`.
pub(crate) fn refused(bytes: usize, what: &'static str) -> Error {
    Error::Memory { bytes, what }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_no_memory_for_is_named_with_its_size() {
        let mut values = vec![1_u32; 3];
        let error = reserve(&mut values, usize::MAX / 8, "numbers").unwrap_err().to_string();
        let bytes = (3 + usize::MAX / 8) * 4;
        assert!(error.starts_with(&format!("there is no memory for {bytes} bytes of numbers; ")), "{error}");
        assert_eq!(values, [1; 3]);
        for error in [check(usize::MAX, "all").unwrap_err(), filled(0_u8, usize::MAX, "all").unwrap_err()] {
            assert!(error.to_string().starts_with(&format!("there is no memory for {} bytes of all;", usize::MAX)));
        }
    }

    #[test]
    fn what_there_is_memory_for_is_there() {
        let (mut values, mut bytes) = (Vec::new(), Vec::new());
        for value in 0..1000_u32 {
            push(&mut values, value, "numbers").unwrap();
            append(&mut bytes, &value.to_le_bytes(), "bytes").unwrap();
        }
        assert!(values.iter().copied().eq(0..1000));
        assert!(bytes.as_chunks::<4>().0.iter().map(|&bytes| u32::from_le_bytes(bytes)).eq(0..1000));
        assert_eq!(filled(7, 3, "numbers").unwrap(), [7; 3]);
        check(1000, "numbers").unwrap();
    }
}
