//! Subsamples a text that comes in superbatches, and forms the windows around the kept tokens.
//!
//! The context of a window is all kept tokens of the center's sentence within its reach, no matter
//! where superbatches and chunks end. A superbatch is processed in two passes. In the first pass,
//! chunks are subsampled in parallel, and a reach is drawn for each kept token; each chunk has a
//! generator of its own. In the second pass, when all chunks are done, windows are formed. If a
//! window reaches beyond the text so far, the center waits for the next superbatch, and the tokens
//! before the center stay in memory for its context.

use super::subsample::subsample;
use crate::config::MAX_WINDOW;
use crate::text::corpus::SENTENCE_END;
use crate::threads::each;
use std::ops::Range;
use w2v_core::rng::SplitMix64;
use w2v_core::window::draw_reach;

// A reach is stored as a `u16`, and so is the number of context tokens on one side.
const _: () = assert!(MAX_WINDOW <= u16::MAX as usize);

/// How text is subsampled and windows are drawn.
pub(crate) struct Sampling<S> {
    /// For a word the probability that a token is kept, times 2³².
    pub(crate) share: S,
    /// The largest reach.
    pub(crate) window: usize,
    /// The number of tokens of a chunk, including ends of sentences.
    pub(crate) chunk: usize,
}

/// A center and its context, which are kept tokens of the center's sentence.
pub(crate) struct Window {
    /// The center's place in [`KeptText`].
    pub(crate) center: usize,
    /// The number of context tokens before the center.
    pub(crate) before: u16,
    /// The number of context tokens after the center.
    pub(crate) after: u16,
}

/// The kept tokens of a superbatch. Before them are tokens of earlier superbatches, which are still
/// needed as context, or are waiting to be centers. A *place* is an index into these tokens.
#[derive(Debug, Default)]
pub(crate) struct KeptText {
    /// The words, with [`SENTENCE_END`] after each sentence.
    words: Vec<u32>,
    /// For each word the reach that was drawn; 0 for the end of a sentence.
    reaches: Vec<u16>,
    /// The first place that has not been a center yet.
    next: usize,
    /// The largest reach.
    window: usize,
}

