//! Tests of segments, and the text that other tests of the phases use.

use super::*;
use crate::train::windows::Sampling;
use w2v_core::rng::SplitMix64;

/// The largest reach of [`segment`].
pub(in crate::train::phases) const WINDOW: usize = 4;

/// How words 0 to 99 are cut, in three partitions.
pub(in crate::train::phases) fn sampler() -> WindowSampler {
    let places = (0..100).map(|word| ((word % 3) as u16, word / 3));
    let words = Words::new(3, places, &[u32::MAX; 100]);
    WindowSampler { words, window: WINDOW, division: CbowGradient::Exact }
}

/// The kept text and the places of all centers of `text`, in one chunk.
pub(in crate::train::phases) fn text(sampler: &WindowSampler, text: &[u32]) -> (KeptText, Range<usize>) {
    let mut kept = KeptText::default();
    let sampling = Sampling { share: |_| u32::MAX, window: sampler.window, chunk: text.len() };
    let centers = kept.take(text, &sampling, |_| SplitMix64::new(1));
    (kept, centers[0].clone())
}

/// Words 0 to 99 in sentences of ten.
fn sentences() -> Vec<u32> {
    let sentences = (0..100).collect::<Vec<_>>();
    sentences.chunks(10).flat_map(|sentence| [sentence, &[SENTENCE_END]].concat()).collect()
}

/// The windows of all of them.
pub(in crate::train::phases) fn segment() -> Segment {
    let mut segment = Segment::default();
    // Used before.
    for sentences in [&sentences()[..7], &sentences()] {
        let (text, centers) = text(&sampler(), sentences);
        segment.fill(&sampler(), &text, centers);
    }
    segment
}

#[test]
fn all_text_is_read_and_no_window_leaves_its_sentence() {
    let segment = segment();
    assert_eq!((segment.len(), segment.tokens.len()), (100, 100));
    let words = || segment.tokens.iter().map(|token| token.before + token.after);
    assert_eq!(segment.words(), words().map(u64::from).sum::<u64>());
    assert_eq!((segment.widest(), words().max()), (2 * WINDOW, Some(2 * WINDOW as u16)));
    for (place, &Token { row, before, after, factor, .. }) in segment.tokens.iter().enumerate() {
        assert_eq!((segment.parts[place], row), ((place % 3) as u16, place as u32 / 3));
        assert!(usize::from(before) <= WINDOW.min(place % 10), "token {place}");
        assert!(usize::from(after) <= WINDOW.min(9 - place % 10), "token {place}");
        assert_eq!(factor, 1.0 / f32::from(before + after));
    }
}

#[test]
fn a_part_of_a_text_has_its_windows_and_their_context() {
    let (text, _) = text(&sampler(), &sentences());
    let all = segment();
    // Words 23 to 45 and two ends of sentences.
    let mut part = Segment::default();
    part.fill(&sampler(), &text, 25..50);
    // In the first sentence there are three words before, in the last one four after.
    assert_eq!((part.len(), part.centers.clone(), part.tokens.len()), (23, 3..26, 3 + 23 + 4));
    assert_eq!(part.rows, all.rows[20..50]);
    let contexts = |segment: &Segment, centers: Range<usize>| -> Vec<_> {
        segment.tokens[centers].iter().map(|token| (token.before, token.after)).collect()
    };
    assert_eq!(contexts(&part, 3..26), contexts(&all, 23..46));
    let runs: Vec<_> = (0..2).flat_map(|number| part.runs(1, number, 2)).collect();
    assert_eq!(runs, [3..14, 14..26]);
    assert_eq!(part.overlap(100).1, part.words());
}

#[test]
fn runs_of_batches_are_all_of_a_segment_and_take_turns() {
    let segment = segment();
    for (parts, batches) in [(1, 1), (1, 7), (4, 5), (8, 64), (100, 3)] {
        let of_batch = |number| segment.runs(parts, number, batches).collect::<Vec<_>>();
        let all: Vec<Vec<Range<usize>>> = (0..batches).map(of_batch).collect();
        assert!(all.iter().all(|runs| runs.len() == parts));
        let in_turn = (0..parts).flat_map(|part| all.iter().map(move |runs| runs[part].clone()));
        assert!(in_turn.clone().all(|run| run.len() <= 100_usize.div_ceil(parts * batches)));
        assert!(in_turn.flatten().eq(0..100), "{parts} {batches}");
    }
}

#[test]
fn gain_is_how_often_a_context_word_is_one_in_these_windows() {
    // Of two words by turns, with a reach of one, each of the windows 2 to 5 has the other word
    // twice.
    let places = (0..2).map(|word| (0, word));
    let sampler =
        WindowSampler { words: Words::new(1, places, &[u32::MAX; 2]), window: 1, division: CbowGradient::Undivided };
    let mut segment = Segment::default();
    let (text, centers) = text(&sampler, &[0, 1, 0, 1, 0, 1, 0, 1, SENTENCE_END]);
    segment.fill(&sampler, &text, centers);
    assert_eq!(segment.overlap(4), (2 * 4 * 4, 8));
    // The windows at the ends have one context word.
    assert_eq!(segment.overlap(8), (2 * 7 * 7, 14));
    assert_eq!(segment.overlap(100), segment.overlap(8));
    assert_eq!(Segment::default().overlap(8), (0, 0));
}
