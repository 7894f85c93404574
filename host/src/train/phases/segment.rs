//! Segments: the kept tokens of parts of a superbatch, with a window around each of them. A token
//! can also be a context word in windows of its own and of neighbouring segments.

use crate::text::corpus::SENTENCE_END;
use crate::train::layout::starts;
use crate::train::windows::KeptText;
use std::ops::Range;
use w2v_core::kinds::CbowGradient;

/// Where every word's row stands, and how often its tokens are kept.
pub(super) struct Words {
    all: Vec<Word>,
    /// For each partition the first of its rows in a matrix of all partitions; last, the number of
    /// all rows.
    first_rows: Vec<u32>,
}

/// All that is looked up of a word, in one place: a rare word's entry is in no cache near the core.
#[derive(Clone, Copy, Debug)]
struct Word {
    /// The share of draws that keep a token.
    keep: u32,
    /// Its row in its partition.
    row: u32,
    part: u16,
}

impl Words {
    /// Words dealt into `parts` partitions. `places` has the partition and the row there of each
    /// word, `keep` the share of draws that keep a token.
    pub(super) fn new(parts: usize, places: impl Iterator<Item = (u16, u32)>, keep: &[u32]) -> Self {
        let all: Vec<_> = places.zip(keep).map(|((part, row), &keep)| Word { keep, row, part }).collect();
        let mut first_rows = vec![0; parts + 1];
        all.iter().for_each(|word| first_rows[usize::from(word.part)] += 1);
        starts(&mut first_rows);
        Self { all, first_rows }
    }

    /// The number of words.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// The number of partitions.
    pub(super) fn parts(&self) -> usize {
        self.first_rows.len() - 1
    }

    /// The share of draws that keep a token of `word`.
    #[inline(always)]
    pub(super) fn keep(&self, word: u32) -> u32 {
        self.all[word as usize].keep
    }

    /// For each word its row in a matrix of all partitions.
    pub(super) fn rows(&self) -> Vec<u32> {
        self.all.iter().map(|word| self.first_rows[usize::from(word.part)] + word.row).collect()
    }
}

/// How text becomes windows.
pub(super) struct WindowSampler {
    pub(super) words: Words,
    /// Largest reach.
    pub(super) window: usize,
    pub(super) division: CbowGradient,
}

/// A kept token and the window around it. No window is without context.
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
    /// The factor by which the window's gradient is multiplied before a context word's row receives
    /// it.
    pub(super) factor: f32,
}

/// The kept tokens of a segment of text: its own centers, and before and after them tokens that are
/// only context here. Reused from superbatch to superbatch.
#[derive(Debug, Default)]
pub(super) struct Segment {
    pub(super) tokens: Vec<Token>,
    /// Their partitions.
    pub(super) parts: Vec<u16>,
    /// Their words' rows in a matrix of all partitions.
    pub(super) rows: Vec<u32>,
    /// Which of them are centers.
    centers: Range<usize>,
    /// Context words of all windows.
    words: u64,
    /// Those of the window that has most.
    widest: usize,
    sample: Vec<u32>,
}

impl Segment {
    /// Takes the windows around the places `centers` of `text`.
    pub(super) fn fill(&mut self, sampler: &WindowSampler, text: &KeptText, centers: Range<usize>) {
        self.tokens.clear();
        self.parts.clear();
        self.rows.clear();
        (self.words, self.widest) = (0, 0);
        let around = text.around(&centers);
        self.context(sampler, text.words(around.start..centers.start));
        let first = self.tokens.len();
        let words = text.words(centers.clone());
        text.for_each_window(centers.clone(), |window| {
            let (before, after) = (window.before, window.after);
            let context = usize::from(before) + usize::from(after);
            // A word alone in its sentence has no context, and is none.
            if context > 0 {
                self.words += context as u64;
                self.widest = self.widest.max(context);
                let factor = sampler.division.part(context);
                let word = words[window.center - centers.start];
                self.add(sampler, word, Token { before, after, factor, ..Token::default() });
            }
        });
        self.centers = first..self.tokens.len();
        self.context(sampler, text.words(centers.end..around.end));
    }

    /// Adds `words`, which are no centers.
    fn context(&mut self, sampler: &WindowSampler, words: &[u32]) {
        for &word in words.iter().filter(|&&word| word != SENTENCE_END) {
            self.add(sampler, word, Token::default());
        }
    }

    /// Adds `token`, whose row is that of `word`.
    fn add(&mut self, sampler: &WindowSampler, word: u32, token: Token) {
        let Word { row, part, .. } = sampler.words.all[word as usize];
        self.parts.push(part);
        self.rows.push(sampler.words.first_rows[usize::from(part)] + row);
        self.tokens.push(Token { row, ..token });
    }

    /// Number of windows.
    pub(super) fn len(&self) -> usize {
        self.centers.len()
    }

    /// Number of context words that the windows have together.
    pub(super) fn words(&self) -> u64 {
        self.words
    }

    /// The context words of the window that has most.
    pub(super) fn widest(&self) -> usize {
        self.widest
    }

    /// The centers of batch `number` of `batches`: in each of `parts` equal parts of the segment a
    /// run of their own.
    pub(super) fn runs(&self, parts: usize, number: usize, batches: usize) -> impl Iterator<Item = Range<usize>> {
        let all = parts * batches;
        let start = move |run| self.centers.start + (run as u64 * self.len() as u64 / all as u64) as usize;
        let runs = (0..parts).map(move |part| part * batches + number);
        runs.map(move |run| start(run)..start(run + 1))
    }

    /// Σ n(w)² and Σ n(w) of the windows around the middle `len` centers, where n(w) is the number
    /// of times that word w is a context word. The first divided by the second is the overlap of a
    /// run of these windows.
    pub(super) fn overlap(&mut self, len: usize) -> (u64, u64) {
        // Of a segment with fewer centers than `len`, all.
        let first = self.centers.start + self.len().saturating_sub(len) / 2;
        let len = len.min(self.len());
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
pub(super) mod tests;
