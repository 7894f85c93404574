//! Segments of text, cut into windows: every kept token is the center of one window and a context word of others, of its own
//! segment and of the next ones.

use crate::text::corpus::SENTENCE_END;
use crate::train::layout::starts;
use crate::train::windows::KeptText;
use std::ops::Range;
use w2v_core::kinds::CbowGradient;

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

/// The kept tokens of a segment of text, its own centers and before and after them those that are only context here; reused from
/// superbatch to superbatch.
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

    /// The centers of batch `number` of `batches`: in each of `parts` equal parts of the segment a run of their own.
    pub(super) fn runs(&self, parts: usize, number: usize, batches: usize) -> impl Iterator<Item = Range<usize>> {
        let all = parts * batches;
        let start = move |run| self.centers.start + (run as u64 * self.len() as u64 / all as u64) as usize;
        let runs = (0..parts).map(move |part| part * batches + number);
        runs.map(move |run| start(run)..start(run + 1))
    }

    /// For the windows around the middle `len` centers: of all context words the square of how often each row is among them, summed;
    /// and how many they are. One over the other is the batch's overlap, if it has these windows alone.
    pub(super) fn overlap(&mut self, len: usize) -> (u64, u64) {
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
pub(super) mod tests {
    use super::*;
    use crate::train::windows::Sampling;
    use w2v_core::rng::SplitMix64;

    /// The largest reach of [`segment`].
    pub(in super::super) const WINDOW: usize = 4;

    /// How words 0 to 99 are cut, in three partitions.
    pub(in super::super) fn sampler() -> WindowSampler {
        let places = (0..100).map(|word| ((word % 3) as u16, word / 3));
        let words = Words::new(3, places, &[u32::MAX; 100]);
        WindowSampler { words, window: WINDOW, division: CbowGradient::Exact }
    }

    /// The kept text and the places of all centers of `text`, in one chunk.
    pub(in super::super) fn text(sampler: &WindowSampler, text: &[u32]) -> (KeptText, Range<usize>) {
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
    pub(in super::super) fn segment() -> Segment {
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
        assert_eq!(segment.words(), words().map(u64::from).sum());
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
    fn pieces_of_batches_are_all_of_a_stretch_and_take_turns() {
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
        // Of two words by turns, with a reach of one, each of the windows 2 to 5 has the other word twice.
        let places = (0..2).map(|word| (0, word));
        let sampler = WindowSampler {
            words: Words::new(1, places, &[u32::MAX; 2]),
            window: 1,
            division: CbowGradient::Undivided,
        };
        let mut segment = Segment::default();
        let (text, centers) = text(&sampler, &[0, 1, 0, 1, 0, 1, 0, 1, SENTENCE_END]);
        segment.fill(&sampler, &text, centers);
        assert_eq!(segment.overlap(4), (2 * 4 * 4, 8));
        // The windows at the ends have one context word.
        assert_eq!(segment.overlap(8), (2 * 7 * 7, 14));
        assert_eq!(segment.overlap(100), segment.overlap(8));
        assert_eq!(Segment::default().overlap(8), (0, 0));
    }
}
