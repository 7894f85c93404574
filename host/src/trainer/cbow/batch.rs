//! Stretches of text as CBOW trains them together: every kept token is the center of one window and a context word of others.

use super::balance;
use crate::corpus::SENTENCE_END;
use crate::sift;
use crate::trainer::partition::{pieces, span, starts};
use crate::trainer::subsample::subsample;
use std::ops::Range;
use w2v_core::matrix::{Hand, MatrixMut};
use w2v_core::rng::SplitMix64;
use w2v_core::train::CbowGradient;
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

/// The kept tokens of some stretches of text; reused from superbatch to superbatch.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Stretch after stretch, in the order of the text.
    tokens: Vec<Token>,
    /// Their partitions.
    parts: Vec<u16>,
    /// Their words' rows in a matrix of all partitions.
    rows: Vec<u32>,
    /// Places in `tokens` by partition, and within one in the order of the text; the order of the windows' rows.
    order: Vec<u32>,
    /// Where in `order` each partition ends.
    ends: Vec<u32>,
    /// Tokens before subsampling.
    read: u64,
    kept: Vec<u32>,
    /// For each partition the job that predicts its windows, with negative sampling.
    jobs: Vec<usize>,
    /// Tokens of each of the shares that the text has, as many as threads or fewer; the last may have fewer.
    per_share: usize,
    /// For each window the share that its center is in.
    window_owners: Vec<u8>,
    /// For each class of rows of a matrix of all partitions the share that learns them.
    row_owners: Vec<u8>,
    /// For each token the share that learns its row.
    learners: Vec<u8>,
}

