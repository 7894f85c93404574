//! One pass over a corpus: the spooled tokens as ids of the vocabulary.

use super::SENTENCE_END;
use super::spool::SpoolReader;
use crate::error::Result;
use crate::vocabulary::DROPPED;

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

    /// Appends the ids of the next tokens to `tokens`, `limit` of them (at least 1) or as many as are left, and gives
    /// their number: 0 at the end of the corpus.
    ///
    /// Words outside the vocabulary are passed over. After the last token of each sentence, and in the same call, comes
    /// [`SENTENCE_END`], which does not count; so nothing appended starts with it, and no two of it are neighbours.
    ///
    /// # Errors
    /// [`Error::Io`](crate::error::Error::Io) when the spool cannot be read.
    pub fn read(&mut self, tokens: &mut Vec<u32>, limit: usize) -> Result<usize> {
        let mut appended = 0;
        loop {
            let ahead = &self.ahead[self.used..];
            for &id in ahead {
                match id {
                    DROPPED => {}
                    SENTENCE_END => {
                        if std::mem::take(&mut self.in_sentence) {
                            tokens.push(SENTENCE_END);
                        }
                    }
                    // Looked at but not used: whether the sentence goes on is known only now.
                    _ if appended == limit => return Ok(appended),
                    _ => {
                        tokens.push(id);
                        appended += 1;
                        self.in_sentence = true;
                    }
                }
                self.used += 1;
            }
            self.used = 0;
            self.spool.fill(&mut self.ahead)?;
            if let Some(ids) = self.ids {
                // By themselves, so that many are fetched at once: those of rare words are in no near cache.
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
