//! Models of several files, a NumPy array with its words and folders: any content is refused or
//! read, and what was read is the same after it was saved and loaded.
#![no_main]

use std::fs;
use std::path::Path;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use w2v::{Dtype, Format, Vectors};

#[derive(Arbitrary, Debug)]
enum Model<'a> {
    Array { header: &'a str, numbers: &'a [u8], words: &'a [u8] },
    Projector { tensors: &'a [u8], metadata: &'a [u8] },
    Embedding { tokens: Vec<&'a str>, tokenizer: Option<&'a str>, numbers: &'a [u8] },
}

/// Writes a file whose directory is there.
fn put(path: &Path, content: &[u8]) {
    fs::write(path, content).expect("a file in a temporary directory");
}

fuzz_target!(|model: Model| {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = |name: &str| directory.path().join(name);
    let (from, format) = match model {
        Model::Array { header, numbers, words } => {
            let length = (header.len() as u16).to_le_bytes();
            let header = &header.as_bytes()[..header.len() % (1 << 16)];
            put(&at("a.npy"), &[b"\x93NUMPY\x01\0", &length[..], header, numbers].concat());
            put(&at("a.words.txt"), words);
            (at("a.npy"), Format::Npy(Dtype::F32))
        }
        Model::Projector { tensors, metadata } => {
            put(&at("tensors.tsv"), tensors);
            put(&at("metadata.tsv"), metadata);
            (directory.path().to_owned(), Format::Projector)
        }
        Model::Embedding { tokens, tokenizer, numbers } => {
            let list: Vec<String> = tokens.iter().enumerate().map(|(at, token)| format!("{token:?}:{at}")).collect();
            let model = format!("{{\"model\":{{\"type\":\"WordLevel\",\"vocab\":{{{}}}}}}}", list.join(","));
            put(&at("tokenizer.json"), tokenizer.unwrap_or(&model).as_bytes());
            let (rows, bytes) = (tokens.len().max(1), numbers.len());
            let dim = bytes / 4 / rows;
            let header = format!(
                "{{\"embeddings\":{{\"dtype\":\"F32\",\"shape\":[{rows},{dim}],\"data_offsets\":[0,{bytes}]}}}}"
            );
            let length = (header.len() as u64).to_le_bytes();
            put(&at("model.safetensors"), &[&length[..], header.as_bytes(), numbers].concat());
            (directory.path().to_owned(), Format::Model2Vec(Dtype::F32))
        }
    };
    let Ok(vectors) = Vectors::load(&from) else { return };
    let to = at("again.npy");
    // Not all words can be in all formats.
    if vectors.save_as(&to, format).is_ok() {
        let again = Vectors::load(&to).expect("what was saved can be loaded");
        assert!(again.words().eq(vectors.words()) && again.dim() == vectors.dim());
        let bits = |vectors: &Vectors| vectors.numbers().iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&again), bits(&vectors));
    }
});
