//! The types of numbers in files.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::str::FromStr;

use half::{bf16, f16};

use crate::error::{Error, Result};
use crate::model::vectors::Vectors;
use crate::text::words::shown;

/// The type of the numbers in a file that is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dtype {
    /// 32 bits, the type of the numbers of a model in memory.
    #[default]
    F32,
    /// 16 bits with 10 bits of fraction: three decimal digits, numbers up to 65,504.
    F16,
    /// 16 bits with 7 bits of fraction: two decimal digits, numbers up to about 3.4 × 10³⁸ as in
    /// f32.
    Bf16,
}

impl Dtype {
    /// All types.
    pub const ALL: [Self; 3] = [Self::F32, Self::F16, Self::Bf16];

    /// The name in lower case, for example `bf16`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Bf16 => "bf16",
        }
    }

    /// The size of a number in bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
        }
    }

    /// Writes `numbers` in little-endian order. Each number is rounded to the nearest number of
    /// this type.
    pub(super) fn write(self, numbers: &[f32], to: &mut dyn Write) -> io::Result<()> {
        let mut bytes = Vec::new();
        for part in numbers.chunks(WRITTEN) {
            bytes.clear();
            match self {
                Self::F32 => bytes.extend(part.iter().flat_map(|number| number.to_le_bytes())),
                Self::F16 => bytes.extend(part.iter().flat_map(|&number| f16::from_f32(number).to_le_bytes())),
                Self::Bf16 => bytes.extend(part.iter().flat_map(|&number| bf16::from_f32(number).to_le_bytes())),
            }
            to.write_all(&bytes)?;
        }
        Ok(())
    }

    /// Fails for the first of `vectors` with a number that this type would store as infinite.
    pub(super) fn check(self, vectors: &Vectors) -> io::Result<()> {
        let is_finite = |&number: &f32| match self {
            Self::F32 => number.is_finite(),
            Self::F16 => f16::from_f32(number).is_finite(),
            Self::Bf16 => bf16::from_f32(number).is_finite(),
        };
        for (word, vector) in vectors.words().zip(vectors.numbers().chunks_exact(vectors.dim())) {
            if let Some(number) = vector.iter().find(|number| !is_finite(number)) {
                let (word, name) = (shown(word), self.name());
                let problem = format!("the vector of `{word}` has {number:e}, which {name} cannot hold; store f32");
                return Err(io::Error::new(ErrorKind::InvalidInput, problem));
            }
        }
        Ok(())
    }
}

/// How many numbers are converted and written at a time.
const WRITTEN: usize = 1 << 14;

/// Writes the name.
impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The error for a text that is not the name of a [`Dtype`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is none of f32, f16 and bf16")]
pub struct UnknownDtype(String);

impl FromStr for Dtype {
    type Err = UnknownDtype;

    fn from_str(name: &str) -> std::result::Result<Self, UnknownDtype> {
        Self::ALL.into_iter().find(|dtype| dtype.name() == name).ok_or_else(|| UnknownDtype(name.to_owned()))
    }
}

/// The type of the numbers in a file that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    F64,
    As(Dtype),
}

impl Stored {
    /// The size of a number in bytes.
    pub(super) const fn bytes(self) -> usize {
        match self {
            Self::F64 => 8,
            Self::As(dtype) => dtype.bytes(),
        }
    }

    /// Appends the little-endian numbers in `bytes` to `numbers`. The caller has reserved room in
    /// `numbers`.
    pub(super) fn decode(self, bytes: &[u8], numbers: &mut Vec<f32>) {
        match self {
            Self::F64 => {
                numbers.extend(bytes.as_chunks().0.iter().map(|&number| f64::from_le_bytes(number) as f32));
            }
            Self::As(Dtype::F32) => {
                numbers.extend(bytes.as_chunks().0.iter().map(|&number| f32::from_le_bytes(number)));
            }
            Self::As(Dtype::F16) => {
                numbers.extend(bytes.as_chunks().0.iter().map(|&number| f16::from_le_bytes(number).to_f32()));
            }
            Self::As(Dtype::Bf16) => {
                numbers.extend(bytes.as_chunks().0.iter().map(|&number| bf16::from_le_bytes(number).to_f32()));
            }
        }
    }
}

/// Bytes read at a time: a multiple of the size of a number of any type.
pub(super) const BLOCK_BYTES: usize = 1 << 16;

