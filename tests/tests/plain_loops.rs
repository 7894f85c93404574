//! What the host's trainers compute is what plain loops in `f64` make of the same text, number by
//! number: every model, over several superbatches, chunks and batches, of narrow windows and wide
//! ones, with words left out by subsampling and without.

use std::collections::HashMap;

use w2v::Config;
use w2v::SENTENCE_END;
use w2v_core::kinds::{Architecture, CbowGradient, Objective};
use w2v_tests::corpora::{cells, long_text, read, short_text, train};
use w2v_tests::plain::Plain;

/// A text, how it is trained, and what has to be seen of it.
struct Case {
    text: String,
    settings: Config,
    /// Of negative sampling and of the tree: so high that words move by more than they were at the
    /// start, but not so high that roundings grow. CBOW's exact gradient has twice as much.
    rates: [f64; 2],
    /// Partitions of the input matrix, at least.
    parts: usize,
    /// The most superbatches of an epoch, and chunks of one, that skip-gram has; `None` leaves it
    /// out.
    skip_gram: Option<[usize; 2]>,
    /// The most superbatches of an epoch, batches of one and runs of a batch that CBOW has.
    cbow: [usize; 3],
}

#[test]
fn few_words() {
    // Fewer than share negatives or make a tree that is split.
    let settings = Config { sample: 0.0, epochs: 3, dim: 24, window: 2, ..Config::default() };
    let text = long_text(1200, 40);
    hold(&Case { text, settings, rates: [0.05, 0.05], parts: 1, skip_gram: Some([2, 1]), cbow: [1, 12, 1] });
}

#[test]
fn one_batch() {
    let settings = Config { sample: 0.0, epochs: 6, dim: 24, window: 2, ..Config::default() };
    hold(&Case { text: short_text(), settings, rates: [0.2, 0.2], parts: 2, skip_gram: Some([1, 1]), cbow: [1, 1, 4] });
}

#[test]
fn wide_windows() {
    // Batches are small, and of runs that are short.
    let settings = Config { sample: 0.0, epochs: 2, dim: 24, window: 15, ..Config::default() };
    let text = long_text(3000, 300).replace("\n", " ");
    hold(&Case { text, settings, rates: [0.1, 0.04], parts: 1, skip_gram: None, cbow: [2, 64, 2] });
}

#[test]
fn windows_wider_than_sentences() {
    let settings = Config { sample: 0.0, epochs: 2, dim: 24, window: 1000, ..Config::default() };
    let text = long_text(4000, 1100);
    hold(&Case { text, settings, rates: [0.06, 0.02], parts: 16, skip_gram: None, cbow: [1, 133, 8] });
}

#[test]
fn several_superbatches() {
    // A word comes up less often, a node near the root more often.
    let settings = Config { sample: 2e-2, epochs: 2, dim: 24, window: 7, ..Config::default() };
    let text = long_text(4000, 1100);
    hold(&Case { text, settings, rates: [0.06, 0.02], parts: 16, skip_gram: Some([4, 1]), cbow: [1, 20, 2] });
}

#[test]
fn several_chunks() {
    let settings = Config { sample: 1e-5, epochs: 1, dim: 8, ..Config::default() };
    let text = long_text(1_600_000, 3000);
    hold(&Case { text, settings, rates: [0.02, 0.004], parts: 16, skip_gram: Some([8, 7]), cbow: [5, 56, 8] });
}

fn hold(case: &Case) {
    let text = &case.text;
    let corpus = read(text);
    let vocabulary = corpus.vocabulary();
    let ids: HashMap<&[u8], u32> = vocabulary.words().map(|word| &**word).zip(0..).collect();
    let sentence = |line: &str| line.split_whitespace().map(|word| ids[word.as_bytes()]).collect::<Vec<_>>();
    let marked: Vec<u32> = text.lines().flat_map(|line| [sentence(line), vec![SENTENCE_END]].concat()).collect();
    for Config { architecture, objective, cbow_gradient, .. } in cells() {
        let what = format!("{architecture}, {objective}, {cbow_gradient}");
        let seen = match architecture {
            Architecture::Cbow => case.cbow,
            Architecture::SkipGram => match case.skip_gram {
                Some([superbatches, chunks]) => [superbatches, chunks, 0],
                None => continue,
            },
        };
        let rate = case.rates[usize::from(objective == Objective::HierarchicalSoftmax)];
        let rate = if cbow_gradient == CbowGradient::Exact { 2.0 * rate } else { rate };
        let settings = case.settings.clone();
        let config = Config { architecture, objective, cbow_gradient, learning_rate: Some(rate), ..settings };
        let trained = train(text, &config);
        let mut plain = Plain::new(vocabulary, &config);
        assert!(plain.partitioning.parts() >= case.parts, "{what}: {} partitions", plain.partitioning.parts());
        assert_eq!(plain.keep.iter().any(|&share| share < u32::MAX), config.sample > 0.0);
        for (epoch, &loss) in (1..).zip(trained.losses()) {
            let expected = plain.epoch(&marked, epoch);
            let loss = loss.expect("pairs");
            assert!((loss - expected).abs() < 1e-3, "{what}, epoch {epoch}: loss {loss}, {expected} expected");
        }
        assert_eq!(plain.largest, seen, "{what}");
        let largest = plain.input.iter().flatten().fold(0.0, |largest: f64, number| largest.max(number.abs()));
        assert!(largest > 0.1, "{what}: nothing moved beyond {largest}");
        // Words, and what there is of the output matrix: as many words, or inner nodes.
        let output = trained.output().expect("it was kept");
        let nodes = usize::from(objective == Objective::HierarchicalSoftmax);
        assert_eq!(output.len(), (vocabulary.len() - nodes) * config.dim, "{what}");
        let largest_output = output.iter().fold(0.0, |largest: f64, &number| largest.max(f64::from(number).abs()));
        for (found, expected, largest) in
            [(trained.vectors().numbers(), &plain.input, largest), (output, &plain.output, largest_output)]
        {
            for (row, (found, expected)) in found.chunks(config.dim).zip(expected).enumerate() {
                let near = found.iter().zip(expected).all(|(&a, b)| (f64::from(a) - b).abs() < 1e-3 * largest);
                assert!(near, "{what}, row {row}: {found:?}, {expected:?} expected");
            }
        }
    }
}
