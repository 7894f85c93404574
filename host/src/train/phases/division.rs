//! The size of a superbatch, and the division of its windows into batches.

use super::segment::Segment;
use crate::threads::each;
use std::iter::successors;

/// The most windows of a batch. The hidden vectors of 1,024 windows stay in an L2 of 1 MiB (with
/// `dim` 100), and the windows are enough work for several threads.
const WINDOWS: usize = 1024;

/// The most windows of a run. The runs of a batch lie far apart in the text. The windows of a batch
/// do not see each other's gradients, so a large batch of neighbouring windows learns worse
/// (benches/CHOICES.md).
const RUN: usize = 128;

/// The largest overlap of a batch, estimated for words that are spread evenly over the text. A
/// batch that would exceed this overlap gets fewer windows.
///
/// The overlap of a batch is Σ n(w)² / Σ n(w), where n(w) is the number of times that word w is a
/// context word in the windows of the batch. This is the mean, over all context words, of the
/// number of windows that have the same context word. All gradients of a batch are taken at the
/// same point, so a row moves `overlap` times as far as one window alone would move the row. Rows
/// that move too far overshoot until they are infinite. Wide windows and small vocabularies have a
/// large overlap, even in a batch of one window.
const MOST_OVERLAP: f64 = 12.0;

/// The largest overlap of a single run. All windows of a run move rows in similar directions. A run
/// that would exceed this overlap is made shorter. With windows of 5, a run of [`RUN`] windows has
/// an overlap of 11 in English. Wider windows have a larger overlap, and so do texts that repeat
/// themselves, such as walks on a graph.
const MOST_OVERLAP_OF_RUN: f64 = 16.0;

/// The overlap of a run is also at most this number divided by (widest / 2 + 1), where widest is
/// the number of context words of the widest window. Measurements show that wide windows overshoot
/// at a smaller overlap (benches/CHOICES.md).
const MOST_OVERLAP_OF_WIDE: f64 = 320.0;

/// The most threads that train a batch: the predict phase has 16 partitions to assign. There is
/// also at most one thread for each [`WORDS_OF_THREAD`] context words, which take a few
/// microseconds in each phase: a thread that is woken for fewer would keep the others waiting.
pub(in crate::train) const MOST_THREADS: usize = 16;

// The number of a share is a `u8`, and so is the number of shares.
const _: () = assert!(MOST_THREADS < u8::MAX as usize);

/// The context words for which another thread is used: those of 64 windows of 5.
const WORDS_OF_THREAD: usize = 384;

/// The number of batches of a superbatch, if no sentence cuts a window short.
const BATCHES: usize = 64;

/// A segment has at least this many windows for each word of the largest reach. A segment holds
/// copies of the tokens that its first and last windows have as context in neighbouring segments.
/// With longer segments there are fewer copies.
const WINDOWS_OF_REACH: usize = 25;

/// The most tokens of a superbatch. Without this bound, a superbatch would be the whole corpus if
/// subsampling keeps few tokens.
const MOST_TOKENS: usize = 1 << 22;

/// The number of batches that are filled at once: enough work for all threads, but few enough to
/// stay in a cache until they are trained.
const AT_ONCE: usize = 16;

/// The most tokens of the batches that are filled at once. A run holds the context of its windows,
/// which may be wide.
const MOST_AT_ONCE: usize = 1 << 22;

/// The size of a superbatch, as it follows from the counts of words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    /// The number of tokens of a superbatch.
    pub(super) superbatch: usize,
    /// The number of segments of a superbatch. Each batch has one or several runs in each segment.
    pub(super) segments: usize,
    /// The probability that two kept tokens are the same word: Σ p², where p is a word's share of
    /// the kept tokens.
    pub(super) same: f64,
}

/// The division of the windows of a superbatch into batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Division {
    /// The number of batches.
    pub(super) batches: usize,
    /// The number of equal parts of each segment. A batch has one run in each part.
    pub(super) parts: usize,
    /// The number of threads that train a batch.
    pub(super) threads: usize,
    /// The number of batches that are filled at once.
    pub(super) at_once: usize,
}

impl Size {
    /// The size for [`BATCHES`] batches, if no sentence cuts a window short.
    pub(super) fn choose(counts: &[u64], keep: &[u32], window: usize) -> Self {
        let kept =
            || counts.iter().zip(keep).map(|(&count, &share)| count as f64 * f64::from(share) / f64::from(u32::MAX));
        let all: f64 = kept().sum();
        let same = kept().map(|count| (count / all).powi(2)).sum();
        // A reach is (window + 1) / 2 on average, on each of two sides.
        let batch = windows_of_batch(window as f64 + 1.0, same);
        let segments = batch.div_ceil(RUN);
        let windows = (batch * BATCHES).max(window.saturating_mul(WINDOWS_OF_REACH * segments));
        let tokens = counts.iter().sum::<u64>() as f64 / all * windows as f64;
        Self { superbatch: (tokens as usize).clamp(1, MOST_TOKENS), segments, same }
    }

