//! The tokens of a block, looked up by several threads at once and numbered as one thread would.

use rayon::prelude::*;

use super::SENTENCE_END;
use crate::error::{Error, Result};
use crate::tokens::tokens;
use crate::vocabulary::DROPPED;
use crate::words::{MAX_WORDS, Words, is_space};

/// The tokens of a stretch of text; reused from block to block.
#[derive(Default)]
pub(super) struct Chunk {
    /// The number of each token, and a [`SENTENCE_END`] for each newline; after the numbers of the words that were known come
    /// those of the fresh ones.
    numbers: Vec<u32>,
    /// Words that were not known, in order of arrival.
    fresh: Words,
    /// Tokens, known or not.
    pub(super) tokens: u64,
}

impl Chunk {
    /// Looks `text` up in `known`; there are too many words if `None` comes out.
    fn fill(&mut self, text: &[u8], known: &Words) -> Option<()> {
        self.numbers.clear();
        self.fresh.clear();
        self.tokens = 0;
        let mut start = 0;
        for newline in memchr::memchr_iter(b'\n', text) {
            self.fill_line(&text[start..newline], known)?;
            self.numbers.push(SENTENCE_END);
            start = newline + 1;
        }
        self.fill_line(&text[start..], known)
    }

    #[inline]
    fn fill_line(&mut self, line: &[u8], known: &Words) -> Option<()> {
        for token in tokens(line) {
            self.tokens += 1;
            let number = match known.find(token) {
                Some(number) => number,
                None => {
                    let arrival = self.fresh.intern(token)?;
                    arrival.checked_add(known.len() as u32).filter(|&number| number < MAX_WORDS)?
                }
            };
            self.numbers.push(number);
        }
        Some(())
    }

    /// Shows the number of each token in turn, and each [`SENTENCE_END`]; `known` words had one when the chunk was filled.
    pub(super) fn drain(
        &mut self,
        known: u32,
        numbering: &mut impl Numbering,
        mut show: impl FnMut(u32),
    ) -> Result<()> {
        let fresh = self.fresh.iter().map(|word| numbering.number(word)).collect::<Result<Vec<u32>>>()?;
        for &number in &self.numbers {
            let number = match number.checked_sub(known) {
                Some(arrival) if number != SENTENCE_END => fresh[arrival as usize],
                _ => number,
            };
            match number {
                SENTENCE_END => {}
                DROPPED => continue,
                _ => numbering.see(number),
            }
            show(number);
        }
        Ok(())
    }
}

/// Who gives words their numbers.
pub(super) trait Numbering: Sync {
    /// The words that have numbers: their places here.
    fn known(&self) -> &Words;
    /// The number of a word that may be unknown: that of its place from now on, or [`DROPPED`].
    fn number(&mut self, word: &[u8]) -> Result<u32>;
    /// Takes note of a token with a number.
    fn see(&mut self, number: u32);
}

/// Looks the tokens of `text` up, a part a chunk, by the threads of the current pool.
///
/// # Errors
/// [`Error::NothingToTrain`] if there are more words than numbers.
pub(super) fn fill(chunks: &mut [Chunk], text: &[u8], known: &Words) -> Result<()> {
    let parts = split(text, chunks.len());
    let filled = chunks.par_iter_mut().zip(parts).map(|(chunk, part)| chunk.fill(part, known));
    filled.collect::<Option<()>>().ok_or_else(too_many_words)
}

/// `text` in `count` parts, about equal in length, none of which ends within a token.
fn split(mut text: &[u8], count: usize) -> Vec<&[u8]> {
    let part = |left: usize| {
        let share = text.len() / left;
        let end = text[share..].iter().position(is_space).map_or(text.len(), |space| share + space + 1);
        text.split_off(..end).unwrap_or_default()
    };
    (1..=count).rev().map(part).collect()
}

pub(super) fn too_many_words() -> Error {
    Error::NothingToTrain("the corpus has more than 2^32 - 2 distinct words".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_text_are_whole_tokens() {
        let text = b"a bb\n  ccc a-very-long-token-that-takes-several-parts d\te";
        for count in 1..2 * text.len() {
            let parts = split(text, count);
            assert_eq!(parts.len(), count);
            assert_eq!(parts.concat(), text);
            let ends = parts.iter().filter_map(|part| part.last());
            assert!(ends.clone().rev().skip(1).all(is_space) && parts[0].len() <= text.len() / count + 46);
        }
    }
}
