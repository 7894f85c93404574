//! The caller's memory: pointers and lengths checked and borrowed for the length of a call. All `unsafe` blocks
//! of the crate are here.

use crate::matrix::W2V_ALIGNMENT;
use crate::status::Status;
use core::ffi::c_void;
use core::marker::PhantomData;
use core::ops::Range;

/// Proof that a caller has promised, for the length of one call, what the header asks: a pointer that is not
/// NULL leads to as many initialised values of its type as the description says, and what the call writes
/// nobody else uses and no other pointer of the call leads to.
#[derive(Clone, Copy)]
pub(crate) struct Caller<'c>(PhantomData<&'c mut ()>);

/// Runs the body of an exported function, a closure over [`Caller`], and makes a [`Status`] of its result.
///
/// # Safety
/// Whoever called the exported function keeps the rules of the header.
pub(crate) unsafe fn call(body: impl for<'c> FnOnce(Caller<'c>) -> Result<(), Status>) -> Status {
    match body(Caller(PhantomData)) {
        Ok(()) => Status::Ok,
        Err(status) => status,
    }
}

/// `body` itself, known to be one: nothing that it borrows can outlive it.
pub(crate) fn body<F: for<'c> FnOnce(Caller<'c>) -> Result<(), Status>>(body: F) -> F {
    body
}

/// Makes a closure over [`Caller`](crate::memory::Caller) the body of an exported `unsafe` function.
macro_rules! promised {
    ($body:expr) => {{
        let body = $crate::memory::body($body);
        // SAFETY: the function is unsafe to call for this reason alone: the rules of the header.
        unsafe { $crate::memory::call(body) }
    }};
}
pub(crate) use promised;

impl<'c> Caller<'c> {
    /// The value at `from`.
    pub(crate) fn read<T: Copy>(self, from: *const T) -> Result<T, Status> {
        check::<T>(from, 1)?;
        // SAFETY: neither null nor misaligned; the caller has promised a value there.
        Ok(unsafe { from.read() })
    }

    /// Where a result goes.
    pub(crate) fn place<T>(self, to: *mut T) -> Result<Place<'c, T>, Status> {
        check::<T>(to, 1)?;
        Ok(Place(to, PhantomData))
    }

    /// Where a result goes, unless the caller does not want it and has given NULL.
    pub(crate) fn place_if_wanted<T>(self, to: *mut T) -> Result<Place<'c, T>, Status> {
        if to.is_null() { Ok(Place(to, PhantomData)) } else { self.place(to) }
    }

    /// The `len` values from `first` on, to read; `first` may be null if there are none.
    pub(crate) fn slice<T: Copy>(self, first: *const T, len: usize) -> Result<&'c [T], Status> {
        if len == 0 {
            return Ok(&[]);
        }
        check(first, len)?;
        // SAFETY: neither null, misaligned nor too long; the caller has promised so many values, which nobody changes.
        Ok(unsafe { core::slice::from_raw_parts(first, len) })
    }

    /// The `len` values from `first` on, to read and write; `first` may be null if there are none.
    pub(crate) fn slice_mut<T: Copy>(self, first: *mut T, len: usize) -> Result<&'c mut [T], Status> {
        if len == 0 {
            return Ok(&mut []);
        }
        check(first, len)?;
        // SAFETY: neither null, misaligned nor too long; the caller has promised so many values, and nobody else's.
        Ok(unsafe { core::slice::from_raw_parts_mut(first, len) })
    }

    /// Room for `len` values from `first` on, whatever is there, filled with the default.
    pub(crate) fn room<T: Copy + Default>(self, first: *mut T, len: usize) -> Result<&'c mut [T], Status> {
        if len > 0 {
            check(first, len)?;
        }
        for place in 0..len {
            // SAFETY: neither null, misaligned nor too long; the caller has promised room for so many.
            unsafe { first.add(place).write(T::default()) };
        }
        self.slice_mut(first, len)
    }
}

/// Room for one value, if it is wanted.
pub(crate) struct Place<'c, T>(*mut T, PhantomData<&'c mut T>);

impl<T> Place<'_, T> {
    pub(crate) fn put(self, value: T) {
        if !self.0.is_null() {
            // SAFETY: it was checked when the place was made; the caller has promised that there is room, and nobody else's.
            unsafe { self.0.write(value) };
        }
    }
}

/// Refuses a pointer that cannot lead to `len` values.
fn check<T>(first: *const T, len: usize) -> Result<(), Status> {
    if first.is_null() {
        return Err(Status::Null);
    }
    if !first.is_aligned() {
        return Err(Status::Misaligned);
    }
    let bytes = len.checked_mul(size_of::<T>()).filter(|&bytes| isize::try_from(bytes).is_ok());
    // An object that ends beyond the last address cannot be there.
    if bytes.is_none_or(|bytes| first.addr().checked_add(bytes).is_none()) {
        return Err(Status::Size);
    }
    Ok(())
}

/// The addresses of `bytes` bytes from `first` on.
pub(crate) fn addresses<T>(first: *const T, bytes: usize) -> Result<Range<usize>, Status> {
    let start = first.addr();
    Ok(start..start.checked_add(bytes).ok_or(Status::Size)?)
}

/// Refuses memory that a call writes and that shares addresses with other memory of the call.
pub(crate) fn check_apart(written: &Range<usize>, other: &Range<usize>) -> Result<(), Status> {
    // Not `start < end` of each and the other: an empty range shares none, wherever it lies.
    if written.start.max(other.start) < written.end.min(other.end) { Err(Status::Overlap) } else { Ok(()) }
}

/// Refuses scratch of `given` bytes that are fewer than `needed`, or of which any, used or not, are also the
/// `others`'.
pub(crate) fn check_scratch<const N: usize>(
    scratch: *const c_void,
    given: usize,
    needed: usize,
    others: [Range<usize>; N],
) -> Result<(), Status> {
    check_alignment(scratch)?;
    if given < needed {
        return Err(Status::TooShort);
    }
    let working = addresses(scratch, given)?;
    others.iter().try_for_each(|other| check_apart(&working, other))
}

/// Refuses an address that is not a multiple of [`W2V_ALIGNMENT`].
pub(crate) fn check_alignment<T>(first: *const T) -> Result<(), Status> {
    if first.addr().is_multiple_of(W2V_ALIGNMENT) { Ok(()) } else { Err(Status::Misaligned) }
}

/// `bytes` as the size of memory to allocate: whole multiples of [`W2V_ALIGNMENT`], as `aligned_alloc` wants
/// them; 0 if it is none.
pub(crate) fn size(bytes: Option<usize>) -> usize {
    bytes
        .and_then(|bytes| bytes.checked_next_multiple_of(W2V_ALIGNMENT))
        .filter(|&bytes| isize::try_from(bytes).is_ok())
        .unwrap_or(0)
}
