//! Files of tensors: safetensors, whose last tensor is the SHA-256 of all bytes before that tensor.
//!
//! A file is written and read as a stream, one tensor after another, so neither needs memory for a
//! copy of a matrix. The entry `__metadata__` holds settings as texts. Its text `format` says what
//! the file is.

pub(crate) mod header;
mod reader;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use safetensors::tensor::TensorInfo;
use sha2::{Digest, Sha256};

pub(crate) use reader::TensorReader;
pub(crate) use safetensors::Dtype;

/// The purpose of a file: its name in errors, and the value of the text `format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) noun: &'static str,
    pub(crate) format: &'static str,
}

/// The name and the layout of a tensor.
#[derive(Clone, Debug)]
pub(crate) struct Tensor {
    pub(crate) name: &'static str,
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
}

/// The name of the last tensor, the SHA-256 of all bytes before this tensor.
const SHA256: &str = "sha256";

/// The size of a SHA-256 in bytes.
const HASH_BYTES: usize = 32;

/// The name of the text in the metadata that holds [`Kind::format`].
const FORMAT: &str = "format";

/// The name of the text in the metadata that holds the version of this library.
const VERSION: &str = "w2v";

/// Bytes that are hashed and written at a time.
const BLOCK_BYTES: usize = 1 << 16;

/// Bytes as hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The first bytes of a file: the length of the header, and the header in JSON.
fn first_bytes(kind: Kind, texts: &BTreeMap<&str, String>, tensors: &[Tensor]) -> io::Result<Vec<u8>> {
    let hash = Tensor { name: SHA256, dtype: Dtype::U8, shape: vec![HASH_BYTES] };
    let mut end: usize = 0;
    let mut infos = Vec::with_capacity(tensors.len() + 1);
    for tensor in tensors.iter().chain([&hash]) {
        let bytes = tensor.shape.iter().try_fold(tensor.dtype.bitsize() / 8, |all, &len| all.checked_mul(len));
        let start = end;
        end = bytes.and_then(|bytes| end.checked_add(bytes)).ok_or_else(|| io::Error::other("is too large"))?;
        let info = TensorInfo { dtype: tensor.dtype, shape: tensor.shape.clone(), data_offsets: (start, end) };
        infos.push((tensor.name.to_owned(), info));
    }
    let mut metadata: HashMap<String, String> =
        texts.iter().map(|(&name, text)| (name.to_owned(), text.clone())).collect();
    metadata.insert(FORMAT.to_owned(), kind.format.to_owned());
    metadata.insert(VERSION.to_owned(), env!("CARGO_PKG_VERSION").to_owned());
    header::encoded(metadata, infos)
}

/// Writes a file of tensors: the tensors that the header names, in the order of the header.
pub(crate) struct TensorWriter<'a> {
    to: &'a mut dyn Write,
    hash: Sha256,
    block: Vec<u8>,
    written: u64,
}

impl<'a> TensorWriter<'a> {
    /// Writes the header of a file of `kind` with these texts and tensors.
    pub(crate) fn begin(
        to: &'a mut dyn Write,
        kind: Kind,
        texts: &BTreeMap<&str, String>,
        tensors: &[Tensor],
    ) -> io::Result<Self> {
        let mut writer = Self { to, hash: Sha256::new(), block: Vec::with_capacity(BLOCK_BYTES), written: 0 };
        writer.bytes(&first_bytes(kind, texts, tensors)?)?;
        Ok(writer)
    }

    /// Writes the next bytes of a tensor.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.block.extend_from_slice(bytes);
        if self.block.len() >= BLOCK_BYTES { self.flush() } else { Ok(()) }
    }

    /// Writes the next numbers of a tensor, each as little-endian bytes.
    pub(crate) fn numbers<const N: usize>(&mut self, numbers: impl IntoIterator<Item = [u8; N]>) -> io::Result<()> {
        for number in numbers {
            self.bytes(&number)?;
        }
        Ok(())
    }

    /// Writes the SHA-256, and returns the size of the whole file in bytes.
    pub(crate) fn end(mut self) -> io::Result<u64> {
        self.flush()?;
        let hash = self.hash.finalize();
        self.to.write_all(&hash)?;
        Ok(self.written + hash.len() as u64)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.hash.update(&self.block);
        self.to.write_all(&self.block)?;
        self.written += self.block.len() as u64;
        self.block.clear();
        Ok(())
    }
}
