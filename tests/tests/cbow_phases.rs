//! CBOW in phases over partitions, with either objective: its numbers are those of plain loops in `f64`, the same bytes for
//! any number of threads, and finite where one word is most of the text.

use std::collections::HashMap;
use std::fmt::Write;
use std::ops::ControlFlow;

use rand_core::Rng;
use w2v::builtin;
use w2v::config::Config;
use w2v::corpus::{Corpus, ReadOptions, SENTENCE_END, Source};
use w2v::error::Error;
use w2v::partition::Partitioning;
use w2v::trainer::{self, Trained};
use w2v::vocabulary::Vocabulary;
use w2v_core::huffman::{self, Huffman, Link, Path};
use w2v_core::initial;
use w2v_core::matrix::{Lanes, blocks};
use w2v_core::rng::{SplitMix64, below};
use w2v_core::subsample::{keep_share, keeps};
use w2v_core::train::{Architecture, CbowGradient, Objective, Schedule};
use w2v_core::unigram::{Negatives, Slot, Unigram};
use w2v_core::window::{Window, draw_reach};
use w2v_tests::reference::{self, Rows};

fn read(text: &str) -> (Vocabulary, Corpus) {
    let source = Source::Text(text.as_bytes().to_vec().into());
    let options = ReadOptions { min_count: 1, ..ReadOptions::default() };
    Corpus::read(&[source], options, &mut |_| ControlFlow::Continue(())).expect("a corpus")
}

fn train(text: &str, config: &Config) -> Trained {
    let (vocabulary, mut corpus) = read(text);
    trainer::train(&vocabulary, &mut corpus, config, &mut |_| ControlFlow::Continue(())).expect("a model")
}

/// CBOW with either objective and either gradient.
fn cells() -> impl Iterator<Item = Config> {
    let cell = |objective, cbow_gradient| Config {
        architecture: Architecture::Cbow,
        objective,
        cbow_gradient,
        dim: 24,
        ..Config::default()
    };
    Objective::ALL.into_iter().flat_map(move |objective| CbowGradient::ALL.map(|gradient| cell(objective, gradient)))
}

fn describe(config: &Config) -> String {
    format!("{}, {}", config.objective, config.cbow_gradient)
}

/// 40 sentences of about ten words of 150: too few for more than one batch, enough for two partitions.
fn short_text() -> String {
    let mut random = SplitMix64::new(5);
    let mut text = String::new();
    for word in 0..400_u32 {
        // Each word is there, the first more often, but none as often as would cut a batch short.
        let (one, other) = (below(random.next_u32(), 150), below(random.next_u32(), 150));
        let word = if word < 150 { word } else { one.min(other) };
        write!(text, "w{word}{}", if random.next_u32().is_multiple_of(10) { '\n' } else { ' ' }).expect("memory");
    }
    text
}

/// Sentences of about ten of 1,100 words, of which two are a tenth of the text each and not always kept: several batches of
/// several pieces.
fn long_text() -> String {
    let mut random = SplitMix64::new(8);
    let mut text = String::new();
    for place in 0..4000_u32 {
        let often = place.is_multiple_of(5);
        let word = if often { place / 5 % 2 } else { (place - place / 5) % 1100 };
        write!(text, "w{word}{}", if random.next_u32().is_multiple_of(10) { '\n' } else { ' ' }).expect("memory");
    }
    text
}

