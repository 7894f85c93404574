//! One pass over a corpus: the spooled tokens as ids of the vocabulary.

use super::SENTENCE_END;
use super::spool::SpoolReader;
use crate::error::Result;
use crate::push_if::push_if;
use crate::text::vocabulary::DROPPED;

/// A reader of the tokens of a corpus, from the first to the last.
#[derive(Debug)]
pub struct Pass<'a> {
    spool: SpoolReader<'a>,
    /// For each spooled number the word's id; `None` if the numbers are ids already.
    ids: Option<&'a [u32]>,
    /// Ids read from the spool, and the number of them that were used.
    ahead: Vec<u32>,
    used: usize,
    in_sentence: bool,
}

impl<'a> Pass<'a> {
    pub(super) fn new(spool: SpoolReader<'a>, ids: Option<&'a [u32]>) -> Self {
        Self { spool, ids, ahead: Vec::new(), used: 0, in_sentence: false }
    }

    /// Appends the ids of the next `limit` tokens (at least 1) to `tokens`, or of all that are left
    /// if those are fewer. Returns the number of tokens appended: 0 at the end of the corpus.
    ///
    /// Words outside the vocabulary are passed over. [`SENTENCE_END`] follows the last token of
    /// each sentence, in the same call, and does not count as a token. So the appended ids never
    /// start with [`SENTENCE_END`], and two [`SENTENCE_END`]s are never neighbours.
    ///
    /// # Errors
    /// [`Error::Io`](crate::error::Error::Io) if the spool cannot be read.
    pub fn read(&mut self, tokens: &mut Vec<u32>, limit: usize) -> Result<usize> {
        let mut appended = 0;
        loop {
            let ahead = &self.ahead[self.used..];
            let room = limit - appended;
            if room == 0 && ahead.first().is_some_and(|&id| is_word(id)) {
                // The next id is examined, but not used: it tells whether the sentence goes on.
                return Ok(appended);
            }
            let ids = &ahead[..ahead.len().min(room.max(1))];
            if !ids.is_empty() {
                appended += append(ids, &mut self.in_sentence, tokens);
                self.used += ids.len();
                continue;
            }
            self.used = 0;
            self.spool.fill(&mut self.ahead)?;
            if let Some(ids) = self.ids {
                // A loop of its own, so that many ids are fetched at once: the ids of rare words
                // are not in a near cache.
                for id in &mut self.ahead {
                    // The end of a sentence is beyond all numbers, and stays.
                    let otherwise = if *id == SENTENCE_END { SENTENCE_END } else { DROPPED };
                    *id = ids.get(*id as usize).copied().unwrap_or(otherwise);
                }
            }
            if self.ahead.is_empty() {
                return Ok(appended);
            }
        }
    }
}

/// Appends the words of `ids` to `tokens`, and the ends of sentences that have at least one word.
/// Returns the number of words. `in_sentence` tells whether the current sentence has a word so far,
/// and is updated.
///
/// Branchless, because a processor cannot predict which words are outside the vocabulary.
fn append(ids: &[u32], in_sentence: &mut bool, tokens: &mut Vec<u32>) -> usize {
    let before = tokens.len();
    tokens.resize(before + ids.len(), 0);
    let appended = &mut tokens[before..];
    let (mut len, mut words, mut inside) = (0, 0, *in_sentence);
    for &id in ids {
        let word = is_word(id);
        let end = (id == SENTENCE_END) & inside;
        push_if(appended, &mut len, id, word | end);
        words += usize::from(word);
        inside = word | (inside & !end);
    }
    *in_sentence = inside;
    tokens.truncate(before + len);
    words
}

/// Whether `id` is the id of a word of the vocabulary.
fn is_word(id: u32) -> bool {
    (id != DROPPED) & (id != SENTENCE_END)
}
