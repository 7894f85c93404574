//! The header of a file of safetensors: its length, then names, shapes and places in JSON.

use std::collections::HashMap;
use std::io;

use safetensors::tensor::{Metadata, TensorInfo};

/// The size of the length of a header, in bytes. Lengths are multiples of this size, so that
/// tensors of 8-byte numbers can be aligned.
pub(crate) const LENGTH_BYTES: usize = size_of::<u64>();

/// The metadata of a file: texts by name.
pub(crate) type Texts = HashMap<String, String>;

/// The names, types, shapes and places of tensors.
pub(crate) type Infos = Vec<(String, TensorInfo)>;

/// The first bytes of a file with the tensors `infos` and the metadata `texts`.
///
/// # Errors
/// If the infos are not those of tensors one after another.
pub(crate) fn encoded(texts: Texts, infos: Infos) -> io::Result<Vec<u8>> {
    // A JSON value sorts its names. So the same tensors and texts always give the same bytes.
    let header = serde_json::to_value(Metadata::new(Some(texts), infos).map_err(io::Error::other)?)?;
    let mut json = serde_json::to_vec(&header)?;
    // A multiple of 8 also never looks like the first bytes of a gzip stream.
    json.resize(json.len().next_multiple_of(LENGTH_BYTES), b' ');
    let mut header = (json.len() as u64).to_le_bytes().to_vec();
    header.append(&mut json);
    Ok(header)
}

/// The metadata, and the tensors in the order of the file, that the `json` of a header describes.
/// A tensor without numbers begins where another one begins; their order is any.
///
/// # Errors
/// If `json` is not the JSON of a header.
pub(crate) fn decoded(json: &[u8]) -> serde_json::Result<(Texts, Infos)> {
    let header: Metadata = serde_json::from_slice(json)?;
    let texts = header.metadata().clone().unwrap_or_default();
    let names = header.offset_keys().into_iter();
    let tensors = names.filter_map(|name| header.info(&name).cloned().map(|info| (name, info))).collect();
    Ok((texts, tensors))
}
