//! Stretches of text, cut into windows: every kept token is the center of one window and a context word of others.

use crate::corpus::SENTENCE_END;
use crate::trainer::partition::starts;
use crate::trainer::subsample::subsample;
use std::ops::Range;
use w2v_core::kinds::CbowGradient;
use w2v_core::rng::SplitMix64;
use w2v_core::window::{Window, draw_reach};

/// Where every word's row stands, and how often its tokens are kept.
pub(super) struct Words {
    all: Vec<Word>,
    /// For each partition the first of its rows in a matrix of all; and where the last one ends.
    first_rows: Vec<u32>,
}

/// What is asked of a word, together: a rare one's is in no cache near the core.
#[derive(Clone, Copy, Debug)]
struct Word {
    /// The share of draws that keep a token.
    keep: u32,
    /// Its row in its partition.
    row: u32,
    part: u16,
}

impl Words {
    /// Words dealt into `parts` partitions: for each word its partition, its row there, and its share of draws that keep a
    /// token.
    pub(super) fn new(parts: usize, places: impl Iterator<Item = (u16, u32)>, keep: &[u32]) -> Self {
        let all: Vec<_> = places.zip(keep).map(|((part, row), &keep)| Word { keep, row, part }).collect();
        let mut first_rows = vec![0; parts + 1];
        all.iter().for_each(|word| first_rows[usize::from(word.part)] += 1);
        starts(&mut first_rows);
        Self { all, first_rows }
    }

    /// The number of partitions.
    pub(super) fn parts(&self) -> usize {
        self.first_rows.len() - 1
    }

    /// For each word its row in a matrix of all partitions.
    pub(super) fn rows(&self) -> Vec<u32> {
        self.all.iter().map(|word| self.first_rows[usize::from(word.part)] + word.row).collect()
    }
}

/// How text becomes windows.
pub(super) struct Cutting {
    pub(super) words: Words,
    /// Largest reach.
    pub(super) window: usize,
    pub(super) division: CbowGradient,
}

/// A kept token and the window around it, which is never without context.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Token {
    /// Its word's row in its partition.
    pub(super) row: u32,
    /// Its window's row in the batch.
    pub(super) window: u32,
    /// Context words before it.
    pub(super) before: u16,
    /// Context words after it.
    pub(super) after: u16,
    /// What its window's gradient is multiplied with for each of them.
    pub(super) factor: f32,
}

/// The kept tokens of a stretch of text; reused from superbatch to superbatch.
#[derive(Debug, Default)]
pub(super) struct Stretch {
    pub(super) tokens: Vec<Token>,
    /// Their partitions.
    pub(super) parts: Vec<u16>,
    /// Their words' rows in a matrix of all partitions.
    pub(super) rows: Vec<u32>,
    /// Tokens before subsampling.
    read: u64,
    /// Context words of all windows.
    words: u64,
    /// Those of the window that has most.
    widest: usize,
    kept: Vec<u32>,
    sample: Vec<u32>,
}

impl Stretch {
    /// Cuts `text` into windows: subsampled, reaches drawn, within sentences, by the draws of `rng`.
    pub(super) fn fill(&mut self, cutting: &Cutting, text: &[u32], mut rng: SplitMix64) {
        self.tokens.clear();
        self.parts.clear();
        self.rows.clear();
        (self.read, self.words, self.widest) = (0, 0, 0);
        for sentence in text.split(|&token| token == SENTENCE_END) {
            self.read += sentence.len() as u64;
            let share = |word: u32| cutting.words.all[word as usize].keep;
            subsample(sentence, share, &mut rng, &mut self.kept);
            // A word alone has no context; of several each has some.
            if self.kept.len() > 1 {
                self.cut(cutting, &mut rng);
            }
        }
    }

    #[allow(clippy::cast_possible_truncation)]
    fn cut(&mut self, cutting: &Cutting, rng: &mut SplitMix64) {
        for (center, &word) in self.kept.iter().enumerate() {
            let Word { row, part, .. } = cutting.words.all[word as usize];
            let span = Window::around(center, draw_reach(cutting.window as u32, rng), self.kept.len()).span;
            self.parts.push(part);
            self.rows.push(cutting.words.first_rows[usize::from(part)] + row);
            let (before, after) = ((center - span.start) as u16, (span.end - center - 1) as u16);
            let words = span.len() - 1;
            self.words += words as u64;
            self.widest = self.widest.max(words);
            let factor = cutting.division.part(words);
            self.tokens.push(Token { row, window: 0, before, after, factor });
        }
    }

    /// Number of windows.
    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Number of tokens that it was cut from.
    pub(super) fn read(&self) -> u64 {
        self.read
    }

    /// Number of context words that the windows have together.
    pub(super) fn words(&self) -> u64 {
        self.words
    }

    /// The context words of the window that has most.
    pub(super) fn widest(&self) -> usize {
        self.widest
    }

