//! How much text a superbatch has, and how its windows become batches.

use super::segment::Segment;
use crate::threads::each;
use std::iter::successors;

/// Windows of a batch, at most: few enough that their hidden vectors stay in an L2 of 1 MiB (D = 100), enough to be shared out.
const WINDOWS: usize = 1024;

/// Windows of a run, at most. A batch has runs that lie far apart in the text: windows of a batch miss each other's gradients, and a
/// large batch of one place learns worse (benches/CHOICES.md).
const RUN: usize = 128;

/// The largest overlap of a batch if its words are spread evenly over the text: it has fewer windows where it would be larger.
///
/// All gradients of a batch are taken at one place, and a word's row receives those of all windows that have it as context. So many,
/// on average over the context of a window, is the batch's overlap: so many times as far as alone it moves the window's hidden vector,
/// and if that is too far it overshoots until it is infinite. Wide windows and small vocabularies have much of it, be there one window.
const MOST_OVERLAP: f64 = 12.0;

/// The largest overlap of a run by itself, whose windows all move the same way: it is shorter where it would be larger. With windows of
/// 5, a run of [`RUN`] has 11 in English; more come of wider ones, and of texts that repeat themselves, such as walks on a graph.
const MOST_OVERLAP_OF_RUN: f64 = 16.0;

/// And this over the context words that a window of the widest reach has on average: wide windows overshoot with less, as was found by trying (benches/CHOICES.md).
const MOST_OVERLAP_OF_WIDE: f64 = 320.0;

/// Threads that batches are worth. They have 16 partitions to predict, and [`WORDS_OF_THREAD`] for each thread, which take a few
/// microseconds in each phase: one that is woken for fewer, or only looks for work, keeps the others waiting.
pub(in crate::train) const MOST_THREADS: usize = 16;

// The number of a batch's share is a `u8`, and so is that after the last.
const _: () = assert!(MOST_THREADS < u8::MAX as usize);

/// Context words that are worth another thread: those of 64 windows of 5.
const WORDS_OF_THREAD: usize = 384;

/// Batches of a superbatch, about, where no sentence cuts a window short.
const BATCHES: usize = 64;

/// A segment has at least so many windows for each word of reach, so that the context that it has of its neighbours is little.
const WINDOWS_OF_REACH: usize = 25;

/// Tokens of a superbatch, at most: where subsampling keeps next to none, it would be all of the corpus.
const MOST_TOKENS: usize = 1 << 22;

/// Batches that are put together at once: enough for all threads, few enough to stay in a cache until they are trained.
const AT_ONCE: usize = 16;

/// Tokens of those, or of one that has more, at most: next to its windows a run has their context, which may be wide.
const MOST_AT_ONCE: usize = 1 << 22;

/// What a superbatch is made of, as far as counts tell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    /// Tokens.
    pub(super) superbatch: usize,
    /// Segments of text, in each of which every batch has a run or several.
    pub(super) segments: usize,
    /// Σ p², p a word's share of the kept tokens: how often two of them are the same word.
    pub(super) same: f64,
}

/// How the windows of a superbatch become batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Division {
    /// Number of batches.
    pub(super) batches: usize,
    /// The equal parts of each segment, in each of which a batch has a run.
    pub(super) parts: usize,
    /// Threads that a batch is worth.
    pub(super) threads: usize,
    /// Batches that are put together at once.
    pub(super) at_once: usize,
}

impl Size {
    /// As much text as makes enough batches of the size that they have where no sentence cuts a window short.
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

    /// How the windows of `segments` become batches.
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

/// As many windows as a batch shall have, or fewer where they would have too many words in common: if they have `context` words on
/// average, of which two are `same` so often. One at least.
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
        // A segment has 25 windows for each word of reach, where the whole text is not too short for that.
        assert_eq!(size(&even, u32::MAX, 255), [25 * 255, 1, 48]);
        assert_eq!(size(&even, u32::MAX, 10_000), [25 * 10_000, 1, 1]);
        assert_eq!(size(&[1 << 20; 16], u32::MAX, 5), [64 * 32, 1, 32]);
        assert_eq!(size(&[1 << 20, 7 << 20], u32::MAX, 5), [64 * 2, 1, 2]);
        // Half of the tokens are kept, and none.
        assert_eq!(size(&even, u32::MAX / 2, 5)[0], 2 * 64 * 1024);
        assert_eq!(size(&even, 0, 5)[0], MOST_TOKENS);
    }

    /// How words 0 to 4095, after each other in sentences of `len`, are divided.
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
        // Of 8 words all others are in nearly every window of 10,000, and batches as with windows that are no wider.
        let narrow = division(8, 10_000);
        assert_eq!((narrow.batches, narrow.parts, narrow.at_once), (4, 8, AT_ONCE));
        // Of 4,096 words two thirds are in a window, on average: of batches of 12 * 3 / 2 windows each is a run of its own.
        let wide = division(4096, 4096);
        assert!((4096 / 19..=4096 / 17).contains(&wide.batches), "{wide:?}");
        assert_eq!(wide.parts, 16);
        // A segment without windows.
        assert_eq!(division(1, 5).batches, 1);
    }
}
