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
    /// Where the next input row of each path goes.
    next: Vec<u32>,
    rows: Vec<[u32; GROUP]>,
    spans: Vec<Span>,
}

/// The first `len` of one group's rows, which share a path.
#[derive(Clone, Copy)]
struct Span {
    path: u32,
    group: u32,
    len: u32,
}

impl Groups {
    /// Gathers (path, input row): a group is trained when it is full, the others after them in the order of the paths.
    pub(super) fn gather(&mut self, paths: usize, pairs: impl Iterator<Item = (u32, u16)> + Clone) {
        const SIZE: u32 = GROUP as u32;
        let Self { next, rows, spans } = self;
        next.clear();
        next.resize(paths, 0);
        // Not `for`: the pairs are many short pieces, and a chain of them is quicker from within.
        pairs.clone().for_each(|(path, _)| next[path as usize] += 1);
        let mut groups = 0;
        for next in &mut *next {
            let needed = next.div_ceil(SIZE);
            *next = groups * SIZE;
            groups += needed;
        }
        rows.resize(groups as usize, [0; GROUP]);
        spans.clear();
        pairs.for_each(|(path, input)| {
            let next = &mut next[path as usize];
            let (group, place) = (*next / SIZE, *next % SIZE);
            rows[group as usize][place as usize] = input.into();
            *next += 1;
            if place + 1 == SIZE {
                spans.push(Span { path, group, len: SIZE });
            }
        });
        let unfilled = next.iter().zip(0..).filter(|(next, _)| !next.is_multiple_of(SIZE));
        spans.extend(unfilled.map(|(next, path)| Span { path, group: next / SIZE, len: next % SIZE }));
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
    pub(super) groups: &'a Groups,
    pub(super) learning_rate: f32,
}

impl Kernel for Descent<'_> {
    type Output = Outcome<f64>;

    /// While one group is computed, the rows of the next are fetched.
    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) -> Outcome<f64> {
        let Self { paths, groups: Groups { rows, spans, .. }, .. } = self;
        let mut loss = 0.0;
        for (number, span) in spans.iter().enumerate() {
            let ahead = spans.get(number + 1).map_or(Ahead::default(), |next| Ahead {
                hidden: next.rows(rows),
                output: [paths.get(next.path).0, &[]],
            });
            loss += self.train(simd, span.path, span.rows(rows), ahead)?;
        }
        Ok(loss)
    }
}

impl Span {
    #[inline(always)]
    fn rows(self, rows: &[[u32; GROUP]]) -> &[u32] {
        &rows[self.group as usize][..self.len as usize]
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
