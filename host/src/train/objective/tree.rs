//! Hierarchical softmax: hidden vectors are gathered into groups that share a path, and trained
//! group by group. A hidden vector is an input row (skip-gram) or the mean of a window (CBOW).

use super::tree_split::Paths;
use crate::train::context::Outcome;
use w2v_core::matrix::MatrixMut;
use w2v_core::sigmoid::TABLE;
use w2v_core::simd::{Kernel, Simd};
use w2v_core::step::{HiddenUpdate, Prefetch, path::HierarchicalSoftmax};

/// The most hidden vectors of a group.
const GROUP: usize = 8;

/// Groups in the order in which they are trained. Reused from one gathering to the next. An `R` is
/// the row of a hidden vector.
#[derive(Default)]
pub(in crate::train) struct PathGroups<R> {
    /// For each path the group that is not full yet.
    filling: Vec<Filling<R>>,
    gathered: Vec<PathGroup>,
}

/// The first `len` rows of a group that is not full yet.
#[derive(Clone, Copy, Default)]
struct Filling<R> {
    rows: [R; GROUP],
    len: u16,
}

impl<R: Copy + Into<u32>> Filling<R> {
    /// Returns the rows so far as a group of path `path`, and starts a new group.
    #[inline(always)]
    fn take(&mut self, path: u32) -> PathGroup {
        let len = std::mem::take(&mut self.len).into();
        PathGroup { path, len, rows: self.rows.map(R::into) }
    }
}

/// A group: the first `len` of `rows` share path `path`.
pub(in crate::train) struct PathGroup {
    path: u32,
    len: u32,
    rows: [u32; GROUP],
}

impl PathGroup {
    #[inline(always)]
    fn rows(&self) -> &[u32] {
        &self.rows[..self.len as usize]
    }
}

impl<R: Copy + Default + Into<u32>> PathGroups<R> {
    /// Gathers `pairs`, (path, row), into groups; there are `paths` paths. Full groups come first,
    /// in the order in which they become full. The other groups follow in the order of their paths.
    pub(in crate::train) fn gather(&mut self, paths: usize, pairs: impl Iterator<Item = (u32, R)>) {
        let Self { filling, gathered } = self;
        gathered.clear();
        filling.resize(paths, Filling::default());
        // `for_each` and not `for`: the iterator chains many short slices, and internal iteration
        // over such a chain is faster.
        pairs.for_each(|(path, row)| {
            let filling = &mut filling[path as usize];
            filling.rows[usize::from(filling.len) % GROUP] = row;
            filling.len += 1;
            if usize::from(filling.len) == GROUP {
                gathered.push(filling.take(path));
            }
        });
        let unfilled = filling.iter_mut().zip(0..).filter(|(filling, _)| filling.len > 0);
        gathered.extend(unfilled.map(|(filling, path)| filling.take(path)));
    }

    /// The groups in the order in which they are trained.
    pub(in crate::train) fn gathered(&self) -> &[PathGroup] {
        &self.gathered
    }

    /// For each group its path and its number of rows.
    pub(in crate::train) fn sizes(&self) -> impl Iterator<Item = (u32, u32)> {
        self.gathered.iter().map(|group| (group.path, group.len))
    }
}

/// A kernel that trains groups along their paths, in order. It returns the sum of the losses.
pub(in crate::train) struct Descent<'a> {
    pub(in crate::train) hidden: MatrixMut<'a>,
    pub(in crate::train) output: MatrixMut<'a>,
    pub(in crate::train) paths: &'a Paths,
    /// Whether the nodes of the next group are prefetched while a group is computed. Hidden vectors
    /// always are.
    pub(in crate::train) fetch_nodes: bool,
    pub(in crate::train) groups: &'a [PathGroup],
    pub(in crate::train) learning_rate: f32,
    /// Whether the hidden vectors learn or are replaced by their gradients. With
    /// [`HiddenUpdate::Gradient`] no path may be empty, because a hidden vector with an empty path
    /// would stay in the place of its gradient.
    pub(in crate::train) hidden_update: HiddenUpdate,
}

