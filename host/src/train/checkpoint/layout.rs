//! The tensors and texts of a checkpoint.
//!
//! | tensor | numbers | what |
//! |---|---|---|
//! | `losses` | F64, epochs | the mean loss of each finished epoch, NaN where nothing was trained |
//! | `input` | F32, V × D | row after row, as the vocabulary numbers the words |
//! | `output` | F32, V × D or (V − 1) × D | a row for each word, or for each inner node of the tree |
//! | `carried_words` | U32 | tokens that wait for the next superbatch |
//! | `carried_reaches` | U16 | the reach of each |
//! | `vocabulary` | U8 | a line `word count` for each word |
//! | `sha256` | U8, 32 | of all bytes before |

use std::collections::BTreeMap;
use std::io::{self, Write};

use w2v_core::lanes::LANES;
use w2v_core::train::Progress as Done;

use crate::config::Config;
use crate::config::texts::{SETTINGS, config, value};
use crate::error::Result;
use crate::files::tensors::{Dtype, Kind, Tensor, TensorReader, TensorWriter};
use crate::text::corpus::Fingerprint;
use crate::text::vocabulary::Vocabulary;
use crate::train::context::{RowsMut, State, check_tokens};
use crate::train::place::Place;
use crate::train::windows::KeptText;

/// The kind of the file.
pub(super) const CHECKPOINT: Kind = Kind { noun: "checkpoint", format: "w2v checkpoint 1" };

const LOSSES: &str = "losses";
const INPUT: &str = "input";
const OUTPUT: &str = "output";
const CARRIED_WORDS: &str = "carried_words";
const CARRIED_REACHES: &str = "carried_reaches";
const VOCABULARY: &str = "vocabulary";

// Names of texts. The settings are texts too, with their own names.
const WORDS: &str = "words";
const TOKENS: &str = "tokens";
const VOCABULARY_SHA256: &str = "vocabulary_sha256";
const TEXT_SHA256: &str = "text_sha256";
const EPOCH: &str = "epoch";
const SUPERBATCH: &str = "superbatch";
const READ: &str = "read";
const PAIRS: &str = "pairs";
const EPOCH_PAIRS: &str = "epoch_pairs";
const EPOCH_LOSS: &str = "epoch_loss";
const CARRIED_CENTERS: &str = "carried_centers";

/// The text of the error for a checkpoint whose place no run can have.
pub(in crate::train) const NO_PLACE: &str = "is damaged: no run comes to its place";

/// The texts of a checkpoint: everything but the tensors.
pub(super) struct Header {
    /// The settings, including the arithmetic of the training.
    pub(super) config: Config,
    pub(super) fingerprint: Fingerprint,
    /// The place; its list of losses is still empty, because the losses are a tensor.
    pub(super) place: Place,
    /// The number of carried tokens that have already been centers.
    centers: usize,
}

impl Header {
    /// The header in the texts of `reader`.
    pub(super) fn of(reader: &TensorReader<'_>) -> Result<Self> {
        let found = config(|setting| reader.text(setting.name()));
        let found = found.filter(|config| config.arithmetic.is_some() && config.validate().is_ok());
        let config = found.ok_or_else(|| reader.problem("has settings that no run has".to_owned()))?;
        let fingerprint = Fingerprint {
            words: reader.value(WORDS)?,
            tokens: reader.value(TOKENS)?,
            vocabulary: reader.value(VOCABULARY_SHA256)?,
            text: reader.value(TEXT_SHA256)?,
        };
        let done = Done { pairs: reader.value(EPOCH_PAIRS)?, loss: reader.value(EPOCH_LOSS)?, ..Done::default() };
        let place = Place {
            epoch: reader.value(EPOCH)?,
            superbatch: reader.value(SUPERBATCH)?,
            read: reader.value(READ)?,
            done,
            pairs: reader.value(PAIRS)?,
            losses: Vec::new(),
        };
        Ok(Self { config, fingerprint, place, centers: reader.value(CARRIED_CENTERS)? })
    }
}

/// The settings and the corpus of a run, which its checkpoints hold.
pub(in crate::train) struct RunTexts<'a> {
    pub(in crate::train) config: &'a Config,
    pub(in crate::train) vocabulary: &'a Vocabulary,
    pub(in crate::train) fingerprint: &'a Fingerprint,
}

