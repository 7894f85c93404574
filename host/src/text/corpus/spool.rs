//! Numbered tokens in a temporary file without a name. The file is written once, and each pass
//! reads it once. Several passes may read at the same time.
//!
//! The file holds little-endian `u16` units. A token's number plus one is split into groups of 15
//! bits, lowest first, a group in each unit. The top bit of a unit says that another group follows.
//! A unit of 0 ends a sentence. Numbers are given in the order of first occurrence, so frequent
//! words have small numbers, and most tokens take two bytes.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::SENTENCE_END;
use crate::error::{Error, Result};

/// Bytes that are collected before they are written, and bytes read at a time.
const BUFFER_BYTES: usize = 1 << 18;

/// Bits of a number in one unit.
const GROUP_BITS: u32 = 15;

/// The bit of a unit that says that another group of the same number follows.
const MORE: u16 = 1 << GROUP_BITS;

/// Appends to `bytes` the units of the token with this number.
#[inline]
pub(super) fn push_units(number: u32, bytes: &mut Vec<u8>) {
    let mut groups = u64::from(number) + 1;
    while groups >= u64::from(MORE) {
        bytes.extend_from_slice(&(groups as u16 | MORE).to_le_bytes());
        groups >>= GROUP_BITS;
    }
    bytes.extend_from_slice(&(groups as u16).to_le_bytes());
}

/// The unit that ends a sentence.
pub(super) const END_UNIT: [u8; 2] = [0; 2];

/// Units that are read one after the other and need not be a spool's.
#[derive(Default)]
pub(super) struct UnitChecker {
    groups: u64,
    shift: u32,
    /// Tokens so far.
    pub(super) tokens: u64,
}

impl UnitChecker {
    /// Whether `unit` may come next in a spool of tokens of `words` words.
    pub(super) fn take(&mut self, unit: u16, words: u64) -> bool {
        // A number of 32 bits has three groups at most.
        if self.shift >= 3 * GROUP_BITS {
            return false;
        }
        self.groups |= u64::from(unit & !MORE) << self.shift;
        if unit & MORE != 0 {
            self.shift += GROUP_BITS;
            return true;
        }
        self.tokens += u64::from(self.groups > 0);
        let holds = self.groups <= words && (self.groups > 0 || self.shift == 0);
        (self.groups, self.shift) = (0, 0);
        holds
    }

    /// Whether the last number is whole.
    pub(super) fn is_whole(&self) -> bool {
        self.shift == 0
    }
}

/// A spool that is being filled.
pub(super) struct SpoolWriter {
    file: File,
    /// The file's name in errors: that of its directory.
    place: String,
    pending: Vec<u8>,
    written: u64,
    /// Tokens of the sentence so far.
    in_sentence: u64,
    sentences: SentenceCounts,
}

/// How many sentences there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SentenceCounts {
    /// With a token at least.
    pub(crate) all: u64,
    /// With one token.
    pub(crate) of_one: u64,
}

impl SpoolWriter {
    /// An empty spool in `directory`. The file has no name, so the system deletes it when the
    /// program ends in whatever way.
    pub(super) fn create(directory: &Path) -> Result<Self> {
        let place = directory.display().to_string();
        let file = tempfile::tempfile_in(directory).map_err(Error::io(&place, "spool the tokens here"))?;
        Ok(Self::over(file, place))
    }

    fn over(file: File, place: String) -> Self {
        let sentences = SentenceCounts::default();
        Self { file, place, pending: Vec::new(), written: 0, in_sentence: 0, sentences }
    }

    /// Adds a token by its number. The token stays in memory until [`SpoolWriter::drain`].
    #[inline]
    pub(super) fn push(&mut self, number: u32) {
        self.in_sentence += 1;
        push_units(number, &mut self.pending);
    }

    /// Ends the sentence if it has a token.
    #[inline]
    pub(super) fn end_sentence(&mut self) {
        let tokens = std::mem::take(&mut self.in_sentence);
        if tokens > 0 {
            self.sentences.all += 1;
            self.sentences.of_one += u64::from(tokens == 1);
            self.pending.extend_from_slice(&END_UNIT);
        }
    }

    /// Writes the tokens in memory to the file, if they have at least [`BUFFER_BYTES`] bytes.
    pub(super) fn drain(&mut self) -> Result<()> {
        if self.pending.len() >= BUFFER_BYTES { self.write() } else { Ok(()) }
    }

    /// The filled spool.
    pub(super) fn finish(mut self) -> Result<Spool> {
        self.end_sentence();
        self.write()?;
        let Self { file, place, written: bytes, sentences, .. } = self;
        Ok(Spool { file: Mutex::new(file), place, start: 0, bytes, sentences })
    }

    fn write(&mut self) -> Result<()> {
        self.file.write_all(&self.pending).map_err(Error::io(&self.place, "spool the tokens here"))?;
        self.written += self.pending.len() as u64;
        self.pending.clear();
        Ok(())
    }
}

