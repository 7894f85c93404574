//! Negative sampling within one partition: hidden rows in groups that share their negatives, while
//! one group is computed the next is drawn.

use super::many_negatives::{Buffers, Many};
use crate::train::context::Outcome;
use crate::train::layout::Partitioning;
use std::iter;
use std::ops::Range;
use w2v_core::error::Error;
use w2v_core::matrix::MatrixMut;
use w2v_core::rng::SplitMix64;
use w2v_core::sigmoid::TABLE;
use w2v_core::simd::{Kernel, Simd};
use w2v_core::step::{HiddenUpdate, Prefetch, negative::NegativeSampling};
use w2v_core::unigram::{Negatives, Slot, Unigram};

/// Hidden rows that share their negatives.
const GROUP: usize = 8;

/// Hidden rows that share their negatives where fewer than [`GROUP`] are left. If fewer than `HALF`
/// are left, each has its own.
const HALF: usize = GROUP / 2;

/// Fewest words of a partition whose groups share negatives.
///
/// Shared negatives hold none of the group's targets. Neighbouring windows have targets of one
/// topic, so in a partition of few words nearly all words of the topic would be missing among the
/// noise of that topic (benches/CHOICES.md).
const FEWEST_SHARING: usize = 128;

/// The largest share of its noise that a partition whose groups share negatives loses, on average,
/// to the targets of a group's other predictions. A word that dominates its partition is in nearly
/// every group, and would be noise for none. English with the default settings loses .44 at most,
/// in a vocabulary of 2,048 words, so English models share everywhere (benches/CHOICES.md).
const MOST_LOST: f64 = 0.45;

/// For each partition whether its groups share negatives: whether it has at least
/// [`FEWEST_SHARING`] words and loses at most [`MOST_LOST`] of its noise.
///
/// `noise` holds the partitions' noise distributions, one after the other. Of the word with number
/// `w`, which occurs `counts[w]` times, a share of `keep[w]` / 2³² of the tokens is trained.
pub(in crate::train) fn sharing(
    partitioning: &Partitioning,
    noise: &[Slot],
    counts: &[u64],
    keep: &[u32],
) -> Vec<bool> {
    let mut rest = noise;
    let shares = |part| {
        let words = partitioning.words(part);
        let noise;
        (noise, rest) = rest.split_at(words.len());
        let tokens = words.map(|word| counts[word as usize] as f64 * f64::from(keep[word as usize]));
        noise.len() >= FEWEST_SHARING && lost(noise, tokens) <= MOST_LOST
    };
    (0..partitioning.parts()).map(shares).collect()
}

/// The share of the distribution `noise` that the targets of a group's other predictions take: Σ q
/// (1 − (1 − p)⁷), q a word's probability as noise, p as a target, by its trained `tokens`. It is
/// the same number on every machine.
fn lost(noise: &[Slot], tokens: impl Iterator<Item = f64> + Clone) -> f64 {
    const WHOLE: u64 = 1 << 32;
    let mut shares = vec![0; noise.len()];
    for (word, slot) in noise.iter().enumerate() {
        shares[word] += u64::from(slot.keep());
        shares[slot.alias() as usize] += WHOLE - u64::from(slot.keep());
    }
    let all: f64 = tokens.clone().sum();
    let terms = shares.iter().zip(tokens).map(|(&share, tokens)| {
        let absent: f64 = iter::repeat_n(1.0 - tokens / all, GROUP - 1).product();
        share as f64 * (1.0 - absent)
    });
    terms.sum::<f64>() / (noise.len() as f64 * WHOLE as f64)
}

/// A partition of the output matrix, and what trains it.
pub(in crate::train) struct Noise<'a> {
    pub(in crate::train) output: MatrixMut<'a>,
    pub(in crate::train) distribution: Unigram<'a>,
    /// Draws of a group.
    pub(in crate::train) negatives: usize,
    /// Whether groups share negatives, as [`sharing`] says; if not, each prediction has its own.
    pub(in crate::train) shares: bool,
    pub(in crate::train) learning_rate: f32,
    pub(in crate::train) rng: SplitMix64,
}

