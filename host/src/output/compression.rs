//! Compression as the name of a file asks for it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flate2::write::GzEncoder;

/// How what is written is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Gzip,
    Zstd,
}

impl Compression {
    /// The compression that the name of `path` asks for: gzip for `.gz`, zstd for `.zst`.
    pub(super) fn for_path(path: &Path) -> Self {
        match path.extension() {
            Some(extension) if extension.eq_ignore_ascii_case("gz") => Self::Gzip,
            Some(extension) if extension.eq_ignore_ascii_case("zst") => Self::Zstd,
            _ => Self::None,
        }
    }

    /// Puts what `write` writes into `to`, compressed.
    pub(super) fn write(
        self,
        to: &mut impl Write,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        match self {
            Self::None => write(to),
            Self::Gzip => {
                let mut encoder = GzEncoder::new(to, flate2::Compression::default());
                write(&mut encoder)?;
                encoder.finish().map(drop)
            }
            Self::Zstd => {
                let mut encoder = zstd::Encoder::new(to, zstd::DEFAULT_COMPRESSION_LEVEL)?;
                encoder.include_checksum(true)?;
                write(&mut encoder)?;
                encoder.finish().map(drop)
            }
        }
    }
}

/// `path` without the `.gz` or `.zst` at its end that says how the file is compressed.
#[must_use]
pub fn without_compression(path: &Path) -> PathBuf {
    match Compression::for_path(path) {
        Compression::None => path.to_owned(),
        Compression::Gzip | Compression::Zstd => path.with_extension(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_chooses_the_compression() {
        for (name, compression, rest) in [
            ("d.gz/m.bin", Compression::None, "d.gz/m.bin"),
            ("d/m.bin.gz", Compression::Gzip, "d/m.bin"),
            ("m.ZST", Compression::Zstd, "m"),
            (".gz", Compression::None, ".gz"),
            ("gz", Compression::None, "gz"),
        ] {
            let path = Path::new(name);
            assert_eq!((Compression::for_path(path), without_compression(path)), (compression, rest.into()), "{name}");
        }
    }
}
