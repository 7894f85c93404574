//! Generators: the built-in one, and the caller's own.

use crate::memory::{Caller, promised};
use crate::status::Status;
use core::convert::Infallible;
use core::ffi::c_void;
use rand_core::{Rng as _, TryRng};
use w2v_core::rng::SplitMix64;

/// A source of random numbers: zeroed but for `state`, the built-in SplitMix64, which is seeded and saved by
/// its state; with `next`, the caller's own.
///
/// A call advances it. Two threads need two, from seeds or places (`w2v_rng_at`) of their own.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Rng {
    /// Returns 64 random bits, or NULL for the built-in generator. It must return (no exception, no longjmp)
    /// and must not touch what the call that asks it works on. 32 bits are drawn as the upper half of 64.
    pub next: Option<extern "C" fn(context: *mut c_void) -> u64>,
    /// What `next` is given.
    pub context: *mut c_void,
    /// The built-in generator's state: any number is a seed.
    pub state: u64,
}

/// An [`Rng`] while a call uses it.
pub(crate) struct Source {
    next: Option<extern "C" fn(context: *mut c_void) -> u64>,
    context: *mut c_void,
    builtin: SplitMix64,
}

impl Rng {
    pub(crate) fn open(self) -> Source {
        Source { next: self.next, context: self.context, builtin: SplitMix64::new(self.state) }
    }
}

impl Source {
    pub(crate) fn close(&self) -> Rng {
        Rng { next: self.next, context: self.context, state: self.builtin.state() }
    }
}

impl TryRng for Source {
    type Error = Infallible;

    #[inline(always)]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|number| (number >> 32) as u32)
    }

    #[inline(always)]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(match self.next {
            None => self.builtin.next_u64(),
            Some(next) => next(self.context),
        })
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            for (byte, random) in chunk.iter_mut().zip(self.next_u64().to_le_bytes()) {
                *byte = random;
            }
        }
        Ok(())
    }
}

/// Makes `rng` the built-in generator of a place, such as {seed, epoch, part of the corpus}, so that draws
/// depend on where they are made and not on which thread makes them. What two places draw has nothing to do
/// with each other.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w2v_rng_at(counters: *const u64, count: usize, rng: *mut Rng) -> Status {
    promised!(|caller: Caller<'_>| {
        let place = caller.place(rng)?;
        let state = SplitMix64::at(caller.slice(counters, count)?).state();
        place.put(Rng { next: None, context: core::ptr::null_mut(), state });
        Ok(())
    })
}

/// Draws 64 random bits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w2v_rng_next(rng: *mut Rng, number: *mut u64) -> Status {
    promised!(|caller: Caller<'_>| {
        let (mut source, place) = (caller.read(rng)?.open(), caller.place(number)?);
        place.put(source.next_u64());
        caller.place(rng)?.put(source.close());
        Ok(())
    })
}
