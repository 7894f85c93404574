//! Files of other programs that are not read: their first bytes tell what they are, so that an
//! error can say how to make a model of them.

/// The advice for files with vectors that another program must convert.
const AS_TEXT: &str = "write its vectors as text: a line `words dimension`, then a word and its numbers on each line";

/// What a file is, and the advice.
type Kind = (&'static str, &'static str);

/// The first bytes of a kind of file, and the kind.
const KINDS: [(&[u8], Kind); 15] = [
    (b"PK\x03\x04", ("is zip, as NumPy's .npz and PyTorch's files are too", "unpack it and give the model in it")),
    (b"SQLite format 3\0", ("is a SQLite database, as .magnitude files are", AS_TEXT)),
    (b"FiFu", ("is finalfusion's format", "convert it to word2vec's with the command `finalfusion convert`")),
    (b"GGUF", ("is GGUF, a language model", AS_TEXT)),
    (b"\x89HDF\r\n\x1a\n", ("is HDF5, as Keras writes", AS_TEXT)),
    (b"PAR1", ("is Parquet", AS_TEXT)),
    (b"ARROW1", ("is Arrow", AS_TEXT)),
    (b"\x28\xb5\x2f\xfd", ("is zstd within another compression", "decompress it first")),
    (b"\x1f\x8b", ("is gzip within another compression", "decompress it first")),
    (b"Rar!\x1a\x07", ("is RAR", "unpack it and give the model in it")),
    (b"%PDF-", ("is PDF", "give the model that it speaks of")),
    (b"<!DOCTYPE", ("is a web page", "get the file itself; the page tells why it came instead")),
    (b"<!doctype", ("is a web page", "get the file itself; the page tells why it came instead")),
    (b"<html", ("is a web page", "get the file itself; the page tells why it came instead")),
    (
        b"version https://git-lfs",
        ("is what Git LFS keeps in place of a file", "get the file itself with `git lfs pull`"),
    ),
];

/// A text that says why a file that begins with `head` is not a model, with advice; `None` if the
/// file is not of a kind known here.
pub(super) fn problem(head: &[u8]) -> Option<String> {
    let known = KINDS.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, kind)| *kind);
    let (what, help) = known.or(match head {
        [0x80, 2..=5, ..] => Some((
            "is a Python pickle, as gensim's save() writes",
            "load it there and write its vectors with save_word2vec_format()",
        )),
        _ => None,
    })?;
    Some(format!("{what}; {help}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_programs_files_are_named() {
        for (head, expected) in [
            (&b"\x80\x04\x95\x1e\0"[..], "is a Python pickle, as gensim's save() writes; load it there"),
            (b"\x80\x02}q\0", "is a Python pickle"),
            (b"PK\x03\x04\x14\0", "is zip, as NumPy's .npz and PyTorch's files are too; unpack it"),
            (b"SQLite format 3\0\x10", "is a SQLite database, as .magnitude files are; write its vectors as text"),
            (b"FiFu\0\0\0\0", "is finalfusion's format; convert it"),
            (b"GGUF\x03\0\0\0", "is GGUF"),
            (b"%PDF-1.7", "is PDF"),
            (b"<!DOCTYPE html>", "is a web page; get the file itself"),
        ] {
            let problem = problem(head).unwrap();
            assert!(problem.starts_with(expected), "{problem}");
        }
        for head in [&b""[..], b"3 100\n", b"3 100 7\nB64:", b"\x80", b"\x80\x01", b"the 0.1 0.2", b"PK", &[0; 512]] {
            assert_eq!(problem(head), None);
        }
    }
}