/// What the phases compute, a word at a time.
struct Plain {
    config: Config,
    /// For each word its share of draws that keep a token.
    keep: Vec<u32>,
    /// Tokens and ends of sentences of a batch.
    batch: usize,
    /// Stretches of text that a batch has, if there are as many batches.
    pieces: usize,
    dealing: Partitioning,
    noise: Vec<Vec<Slot>>,
    /// For each word its nodes and what is to be learnt at each.
    paths: Vec<Vec<(usize, bool)>>,
    schedule: Schedule,
    input: Rows,
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
    fn new(vocabulary: &Vocabulary, config: &Config) -> Self {
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
        // 1,024 windows in 8 pieces, but the most frequent word 32 times at most.
        let kept = |(&count, &share): (&u64, &u32)| count as f64 * f64::from(share) / f64::from(u32::MAX);
        let kept: Vec<f64> = counts.iter().zip(&keep).map(kept).collect();
        let most = kept.iter().copied().fold(0.0, f64::max);
        let wanted = 1024.0 / kept.iter().sum::<f64>();
        let share = wanted.min(32.0 / most);
        Self {
            keep,
            batch: (share * vocabulary.tokens() as f64) as usize,
            pieces: (share / wanted * 8.0) as usize,
            noise: (0..dealing.parts()).map(noise).collect(),
            paths: paths(vocabulary.counts()),
            dealing,
            schedule: Schedule { start: config.learning_rate() as f32, tokens },
            input: (0..vocabulary.len() as u32).map(input).collect(),
            output: vec![vec![0.0; config.dim]; vocabulary.len()],
            config: config.clone(),
        }
    }

