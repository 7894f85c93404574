//! Files that hold a corpus: its tokens as word ids, and its vocabulary. Passes read the file
//! directly.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use super::options::WordLimits;
use super::spool::{END_UNIT, Spool, UnitChecker, push_units};
use super::{Corpus, Pass, SENTENCE_END};
use crate::error::{Error, Result};
use crate::files::compression::Compression;
use crate::files::output::write_atomically;
use crate::files::tensors::{Dtype, Kind, Tensor, TensorReader, TensorWriter};
use crate::setting::Setting;
use crate::text::vocabulary::Vocabulary;

/// The kind of the file.
const CORPUS: Kind = Kind { noun: "saved corpus", format: "w2v corpus 1" };

/// The tensor of tokens, in the units of a spool. Also the text with their number.
const TOKENS: &str = "tokens";

/// The tensor of the vocabulary: a line `word count` for each word.
const VOCABULARY: &str = "vocabulary";

/// The names of texts in the metadata.
const WORDS: &str = "words";
const MIN_COUNT: &str = "min_count";
const MAX_VOCAB: &str = "max_vocab";

/// Tokens that are converted at a time.
const BLOCK: usize = 1 << 16;

impl Corpus {
    /// Writes the corpus to the file at `path`: its tokens, with two bytes or slightly more for
    /// each, and its vocabulary. An older file is replaced only when the new one is complete.
    /// [`ReadOptions::saved`](crate::ReadOptions::saved) reads the same corpus from the file,
    /// without the text.
    ///
    /// ```
    /// use w2v::{ReadOptions, Source, Trainer};
    ///
    /// # fn main() -> w2v::Result<()> {
    /// # let directory = tempfile::tempdir().unwrap();
    /// # let path = directory.path().join("news.corpus");
    /// let corpus = ReadOptions::new().min_count(1).sources([Source::text("b a b\na b\n")])?;
    /// corpus.save(&path)?;
    /// let again = ReadOptions::new().min_count(1).saved(&path)?;
    /// assert!(again.vocabulary().words().eq(["b", "a"]));
    /// let train = |corpus| Trainer::new().dim(8).sample(0.0).train(corpus);
    /// assert_eq!(train(&again)?.get("a"), train(&corpus)?.get("a"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be written or the tokens cannot be read. [`Error::File`]
    /// for a name that ends in `.gz` or `.zst`: passes start at any position of the file, so it is
    /// not compressed.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        if Compression::for_path(path) != Compression::None {
            let problem = "would be compressed, and is read while a model is trained; choose another name".to_owned();
            return Err(Error::File { path: path.display().to_string(), problem });
        }
        let (mut units, mut blocks) = (0, Blocks::of(self));
        while let Some(bytes) = blocks.next()? {
            units += bytes.len() / 2;
        }
        let lines = self.vocabulary.lines().map_err(Error::io("vocabulary", "copy"))?;
        let tensors = [
            Tensor { name: TOKENS, dtype: Dtype::U16, shape: vec![units] },
            Tensor { name: VOCABULARY, dtype: Dtype::U8, shape: vec![lines.len()] },
        ];
        let WordLimits { min_count, max_vocab } = self.limits;
        let mut texts = BTreeMap::from([(WORDS, self.vocabulary.len().to_string()), (TOKENS, self.tokens.to_string())]);
        texts.extend(min_count.map(|count| (MIN_COUNT, count.to_string())));
        texts.extend(max_vocab.map(|words| (MAX_VOCAB, words.to_string())));
        // An error in reading the tokens is returned as it is, not as an error in writing.
        let mut read = Ok(());
        let written = write_atomically(path, |to: &mut dyn Write| {
            let (mut writer, mut blocks) = (TensorWriter::begin(to, CORPUS, &texts, &tensors)?, Blocks::of(self));
            loop {
                match blocks.next() {
                    Ok(Some(bytes)) => writer.bytes(bytes)?,
                    Ok(None) => break,
                    Err(error) => {
                        read = Err(error);
                        return Err(io::Error::other("the tokens cannot be read"));
                    }
                }
            }
            writer.bytes(&lines)?;
            writer.end().map(drop)
        });
        read.and(written)
    }

    /// The corpus in the file at `path`. An error if the file was made with other `limits` or with
    /// another `vocabulary`.
    pub(super) fn load(path: &Path, limits: WordLimits, vocabulary: Option<Vocabulary>) -> Result<Self> {
        let name = path.display().to_string();
        let open = || File::open(path).map_err(Error::io(&name, "open"));
        let mut reader = TensorReader::begin(open()?, &name, CORPUS)?;
        check_limits(&reader, limits, &name)?;
        let (words, told): (u64, u64) = (reader.value(WORDS)?, reader.value(TOKENS)?);
        let units = reader.list(TOKENS, Dtype::U16)?;
        let start = reader.at();
        let mut checker = UnitChecker::default();
        let mut holds = true;
        reader.numbers(units, |unit| {
            holds &= checker.take(u16::from_le_bytes(unit), words);
            Ok(())
        })?;
        let problem = |problem: &str| Err(Error::File { path: name.clone(), problem: problem.to_owned() });
        if !holds || !checker.is_whole() || checker.tokens != told || told == 0 {
            return problem("is damaged: its tokens are not those of its words");
        }
        let bytes = reader.list(VOCABULARY, Dtype::U8)?;
        let lines = reader.vector(bytes, |[byte]: [u8; 1]| byte)?;
        reader.finish()?;
        let found = Vocabulary::parse(&lines[..], &name, 1)?;
        let again = found.lines().map_err(Error::io(&name, "copy"))?;
        if again != lines || found.len() as u64 != words {
            return problem("is damaged: its vocabulary is not in order");
        }
        if let Some(wanted) = vocabulary {
            let wanted = wanted.most_frequent(limits.max_vocab.unwrap_or(usize::MAX));
            if !wanted.has_words_of(&found) || wanted.counts() != found.counts() {
                return problem(
                    "has another vocabulary than the one that is given; give that one, or read the text again",
                );
            }
        }
        let spool = Spool::within(open()?, name, start, 2 * units as u64);
        Ok(Self { vocabulary: found, spool, ids: None, tokens: told, run_on: None, limits, prepared: None })
    }
}