/// What is trained: hidden rows that predict a target each.
pub(in crate::train) trait Predictions {
    /// Whether neighbours go into different whole groups, because they often have a row in common.
    const APART: bool;
    /// How many they are.
    fn len(&self) -> usize;
    /// The row of number `number` in the matrix of hidden rows, and its target's in the partition.
    fn rows(&self, number: usize) -> (u32, u32);
}

/// Hidden rows that are trained together, the target of each, and the negatives that they share.
struct NoiseGroup {
    /// [`GROUP`], [`HALF`] or 1, or 0 after the last group. The places beyond repeat others.
    len: usize,
    hidden: [u32; GROUP],
    targets: [u32; GROUP],
    negatives: Negatives,
}

impl NoiseGroup {
    const fn new() -> Self {
        Self { len: 0, hidden: [0; GROUP], targets: [0; GROUP], negatives: Negatives::new() }
    }

    fn hidden(&self) -> &[u32] {
        &self.hidden[..self.len]
    }

    fn targets(&self) -> &[u32] {
        &self.targets[..self.len]
    }
}

/// The first group, and what comes after it.
pub(in crate::train) struct Begun {
    first: NoiseGroup,
    groups: Grouping,
}

impl Noise<'_> {
    /// Draws the first group of `predictions` and fetches its output rows.
    #[inline(always)]
    pub(in crate::train) fn begin<S: Simd, P: Predictions>(&mut self, simd: S, predictions: &P) -> Begun {
        let mut groups = Grouping::new(predictions.len(), self.shares);
        let mut first = NoiseGroup::new();
        self.draw(groups.next::<P>(), predictions, &mut first);
        for &row in first.targets().iter().chain(&first.negatives) {
            self.output.as_ref().prefetch(simd, row);
        }
        Begun { first, groups }
    }

    /// Trains `predictions`, of which [`begin`](Self::begin) made `begun`, and returns the loss.
    #[inline(always)]
    pub(in crate::train) fn train<S: Simd, P: Predictions>(
        &mut self,
        simd: S,
        Begun { mut first, mut groups }: Begun,
        predictions: &P,
        hidden: &mut MatrixMut<'_>,
        hidden_update: HiddenUpdate,
    ) -> Outcome<f64> {
        let mut second = NoiseGroup::new();
        let (mut this, mut next) = (&mut first, &mut second);
        let mut loss = 0.0;
        let mut many = Buffers::for_more(self.negatives, GROUP, hidden.dim());
        while this.len > 0 {
            if let Some(buffers) = &mut many {
                loss += self.many_steps(simd, this, hidden, hidden_update, buffers)?;
                self.draw(groups.next::<P>(), predictions, next);
                std::mem::swap(&mut this, &mut next);
                continue;
            }
            self.draw(groups.next::<P>(), predictions, next);
            let prefetch = Prefetch::new(next.hidden(), [next.targets(), &next.negatives]);
            loss += f64::from(match this.len {
                GROUP => self.step::<S, GROUP>(simd, this, hidden, hidden_update, prefetch),
                HALF => self.step::<S, HALF>(simd, this, hidden, hidden_update, prefetch),
                _ => self.step::<S, 1>(simd, this, hidden, hidden_update, prefetch),
            }?);
            std::mem::swap(&mut this, &mut next);
        }
        Ok(loss)
    }

    /// As [`step`](Self::step), where a group has more negatives than one takes; of less than a
    /// whole group each row by itself, all with the first negatives of the group.
    #[inline(always)]
    fn many_steps<S: Simd>(
        &mut self,
        simd: S,
        group: &NoiseGroup,
        hidden: &mut MatrixMut<'_>,
        hidden_update: HiddenUpdate,
        buffers: &mut Buffers,
    ) -> Outcome<f64> {
        let mut loss = 0.0;
        let (rows, each) = (group.hidden().as_chunks::<GROUP>(), group.targets().as_chunks::<GROUP>());
        for (hidden_rows, targets) in rows.0.iter().zip(each.0) {
            loss += f64::from(self.many(simd, (hidden_rows, targets), group, hidden, hidden_update, buffers)?);
        }
        for (hidden_row, target) in rows.1.iter().zip(each.1) {
            loss += f64::from(self.many(simd, (&[*hidden_row], &[*target]), group, hidden, hidden_update, buffers)?);
        }
        Ok(loss)
    }

    /// The steps of `G` hidden rows of `group` and their targets, compiled apart from the usual
    /// steps.
    #[inline(always)]
    fn many<S: Simd, const G: usize>(
        &mut self,
        simd: S,
        (hidden_rows, targets): (&[u32; G], &[u32; G]),
        group: &NoiseGroup,
        hidden: &mut MatrixMut<'_>,
        hidden_update: HiddenUpdate,
        buffers: &mut Buffers,
    ) -> Outcome<f32> {
        simd.enter(Many {
            buffers,
            hidden,
            hidden_rows,
            output: &mut self.output,
            targets,
            first: &group.negatives,
            negatives: self.negatives,
            distribution: self.distribution,
            rng: &mut self.rng,
            learning_rate: self.learning_rate,
            hidden_update,
        })
    }

    /// A step of `G` hidden rows, the group's first.
    #[inline(always)]
    fn step<S: Simd, const G: usize>(
        &mut self,
        simd: S,
        group: &NoiseGroup,
        hidden: &mut MatrixMut<'_>,
        hidden_update: HiddenUpdate,
        prefetch: Prefetch<'_>,
    ) -> Outcome<f32> {
        let (Some(hidden_rows), Some(targets)) = (group.hidden.first_chunk::<G>(), group.targets.first_chunk()) else {
            // Never: no `G` is over GROUP.
            return Err(Error::Size);
        };
        let step = NegativeSampling::new(
            hidden,
            hidden_rows,
            &mut self.output,
            targets,
            &group.negatives,
            self.learning_rate,
            &TABLE,
        )
        .hidden_update(hidden_update)
        .prefetch(prefetch);
        step.run(simd)
    }

    /// Replaces `group` by `numbers` of `predictions`.
    #[inline(always)]
    fn draw<P: Predictions>(&mut self, numbers: Numbers, predictions: &P, group: &mut NoiseGroup) {
        let Numbers { first, apart, len } = numbers;
        group.len = len;
        if len == 0 {
            group.negatives.clear();
            return;
        }
        for (i, (hidden, target)) in group.hidden.iter_mut().zip(&mut group.targets).enumerate() {
            (*hidden, *target) = predictions.rows(first + if i < len { i * apart } else { 0 });
        }
        self.distribution.draw_negatives(&mut self.rng, self.negatives, &group.targets, &mut group.negatives);
    }
}

