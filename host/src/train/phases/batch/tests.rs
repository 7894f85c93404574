//! Tests of batches.

use super::*;
use crate::train::phases::division::MOST_THREADS;
use crate::train::phases::segment::tests::{WINDOW, sampler, segment};
use w2v_core::lanes::Lanes;

/// A batch of two runs: the windows of 12 words in the middle of a segment, and of the last three
/// words of an equal segment.
fn batch() -> Batch {
    let segments = [segment(), segment()];
    let mut batch = Batch::default();
    // The batch has been used before.
    for runs in
        [vec![(&segments[0], 0..50)], vec![(&segments[0], 44..56), (&segments[1], 3..3), (&segments[1], 97..100)]]
    {
        batch.fill(&sampler(), runs.into_iter(), 2);
    }
    batch
}

#[test]
fn windows_have_the_context_that_they_have_in_the_segment() {
    let (batch, segment) = (batch(), segment());
    assert_eq!((batch.len(), batch.centers.len()), (15, 15));
    let mut all = Batch::default();
    all.fill(&sampler(), [(&segment, 0..100)].into_iter(), 1);
    assert_eq!((all.len(), all.rows().len()), (100, 100));
    for (&center, place) in batch.centers.iter().zip((44..56).chain(97..100)) {
        assert!(batch.context(center).eq(all.context(place)), "token {place}");
        assert_eq!(batch.rows()[center as usize], all.rows()[place as usize]);
    }
    // Some context is before or after the centers, in the same sentences.
    assert!(batch.rows().len() > 15 && batch.rows().len() <= 4 + 12 + 4 + 4 + 3, "{}", batch.rows().len());
}

#[test]
fn a_token_learns_from_the_windows_that_have_it_as_context() {
    let batch = batch();
    let (mut found, mut run) = ([(0, 0.0); 2 * WINDOW], 0);
    let border = batch.runs[0].end;
    for place in 0..batch.rows().len() {
        let row = batch.rows()[place];
        let of_piece = |center: &&u32| (**center < border as u32) == (place < border);
        let has_it = |center: &&u32| batch.context(**center).any(|other| other == row);
        let of_window = |&center: &u32| (batch.token(center).window, batch.token(center).factor);
        let expected: Vec<_> = batch.centers.iter().filter(of_piece).filter(has_it).map(of_window).collect();
        assert!(!expected.is_empty(), "token {place}");
        assert_eq!(batch.windows(place, &mut run, WINDOW, &mut found), expected, "token {place}");
    }
    // Some tokens may be skipped, because a share does not learn all of them.
    let (last, mut run) = (batch.rows().len() - 1, 0);
    assert!(!batch.windows(last, &mut run, WINDOW, &mut found).is_empty());
    assert_eq!(run, 1);
}

#[test]
fn windows_lie_by_partition() {
    let batch = batch();
    let mut windows: Vec<(u32, u16)> = batch.in_turn(8).map(|(token, part)| (token.window, part)).collect();
    windows.sort_unstable();
    assert!(windows.iter().zip(0..).all(|(&(window, _), number)| window == number));
    assert!(windows.is_sorted_by_key(|&(_, part)| part));
    for part in 0..3 {
        let of_part: Vec<u32> = batch.tokens(part).iter().map(|&place| batch.token(place).window).collect();
        let expected = windows.iter().filter(|&&(_, other)| usize::from(other) == part).map(|&(window, _)| window);
        assert!(expected.eq(of_part));
    }
}

#[test]
fn each_window_is_gathered_and_each_token_learnt_once() {
    for (len, threads) in [(1000, 1), (1000, 2), (1000, 3), (1000, MOST_THREADS), (1, 16), (2, 16), (17, 16)] {
        // Words that occur several times, some with rows beyond the number of classes.
        let rows: Vec<u32> = (0..len).map(|place| place * place % 89 * (place % 7) * 100).collect();
        let tokens = (0..len).rev().map(|window| Token { window, ..Token::default() }).collect();
        let centers = (0..len).collect();
        let mut batch = Batch { tokens, centers, rows: rows.clone(), ..Batch::default() };
        batch.share_out(threads);
        let mut lanes = vec![Lanes::ZERO; 60_000];
        let mut gathered = Vec::new();
        for (places, mut hand) in batch.gathering(MatrixMut::new(&mut lanes, len as usize, 1).unwrap()) {
            let windows = places.iter().map(|&place| batch.token(place).window);
            gathered.extend(windows.filter(|&window| hand.row_mut(window).is_some()));
        }
        assert!(gathered.into_iter().eq((0..len).rev()), "{len} tokens, {threads} threads");
        let mut learnt = vec![0; len as usize];
        let shares = batch.learning(MatrixMut::new(&mut lanes, 60_000, 1).unwrap());
        assert!(shares.len() <= threads);
        for (share, mut hand) in shares {
            let tokens = batch.learnt_by(share);
            assert!(tokens.is_sorted());
            for (place, row) in tokens {
                assert!(row == rows[place as usize] && hand.row_mut(row).is_some());
                learnt[place as usize] += 1;
            }
        }
        assert!(learnt.into_iter().all(|times| times == 1), "{len} tokens, {threads} threads");
    }
}

#[test]
fn sections_take_turns() {
    let turns = |len: u32, segments| {
        let tokens = (0..len).map(|window| Token { window, ..Token::default() }).collect();
        let centers = (0..len).collect();
        let batch = Batch { tokens, centers, parts: vec![0; len as usize], ..Batch::default() };
        batch.in_turn(segments).map(|(token, _)| token.window).collect::<Vec<_>>()
    };
    assert_eq!(turns(11, 4), [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8]);
    assert_eq!(turns(4, 8), [0, 1, 2, 3]);
    for len in [0, 1, 7, 8, 9, 57, 1023, 1024, 1025] {
        let mut sorted = turns(len, 8);
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..len), "{len}");
    }
}