impl Kernel for Descent<'_> {
    type Output = Outcome<f64>;

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) -> Outcome<f64> {
        let Self { paths, fetch_nodes, groups, .. } = self;
        let mut loss = 0.0;
        let mut groups = groups.iter().peekable();
        while let Some(group) = groups.next() {
            let prefetch = groups.peek().map_or(Prefetch::default(), |next| {
                let nodes = if fetch_nodes { paths.get(next.path).0 } else { &[] };
                Prefetch::new(next.rows(), [nodes, &[]])
            });
            loss += self.train(simd, group.path, group.rows(), prefetch)?;
        }
        Ok(loss)
    }
}

impl Descent<'_> {
    #[inline(always)]
    fn train<S: Simd>(&mut self, simd: S, path: u32, rows: &[u32], mut prefetch: Prefetch<'_>) -> Outcome<f64> {
        let (eights, rest) = rows.as_chunks::<GROUP>();
        let (fours, rest) = rest.as_chunks::<4>();
        let (twos, ones) = rest.as_chunks::<2>();
        let mut loss = 0.0;
        for rows in eights {
            loss += self.update(simd, path, rows, core::mem::take(&mut prefetch))?;
        }
        for rows in fours {
            loss += self.update(simd, path, rows, core::mem::take(&mut prefetch))?;
        }
        for rows in twos {
            loss += self.update(simd, path, rows, core::mem::take(&mut prefetch))?;
        }
        for rows in ones.as_chunks::<1>().0 {
            loss += self.update(simd, path, rows, core::mem::take(&mut prefetch))?;
        }
        Ok(loss)
    }

    #[inline(always)]
    fn update<S: Simd, const G: usize>(
        &mut self,
        simd: S,
        path: u32,
        hidden_rows: &[u32; G],
        prefetch: Prefetch<'_>,
    ) -> Outcome<f64> {
        let (nodes, code) = self.paths.get(path);
        if nodes.is_empty() {
            debug_assert_eq!(self.hidden_update, HiddenUpdate::Learn);
            return Ok(0.0);
        }
        let step = HierarchicalSoftmax::new(
            &mut self.hidden,
            hidden_rows,
            &mut self.output,
            nodes,
            code,
            self.learning_rate,
            &TABLE,
        )
        .hidden_update(self.hidden_update)
        .prefetch(prefetch);
        step.run(simd).map(f64::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::Rng;
    use w2v_core::rng::{SplitMix64, below};

    #[test]
    fn groups_are_full_first_and_then_the_rest_in_the_order_of_the_paths() {
        let mut random = SplitMix64::new(1);
        let mut groups = PathGroups::default();
        // The groups are reused, for more paths and for fewer.
        for (paths, pairs) in [(5, 100), (50, 300), (3, 1), (3, 0), (7, 56), (1, 16)] {
            let pairs: Vec<(u32, u16)> = (0..pairs).map(|row| (below(random.next_u32(), paths), row)).collect();
            groups.gather(paths as usize, pairs.iter().copied());
            let mut rest = vec![Vec::new(); paths as usize];
            let mut expected = Vec::new();
            for &(path, row) in &pairs {
                rest[path as usize].push(u32::from(row));
                if rest[path as usize].len() == GROUP {
                    expected.push((path, std::mem::take(&mut rest[path as usize])));
                }
            }
            expected.extend((0..).zip(rest).filter(|(_, rows)| !rows.is_empty()));
            let found: Vec<_> = groups.gathered.iter().map(|group| (group.path, group.rows().to_vec())).collect();
            assert_eq!(found, expected);
            assert!(groups.sizes().eq(expected.iter().map(|(path, rows)| (*path, rows.len() as u32))));
        }
    }
}