impl KeptText {
    /// Adds the next superbatch. `generator` returns the generator of a chunk by the chunk's
    /// number. Returns for each chunk the places of the centers whose windows can be formed now.
    /// Centers that were waiting are added to the centers of the first chunk.
    pub(crate) fn take<S: Fn(u32) -> u32 + Sync>(
        &mut self,
        tokens: &[u32],
        sampling: &Sampling<S>,
        generator: impl Fn(u64) -> SplitMix64,
    ) -> Vec<Range<usize>> {
        let Sampling { share, window, chunk } = sampling;
        self.window = *window;
        let past = self.next.saturating_sub(self.window);
        self.words.drain(..past);
        self.reaches.drain(..past);
        self.next -= past;
        let mut end = self.words.len();
        self.words.resize(end + tokens.len(), 0);
        self.reaches.resize(end + tokens.len(), 0);

        let first = end;
        let room = self.words[first..].chunks_mut(*chunk).zip(self.reaches[first..].chunks_mut(*chunk));
        let job = |((number, tokens), (words, reaches))| Job { tokens, rng: generator(number), words, reaches };
        let jobs = (0..).zip(tokens.chunks(*chunk)).zip(room).map(job).collect();
        let lens = each(jobs, |job: Job<'_>| job.sample(share, self.window));

        // Closes the gaps that dropped tokens leave at the end of each chunk.
        let mut centers = Vec::with_capacity(lens.len());
        for (start, len) in (first..).step_by(*chunk).zip(lens) {
            self.words.copy_within(start..start + len, end);
            self.reaches.copy_within(start..start + len, end);
            centers.push(end..end + len);
            end += len;
        }
        self.words.truncate(end);
        self.reaches.truncate(end);

        let formed = self.formed();
        for centers in &mut centers {
            *centers = centers.start.min(formed)..centers.end.min(formed);
        }
        if let Some(centers) = centers.first_mut() {
            centers.start = self.next;
        }
        self.next = formed;
        centers
    }

    /// What the next superbatch needs of the text: the words that are context still or wait to be
    /// centers, the reach of each, and how many of them were centers.
    pub(crate) fn carried(&self) -> (&[u32], &[u16], usize) {
        let past = self.next.saturating_sub(self.window);
        (&self.words[past..], &self.reaches[past..], self.next - past)
    }

    /// The text of which [`carried`](Self::carried) returned this, for windows of `window`; `None`
    /// for what it cannot have returned.
    pub(crate) fn resumed(words: Vec<u32>, reaches: Vec<u16>, next: usize, window: usize) -> Option<Self> {
        let is_possible = |(&word, &reach): (&u32, &u16)| match word {
            SENTENCE_END => reach == 0,
            _ => (1..=window).contains(&reach.into()),
        };
        let holds = words.len() == reaches.len()
            && words.iter().zip(&reaches).all(is_possible)
            && next <= words.len().min(window)
            && words.len() - next <= window;
        holds.then_some(Self { words, reaches, next, window })
    }

    /// The end of the centers whose windows are complete: the first place of an unfinished sentence
    /// whose window reaches beyond the text so far, or the end of the text.
    fn formed(&self) -> usize {
        let len = self.words.len();
        let from = len.saturating_sub(self.window).max(self.next);
        let waiting = (from..len).rev().take_while(|&place| self.words[place] != SENTENCE_END);
        waiting.filter(|&place| place + usize::from(self.reaches[place]) >= len).last().unwrap_or(len)
    }

    /// The words at `places`, with [`SENTENCE_END`]s.
    pub(crate) fn words(&self, places: Range<usize>) -> &[u32] {
        &self.words[places]
    }

    /// The places of `centers` and of all tokens that their windows can reach.
    pub(crate) fn around(&self, centers: &Range<usize>) -> Range<usize> {
        let Some(last) = centers.clone().last() else { return centers.clone() };
        self.start_of_context(centers.start)..self.end_of_context(last, centers.end).max(centers.end)
    }

    /// Calls `show` for the window of each of `centers`, also for windows without context.
    pub(crate) fn for_each_window(&self, centers: Range<usize>, mut show: impl FnMut(Window)) {
        let mut start = self.start_of_context(centers.start);
        let mut place = centers.start;
        while place < centers.end {
            let end = self.end_of_context(place, centers.end);
            for (center, &reach) in (place..).zip(&self.reaches[place..end.min(centers.end)]) {
                let within = |distance: usize| distance.min(reach.into()) as u16;
                show(Window { center, before: within(center - start), after: within(end - center - 1) });
            }
            // Go on after the end of the sentence.
            (start, place) = (end + 1, end + 1);
        }
    }

    /// The start of the sentence of `center`, or the first place that its window can reach,
    /// whichever is later.
    fn start_of_context(&self, center: usize) -> usize {
        let first = center.saturating_sub(self.window);
        let end = self.words[first..center].iter().rposition(|&word| word == SENTENCE_END);
        end.map_or(first, |end| first + end + 1)
    }

    /// The end of the sentence of `center`, or the first place that no window of a center before
    /// `end` can reach, whichever is earlier. If `center` is the end of a sentence itself, its own
    /// place.
    fn end_of_context(&self, center: usize, end: usize) -> usize {
        let last = self.words.len().min(end + self.window);
        let found = self.words[center..last].iter().position(|&word| word == SENTENCE_END);
        found.map_or(last, |found| center + found)
    }
}

/// A chunk of text to subsample, and room for its kept tokens and their reaches.
struct Job<'a> {
    tokens: &'a [u32],
    rng: SplitMix64,
    words: &'a mut [u32],
    reaches: &'a mut [u16],
}

