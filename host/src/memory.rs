//! Memory whose size input decides: it is there, or one line names the size that was asked for.
//!
//! Without this, a program that gets no memory is aborted by the standard library.

use crate::error::{Error, Result};

/// Makes room for `more` values behind those of `values`, which hold `what`.
///
/// # Errors
/// [`Error::Memory`] with the bytes of all values together, when the system does not give them.
#[inline]
pub fn reserve<T>(values: &mut Vec<T>, more: usize, what: &'static str) -> Result<()> {
    if values.capacity() - values.len() >= more { Ok(()) } else { grow(values, more, what) }
}

/// As [`reserve`], where there is no room yet.
#[cold]
fn grow<T>(values: &mut Vec<T>, more: usize, what: &'static str) -> Result<()> {
    // Twice the room is asked for first, so that appending takes linear time; where that is too
    // much, an eighth more.
    let little = more.max(values.len() / 8);
    let grown = values.try_reserve(more).or_else(|_| values.try_reserve_exact(little));
    grown.map_err(|_| refused(values.len().saturating_add(more).saturating_mul(size_of::<T>()), what))
}

/// Appends `value` to `values`, which hold `what`.
///
/// # Errors
/// As [`reserve`].
#[inline]
pub fn push<T>(values: &mut Vec<T>, value: T, what: &'static str) -> Result<()> {
    reserve(values, 1, what)?;
    values.push(value);
    Ok(())
}

/// Appends `more` to `bytes`, which hold `what`.
///
/// # Errors
/// As [`reserve`].
#[inline]
pub fn append(bytes: &mut Vec<u8>, more: &[u8], what: &'static str) -> Result<()> {
    reserve(bytes, more.len(), what)?;
    bytes.extend_from_slice(more);
    Ok(())
}

/// `len` times `value`, which hold `what`.
///
/// # Errors
/// As [`reserve`].
pub fn filled<T: Clone>(value: T, len: usize, what: &'static str) -> Result<Vec<T>> {
    let mut values = Vec::new();
    values.try_reserve_exact(len).map_err(|_| refused(len.saturating_mul(size_of::<T>()), what))?;
    values.resize(len, value);
    Ok(values)
}

/// Fails if there are no `bytes` bytes for `what`: asked before a call that cannot say so itself,
/// of the standard library or of another crate. It has to be enough for all that the call
/// allocates.
///
/// # Errors
/// As [`reserve`].
pub fn check(bytes: usize, what: &'static str) -> Result<()> {
    Vec::<u8>::new().try_reserve_exact(bytes).map_err(|_| refused(bytes, what))
}

/// That there are no `bytes` bytes for `what`.
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
