//! What tells one corpus from another: hashes of its vocabulary and of its tokens.

use sha2::{Digest, Sha256};

use super::Corpus;
use crate::error::{Error, Result};
use crate::files::tensors::hexadecimal;

/// Tokens that are hashed at a time.
const BLOCK: usize = 1 << 16;

/// Two corpora with the same fingerprint are trained to the same model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    /// Words of the vocabulary.
    pub(crate) words: usize,
    /// Tokens of a pass.
    pub(crate) tokens: u64,
    /// The SHA-256 of the vocabulary's lines, in hexadecimal digits.
    pub(crate) vocabulary: String,
    /// The SHA-256 of what a pass gives, each id in four bytes, in hexadecimal digits.
    pub(crate) text: String,
}

impl Corpus {
    /// The fingerprint, for which a pass is read.
    ///
    /// # Errors
    /// [`Error::Io`] when the spool cannot be read.
    pub(crate) fn fingerprint(&self) -> Result<Fingerprint> {
        let mut lines = Vec::new();
        self.vocabulary.write(&mut lines).map_err(Error::io("vocabulary", "copy"))?;
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
