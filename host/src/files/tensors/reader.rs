//! Reads a file of tensors. The file may hold any bytes: they are read or refused with an error. No
//! size in the header is trusted before the bytes are there.

use std::collections::{HashMap, VecDeque};
use std::fmt::Display;
use std::io::{ErrorKind, Read};
use std::str::FromStr;

use safetensors::tensor::TensorInfo;
use sha2::{Digest, Sha256};

use super::header::{LENGTH_BYTES, decoded};
use super::{BLOCK_BYTES, Dtype, FORMAT, HASH_BYTES, Kind, SHA256, VERSION};
use crate::error::{Error, Result};
use crate::memory;

/// The longest header that is read, in bytes. Headers that are written have a few thousand bytes.
const MAX_HEADER_BYTES: u64 = 1 << 20;

/// A reader of the tensors of a file, in the order of the file.
pub(crate) struct TensorReader<'a> {
    stored: Box<dyn Read + 'a>,
    name: String,
    noun: &'static str,
    hash: Sha256,
    texts: HashMap<String, String>,
    tensors: VecDeque<(String, TensorInfo)>,
    /// The position in the file, in bytes.
    at: u64,
}

impl<'a> TensorReader<'a> {
    /// Reads the header of the file `name`, whose content is `stored` and which must be a file of
    /// `kind`.
    ///
    /// # Errors
    /// [`Error::File`] if the file is not of `kind` or was written by another version.
    /// [`Error::Io`] if the file cannot be read.
    pub(crate) fn begin(stored: impl Read + 'a, name: &str, kind: Kind) -> Result<Self> {
        let mut reader = Self {
            stored: Box::new(stored),
            name: name.to_owned(),
            noun: kind.noun,
            hash: Sha256::new(),
            texts: HashMap::new(),
            tensors: VecDeque::new(),
            at: 0,
        };
        let mut length = [0; LENGTH_BYTES];
        reader.bytes(&mut length)?;
        let length = u64::from_le_bytes(length);
        if !(2..=MAX_HEADER_BYTES).contains(&length) {
            return Err(reader.problem(format!("is no {}", kind.noun)));
        }
        let mut header = vec![0; length as usize];
        reader.bytes(&mut header)?;
        let Ok((texts, tensors)) = decoded(&header) else {
            return Err(reader.problem(format!("is no {}", kind.noun)));
        };
        if texts.get(FORMAT).map(String::as_str) != Some(kind.format) {
            return Err(reader.problem(format!("is a file of tensors, but no {} of this version", kind.noun)));
        }
        let found = texts.get(VERSION).map_or("an unknown version", String::as_str);
        if found != env!("CARGO_PKG_VERSION") {
            let problem = format!("was written by w2v {found}, and this is w2v {}", env!("CARGO_PKG_VERSION"));
            return Err(reader.problem(format!("{problem}: the two may not train the same bytes; go on with that one")));
        }
        reader.tensors = tensors.into();
        reader.texts = texts;
        Ok(reader)
    }

    /// The position in the file, in bytes. After [`begin`](Self::begin) this is the position of the
    /// first tensor.
    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    /// The text `name` of the metadata; `None` if there is no such text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    /// The value that the text `name` of the metadata spells.
    ///
    /// # Errors
    /// [`Error::File`] if there is no such text, or if the text does not spell a value.
    pub(crate) fn value<T: FromStr>(&self, name: impl Display) -> Result<T> {
        let name = name.to_string();
        let value = self.text(&name).and_then(|text| text.parse().ok());
        value.ok_or_else(|| self.problem(format!("does not say its {name}, as every {} does", self.noun)))
    }

    /// Begins to read the next tensor, which must be called `name`, and returns its shape.
    ///
    /// # Errors
    /// [`Error::File`] if the next tensor has another name or another type.
    pub(crate) fn tensor(&mut self, name: &str, dtype: Dtype) -> Result<Vec<usize>> {
        // An empty tensor begins where the next tensor begins, so the header does not tell their
        // order.
        let is_empty = |(_, info): &(String, TensorInfo)| info.data_offsets.0 == info.data_offsets.1;
        let found = self.tensors.iter().position(|(found, _)| found == name);
        let found = found.filter(|&found| self.tensors.iter().take(found).all(is_empty));
        match found.and_then(|found| self.tensors.remove(found)) {
            Some((_, info)) if info.dtype == dtype => Ok(info.shape),
            _ => Err(self.problem(format!("has no tensor `{name}` of {dtype} where a {} has one", self.noun))),
        }
    }

