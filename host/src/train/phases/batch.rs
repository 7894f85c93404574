//! Batches: windows that are trained together. They come from runs of text that lie far apart.

use super::assignment;
use super::segment::{Segment, Token, WindowSampler};
use crate::push_if::push_if;
use crate::train::layout::{span, split_by_lengths, starts};
use std::ops::Range;
use w2v_core::matrix::MatrixMut;
use w2v_core::matrix::disjoint::RowOwner;

/// The place of a run in the tokens of a batch.
#[derive(Clone, Debug, Default)]
struct Run {
    centers: Range<usize>,
    /// The end of the run, which is the end of the context of its last windows.
    end: usize,
}

/// The windows of some runs of text. Reused from superbatch to superbatch.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// The kept tokens of each run, in the order of the text: the centers of its windows, and
    /// before and after these the tokens that are only context here. A *place* is an index into
    /// these tokens.
    tokens: Vec<Token>,
    /// For each token the partition of its word.
    parts: Vec<u16>,
    /// For each token the row of its word in a matrix of all partitions.
    rows: Vec<u32>,
    runs: Vec<Run>,
    /// The places of all centers, in the order of the text.
    centers: Vec<u32>,
    gather: GatherPlan,
    predict: PredictPlan,
    learn: LearnPlan,
}

/// The division of the windows among the threads that gather.
#[derive(Debug, Default)]
struct GatherPlan {
    /// The number of windows in a share of the text. There is at most one share for each thread,
    /// and the last share may have fewer windows.
    per_share: usize,
    /// For each window the share of its center.
    window_owners: Vec<u8>,
}

/// The division of the windows among the jobs that predict.
#[derive(Debug, Default)]
struct PredictPlan {
    /// The places of the centers in the order of the windows' rows: by partition, and within a
    /// partition in the order of the text.
    order: Vec<u32>,
    /// For each partition its end in `order`.
    ends: Vec<u32>,
    /// For each partition the job that predicts its windows. Used with negative sampling only.
    jobs: Vec<usize>,
}

/// The division of the input rows among the shares that learn.
#[derive(Debug, Default)]
struct LearnPlan {
    /// For each class of rows the share that learns the rows of the class. Rows are numbered in a
    /// matrix of all partitions.
    row_owners: Vec<u8>,
    /// For each token the share that learns its row.
    learners: Vec<u8>,
}

impl Batch {
    /// Replaces the content by the windows around the centers of `runs`, and divides the work among
    /// `threads` threads.
    pub(super) fn fill<'t>(
        &mut self,
        sampler: &WindowSampler,
        runs: impl Iterator<Item = (&'t Segment, Range<usize>)>,
        threads: usize,
    ) {
        self.tokens.clear();
        self.parts.clear();
        self.rows.clear();
        self.runs.clear();
        for (segment, centers) in runs.filter(|(_, centers)| !centers.is_empty()) {
            let around = segment.around(&centers);
            let first = self.tokens.len() + centers.start - around.start;
            self.parts.extend(&segment.parts[around.clone()]);
            self.rows.extend(&segment.rows[around.clone()]);
            let context =
                |range: Range<usize>| segment.tokens[range].iter().map(|&token| Token { before: 0, after: 0, ..token });
            self.tokens.extend(context(around.start..centers.start));
            self.tokens.extend_from_slice(&segment.tokens[centers.clone()]);
            self.tokens.extend(context(centers.end..around.end));
            self.runs.push(Run { centers: first..first + centers.len(), end: self.tokens.len() });
        }
        self.sort(sampler.words.parts());
        let windows: Vec<usize> = (0..self.predict.ends.len()).map(|part| self.tokens(part).len()).collect();
        self.predict.jobs = assignment::jobs(&windows, threads);
        self.share_out(threads);
    }

    /// Sorts the windows by partition with a stable counting sort.
    fn sort(&mut self, parts: usize) {
        self.centers.clear();
        self.centers.extend(self.runs.iter().flat_map(|run| run.centers.clone()).map(|place| place as u32));
        let PredictPlan { order, ends, .. } = &mut self.predict;
        ends.clear();
        ends.resize(parts, 0);
        for &place in &self.centers {
            ends[usize::from(self.parts[place as usize])] += 1;
        }
        starts(ends);
        order.clear();
        order.resize(self.centers.len(), 0);
        for &place in &self.centers {
            let window = &mut ends[usize::from(self.parts[place as usize])];
            order[*window as usize] = place;
            self.tokens[place as usize].window = *window;
            *window += 1;
        }
    }

    /// Divides the text into shares for `threads` threads, and assigns windows and rows to the
    /// shares.
    fn share_out(&mut self, threads: usize) {
        self.gather.per_share = self.len().div_ceil(threads).max(1);
        self.gather.window_owners.clear();
        self.gather.window_owners.resize(self.len(), 0);
        for (owner, centers) in (0..).zip(self.centers.chunks(self.gather.per_share)) {
            let windows = centers.iter().map(|&place| self.tokens[place as usize].window);
            windows.for_each(|window| self.gather.window_owners[window as usize] = owner);
        }
        let tokens_per_share = self.tokens.len().div_ceil(self.shares().max(1).into()).max(1);
        assignment::owners(&self.rows, tokens_per_share, &mut self.learn.row_owners);
        let classes = self.learn.row_owners.len();
        self.learn.learners.clear();
        self.learn
            .learners
            .extend(self.rows.iter().map(|&row| self.learn.row_owners[RowOwner::owner_index(row, classes)]));
    }

