//! Rows of a matrix dealt to several threads, which write them at the same time.

use super::Simd;
use crate::matrix::{Lanes, MatrixMut, blocks};
use crate::rng::below;
use core::marker::PhantomData;

/// The rows of a matrix that one of several has; [`MatrixMut::deal`] gives them out.
///
/// Nobody else has one of them, so that each hand may go to a thread of its own, and no row is looked for but where it lies.
#[derive(Debug)]
pub struct Hand<'a> {
    first: *mut Lanes,
    rows: usize,
    dim: usize,
    owners: &'a [u8],
    number: u8,
    matrix: PhantomData<&'a mut [Lanes]>,
}

// SAFETY: it stands for mutable borrows of its rows, which no other hand has, and `Lanes` may go to another thread.
unsafe impl Send for Hand<'_> {}

impl<'a> MatrixMut<'a> {
    /// The rows in hands 0 to `hands` − 1: row `id` is in hand `owners[Hand::class(id, owners.len())]`, or in none if there is no such hand.
    ///
    /// Each row is in one hand at most, whatever `owners` holds: with as many owners as rows each has its own, with fewer all rows of a
    /// [class](Hand::class) are in the same hand.
    pub fn deal(mut self, owners: &'a [u8], hands: u8) -> impl ExactSizeIterator<Item = Hand<'a>> {
        let (rows, dim) = (self.rows(), self.dim());
        let first = self.lanes_mut().as_mut_ptr();
        (0..hands).map(move |number| Hand { first, rows, dim, owners, number, matrix: PhantomData })
    }
}

impl Hand<'_> {
    /// Which of `classes` classes row `id` is of: that of its own number where there is one, else some other, by a hash; 0 of none.
    #[inline(always)]
    #[must_use]
    pub fn class(id: u32, classes: usize) -> usize {
        // 2³² divided by the golden ratio: numbers near each other are spread over all classes.
        #[allow(clippy::cast_possible_truncation)]
        let hashed = below(id.wrapping_mul(0x9e37_79b9), classes as u32) as usize;
        if (id as usize) < classes { id as usize } else { hashed }
    }

    /// Whether row `id` is in this hand.
    #[inline(always)]
    #[must_use]
    pub fn has(&self, id: u32) -> bool {
        (id as usize) < self.rows && self.owners.get(Self::class(id, self.owners.len())) == Some(&self.number)
    }

    /// The padded row `id`, to write, if it is in this hand; the padding must stay zero.
    #[inline(always)]
    #[must_use]
    pub fn row_mut(&mut self, id: u32) -> Option<&mut [Lanes]> {
        let blocks = blocks(self.dim);
        // SAFETY: inside the matrix, which is borrowed mutably for as long as all hands live. `owners` stays as it is meanwhile, so the
        // row is in no other hand; this one lends one row at a time.
        self.has(id).then(|| unsafe { core::slice::from_raw_parts_mut(self.first.add(id as usize * blocks), blocks) })
    }

    /// Asks for the cache lines of row `id`, if it is in this hand, ahead of their use.
    #[inline(always)]
    pub fn prefetch<S: Simd>(&mut self, simd: S, id: u32) {
        for lanes in self.row_mut(id).unwrap_or_default() {
            simd.prefetch(&lanes.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_is_in_the_hand_of_its_class_and_in_no_other() {
        const ROWS: usize = 100;
        for classes in [1, 7, ROWS, 3 * ROWS] {
            let mut lanes = [Lanes::ZERO; 2 * ROWS];
            let mut owners = [0; 3 * ROWS];
            owners.iter_mut().zip((0..4).cycle()).for_each(|(owner, number)| *owner = number);
            let owners = &owners[..classes];
            let matrix = MatrixMut::new(&mut lanes, ROWS, 20).unwrap();
            // Of the last owners there is no hand.
            let mut hands = matrix.deal(owners, 3);
            let [mut first, mut second, mut third] = [hands.next(), hands.next(), hands.next()].map(Option::unwrap);
            assert!(hands.next().is_none());
            drop(hands);
            for id in 0..ROWS as u32 {
                let hands = [&mut first, &mut second, &mut third].map(|hand| {
                    let has = hand.has(id);
                    let row = hand.row_mut(id);
                    assert_eq!(row.is_some(), has, "{id}");
                    row.is_some_and(|row| {
                        row.fill(Lanes([id as f32; 16]));
                        true
                    })
                });
                let owner = usize::from(owners[Hand::class(id, classes)]);
                assert_eq!(hands, [0, 1, 2].map(|number| number == owner), "{id}");
                assert!(classes < ROWS || Hand::class(id, classes) == id as usize);
            }
            assert!([ROWS as u32, u32::MAX].iter().all(|&id| !first.has(id) && first.row_mut(id).is_none()));
            for (id, row) in (0..).zip(lanes.chunks(2)) {
                let written = owners[Hand::class(id, classes)] < 3;
                assert_eq!(row, [Lanes([if written { id as f32 } else { 0.0 }; 16]); 2], "{id}");
            }
        }
    }

    #[test]
    fn without_owners_nobody_has_a_row() {
        let mut lanes = [Lanes::ZERO; 1];
        let matrix = MatrixMut::new(&mut lanes, 1, 1).unwrap();
        assert!(matrix.deal(&[], 2).all(|mut hand| !hand.has(0) && hand.row_mut(0).is_none()));
    }
}