impl Job<'_> {
    /// Subsamples the chunk, and draws a reach for each kept token, sentence after sentence.
    /// Returns the number of kept tokens, including ends of sentences.
    fn sample(self, share: impl Fn(u32) -> u32, window: usize) -> usize {
        let Self { tokens, mut rng, words, reaches } = self;
        let mut len = 0;
        for sentence in tokens.split_inclusive(|&token| token == SENTENCE_END) {
            let (sentence, ends) = match sentence.split_last() {
                Some((&SENTENCE_END, sentence)) => (sentence, true),
                _ => (sentence, false),
            };
            let kept = subsample(sentence, &share, &mut rng, &mut words[len..]);
            reaches[len..len + kept].fill_with(|| draw_reach(window as u32, &mut rng) as u16);
            len += kept;
            if ends {
                (words[len], reaches[len]) = (SENTENCE_END, 0);
                len += 1;
            }
        }
        len
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use w2v_core::subsample::keeps;

    /// Of the words whose id is a multiple of 3, half of the tokens are kept; of the others, all.
    fn share(word: u32) -> u32 {
        if word.is_multiple_of(3) { 1 << 31 } else { u32::MAX }
    }

    /// The generator of a chunk of a superbatch.
    fn generator(superbatch: u64, chunk: u64) -> SplitMix64 {
        SplitMix64::at(&[superbatch, chunk])
    }

    /// A center, the first and the last token of its window, and the number of context tokens.
    type Found = (u32, u32, u32, usize);

    /// The windows by plain loops: first each sentence is subsampled, then the windows of each
    /// sentence are formed.
    fn expected(superbatches: &[&[u32]], window: usize, chunk: usize) -> Vec<Found> {
        let mut sentences: Vec<Vec<(u32, usize)>> = vec![Vec::new()];
        for (superbatch, tokens) in (0..).zip(superbatches) {
            for (chunk, tokens) in (0..).zip(tokens.chunks(chunk)) {
                let mut random = generator(superbatch, chunk);
                for part in tokens.split_inclusive(|&token| token == SENTENCE_END) {
                    let words = part.iter().copied().filter(|&word| word != SENTENCE_END);
                    let kept: Vec<u32> = words.filter(|&word| keeps(share(word), &mut random)).collect();
                    let drawn = kept.into_iter().map(|word| (word, draw_reach(window as u32, &mut random)));
                    sentences.last_mut().unwrap().extend(drawn);
                    if part.contains(&SENTENCE_END) {
                        sentences.push(Vec::new());
                    }
                }
            }
        }
        let mut windows = Vec::new();
        for sentence in sentences {
            for (center, &(word, reach)) in sentence.iter().enumerate() {
                let (first, last) = (center.saturating_sub(reach), (center + reach).min(sentence.len() - 1));
                windows.push((word, sentence[first].0, sentence[last].0, last - first));
            }
        }
        windows
    }

    /// The windows by [`KeptText`].
    fn found(text: &mut KeptText, superbatches: &[&[u32]], window: usize, chunk: usize) -> Vec<Found> {
        let mut windows = Vec::new();
        let mut next = text.next;
        for (superbatch, tokens) in (0..).zip(superbatches) {
            next -= next.saturating_sub(window);
            let centers = text.take(tokens, &Sampling { share, window, chunk }, |chunk| generator(superbatch, chunk));
            assert_eq!(centers.len(), tokens.len().div_ceil(chunk));
            assert!(text.words.len() <= 2 * window + tokens.len());
            for centers in centers {
                // Each place is a center exactly once.
                assert_eq!(std::mem::replace(&mut next, centers.end), centers.start);
                let around = text.around(&centers);
                assert!(
                    around.start <= centers.start
                        && around.end >= centers.end
                        && around.len() <= centers.len() + 2 * window
                );
                text.for_each_window(centers.clone(), |Window { center, before, after }| {
                    assert!(centers.contains(&center));
                    let (first, last) = (center - usize::from(before), center + usize::from(after));
                    assert!(around.contains(&first) && around.contains(&last));
                    let [first, center, last] = [first, center, last].map(|place| text.words[place]);
                    windows.push((center, first, last, usize::from(before) + usize::from(after)));
                });
            }
        }
        windows
    }

    /// Superbatches of `size` words, as a pass returns them: the end of a sentence is in the
    /// superbatch of the sentence's last word.
    fn superbatches(text: &[u32], size: usize) -> Vec<&[u32]> {
        let mut ends = vec![0];
        let mut words = 0;
        for (place, &token) in text.iter().enumerate() {
            if token != SENTENCE_END {
                if words == size {
                    ends.push(place);
                    words = 0;
                }
                words += 1;
            }
        }
        ends.push(text.len());
        ends.windows(2).map(|ends| &text[ends[0]..ends[1]]).collect()
    }

    /// Sentences of the lengths `lens`. Each token is a different word.
    fn sentences(lens: impl Iterator<Item = usize>) -> Vec<u32> {
        let mut word = 0..;
        lens.flat_map(|len| word.by_ref().take(len).chain([SENTENCE_END]).collect::<Vec<u32>>()).collect()
    }

    #[test]
    fn every_window_has_all_its_context_wherever_superbatches_and_chunks_end() {
        let short = || [1, 2, 3, 1, 7, 40, 1, 1, 12].into_iter().cycle().take(90);
        let texts = [sentences(short()), sentences([1000, 1, 1, 700, 2].into_iter()), sentences([3000].into_iter())];
        for text in &texts {
            for window in [1, 2, 5, 50, 999, 10_000] {
                for (size, chunk) in [(1, 1), (2, 9), (10, 3), (64, 7), (1000, 100), (1000, 1000), (10_000, 333)] {
                    let superbatches = superbatches(text, size);
                    let mut kept = KeptText::default();
                    // The first epoch leaves nothing that changes the second.
                    for epoch in 1..3 {
                        let found = found(&mut kept, &superbatches, window, chunk);
                        let expected = expected(&superbatches, window, chunk);
                        assert!(found == expected, "window {window}, superbatches of {size}, epoch {epoch}");
                    }
                }
            }
        }
    }

    #[test]
    fn long_lines_have_all_pairs_of_wide_windows() {
        for (lens, size) in
            [(vec![200_000], 1024), (vec![200_000], 25_000), (vec![5000; 40], 1025), (vec![1 << 16; 2], 1 << 16)]
        {
            let text = sentences(lens.into_iter());
            for window in [5, 500, 5000, 10_000] {
                let superbatches = superbatches(&text, size);
                let found = found(&mut KeptText::default(), &superbatches, window, 1 << 15);
                let pairs = |windows: &[Found]| windows.iter().map(|&(.., context)| context).sum::<usize>();
                let expected = expected(&superbatches, window, 1 << 15);
                assert_eq!(pairs(&found), pairs(&expected), "window {window}, superbatches of {size}");
                assert!(found == expected, "window {window}, superbatches of {size}");
            }
        }
    }
}