/// Converts the tokens of a corpus to the units of a spool, block by block.
struct Blocks<'a> {
    pass: Pass<'a>,
    tokens: Vec<u32>,
    bytes: Vec<u8>,
}

impl<'a> Blocks<'a> {
    fn of(corpus: &'a Corpus) -> Self {
        Self { pass: corpus.pass(), tokens: Vec::new(), bytes: Vec::new() }
    }

    /// The bytes of the next block; `None` after the last block.
    fn next(&mut self) -> Result<Option<&[u8]>> {
        self.tokens.clear();
        self.bytes.clear();
        self.pass.read(&mut self.tokens, BLOCK)?;
        for &token in &self.tokens {
            match token {
                SENTENCE_END => self.bytes.extend_from_slice(&END_UNIT),
                word => push_units(word, &mut self.bytes),
            }
        }
        Ok(Some(&self.bytes[..]).filter(|bytes| !bytes.is_empty()))
    }
}

/// Checks that the words of a saved corpus were chosen by these `limits`.
fn check_limits(reader: &TensorReader<'_>, limits: WordLimits, name: &str) -> Result<()> {
    let WordLimits { min_count, max_vocab } = limits;
    let (found_count, found_vocab) = (reader.text(MIN_COUNT), reader.text(MAX_VOCAB));
    let (min_count, max_vocab) = (min_count.map(|count| count.to_string()), max_vocab.map(|words| words.to_string()));
    if found_count.is_some() != min_count.is_some() {
        let with = if found_count.is_some() { "its own" } else { "a given" };
        return Err(reader.problem(format!("was read with {with} vocabulary; say the same, or read the text again")));
    }
    for (setting, here, there) in
        [(Setting::MinCount, min_count.as_deref(), found_count), (Setting::MaxVocab, max_vocab.as_deref(), found_vocab)]
    {
        if here != there {
            let there = there.unwrap_or("none");
            let value = here.unwrap_or("none").to_owned();
            let problem = format!("{name} was read with {there}; say the same, or read the text again");
            return Err(Error::Setting { setting, value, problem });
        }
    }
    Ok(())
}