/// A filled spool.
#[derive(Debug)]
pub(super) struct Spool {
    /// Each read seeks first, so a reader does not depend on the position that another reader left.
    file: Mutex<File>,
    place: String,
    /// Where in the file the first token is.
    start: u64,
    bytes: u64,
    sentences: SentenceCounts,
}

impl Spool {
    /// The spool of the `bytes` bytes from `start` on of a file; `place` is its name in errors.
    /// The numbers of sentences are unknown, and 0 here.
    pub(super) const fn within(file: File, place: String, start: u64, bytes: u64) -> Self {
        let sentences = SentenceCounts { all: 0, of_one: 0 };
        Self { file: Mutex::new(file), place, start, bytes, sentences }
    }

    /// How many sentences it holds.
    pub(super) const fn sentences(&self) -> SentenceCounts {
        self.sentences
    }

    /// A reader of all tokens, from the first one.
    pub(super) const fn reader(&self) -> SpoolReader<'_> {
        SpoolReader { spool: self, at: 0, bytes: Vec::new(), groups: 0, shift: 0 }
    }

    /// Fills `bytes` from position `at` of the file.
    fn read(&self, at: u64, bytes: &mut [u8]) -> Result<()> {
        // A reader that panicked left only a file position, which is not used.
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let read = file.seek(SeekFrom::Start(self.start + at)).and_then(|_| file.read_exact(bytes));
        read.map_err(Error::io(&self.place, "read the spooled tokens here"))
    }
}

/// A spool that is being read.
#[derive(Debug)]
pub(super) struct SpoolReader<'a> {
    spool: &'a Spool,
    /// Bytes read so far.
    at: u64,
    bytes: Vec<u8>,
    /// The groups read so far of a number that goes on in the next buffer, and the bit at which its
    /// next group belongs.
    groups: u32,
    shift: u32,
}

impl SpoolReader<'_> {
    /// Replaces the content of `numbers` by the next numbers and [`SENTENCE_END`]s, at most
    /// 131,072; by nothing at the end.
    pub(super) fn fill(&mut self, numbers: &mut Vec<u32>) -> Result<()> {
        numbers.clear();
        let wanted = (self.spool.bytes - self.at).min(BUFFER_BYTES as u64);
        self.bytes.resize(wanted as usize, 0);
        self.spool.read(self.at, &mut self.bytes)?;
        self.at += wanted;
        let (mut groups, mut shift) = (self.groups, self.shift);
        let units = self.bytes.as_chunks::<2>().0;
        numbers.resize(units.len(), 0);
        let mut free = numbers.iter_mut();
        for &unit in units {
            let unit = u16::from_le_bytes(unit);
            groups |= u32::from(unit & !MORE) << shift;
            if unit & MORE == 0 {
                if let Some(number) = free.next() {
                    *number = groups.checked_sub(1).unwrap_or(SENTENCE_END);
                }
                (groups, shift) = (0, 0);
            } else {
                shift += GROUP_BITS;
            }
        }
        let unused = free.len();
        numbers.truncate(units.len() - unused);
        (self.groups, self.shift) = (groups, shift);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_size_come_back() {
        let mut numbers: Vec<u32> = (0..32).flat_map(|bit| [(1 << bit) - 1, 1 << bit]).collect();
        numbers.push(u32::MAX - 1);
        let mut writer = SpoolWriter::create(&std::env::temp_dir()).unwrap();
        let mut expected = Vec::new();
        // Enough to fill the buffer several times. The period is odd, so that numbers straddle the
        // buffer's ends.
        for _ in 0..BUFFER_BYTES / 64 {
            for &number in &numbers {
                writer.push(number);
                expected.push(number);
            }
            writer.end_sentence();
            writer.end_sentence();
            expected.push(SENTENCE_END);
            writer.drain().unwrap();
        }
        let spool = writer.finish().unwrap();
        // Two readers take turns, the second a block behind the first. The third reads afterwards.
        let mut readers = [spool.reader(), spool.reader(), spool.reader()];
        let mut all: [Vec<u32>; 3] = Default::default();
        let mut block = Vec::new();
        readers[0].fill(&mut block).unwrap();
        all[0].extend_from_slice(&block);
        for together in [&[0, 1][..], &[2]] {
            loop {
                let before = all.iter().map(Vec::len).sum::<usize>();
                for &number in together {
                    readers[number].fill(&mut block).unwrap();
                    all[number].extend_from_slice(&block);
                }
                if all.iter().map(Vec::len).sum::<usize>() == before {
                    break;
                }
            }
        }
        assert!(all.iter().all(|all| *all == expected));
    }

    #[test]
    fn a_directory_that_is_not_there_is_named() {
        let error = SpoolWriter::create(Path::new("/absent/directory")).err().unwrap();
        assert!(error.to_string().starts_with("/absent/directory: cannot spool the tokens here"), "{error}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_an_error_that_names_the_directory() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut writer = SpoolWriter::over(full, "/the/spool".to_owned());
        writer.push(1);
        let error = writer.finish().unwrap_err();
        assert!(error.to_string().starts_with("/the/spool: cannot spool the tokens here"), "{error}");
    }
}
