//! Files of safetensors: a header that names tensors, followed by the numbers of the tensors,
//! little-endian.
//!
//! The header is JSON. For each tensor the header gives the type of its numbers, its shape and its
//! place in the file. The metadata of the header is a map from names to texts. Files written here
//! have checksums in the metadata: `crc32.NAME` is the CRC-32 of tensor `NAME`, and `crc32.header`
//! is the CRC-32 of everything else in the header. A reader compares each part that it reads in
//! full with the part's checksum. A file without checksums is read without this check.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use flate2::Crc;
use safetensors::Dtype as Kind;
use safetensors::tensor::TensorInfo;

use super::dtype::{BLOCK_BYTES, Dtype, Stored, make_room, read_exact, read_numbers};
use crate::error::{Error, Result};
use crate::files::tensors::header::{LENGTH_BYTES, decoded, encoded};

/// The longest header that is read, in bytes: many times the header of a large language model.
const MAX_HEADER_BYTES: u64 = 1 << 24;

/// The prefix of the names of checksums.
const CRC: &str = "crc32.";

/// The name of the header's checksum.
const HEADER_CRC: &str = "crc32.header";

/// Texts by name, as in the metadata.
pub(crate) type Texts = BTreeMap<String, String>;

/// Whether a file that begins with `head` may be safetensors.
pub(super) fn is_head(head: &[u8]) -> bool {
    matches!(head, [_, _, _, _, 0, 0, 0, 0, b'{', ..])
}

/// A function that writes bytes. It is called more than once and must write the same bytes each
/// time.
pub(crate) type Writing<'a> = Box<dyn Fn(&mut dyn Write) -> io::Result<()> + 'a>;

/// A tensor to write.
pub(crate) struct Tensor<'a> {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) shape: Vec<usize>,
    /// Writes the bytes of the tensor; the number of bytes follows from `kind` and `shape`.
    pub(crate) write: Writing<'a>,
}

impl<'a> Tensor<'a> {
    /// A matrix of `numbers` with `dim` numbers in a row, stored as `dtype`.
    pub(crate) fn matrix(name: &'static str, numbers: &'a [f32], dim: usize, dtype: Dtype) -> Self {
        let kind = match dtype {
            Dtype::F32 => Kind::F32,
            Dtype::F16 => Kind::F16,
            Dtype::Bf16 => Kind::BF16,
        };
        let shape = vec![numbers.len() / dim.max(1), dim];
        Self { name, kind, shape, write: Box::new(move |to| dtype.write(numbers, to)) }
    }

    /// A tensor of `len` whole numbers, stored as u64.
    pub(crate) fn integers<I: Iterator<Item = u64>>(
        name: &'static str,
        len: usize,
        numbers: impl Fn() -> I + 'a,
    ) -> Self {
        let write = move |to: &mut dyn Write| numbers().try_for_each(|number| to.write_all(&number.to_le_bytes()));
        Self { name, kind: Kind::U64, shape: vec![len], write: Box::new(write) }
    }

    /// A tensor of the bytes of `parts`, one part after another.
    pub(crate) fn bytes<P: AsRef<[u8]>, I: Iterator<Item = P>>(name: &'static str, parts: impl Fn() -> I + 'a) -> Self {
        let len = parts().map(|part| part.as_ref().len()).sum();
        let write = move |to: &mut dyn Write| parts().try_for_each(|part| to.write_all(part.as_ref()));
        Self { name, kind: Kind::U8, shape: vec![len], write: Box::new(write) }
    }

    /// The number of bytes of the tensor.
    fn len(&self) -> usize {
        self.shape.iter().product::<usize>() * self.kind.bitsize() / 8
    }
}

/// Writes a file of `tensors`, with `texts` and the checksums in the metadata.
///
/// # Errors
/// Any error of `to` or of a tensor's `write`.
pub(crate) fn write(mut texts: Texts, mut tensors: Vec<Tensor<'_>>, to: &mut dyn Write) -> io::Result<()> {
    // The crate `safetensors` writes tensors in this order. Types with larger numbers come first,
    // so each tensor begins at a multiple of the size of its numbers.
    tensors.sort_by(|a, b| b.kind.cmp(&a.kind).then(a.name.cmp(b.name)));
    let mut infos = Vec::new();
    let mut end = 0;
    for tensor in &tensors {
        let mut sum = Checksum(Crc::new());
        (tensor.write)(&mut sum)?;
        texts.insert(format!("{CRC}{}", tensor.name), sum.digits());
        let start = end;
        end += tensor.len();
        let info = TensorInfo { dtype: tensor.kind, shape: tensor.shape.clone(), data_offsets: (start, end) };
        infos.push((tensor.name.to_owned(), info));
    }
    let sum = header_checksum(&texts, &infos);
    texts.insert(HEADER_CRC.to_owned(), sum);
    to.write_all(&encoded(texts.into_iter().collect(), infos)?)?;
    tensors.iter().try_for_each(|tensor| (tensor.write)(to))
}