impl Batch {
    /// Cuts `pieces` of text into windows: subsampled, reaches drawn, within sentences, by the draws of `rng`; and deals them to
    /// `threads`.
    pub(super) fn fill<'t>(
        &mut self,
        cutting: &Cutting,
        pieces: impl Iterator<Item = &'t [u32]>,
        mut rng: SplitMix64,
        threads: usize,
    ) {
        self.tokens.clear();
        self.parts.clear();
        self.rows.clear();
        self.read = 0;
        for sentence in pieces.flat_map(|piece| piece.split(|&token| token == SENTENCE_END)) {
            self.read += sentence.len() as u64;
            let share = |word: u32| cutting.words.all[word as usize].keep;
            subsample(sentence, share, &mut rng, &mut self.kept);
            // A word alone has no context; of several each has some.
            if self.kept.len() > 1 {
                self.cut(cutting, &mut rng);
            }
        }
        self.sort(cutting.words.parts());
        let windows: Vec<usize> = (0..self.ends.len()).map(|part| self.tokens(part).len()).collect();
        self.jobs = balance::jobs(&windows, threads);
        self.share_out(threads);
    }

    #[allow(clippy::cast_possible_truncation)]
    fn cut(&mut self, cutting: &Cutting, rng: &mut SplitMix64) {
        for (center, &word) in self.kept.iter().enumerate() {
            let Word { row, part, .. } = cutting.words.all[word as usize];
            let span = Window::around(center, draw_reach(cutting.window as u32, rng), self.kept.len()).span;
            self.parts.push(part);
            self.rows.push(cutting.words.first_rows[usize::from(part)] + row);
            self.tokens.push(Token {
                row,
                window: 0,
                before: (center - span.start) as u16,
                after: (span.end - center - 1) as u16,
                factor: cutting.division.part(span.len() - 1),
            });
        }
    }

    /// A counting sort, stable.
    fn sort(&mut self, parts: usize) {
        self.ends.clear();
        self.ends.resize(parts, 0);
        for &part in &self.parts {
            self.ends[usize::from(part)] += 1;
        }
        starts(&mut self.ends);
        self.order.clear();
        self.order.resize(self.tokens.len(), 0);
        for (place, (token, &part)) in (0..).zip(self.tokens.iter_mut().zip(&self.parts)) {
            let window = &mut self.ends[usize::from(part)];
            self.order[*window as usize] = place;
            token.window = *window;
            *window += 1;
        }
    }

    /// Shares the text out among `threads`, with the windows and the rows of each share.
    fn share_out(&mut self, threads: usize) {
        self.per_share = self.len().div_ceil(threads).max(1);
        self.window_owners.clear();
        self.window_owners.resize(self.len(), 0);
        for (owner, tokens) in (0..).zip(self.tokens.chunks(self.per_share)) {
            tokens.iter().for_each(|token| self.window_owners[token.window as usize] = owner);
        }
        balance::owners(&self.rows, self.per_share, &mut self.row_owners);
        let classes = self.row_owners.len();
        self.learners.clear();
        self.learners.extend(self.rows.iter().map(|&row| self.row_owners[Hand::class(row, classes)]));
    }

    /// Number of windows, and of kept tokens.
    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Number of tokens that it was cut from.
    pub(super) fn read(&self) -> u64 {
        self.read
    }

    /// The tokens of partition `part`, as places in the batch, in the order of the text and of their windows' rows.
    pub(super) fn tokens(&self, part: usize) -> &[u32] {
        self.order.get(span(&self.ends, part)).unwrap_or_default()
    }

    /// All tokens and their partitions: the first of each of at most `stretches` stretches, as long as each other but for the last, then
    /// the second of each, and so on.
    pub(super) fn in_turn(&self, stretches: usize) -> impl Iterator<Item = (Token, u16)> {
        let len = self.len().div_ceil(stretches);
        let places = (0..len).flat_map(move |first| (first..self.len()).step_by(len));
        places.map(|place| (self.tokens[place], self.parts[place]))
    }

    /// Cuts what holds `per_window` elements for each window into the partitions' shares.
    pub(super) fn split<'a, T>(&self, all: &'a mut [T], per_window: usize) -> Vec<&'a mut [T]> {
        pieces(all, (0..self.ends.len()).map(|part| self.tokens(part).len() * per_window))
    }

    /// For each partition the job that predicts its windows, with negative sampling: the tree has a job for each partition.
    pub(super) fn jobs(&self) -> &[usize] {
        &self.jobs
    }

    /// For each share of the text the places of its tokens and, of a matrix of all windows, the rows of theirs.
    pub(super) fn gathering<'a>(&'a self, windows: MatrixMut<'a>) -> Vec<(Range<usize>, Hand<'a>)> {
        let places = (0..self.len()).step_by(self.per_share).map(|first| first..self.len().min(first + self.per_share));
        places.zip(windows.into_hands(&self.window_owners, self.shares())).collect()
    }

    /// For each share its number and, of a matrix of all partitions, the rows that it learns.
    pub(super) fn learning<'a>(&'a self, rows: MatrixMut<'a>) -> Vec<(u8, Hand<'a>)> {
        (0..).zip(rows.into_hands(&self.row_owners, self.shares())).collect()
    }

    /// The tokens that share `share` learns, in the order of the text: their places in the batch, and their rows in a matrix of all
    /// partitions.
    #[inline(always)]
    pub(super) fn learnt_by(&self, share: u8) -> Vec<(u32, u32)> {
        let mut found = vec![(0, 0); self.len()];
        let mut len = 0;
        for (place, (&row, &learner)) in (0..).zip(self.rows.iter().zip(&self.learners)) {
            sift::note(&mut found, &mut len, (place, row), learner == share);
        }
        found.truncate(len);
        found
    }

    /// The number of shares.
    #[allow(clippy::cast_possible_truncation)]
    fn shares(&self) -> u8 {
        self.len().div_ceil(self.per_share) as u8
    }

    /// The token at `place`.
    #[inline(always)]
    pub(super) fn token(&self, place: u32) -> Token {
        self.tokens.get(place as usize).copied().unwrap_or_default()
    }

    /// The rows of all tokens in a matrix of all partitions, in the order of the text.
    pub(super) fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// The context around `place`, in the order of the text: rows in a matrix of all partitions.
    #[inline(always)]
    pub(super) fn context(&self, place: u32) -> impl Iterator<Item = u32> + Clone {
        let (token, place) = (self.token(place), place as usize);
        let before = self.rows.get(place.wrapping_sub(token.before.into())..place).unwrap_or_default();
        let after = self.rows.get(place + 1..=place + usize::from(token.after)).unwrap_or_default();
        before.iter().chain(after).copied()
    }

    /// The windows that the token at `place` is in, in the order of the text: for each the row of its gradient and the factor
    /// of that which the token receives.
    ///
    /// No reach is over `window`, and `found` has room for twice as many, or for all of the batch.
    #[inline(always)]
    pub(super) fn windows<'a>(&self, place: usize, window: usize, found: &'a mut [(u32, f32)]) -> &'a [(u32, f32)] {
        let (start, end) = (place.saturating_sub(window), self.tokens.len().min(place + 1 + window));
        let mut len = 0;
        let mut note = |center: &Token, distance: usize, reach: u16| {
            sift::note(found, &mut len, (center.window, center.factor), distance <= usize::from(reach));
        };
        for (center, distance) in self.tokens[start..place].iter().zip((1..=place - start).rev()) {
            note(center, distance, center.after);
        }
        for (center, distance) in self.tokens[place + 1..end].iter().zip(1..) {
            note(center, distance, center.before);
        }
        found.get(..len).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trainer::cbow::MOST_THREADS;
    use w2v_core::matrix::Lanes;

    const WINDOW: usize = 4;

    /// Words 0 to 99 in sentences of ten, the sixth cut after three by the border of two pieces, in three partitions.
    fn batch() -> Batch {
        let places = (0..100).map(|word| ((word % 3) as u16, word / 3));
        let words = Words::new(3, places, &[u32::MAX; 100]);
        let cutting = Cutting { words, window: WINDOW, division: CbowGradient::Exact };
        let sentences: Vec<Vec<u32>> = (0..100).collect::<Vec<_>>().chunks(10).map(<[u32]>::to_vec).collect();
        let text = sentences.join(&SENTENCE_END);
        let mut batch = Batch::default();
        // Used before.
        for pieces in [&[&text[..7]][..], &[&text[..58], &text[58..]]] {
            batch.fill(&cutting, pieces.iter().copied(), SplitMix64::new(1), 2);
        }
        batch
    }

    #[test]
    fn a_token_learns_from_the_windows_that_have_it_as_context() {
        let batch = batch();
        let mut found = [(0, 0.0); 2 * WINDOW];
        for place in 0..batch.len() {
            let row = batch.rows()[place];
            let has_it = |center: &u32| batch.context(*center).any(|other| other == row);
            let of_window = |center| (batch.token(center).window, batch.token(center).factor);
            let expected: Vec<_> = (0..batch.len() as u32).filter(has_it).map(of_window).collect();
            assert!(!expected.is_empty());
            assert_eq!(batch.windows(place, WINDOW, &mut found), expected, "token {place}");
            // No further than its sentence.
            let ends = [10, 20, 30, 40, 50, 53, 60, 70, 80, 90, 100];
            let end = ends.into_iter().find(|&end| place < end).unwrap();
            let start = ends.into_iter().rfind(|&start| start <= place).unwrap_or(0);
            let Token { before, after, .. } = batch.token(place as u32);
            assert!(usize::from(before) <= WINDOW.min(place - start), "token {place}");
            assert!(usize::from(after) < (WINDOW + 1).min(end - place), "token {place}");
        }
    }

    #[test]
    fn windows_lie_by_partition_and_all_text_is_read_and_cut() {
        let batch = batch();
        assert_eq!((batch.len(), batch.read()), (100, 100));
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
            // Words that come again, some of them of rows beyond all classes.
            let rows: Vec<u32> = (0..len).map(|place| place * place % 89 * (place % 7) * 100).collect();
            let tokens = (0..len).rev().map(|window| Token { window, ..Token::default() }).collect();
            let mut batch = Batch { tokens, rows: rows.clone(), ..Batch::default() };
            batch.share_out(threads);
            let mut lanes = vec![Lanes::ZERO; 60_000];
            let mut gathered = Vec::new();
            for (places, mut hand) in batch.gathering(MatrixMut::new(&mut lanes, len as usize, 1).unwrap()) {
                let windows = places.map(|place| batch.token(place as u32).window);
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
    fn stretches_take_turns() {
        let turns = |len: u32, stretches| {
            let tokens = (0..len).map(|window| Token { window, ..Token::default() }).collect();
            let batch = Batch { tokens, parts: vec![0; len as usize], ..Batch::default() };
            batch.in_turn(stretches).map(|(token, _)| token.window).collect::<Vec<_>>()
        };
        assert_eq!(turns(11, 4), [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8]);
        assert_eq!(turns(4, 8), [0, 1, 2, 3]);
        for len in [0, 1, 7, 8, 9, 57, 1023, 1024, 1025] {
            let mut sorted = turns(len, 8);
            sorted.sort_unstable();
            assert!(sorted.into_iter().eq(0..len), "{len}");
        }
    }
}
