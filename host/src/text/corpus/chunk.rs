//! The tokens of a block: several threads look them up at once, and they get the same numbers as
//! with one thread.

use rayon::prelude::*;

use super::SENTENCE_END;
use super::spool::SpoolWriter;
use crate::error::{Error, Result};
use crate::memory;
use crate::text::tokens::tokens;
use crate::text::vocabulary::DROPPED;
use crate::text::words::{MAX_WORDS, Words, is_space};

/// The name in error messages for the memory of numbers.
const WHAT: &str = "tokens";

/// The tokens of a part of a block; reused from block to block.
#[derive(Default)]
pub(super) struct Chunk {
    /// The number of each token, and a [`SENTENCE_END`] for each newline. Numbers below `known` are
    /// those of known words. Fresh words have provisional numbers: `known` plus the word's place in
    /// `fresh`.
    numbers: Vec<u32>,
    /// The words that were not known, in the order of first occurrence in this chunk.
    fresh: Words,
    fresh_numbers: Vec<u32>,
    /// The number of words known when the chunk was filled.
    known: u32,
    /// The number of tokens, known or not.
    pub(super) tokens: u64,
}

impl Chunk {
    /// Finds the numbers of the tokens of `text` in `known`, and collects the fresh words.
    ///
    /// # Errors
    /// As [`Words::intern`].
    fn fill(&mut self, text: &[u8], known: &Words) -> Result<()> {
        self.numbers.clear();
        self.fresh.clear();
        self.tokens = 0;
        self.known = u32::try_from(known.len()).map_err(|_| Error::TooManyWords)?;
        let mut start = 0;
        for newline in memchr::memchr_iter(b'\n', text) {
            self.fill_line(&text[start..newline], known)?;
            memory::push(&mut self.numbers, SENTENCE_END, WHAT)?;
            start = newline + 1;
        }
        self.fill_line(&text[start..], known)
    }

    #[inline]
    fn fill_line(&mut self, line: &[u8], known: &Words) -> Result<()> {
        for token in tokens(line) {
            self.tokens += 1;
            let number = match known.find(token) {
                Some(number) => number,
                None => {
                    let arrival = self.fresh.intern(token)?;
                    let number = arrival.checked_add(self.known).filter(|&number| number < MAX_WORDS);
                    number.ok_or(Error::TooManyWords)?
                }
            };
            memory::push(&mut self.numbers, number, WHAT)?;
        }
        Ok(())
    }

    /// Asks `numbering` for the final numbers of the fresh words.
    pub(super) fn number(&mut self, numbering: &mut dyn Numbering) -> Result<()> {
        self.fresh_numbers.clear();
        for word in self.fresh.iter() {
            memory::push(&mut self.fresh_numbers, numbering.number(word)?, WHAT)?;
        }
        Ok(())
    }

    /// Pushes the tokens to `spool`, in memory only, and counts them in `counts`. Returns the
    /// number of tokens pushed.
    fn spool(&self, counts: &mut [u64], spool: &mut SpoolWriter) -> u64 {
        let mut numbered = 0;
        for &number in &self.numbers {
            let number = match number.checked_sub(self.known) {
                Some(arrival) if number != SENTENCE_END => self.fresh_numbers[arrival as usize],
                _ => number,
            };
            match number {
                SENTENCE_END => spool.end_sentence(),
                DROPPED => {}
                _ => {
                    if let Some(count) = counts.get_mut(number as usize) {
                        *count += 1;
                    }
                    spool.push(number);
                    numbered += 1;
                }
            }
        }
        numbered
    }

    /// Ends the sentence after the last token.
    pub(super) fn end_sentence(&mut self) {
        self.numbers.push(SENTENCE_END);
    }
}

/// The numbering of words.
pub(super) trait Numbering {
    /// The number of `word`, which may be new, or [`DROPPED`].
    fn number(&mut self, word: &[u8]) -> Result<u32>;
    /// The words by number, and their counts. The counts are empty if words are not counted.
    fn lend(&mut self) -> (&Words, &mut [u64]);
}

/// Fills `chunks` with the tokens of `text`, a part of the text for each chunk, on the threads of
/// the current pool.
///
/// # Errors
/// [`Error::TooManyWords`] if there are more words than numbers, [`Error::Memory`] if there is no
/// room for new words.
pub(super) fn fill(chunks: &mut [Chunk], text: &[u8], known: &Words) -> Result<()> {
    let parts = split(text, chunks.len());
    let filled = chunks.par_iter_mut().zip(parts).map(|(chunk, part)| chunk.fill(part, known));
    filled.collect()
}

/// Writes the tokens of `chunks` to `spool`, counts them in `counts` unless that is empty, and
/// returns the number of tokens that were spooled.
pub(super) fn put_aside(chunks: &[Chunk], counts: &mut [u64], spool: &mut SpoolWriter) -> Result<u64> {
    let mut kept = 0;
    for chunk in chunks {
        kept += chunk.spool(counts, spool);
        spool.drain()?;
    }
    Ok(kept)
}

/// Splits `text` into `count` parts of about the same length. No part ends within a token.
fn split(mut text: &[u8], count: usize) -> Vec<&[u8]> {
    let part = |left: usize| {
        let share = text.len() / left;
        let end = text[share..].iter().position(is_space).map_or(text.len(), |space| share + space + 1);
        text.split_off(..end).unwrap_or_default()
    };
    (1..=count).rev().map(part).collect()
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
