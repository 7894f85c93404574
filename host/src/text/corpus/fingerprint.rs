//! Fingerprints, which tell one corpus from another: hashes of the vocabulary and of the tokens.

use sha2::{Digest, Sha256};

use super::Corpus;
use crate::error::{Error, Result};
use crate::files::tensors::hexadecimal;

/// Tokens that are hashed at a time.
const BLOCK: usize = 1 << 16;

/// The fingerprint of a corpus. Two corpora with the same fingerprint train the same model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    /// The number of words in the vocabulary.
    pub(crate) words: usize,
    /// The number of tokens in a pass.
    pub(crate) tokens: u64,
    /// The SHA-256 of the vocabulary's lines, in hexadecimal digits.
    pub(crate) vocabulary: String,
    /// The SHA-256 of the ids of a pass, each as four little-endian bytes, in hexadecimal digits.
    pub(crate) text: String,
}

impl Corpus {
    /// The fingerprint of the corpus. This reads all tokens once.
    ///
    /// # Errors
    /// [`Error::Io`] if the spool cannot be read.
    pub(crate) fn fingerprint(&self) -> Result<Fingerprint> {
        let lines = self.vocabulary.lines().map_err(Error::io("vocabulary", "copy"))?;
        let vocabulary = hexadecimal(&Sha256::digest(lines));
        let (mut pass, mut tokens, mut bytes, mut hash) = (self.pass(), Vec::new(), Vec::new(), Sha256::new());
        while pass.read(&mut tokens, BLOCK)? > 0 {
            bytes.clear();
            bytes.extend(tokens.iter().flat_map(|token| token.to_le_bytes()));
            hash.update(&bytes);
            tokens.clear();
        }
        let text = hexadecimal(&hash.finalize());
        Ok(Fingerprint { words: self.vocabulary.len(), tokens: self.tokens, vocabulary, text })
    }
}