    /// Trains an epoch of one superbatch, in which the ends of sentences are marked, and returns the mean loss, and of how many
    /// batches and pieces of each the text is.
    fn epoch(&mut self, text: &[u32], epoch: u64) -> (f64, [usize; 2]) {
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
        let mut loss = 0.0;
        if self.config.objective == Objective::HierarchicalSoftmax {
            for window in &windows {
                let hidden = vec![window.mean(&frozen)];
                let path = &self.paths[window.target as usize];
                let (gradients, one) = reference::path(&hidden, &mut self.output, path, rate);
                self.learn(window, &gradients[0]);
                loss += one;
            }
            return (loss, windows.len());
        }
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
fn paths(counts: &[u64]) -> Vec<Vec<(usize, bool)>> {
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

#[test]
fn a_batch_is_what_plain_loops_make_of_it() {
    batches_are_what_plain_loops_make_of_them(&short_text(), 0.0, 6, [0.1, 0.1], [1, 1]);
}

#[test]
fn subsampled_batches_are_what_plain_loops_make_of_them() {
    // A word comes up less often, a node near the root more often.
    batches_are_what_plain_loops_make_of_them(&long_text(), 2e-2, 2, [0.05, 0.02], [9, 3]);
}

/// With rates that move words by more than they were at the start, but not so fast that roundings grow.
fn batches_are_what_plain_loops_make_of_them(
    text: &str,
    sample: f64,
    epochs: usize,
    [negative, tree]: [f64; 2],
    cut: [usize; 2],
) {
    for config in cells() {
        let what = describe(&config);
        let rate = if config.objective == Objective::NegativeSampling { negative } else { tree };
        let rate = if config.cbow_gradient == CbowGradient::Exact { 4.0 * rate } else { rate };
        let config = Config { sample, epochs, learning_rate: Some(rate), ..config };
        let trained = train(text, &config);
        let (vocabulary, _) = read(text);
        let mut plain = Plain::new(&vocabulary, &config);
        assert!(plain.dealing.parts() > 1);
        assert_eq!(plain.keep.iter().any(|&share| share < u32::MAX), sample > 0.0);
        let ids: HashMap<&[u8], u32> = vocabulary.words().zip(0..).collect();
        let sentence = |line: &str| line.split_whitespace().map(|word| ids[word.as_bytes()]).collect::<Vec<_>>();
        let marked: Vec<u32> = text.lines().flat_map(|line| [sentence(line), vec![SENTENCE_END]].concat()).collect();
        for (epoch, &loss) in (1..).zip(&trained.losses) {
            let (expected, batches_and_pieces) = plain.epoch(&marked, epoch);
            assert_eq!(batches_and_pieces, cut);
            let loss = loss.expect("pairs");
            assert!((loss - expected).abs() < 1e-3, "{what}, epoch {epoch}: loss {loss}, {expected} expected");
        }
        let largest = plain.input.iter().flatten().fold(0.0, |largest: f64, number| largest.max(number.abs()));
        assert!(largest > 0.1, "{what}: nothing moved beyond {largest}");
        for (word, expected) in (0..).zip(&plain.input) {
            let found = trained.embeddings.vector(word).expect("a word");
            let near = found.iter().zip(expected).all(|(&a, b)| (f64::from(a) - b).abs() < 1e-3 * largest);
            assert!(near, "{what}, word {word}: {found:?}, {expected:?} expected");
        }
    }
}

#[test]
fn any_number_of_threads_writes_the_same_bytes() {
    let text = String::from_utf8(builtin::text(1)).expect("words");
    let text = &text[..text.len() / 8];
    for config in cells() {
        let what = describe(&config);
        let with_threads = |threads| {
            let config = Config { threads: Some(threads), epochs: 2, window: 8, ..config.clone() };
            let trained = train(text, &config);
            assert_eq!(trained.threads, threads);
            (trained.embeddings.vectors().iter().map(|number| number.to_bits()).collect::<Vec<u32>>(), trained.losses)
        };
        let one = with_threads(1);
        assert!(one.1[1] < one.1[0], "{what}: losses {:?}", one.1);
        for threads in [2, 3, 8, 16] {
            assert!(one == with_threads(threads), "{what}: {threads} threads");
        }
    }
}

#[test]
fn cbow_takes_16_threads_at_most() {
    let threads = |architecture, window| {
        let config = Config { architecture, window, threads: Some(64), ..Config::default() };
        trainer::threads(&config)
    };
    assert_eq!([5, 10].map(|window| threads(Architecture::Cbow, window)), [16, 16]);
    assert_eq!(threads(Architecture::SkipGram, 5), 64);
    let config = Config { architecture: Architecture::Cbow, threads: Some(64), ..Config::default() };
    assert_eq!(train(&short_text(), &config).threads, 16);
}

#[test]
fn a_vocabulary_of_another_size_is_refused() {
    let (vocabulary, _) = read(&long_text());
    let (_, mut corpus) = read(&short_text());
    for config in cells() {
        let refused = trainer::train(&vocabulary, &mut corpus, &config, &mut |_| ControlFlow::Continue(()));
        let Err(Error::NothingToTrain(problem)) = refused else { panic!("{refused:?}") };
        assert!(problem.contains("150 words") && problem.contains("1100"), "{problem}");
    }
}

#[test]
fn a_word_that_is_half_of_the_text_does_no_harm() {
    let mut random = SplitMix64::new(6);
    let mut text = String::new();
    for place in 0..60_000 {
        let word = if place % 2 == 0 { 0 } else { below(random.next_u32(), 400) };
        write!(text, "w{word}{}", if place % 20 == 19 { '\n' } else { ' ' }).expect("memory");
    }
    for config in cells() {
        let what = describe(&config);
        let trained = train(&text, &Config { sample: 0.0, epochs: 3, ..config });
        let largest = trained.embeddings.vectors().iter().fold(0.0, |largest: f32, number| largest.max(number.abs()));
        assert!(largest < 10.0, "{what}: {largest}");
        assert!(trained.losses.is_sorted_by(|a, b| a >= b), "{what}: {:?}", trained.losses);
    }
}

#[test]
fn a_vocabulary_too_small_to_cut_or_to_share_negatives_is_learnt() {
    let mut random = SplitMix64::new(7);
    for words in [2, 3, 5, 50, 130, 200] {
        let mut text = String::new();
        for place in 0..20_000 {
            // A word is mostly followed by the next one.
            let word =
                if random.next_u32().is_multiple_of(4) { below(random.next_u32(), words) } else { place % words };
            write!(text, "w{word}{}", if place % 20 == 19 { '\n' } else { ' ' }).expect("memory");
        }
        for config in cells() {
            let what = format!("{words} words, {}", describe(&config));
            let with_threads = |threads| {
                train(&text, &Config { sample: 0.0, epochs: 4, dim: 8, threads: Some(threads), ..config.clone() })
            };
            let [trained, by_eight] = [1, 8].map(with_threads);
            assert!(trained.losses[3] < trained.losses[0], "{what}: {:?}", trained.losses);
            assert_eq!(trained.losses, by_eight.losses, "{what}");
            assert_eq!(trained.embeddings.vectors(), by_eight.embeddings.vectors(), "{what}");
            assert!(trained.embeddings.vectors().iter().all(|number| number.is_finite()), "{what}");
        }
    }
}