/// Which numbers of [`Predictions`] form a group: `len` of them from `first` on, each `apart` from
/// the next.
struct Numbers {
    first: usize,
    apart: usize,
    len: usize,
}

/// All groups in their order: whole groups, then a half of a group if enough rows are left, then
/// the other rows one by one.
struct Grouping {
    /// Of [`GROUP`].
    whole: usize,
    /// Of those, how many there were.
    number: usize,
    /// What the whole ones leave.
    rest: Range<usize>,
    /// How many of the rest share their negatives.
    half: usize,
}

impl Grouping {
    /// Those of `len` numbers; each number is a group of its own if they do not share negatives.
    #[inline(always)]
    fn new(len: usize, shares: bool) -> Self {
        let (whole, half) = if shares { (len / GROUP, HALF) } else { (0, 1) };
        Self { whole, number: 0, rest: whole * GROUP..len, half }
    }

    /// The next one, of length 0 after the last.
    #[inline(always)]
    fn next<P: Predictions>(&mut self) -> Numbers {
        if self.number < self.whole {
            let number = self.number;
            self.number += 1;
            let (first, apart) = if P::APART { (number, self.whole) } else { (number * GROUP, 1) };
            return Numbers { first, apart, len: GROUP };
        }
        let (first, left) = (self.rest.start, self.rest.len());
        let len = if left < self.half { left.min(1) } else { self.half };
        self.rest.start += len;
        Numbers { first, apart: 1, len }
    }
}

#[cfg(test)]
mod tests;
