//! The Huffman tree: optimal by an independent method, a complete prefix code, bounded, and
//! deterministic in ties.

use proptest::prelude::*;
use w2v_core::error::Error;
use w2v_core::huffman::{self, Huffman, Link, MAX_CODE_LENGTH, Path};
use w2v_tests::reference;

/// The path of every word, or why there is no tree.
fn build(counts: &[u64]) -> Result<Vec<Path>, Error> {
    let mut links = vec![Link::default(); huffman::required_len(counts.len())];
    let mut weights = vec![0; huffman::required_weights(counts.len())];
    let tree = Huffman::new(counts, &mut links, &mut weights)?;
    (0..counts.len() as u32)
        .map(|word| {
            let mut path = Path::new();
            tree.path(word, &mut path).map(|()| path)
        })
        .collect()
}

/// Fails unless the paths are an optimal, complete prefix code over the inner nodes `0..words − 1`.
fn assert_optimal(counts: &[u64], paths: &[Path]) {
    let lengths = || paths.iter().map(|path| path.nodes().len());
    let cost: u128 = counts.iter().zip(lengths()).map(|(&count, length)| u128::from(count) * length as u128).sum();
    assert_eq!(cost, reference::huffman_cost(counts), "the total cost is the least possible");
    // Kraft: Σ 2^−length = 1, in units of 2^−MAX_CODE_LENGTH.
    let kraft: u128 = lengths().map(|length| 1 << (MAX_CODE_LENGTH - length)).sum();
    assert_eq!(kraft, 1 << MAX_CODE_LENGTH, "the code is complete");

    // Walking every path from the root, each (node, bit) leads to one place only: so no code is
    // another's prefix.
    let mut children = std::collections::HashMap::new();
    for (word, path) in paths.iter().enumerate() {
        assert_eq!(path.nodes()[0] as usize, counts.len() - 2, "paths start at the root");
        for (k, &node) in path.nodes().iter().enumerate() {
            assert!((node as usize) < counts.len() - 1, "{node} is an inner node");
            let bit = (path.code() >> k) & 1;
            let child = path.nodes().get(k + 1).map_or(Err(word), |&node| Ok(node));
            assert_eq!(*children.entry((node, bit)).or_insert(child), child, "bit {bit} of node {node}");
        }
        assert_eq!(path.code().checked_shr(path.nodes().len() as u32).unwrap_or(0), 0, "no bits beyond the code");
    }
    assert_eq!(children.len(), 2 * (counts.len() - 1), "every inner node has two children");
}

/// Counts of which each joins the tree so far: 1, 1, 2, 3, 5, … in falling order, the deepest tree
/// for their sum.
fn fibonacci(words: usize) -> Vec<u64> {
    let mut counts = vec![1, 1];
    while counts.len() < words {
        counts.push(counts[counts.len() - 1] + counts[counts.len() - 2]);
    }
    counts.truncate(words);
    counts.reverse();
    counts
}

#[test]
fn codes_longer_than_those_that_overrun_word2vec_c() {
    for words in [41, 42, 45, MAX_CODE_LENGTH + 1] {
        let counts = fibonacci(words);
        let paths = build(&counts).expect("within the bound");
        assert_eq!(paths[words - 1].nodes().len(), words - 1);
        assert_optimal(&counts, &paths);
    }
}

#[test]
fn a_code_beyond_the_bound_is_an_error() {
    let shortest = fibonacci(MAX_CODE_LENGTH + 2);
    assert_eq!(build(&shortest).err(), Some(Error::CodeLength));
    assert!(shortest.iter().sum::<u64>() > 30_000_000_000, "as many tokens as the documentation says");
    assert_eq!(build(&fibonacci(90)).err(), Some(Error::CodeLength));
}

#[test]
fn counts_that_sum_beyond_u64_do_not_overflow() {
    let counts = [u64::MAX, u64::MAX, u64::MAX, u64::MAX / 2, 1];
    let paths = build(&counts).expect("a tree");
    let kraft: u128 = paths.iter().map(|path| 1 << (MAX_CODE_LENGTH - path.nodes().len())).sum();
    assert_eq!(kraft, 1 << MAX_CODE_LENGTH);
}

#[test]
fn the_smallest_vocabularies() {
    assert_eq!(build(&[]).err(), Some(Error::Size));
    assert_eq!(build(&[9]).err(), Some(Error::Size));
    let paths = build(&[9, 4]).expect("two words");
    let codes: Vec<_> = paths.iter().map(|path| (path.nodes().to_vec(), path.code())).collect();
    // The rarer word is the first child, as in word2vec.c.
    assert_eq!(codes, [(vec![0], 1), (vec![0], 0)]);
}

