//! Serialization of a vocabulary with serde: a sequence of pairs of a word and its count.
//!
//! In a format for people, such as JSON, a word is a string if it is UTF-8, and a sequence of bytes
//! otherwise. In a binary format a word is always bytes.

use std::fmt;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Vocabulary;

/// A word to write.
struct Borrowed<'a>(&'a [u8]);

/// A word that was read.
struct Owned(Vec<u8>);

impl Serialize for Borrowed<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match str::from_utf8(self.0) {
            Ok(word) if to.is_human_readable() => to.serialize_str(word),
            _ => to.serialize_bytes(self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Owned {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if from.is_human_readable() { from.deserialize_any(Word) } else { from.deserialize_byte_buf(Word) }
    }
}

/// Reads a word in any of these forms.
struct Word;

impl<'de> Visitor<'de> for Word {
    type Value = Owned;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a word, as a string or as bytes")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Owned, E> {
        Ok(Owned(word.into()))
    }

    fn visit_bytes<E: Error>(self, word: &[u8]) -> Result<Owned, E> {
        Ok(Owned(word.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut bytes: A) -> Result<Owned, A::Error> {
        let mut word = Vec::new();
        while let Some(byte) = bytes.next_element()? {
            word.push(byte);
        }
        Ok(Owned(word))
    }
}

impl Serialize for Vocabulary {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.words().zip(self.counts()).map(|(word, count)| (Borrowed(word), count)))
    }
}

/// Pairs may come in any order. Each word must occur once.
impl<'de> Deserialize<'de> for Vocabulary {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let entries = Vec::<(Owned, u64)>::deserialize(from)?;
        let len = entries.len();
        let counts = entries.into_iter().map(|(Owned(word), count)| (word, count));
        let vocabulary = Self::from_counts(counts, 1).map_err(D::Error::custom)?;
        if vocabulary.len() == len {
            Ok(vocabulary)
        } else {
            Err(D::Error::custom("a word of the vocabulary comes twice, or its count is 0"))
        }
    }
}
