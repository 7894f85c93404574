//! Tests of the split of the tree.

use super::*;
use crate::text::corpus::SENTENCE_END;
use crate::train::rounds::pairs::{Pair, Pairing, Pairs, Placement};
use std::collections::HashSet;
use w2v_core::rng::SplitMix64;

/// Calls `show` with the tree of `words` words whose counts follow Zipf's law, the trained tokens,
/// and the split.
fn with_split(words: usize, show: impl FnOnce(Huffman<'_>, &[f64], TreeSplit)) {
    let counts: Vec<u64> = (1..=words as u64).map(|rank| 1_000_000 / rank + 1).collect();
    let links = initial_state::tree(&counts).unwrap();
    let tree = Huffman::from_links(&links);
    let tokens: Vec<f64> = counts.iter().map(|&count| (count as f64).sqrt()).collect();
    let split = TreeSplit::new(Partitioning::choose(words, 100), 256, tree, &tokens).unwrap();
    show(tree, &tokens, split);
}

/// The partition of `word` and the word's number in the partition, found by its target block.
fn place(split: &TreeSplit, word: u32) -> (usize, u32) {
    let (block, number) = split.target_block(word);
    assert!(block < split.target_blocks());
    let mut places =
        (0..split.parts().len()).flat_map(|part| split.target_blocks_of(part).map(move |place| (part, place)));
    let (part, (_, first)) = places.find(|&(_, (other, _))| other == block).unwrap();
    (part, first + u32::from(number))
}

#[test]
fn a_partition_of_many_words_has_several_target_blocks() {
    // All rare words are in one subtree.
    let counts: Vec<u64> = std::iter::repeat_n(1 << 20, 512).chain(std::iter::repeat_n(1, 200_000)).collect();
    let split =
        TreeSplit::of_counts(Partitioning::choose(counts.len(), 1), 256, &counts, &vec![u32::MAX; counts.len()]);
    let split = split.unwrap();
    // One partition has four target blocks.
    assert_eq!(split.target_blocks(), split.parts().len() + 3);
    let subtrees: Vec<_> = split.subtrees_by_block().collect();
    // Only some words, because each is searched for.
    let words: Vec<u32> = (0..counts.len() as u32).step_by(97).collect();
    for &word in &words {
        let (part, number) = split.places()[word as usize];
        assert_eq!(place(&split, word), (part.into(), number), "word {word}");
        let (block, target) = split.target_block(word);
        assert_eq!(subtrees[block][usize::from(target)], split.parts()[usize::from(part)].subtrees[number as usize]);
    }

    // With a window of 1, the neighbours of a word are its context.
    let pairing = Pairing { placement: &split, keep: &vec![u32::MAX; counts.len()], window: 1 };
    let mut pairs = Pairs::default();
    let tokens = [&words[..], &[SENTENCE_END]].concat();
    let portions = pairs.take(&pairing, &tokens, 1 << 20, SplitMix64::new);
    let [chunk] = pairs.fill(&pairing, portions[0].clone()) else { panic!("one chunk") };
    assert_eq!(chunk.len(), 2 * (words.len() - 1));
    for (&context, &center) in words.iter().zip(&words[1..]).chain(words[1..].iter().zip(&words)) {
        let ((input_part, input), (block, target)) = (split.input(context), split.target(center));
        let found = chunk.bucket(input_part * split.target_blocks() + block);
        assert!(found.contains(&Pair { input, target }), "{context} and {center}");
    }
}

#[test]
fn every_node_has_one_row_and_every_path_its_two_parts() {
    for words in [2, 3, 5, 130, 1000, 20_000] {
        with_split(words, |tree, _, split| {
            // For each node its row: (`None`, a row of the upper nodes), or (a partition, a row of
            // this partition).
            let mut row_of_node = vec![None; words - 1];
            walk(tree, |word, path| {
                let (part, number) = place(&split, word as u32);
                let (above, upper_code) = split.upper_paths().get(split.parts()[part].subtrees[number as usize]);
                let (below, code) = split.parts()[part].paths.get(number);
                let rows = above.iter().map(|&row| (None, row)).chain(below.iter().map(|&row| (Some(part), row)));
                assert_eq!(above.len() + below.len(), path.nodes().len());
                for (&node, row) in path.nodes().iter().zip(rows) {
                    assert_eq!(*row_of_node[node as usize].get_or_insert(row), row);
                }
                assert_eq!(upper_code | code.checked_shl(above.len() as u32).unwrap_or(0), path.code());
            })
            .unwrap();
            let rows: HashSet<_> = row_of_node.into_iter().map(Option::unwrap).collect();
            assert_eq!(rows.len(), words - 1);
            let below = split.parts().iter().map(|part| part.rows).sum::<usize>();
            assert_eq!(split.upper_rows() + below, words - 1);
            let inside = |&(part, row): &(Option<usize>, u32)| {
                (row as usize) < part.map_or(split.upper_rows(), |part| split.parts()[part].rows)
            };
            assert!(rows.iter().all(inside));
        });
    }
}

#[test]
fn partitions_have_about_the_same_work() {
    with_split(20_000, |tree, tokens, split| {
        let mut work = vec![0.0; split.parts().len()];
        for (word, tokens) in (0..tree.words() as u32).zip(tokens) {
            let (part, number) = place(&split, word);
            work[part] += split.parts()[part].paths.get(number).0.len() as f64 * tokens;
        }
        let mean = work.iter().sum::<f64>() / work.len() as f64;
        assert!(work.len() > 1 && work.iter().all(|work| (work / mean - 1.0).abs() < 0.1), "{work:?}");
    });
}
