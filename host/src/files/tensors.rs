//! Files of tensors: safetensors, whose last tensor is the SHA-256 of all bytes before that tensor.
//!
//! A file is written and read as a stream, tensor after tensor, so that neither needs room for a
//! copy of a matrix. `__metadata__` holds settings as texts; its `format` says what the file is.

mod reader;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use safetensors::tensor::{Metadata, TensorInfo};
use sha2::{Digest, Sha256};

pub(crate) use reader::TensorReader;
pub(crate) use safetensors::Dtype;

/// What a file of tensors is for: what errors call the file, and the value of `format`.
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

/// The tensor with the SHA-256 of all bytes before its own.
const SHA256: &str = "sha256";

/// Bytes of a SHA-256.
const HASH_BYTES: usize = 32;

/// The text in the metadata that names the [`Kind`].
const FORMAT: &str = "format";

/// The text in the metadata that names the version of this library.
const VERSION: &str = "w2v";

/// Bytes that are hashed and written at a time.
const BLOCK_BYTES: usize = 1 << 16;

/// Bytes as hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The first bytes of a file: the length of the header, and the header in JSON.
fn header(kind: Kind, texts: &BTreeMap<&str, String>, tensors: &[Tensor]) -> io::Result<Vec<u8>> {
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
    // By way of a value, whose names are sorted: so equal files are equal bytes.
    let header = serde_json::to_value(Metadata::new(Some(metadata), infos).map_err(io::Error::other)?)?;
    let mut json = serde_json::to_vec(&header)?;
    // A multiple of 8, so that tensors of long numbers, which come first, are aligned. So the
    // length is also never what the first bytes of a gzip stream would be as a number.
    json.resize(json.len().next_multiple_of(8), b' ');
    let mut header = (json.len() as u64).to_le_bytes().to_vec();
    header.append(&mut json);
    Ok(header)
}

/// A file of tensors being written: the tensors that the header names, in its order.
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
        writer.bytes(&header(kind, texts, tensors)?)?;
        Ok(writer)
    }

    /// Writes the next bytes of a tensor.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.block.extend_from_slice(bytes);
        if self.block.len() >= BLOCK_BYTES { self.flush() } else { Ok(()) }
    }

    /// Writes the next numbers of a tensor, each as its bytes, the lowest first.
    pub(crate) fn numbers<const N: usize>(&mut self, numbers: impl IntoIterator<Item = [u8; N]>) -> io::Result<()> {
        for number in numbers {
            self.bytes(&number)?;
        }
        Ok(())
    }

    /// Writes the hash, and returns the number of bytes of the whole file.
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
