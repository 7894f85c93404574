//! CBOW's batches: how even their phases are.

use w2v::internals::{Partitioning, TreeSplit, assignment};
use w2v_core::matrix::disjoint::RowOwner;

/// Windows of a run of a CBOW batch; the trainer cuts after so many tokens as have about these.
const RUN: usize = 128;

/// Runs of a batch.
const RUNS: usize = 8;

/// Batches of a superbatch, whose runs alternate.
const BATCHES: usize = 64;

/// What a node below the upper nodes takes, by the time of an upper node, where windows go in
/// groups: 14 and 4 nanoseconds on Zen 5 (benches/CHOICES.md).
const BELOW: usize = 3;

/// The batches of an epoch.
pub(super) struct Batches {
    partitioning: Partitioning,
    split: TreeSplit,
    rows: Vec<u32>,
    /// The rows of the words, in a matrix of all partitions, in the order of the text.
    texts: Vec<Vec<u32>>,
    /// For each partition how many windows have their center there.
    parts: Vec<Vec<usize>>,
    /// With the tree, the work of the job of the upper nodes, and that of each partition's
    /// subtrees.
    jobs: Vec<Vec<usize>>,
    /// Windows of all.
    windows: usize,
}

impl Batches {
    pub(super) fn new(partitioning: Partitioning, split: TreeSplit) -> Self {
        Self {
            rows: partitioning.rows(),
            partitioning,
            split,
            texts: Vec::new(),
            parts: Vec::new(),
            jobs: Vec::new(),
            windows: 0,
        }
    }

    /// One more window, around `word`.
    pub(super) fn add(&mut self, word: u32) {
        let run = self.windows / RUN;
        let batch = run / (BATCHES * RUNS) * BATCHES + run % BATCHES;
        if batch == self.texts.len() {
            self.texts.push(Vec::new());
            self.parts.push(vec![0; self.partitioning.parts()]);
            self.jobs.push(vec![0; 1 + self.split.parts().len()]);
        }
        self.windows += 1;
        self.texts[batch].push(self.rows[word as usize]);
        self.parts[batch][self.partitioning.place(word).0] += 1;
        let (part, number) = self.split.places()[word as usize];
        let of_part = &self.split.parts()[usize::from(part)];
        self.jobs[batch][0] += self.split.upper_paths().get(of_part.subtrees[number as usize]).0.len();
        self.jobs[batch][1 + usize::from(part)] += BELOW * of_part.paths.get(number).0.len();
    }

    /// Prints for each number of threads how long its longest part of a phase is.
    pub(super) fn report(&self) {
        let windows = self.windows;
        println!("\nCBOW: {windows} windows, {} batches", self.texts.len());
        println!("\nlongest part of a phase over the mean:\n");
        println!(
            "| threads | predict, negative sampling | predict, tree | learn | learnt away from their share |\n|---|---|---|---|---|"
        );
        let nodes: usize = self.jobs.iter().flatten().sum();
        for threads in [1, 2, 4, 8, 16] {
            let over = |time: usize, all: usize| (time * threads) as f64 / all as f64;
            let predict = over(self.parts.iter().map(|parts| most_windows(parts, threads)).sum(), windows);
            let learnt: Vec<_> = self.texts.iter().map(|text| learnt(text, threads)).collect();
            let learn = over(learnt.iter().map(|(most, _)| most).sum(), windows);
            let others = learnt.iter().map(|(_, others)| others).sum::<usize>() as f64 / windows as f64;
            let tree = over(self.jobs.iter().map(|jobs| longest(jobs, threads)).sum(), nodes);
            println!("| {threads} | {predict:.2} | {tree:.2} | {learn:.2} | {others:.2} |");
        }
    }
}

/// When the last of `jobs` is done, if in their order each goes to who is free first.
pub(super) fn longest(jobs: &[usize], threads: usize) -> usize {
    let mut free = vec![0; threads];
    for job in jobs {
        if let Some(first) = free.iter_mut().min() {
            *first += job;
        }
    }
    free.into_iter().max().unwrap_or(0)
}

/// Windows of the job that has most of them, if each partition has so many.
fn most_windows(windows: &[usize], threads: usize) -> usize {
    let mut loads = vec![0; threads];
    assignment::jobs(windows, threads).iter().zip(windows).for_each(|(&job, windows)| loads[job] += windows);
    loads.into_iter().max().unwrap_or(0)
}

/// Tokens of the share that learns most of them, and those that are learnt away from the share that
/// they are in.
fn learnt(rows: &[u32], threads: usize) -> (usize, usize) {
    let share = rows.len().div_ceil(threads);
    let (mut loads, mut owners, mut others) = (vec![0; threads], Vec::new(), 0);
    assignment::owners(rows, share, &mut owners);
    for (place, &row) in rows.iter().enumerate() {
        let owner = usize::from(owners[RowOwner::owner_index(row, owners.len())]);
        loads[owner] += 1;
        others += usize::from(owner != place / share);
    }
    (loads.into_iter().max().unwrap_or(0), others)
}
