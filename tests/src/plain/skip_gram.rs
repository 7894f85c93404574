//! Skip-gram: the pairs of a superbatch by partition of the context word and of the center, in
//! rounds.

use super::{Around, Chunks, Loss, Plain, along};
use crate::reference::{self, Rows};
use w2v_core::kinds::Objective;
use w2v_core::rng::SplitMix64;

/// The context word, which is the input, and the center, which it predicts.
#[derive(Clone, Copy)]
struct Pair {
    input: u32,
    target: u32,
}

impl Plain {
    /// Trains the windows of a superbatch.
    pub(super) fn train_skip_gram(&mut self, chunks: &Chunks, place: [u64; 3], rate: f64) -> Loss {
        let is_tree = self.config.objective == Objective::HierarchicalSoftmax;
        let generator = |within: &[u64]| SplitMix64::at(&[&place, within].concat());
        let pairs = |window: &Around| -> Vec<Pair> {
            window.context.iter().map(|&input| Pair { input, target: window.target }).collect()
        };
        let chunks: Vec<Vec<Pair>> = chunks.iter().map(|windows| windows.iter().flat_map(pairs).collect()).collect();
        self.note(1, chunks.len());
        let pairs = chunks.concat();
        let mut loss = 0.0;
        if is_tree {
            for chunks in chunks.chunks(4) {
                loss += self.train_upper(chunks, rate);
            }
        }
        let parts = self.partitioning.parts();
        for round in 0..parts {
            for input in 0..parts {
                let output = (input + round) % parts;
                let bucket = self.bucket(&pairs, input, output);
                loss += if is_tree {
                    self.train_below(&bucket, rate)
                } else {
                    self.train_bucket(&bucket, output, rate, generator(&[1, (input * parts + output) as u64]))
                };
            }
        }
        (loss, pairs.len())
    }

    /// The pairs of two partitions, in their order.
    fn bucket(&self, pairs: &[Pair], input: usize, output: usize) -> Vec<Pair> {
        let part_of_target = |word: u32| match self.config.objective {
            Objective::NegativeSampling => self.partitioning.place(word).0,
            Objective::HierarchicalSoftmax => self.tree.places[word as usize].0.into(),
        };
        let inside =
            |pair: &&Pair| self.partitioning.place(pair.input).0 == input && part_of_target(pair.target) == output;
        pairs.iter().filter(inside).copied().collect()
    }

    fn train_bucket(&mut self, bucket: &[Pair], output: usize, rate: f64, mut random: SplitMix64) -> f64 {
        let mut loss = 0.0;
        for group in self.groups(bucket, output, true) {
            let targets: Vec<u32> = group.iter().map(|pair| pair.target).collect();
            let negatives = self.negatives(&targets, output, &mut random);
            let targets: Vec<usize> = targets.iter().map(|&word| word as usize).collect();
            loss += self.learn_inputs(&group, |hidden, plain| {
                reference::negative(hidden, &mut plain.output, &targets, &negatives, rate)
            });
        }
        loss
    }

    /// Trains the upper nodes with some chunks: a copy of them with the pairs of each input
    /// partition. They become the mean of the copies, in which a node of a copy counts as often as
    /// it was passed.
    fn train_upper(&mut self, chunks: &[Vec<Pair>], rate: f64) -> f64 {
        let parts = self.partitioning.parts();
        let start = self.output.clone();
        let mut sum: Rows = start.iter().map(|row| vec![0.0; row.len()]).collect();
        let mut uses = vec![0.0; start.len()];
        let mut loss = 0.0;
        for input in 0..parts {
            self.output.clone_from(&start);
            let mut own_uses = vec![0.0; start.len()];
            // A sixteenth of each bucket after the other.
            let mut mixed = Vec::new();
            for chunk in chunks {
                let buckets: Vec<Vec<Pair>> = (0..parts).map(|output| self.bucket(chunk, input, output)).collect();
                for slice in 0..16 {
                    for bucket in &buckets {
                        mixed.extend_from_slice(&bucket[bucket.len() * slice / 16..bucket.len() * (slice + 1) / 16]);
                    }
                }
            }
            let ways = |pair: Pair| (self.tree.ways[pair.target as usize], pair);
            for (way, group) in along(self.tree.upper.len(), mixed.into_iter().map(ways)) {
                let path = self.tree.upper[way].clone();
                path.iter().for_each(|&(node, _)| own_uses[node] += group.len() as f64);
                loss +=
                    self.learn_inputs(&group, |hidden, plain| reference::path(hidden, &mut plain.output, &path, rate));
            }
            for (node, &own) in own_uses.iter().enumerate() {
                reference::axpy(own, &self.output[node], &mut sum[node]);
                uses[node] += own;
            }
        }
        let mean = |(node, sum): (usize, Vec<f64>)| match uses[node] {
            0.0 => start[node].clone(),
            uses => sum.iter().map(|number| number / uses).collect(),
        };
        self.output = sum.into_iter().enumerate().map(mean).collect();
        loss
    }

    /// Trains the subtrees with the pairs of two partitions.
    fn train_below(&mut self, bucket: &[Pair], rate: f64) -> f64 {
        let number = |pair: &Pair| (self.tree.places[pair.target as usize].1 as usize, *pair);
        let mut loss = 0.0;
        for (_, group) in along(self.input.len(), bucket.iter().map(number)) {
            let path = self.tree.below(group[0].target).to_vec();
            loss += self.learn_inputs(&group, |hidden, plain| reference::path(hidden, &mut plain.output, &path, rate));
        }
        loss
    }

    /// Has the inputs of a group learn what `step` leaves for them, and returns its loss.
    fn learn_inputs(&mut self, group: &[Pair], step: impl FnOnce(&Rows, &mut Self) -> (Rows, f64)) -> f64 {
        let ids: Vec<usize> = group.iter().map(|pair| pair.input as usize).collect();
        let hidden = reference::rows(&self.input, &ids);
        let (gradients, loss) = step(&hidden, self);
        reference::add_rows(&mut self.input, &ids, &gradients);
        loss
    }
}
