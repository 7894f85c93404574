//! The host's models in plain loops and `f64`: what each trainer computes, a word at a time, one
//! partition after the other.
//!
//! What a step computes is [`reference`]'s. Which windows, pairs, groups and draws there are, and
//! in which order, is said here a second time. Taken from the project are the kernel's draws, the
//! tree, into which partitions words and subtrees are dealt, and how long a superbatch of skip-gram
//! is.

mod cbow;
mod skip_gram;

use crate::reference::Rows;
use w2v::Config;
use w2v::SENTENCE_END;
use w2v::Vocabulary;
use w2v::internals::{Partitioning, TreeSplit, negative, superbatch, tree};
use w2v_core::huffman::{self, Huffman, Link, Path};
use w2v_core::initial;
use w2v_core::kinds::{Architecture, Objective};
use w2v_core::lanes::{Lanes, blocks};
use w2v_core::rng::SplitMix64;
use w2v_core::subsample::{keep_share, keeps};
use w2v_core::train::Schedule;
use w2v_core::unigram::{Negatives, Slot, Unigram};
use w2v_core::window::draw_reach;

/// Nodes, and what is to be learnt at each.
type Steps = Vec<(usize, bool)>;

/// A model in the course of its training.
pub struct Plain {
    config: Config,
    /// For each word its share of draws that keep a token.
    pub keep: Vec<u32>,
    /// Tokens of a superbatch.
    superbatch: usize,
    /// How often two kept tokens are the same word.
    same: f64,
    /// The segments of text that a batch of CBOW comes from.
    segments: usize,
    /// Of words into partitions, each of which draws negatives of its own.
    pub partitioning: Partitioning,
    noise: Vec<Vec<Slot>>,
    /// For each partition whether what predicts its words does so in groups that share negatives.
    pub sharing: Vec<bool>,
    tree: Tree,
    schedule: Schedule,
    /// The input row of each word.
    pub input: Rows,
    /// The output row of each word, or of each inner node.
    pub output: Rows,
    /// The most superbatches of an epoch, chunks or batches of one, and runs of a batch that there
    /// were.
    pub largest: [usize; 3],
}

/// Where each word's path runs; empty for a model that has no tree.
#[derive(Default)]
struct Tree {
    /// For each word its nodes and what is to be learnt at each.
    paths: Vec<Steps>,
    /// The ways through the upper nodes, and for each word which of them it has.
    upper: Vec<Steps>,
    ways: Vec<usize>,
    /// For each word the partition of its subtree and its number there, as skip-gram has it.
    places: Vec<(u16, u32)>,
}

impl Tree {
    /// The part of a word's path below the upper nodes.
    fn below(&self, word: u32) -> &[(usize, bool)] {
        let word = word as usize;
        &self.paths[word][self.upper[self.ways[word]].len()..]
    }
}

/// A kept token and its context.
struct Around {
    target: u32,
    context: Vec<u32>,
}

/// The windows of a superbatch, by the chunk of text that their centers are from; those that come
/// late are with the first.
type Chunks = Vec<Vec<Around>>;

/// A kept token, or the end of a sentence.
#[derive(Clone, Copy)]
struct Kept {
    word: u32,
    reach: usize,
    superbatch: usize,
    chunk: usize,
}

/// What was trained: the sum of losses, and of how many windows or pairs.
type Loss = (f64, usize);

