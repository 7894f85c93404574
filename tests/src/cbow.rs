//! CBOW's phases in plain loops and `f64`: what the trainer computes, a word at a time.

use crate::reference::{self, Rows};
use w2v::config::Config;
use w2v::corpus::SENTENCE_END;
use w2v::partition::Partitioning;
use w2v::vocabulary::Vocabulary;
use w2v_core::huffman::{self, Huffman, Link, Path};
use w2v_core::initial;
use w2v_core::matrix::{Lanes, blocks};
use w2v_core::rng::SplitMix64;
use w2v_core::subsample::{keep_share, keeps};
use w2v_core::train::{CbowGradient, Objective, Schedule};
use w2v_core::unigram::{Negatives, Slot, Unigram};
use w2v_core::window::{Window, draw_reach};

/// Nodes, and what is to be learnt at each.
type Steps = Vec<(usize, bool)>;

/// A model in the course of its training, on a corpus of one superbatch.
pub struct Plain {
    config: Config,
    /// For each word its share of draws that keep a token.
    pub keep: Vec<u32>,
    /// Tokens and ends of sentences of a batch.
    batch: usize,
    /// Stretches of text that a batch has, if there are as many batches.
    pieces: usize,
    /// Of words into partitions, each of which draws negatives of its own.
    pub dealing: Partitioning,
    noise: Vec<Vec<Slot>>,
    /// For each word its nodes and what is to be learnt at each.
    paths: Vec<Steps>,
    /// The ways through the crown, and for each word which of them it has.
    crown: Vec<Steps>,
    ways: Vec<usize>,
    schedule: Schedule,
    /// The input row of each word.
    pub input: Rows,
    output: Rows,
}

/// The window around a token.
struct Around {
    target: u32,
    context: Vec<u32>,
}

impl Around {
    /// The hidden vector.
    fn mean(&self, input: &Rows) -> Vec<f64> {
        let context: Vec<usize> = self.context.iter().map(|&word| word as usize).collect();
        reference::gather(input, &context)
    }
}

impl Plain {
    /// The model at its start.
    pub fn new(vocabulary: &Vocabulary, config: &Config) -> Self {
        let dealing = Partitioning::of_bytes(vocabulary.len(), config.dim, usize::MAX);
        let noise = |part| {
            let mut slots = vec![Slot::default(); dealing.words(part).len()];
            let counts = dealing.words(part).map(|word| vocabulary.counts()[word as usize]);
            Unigram::new(counts, config.exponent, &mut slots).expect("counts");
            slots
        };
        let input = |word| {
            let mut row = vec![Lanes::ZERO; blocks(config.dim)];
            initial::fill(config.seed, word, config.dim, &mut row);
            row.iter().flat_map(|lanes| lanes.0).take(config.dim).map(f64::from).collect()
        };
        let tokens = vocabulary.tokens() * config.epochs as u64;
        let counts = vocabulary.counts();
        let keep = |&count: &u64| keep_share(count, vocabulary.tokens(), config.sample);
        let keep: Vec<u32> = counts.iter().map(keep).collect();
        let trained = |(&count, &share): (&u64, &u32)| count as f64 * f64::from(share);
        let trained: Vec<f64> = counts.iter().zip(&keep).map(trained).collect();
        let paths = paths(counts);
        let (crown, ways) = crown(&paths, &trained);
        let kept = trained.iter().map(|tokens| tokens / f64::from(u32::MAX));
        let most = kept.clone().fold(0.0, f64::max);
        // 1,024 windows in 8 pieces, but the most frequent word 32 times at most.
        let wanted = 1024.0 / kept.sum::<f64>();
        let share = wanted.min(32.0 / most);
        Self {
            keep,
            batch: (share * vocabulary.tokens() as f64) as usize,
            pieces: (share / wanted * 8.0) as usize,
            noise: (0..dealing.parts()).map(noise).collect(),
            crown,
            ways,
            paths,
            dealing,
            schedule: Schedule { start: config.learning_rate() as f32, tokens },
            input: (0..vocabulary.len() as u32).map(input).collect(),
            output: vec![vec![0.0; config.dim]; vocabulary.len()],
            config: config.clone(),
        }
    }

    /// Trains an epoch of one superbatch, in which the ends of sentences are marked, and returns the mean loss, and of how many
    /// batches and pieces of each the text is.
    pub fn epoch(&mut self, text: &[u32], epoch: u64) -> (f64, [usize; 2]) {
        let (mut loss, mut windows) = (0.0, 0);
        let tokens = |text: &[u32]| text.iter().filter(|&&token| token != SENTENCE_END).count() as u64;
        let mut read = (epoch - 1) * tokens(text);
        let batches = text.len().div_ceil(self.batch);
        let pieces = self.pieces.clamp(1, batches);
        let all: Vec<&[u32]> = text.chunks(text.len().div_ceil(batches * pieces)).collect();
        for number in 0..batches {
            let rate = f64::from(self.schedule.learning_rate(read));
            let batch: Vec<&[u32]> = all.iter().copied().skip(number).step_by(batches).collect();
            let (sum, count) = self.train(&batch, [epoch, number as u64], rate);
            (loss, windows) = (loss + sum, windows + count);
            read += batch.iter().map(|piece| tokens(piece)).sum::<u64>();
        }
        (loss / windows as f64, [batches, pieces])
    }

