//! Sentences that a program has as words, and not as text.

use std::ops::ControlFlow;

use super::chunk::Numbering;
use super::spool::{Spool, SpoolWriter};
use super::{Reading, report, trainable};
use crate::error::{Error, Result};
use crate::vocabulary::DROPPED;
use crate::words::why_not_a_word;

/// Bytes of words between two calls of the observer, about.
const REPORT_BYTES: u64 = 1 << 20;

/// The spool of all words of `sentences` that `numbering` gives a number, and how many they are.
pub(super) fn take<S: IntoIterator<Item: AsRef<[u8]>>>(
    sentences: impl IntoIterator<Item = S>,
    mut spool: SpoolWriter,
    numbering: &mut dyn Numbering,
    observe: &mut dyn FnMut(&Reading) -> ControlFlow<()>,
) -> Result<(Spool, u64)> {
    let mut reading = Reading { bytes: 0, tokens: 0, bytes_total: None };
    let (mut kept, mut next_report) = (0, 0);
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
            spool.drain()?;
            if reading.bytes >= next_report {
                next_report = reading.bytes + REPORT_BYTES;
                report(observe, &reading)?;
            }
        }
        spool.end_sentence();
    }
    trainable(reading.tokens, kept, || "the sentences".to_owned())?;
    Ok((spool.finish()?, kept))
}