impl Plain {
    /// The model at its start.
    pub fn new(vocabulary: &Vocabulary, config: &Config) -> Self {
        let (words, counts, tokens) = (vocabulary.len(), vocabulary.counts(), vocabulary.tokens());
        let is_cbow = config.architecture == Architecture::Cbow;
        let is_tree = config.objective == Objective::HierarchicalSoftmax;
        let keep: Vec<u32> = counts.iter().map(|&count| keep_share(count, tokens, config.sample)).collect();
        let trained = |(&count, &share): (&u64, &u32)| count as f64 * f64::from(share);
        let trained: Vec<f64> = counts.iter().zip(&keep).map(trained).collect();
        let kept: Vec<f64> = trained.iter().map(|tokens| tokens / f64::from(u32::MAX)).collect();
        let all: f64 = kept.iter().sum();
        // A segment for each 128 windows of a batch whose windows no sentence cuts short; of 64
        // batches or 25 windows for each word of reach.
        let same = kept.iter().map(|tokens| (tokens / all).powi(2)).sum::<f64>();
        let batch = cbow::windows_of_batch((config.window + 1) as f64, same);
        let segments = batch.div_ceil(128);
        let windows = (64 * batch).max(25 * config.window * segments);
        let of_cbow = ((tokens as f64 / all * windows as f64) as usize).clamp(1, 1 << 22);
        let partitioning = match (is_cbow, is_tree) {
            (true, _) => Partitioning::of_bytes(words, config.dim, usize::MAX),
            (false, false) => Partitioning::choose(words, config.dim),
            (false, true) => Partitioning::of_bytes(words, config.dim, 2 << 20),
        };
        let most_pairs = if is_tree { tree::MOST_PAIRS } else { negative::MOST_PAIRS };
        let mut tree = Tree::default();
        if is_tree {
            let upper_count = if is_cbow { 31 } else { (4 * partitioning.parts()).max(256) - 1 };
            tree.paths = paths(counts);
            (tree.upper, tree.ways) = upper(&tree.paths, &trained, upper_count);
        }
        if is_tree && !is_cbow {
            tree.places = TreeSplit::skip_gram(counts, &keep, config.dim).expect("counts").places().to_vec();
        }
        let input = |word| {
            let mut row = vec![Lanes::ZERO; blocks(config.dim)];
            initial::fill(config.seed, word, config.dim, &mut row);
            row.iter().flat_map(|lanes| lanes.0).take(config.dim).map(f64::from).collect()
        };
        Self {
            superbatch: if is_cbow { of_cbow } else { superbatch(tokens, config.window, most_pairs) },
            same,
            segments,
            noise: (0..partitioning.parts())
                .map(|part| noise(vocabulary, &partitioning, part, config.exponent))
                .collect(),
            sharing: (0..partitioning.parts())
                .map(|part| shares(partitioning.words(part), counts, &trained, config.exponent))
                .collect(),
            tree,
            partitioning,
            schedule: Schedule { start: config.learning_rate() as f32, tokens: tokens * config.epochs as u64 },
            input: (0..words as u32).map(input).collect(),
            output: vec![vec![0.0; config.dim]; words],
            largest: [0; 3],
            keep,
            config: config.clone(),
        }
    }

    /// Trains an epoch of a text in which the ends of sentences are marked, and returns the mean
    /// loss.
    pub fn epoch(&mut self, text: &[u32], epoch: u64) -> f64 {
        let mut read = (epoch - 1) * tokens(text);
        let (mut loss, mut trained) = (0.0, 0);
        let superbatches = superbatches(text, self.superbatch);
        self.note(0, superbatches.len());
        let chunks = self.windows(&superbatches, epoch);
        for (number, (text, chunks)) in (0..).zip(superbatches.into_iter().zip(chunks)) {
            let place = [self.config.seed, epoch, number];
            let (sum, count) = match self.config.architecture {
                Architecture::Cbow => self.train_cbow(&chunks, place, read, tokens(text)),
                Architecture::SkipGram => self.train_skip_gram(&chunks, place, self.rate(read)),
            };
            (loss, trained, read) = (loss + sum, trained + count, read + tokens(text));
        }
        loss / trained as f64
    }

    /// The pairs of all windows of an epoch; with CBOW each window predicts once.
    pub fn pairs(&self, text: &[u32], epoch: u64) -> u64 {
        let windows = self.windows(&superbatches(text, self.superbatch), epoch).into_iter().flatten().flatten();
        let predictions = |window: Around| match self.config.architecture {
            Architecture::SkipGram => window.context.len() as u64,
            Architecture::Cbow => 1,
        };
        windows.map(predictions).sum()
    }

    /// The step size after so many tokens.
    fn rate(&self, read: u64) -> f64 {
        self.schedule.learning_rate(read).into()
    }

    fn note(&mut self, what: usize, number: usize) {
        self.largest[what] = self.largest[what].max(number);
    }