/// Writes a checkpoint of `run` at `place` to `to`, and returns its size in bytes. `run.config`
/// must have the arithmetic of the training.
pub(super) fn write(to: &mut dyn Write, run: &RunTexts<'_>, place: &Place, state: &State<'_>) -> io::Result<u64> {
    let RunTexts { config, vocabulary, fingerprint } = run;
    let (words, reaches, centers) = state.text.carried();
    let lines = vocabulary.lines()?;
    let mut texts = BTreeMap::from([
        (WORDS, fingerprint.words.to_string()),
        (TOKENS, fingerprint.tokens.to_string()),
        (VOCABULARY_SHA256, fingerprint.vocabulary.clone()),
        (TEXT_SHA256, fingerprint.text.clone()),
        (EPOCH, place.epoch.to_string()),
        (SUPERBATCH, place.superbatch.to_string()),
        (READ, place.read.to_string()),
        (PAIRS, place.pairs.to_string()),
        (EPOCH_PAIRS, place.done.pairs.to_string()),
        (EPOCH_LOSS, place.done.loss.to_string()),
        (CARRIED_CENTERS, centers.to_string()),
    ]);
    texts.extend(SETTINGS.into_iter().filter_map(|setting| Some((setting.name(), value(config, setting)?))));
    let tensors = [
        Tensor { name: LOSSES, dtype: Dtype::F64, shape: vec![place.losses.len()] },
        Tensor { name: INPUT, dtype: Dtype::F32, shape: vec![state.input.len(), config.dim] },
        Tensor { name: OUTPUT, dtype: Dtype::F32, shape: vec![state.output.len(), config.dim] },
        Tensor { name: CARRIED_WORDS, dtype: Dtype::U32, shape: vec![words.len()] },
        Tensor { name: CARRIED_REACHES, dtype: Dtype::U16, shape: vec![reaches.len()] },
        Tensor { name: VOCABULARY, dtype: Dtype::U8, shape: vec![lines.len()] },
    ];
    let mut writer = TensorWriter::begin(to, CHECKPOINT, &texts, &tensors)?;
    writer.numbers(place.losses.iter().map(|loss| loss.unwrap_or(f64::NAN).to_le_bytes()))?;
    write_rows(&mut writer, &state.input, config.dim)?;
    write_rows(&mut writer, &state.output, config.dim)?;
    writer.numbers(words.iter().map(|word| word.to_le_bytes()))?;
    writer.numbers(reaches.iter().map(|reach| reach.to_le_bytes()))?;
    writer.bytes(&lines)?;
    writer.end()
}

fn write_rows(writer: &mut TensorWriter<'_>, rows: &RowsMut<'_>, dim: usize) -> io::Result<()> {
    let mut bytes = Vec::new();
    for row in rows.rows(dim) {
        bytes.clear();
        for lanes in row {
            let mut block = [[0; 4]; LANES];
            block.iter_mut().zip(lanes.0).for_each(|(place, number)| *place = number.to_le_bytes());
            bytes.extend_from_slice(block.as_flattened());
        }
        bytes.truncate(dim * size_of::<f32>());
        writer.bytes(&bytes)?;
    }
    Ok(())
}

/// Reads the tensors into `state`, the state of a model with the settings `config` and the
/// vocabulary of `header`. Returns the place of the run.
pub(super) fn read(reader: &mut TensorReader<'_>, header: Header, config: &Config, state: State<'_>) -> Result<Place> {
    let Header { mut place, fingerprint, centers, .. } = header;
    let losses = reader.list(LOSSES, Dtype::F64)?;
    let losses = reader.vector(losses, f64::from_le_bytes)?;
    place.losses = losses.into_iter().map(|loss| Some(loss).filter(|loss| !loss.is_nan())).collect();
    let State { mut input, mut output, text } = state;
    read_rows(reader, INPUT, &mut input, config.dim)?;
    read_rows(reader, OUTPUT, &mut output, config.dim)?;
    let words = reader.list(CARRIED_WORDS, Dtype::U32)?;
    let words = reader.vector(words, u32::from_le_bytes)?;
    let reaches = reader.list(CARRIED_REACHES, Dtype::U16)?;
    let reaches = reader.vector(reaches, u16::from_le_bytes)?;
    let carried = check_tokens(&words, fingerprint.words).ok();
    let carried = carried.and_then(|()| KeptText::resumed(words, reaches, centers, config.window));
    *text = carried.ok_or_else(|| reader.problem("is damaged: no run carries these tokens on".to_owned()))?;
    let is_possible = || {
        let read = place.read_in_epoch(fingerprint.tokens)?;
        let is_within =
            read <= fingerprint.tokens && place.superbatch <= read && (read == 0) == (place.superbatch == 0);
        Some(is_within && place.losses.len() + 1 == place.epoch && place.losses.len() <= config.epochs)
    };
    if is_possible() != Some(true) {
        return Err(reader.problem(NO_PLACE.to_owned()));
    }
    Ok(place)
}

fn read_rows(reader: &mut TensorReader<'_>, name: &str, rows: &mut RowsMut<'_>, dim: usize) -> Result<()> {
    let shape = reader.tensor(name, Dtype::F32)?;
    if shape != [rows.len(), dim] {
        return Err(reader.problem(format!("is damaged: its tensor `{name}` is not of its words and settings")));
    }
    let mut bytes = vec![0; dim * size_of::<f32>()];
    rows.fill(dim, |numbers| {
        reader.bytes(&mut bytes)?;
        let found = bytes.as_chunks().0.iter().map(|&number| f32::from_le_bytes(number));
        numbers.iter_mut().zip(found).for_each(|(number, found)| *number = found);
        Ok(())
    })
}
