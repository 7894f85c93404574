//! Rows of a matrix in several hands: each may be written by a thread while others write theirs.

use super::Simd;
use crate::matrix::{Lanes, MatrixMut, blocks};
use crate::rng::below;
use core::marker::PhantomData;

/// Some rows of a matrix, which no other hand has; [`MatrixMut::into_hands`] gives them out.
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
    /// The rows in hands 0 to `hands` − 1. Row `id` is in hand `owners[Hand::class(id, owners.len())]`, or in none if there is no such
    /// hand; so an owner of 255 is nobody.
    ///
    /// Each row is in one hand at most, whatever `owners` holds. If it has an entry for each row, that is the row's hand; if it has fewer,
    /// all rows of a [class](Hand::class) are in the same one.
    ///
    /// ```
    /// # use w2v_core::matrix::{Lanes, MatrixMut};
    /// let mut lanes = [Lanes::ZERO; 3];
    /// let mut hands = MatrixMut::new(&mut lanes, 3, 10)?.into_hands(&[1, 0, 1], 2);
    /// let (mut first, mut second) = (hands.next().unwrap(), hands.next().unwrap());
    /// assert!(first.row_mut(0).is_none() && second.row_mut(0).is_some());
    /// # Ok::<(), w2v_core::error::Error>(())
    /// ```
    ///
    /// The matrix is theirs as long as one of them lives:
    ///
    /// ```compile_fail,E0505
    /// # use w2v_core::matrix::{Lanes, MatrixMut};
    /// let mut lanes = vec![Lanes::ZERO; 3];
    /// let hands = MatrixMut::new(&mut lanes, 3, 10)?.into_hands(&[1, 0, 1], 2);
    /// drop(lanes);
    /// drop(hands);
    /// # Ok::<(), w2v_core::error::Error>(())
    /// ```
    pub fn into_hands(mut self, owners: &'a [u8], hands: u8) -> impl Iterator<Item = Hand<'a>> {
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

    /// The padded row `id`, to write, if it is in this hand; the padding must stay zero.
    #[inline(always)]
    #[must_use]
    pub fn row_mut(&mut self, id: u32) -> Option<&mut [Lanes]> {
        let row = usize::try_from(id).ok().filter(|&row| row < self.rows)?;
        if *self.owners.get(Self::class(id, self.owners.len()))? != self.number {
            return None;
        }
        let blocks = blocks(self.dim);
        // SAFETY: inside the matrix, which has `rows` rows of so many blocks and is borrowed mutably for as long as any hand lives.
        // `owners` stays as it is meanwhile, so the row is in no other hand; this one lends one row at a time.
        Some(unsafe { core::slice::from_raw_parts_mut(self.first.add(row * blocks), blocks) })
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
            // Of the last owner there is no hand.
            let mut hands = matrix.into_hands(owners, 3);
            let [mut first, mut second, mut third] = [hands.next(), hands.next(), hands.next()].map(Option::unwrap);
            assert!(hands.next().is_none());
            drop(hands);
            for id in 0..ROWS as u32 {
                let had = [&mut first, &mut second, &mut third].map(|hand| {
                    let row = hand.row_mut(id);
                    row.map(|row| row.fill(Lanes([id as f32; 16]))).is_some()
                });
                let owner = usize::from(owners[Hand::class(id, classes)]);
                assert_eq!(had, [0, 1, 2].map(|number| number == owner), "{id}");
                assert!(classes < ROWS || Hand::class(id, classes) == id as usize);
            }
            assert!([ROWS as u32, u32::MAX].iter().all(|&id| first.row_mut(id).is_none()));
            for (id, row) in (0..).zip(lanes.chunks(2)) {
                let written = owners[Hand::class(id, classes)] < 3;
                assert_eq!(row, [Lanes([if written { id as f32 } else { 0.0 }; 16]); 2], "{id}");
            }
        }
    }

    #[test]
    fn rows_near_each_other_are_of_many_classes() {
        let mut rows = [0; 100];
        (1000..1200).for_each(|id| rows[Hand::class(id, 100)] += 1);
        assert!(rows.iter().all(|rows| (1..=3).contains(rows)), "{rows:?}");
    }

    #[test]
    fn without_owners_nobody_has_a_row() {
        let mut lanes = [Lanes::ZERO; 1];
        let matrix = MatrixMut::new(&mut lanes, 1, 1).unwrap();
        assert!(matrix.into_hands(&[], 2).all(|mut hand| hand.row_mut(0).is_none()));
    }
}