    /// The windows of an epoch, by the superbatch in which they are trained. Each has all of its
    /// sentence that it reaches, wherever superbatches and chunks end; it waits until that is read,
    /// and for those before it.
    fn windows(&self, superbatches: &[&[u32]], epoch: u64) -> Vec<Chunks> {
        let mut windows: Vec<Chunks> = Vec::new();
        let mut kept = Vec::new();
        for (superbatch, text) in superbatches.iter().enumerate() {
            let is_cbow = self.config.architecture == Architecture::Cbow;
            let chunks = text.chunks(if is_cbow { text.len().div_ceil(self.segments) } else { 1 << 15 });
            windows.push(chunks.clone().map(|_| Vec::new()).collect());
            for (chunk, text) in chunks.enumerate() {
                let place = [self.config.seed, epoch, superbatch as u64];
                // Skip-gram's tree draws nothing else.
                let is_alone = !is_cbow && self.config.objective == Objective::HierarchicalSoftmax;
                let within = if is_alone { vec![chunk as u64] } else { vec![0, chunk as u64] };
                let mut random = SplitMix64::at(&[&place[..], &within].concat());
                for part in text.split_inclusive(|&token| token == SENTENCE_END) {
                    let words = part.iter().copied();
                    let stays = |&word: &u32| word == SENTENCE_END || keeps(self.keep[word as usize], &mut random);
                    let words: Vec<u32> = words.filter(stays).collect();
                    for word in words {
                        let ends = word == SENTENCE_END;
                        let reach = if ends { 0 } else { draw_reach(self.config.window as u32, &mut random) };
                        kept.push(Kept { word, reach, superbatch, chunk });
                    }
                }
            }
        }
        let mut now = 0;
        for sentence in kept.split_inclusive(|token| token.word == SENTENCE_END) {
            let words: Vec<u32> = sentence[..sentence.len() - 1].iter().map(|token| token.word).collect();
            for (center, &Kept { word, reach, superbatch, chunk }) in sentence[..words.len()].iter().enumerate() {
                now = now.max(sentence[(center + reach).min(words.len())].superbatch);
                let (before, after) = (&words[center.saturating_sub(reach)..center], &words[center + 1..]);
                let context = [before, &after[..reach.min(after.len())]].concat();
                // A word alone in its sentence has no context.
                if !context.is_empty() {
                    let chunk = if now == superbatch { chunk } else { 0 };
                    windows[now][chunk].push(Around { target: word, context });
                }
            }
        }
        windows
    }

    /// What predicts `target`s of one partition, in the groups that share negatives: whole ones of
    /// 8, neighbours in different ones if `apart`, then four, if as many are left, then each by
    /// itself.
    fn groups<T: Copy>(&self, all: &[T], part: usize, apart: bool) -> Vec<Vec<T>> {
        let (whole, four) = if self.sharing[part] { (all.len() / 8, 4) } else { (0, 1) };
        let (eights, rest) = all.split_at(whole * 8);
        let eight = |number: usize| -> Vec<T> {
            if apart {
                eights.iter().copied().skip(number).step_by(whole).collect()
            } else {
                eights[8 * number..][..8].to_vec()
            }
        };
        let fours = rest.chunks_exact(four);
        let ones = fours.remainder().chunks(1);
        (0..whole).map(eight).chain(fours.chain(ones).map(<[T]>::to_vec)).collect()
    }

    /// The negatives of a group that predicts `targets`, all words of partition `part`.
    fn negatives(&self, targets: &[u32], part: usize, random: &mut SplitMix64) -> Vec<usize> {
        let rows: Vec<u32> = targets.iter().map(|&word| self.partitioning.place(word).1 as u32).collect();
        let mut negatives = Negatives::new();
        let noise = Unigram::from_slots(&self.noise[part]);
        noise.draw_negatives(random, self.config.negatives, &rows, &mut negatives);
        let words: Vec<u32> = self.partitioning.words(part).collect();
        negatives.iter().map(|&row| words[row as usize] as usize).collect()
    }
}

