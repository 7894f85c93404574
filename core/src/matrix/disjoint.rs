//! Divides the rows of a matrix among several owners, so that threads can write different rows at
//! the same time. No row has two owners.
#![allow(unsafe_code, reason = "lends rows by pointer; the owners of rows keep the sets apart")]

use crate::kernel::Simd;
use crate::lanes::{Lanes, blocks};
use crate::matrix::MatrixMut;
use crate::rng::below;
use core::marker::PhantomData;

/// The owner of some rows of a matrix. No other owner has these rows. [`MatrixMut::into_disjoint`]
/// makes the owners.
#[derive(Debug)]
pub struct RowOwner<'a> {
    first: *mut Lanes,
    rows: usize,
    dim: usize,
    owners: &'a [u8],
    number: u8,
    matrix: PhantomData<&'a mut [Lanes]>,
}

// SAFETY: an owner is like mutable borrows of its rows, which no other owner has, and `Lanes` may
// be sent to another thread.
unsafe impl Send for RowOwner<'_> {}

impl<'a> MatrixMut<'a> {
    /// Makes the owners with numbers 0 to `count` − 1, in this order. Row `id` belongs to the owner
    /// whose number is `owners[RowOwner::owner_index(id, owners.len())]`. If this number is `count`
    /// or more, the row belongs to nobody; 255 is never the number of an owner.
    ///
    /// No row has two owners, whatever `owners` holds. If `owners` has an entry for each row, entry
    /// `id` is for row `id`. If `owners` has fewer entries, several rows share an entry, and so
    /// have the same owner.
    ///
    /// ```
    /// # use w2v_core::{lanes::Lanes, matrix::MatrixMut};
    /// let mut lanes = [Lanes::ZERO; 3];
    /// let mut owners = MatrixMut::new(&mut lanes, 3, 10)?.into_disjoint(&[1, 0, 1], 2);
    /// let (mut first, mut second) = (owners.next().unwrap(), owners.next().unwrap());
    /// assert!(first.row_mut(0).is_none() && second.row_mut(0).is_some());
    /// # Ok::<(), w2v_core::error::Error>(())
    /// ```
    ///
    /// The matrix stays borrowed as long as one of the owners lives:
    ///
    /// ```compile_fail,E0505
    /// # use w2v_core::{lanes::Lanes, matrix::MatrixMut};
    /// let mut lanes = vec![Lanes::ZERO; 3];
    /// let owners = MatrixMut::new(&mut lanes, 3, 10)?.into_disjoint(&[1, 0, 1], 2);
    /// drop(lanes);
    /// drop(owners);
    /// # Ok::<(), w2v_core::error::Error>(())
    /// ```
    pub fn into_disjoint(mut self, owners: &'a [u8], count: u8) -> impl Iterator<Item = RowOwner<'a>> {
        let (rows, dim) = (self.rows(), self.dim());
        let first = self.lanes_mut().as_mut_ptr();
        (0..count).map(move |number| RowOwner { first, rows, dim, owners, number, matrix: PhantomData })
    }
}

impl RowOwner<'_> {
    /// The index of the entry for row `id`, in a list of `owners` entries: `id` itself if the list
    /// is long enough, otherwise a hash of `id`; 0 for an empty list.
    #[inline(always)]
    #[must_use]
    pub fn owner_index(id: u32, owners: usize) -> usize {
        // Multiplication by 2³² divided by the golden ratio spreads ids that are near each other
        // over all entries.
        #[allow(clippy::cast_possible_truncation)]
        let hashed = below(id.wrapping_mul(0x9e37_79b9), owners as u32) as usize;
        if (id as usize) < owners { id as usize } else { hashed }
    }

    /// The padded row `id` to write, `None` if this owner does not have the row. The padding must
    /// stay zero.
    #[inline(always)]
    #[must_use]
    pub fn row_mut(&mut self, id: u32) -> Option<&mut [Lanes]> {
        let row = usize::try_from(id).ok().filter(|&row| row < self.rows)?;
        if *self.owners.get(Self::owner_index(id, self.owners.len()))? != self.number {
            return None;
        }
        let blocks = blocks(self.dim);
        // SAFETY: the row is inside the matrix, which has `rows` rows of `blocks` blocks and is
        // borrowed mutably as long as any owner lives. Meanwhile `owners` cannot change, so no
        // other owner has the row. This owner lends one row at a time.
        Some(unsafe { core::slice::from_raw_parts_mut(self.first.add(row * blocks), blocks) })
    }

    /// Prefetches the cache lines of row `id`, if this owner has the row.
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
    fn each_row_has_the_owner_that_its_entry_names_and_no_other() {
        const ROWS: usize = 100;
        for entries in [1, 7, ROWS, 3 * ROWS] {
            let mut lanes = [Lanes::ZERO; 2 * ROWS];
            let mut owners = [0; 3 * ROWS];
            owners.iter_mut().zip((0..4).cycle()).for_each(|(owner, number)| *owner = number);
            let owners = &owners[..entries];
            let matrix = MatrixMut::new(&mut lanes, ROWS, 20).unwrap();
            // No owner has the number 3.
            let mut disjoint = matrix.into_disjoint(owners, 3);
            let [mut first, mut second, mut third] =
                [disjoint.next(), disjoint.next(), disjoint.next()].map(Option::unwrap);
            assert!(disjoint.next().is_none());
            drop(disjoint);
            for id in 0..ROWS as u32 {
                let had = [&mut first, &mut second, &mut third].map(|owner| {
                    let row = owner.row_mut(id);
                    row.map(|row| row.fill(Lanes([id as f32; 16]))).is_some()
                });
                let owner = usize::from(owners[RowOwner::owner_index(id, entries)]);
                assert_eq!(had, [0, 1, 2].map(|number| number == owner), "{id}");
                assert!(entries < ROWS || RowOwner::owner_index(id, entries) == id as usize);
            }
            assert!([ROWS as u32, u32::MAX].iter().all(|&id| first.row_mut(id).is_none()));
            for (id, row) in (0..).zip(lanes.chunks(2)) {
                let written = owners[RowOwner::owner_index(id, entries)] < 3;
                assert_eq!(row, [Lanes([if written { id as f32 } else { 0.0 }; 16]); 2], "{id}");
            }
        }
    }

    #[test]
    fn rows_near_each_other_have_many_entries() {
        let mut rows = [0; 100];
        (1000..1200).for_each(|id| rows[RowOwner::owner_index(id, 100)] += 1);
        assert!(rows.iter().all(|rows| (1..=3).contains(rows)), "{rows:?}");
    }

    #[test]
    fn without_entries_nobody_has_a_row() {
        let mut lanes = [Lanes::ZERO; 1];
        let matrix = MatrixMut::new(&mut lanes, 1, 1).unwrap();
        assert!(matrix.into_disjoint(&[], 2).all(|mut owner| owner.row_mut(0).is_none()));
    }
}