    /// The centers of batch `number` of `batches`: in each of `parts` equal parts of the stretch a piece of their own.
    #[allow(clippy::cast_possible_truncation)]
    pub(super) fn pieces(&self, parts: usize, number: usize, batches: usize) -> impl Iterator<Item = Range<usize>> {
        let all = parts * batches;
        let start = move |piece| (piece as u64 * self.len() as u64 / all as u64) as usize;
        let pieces = (0..parts).map(move |part| part * batches + number);
        pieces.map(move |piece| start(piece)..start(piece + 1))
    }

    /// For the windows around the middle `len` centers: of all context words the square of how often each row is among them, summed;
    /// and how many they are. One over the other is the batch's gain, if it has these windows alone.
    pub(super) fn gain(&mut self, len: usize) -> (u64, u64) {
        let first = self.len().saturating_sub(len) / 2;
        let rows = &mut self.sample;
        rows.clear();
        for (place, token) in self.tokens.iter().enumerate().skip(first).take(len) {
            rows.extend_from_slice(&self.rows[place - usize::from(token.before)..place]);
            rows.extend_from_slice(&self.rows[place + 1..=place + usize::from(token.after)]);
        }
        rows.sort_unstable();
        (rows.chunk_by(u32::eq).map(|same| (same.len() as u64).pow(2)).sum(), rows.len() as u64)
    }

    /// The places of the windows around `centers`.
    pub(super) fn around(&self, centers: &Range<usize>) -> Range<usize> {
        let tokens = || centers.clone().zip(&self.tokens[centers.clone()]);
        let first = tokens().map(|(place, token)| place - usize::from(token.before)).min();
        let last = tokens().map(|(place, token)| place + 1 + usize::from(token.after)).max();
        first.unwrap_or(centers.start)..last.unwrap_or(centers.end)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The largest reach of [`stretch`].
    pub(in super::super) const WINDOW: usize = 4;

    /// How words 0 to 99 are cut, in three partitions.
    pub(in super::super) fn cutting() -> Cutting {
        let places = (0..100).map(|word| ((word % 3) as u16, word / 3));
        let words = Words::new(3, places, &[u32::MAX; 100]);
        Cutting { words, window: WINDOW, division: CbowGradient::Exact }
    }

    /// Words 0 to 99 in sentences of ten.
    pub(in super::super) fn stretch() -> Stretch {
        let sentences: Vec<Vec<u32>> = (0..100).collect::<Vec<_>>().chunks(10).map(<[u32]>::to_vec).collect();
        let text = sentences.join(&SENTENCE_END);
        let mut stretch = Stretch::default();
        // Used before.
        for text in [&text[..7], &text] {
            stretch.fill(&cutting(), text, SplitMix64::new(1));
        }
        stretch
    }

    #[test]
    fn all_text_is_read_and_no_window_leaves_its_sentence() {
        let stretch = stretch();
        assert_eq!((stretch.len(), stretch.read()), (100, 100));
        let words = || stretch.tokens.iter().map(|token| token.before + token.after);
        assert_eq!(stretch.words(), words().map(u64::from).sum());
        assert_eq!((stretch.widest(), words().max()), (2 * WINDOW, Some(2 * WINDOW as u16)));
        for (place, &Token { row, before, after, factor, .. }) in stretch.tokens.iter().enumerate() {
            assert_eq!((stretch.parts[place], row), ((place % 3) as u16, place as u32 / 3));
            assert!(usize::from(before) <= WINDOW.min(place % 10), "token {place}");
            assert!(usize::from(after) <= WINDOW.min(9 - place % 10), "token {place}");
            assert_eq!(factor, 1.0 / f32::from(before + after));
        }
    }

    #[test]
    fn pieces_of_batches_are_all_of_a_stretch_and_take_turns() {
        let stretch = stretch();
        for (parts, batches) in [(1, 1), (1, 7), (4, 5), (8, 64), (100, 3)] {
            let of_batch = |number| stretch.pieces(parts, number, batches).collect::<Vec<_>>();
            let all: Vec<Vec<Range<usize>>> = (0..batches).map(of_batch).collect();
            assert!(all.iter().all(|pieces| pieces.len() == parts));
            let in_turn = (0..parts).flat_map(|part| all.iter().map(move |pieces| pieces[part].clone()));
            assert!(in_turn.clone().all(|piece| piece.len() <= 100_usize.div_ceil(parts * batches)));
            assert!(in_turn.flatten().eq(0..100), "{parts} {batches}");
        }
    }

    #[test]
    fn gain_is_how_often_a_context_word_is_one_in_these_windows() {
        // Of two words by turns, with a reach of one, each of the windows 2 to 5 has the other word twice.
        let places = (0..2).map(|word| (0, word));
        let cutting =
            Cutting { words: Words::new(1, places, &[u32::MAX; 2]), window: 1, division: CbowGradient::Undivided };
        let mut stretch = Stretch::default();
        stretch.fill(&cutting, &[0, 1, 0, 1, 0, 1, 0, 1], SplitMix64::new(1));
        assert_eq!(stretch.gain(4), (2 * 4 * 4, 8));
        // The windows at the ends have one context word.
        assert_eq!(stretch.gain(8), (2 * 7 * 7, 14));
        assert_eq!(stretch.gain(100), stretch.gain(8));
        assert_eq!(Stretch::default().gain(8), (0, 0));
    }
}
