//! Words in the encoding of Deeplearning4j: `B64:` followed by the word's bytes in base64. So a
//! word may have any bytes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::text::words::Words;

/// The prefix of an encoded word.
const MARK: &[u8] = b"B64:";

/// The words that `texts` encode. `None` if a text does not encode a word, if a word comes twice,
/// or if no word differs from its text.
pub(super) fn all_decoded<'a>(texts: impl Iterator<Item = &'a [u8]>) -> Option<Words> {
    let mut words = Words::default();
    let mut changes = false;
    for text in texts {
        let word = decoded(text)?;
        changes |= word != text;
        if !words.add(&word).ok()? {
            return None;
        }
    }
    changes.then_some(words)
}

/// The word that `text` encodes; `None` if `text` does not encode a word. If the word has a line
/// feed, which no model can hold, `text` itself is returned. No two texts encode the same word.
fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let word = STANDARD.decode(text.strip_prefix(MARK)?).ok()?;
    Some(if word.contains(&b'\n') { text.to_vec() } else { word })
}

/// The text that encodes `word`.
pub(super) fn encoded(word: &[u8]) -> Vec<u8> {
    [MARK, STANDARD.encode(word).as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_decoded() {
        for (text, word) in [
            ("B64:ZGF5", Some(&b"day"[..])),
            ("B64:bmlnaHQ=", Some(b"night")),
            ("B64:+/8=", Some(b"\xfb\xff")),
            ("B64:IA==", Some(b" ")),
            ("B64:", Some(b"")),
            ("B64:YQpi", Some(b"B64:YQpi")),
            ("ZGF5", None),
            ("B64:ZGF", None),
            ("B64:ZG-5", None),
            ("B64:ZGF5bmlnaHQ", None),
            // Not canonical base64: another text encodes the same bytes, or part of them.
            ("B64:IB==", None),
            ("B64:+/9=", None),
            ("B64:IA==ZGF5", None),
            ("B64:I===", None),
            ("B64:====", None),
            ("B64:I=A=", None),
        ] {
            assert_eq!(decoded(text.as_bytes()).as_deref(), word, "{text}");
            if let Some(word) = word.filter(|&word| word != text.as_bytes()) {
                assert_eq!(encoded(word), text.as_bytes());
            }
        }
    }
}
