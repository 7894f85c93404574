//! Words as Deeplearning4j writes them, whatever bytes they hold: `B64:` and their bytes in base64.

/// The word that `text` stands for, `None` if it is not of this kind; one with a line feed, which
/// no model can hold, stays as it is. No two texts stand for the same word.
pub(super) fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let digits = text.strip_prefix(b"B64:")?;
    let (blocks, rest) = digits.as_chunks::<4>();
    if !rest.is_empty() {
        return None;
    }
    let mut word = Vec::new();
    for (position, block) in blocks.iter().enumerate() {
        let padding = block.iter().rev().take_while(|&&digit| digit == b'=').count();
        let mut bits = 0;
        for &digit in &block[..4 - padding] {
            bits = bits << 6 | value(digit)?;
        }
        let bytes = (bits << (6 * padding)).to_be_bytes();
        // Padding is for the end alone, and the bits that it pads are zero.
        let (kept, zeros) = bytes[1..].split_at_checked(3_usize.checked_sub(padding)?)?;
        if padding > 0 && (padding > 2 || position + 1 < blocks.len() || zeros.iter().any(|&byte| byte != 0)) {
            return None;
        }
        word.extend_from_slice(kept);
    }
    Some(if word.contains(&b'\n') { text.to_vec() } else { word })
}

/// The six bits that `digit` stands for.
fn value(digit: u8) -> Option<u32> {
    Some(u32::from(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
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
            // What decodes to bytes that another text decodes to.
            ("B64:IB==", None),
            ("B64:+/9=", None),
            ("B64:IA==ZGF5", None),
            ("B64:I===", None),
            ("B64:====", None),
            ("B64:I=A=", None),
        ] {
            assert_eq!(decoded(text.as_bytes()).as_deref(), word, "{text}");
        }
    }
}
