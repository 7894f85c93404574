//! Input rows gathered into groups that share a path, and their training.

use super::cut::Paths;
use crate::trainer::Outcome;
use w2v_core::matrix::MatrixMut;
use w2v_core::sigmoid::TABLE;
use w2v_core::simd::{Kernel, Simd};
use w2v_core::step::{Ahead, Hidden, path::HierarchicalSoftmax};

/// Most input rows of a group.
const GROUP: usize = 8;

/// Groups in the order of their training; reused from one gathering to the next.
#[derive(Default)]
pub(super) struct Groups {
    /// For each path the group that it fills.
    filling: Vec<Filling>,
    rows: Vec<[u32; GROUP]>,
    spans: Vec<Span>,
}

/// The first `len` input rows of a group that is not full yet.
#[derive(Clone, Copy, Default)]
struct Filling {
    rows: [u16; GROUP],
    len: u16,
}

/// A group's path, and how many of its rows there are.
#[derive(Clone, Copy)]
struct Span {
    path: u32,
    len: u32,
}

impl Groups {
    /// Gathers (path, input row): a group is trained when it is full, the others after them in the order of the paths.
    pub(super) fn gather(&mut self, paths: usize, pairs: impl Iterator<Item = (u32, u16)>) {
        self.rows.clear();
        self.spans.clear();
        self.filling.resize(paths, Filling::default());
        // Not `for`: the pairs are many short pieces, and a chain of them is quicker from within.
        pairs.for_each(|(path, input)| {
            let filling = &mut self.filling[path as usize];
            filling.rows[usize::from(filling.len) % GROUP] = input;
            filling.len += 1;
            if usize::from(filling.len) == GROUP {
                self.rows.push(filling.rows.map(u32::from));
                self.spans.push(Span { path, len: GROUP as u32 });
                filling.len = 0;
            }
        });
        for (filling, path) in self.filling.iter_mut().zip(0..) {
            if filling.len > 0 {
                self.rows.push(filling.rows.map(u32::from));
                self.spans.push(Span { path, len: filling.len.into() });
                filling.len = 0;
            }
        }
    }

    /// (path, how many input rows) of each group.
    pub(super) fn sizes(&self) -> impl Iterator<Item = (u32, u32)> {
        self.spans.iter().map(|span| (span.path, span.len))
    }
}

/// Groups to train along their paths, in their order; the loss comes out.
pub(super) struct Descent<'a> {
    pub(super) input: MatrixMut<'a>,
    pub(super) output: MatrixMut<'a>,
    pub(super) paths: &'a Paths,
    /// Whether the nodes of the next group are fetched while one is computed, as its input rows are.
    pub(super) fetch_nodes: bool,
    pub(super) groups: &'a Groups,
    pub(super) learning_rate: f32,
}

impl Kernel for Descent<'_> {
    type Output = Outcome<f64>;

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) -> Outcome<f64> {
        let Self { paths, fetch_nodes, groups: Groups { rows, spans, .. }, .. } = self;
        let mut loss = 0.0;
        let mut groups = spans.iter().zip(rows).map(|(span, rows)| (span.path, &rows[..span.len as usize])).peekable();
        while let Some((path, rows)) = groups.next() {
            let ahead = groups.peek().map_or(Ahead::default(), |&(path, rows)| {
                let nodes = if fetch_nodes { paths.get(path).0 } else { &[] };
                Ahead { hidden: rows, output: [nodes, &[]] }
            });
            loss += self.train(simd, path, rows, ahead)?;
        }
        Ok(loss)
    }
}

impl Descent<'_> {
    #[inline(always)]
    fn train<S: Simd>(&mut self, simd: S, path: u32, rows: &[u32], mut ahead: Ahead<'_>) -> Outcome<f64> {
        let (eights, rest) = rows.as_chunks::<GROUP>();
        let (fours, rest) = rest.as_chunks::<4>();
        let (twos, ones) = rest.as_chunks::<2>();
        let mut loss = 0.0;
        for rows in eights {
            loss += self.update(simd, path, rows, core::mem::take(&mut ahead))?;
        }
        for rows in fours {
            loss += self.update(simd, path, rows, core::mem::take(&mut ahead))?;
        }
        for rows in twos {
            loss += self.update(simd, path, rows, core::mem::take(&mut ahead))?;
        }
        for rows in ones.as_chunks::<1>().0 {
            loss += self.update(simd, path, rows, core::mem::take(&mut ahead))?;
        }
        Ok(loss)
    }

    #[inline(always)]
    fn update<S: Simd, const G: usize>(
        &mut self,
        simd: S,
        path: u32,
        hidden_rows: &[u32; G],
        ahead: Ahead<'_>,
    ) -> Outcome<f64> {
        let (nodes, code) = self.paths.get(path);
        if nodes.is_empty() {
            return Ok(0.0);
        }
        let step = HierarchicalSoftmax {
            hidden: &mut self.input,
            hidden_rows,
            output: &mut self.output,
            nodes,
            code,
            learning_rate: self.learning_rate,
            sigmoid: &TABLE,
            then: Hidden::Learn,
            ahead,
        };
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
        let mut groups = Groups::default();
        // Reused, for more paths and for fewer.
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
            let found = groups.spans.iter().zip(&groups.rows);
            let found: Vec<_> = found.map(|(span, rows)| (span.path, rows[..span.len as usize].to_vec())).collect();
            assert_eq!(found, expected);
            assert!(groups.sizes().eq(expected.iter().map(|(path, rows)| (*path, rows.len() as u32))));
        }
    }
}
