//! A model in training whose steps can be recorded.

use super::step::{Hidden, Output, Read, Step, Summary};
use crate::config::Config;
use std::collections::HashMap;
use std::ops::ControlFlow;
use w2v_core::error::Error;
use w2v_core::huffman::Path;
use w2v_core::kinds::Architecture;
use w2v_core::lanes::Lanes;
use w2v_core::matrix::MatrixMut;
use w2v_core::rng::SplitMix64;
use w2v_core::sigmoid::TABLE;
use w2v_core::simd::Dispatch;
use w2v_core::step::HiddenUpdate;
use w2v_core::step::cbow::{Gather, Scatter};
use w2v_core::step::negative::NegativeSampling;
use w2v_core::step::path::HierarchicalSoftmax;
use w2v_core::subsample::keeps;
use w2v_core::train::{Progress, Sampler, Schedule};
use w2v_core::unigram::Negatives;
use w2v_core::window::{self, draw_reach};

/// Pairs trained between two calls of `pause`. They take less than a second.
const PAIRS_BETWEEN_PAUSES: u64 = 1 << 16;

/// A window in its sentence, and the steps that trained it.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// The epoch, counted from 1.
    pub epoch: usize,
    /// The word ids of the sentence.
    pub sentence: Vec<u32>,
    /// The positions in the sentence that subsampling kept, in rising order.
    pub kept: Vec<usize>,
    /// The center's position in the sentence.
    pub center: usize,
    /// The reach that was drawn: the window has at most this many kept words on each side of the
    /// center.
    pub reach: usize,
    /// The positions of the context in the sentence, in rising order; at least one.
    pub context: Vec<usize>,
    /// The step size η.
    pub learning_rate: f64,
    /// Skip-gram: the step of the first context word. CBOW: the only step, of the whole context.
    pub step: Step,
    /// Skip-gram: for each other context word its id and a summary of its step. Empty with CBOW.
    pub others: Vec<(u32, Summary)>,
}

impl Window {
    /// The id of the center.
    pub fn word(&self) -> u32 {
        self.step.target
    }
}

/// The state of [`w2v_core::train::Trainer`]'s loop. This model makes the same draws and steps, but
/// it can record rows before and after a step.
pub(super) struct Model<'a> {
    pub(super) input: MatrixMut<'a>,
    pub(super) output: MatrixMut<'a>,
    pub(super) sampler: Sampler<'a>,
    pub(super) keep: &'a [u32],
    pub(super) schedule: Schedule,
    pub(super) config: &'a Config,
    pub(super) dispatch: Dispatch,
    pub(super) rng: SplitMix64,
    /// Tokens read so far, all epochs.
    pub(super) read: u64,
    /// Working memory for CBOW's mean: one padded row.
    pub(super) mean: Vec<Lanes>,
}

impl Model<'_> {
    /// Trains a sentence of `epoch`. Records in `windows` the first window with a context around
    /// one of `wanted`. Earlier words of `wanted` take precedence: when a window is recorded, it
    /// replaces the epoch's earlier window, and its word and all later words of `wanted` are
    /// removed.
    ///
    /// `pause` is called from time to time with the progress within the sentence. If `pause`
    /// breaks, the result is `None`.
    pub(super) fn sentence(
        &mut self,
        epoch: usize,
        sentence: &[u32],
        wanted: &mut Vec<u32>,
        windows: &mut Vec<Window>,
        pause: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
    ) -> Result<Option<Progress>, Error> {
        let learning_rate = self.schedule.learning_rate(self.read);
        let share = |word: u32| self.keep.get(word as usize).copied().unwrap_or(u32::MAX);
        let kept: Vec<usize> = (0..sentence.len()).filter(|&at| keeps(share(sentence[at]), &mut self.rng)).collect();
        let mut done = Progress { tokens: sentence.len() as u64, ..Progress::default() };
        let mut told = 0;
        for (place, &center) in kept.iter().enumerate() {
            let reach = draw_reach(self.config.window as u32, &mut self.rng);
            let window = window::Window::around(place, reach, kept.len());
            let context = window.context().map(|place| kept[place]);
            let words: Vec<u32> = context.clone().map(|at| sentence[at]).collect();
            let target = sentence[center];
            let rank = wanted.iter().position(|&word| word == target).filter(|_| !words.is_empty());
            let (mut step, mut others) = (None, Vec::new());
            let at_once = match self.config.architecture {
                Architecture::SkipGram => 1,
                Architecture::Cbow => words.len().max(1),
            };
            for words in words.chunks(at_once) {
                let (loss, watched) = self.step(words, target, learning_rate, rank.is_some())?;
                if step.is_some() {
                    others.extend(watched.map(|watched| (words[0], watched.summary)));
                } else {
                    step = watched;
                }
                done += Progress { pairs: 1, loss: loss.into(), ..Progress::default() };
            }
            if let (Some(rank), Some(step)) = (rank, step) {
                let (sentence, kept, context) = (sentence.to_vec(), kept.clone(), context.collect());
                let learning_rate = learning_rate.into();
                wanted.truncate(rank);
                windows.retain(|window| window.epoch != epoch);
                windows.push(Window { epoch, sentence, kept, center, reach, context, learning_rate, step, others });
            }
            if done.pairs - told > PAIRS_BETWEEN_PAUSES {
                told = done.pairs;
                if pause(&done).is_break() {
                    return Ok(None);
                }
            }
        }
        self.read += done.tokens;
        Ok(Some(done))
    }

    /// Trains one prediction of `target` from `words`. Returns its loss and, if `watch`, the whole
    /// step.
    fn step(
        &mut self,
        words: &[u32],
        target: u32,
        learning_rate: f32,
        watch: bool,
    ) -> Result<(f32, Option<Step>), Error> {
        let met = match &self.sampler {
            Sampler::Noise(noise, count) => {
                let mut negatives = Negatives::new();
                noise.draw_negatives(&mut self.rng, *count, &[target], &mut negatives);
                Met::Words(target, negatives)
            }
            Sampler::Tree(tree) => {
                let mut path = Path::new();
                tree.path(target, &mut path)?;
                Met::Nodes(path)
            }
        };
        let before = watch.then(|| (reads(&self.input, words), met.rows(&self.output)));
        let dim = self.config.dim;
        let (loss, vector, part) = match self.config.architecture {
            Architecture::SkipGram => {
                let vector = if watch { row(&self.input, words[0]) } else { Vec::new() };
                let hidden = (&mut self.input, words[0], HiddenUpdate::Learn);
                (predict(self.dispatch, hidden, &mut self.output, &met, learning_rate)?, vector, 1.0)
            }
            Architecture::Cbow => {
                let (context, division) = (words.iter().copied(), self.config.cbow_gradient);
                let input = &self.input.as_ref();
                self.dispatch.run(Gather::new(input, context.clone(), &mut self.mean))?;
                let mean = &mut MatrixMut::new(&mut self.mean, 1, dim)?;
                let vector = if watch { row(mean, 0) } else { Vec::new() };
                let hidden = (mean, 0, HiddenUpdate::Gradient);
                let loss = predict(self.dispatch, hidden, &mut self.output, &met, learning_rate)?;
                let scatter = Scatter::new(&mut self.input, context, &self.mean, division);
                self.dispatch.run(scatter)?;
                (loss, vector, division.part(words.len()).into())
            }
        };
        let step = before.map(|(mut reads, before)| {
            for read in &mut reads {
                read.after = row(&self.input, read.word);
            }
            let hidden = Hidden { vector, reads, part };
            Step::new(target, hidden, met.outputs(), before, met.rows(&self.output), learning_rate.into())
        });
        Ok((loss, step))
    }
}

