//! Signs that a text was not prepared for training.

use crate::text::corpus::SentenceCounts;
use crate::text::vocabulary::Vocabulary;
use crate::text::words::{lower_case, shown};

/// The least number of words, or of sentences, of which a share is meaningful.
const ENOUGH: usize = 20;

/// The length of a word, in bytes, from which on it is hardly a word. word2vec.c cuts longer words.
const LONG_WORD: usize = 100;

/// A text with the signs that the text of `vocabulary` was not prepared; `None` if there are no
/// signs.
pub(crate) fn looks_raw(vocabulary: &Vocabulary) -> Option<String> {
    let words = vocabulary.len();
    if words < ENOUGH {
        return None;
    }
    let (mut marked, mut capital, mut both, mut long) = (Sign::default(), 0, Sign::default(), Sign::default());
    for word in vocabulary.words() {
        if ends_in_punctuation(word) {
            marked.see(word);
        }
        if word.len() >= LONG_WORD {
            long.see(word);
        }
        if begins_with_capital(word) {
            capital += 1;
            if lower_case(word).is_ok_and(|small| vocabulary.id(small).is_some()) {
                both.see(word);
            }
        }
    }
    let told = [
        (10 * marked.count > words)
            .then(|| format!("{} of {words} words end in punctuation{}", marked.count, marked.example)),
        (capital >= ENOUGH && 2 * both.count >= capital).then(|| {
            format!("{} of {capital} words with a capital are there in small letters too{}", both.count, both.example)
        }),
        (100 * long.count > words).then(|| format!("{} of {words} words have {LONG_WORD} bytes or more", long.count)),
    ];
    Some(told.into_iter().flatten().collect::<Vec<_>>().join("; ")).filter(|told| !told.is_empty())
}

/// A text that warns if at least half of the sentences have only one word.
pub(crate) fn short_sentences(SentenceCounts { all, of_one }: SentenceCounts) -> Option<String> {
    (all >= ENOUGH as u64 && 2 * of_one >= all).then(|| {
        format!(
            "{of_one} of {all} sentences have one word, from which nothing is learned, for it has no neighbours: a line is a sentence; \
             put all words of a sentence, or of a paragraph, on one line"
        )
    })
}

/// The words that show a sign.
#[derive(Default)]
struct Sign {
    count: usize,
    /// The first such word, as part of a message.
    example: String,
}

impl Sign {
    fn see(&mut self, word: &[u8]) {
        self.count += 1;
        if self.count == 1 {
            self.example = format!(", such as `{}`", shown(word));
        }
    }
}

/// Whether `word` contains letters or digits and ends in punctuation.
fn ends_in_punctuation(word: &[u8]) -> bool {
    let Some(last) = last_char(word) else { return false };
    let is_mark =
        last.is_ascii_punctuation() || matches!(last, '\u{2010}'..='\u{2027}' | '»' | '、' | '。' | '，' | '！' | '？');
    is_mark && str::from_utf8(word).is_ok_and(|word| word.contains(char::is_alphanumeric))
}

/// The last character of `word`.
fn last_char(word: &[u8]) -> Option<char> {
    let start = word.iter().rposition(|&byte| byte & 0xc0 != 0x80)?;
    str::from_utf8(&word[start..]).ok()?.chars().next()
}

/// Whether `word` begins with a capital letter.
fn begins_with_capital(word: &[u8]) -> bool {
    word.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next()).is_some_and(char::is_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary(words: impl IntoIterator<Item = String>) -> Vocabulary {
        Vocabulary::from_counts(words.into_iter().map(|word| (word, 1)), 1).unwrap()
    }

    #[test]
    fn signs_are_told_from_their_share_on() {
        let plain = || (0..90).map(|word| format!("word{word}"));
        let with = |more: &[String]| looks_raw(&vocabulary(plain().chain(more.iter().cloned())));
        let some = |count, word: &dyn Fn(usize) -> String| (0..count).map(word).collect::<Vec<_>>();
        assert_eq!(with(&[]), None);
        assert_eq!(with(&some(10, &|word| format!("mark{word},"))), None);
        let told = with(&some(11, &|word| format!("mark{word}”"))).unwrap();
        assert_eq!(told, "11 of 101 words end in punctuation, such as `mark0”`");
        // Punctuation that stands alone was separated from words, so the text was prepared.
        assert_eq!(with(&some(11, &|word| ",".repeat(word + 1))), None);
        assert_eq!(with(&some(19, &|word| format!("Word{word}"))), None);
        let told = with(&some(20, &|word| format!("Word{word}"))).unwrap();
        assert_eq!(told, "20 of 20 words with a capital are there in small letters too, such as `Word0`");
        assert_eq!(with(&some(41, &|word| format!("Word{}", word + 70))), None);
        assert_eq!(with(&some(1, &|_| "x".repeat(100))).unwrap(), "1 of 91 words have 100 bytes or more");
        assert_eq!(with(&some(1, &|_| "x".repeat(99))), None);
    }

    #[test]
    fn sentences_of_one_word_are_told_of() {
        let told = |all, of_one| short_sentences(SentenceCounts { all, of_one });
        assert_eq!((told(19, 19), told(20, 9)), (None, None));
        assert!(told(20, 10).unwrap().starts_with("10 of 20 sentences have one word, from which nothing is learned"));
    }
}
