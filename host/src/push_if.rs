//! Appending without a branch: a processor cannot predict a coin that decides whether a value
//! stays.

/// Writes `value` to `found[len]` in any case, and counts `value` in `len` only if it `stays`.
#[inline(always)]
pub(crate) fn push_if<T>(found: &mut [T], len: &mut usize, value: T, stays: bool) {
    if let Some(place) = found.get_mut(*len) {
        *place = value;
    }
    *len += usize::from(stays);
}
