//! The numbers of a model: in memory, or in a file that is mapped.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

use crate::files::map::Map;

/// Numbers one after another.
#[derive(Clone)]
pub(crate) enum Numbers {
    /// In memory of their own.
    Owned(Vec<f32>),
    /// Those of a file.
    Mapped(Mapped),
}

/// A part of a map that holds f32 in this machine's order of bytes.
#[derive(Clone)]
pub(crate) struct Mapped {
    map: Arc<Map>,
    bytes: Range<usize>,
}

impl Mapped {
    /// The little-endian f32 in `bytes` of `map`; `None` where this machine cannot read them in
    /// place: its order of bytes is another, or they do not begin at a multiple of 4.
    pub(crate) fn new(map: Arc<Map>, bytes: Range<usize>) -> Option<Self> {
        let is_readable = cfg!(target_endian = "little")
            && map.bytes().get(bytes.clone()).is_some_and(|part| bytemuck::try_cast_slice::<u8, f32>(part).is_ok());
        is_readable.then_some(Self { map, bytes })
    }
}

impl Deref for Numbers {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        match self {
            Self::Owned(numbers) => numbers,
            // It was tried when this was made, and a map does not move.
            Self::Mapped(Mapped { map, bytes }) => {
                map.bytes().get(bytes.clone()).and_then(|part| bytemuck::try_cast_slice(part).ok()).unwrap_or_default()
            }
        }
    }
}

impl Numbers {
    /// The numbers in memory of their own.
    pub(crate) fn into_vec(self) -> Vec<f32> {
        match self {
            Self::Owned(numbers) => numbers,
            Self::Mapped(_) => self.to_vec(),
        }
    }
}

impl From<Vec<f32>> for Numbers {
    fn from(numbers: Vec<f32>) -> Self {
        Self::Owned(numbers)
    }
}

/// How many they are: they may be millions.
impl fmt::Debug for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} numbers", self.len())
    }
}
