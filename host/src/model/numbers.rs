//! The numbers of a model: in memory, or in a mapped file.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

use crate::files::map::Map;

/// A sequence of f32.
#[derive(Clone)]
pub(crate) enum Numbers {
    /// Numbers in memory.
    Owned(Vec<f32>),
    /// Numbers in a mapped file.
    Mapped(Mapped),
}

/// A part of a mapped file that holds f32 in this machine's byte order.
#[derive(Clone)]
pub(crate) struct Mapped {
    map: Arc<Map>,
    bytes: Range<usize>,
}

impl Mapped {
    /// The little-endian f32 in `bytes` of `map`. `None` if this machine cannot read the numbers in
    /// place: it is big-endian, or the numbers are not aligned to 4 bytes.
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
            // `Mapped::new` has checked this cast, and a map does not move in memory.
            Self::Mapped(Mapped { map, bytes }) => {
                map.bytes().get(bytes.clone()).and_then(|part| bytemuck::try_cast_slice(part).ok()).unwrap_or_default()
            }
        }
    }
}

impl Numbers {
    /// The numbers in memory; copied if they are mapped.
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

/// Shows how many numbers there are: they may be millions.
impl fmt::Debug for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} numbers", self.len())
    }
}
