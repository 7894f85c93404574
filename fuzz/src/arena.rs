//! Memory for calls of the C ABI: places in a few allocations of their own, and what a call
//! changed.

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use std::ops::Range;
use w2v_core::lanes::Lanes;

/// Allocations of so many bytes. A sanitizer sees what is used beyond the end of one.
const SIZES: [usize; 4] = [64, 128, 1024, 4096];

/// A place in one of the allocations, or nowhere.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Place {
    allocation: u8,
    /// In units of 64 bytes, and of 4 if the number is large.
    offset: u8,
    /// The bytes that a caller says are there, if not all of them.
    size: Option<u16>,
}

/// The allocations.
#[derive(Clone, Debug)]
pub struct Arena([Vec<Lanes>; SIZES.len()]);

impl Default for Arena {
    fn default() -> Self {
        Self(SIZES.map(|size| vec![Lanes::ZERO; size / size_of::<Lanes>()]))
    }
}

impl Arena {
    /// The address of a place, null or not aligned for some, and how many bytes are there.
    pub fn find<T>(&mut self, place: Place) -> (*mut T, usize) {
        let number = usize::from(place.allocation) % 16;
        // Mostly memory, and sometimes none.
        let Some(lanes) = (number < 15).then(|| &mut self.0[number % SIZES.len()]) else {
            return (std::ptr::null_mut(), usize::from(place.size.unwrap_or(0)));
        };
        let bytes = size_of_val(lanes.as_slice());
        let unit = if place.offset < 240 { 64 } else { 4 };
        let offset = usize::from(place.offset) * unit % bytes;
        let left = bytes - offset;
        let size = place.size.map_or(left, |size| usize::from(size) % (left + 1));
        (lanes.as_mut_ptr().cast::<u8>().wrapping_add(offset).cast(), size)
    }

    /// The bytes of a place, if there are any.
    pub fn bytes(&mut self, place: Place) -> Option<(usize, Range<usize>)> {
        let (first, size) = self.find::<u8>(place);
        let number = self.0.iter().position(|lanes| lanes.as_ptr_range().contains(&first.cast_const().cast()))?;
        let start = first.addr() - self.0[number].as_ptr().addr();
        Some((number, start..start + size))
    }

    /// Flips a bit of a place.
    pub fn flip(&mut self, place: Place, bit: usize) {
        let Some((number, range)) = self.bytes(place).filter(|(_, range)| !range.is_empty()) else { return };
        let at = range.start + bit / 8 % range.len();
        let mut numbers = self.0[number].iter_mut().flat_map(|lanes| &mut lanes.0);
        if let Some(value) = numbers.nth(at / 4) {
            *value = f32::from_bits(value.to_bits() ^ 1 << (at % 4 * 8 + bit % 8));
        }
    }

    /// Copies as many whole numbers from one place to another as both have, as if they had been
    /// stored between.
    pub fn copy(&mut self, from: Place, to: Place) {
        let (Some((source, from)), Some((target, to))) = (self.bytes(from), self.bytes(to)) else { return };
        let numbers: Vec<f32> = self.0[source].iter().flat_map(|lanes| lanes.0).collect();
        let from = &numbers[from.start / 4..from.end / 4];
        let places = self.0[target].iter_mut().flat_map(|lanes| &mut lanes.0);
        for (place, &number) in places.skip(to.start / 4).take(to.len() / 4).zip(from) {
            *place = number;
        }
    }

    /// Fails if anything differs from `before` but the bytes from each address of `written` on.
    ///
    /// # Panics
    /// If so.
    pub fn assert_unchanged_but(&self, before: &Self, written: &[(usize, usize)]) {
        for (lanes, before) in self.0.iter().zip(&before.0) {
            let numbers = lanes.iter().flat_map(|lanes| &lanes.0).zip(before.iter().flat_map(|lanes| &lanes.0));
            for (now, then) in numbers {
                let address = std::ptr::from_ref(now).addr();
                let may = written.iter().any(|&(first, size)| (first..first + size).contains(&address));
                assert!(may || now.to_bits() == then.to_bits(), "a number was written that the call has not to write");
            }
        }
    }
}