    /// The number of windows.
    pub(super) fn len(&self) -> usize {
        self.centers.len()
    }

    /// The places of the centers whose words are in partition `part`, in the order of the text,
    /// which is the order of their windows' rows.
    pub(super) fn tokens(&self, part: usize) -> &[u32] {
        &self.predict.order[span(&self.predict.ends, part)]
    }

    /// All centers with their partitions. The batch is divided into at most `sections` sections of
    /// equal length, of which the last may be shorter. The first center of each section comes
    /// first, then the second of each, and so on (round-robin).
    pub(super) fn in_turn(&self, sections: usize) -> impl Iterator<Item = (Token, u16)> {
        let len = self.len().div_ceil(sections);
        let numbers = (0..len).flat_map(move |first| (first..self.len()).step_by(len));
        numbers.map(|number| self.centers[number] as usize).map(|place| (self.tokens[place], self.parts[place]))
    }

    /// Splits `all`, which has `per_window` elements for each window, into one slice for each
    /// partition.
    pub(super) fn split<'a, T>(&self, all: &'a mut [T], per_window: usize) -> Vec<&'a mut [T]> {
        split_by_lengths(all, (0..self.predict.ends.len()).map(|part| self.tokens(part).len() * per_window))
    }

    /// For each partition the job that predicts its windows. Used with negative sampling only; the
    /// tree has a job for each partition.
    pub(super) fn jobs(&self) -> &[usize] {
        &self.predict.jobs
    }

    /// For each share the places of its centers, and the owner of their windows' rows in the matrix
    /// `windows`.
    pub(super) fn gathering<'a>(&'a self, windows: MatrixMut<'a>) -> Vec<(&'a [u32], RowOwner<'a>)> {
        let centers = self.centers.chunks(self.gather.per_share);
        centers.zip(windows.into_disjoint(&self.gather.window_owners, self.shares())).collect()
    }

    /// For each share its number, and the owner of the rows that the share learns. `rows` is the
    /// input matrix, with all partitions.
    pub(super) fn learning<'a>(&'a self, rows: MatrixMut<'a>) -> Vec<(u8, RowOwner<'a>)> {
        (0..).zip(rows.into_disjoint(&self.learn.row_owners, self.shares())).collect()
    }

    /// The tokens that share `share` learns, in the order of the text: for each its place and its
    /// row in the input matrix.
    #[inline(always)]
    pub(super) fn learnt_by(&self, share: u8) -> Vec<(u32, u32)> {
        let mut found = vec![(0, 0); self.tokens.len()];
        let mut len = 0;
        for (place, (&row, &learner)) in (0..).zip(self.rows.iter().zip(&self.learn.learners)) {
            push_if(&mut found, &mut len, (place, row), learner == share);
        }
        found.truncate(len);
        found
    }

    /// The number of shares.
    fn shares(&self) -> u8 {
        self.len().div_ceil(self.gather.per_share) as u8
    }

    /// The token at `place`.
    #[inline(always)]
    pub(super) fn token(&self, place: u32) -> Token {
        self.tokens[place as usize]
    }

    /// For each token its row in the input matrix, in the order of the text.
    pub(super) fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// The context of the window at `place`, in the order of the text, as rows in the input matrix.
    #[inline(always)]
    pub(super) fn context(&self, place: u32) -> impl Iterator<Item = u32> + Clone {
        let (token, place) = (self.token(place), place as usize);
        let before = &self.rows[place - usize::from(token.before)..place];
        let after = &self.rows[place + 1..=place + usize::from(token.after)];
        before.iter().chain(after).copied()
    }

    /// The windows that have the token at `place` as context, in the order of the text. For each
    /// window there is the row of its gradient, and the factor by which the gradient is multiplied
    /// for the token. `run` must be the run of the token at `place` or an earlier run; it becomes
    /// the run of this token.
    ///
    /// No reach exceeds `window`. `found` must have room for 2 · `window` windows, or for as many
    /// as the batch has tokens.
    #[inline(always)]
    pub(super) fn windows<'a>(
        &self,
        place: usize,
        run: &mut usize,
        window: usize,
        found: &'a mut [(u32, f32)],
    ) -> &'a [(u32, f32)] {
        while self.runs[*run].end <= place {
            *run += 1;
        }
        let Range { start, end } = self.runs[*run].centers;
        let (start, end) = (place.saturating_sub(window).max(start), end.min(place + 1 + window));
        let mut len = 0;
        let mut push = |center: &Token, distance: usize, reach: u16| {
            push_if(found, &mut len, (center.window, center.factor), distance <= usize::from(reach));
        };
        for (center, at) in self.tokens.get(start..end.min(place)).unwrap_or_default().iter().zip(start..) {
            push(center, place - at, center.after);
        }
        let start = start.max(place + 1);
        for (center, at) in self.tokens.get(start..end).unwrap_or_default().iter().zip(start..) {
            push(center, at - place, center.before);
        }
        &found[..len]
    }
}

#[cfg(test)]
mod tests;