/// The least number of values for which room is made.
pub(super) const FIRST_ROOM: usize = 1 << 16;

/// Reads `count` numbers from `reader` and returns the first `most` of them. The others are read
/// and dropped. `seen` is given all bytes. Errors call the file `name` and the part of the file
/// `what`.
///
/// # Errors
/// [`Error::File`] if the file ends too early or there is no memory. [`Error::Io`] from `reader`.
pub(super) fn read_numbers(
    reader: &mut impl Read,
    stored: Stored,
    count: usize,
    most: usize,
    name: &str,
    what: &str,
    mut seen: impl FnMut(&[u8]),
) -> Result<Vec<f32>> {
    let fail = |problem: String| Error::File { path: name.to_owned(), problem };
    let (mut numbers, mut block, mut left) = (Vec::new(), vec![0; BLOCK_BYTES], count);
    while left > 0 {
        let next = left.min(BLOCK_BYTES / stored.bytes());
        let part = &mut block[..next * stored.bytes()];
        if !read_exact(reader, part).map_err(Error::io(name, "read"))? {
            return Err(fail(format!("the file ends within the {what}; is it cut short?")));
        }
        left -= next;
        seen(part);
        let more = next.min(most.saturating_sub(numbers.len()));
        let refused = |_| fail(format!("no memory for the {count} numbers of the {what}; load its first words alone"));
        make_room(&mut numbers, more, count.min(most)).map_err(refused)?;
        stored.decode(&part[..more * stored.bytes()], &mut numbers);
    }
    Ok(numbers)
}

/// Makes room for `more` values. If there is no memory, the error is the number of values for which
/// there is none.
///
/// The header promises `promised` values in all, but a header may lie. So room is not made for all
/// values at once: room doubles as values are read. Room does not grow beyond the promise.
/// Otherwise a file slightly larger than a power of two would take twice its size.
pub(super) fn make_room<T>(values: &mut Vec<T>, more: usize, promised: usize) -> std::result::Result<(), usize> {
    let needed = values.len().saturating_add(more);
    if needed > values.capacity() {
        let room = values.capacity().saturating_mul(2).max(FIRST_ROOM).min(promised).max(needed);
        values.try_reserve_exact(room - values.len()).map_err(|_| room)?;
    }
    Ok(())
}

/// Fills `bytes` from `reader`; false if `reader` ends too early.
pub(super) fn read_exact(reader: &mut impl Read, bytes: &mut [u8]) -> io::Result<bool> {
    match reader.read_exact(bytes) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        read => read.map(|()| true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_stored_as_the_nearest() {
        let numbers = [1.0, -0.1, 1.0 / 3.0, 65504.0, 6e-8, 0.0];
        for (dtype, expected) in [
            (Dtype::F32, numbers),
            (Dtype::F16, [1.0, -0.099_975_586, 0.333_251_95, 65504.0, 5.960_464_5e-8, 0.0]),
            (Dtype::Bf16, [1.0, -0.100_097_656, 0.333_984_38, 65536.0, 6.007_030_6e-8, 0.0]),
        ] {
            let (mut bytes, mut again) = (Vec::new(), Vec::new());
            dtype.write(&numbers, &mut bytes).unwrap();
            assert_eq!(bytes.len(), 6 * dtype.bytes());
            Stored::As(dtype).decode(&bytes, &mut again);
            assert_eq!(again, expected, "{dtype}");
            assert_eq!(dtype.name().parse(), Ok(dtype));
        }
        let mut again = Vec::new();
        Stored::F64.decode(&0.1_f64.to_le_bytes(), &mut again);
        assert_eq!(again, [0.1]);
        assert_eq!("f8".parse::<Dtype>().unwrap_err().to_string(), "`f8` is none of f32, f16 and bf16");
    }

    #[test]
    fn what_would_be_infinite_is_refused() {
        let vectors = Vectors::new(["a", "b"], 1, vec![1.0, 70_000.0]).unwrap();
        let error = Dtype::F16.check(&vectors).unwrap_err().to_string();
        assert_eq!(error, "the vector of `b` has 7e4, which f16 cannot hold; store f32");
        let largest = Vectors::new(["a"], 1, vec![f32::MAX]).unwrap();
        assert!(Dtype::Bf16.check(&largest).is_err());
        assert!(Dtype::Bf16.check(&vectors).is_ok() && Dtype::F32.check(&largest).is_ok());
    }
}
