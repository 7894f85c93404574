//! What a sampler and a tree are in the caller's memory: a head that tells what was built there, then its
//! items.

use crate::memory::{self, Caller, check_alignment, size};
use crate::status::Status;
use core::ops::Range;

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
    /// A kind's tag, or anything if nothing is built.
    tag: u32,
    words: u32,
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
    caller.place(head)?.put(Head { tag: K::TAG, words: words_in_head });
    Ok(())
}

/// The words over which [`build`] left `K` in `memory`.
fn words<K: Kind>(caller: Caller<'_>, memory: *const K) -> Result<usize, Status> {
    check_alignment(memory)?;
    let Head { tag, words } = caller.read(memory.cast::<Head>())?;
    if tag == K::TAG { Ok(words as usize) } else { Err(Status::Unbuilt) }
}

/// The items that [`build`] left in `memory`.
pub(crate) fn open<'c, K: Kind>(caller: Caller<'c>, memory: *const K) -> Result<&'c [K::Item], Status> {
    let words = words(caller, memory)?;
    caller.slice(memory.cast::<Head>().wrapping_add(1).cast(), K::items(words))
}

/// Where what [`build`] left in `memory` lies.
pub(crate) fn addresses<K: Kind>(caller: Caller<'_>, memory: *const K) -> Result<Range<usize>, Status> {
    memory::addresses(memory, required_size::<K>(words(caller, memory)?))
}
