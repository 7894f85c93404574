//! Sifting without a branch: whether something stays is often a coin that no processor foretells.

/// Writes `value` to `found` behind the first `len`, whether it stays or not, and counts it if it `stays`.
#[inline(always)]
pub(crate) fn note<T>(found: &mut [T], len: &mut usize, value: T, stays: bool) {
    if let Some(place) = found.get_mut(*len) {
        *place = value;
    }
    *len += usize::from(stays);
}
