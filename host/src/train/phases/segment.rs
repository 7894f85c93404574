//! Segments: parts of a superbatch, each with its kept tokens and the windows around them. A
//! segment also holds copies of the tokens of its neighbours that are context in its own windows.

use crate::text::corpus::SENTENCE_END;
use crate::train::layout::starts;
use crate::train::windows::KeptText;
use std::ops::Range;
use w2v_core::kinds::CbowGradient;

/// For each word its row, and the probability that a token is kept.
pub(super) struct Words {
    all: Vec<Word>,
    /// For each partition its first row in a matrix of all partitions. One more entry at the end is
    /// the number of all rows.
    first_rows: Vec<u32>,
}

/// The data of a word that is needed together. It lies in one place, because the entry of a rare
/// word is not in a near cache.
#[derive(Clone, Copy, Debug)]
struct Word {
    /// The probability that a token is kept, times 2³².
    keep: u32,
    /// The word's row in its partition.
    row: u32,
    part: u16,
}

impl Words {
    /// A table of words in `parts` partitions. `places` has for each word its partition and its row
    /// in the partition, and `keep` the probability that a token is kept, times 2³².
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

    /// The probability that a token of `word` is kept, times 2³².
    #[inline(always)]
    pub(super) fn keep(&self, word: u32) -> u32 {
        self.all[word as usize].keep
    }

    /// For each word its row in a matrix that holds all partitions one after the other.
    pub(super) fn rows(&self) -> Vec<u32> {
        self.all.iter().map(|word| self.first_rows[usize::from(word.part)] + word.row).collect()
    }
}

/// The settings by which text becomes windows.
pub(super) struct WindowSampler {
    pub(super) words: Words,
    /// The largest reach.
    pub(super) window: usize,
    pub(super) division: CbowGradient,
}

/// A kept token and the window around it. A center always has context words; a token that is only
/// context has no window, and [`before`](Self::before) and [`after`](Self::after) are 0.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Token {
    /// The row of the token's word in its partition.
    pub(super) row: u32,
    /// The row of the token's window in the batch.
    pub(super) window: u32,
    /// The number of context words before the token.
    pub(super) before: u16,
    /// The number of context words after the token.
    pub(super) after: u16,
    /// The factor by which the window's gradient is multiplied before it is added to a context
    /// word's row: 1, or 1 / C with [`CbowGradient::Exact`].
    pub(super) factor: f32,
}

/// The kept tokens of a segment of text: its centers, and before and after these some tokens that
/// are only context here. Reused from superbatch to superbatch.
#[derive(Debug, Default)]
pub(super) struct Segment {
    pub(super) tokens: Vec<Token>,
    /// For each token the partition of its word.
    pub(super) parts: Vec<u16>,
    /// For each token the row of its word in a matrix of all partitions.
    pub(super) rows: Vec<u32>,
    /// The range of `tokens` that are centers.
    centers: Range<usize>,
    /// The number of context words in all windows.
    words: u64,
    /// The number of context words of the window that has the most.
    widest: usize,
    sample: Vec<u32>,
}

impl Segment {
    /// Replaces the content by the windows around the places `centers` of `text`.
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
            // A word that is alone in its sentence has no context and is context of no window, so
            // it is left out.
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

    /// Adds `words` as tokens that are only context.
    fn context(&mut self, sampler: &WindowSampler, words: &[u32]) {
        for &word in words.iter().filter(|&&word| word != SENTENCE_END) {
            self.add(sampler, word, Token::default());
        }
    }

    /// Adds `token` with the row of `word`.
    fn add(&mut self, sampler: &WindowSampler, word: u32, token: Token) {
        let Word { row, part, .. } = sampler.words.all[word as usize];
        self.parts.push(part);
        self.rows.push(sampler.words.first_rows[usize::from(part)] + row);
        self.tokens.push(Token { row, ..token });
    }

    /// The number of windows.
    pub(super) fn len(&self) -> usize {
        self.centers.len()
    }

    /// The number of context words in all windows.
    pub(super) fn words(&self) -> u64 {
        self.words
    }

    /// The number of context words of the window that has the most.
    pub(super) fn widest(&self) -> usize {
        self.widest
    }

    /// The runs of this segment that belong to batch `number` of `batches`. The segment has `parts`
    /// equal parts, each part is divided into `batches` runs, and the batch gets run `number` of
    /// each part.
    pub(super) fn runs(&self, parts: usize, number: usize, batches: usize) -> impl Iterator<Item = Range<usize>> {
        let all = parts * batches;
        let start = move |run| self.centers.start + (run as u64 * self.len() as u64 / all as u64) as usize;
        let runs = (0..parts).map(move |part| part * batches + number);
        runs.map(move |run| start(run)..start(run + 1))
    }

    /// Σ n(w)² and Σ n(w) for the windows around the middle `len` centers, where n(w) is the number
    /// of times that word w is a context word. The first sum divided by the second is the overlap
    /// of a run of these windows.
    pub(super) fn overlap(&mut self, len: usize) -> (u64, u64) {
        // If the segment has fewer centers than `len`, all centers are taken.
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

    /// The range of tokens that the windows around `centers` cover.
    pub(super) fn around(&self, centers: &Range<usize>) -> Range<usize> {
        let tokens = || centers.clone().zip(&self.tokens[centers.clone()]);
        let first = tokens().map(|(place, token)| place - usize::from(token.before)).min();
        let last = tokens().map(|(place, token)| place + 1 + usize::from(token.after)).max();
        first.unwrap_or(centers.start)..last.unwrap_or(centers.end)
    }
}

#[cfg(test)]
pub(super) mod tests;