/// A writer that computes the CRC-32 of the bytes written to it.
struct Checksum(Crc);

impl Checksum {
    /// The checksum in eight hexadecimal digits.
    fn digits(&self) -> String {
        format!("{:08x}", self.0.sum())
    }
}

impl Write for Checksum {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The checksum of everything in the header but the checksum itself.
fn header_checksum(texts: &Texts, tensors: &[(String, TensorInfo)]) -> String {
    let mut sum = Checksum(Crc::new());
    for (name, text) in texts.iter().filter(|(name, _)| *name != HEADER_CRC) {
        sum.0.update(format!("{name:?} {text:?}\n").as_bytes());
    }
    for (name, TensorInfo { dtype, shape, data_offsets }) in tensors {
        sum.0.update(format!("{name:?} {dtype:?} {shape:?} {data_offsets:?}\n").as_bytes());
    }
    sum.digits()
}

/// The header of a file.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) texts: Texts,
    /// All tensors in the order of the file.
    tensors: Vec<(String, TensorInfo)>,
    /// The position in the file at which the numbers begin, in bytes.
    start: usize,
}

/// The part of a tensor that a reader asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted {
    Nothing,
    Bytes,
    /// The first numbers, at most as many as given.
    Numbers(usize),
}

/// The part of a tensor that was read.
#[derive(Debug)]
pub(crate) enum Data {
    Bytes(Vec<u8>),
    Numbers(Vec<f32>),
}

impl Header {
    /// Reads the header from `reader`; errors call the file `name`.
    ///
    /// # Errors
    /// [`Error::File`] if the bytes are not a header of safetensors, or if the header differs from
    /// its checksum. [`Error::Io`] from `reader`.
    pub(crate) fn read(reader: &mut impl Read, name: &str) -> Result<Self> {
        let fail = |problem: String| Error::File { path: name.to_owned(), problem };
        let cut = || fail("the file ends within its header; is it cut short?".to_owned());
        let mut length = [0; LENGTH_BYTES];
        read_exact(reader, &mut length).map_err(Error::io(name, "read"))?.then_some(()).ok_or_else(cut)?;
        let length = u64::from_le_bytes(length);
        if length > MAX_HEADER_BYTES {
            return Err(fail(format!(
                "is no safetensors: its header would have {length} bytes, where {MAX_HEADER_BYTES} is the most"
            )));
        }
        let mut json = Vec::new();
        reader.take(length).read_to_end(&mut json).map_err(Error::io(name, "read"))?;
        if (json.len() as u64) < length {
            return Err(cut());
        }
        let (texts, tensors) = decoded(&json)
            .map_err(|problem| fail(format!("is no safetensors: its header cannot be used ({problem})")))?;
        let texts: Texts = texts.into_iter().collect();
        let has_sums = texts.keys().any(|name| name.starts_with(CRC));
        if has_sums && texts.get(HEADER_CRC) != Some(&header_checksum(&texts, &tensors)) {
            return Err(fail(altered("header")));
        }
        Ok(Self { texts, tensors, start: LENGTH_BYTES + json.len() })
    }

    /// The tensors in the order of the file.
    pub(crate) fn tensors(&self) -> impl Iterator<Item = (&str, &TensorInfo)> {
        self.tensors.iter().map(|(name, info)| (name.as_str(), info))
    }

    /// The tensor with this name.
    pub(crate) fn tensor(&self, name: &str) -> Option<&TensorInfo> {
        self.tensors().find(|(other, _)| *other == name).map(|(_, info)| info)
    }

    /// The size of the file in bytes.
    pub(crate) fn file_bytes(&self) -> usize {
        self.start.saturating_add(self.tensors.last().map_or(0, |(_, info)| info.data_offsets.1))
    }