/// What shares a way, in groups: those of 8 in the order in which they become full, then what is
/// left of each way as a four, a two and a one.
fn along<T: Clone>(ways: usize, all: impl Iterator<Item = (usize, T)>) -> Vec<(usize, Vec<T>)> {
    let mut groups = Vec::new();
    let mut filling = vec![Vec::new(); ways];
    for (way, one) in all {
        filling[way].push(one);
        if filling[way].len() == 8 {
            groups.push((way, std::mem::take(&mut filling[way])));
        }
    }
    for (way, left) in filling.into_iter().enumerate() {
        let (fours, rest) = left.split_at(left.len() / 4 * 4);
        let (twos, one) = rest.split_at(rest.len() / 2 * 2);
        let parts = [fours, twos, one].into_iter().filter(|part| !part.is_empty());
        groups.extend(parts.map(|part| (way, part.to_vec())));
    }
    groups
}

/// Words, without ends of sentences.
fn tokens(text: &[u32]) -> u64 {
    text.iter().filter(|&&token| token != SENTENCE_END).count() as u64
}

/// A text in segments of `size` words, each with the sentence's end that follows.
fn superbatches(text: &[u32], size: usize) -> Vec<&[u32]> {
    let mut superbatches = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let mut words = 0;
        let inside = |&&token: &&u32| {
            words += usize::from(token != SENTENCE_END);
            words <= size
        };
        let (superbatch, after) = rest.split_at(rest.iter().take_while(inside).count());
        superbatches.push(superbatch);
        rest = after;
    }
    superbatches
}

/// The noise distribution of a partition.
fn noise(vocabulary: &Vocabulary, partitioning: &Partitioning, part: usize, exponent: f64) -> Vec<Slot> {
    let mut slots = vec![Slot::default(); partitioning.words(part).len()];
    let counts = partitioning.words(part).map(|word| vocabulary.counts()[word as usize]);
    Unigram::new(counts, exponent, &mut slots).expect("counts");
    slots
}

/// Whether groups of a partition of `words` share negatives: the partition has 128 words or more,
/// and seven other targets take .45 of its noise at most.
fn shares(words: impl ExactSizeIterator<Item = u32> + Clone, counts: &[u64], trained: &[f64], exponent: f64) -> bool {
    let sum = |weight: &dyn Fn(usize) -> f64| words.clone().map(|word| weight(word as usize)).sum::<f64>();
    let noise = |word: usize| (counts[word] as f64).powf(exponent);
    let all = sum(&|word| trained[word]);
    let lost = sum(&|word| noise(word) * (1.0 - (1.0 - trained[word] / all).powi(7)));
    words.len() >= 128 && lost <= 0.45 * sum(&noise)
}

/// The tree's path of each word.
fn paths(counts: &[u64]) -> Vec<Steps> {
    let mut links = vec![Link::default(); huffman::required_len(counts.len())];
    let mut weights = vec![0; huffman::required_weights(counts.len())];
    let tree = Huffman::new(counts, &mut links, &mut weights).expect("counts");
    let mut path = Path::new();
    let mut steps = |word| {
        tree.path(word, &mut path).expect("a word");
        let labels = (0..).map(|step| path.code() >> step & 1 == 0);
        path.nodes().iter().map(|&node| node as usize).zip(labels).collect()
    };
    (0..counts.len() as u32).map(&mut steps).collect()
}

/// The ways through the nodes with most steps at and below them, `most` of them, in the order of
/// the words; and which of them each word has.
fn upper(paths: &[Steps], tokens: &[f64], most: usize) -> (Vec<Steps>, Vec<usize>) {
    let mut work = vec![0.0; paths.len() - 1];
    for (path, tokens) in paths.iter().zip(tokens) {
        for (&(node, _), steps) in path.iter().rev().zip(1..) {
            work[node] += f64::from(steps) * tokens;
        }
    }
    let mut nodes: Vec<usize> = (0..work.len()).collect();
    nodes.sort_by(|&a, &b| work[b].total_cmp(&work[a]).then(b.cmp(&a)));
    nodes.truncate(most);
    let mut upper: Vec<Steps> = Vec::new();
    let mut way = |path: &Steps| {
        let way: Steps = path.iter().copied().take_while(|(node, _)| nodes.contains(node)).collect();
        upper.iter().position(|other| *other == way).unwrap_or_else(|| {
            upper.push(way);
            upper.len() - 1
        })
    };
    let ways = paths.iter().map(&mut way).collect();
    (upper, ways)
}
