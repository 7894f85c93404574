//! One pass over a corpus: the spooled tokens as ids of the vocabulary.

use super::SENTENCE_END;
use super::spool::SpoolReader;
use crate::error::Result;
use crate::push_if::push_if;
use crate::text::vocabulary::DROPPED;

/// A reader of a corpus's tokens from its start to its end.
#[derive(Debug)]
pub struct Pass<'a> {
    spool: SpoolReader<'a>,
    /// The vocabulary's id of each spooled number, where they differ.
    ids: Option<&'a [u32]>,
    /// Ids read ahead, and how many of them were used.
    ahead: Vec<u32>,
    used: usize,
    in_sentence: bool,
}

impl<'a> Pass<'a> {
    pub(super) fn new(spool: SpoolReader<'a>, ids: Option<&'a [u32]>) -> Self {
        Self { spool, ids, ahead: Vec::new(), used: 0, in_sentence: false }
    }

    /// Appends the ids of the next tokens to `tokens`, `limit` of them (at least 1) or as many as
    /// are left, and gives their number: 0 at the end of the corpus.
    ///
    /// Words outside the vocabulary are passed over. After the last token of each sentence, and in
    /// the same call, comes [`SENTENCE_END`], which does not count; so nothing appended starts with
    /// it, and no two of it are neighbours.
    ///
    /// # Errors
    /// [`Error::Io`](crate::error::Error::Io) when the spool cannot be read.
    pub fn read(&mut self, tokens: &mut Vec<u32>, limit: usize) -> Result<usize> {
        let mut appended = 0;
        loop {
            let ahead = &self.ahead[self.used..];
            let room = limit - appended;
            if room == 0 && ahead.first().is_some_and(|&id| is_word(id)) {
                // Looked at but not used: whether the sentence goes on is known only now.
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
                // By themselves, so that many are fetched at once: those of rare words are in no
                // near cache.
                for id in &mut self.ahead {
                    // A sentence's end is beyond all ids, and stays.
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

/// Appends the words of `ids`, and the ends of sentences that have some, to `tokens`, and gives the
/// number of words. Whether a sentence has some so far is `in_sentence`.
///
/// Without a branch, for no processor foretells which words are outside the vocabulary.
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

/// Whether `id` is that of a word of the vocabulary.
fn is_word(id: u32) -> bool {
    (id != DROPPED) & (id != SENTENCE_END)
}
