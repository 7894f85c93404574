//! Tables of facts and the sentences that state them.

use rand_core::Rng;
use w2v_core::rng::{SplitMix64, below};

/// A table of facts, with sentences that state them.
///
/// A cell, or a word of a sentence, may have alternatives, such as `like/love`: one is drawn at
/// each use. In an alternative `_` stands for a space. A word `{column}` of a sentence is replaced
/// by the cell in this column of the drawn row.
pub(super) struct Topic {
    /// Names of the columns, separated by blanks.
    pub(super) columns: &'static str,
    /// The rows, one fact in each. A row has one cell for each column; cells are separated by
    /// blanks.
    pub(super) rows: &'static [&'static str],
    /// The sentences, each about one row.
    pub(super) sentences: &'static [&'static str],
}

impl Topic {
    /// Draws a row and a sentence, appends the sentence to `text` as a line, and returns the number
    /// of its tokens.
    pub(super) fn write_sentence(&self, random: &mut SplitMix64, text: &mut Vec<u8>) -> usize {
        let (Some(row), Some(sentence)) = (pick(random, self.rows), pick(random, self.sentences)) else {
            return 0;
        };
        let mut tokens = 0;
        for word in sentence.split(' ') {
            let phrase = pick_alternative(random, self.resolve(row, word));
            for word in phrase.split('_') {
                if tokens > 0 {
                    text.push(b' ');
                }
                text.extend_from_slice(word.as_bytes());
                tokens += 1;
            }
        }
        text.push(b'\n');
        tokens
    }

    /// For each row the cells in columns `left` and `right`.
    pub(super) fn pairs(
        &self,
        left: &'static str,
        right: &'static str,
    ) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.rows.iter().filter_map(move |row| Some((self.cell(row, left)?, self.cell(row, right)?)))
    }

    fn resolve(&self, row: &'static str, word: &'static str) -> &'static str {
        word.strip_prefix('{')
            .and_then(|word| word.strip_suffix('}'))
            .and_then(|column| self.cell(row, column))
            .unwrap_or(word)
    }

    fn cell(&self, row: &'static str, column: &str) -> Option<&'static str> {
        let position = self.columns.split(' ').position(|name| name == column)?;
        row.split(' ').nth(position)
    }

    /// For tests: panics if the number of a row's cells is not the number of columns.
    #[cfg(test)]
    pub(super) fn check(&self) {
        let columns = self.columns.split(' ').count();
        for row in self.rows {
            assert_eq!(row.split(' ').count(), columns, "{row}");
        }
    }
}

fn pick(random: &mut SplitMix64, from: &[&'static str]) -> Option<&'static str> {
    let count = u32::try_from(from.len()).ok()?;
    from.get(below(random.next_u32(), count) as usize).copied()
}

fn pick_alternative(random: &mut SplitMix64, alternatives: &'static str) -> &'static str {
    let count = alternatives.split('/').count();
    let drawn = u32::try_from(count).map_or(0, |count| below(random.next_u32(), count));
    alternatives.split('/').nth(drawn as usize).unwrap_or(alternatives)
}
