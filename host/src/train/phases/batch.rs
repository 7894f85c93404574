//! Batches: windows that are trained together, from runs of text that lie far apart.

use super::assignment;
use super::segment::{Segment, Token, WindowSampler};
use crate::push_if::push_if;
use crate::train::layout::{span, split_by_lengths, starts};
use std::ops::Range;
use w2v_core::matrix::MatrixMut;
use w2v_core::matrix::disjoint::RowOwner;

/// Where a run stands in a batch's tokens.
#[derive(Clone, Debug, Default)]
struct Run {
    centers: Range<usize>,
    /// Where the context of its last windows ends, and with it the run.
    end: usize,
}

/// Windows of some runs of text; reused from superbatch to superbatch.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// The kept tokens of each run, in the order of the text: the centers of its windows, and
    /// before and after them those that are only context here and have none themselves.
    tokens: Vec<Token>,
    /// Their partitions.
    parts: Vec<u16>,
    /// Their words' rows in a matrix of all partitions.
    rows: Vec<u32>,
    runs: Vec<Run>,
    /// The places of all centers, in the order of the text.
    centers: Vec<u32>,
    gather: GatherPlan,
    predict: PredictPlan,
    learn: LearnPlan,
}

/// Which thread gathers which windows.
#[derive(Debug, Default)]
struct GatherPlan {
    /// Windows of each share of the text. There are at most as many shares as threads, and the last
    /// share may have fewer windows.
    per_share: usize,
    /// For each window the share that its center is in.
    window_owners: Vec<u8>,
}

/// Which job predicts which windows.
#[derive(Debug, Default)]
struct PredictPlan {
    /// Places in `tokens` in the order of the windows' rows: by partition, and within a partition
    /// in the order of the text.
    order: Vec<u32>,
    /// Where in `order` each partition ends.
    ends: Vec<u32>,
    /// For each partition the job that predicts its windows, with negative sampling.
    jobs: Vec<usize>,
}

/// Which share learns which rows.
#[derive(Debug, Default)]
struct LearnPlan {
    /// For each class of rows of a matrix of all partitions the share that learns them.
    row_owners: Vec<u8>,
    /// For each token the share that learns its row.
    learners: Vec<u8>,
}

impl Batch {
    /// Takes the windows around the `centers` of each of `runs`, and deals them to `threads`.
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

    /// A counting sort, stable.
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

    /// Shares the text out among `threads`, with the windows and the rows of each share.
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

    /// Number of windows.
    pub(super) fn len(&self) -> usize {
        self.centers.len()
    }

    /// The centers of partition `part` as places in the batch, in the order of the text and of
    /// their windows' rows.
    pub(super) fn tokens(&self, part: usize) -> &[u32] {
        &self.predict.order[span(&self.predict.ends, part)]
    }

    /// All centers with their partitions, from at most `sections` sections in turn: the first
    /// center of each section, then the second of each, and so on. Sections have the same length,
    /// but the last may be shorter.
    pub(super) fn in_turn(&self, sections: usize) -> impl Iterator<Item = (Token, u16)> {
        let len = self.len().div_ceil(sections);
        let numbers = (0..len).flat_map(move |first| (first..self.len()).step_by(len));
        numbers.map(|number| self.centers[number] as usize).map(|place| (self.tokens[place], self.parts[place]))
    }

    /// Splits a slice with `per_window` elements for each window into the partitions' slices.
    pub(super) fn split<'a, T>(&self, all: &'a mut [T], per_window: usize) -> Vec<&'a mut [T]> {
        split_by_lengths(all, (0..self.predict.ends.len()).map(|part| self.tokens(part).len() * per_window))
    }

    /// For each partition the job that predicts its windows, with negative sampling. The tree has a
    /// job for each partition.
    pub(super) fn jobs(&self) -> &[usize] {
        &self.predict.jobs
    }

    /// For each share of the text its windows, as places of their centers, and their rows in a
    /// matrix of all windows.
    pub(super) fn gathering<'a>(&'a self, windows: MatrixMut<'a>) -> Vec<(&'a [u32], RowOwner<'a>)> {
        let centers = self.centers.chunks(self.gather.per_share);
        centers.zip(windows.into_disjoint(&self.gather.window_owners, self.shares())).collect()
    }

    /// For each share its number and the rows that it learns, of a matrix of all partitions.
    pub(super) fn learning<'a>(&'a self, rows: MatrixMut<'a>) -> Vec<(u8, RowOwner<'a>)> {
        (0..).zip(rows.into_disjoint(&self.learn.row_owners, self.shares())).collect()
    }

    /// The tokens that share `share` learns, in the order of the text: their places in the batch,
    /// and their rows in a matrix of all partitions.
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

    /// The rows of all tokens in a matrix of all partitions, in the order of the text.
    pub(super) fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// The context around `place`, in the order of the text: rows in a matrix of all partitions.
    #[inline(always)]
    pub(super) fn context(&self, place: u32) -> impl Iterator<Item = u32> + Clone {
        let (token, place) = (self.token(place), place as usize);
        let before = &self.rows[place - usize::from(token.before)..place];
        let after = &self.rows[place + 1..=place + usize::from(token.after)];
        before.iter().chain(after).copied()
    }

    /// The windows that have the token at `place` as context, in the order of the text. For each
    /// window comes the row of its gradient, and the factor of the gradient that the token
    /// receives. `run` is the run of the token before, and becomes the run of this token.
    ///
    /// No reach is over `window`. `found` has room for twice as many windows, or for all tokens of
    /// the batch.
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
