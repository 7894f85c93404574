//! Negative sampling within one partition: hidden rows in groups that share their negatives, while one group is computed
//! the next is drawn.

use super::Outcome;
use std::array::from_fn;
use w2v_core::matrix::MatrixMut;
use w2v_core::rng::SplitMix64;
use w2v_core::sigmoid::TABLE;
use w2v_core::simd::{Kernel, Simd};
use w2v_core::step::{Ahead, Hidden, negative::NegativeSampling};
use w2v_core::unigram::{Negatives, Unigram};

/// Hidden rows that share their negatives.
const GROUP: usize = 8;

/// Hidden rows that share their negatives where fewer than [`GROUP`] are left; of fewer than this each has its own.
const HALF: usize = GROUP / 2;

/// Words of a partition, at least, for sharing: where the targets of a group are a good part of all words, few noise words
/// are left that are none of them.
const FEWEST_WORDS: usize = 64;

/// A partition of the output matrix, and what trains it.
pub(super) struct Noise<'a> {
    pub(super) output: MatrixMut<'a>,
    pub(super) distribution: Unigram<'a>,
    /// Draws of a group.
    pub(super) negatives: usize,
    pub(super) learning_rate: f32,
    pub(super) rng: SplitMix64,
}

/// Hidden rows that are trained together, whom each shall predict, and the negatives that they share.
struct Group<const G: usize> {
    hidden: [u32; G],
    targets: [u32; G],
    negatives: Negatives,
}

impl<const G: usize> Group<G> {
    const fn new() -> Self {
        Self { hidden: [0; G], targets: [0; G], negatives: Negatives::new() }
    }
}

/// What the items of a training stand for, and how their hidden rows come to be.
pub(super) trait Source {
    /// A hidden row that predicts a target.
    type Item: Copy;
    /// Whether neighbours go in different groups, for they often have a row in common.
    const APART: bool;
    /// Its row in the matrix of hidden rows, and the target's in the partition.
    fn rows(&self, item: &Self::Item) -> (u32, u32);
    /// Makes the hidden rows of `items`, and asks for what those of `next` will be made of.
    fn make<S: Simd>(
        &self,
        simd: S,
        hidden: &mut MatrixMut<'_>,
        items: &[Self::Item],
        next: &[Self::Item],
    ) -> Outcome<()>;
}

impl Noise<'_> {
    /// Trains `items` in their order and returns their loss.
    #[inline(always)]
    pub(super) fn train<S: Simd, I: Source>(
        &mut self,
        simd: S,
        items: &[I::Item],
        source: &I,
        hidden: &mut MatrixMut<'_>,
        then: Hidden,
    ) -> Outcome<f64> {
        let shared = if self.distribution.len() < FEWEST_WORDS { &[] } else { items };
        let (groups, rest) = shared.split_at(shared.len() - shared.len() % GROUP);
        let (halves, rest) = rest.split_at(rest.len() - rest.len() % HALF);
        let singles = if shared.is_empty() { items } else { rest };
        let mut loss = self.groups::<S, I, GROUP>(simd, groups, source, hidden, then)?;
        loss += self.groups::<S, I, HALF>(simd, halves, source, hidden, then)?;
        loss += self.groups::<S, I, 1>(simd, singles, source, hidden, then)?;
        Ok(loss)
    }

    #[inline(always)]
    fn groups<S: Simd, I: Source, const G: usize>(
        &mut self,
        simd: S,
        items: &[I::Item],
        source: &I,
        hidden: &mut MatrixMut<'_>,
        then: Hidden,
    ) -> Outcome<f64> {
        let count = items.len() / G;
        let mut groups = (0..count).map(|number| from_fn(|i| items[place::<I, G>(count, number, i)]));
        let (mut this, mut next) = (Group::new(), Group::new());
        let mut loss = 0.0;
        let mut following: Option<[I::Item; G]> = groups.next();
        if let Some(first) = &following {
            self.draw(first, source, &mut this);
        }
        while let Some(items) = following {
            following = groups.next();
            let mut ahead = Ahead::default();
            if let Some(items) = &following {
                self.draw(items, source, &mut next);
                let hidden = if then == Hidden::Learn { next.hidden.as_slice() } else { &[] };
                ahead = Ahead { hidden, output: [&next.targets, &next.negatives] };
            }
            source.make(simd, hidden, &items, following.as_slice().as_flattened())?;
            let step = NegativeSampling {
                hidden,
                hidden_rows: &this.hidden,
                output: &mut self.output,
                targets: &this.targets,
                negatives: &this.negatives,
                learning_rate: self.learning_rate,
                sigmoid: &TABLE,
                then,
                ahead,
            };
            loss += f64::from(step.run(simd)?);
            core::mem::swap(&mut this, &mut next);
        }
        Ok(loss)
    }

    #[inline(always)]
    fn draw<I: Source, const G: usize>(&mut self, items: &[I::Item; G], source: &I, group: &mut Group<G>) {
        for ((item, hidden), target) in items.iter().zip(&mut group.hidden).zip(&mut group.targets) {
            (*hidden, *target) = source.rows(item);
        }
        self.distribution.draw_negatives(&mut self.rng, self.negatives, &group.targets, &mut group.negatives);
    }
}

/// Where among the items of `count` groups the one is that comes as number `i` of group `number`.
#[inline(always)]
fn place<I: Source, const G: usize>(count: usize, number: usize, i: usize) -> usize {
    if I::APART { i * count + number } else { number * G + i }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Items<const APART: bool>;

    impl<const APART: bool> Source for Items<APART> {
        type Item = ();
        const APART: bool = APART;

        fn rows(&self, (): &()) -> (u32, u32) {
            (0, 0)
        }

        fn make<S: Simd>(&self, _: S, _: &mut MatrixMut<'_>, _: &[()], _: &[()]) -> Outcome<()> {
            Ok(())
        }
    }

    fn group_of<I: Source>(count: usize) -> Vec<usize> {
        let mut groups = vec![usize::MAX; count * GROUP];
        for number in 0..count {
            for i in 0..GROUP {
                let group = &mut groups[place::<I, GROUP>(count, number, i)];
                assert_eq!(std::mem::replace(group, number), usize::MAX);
            }
        }
        groups
    }

    #[test]
    fn every_item_is_in_one_group_and_neighbours_are_in_different_ones_where_that_is_wanted() {
        for count in 2..20 {
            assert!(group_of::<Items<true>>(count).windows(2).all(|pair| pair[0] != pair[1]));
            assert!(group_of::<Items<false>>(count).is_sorted());
        }
    }
}
