//! Negative sampling within one partition: hidden rows in groups that share their negatives, while one group is computed
//! the next is drawn.

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

/// Hidden rows that share their negatives where fewer than [`GROUP`] are left; of fewer than this each has its own.
const HALF: usize = GROUP / 2;

/// Fewest words of a partition whose groups share negatives.
///
/// Shared negatives hold none of the group's targets. Neighbouring windows have targets of one topic, so in a partition of few words
/// nearly all words of the topic would be missing among the noise of that topic (benches/CHOICES.md).
const FEWEST_SHARING: usize = 128;

/// The largest share of its noise that a partition whose groups share negatives loses, on average, to the targets of a group's other
/// predictions. A word that dominates its partition is in nearly every group, and would be noise for none. In English with the default
/// settings the most is .44, in a vocabulary of 2,048 words.
const MOST_LOST: f64 = 0.5;

/// For each partition whether its groups share negatives: if it has words enough and loses little enough of its noise.
///
/// `noise` holds the partitions' noise distributions, one after the other. Of the word with number `w`, which occurs `counts[w]` times,
/// a share of `keep[w]` / 2³² of the tokens is trained.
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

/// The share of the distribution `noise` that the targets of a group's other predictions take: Σ q (1 − (1 − p)⁷), q a word's
/// probability as noise, p as a target, by its trained `tokens`. It is the same number on every machine.
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
    /// Whether neighbours go in different ones of several whole groups, for they often have a row in common.
    const APART: bool;
    /// How many they are.
    fn len(&self) -> usize;
    /// The row of number `number` in the matrix of hidden rows, and its target's in the partition.
    fn rows(&self, number: usize) -> (u32, u32);
}

/// Hidden rows that are trained together, whom each shall predict, and the negatives that they share.
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

    /// As [`step`](Self::step), where a group has more negatives than one takes; of less than a whole group each row by itself, all with
    /// the first negatives of the group.
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

    /// The steps of `G` hidden rows of `group` and their targets, compiled apart from the usual steps.
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

/// Which numbers of [`Predictions`] form a group: `len` of them from `first` on, each `apart` from the next.
struct Numbers {
    first: usize,
    apart: usize,
    len: usize,
}

/// All groups in their order: whole ones, then of what is left a half, if there is one, then the others alone.
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
mod tests {
    use super::*;
    use crate::train::initial_state;

    struct Items<const APART: bool>;

    impl<const APART: bool> Predictions for Items<APART> {
        const APART: bool = APART;

        fn len(&self) -> usize {
            0
        }

        fn rows(&self, _: usize) -> (u32, u32) {
            (0, 0)
        }
    }

    /// For each of `len` numbers its group's number, and the groups' lengths.
    fn groups_of<P: Predictions>(len: usize, shares: bool) -> (Vec<usize>, Vec<usize>) {
        let mut groups = Grouping::new(len, shares);
        let (mut group_of, mut lengths) = (vec![usize::MAX; len], Vec::new());
        loop {
            let Numbers { first, apart, len } = groups.next::<P>();
            if len == 0 {
                return (group_of, lengths);
            }
            for number in (first..).step_by(apart).take(len) {
                assert_eq!(std::mem::replace(&mut group_of[number], lengths.len()), usize::MAX);
            }
            lengths.push(len);
        }
    }

    #[test]
    fn every_number_is_in_one_group_and_neighbours_are_in_different_whole_ones_where_that_is_wanted() {
        for len in 0..200 {
            let (apart, lengths) = groups_of::<Items<true>>(len, true);
            let whole = len / GROUP;
            assert!(whole == 1 || apart[..whole * GROUP].windows(2).all(|pair| pair[0] != pair[1]), "{len}: {apart:?}");
            let (together, same) = groups_of::<Items<false>>(len, true);
            assert!(together.is_sorted() && !together.contains(&usize::MAX), "{len}: {together:?}");
            assert_eq!(lengths, same);
            let rest = len % GROUP;
            let expected = [vec![GROUP; whole], vec![HALF; rest / HALF], vec![1; rest % HALF]].concat();
            assert_eq!(lengths, expected, "{len}");
        }
    }

    #[test]
    fn without_sharing_each_is_predicted_by_itself() {
        let (_, lengths) = groups_of::<Items<true>>(20, false);
        assert_eq!(lengths, [1; 20]);
    }

    /// For each partition of words with these counts, all trained, whether it shares negatives drawn by `exponent`.
    fn shared(counts: &[u64], exponent: f64) -> Vec<bool> {
        let partitioning = Partitioning::choose(counts.len(), 100);
        let noise = initial_state::noise(&partitioning, counts, exponent).unwrap();
        sharing(&partitioning, &noise, counts, &vec![u32::MAX; counts.len()])
    }

    #[test]
    fn few_words_do_not_share_negatives() {
        for words in [1, 2, 64, 127, 128, 256, 1024, 16 * FEWEST_SHARING - 1] {
            assert!(shared(&vec![9; words], 0.75).contains(&false), "{words} words");
        }
        for words in [16 * FEWEST_SHARING, 5000, 70_000] {
            assert!(!shared(&vec![9; words], 0.75).contains(&false), "{words} words");
        }
    }

    #[test]
    fn a_partition_that_one_word_dominates_does_not_share_negatives() {
        let counts: Vec<u64> = iter::once(10_000_000).chain(iter::repeat_n(100, 4999)).collect();
        let partitioning = Partitioning::choose(counts.len(), 100);
        let (dominated, _) = partitioning.place(0);
        let expected: Vec<bool> = (0..partitioning.parts()).map(|part| part != dominated).collect();
        assert_eq!(shared(&counts, 0.75), expected);
        // All words are the same to this noise.
        assert!(!shared(&counts, 0.0).contains(&false));
    }

    #[test]
    fn counts_as_zipfs_law_has_them_share_negatives_unless_the_exponent_makes_few_words_the_noise() {
        for words in [5000, 20_000, 70_000] {
            let counts: Vec<u64> = (1..=words).map(|rank| 20_000_000 / (rank + 3)).collect();
            assert!(!shared(&counts, 0.75).contains(&false), "{words} words");
            assert!(shared(&counts, 2.0).contains(&false), "{words} words");
        }
    }

    #[test]
    fn lost_noise_is_that_of_the_other_targets() {
        // Each of 128 words is away from seven targets with probability (127/128)⁷.
        let counts = [5; 128];
        let mut slots = [Slot::ZERO; 128];
        initial_state::distribution(counts.iter().copied(), 0.75, &mut slots).unwrap();
        let found = lost(&slots, counts.iter().map(|&count| count as f64));
        assert!((found - (1.0 - (127.0_f64 / 128.0).powi(7))).abs() < 1e-6, "{found}");
        // A word that is all of the noise and half of the targets.
        let mut slots = [Slot::ZERO; 2];
        Unigram::from_weights([1.0, 0.0].into_iter(), &mut slots).unwrap();
        assert_eq!(lost(&slots, [3.0, 3.0].into_iter()), 1.0 - 0.5_f64.powi(7));
    }
}