    /// As [`tensor`](Self::tensor), for a list. Returns its length.
    pub(crate) fn list(&mut self, name: &str, dtype: Dtype) -> Result<usize> {
        match self.tensor(name, dtype)?[..] {
            [len] => Ok(len),
            _ => Err(self.problem(format!("has a tensor `{name}` that is no list"))),
        }
    }

    /// Reads the next bytes of a tensor.
    ///
    /// # Errors
    /// [`Error::File`] if the file ends too early. [`Error::Io`] if the file cannot be read.
    pub(crate) fn bytes(&mut self, bytes: &mut [u8]) -> Result<()> {
        self.unhashed(bytes)?;
        self.hash.update(&bytes);
        Ok(())
    }

    fn unhashed(&mut self, bytes: &mut [u8]) -> Result<()> {
        self.stored.read_exact(bytes).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => self.problem(format!("is cut short, or no {}", self.noun)),
            _ => Error::io(&self.name, "read")(error),
        })?;
        self.at += bytes.len() as u64;
        Ok(())
    }

    /// Calls `show` with each of the next `len` numbers of a tensor, as little-endian bytes.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes). Any error of `show`.
    pub(crate) fn numbers<const N: usize>(
        &mut self,
        len: usize,
        mut show: impl FnMut([u8; N]) -> Result<()>,
    ) -> Result<()> {
        let mut block = vec![0; (BLOCK_BYTES / N).min(len) * N];
        let mut left = len;
        while left > 0 {
            let count = left.min(BLOCK_BYTES / N);
            let block = &mut block[..count * N];
            self.bytes(block)?;
            block.as_chunks::<N>().0.iter().try_for_each(|&number| show(number))?;
            left -= count;
        }
        Ok(())
    }

    /// The next `len` numbers of a tensor, where `of` makes a number from its little-endian bytes.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes). [`Error::Memory`] if there is no room for the numbers.
    pub(crate) fn vector<const N: usize, T>(&mut self, len: usize, of: impl Fn([u8; N]) -> T) -> Result<Vec<T>> {
        let mut values = Vec::new();
        self.numbers(len, |number| memory::push(&mut values, of(number), "the numbers of a file"))?;
        Ok(values)
    }

    /// Reads all remaining tensors, and checks that the file is complete and has its checksum.
    ///
    /// # Errors
    /// [`Error::File`] if the file is cut short, too long, damaged or altered. [`Error::Io`] if the
    /// file cannot be read.
    pub(crate) fn finish(mut self) -> Result<()> {
        while let Some((name, info)) = self.tensors.pop_front() {
            let is_last = self.tensors.is_empty();
            if is_last != (name == SHA256) {
                return Err(self.problem(format!("has no checksum at its end, as every {} has", self.noun)));
            }
            let (start, end) = info.data_offsets;
            if !is_last {
                self.numbers(end - start, |[_]: [u8; 1]| Ok(()))?;
            } else if (info.dtype, end - start) == (Dtype::U8, HASH_BYTES) {
                let mut told = [0; HASH_BYTES];
                self.unhashed(&mut told)?;
                if std::mem::take(&mut self.hash).finalize()[..] != told {
                    return Err(
                        self.problem("is damaged or altered: its content does not have its checksum".to_owned())
                    );
                }
                return match self.stored.read_exact(&mut [0]) {
                    Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(()),
                    Err(error) => Err(Error::io(&self.name, "read")(error)),
                    Ok(()) => Err(self.problem("goes on after its end: something was added to it".to_owned())),
                };
            }
        }
        Err(self.problem(format!("has no checksum at its end, as every {} has", self.noun)))
    }

    /// The name of the file in errors.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The error for a file with this `problem`.
    pub(crate) fn problem(&self, problem: String) -> Error {
        Error::File { path: self.name.clone(), problem }
    }
}
