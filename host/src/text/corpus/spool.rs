//! Numbered tokens in a temporary file without a name: written once, read once in each pass, by
//! several passes at once if need be.
//!
//! The file holds little-endian `u16`s. A token's number plus one is cut into groups of 15 bits,
//! lowest first, and the top bit says that another group follows; a lone 0 ends a sentence. Numbers
//! are given in order of arrival, so that the frequent words' are small and most tokens take two
//! bytes.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::SENTENCE_END;
use crate::error::{Error, Result};

/// Bytes gathered before they are written, and read at a time.
const BUFFER_BYTES: usize = 1 << 18;

/// The part of a number in one unit.
const GROUP_BITS: u32 = 15;

/// In a unit: more groups of the same number follow.
const MORE: u16 = 1 << GROUP_BITS;

/// A spool being filled.
pub(super) struct SpoolWriter {
    file: File,
    /// What errors call the file: the directory it is in.
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
    /// An empty spool in `directory`; it is gone when the program ends, however it ends.
    pub(super) fn create(directory: &Path) -> Result<Self> {
        let place = directory.display().to_string();
        let file = tempfile::tempfile_in(directory).map_err(Error::io(&place, "spool the tokens here"))?;
        Ok(Self::over(file, place))
    }

    fn over(file: File, place: String) -> Self {
        let sentences = SentenceCounts::default();
        Self { file, place, pending: Vec::new(), written: 0, in_sentence: 0, sentences }
    }

    /// Adds a token by its number; in memory until [`SpoolWriter::drain`].
    #[inline]
    pub(super) fn push(&mut self, number: u32) {
        self.in_sentence += 1;
        let mut groups = u64::from(number) + 1;
        while groups >= u64::from(MORE) {
            self.pending.extend_from_slice(&(groups as u16 | MORE).to_le_bytes());
            groups >>= GROUP_BITS;
        }
        self.pending.extend_from_slice(&(groups as u16).to_le_bytes());
    }

    /// Ends the sentence if it has a token.
    #[inline]
    pub(super) fn end_sentence(&mut self) {
        let tokens = std::mem::take(&mut self.in_sentence);
        if tokens > 0 {
            self.sentences.all += 1;
            self.sentences.of_one += u64::from(tokens == 1);
            self.pending.extend_from_slice(&[0; 2]);
        }
    }

    /// Writes what is in memory when there is enough of it.
    pub(super) fn drain(&mut self) -> Result<()> {
        if self.pending.len() >= BUFFER_BYTES { self.write() } else { Ok(()) }
    }

    /// The filled spool.
    pub(super) fn finish(mut self) -> Result<Spool> {
        self.end_sentence();
        self.write()?;
        let Self { file, place, written: bytes, sentences, .. } = self;
        Ok(Spool { file: Mutex::new(file), place, bytes, sentences })
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
    /// Each read seeks first, so that no reader depends on where another left the file.
    file: Mutex<File>,
    place: String,
    bytes: u64,
    sentences: SentenceCounts,
}

impl Spool {
    /// How many sentences it holds.
    pub(super) const fn sentences(&self) -> SentenceCounts {
        self.sentences
    }

    /// A reader from the first token on.
    pub(super) const fn reader(&self) -> SpoolReader<'_> {
        SpoolReader { spool: self, at: 0, bytes: Vec::new(), groups: 0, shift: 0 }
    }

    /// Fills `bytes` with those of the file from `at` on.
    fn read(&self, at: u64, bytes: &mut [u8]) -> Result<()> {
        // A reader that panicked left nothing but a position, which the next one does not use.
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let read = file.seek(SeekFrom::Start(at)).and_then(|_| file.read_exact(bytes));
        read.map_err(Error::io(&self.place, "read the spooled tokens here"))
    }
}

/// A spool being read.
#[derive(Debug)]
pub(super) struct SpoolReader<'a> {
    spool: &'a Spool,
    /// Bytes read so far.
    at: u64,
    bytes: Vec<u8>,
    /// The groups read of a number that goes on, and where its next group belongs.
    groups: u32,
    shift: u32,
}

impl SpoolReader<'_> {
    /// Replaces `numbers` with the next few thousand numbers and [`SENTENCE_END`]s; with none at
    /// the end.
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
        // Enough to fill the buffer several times, with an odd period so that numbers straddle its
        // ends.
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
        // Two readers in turn, the second a block behind, and one afterwards.
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