    /// Trains a batch and returns the sum of its windows' losses and their number.
    fn train(&mut self, pieces: &[&[u32]], [epoch, number]: [u64; 2], rate: f64) -> (f64, usize) {
        let seed = self.config.seed;
        let generator = |within: &[u64]| SplitMix64::at(&[&[seed, epoch, 0], within].concat());
        let mut random = generator(&[0, number]);
        let mut windows = Vec::new();
        for sentence in pieces.iter().flat_map(|piece| piece.split(|&token| token == SENTENCE_END)) {
            let kept = sentence.iter().copied().filter(|&word| keeps(self.keep[word as usize], &mut random));
            let sentence: Vec<u32> = kept.collect();
            if sentence.len() < 2 {
                continue;
            }
            for (center, &target) in sentence.iter().enumerate() {
                let reach = draw_reach(self.config.window as u32, &mut random);
                let window = Window::around(center, reach, sentence.len());
                windows.push(Around { target, context: window.context().map(|place| sentence[place]).collect() });
            }
        }
        let frozen = self.input.clone();
        if self.config.objective == Objective::HierarchicalSoftmax {
            return (self.train_tree(&windows, &frozen, rate), windows.len());
        }
        let mut loss = 0.0;
        for part in 0..self.dealing.parts() {
            let mut random = generator(&[1, number, part as u64]);
            let centers: Vec<&Around> =
                windows.iter().filter(|window| self.dealing.place(window.target).0 == part).collect();
            let (groups, rest) = centers.split_at(centers.len() / 8 * 8);
            let (halves, rest) = rest.split_at(rest.len() / 4 * 4);
            for group in groups.chunks(8).chain(halves.chunks(4)).chain(rest.chunks(1)) {
                loss += self.group(group, part, &frozen, rate, &mut random);
            }
        }
        (loss, windows.len())
    }

    /// Trains windows down the tree and returns the sum of their losses: in the crown in groups of up to 8 that share a way, below it
    /// one by one.
    fn train_tree(&mut self, windows: &[Around], frozen: &Rows, rate: f64) -> f64 {
        let mut groups = Vec::new();
        let mut filling = vec![Vec::new(); self.crown.len()];
        let places: Vec<usize> = (0..windows.len()).collect();
        let stretches: Vec<&[usize]> = places.chunks(windows.len().div_ceil(8)).collect();
        let turn = |number: usize| stretches.iter().filter_map(move |stretch| stretch.get(number).copied());
        for place in (0..stretches[0].len()).flat_map(turn) {
            let way = self.ways[windows[place].target as usize];
            filling[way].push(place);
            if filling[way].len() == 8 {
                groups.push((way, std::mem::take(&mut filling[way])));
            }
        }
        for (way, places) in filling.into_iter().enumerate() {
            let (fours, rest) = places.split_at(places.len() / 4 * 4);
            let (twos, one) = rest.split_at(rest.len() / 2 * 2);
            for group in [fours, twos, one].into_iter().filter(|group| !group.is_empty()) {
                groups.push((way, group.to_vec()));
            }
        }
        let mut loss = 0.0;
        let mut gradients = vec![Vec::new(); windows.len()];
        for (way, places) in groups {
            let hidden: Rows = places.iter().map(|&place| windows[place].mean(frozen)).collect();
            let (found, one) = reference::path(&hidden, &mut self.output, &self.crown[way], rate);
            places.into_iter().zip(found).for_each(|(place, gradient)| gradients[place] = gradient);
            loss += one;
        }
        for (window, mut gradient) in windows.iter().zip(gradients) {
            assert_eq!(gradient.len(), self.config.dim, "a window in no group");
            let (way, path) = (self.ways[window.target as usize], &self.paths[window.target as usize]);
            let below = &path[self.crown[way].len()..];
            let (found, one) = reference::path(&vec![window.mean(frozen)], &mut self.output, below, rate);
            reference::axpy(1.0, &found[0], &mut gradient);
            self.learn(window, &gradient);
            loss += one;
        }
        loss
    }

    /// Trains windows that share their negatives and returns their loss.
    fn group(&mut self, group: &[&Around], part: usize, frozen: &Rows, rate: f64, random: &mut SplitMix64) -> f64 {
        let rows: Vec<u32> = group.iter().map(|window| self.dealing.place(window.target).1 as u32).collect();
        let mut negatives = Negatives::new();
        let noise = Unigram::from_slots(&self.noise[part]);
        noise.draw_negatives(random, self.config.negatives, &rows, &mut negatives);
        let words: Vec<u32> = self.dealing.words(part).collect();
        let negatives: Vec<usize> = negatives.iter().map(|&row| words[row as usize] as usize).collect();
        let targets: Vec<usize> = group.iter().map(|window| window.target as usize).collect();
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

/// The ways through the 31 nodes with most steps at and below them, in the order of the words; and which of them each word has.
fn crown(paths: &[Steps], tokens: &[f64]) -> (Vec<Steps>, Vec<usize>) {
    let mut work = vec![0.0; paths.len() - 1];
    for (path, tokens) in paths.iter().zip(tokens) {
        for (&(node, _), steps) in path.iter().rev().zip(1..) {
            work[node] += f64::from(steps) * tokens;
        }
    }
    let mut nodes: Vec<usize> = (0..work.len()).collect();
    nodes.sort_by(|&a, &b| work[b].total_cmp(&work[a]).then(b.cmp(&a)));
    nodes.truncate(31);
    let mut crown: Vec<Steps> = Vec::new();
    let mut way = |path: &Steps| {
        let way: Steps = path.iter().copied().take_while(|(node, _)| nodes.contains(node)).collect();
        crown.iter().position(|other| *other == way).unwrap_or_else(|| {
            crown.push(way);
            crown.len() - 1
        })
    };
    let ways = paths.iter().map(&mut way).collect();
    (crown, ways)
}