    /// The range of bytes of the file that holds the tensor of `info`.
    pub(crate) fn place(&self, info: &TensorInfo) -> std::ops::Range<usize> {
        let (start, end) = info.data_offsets;
        self.start.saturating_add(start)..self.start.saturating_add(end)
    }

    /// Compares `bytes`, which are all bytes of the tensor `tensor`, with the tensor's checksum in
    /// the header.
    ///
    /// # Errors
    /// [`Error::File`] if the checksum differs.
    pub(crate) fn check(&self, tensor: &str, bytes: &[u8], name: &str) -> Result<()> {
        let mut sum = Checksum(Crc::new());
        sum.0.update(bytes);
        self.check_sum(tensor, &sum, name)
    }

    fn check_sum(&self, tensor: &str, sum: &Checksum, name: &str) -> Result<()> {
        match self.texts.get(&format!("{CRC}{tensor}")) {
            Some(written) if *written != sum.digits() => {
                let problem = altered(&format!("tensor `{tensor}`"));
                Err(Error::File { path: name.to_owned(), problem })
            }
            _ => Ok(()),
        }
    }

    /// Reads all tensors from `reader`, which stands behind the header, and returns for each tensor
    /// the part that `wanted` asks for, by the tensor's name.
    ///
    /// # Errors
    /// [`Error::File`] if the file is shorter or longer than its header says, differs from a
    /// checksum, or does not fit into memory. [`Error::Io`] from `reader`.
    pub(crate) fn read_tensors(
        &self,
        reader: &mut impl Read,
        name: &str,
        wanted: impl Fn(&str, &TensorInfo) -> Wanted,
    ) -> Result<BTreeMap<String, Data>> {
        let fail = |problem: String| Error::File { path: name.to_owned(), problem };
        let mut found = BTreeMap::new();
        let mut block = vec![0; BLOCK_BYTES];
        for (tensor, info) in self.tensors() {
            let stored = stored(info.dtype);
            let bytes = info.data_offsets.1.saturating_sub(info.data_offsets.0);
            let wanted = wanted(tensor, info);
            let mut sum = Checksum(Crc::new());
            let data = match (wanted, stored) {
                (Wanted::Numbers(most), Some(stored)) => {
                    let (count, what) = (bytes / stored.bytes(), format!("tensor `{tensor}`"));
                    let seen = |part: &[u8]| sum.0.update(part);
                    Data::Numbers(read_numbers(reader, stored, count, most, name, &what, seen)?)
                }
                (Wanted::Numbers(_), None) => {
                    let problem = "where F64, F32, F16 and BF16 are read";
                    return Err(fail(format!("the numbers of the tensor `{tensor}` are {:?}, {problem}", info.dtype)));
                }
                (Wanted::Bytes | Wanted::Nothing, _) => {
                    let (mut all, mut left) = (Vec::new(), bytes);
                    while left > 0 {
                        let part = &mut block[..left.min(BLOCK_BYTES)];
                        if !read_exact(reader, part).map_err(Error::io(name, "read"))? {
                            return Err(fail(format!("the file ends within the tensor `{tensor}`; is it cut short?")));
                        }
                        left -= part.len();
                        sum.0.update(part);
                        if matches!(wanted, Wanted::Bytes) {
                            let refused = |_| fail(format!("no memory for the {bytes} bytes of the tensor `{tensor}`"));
                            make_room(&mut all, part.len(), bytes).map_err(refused)?;
                            all.extend_from_slice(part);
                        }
                    }
                    Data::Bytes(all)
                }
            };
            self.check_sum(tensor, &sum, name)?;
            if !matches!(wanted, Wanted::Nothing) {
                found.insert(tensor.to_owned(), data);
            }
        }
        if read_exact(reader, &mut [0]).map_err(Error::io(name, "read"))? {
            return Err(fail("more bytes after the last tensor; is its header right?".to_owned()));
        }
        Ok(found)
    }
}

/// The text of the error for a `part` that differs from its checksum.
fn altered(part: &str) -> String {
    format!("the {part} is not what was written: its CRC-32 is another; get the file again")
}

/// The type by which numbers of `kind` are read; `None` if this type is not read.
fn stored(kind: Kind) -> Option<Stored> {
    Some(match kind {
        Kind::F64 => Stored::F64,
        Kind::F32 => Stored::As(Dtype::F32),
        Kind::F16 => Stored::As(Dtype::F16),
        Kind::BF16 => Stored::As(Dtype::Bf16),
        _ => return None,
    })
}