#[test]
fn ties_are_broken_the_same_way_always() {
    for words in [2, 3, 4, 7, 8, 100] {
        let counts = vec![5; words];
        let paths = build(&counts).expect("a tree");
        assert_optimal(&counts, &paths);
        let shortest = words.ilog2() as usize;
        assert!(paths.iter().all(|path| path.nodes().len() == shortest || path.nodes().len() == shortest + 1));
    }
    let codes = |counts: &[u64]| {
        let paths = build(counts).expect("a tree");
        paths.iter().map(|path| (path.nodes().to_vec(), path.code())).collect::<Vec<_>>()
    };
    // Four equal words: the last two join first.
    assert_eq!(codes(&[5; 4]), [(vec![2, 1], 0b11), (vec![2, 1], 0b01), (vec![2, 0], 0b10), (vec![2, 0], 0b00)]);
    // A leaf as heavy as an inner node: the inner node is the first child.
    assert_eq!(codes(&[2, 1, 1]), [(vec![1], 0b1), (vec![1, 0], 0b10), (vec![1, 0], 0b00)]);
}

#[test]
fn impossible_arguments_are_refused() {
    assert_eq!(build(&[3, 4]).err(), Some(Error::Order));
    assert_eq!(build(&[3, 0]).err(), Some(Error::Order));
    let too_short = Error::TooShort { needed: 5, given: 4 };
    assert_eq!(Huffman::new(&[3, 2, 1], &mut [Link::default(); 4], &mut [0; 2]).err(), Some(too_short));
    let too_short = Error::TooShort { needed: 2, given: 1 };
    assert_eq!(Huffman::new(&[3, 2, 1], &mut [Link::default(); 5], &mut [0; 1]).err(), Some(too_short));
    let (mut links, mut weights) = ([Link::default(); 5], [0; 2]);
    let tree = Huffman::new(&[3, 2, 1], &mut links, &mut weights).expect("a tree");
    assert_eq!((tree.words(), tree.path(3, &mut Path::new())), (3, Err(Error::Row { row: 3, rows: 3 })));
}

#[test]
fn a_tree_in_a_longer_buffer_is_found_again_by_its_links() {
    let mut buffer = [Link::default(); 9];
    let tree = Huffman::new(&[3, 2, 1], &mut buffer, &mut [0; 2]).expect("a tree");
    let again = Huffman::from_links(tree.links());
    assert_eq!((tree.links().len(), again.words()), (huffman::required_len(3), 3));
    for word in 0..3 {
        let (mut path, mut expected) = (Path::new(), Path::new());
        tree.path(word, &mut expected).expect("a word");
        again.path(word, &mut path).expect("a word");
        assert_eq!((path.nodes(), path.code()), (expected.nodes(), expected.code()));
    }
}

#[test]
fn links_that_are_no_whole_tree_have_no_paths() {
    let mut buffer = [Link::default(); 9];
    Huffman::new(&[3, 2, 1], &mut buffer, &mut [0; 2]).expect("a tree");
    for word in 0..5 {
        assert_eq!(Huffman::from_links(&buffer).path(word, &mut Path::new()), Err(Error::CodeLength), "{word}");
    }
    // A part of a tree points beyond itself.
    assert_eq!(Huffman::from_links(&buffer[..2]).path(0, &mut Path::new()), Err(Error::CodeLength));
    for len in [0, 1] {
        assert!(Huffman::from_links(&buffer[..len]).path(0, &mut Path::new()).is_err(), "{len}");
    }
}

proptest! {
    #[test]
    fn any_counts_give_an_optimal_tree(mut counts in prop::collection::vec(1_u64..1_000_000, 2..300)) {
        counts.sort_unstable_by(|a, b| b.cmp(a));
        assert_optimal(&counts, &build(&counts).expect("a tree"));
    }

    #[test]
    fn few_different_counts_give_an_optimal_tree(mut counts in prop::collection::vec(1_u64..4, 2..300)) {
        counts.sort_unstable_by(|a, b| b.cmp(a));
        assert_optimal(&counts, &build(&counts).expect("a tree"));
    }

    #[test]
    fn counts_of_any_size_give_an_optimal_tree(mut bits in prop::collection::vec(0_u32..48, 2..60)) {
        bits.sort_unstable_by(|a, b| b.cmp(a));
        let counts: Vec<u64> = bits.into_iter().map(|bits| 1 << bits).collect();
        assert_optimal(&counts, &build(&counts).expect("a tree"));
    }
}
