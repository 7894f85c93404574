//! What a sampler and a tree are in the caller's memory: a head that tells what was built there, then its
//! items.
//!
//! Such memory may have been stored, sent or mapped, so its head is believed only as far as can be checked: the
//! seal must fit the number of words, and the items must lie within the size that the caller gives.

use crate::memory::{Caller, check_alignment, size};
use crate::status::Status;

/// What can be built in opaque memory.
pub(crate) trait Kind {
    /// One of what it consists of.
    type Item: Copy + Default;

    /// What tells its memory from others'; another layout has another tag.
    const TAG: u32;

    /// Items for `words` words.
    fn items(words: usize) -> usize;
}

/// The first bytes of opaque memory.
#[derive(Clone, Copy, Default)]
#[repr(C)]
struct Head {
    /// [`seal`], or anything else if nothing is built.
    seal: u32,
    words: u32,
}

/// What tells memory where `K` over `words` words was built from all other memory. No two numbers of words have
/// the same seal, so a head of which one half was changed never fits.
fn seal<K: Kind>(words: u32) -> u32 {
    // 2^32 divided by the golden ratio, odd: a multiplication by it can be undone.
    K::TAG ^ words.wrapping_mul(0x9e37_79b9)
}

/// The bytes that `K` over `words` words needs; 0 for a number that cannot be.
pub(crate) fn required_size<K: Kind>(words: usize) -> usize {
    if words == 0 || u32::try_from(words).is_err() {
        return 0;
    }
    size(K::items(words).checked_mul(size_of::<K::Item>()).and_then(|bytes| bytes.checked_add(size_of::<Head>())))
}

/// Lets `fill` write the items of `K` over `words` words to `memory` of `given` bytes. Should it fail, nothing
/// is built.
pub(crate) fn build<K: Kind>(
    caller: Caller<'_>,
    memory: *mut K,
    given: usize,
    words: usize,
    fill: impl FnOnce(&mut [K::Item]) -> Result<(), Status>,
) -> Result<(), Status> {
    check_alignment(memory)?;
    let needed = required_size::<K>(words);
    if needed == 0 {
        return Err(Status::Size);
    }
    if given < needed {
        return Err(Status::TooShort);
    }
    let words_in_head = u32::try_from(words).map_err(|_| Status::Size)?;
    let head = memory.cast::<Head>();
    caller.place(head)?.put(Head::default());
    fill(caller.room(head.wrapping_add(1).cast(), K::items(words))?)?;
    caller.place(head)?.put(Head { seal: seal::<K>(words_in_head), words: words_in_head });
    Ok(())
}

/// The items that [`build`] left in `memory` of `given` bytes.
pub(crate) fn open<K: Kind>(caller: Caller<'_>, memory: *const K, given: usize) -> Result<&[K::Item], Status> {
    check_alignment(memory)?;
    if memory.is_null() {
        return Err(Status::Null);
    }
    // The smallest of all; the head is part of it.
    if given < required_size::<K>(1) {
        return Err(Status::TooShort);
    }
    let head = caller.read(memory.cast::<Head>())?;
    let needed = required_size::<K>(head.words as usize);
    if needed == 0 || head.seal != seal::<K>(head.words) {
        return Err(Status::Unbuilt);
    }
    if given < needed {
        return Err(Status::TooShort);
    }
    caller.slice(memory.cast::<Head>().wrapping_add(1).cast(), K::items(head.words as usize))
}
