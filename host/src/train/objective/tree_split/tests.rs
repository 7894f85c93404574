//! Tests of the split of the tree.

use super::*;
use crate::text::corpus::SENTENCE_END;
use crate::train::rounds::pairs::{Pair, Pairing, Pairs, Placement};
use std::collections::HashSet;
use w2v_core::rng::SplitMix64;

/// Shows the tree of `words` words whose counts fall as Zipf's law has them, and its cut.
fn with_cut(words: usize, show: impl FnOnce(Huffman<'_>, &[f64], Cut)) {
    let counts: Vec<u64> = (1..=words as u64).map(|rank| 1_000_000 / rank + 1).collect();
    let links = initial_state::tree(&counts).unwrap();
    let tree = Huffman::from_links(&links);
    let tokens: Vec<f64> = counts.iter().map(|&count| (count as f64).sqrt()).collect();
    let cut = Cut::new(Partitioning::choose(words, 100), 256, tree, &tokens).unwrap();
    show(tree, &tokens, cut);
}

/// The partition of `word` and its number there, by way of its column.
fn place(cut: &Cut, word: u32) -> (usize, u32) {
    let (column, number) = cut.column(word);
    assert!(column < cut.columns());
    let mut places = (0..cut.parts().len()).flat_map(|part| cut.columns_of(part).map(move |place| (part, place)));
    let (part, (_, first)) = places.find(|&(_, (other, _))| other == column).unwrap();
    (part, first + u32::from(number))
}

#[test]
fn a_partition_of_many_words_has_several_columns() {
    // The rare ones make up one subtree.
    let counts: Vec<u64> = std::iter::repeat_n(1 << 20, 512).chain(std::iter::repeat_n(1, 200_000)).collect();
    let cut = Cut::of_counts(Partitioning::choose(counts.len(), 1), 256, &counts, &vec![u32::MAX; counts.len()]);
    let cut = cut.unwrap();
    // One has four.
    assert_eq!(cut.columns(), cut.parts().len() + 3);
    let subtrees: Vec<_> = cut.subtrees_by_column().collect();
    // Of many, for each is looked for.
    let words: Vec<u32> = (0..counts.len() as u32).step_by(97).collect();
    for &word in &words {
        let (part, number) = cut.places()[word as usize];
        assert_eq!(place(&cut, word), (part.into(), number), "word {word}");
        let (column, target) = cut.column(word);
        assert_eq!(subtrees[column][usize::from(target)], cut.parts()[usize::from(part)].subtrees[number as usize]);
    }

    // Each word's neighbours are its context.
    let pairing = Pairing { placement: &cut, keep: &[], window: 1 };
    let mut pairs = Pairs::default();
    let tokens = [&words[..], &[SENTENCE_END]].concat();
    let runs = pairs.take(&pairing, &tokens, 1 << 20, SplitMix64::new);
    let [chunk] = pairs.fill(&pairing, runs[0].clone()) else { panic!("one chunk") };
    assert_eq!(chunk.len(), 2 * (words.len() - 1));
    for (&context, &center) in words.iter().zip(&words[1..]).chain(words[1..].iter().zip(&words)) {
        let ((input_part, input), (column, target)) = (cut.input(context), cut.target(center));
        let found = chunk.bucket(input_part * cut.columns() + column);
        assert!(found.contains(&Pair { input, target }), "{context} and {center}");
    }
}

#[test]
fn every_node_has_one_row_and_every_path_its_two_parts() {
    for words in [2, 3, 5, 130, 1000, 20_000] {
        with_cut(words, |tree, _, cut| {
            // A row of the crown, or a partition and a row of it.
            let mut row_of_node = vec![None; words - 1];
            walk(tree, |word, path| {
                let (part, number) = place(&cut, word as u32);
                let (above, crown_code) = cut.crown().get(cut.parts()[part].subtrees[number as usize]);
                let (below, code) = cut.parts()[part].paths.get(number);
                let rows = above.iter().map(|&row| (None, row)).chain(below.iter().map(|&row| (Some(part), row)));
                assert_eq!(above.len() + below.len(), path.nodes().len());
                for (&node, row) in path.nodes().iter().zip(rows) {
                    assert_eq!(*row_of_node[node as usize].get_or_insert(row), row);
                }
                assert_eq!(crown_code | code.checked_shl(above.len() as u32).unwrap_or(0), path.code());
            })
            .unwrap();
            let rows: HashSet<_> = row_of_node.into_iter().map(Option::unwrap).collect();
            assert_eq!(rows.len(), words - 1);
            let below = cut.parts().iter().map(|part| part.rows).sum::<usize>();
            assert_eq!(cut.crown_rows() + below, words - 1);
            let inside = |&(part, row): &(Option<usize>, u32)| {
                (row as usize) < part.map_or(cut.crown_rows(), |part| cut.parts()[part].rows)
            };
            assert!(rows.iter().all(inside));
        });
    }
}

#[test]
fn partitions_have_about_the_same_work() {
    with_cut(20_000, |tree, tokens, cut| {
        let mut work = vec![0.0; cut.parts().len()];
        for (word, tokens) in (0..tree.words() as u32).zip(tokens) {
            let (part, number) = place(&cut, word);
            work[part] += cut.parts()[part].paths.get(number).0.len() as f64 * tokens;
        }
        let mean = work.iter().sum::<f64>() / work.len() as f64;
        assert!(work.len() > 1 && work.iter().all(|work| (work / mean - 1.0).abs() < 0.1), "{work:?}");
    });
}