/// The output rows that a hidden vector is trained against.
enum Met {
    /// The target and noise words.
    Words(u32, Negatives),
    /// The nodes of the target's path.
    Nodes(Path),
}

impl Met {
    /// The output rows, each with its label.
    fn outputs(&self) -> Box<dyn Iterator<Item = (Output, bool)> + '_> {
        match self {
            Self::Words(target, negatives) => {
                let noise = negatives.iter().map(|&word| (Output::Noise(word), false));
                Box::new(std::iter::once((Output::Target(*target), true)).chain(noise))
            }
            Self::Nodes(path) => {
                let nodes = path.nodes().iter().enumerate();
                Box::new(nodes.map(|(place, &node)| (Output::Node(node), path.code() >> place & 1 == 0)))
            }
        }
    }

    /// The vectors of these output rows, without padding.
    fn rows(&self, output: &MatrixMut<'_>) -> Vec<Vec<f32>> {
        self.outputs().map(|(of, _)| row(output, of.row())).collect()
    }
}

/// Makes the kernel's step: updates the output rows of `met`, and row `hidden.1` of the matrix
/// `hidden.0` according to `hidden.2`. Returns the loss.
fn predict(
    dispatch: Dispatch,
    hidden: (&mut MatrixMut<'_>, u32, HiddenUpdate),
    output: &mut MatrixMut<'_>,
    met: &Met,
    learning_rate: f32,
) -> Result<f32, Error> {
    let (hidden, row, then) = hidden;
    let (hidden_rows, sigmoid) = (&[row], &TABLE);
    match met {
        Met::Words(target, negatives) => dispatch.run(
            NegativeSampling::new(hidden, hidden_rows, output, &[*target], negatives, learning_rate, sigmoid)
                .hidden_update(then),
        ),
        Met::Nodes(path) => dispatch.run(
            HierarchicalSoftmax::new(hidden, hidden_rows, output, path.nodes(), path.code(), learning_rate, sigmoid)
                .hidden_update(then),
        ),
    }
}

/// Row `id` without padding; empty if there is no such row.
pub(super) fn row(matrix: &MatrixMut<'_>, id: u32) -> Vec<f32> {
    let lanes = matrix.as_ref().row(id).unwrap_or_default();
    lanes.iter().flat_map(|lanes| lanes.0).take(matrix.dim()).collect()
}

/// The input rows of `words` before the step: one for each distinct word, in the order of first
/// occurrence.
fn reads(input: &MatrixMut<'_>, words: &[u32]) -> Vec<Read> {
    let mut reads: Vec<Read> = Vec::new();
    let mut places = HashMap::new();
    for &word in words {
        let place = *places.entry(word).or_insert(reads.len());
        if place == reads.len() {
            reads.push(Read { word, times: 0, before: row(input, word), after: Vec::new() });
        }
        reads[place].times += 1;
    }
    reads
}
