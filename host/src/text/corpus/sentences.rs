//! Reads sentences that a program has as words instead of text.

use super::chunk::Numbering;
use super::options::Observer;
use super::spool::{Spool, SpoolWriter};
use super::{Reading, report, trainable};
use crate::error::{Error, Result};
use crate::text::vocabulary::DROPPED;
use crate::text::words::why_not_a_word;

/// Words and sentences between two calls of the observer.
const REPORT: u64 = 1 << 16;

/// Spools all words of `sentences` to which `numbering` gives a number. Returns the spool and the
/// number of tokens in it.
pub(super) fn take<S: IntoIterator<Item: AsRef<[u8]>>>(
    sentences: impl IntoIterator<Item = S>,
    mut spool: SpoolWriter,
    numbering: &mut dyn Numbering,
    observe: &mut Observer<'_>,
) -> Result<(Spool, u64)> {
    let mut reading = Reading { bytes: 0, tokens: 0, bytes_total: None };
    let (mut kept, mut steps) = (0, 0_u64);
    let mut step = |reading: &Reading, spool: &mut SpoolWriter| {
        steps += 1;
        spool.drain()?;
        if steps.is_multiple_of(REPORT) { report(observe, reading) } else { Ok(()) }
    };
    for (line, sentence) in (1..).zip(sentences) {
        for word in sentence {
            let word = word.as_ref();
            if let Some(problem) = why_not_a_word(word) {
                return Err(Error::Line { path: "sentences".to_owned(), line, problem });
            }
            let number = match numbering.lend().0.find(word) {
                Some(number) => number,
                None => numbering.number(word)?,
            };
            if number != DROPPED {
                numbering.lend().1.get_mut(number as usize).into_iter().for_each(|count| *count += 1);
                spool.push(number);
                kept += 1;
            }
            reading.tokens += 1;
            reading.bytes += word.len() as u64;
            step(&reading, &mut spool)?;
        }
        spool.end_sentence();
        step(&reading, &mut spool)?;
    }
    report(observe, &reading)?;
    trainable(reading.tokens, kept, || "the sentences".to_owned())?;
    Ok((spool.finish()?, kept))
}
