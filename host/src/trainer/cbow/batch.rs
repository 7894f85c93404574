//! A stretch of text as CBOW trains it: every kept token is the center of one window and a context word of others.

use crate::corpus::SENTENCE_END;
use crate::partition::Partitioning;
use w2v_core::rng::SplitMix64;
use w2v_core::subsample::keeps;
use w2v_core::window::{Window, draw_reach};

/// How text becomes windows.
pub(super) struct Cutting {
    dealing: Partitioning,
    /// For each partition the first of its rows in a matrix of all.
    first_rows: Vec<u32>,
    /// For each word its share of draws that keep a token.
    keep: Vec<u32>,
    /// Largest reach.
    window: u32,
}

impl Cutting {
    #[allow(clippy::cast_possible_truncation)]
    pub(super) fn new(dealing: Partitioning, keep: Vec<u32>, window: usize) -> Self {
        let mut row = 0;
        let first_rows = (0..dealing.parts()).map(|part| {
            let first = row;
            row += dealing.words(part).len() as u32;
            first
        });
        Self { first_rows: first_rows.collect(), dealing, keep, window: window as u32 }
    }
}

/// A kept token and the window around it, which is never without context.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Token {
    /// Its word's row in its partition.
    pub(super) row: u32,
    /// Its word's row in a matrix of all partitions.
    pub(super) whole_row: u32,
    /// Its window's row among the hidden vectors of the batch.
    pub(super) hidden: u32,
    /// Context words before it.
    pub(super) before: u16,
    /// Context words after it.
    pub(super) after: u16,
}

/// The kept tokens of a stretch of text; reused from superbatch to superbatch.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// In the order of the text.
    tokens: Vec<Token>,
    /// Their partitions.
    parts: Vec<u32>,
    /// Places in `tokens` by partition, and within one in the order of the text; the order of hidden rows.
    order: Vec<u32>,
    /// Where in `order` each partition ends.
    ends: Vec<u32>,
    /// Tokens before subsampling.
    read: u64,
    kept: Vec<u32>,
}

impl Batch {
    /// Cuts `text` into windows: subsampled, reaches drawn, within sentences, by the draws of `rng`.
    pub(super) fn fill(&mut self, cutting: &Cutting, text: &[u32], mut rng: SplitMix64) {
        self.tokens.clear();
        self.parts.clear();
        self.read = 0;
        for sentence in text.split(|&token| token == SENTENCE_END) {
            self.read += sentence.len() as u64;
            self.kept.clear();
            let keep = |word: &u32| cutting.keep.get(*word as usize).copied().unwrap_or(u32::MAX);
            self.kept.extend(sentence.iter().filter(|&word| keeps(keep(word), &mut rng)));
            // A word alone has no context; of several each has some.
            if self.kept.len() > 1 {
                self.cut(cutting, &mut rng);
            }
        }
        self.sort(cutting.dealing.parts());
    }

    #[allow(clippy::cast_possible_truncation)]
    fn cut(&mut self, cutting: &Cutting, rng: &mut SplitMix64) {
        for (center, &word) in self.kept.iter().enumerate() {
            let (part, row) = cutting.dealing.place(word);
            let span = Window::around(center, draw_reach(cutting.window, rng), self.kept.len()).span;
            self.parts.push(part as u32);
            self.tokens.push(Token {
                row: row as u32,
                whole_row: cutting.first_rows[part] + row as u32,
                hidden: 0,
                before: (center - span.start) as u16,
                after: (span.end - center - 1) as u16,
            });
        }
    }

    /// A counting sort, stable.
    fn sort(&mut self, parts: usize) {
        self.ends.clear();
        self.ends.resize(parts, 0);
        for &part in &self.parts {
            self.ends[part as usize] += 1;
        }
        let mut end = 0;
        for count in &mut self.ends {
            let start = end;
            end += *count;
            *count = start;
        }
        self.order.clear();
        self.order.resize(self.tokens.len(), 0);
        for (place, (token, &part)) in (0..).zip(self.tokens.iter_mut().zip(&self.parts)) {
            let hidden = &mut self.ends[part as usize];
            self.order[*hidden as usize] = place;
            token.hidden = *hidden;
            *hidden += 1;
        }
    }

    /// Number of windows, and of kept tokens.
    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Number of tokens that it was cut from.
    pub(super) fn read(&self) -> u64 {
        self.read
    }

    /// The tokens of partition `part`, as places in the batch, in the order of the text and of their hidden rows.
    pub(super) fn tokens(&self, part: usize) -> &[u32] {
        let end = self.ends.get(part).map_or(0, |&end| end as usize);
        let start = part.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |&start| start as usize);
        self.order.get(start..end).unwrap_or_default()
    }

    /// The token at `place`.
    #[inline(always)]
    pub(super) fn token(&self, place: u32) -> Token {
        self.tokens.get(place as usize).copied().unwrap_or_default()
    }

    /// The context around `place`, in the order of the text: rows in a matrix of all partitions.
    #[inline(always)]
    pub(super) fn context(&self, place: u32) -> impl Iterator<Item = u32> + Clone {
        let (token, place) = (self.token(place), place as usize);
        let before = self.tokens.get(place.wrapping_sub(token.before.into())..place).unwrap_or_default();
        let after = self.tokens.get(place + 1..=place + usize::from(token.after)).unwrap_or_default();
        before.iter().chain(after).map(|token| token.whole_row)
    }

    /// The centers of the windows that the token at `place` is in, in the order of the text; no reach is over `window`.
    #[inline(always)]
    pub(super) fn centers(&self, place: u32, window: usize) -> impl Iterator<Item = Token> {
        let place = place as usize;
        let (start, end) = (place.saturating_sub(window), self.tokens.len().min(place + 1 + window));
        let before = self.tokens.get(start..place).unwrap_or_default();
        let after = self.tokens.get(place + 1..end).unwrap_or_default();
        let reach_here =
            (1..=before.len()).rev().zip(before).filter(|&(distance, center)| distance <= center.after.into());
        let reach_back = (1..).zip(after).filter(|&(distance, center)| distance <= center.before.into());
        reach_here.chain(reach_back).map(|(_, center)| *center)
    }
}
