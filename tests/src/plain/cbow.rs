//! CBOW: batches of windows, whose hidden vectors do not change while they predict.

use super::{Around, Chunks, Loss, Plain, along};
use crate::reference::{self, Rows};
use std::collections::HashMap;
use w2v_core::kinds::{CbowGradient, Objective};
use w2v_core::rng::SplitMix64;

impl Around {
    /// The hidden vector.
    fn mean(&self, input: &Rows) -> Vec<f64> {
        let context: Vec<usize> = self.context.iter().map(|&word| word as usize).collect();
        reference::gather(input, &context)
    }
}

impl Plain {
    /// Trains the windows of a superbatch of so many tokens, before which so many were read.
    pub(super) fn train_cbow(&mut self, segments: &Chunks, place: [u64; 3], read: u64, tokens: u64) -> Loss {
        let generator = |within: &[u64]| SplitMix64::at(&[&place, within].concat());
        let windows: usize = segments.iter().map(Vec::len).sum();
        if windows == 0 {
            return (0.0, 0);
        }
        let context: usize = segments.iter().flatten().map(|window| window.context.len()).sum();
        let batch = windows_of_batch(context as f64 / windows as f64, self.same);
        let batches = windows.div_ceil(batch);
        let parts = parts(segments, batches);
        self.note(1, batches);
        self.note(2, parts * segments.len());
        let mut loss = 0.0;
        for number in 0..batches {
            let mut batch = Vec::new();
            for segment in segments {
                let start = |run: usize| run * segment.len() / (parts * batches);
                let runs = (number..parts * batches).step_by(batches);
                runs.for_each(|run| batch.extend(&segment[start(run)..start(run + 1)]));
            }
            let of_part = |part: usize| generator(&[1, number as u64, part as u64]);
            let rate = self.rate(read + tokens * number as u64 / batches as u64);
            loss += self.train_batch(&batch, rate, of_part);
        }
        (loss, windows)
    }

    /// Trains a batch and returns the sum of its windows' losses; `generator` is each partition's.
    fn train_batch(&mut self, windows: &[&Around], rate: f64, generator: impl Fn(usize) -> SplitMix64) -> f64 {
        let frozen = self.input.clone();
        if self.config.objective == Objective::HierarchicalSoftmax {
            return self.train_paths(windows, &frozen, rate);
        }
        let mut loss = 0.0;
        for part in 0..self.partitioning.parts() {
            let mut random = generator(part);
            let centers: Vec<&Around> =
                windows.iter().copied().filter(|window| self.partitioning.place(window.target).0 == part).collect();
            for group in self.groups(&centers, part, false) {
                loss += self.train_group(&group, part, &frozen, rate, &mut random);
            }
        }
        loss
    }

    /// Trains windows down the tree and returns the sum of their losses: in the upper nodes in
    /// groups that share a way, below them one by one.
    fn train_paths(&mut self, windows: &[&Around], frozen: &Rows, rate: f64) -> f64 {
        let places: Vec<usize> = (0..windows.len()).collect();
        let segments: Vec<&[usize]> = places.chunks(windows.len().div_ceil(8).max(1)).collect();
        let turn = |number: usize| segments.iter().filter_map(move |segment| segment.get(number).copied());
        let in_turn = (0..segments.first().map_or(0, |first| first.len())).flat_map(turn);
        let way = |place: usize| (self.tree.ways[windows[place].target as usize], place);
        let mut loss = 0.0;
        let mut gradients = vec![Vec::new(); windows.len()];
        for (way, places) in along(self.tree.upper.len(), in_turn.map(way)) {
            let hidden: Rows = places.iter().map(|&place| windows[place].mean(frozen)).collect();
            let (found, one) = reference::path(&hidden, &mut self.output, &self.tree.upper[way], rate);
            places.into_iter().zip(found).for_each(|(place, gradient)| gradients[place] = gradient);
            loss += one;
        }
        for (window, mut gradient) in windows.iter().zip(gradients) {
            assert_eq!(gradient.len(), self.config.dim, "a window in no group");
            let below = self.tree.below(window.target);
            let (found, one) = reference::path(&vec![window.mean(frozen)], &mut self.output, below, rate);
            reference::axpy(1.0, &found[0], &mut gradient);
            self.learn(window, &gradient);
            loss += one;
        }
        loss
    }

    /// Trains windows that share their negatives and returns their loss.
    fn train_group(
        &mut self,
        group: &[&Around],
        part: usize,
        frozen: &Rows,
        rate: f64,
        random: &mut SplitMix64,
    ) -> f64 {
        let targets: Vec<u32> = group.iter().map(|window| window.target).collect();
        let negatives = self.negatives(&targets, part, random);
        let targets: Vec<usize> = targets.iter().map(|&word| word as usize).collect();
        let hidden: Rows = group.iter().map(|window| window.mean(frozen)).collect();
        let (gradients, loss) = reference::negative(&hidden, &mut self.output, &targets, &negatives, rate);
        for (window, gradient) in group.iter().zip(gradients) {
            self.learn(window, &gradient);
        }
        loss
    }

    /// Adds a window's gradient to its context.
    fn learn(&mut self, window: &Around, gradient: &[f64]) {
        let context: Vec<usize> = window.context.iter().map(|&word| word as usize).collect();
        reference::scatter(&mut self.input, &context, gradient, self.config.cbow_gradient == CbowGradient::Exact);
    }
}

/// 1,024 windows, or fewer where more than 12 of them have a context word in common, of which two
/// are `same` so often.
pub(super) fn windows_of_batch(context: f64, same: f64) -> usize {
    (12.0 / (context * same)).clamp(1.0, 1024.0) as usize
}

/// The parts of each segment in which one of so many batches has a run: twice as many until the
/// overlap of the runs is small enough.
fn parts(segments: &[Vec<Around>], batches: usize) -> usize {
    let len = segments.iter().map(Vec::len).max().unwrap_or(0).div_ceil(batches);
    let widest = segments.iter().flatten().map(|window| window.context.len()).max().unwrap_or(0);
    let most = f64::min(16.0, 320.0 / (widest as f64 / 2.0 + 1.0));
    let mut parts = (len / 128).max(1);
    while 2 * parts <= len {
        let (mut overlap, mut words) = (0, 0);
        for segment in segments {
            let taken = (len / parts).min(segment.len());
            let middle = &segment[(segment.len() - taken) / 2..][..taken];
            let mut often: HashMap<u32, usize> = HashMap::new();
            middle.iter().flat_map(|window| &window.context).for_each(|&word| *often.entry(word).or_default() += 1);
            overlap += often.values().map(|often| often * often).sum::<usize>();
            words += often.values().sum::<usize>();
        }
        if overlap as f64 / words as f64 <= most {
            break;
        }
        parts *= 2;
    }
    parts
}