    /// Divides the windows of `segments` into batches.
    pub(super) fn divide(self, segments: &mut [Segment]) -> Division {
        let windows = segments.iter().map(Segment::len).sum::<usize>();
        let words = segments.iter().map(Segment::words).sum::<u64>();
        let widest = segments.iter().map(Segment::widest).max().unwrap_or(0);
        let context = words as f64 / windows as f64;
        let batches = windows.div_ceil(windows_of_batch(context, self.same).min(MOST_AT_ONCE / (widest + 1))).max(1);

        let longest = segments.iter().map(Segment::len).max().unwrap_or(0).div_ceil(batches);
        let most = MOST_OVERLAP_OF_RUN.min(MOST_OVERLAP_OF_WIDE / (widest as f64 / 2.0 + 1.0));
        let mut overlap = |parts: &usize| {
            let jobs = segments.iter_mut().collect();
            let overlaps = each(jobs, |segment: &mut Segment| segment.overlap((longest / parts).max(1)));
            let (overlap, words) = overlaps.into_iter().fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
            overlap as f64 / words as f64
        };
        let mut parts = successors(Some((longest / RUN).max(1)), |parts| Some(2 * parts));
        let parts = parts.find(|parts| 2 * parts > longest || overlap(parts) <= most).unwrap_or(1);

        let tokens = windows.div_ceil(batches) + 2 * widest * parts * segments.len();
        let at_once = (MOST_AT_ONCE / tokens.max(1)).clamp(1, AT_ONCE);
        let worth = words.div_ceil((batches * WORDS_OF_THREAD) as u64);
        let threads =
            rayon::current_num_threads().min(MOST_THREADS).min(usize::try_from(worth).unwrap_or(MOST_THREADS));
        Division { batches, parts, threads: threads.max(1), at_once }
    }
}

/// The number of windows of a batch: min([`WINDOWS`], [`MOST_OVERLAP`] / (`context` · `same`)), and
/// at least one. A window has `context` context words on average, and two words are the same with
/// probability `same`: so the overlap of n windows is about n · `context` · `same`.
fn windows_of_batch(context: f64, same: f64) -> usize {
    ((MOST_OVERLAP / (context * same)).min(WINDOWS as f64) as usize).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::corpus::SENTENCE_END;
    use crate::train::phases::segment::tests::text;
    use crate::train::phases::segment::{WindowSampler, Words};
    use w2v_core::kinds::CbowGradient;

    fn size(counts: &[u64], keep: u32, window: usize) -> [usize; 3] {
        let Size { superbatch, segments, same } = Size::choose(counts, &vec![keep; counts.len()], window);
        [superbatch, segments, windows_of_batch(window as f64 + 1.0, same)]
    }

    #[test]
    fn batches_have_as_many_windows_as_have_few_words_in_common() {
        let even = [1 << 20; 1024];
        assert_eq!(size(&even, u32::MAX, 1), [64 * 1024, 8, 1024]);
        assert_eq!(size(&even, u32::MAX, 5), [64 * 1024, 8, 1024]);
        assert_eq!(size(&even, u32::MAX, 11), [64 * 1024, 8, 1024]);
        assert_eq!(size(&even, u32::MAX, 23), [64 * 512, 4, 512]);
        // A segment has 25 windows for each word of reach.
        assert_eq!(size(&even, u32::MAX, 255), [25 * 255, 1, 48]);
        assert_eq!(size(&even, u32::MAX, 10_000), [25 * 10_000, 1, 1]);
        assert_eq!(size(&[1 << 20; 16], u32::MAX, 5), [64 * 32, 1, 32]);
        assert_eq!(size(&[1 << 20, 7 << 20], u32::MAX, 5), [64 * 2, 1, 2]);
        // Half of the tokens are kept; no token is kept.
        assert_eq!(size(&even, u32::MAX / 2, 5)[0], 2 * 64 * 1024);
        assert_eq!(size(&even, 0, 5)[0], MOST_TOKENS);
    }

    /// The division of a text of the words 0 to 4095 in this order, in sentences of `len` words.
    fn division(len: usize, window: usize) -> Division {
        const WORDS: usize = 4096;
        let size = Size::choose(&[1; WORDS], &[u32::MAX; WORDS], window);
        let words = Words::new(1, (0..WORDS as u32).map(|word| (0, word)), &[u32::MAX; WORDS]);
        let sampler = WindowSampler { words, window, division: CbowGradient::Undivided };
        let words = (0..WORDS as u32).collect::<Vec<_>>();
        let sentences: Vec<u32> = words.chunks(len).flat_map(|sentence| [sentence, &[SENTENCE_END]].concat()).collect();
        let (text, centers) = text(&sampler, &sentences);
        let mut segment = Segment::default();
        segment.fill(&sampler, &text, centers);
        size.divide(&mut [segment])
    }

    #[test]
    fn windows_are_as_wide_as_sentences_let_them_be() {
        // In sentences of 8 words, a window of 10,000 has nearly always all 7 other words. Batches
        // are the same as with windows that are no wider.
        let narrow = division(8, 10_000);
        assert_eq!((narrow.batches, narrow.parts, narrow.at_once), (4, 8, AT_ONCE));
        // In a sentence of 4,096 words, a window has two thirds of the words on average. So a batch
        // has 12 · 3 / 2 windows, and each window is a run of its own.
        let wide = division(4096, 4096);
        assert!((4096 / 19..=4096 / 17).contains(&wide.batches), "{wide:?}");
        assert_eq!(wide.parts, 16);
        // In sentences of one word there are no windows.
        assert_eq!(division(1, 5).batches, 1);
    }
}
