//! What the schedules would get out of many threads, by counting the work of an epoch of a corpus,
//! shared out as the trainer does it: skip-gram's rounds bucket by bucket, the averagings of its
//! tree's upper nodes, and the phases of CBOW's batches.
//!
//! It counts work only: a pair, a window, a token or a node is a unit, a message or a barrier is
//! free, and no cache or memory is shared.

mod batches;
mod rounds;

use batches::Batches;
use w2v::Config;
use w2v::Corpus;
use w2v::Result;
use w2v::internals::pairs::{Chunk, Pairing, Pairs, Placement};
use w2v::internals::{Partitioning, TreeSplit, negative, superbatch, tree};
use w2v_core::rng::SplitMix64;
use w2v_core::subsample::{keep_share, keeps};

fn main() -> Result<()> {
    let Some(path) = std::env::args_os().nth(1) else {
        println!("usage: schedule FILE");
        return Ok(());
    };
    let config = Config { sample: 1e-4, ..Config::default() };
    let corpus = Corpus::from_files([path])?;
    let vocabulary = corpus.vocabulary();
    let (words, counts) = (vocabulary.len(), vocabulary.counts());
    let keep: Vec<u32> = counts.iter().map(|&count| keep_share(count, vocabulary.tokens(), config.sample)).collect();

    println!("Skip-gram, negative sampling");
    let partitioning = Partitioning::choose(words, config.dim);
    let mut buckets = Vec::new();
    each_superbatch(&corpus, &config, &keep, &partitioning, negative::MOST_PAIRS, |chunks| {
        buckets.push(rounds::pairs(&partitioning, chunks));
    })?;
    rounds::report(&[], &buckets, partitioning.parts());

    println!("\nSkip-gram, tree");
    let split = TreeSplit::skip_gram(counts, &keep, config.dim)?;
    let (mut uppers, mut buckets) = (Vec::new(), Vec::new());
    each_superbatch(&corpus, &config, &keep, &split, tree::MOST_PAIRS, |chunks| {
        uppers.extend(chunks.chunks(tree::CHUNKS).map(|chunks| rounds::upper_nodes(&split, chunks)));
        buckets.push(rounds::nodes_below(&split, chunks));
    })?;
    rounds::report(&uppers, &buckets, split.parts().len());

    let partitioning = Partitioning::of_bytes(words, config.dim, usize::MAX);
    let mut batches = Batches::new(partitioning.clone(), TreeSplit::cbow(partitioning, counts, &keep)?);
    let mut rng = SplitMix64::new(config.seed);
    let (mut pass, mut tokens) = (corpus.pass(), Vec::new());
    while pass.read(&mut tokens, 1 << 20)? > 0 {
        // A sentence's end is no word, and has no share.
        let kept = |&&word: &&u32| keep.get(word as usize).is_some_and(|&share| keeps(share, &mut rng));
        tokens.iter().filter(kept).for_each(|&word| batches.add(word));
        tokens.clear();
    }
    batches.report();
    Ok(())
}

/// Shows the pairs of each superbatch of an epoch, placed as `placement` has it.
fn each_superbatch(
    corpus: &Corpus,
    config: &Config,
    keep: &[u32],
    placement: &(impl Placement + Sync),
    most_pairs: u64,
    mut show: impl FnMut(&[Chunk]),
) -> Result<()> {
    let len = superbatch(corpus.tokens(), config.window, most_pairs);
    let pairing = Pairing { placement, keep, window: config.window };
    let (mut pass, mut tokens, mut pairs, mut number) = (corpus.pass(), Vec::new(), Pairs::default(), 0);
    while pass.read(&mut tokens, len)? > 0 {
        let generator = |chunk| SplitMix64::at(&[config.seed, number, chunk]);
        for portion in pairs.take(&pairing, &tokens, most_pairs, generator) {
            show(pairs.fill(&pairing, portion));
        }
        tokens.clear();
        number += 1;
    }
    Ok(())
}
