//! What `explain` looks at is what the kernel's sentence trainer does when nobody looks, bit for
//! bit.

use std::ops::ControlFlow::Continue;
use w2v::Config;
use w2v::builtin;
use w2v::explain::{Near, explain};
use w2v::{Corpus, ReadOptions, SENTENCE_END, Source};
use w2v::{Vectors, Vocabulary};
use w2v_core::huffman::{self, Huffman, Link};
use w2v_core::initial;
use w2v_core::kinds::Objective;
use w2v_core::lanes::{Lanes, blocks};
use w2v_core::matrix::MatrixMut;
use w2v_core::rng::SplitMix64;
use w2v_core::sigmoid::TABLE;
use w2v_core::subsample::keep_share;
use w2v_core::train::{Progress, Sampler, Schedule, Trainer};
use w2v_core::unigram::{Slot, Unigram};
use w2v_tests::backends::{for_each_backend, name};
use w2v_tests::corpora;

fn corpus() -> Corpus {
    // More than is read at once.
    let mut text = builtin::text(1);
    text.truncate(text.len() / 6);
    ReadOptions::new().sources([Source::text(text)]).expect("a corpus")
}

/// The vectors of the kernel's trainer, as they are asked for neighbours, and the mean loss of each
/// epoch.
fn trained(vocabulary: &Vocabulary, corpus: &Corpus, config: &Config) -> (Vectors, Vec<Option<f64>>) {
    let (words, counts, row) = (vocabulary.len(), vocabulary.counts(), blocks(config.dim));
    let (mut input, mut output) = (vec![Lanes::ZERO; words * row], vec![Lanes::ZERO; words * row]);
    for (word, lanes) in (0..).zip(input.chunks_mut(row)) {
        initial::fill(config.seed, word, config.dim, lanes);
    }
    let mut slots = vec![Slot::ZERO; words];
    let noise = Unigram::new(counts.iter().copied(), config.exponent, &mut slots).expect("a distribution");
    let (mut links, mut weights) =
        (vec![Link::ZERO; huffman::required_len(words)], vec![0; huffman::required_weights(words)]);
    let tree = Huffman::new(counts, &mut links, &mut weights).expect("a tree");
    let keep: Vec<u32> = counts.iter().map(|&count| keep_share(count, vocabulary.tokens(), config.sample)).collect();
    let (mut kept, mut hidden) = ([0; 1000], vec![Lanes::ZERO; row]);
    let mut trainer = Trainer::new(
        MatrixMut::new(&mut input, words, config.dim).expect("a matrix"),
        MatrixMut::new(&mut output, words, config.dim).expect("a matrix"),
        match config.objective {
            Objective::NegativeSampling => Sampler::Noise(noise, config.negatives),
            Objective::HierarchicalSoftmax => Sampler::Tree(tree),
        },
        Schedule { start: config.learning_rate() as f32, tokens: corpus.tokens() * config.epochs as u64 },
        &TABLE,
        SplitMix64::at(&[config.seed]),
        &mut kept,
    );
    trainer.architecture = config.architecture;
    trainer.division = config.cbow_gradient;
    trainer.window = config.window as u32;
    trainer.keep = &keep;
    trainer.hidden = &mut hidden;
    let dispatch = w2v::train::dispatch(config).expect("a backend");
    let mut losses = Vec::new();
    for _ in 0..config.epochs {
        let mut done = Progress::default();
        let mut tokens = Vec::new();
        corpus.pass().read(&mut tokens, usize::MAX / 2).expect("tokens");
        for sentence in tokens.split(|&id| id == SENTENCE_END) {
            done += trainer.sentence(dispatch, sentence).expect("a sentence trained");
        }
        losses.push(Some(done.loss / done.pairs as f64));
    }
    let rows = input.chunks(row).flat_map(|row| row.iter().flat_map(|lanes| lanes.0).take(config.dim));
    (Vectors::new(vocabulary.words(), config.dim, rows.collect()).expect("vectors"), losses)
}

#[test]
fn what_is_explained_is_what_the_kernel_trains() {
    for_each_backend(|dispatch| {
        for config in corpora::cells() {
            let (backend, arithmetic) = (Some(dispatch.backend()), Some(dispatch.arithmetic()));
            let config = Config { dim: 20, epochs: 2, window: 3, backend, arithmetic, ..config };
            let corpus = corpus();
            let vocabulary = corpus.vocabulary();
            let words: Vec<_> = vocabulary.words().step_by(7).collect();
            let explanation = explain(&corpus, &config, &words, &mut |_| Continue(())).expect("a run");
            let (vectors, losses) = trained(vocabulary, &corpus, &config);
            assert_eq!(explanation.losses, losses, "{}: {config:?}", name(dispatch));
            let nearest = |word: &_| -> Vec<Near> {
                let found = vectors.nearest_to(&[word], &[], 6).expect("a word");
                found.iter().map(|near| Near { id: near.id, cosine: near.cosine }).collect()
            };
            let neighbours: Vec<_> = words.iter().map(nearest).collect();
            assert_eq!(explanation.stages[2].neighbours, neighbours, "{}: {config:?}", name(dispatch));
            assert_ne!(explanation.stages[1].neighbours, neighbours);
        }
    });
}
