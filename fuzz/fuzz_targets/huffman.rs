//! Huffman codes: of the smallest total length, complete, free of prefixes, and bounded.
#![no_main]

use std::collections::HashMap;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use w2v_core::error::Error;
use w2v_core::huffman::{Huffman, Link, MAX_CODE_LENGTH, Path, required_len, required_weights};
use w2v_tests::reference::huffman_cost;

/// Counts as differences or as multiples of their sum, which makes trees flat or deep.
#[derive(Arbitrary, Debug)]
struct Input {
    deep: bool,
    steps: Vec<u8>,
    raw: Vec<u64>,
}

impl Input {
    fn counts(&self) -> Vec<u64> {
        let mut counts = vec![1u64];
        let mut sum = 1u64;
        for &step in &self.steps {
            let last = counts[counts.len() - 1];
            let grown = if self.deep {
                sum.saturating_add(u64::from(step)).saturating_sub(last / 2)
            } else {
                last.saturating_add(u64::from(step))
            };
            counts.push(grown.max(last));
            sum = sum.saturating_add(grown);
        }
        counts.extend(&self.raw);
        counts.sort_unstable_by(|a, b| b.cmp(a));
        counts
    }
}

/// The smallest sum of counts with which a code of `length` bits can occur: a Fibonacci number.
fn least_tokens(length: usize) -> u128 {
    let (mut last, mut this) = (1u128, 1u128);
    for _ in 0..length {
        (last, this) = (this, last + this);
    }
    this
}

fuzz_target!(|input: Input| {
    let counts = input.counts();
    let mut links = vec![Link::default(); required_len(counts.len())];
    let mut weights = vec![0; required_weights(counts.len())];
    let tokens: u128 = counts.iter().map(|&count| u128::from(count)).sum();
    let tree = match Huffman::new(&counts, &mut links, &mut weights) {
        Ok(tree) => tree,
        Err(Error::Size) => return assert!(counts.len() < 2),
        Err(Error::Order) => return assert!(counts.contains(&0)),
        Err(Error::CodeLength) => return assert!(tokens >= least_tokens(MAX_CODE_LENGTH + 1)),
        Err(other) => panic!("{other}"),
    };
    let (mut cost, mut share) = (0u128, 0u128);
    let mut below = HashMap::new();
    let mut path = Path::new();
    for (word, &count) in (0u32..).zip(&counts) {
        tree.path(word, &mut path).expect("a word of the tree");
        let nodes = path.nodes();
        cost += u128::from(count) * nodes.len() as u128;
        share += 1u128 << (MAX_CODE_LENGTH - nodes.len());
        assert_eq!(nodes[0] as usize, counts.len() - 2, "a path begins at the root");
        // Below each turn there is one node or one word, the same on every path: so no code begins
        // another.
        let ends = nodes[1..].iter().map(|&node| (node, None)).chain([(0, Some(word))]);
        for (bit, (&node, end)) in nodes.iter().zip(ends).enumerate() {
            let found = *below.entry((node, path.code() >> bit & 1)).or_insert(end);
            assert_eq!(found, end, "two things below one turn");
        }
    }
    assert_eq!(share, 1 << MAX_CODE_LENGTH, "Kraft's sum is not 1");
    // Beyond u64 the weights of the tree saturate, and it is a tree but not the best.
    if tokens <= u128::from(u64::MAX) {
        assert_eq!(cost, huffman_cost(&counts));
    }
});
