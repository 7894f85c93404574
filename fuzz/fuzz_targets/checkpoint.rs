//! Files from which a run goes on, checkpoints and saved corpora, with any changes and a checksum
//! that fits them: they are refused or read, and a run that goes on from one ends.
#![no_main]

use std::fs;
use std::sync::LazyLock;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use w2v::{Architecture, Checkpoint, Config, Corpus, Every, Objective, ReadOptions, Source, Trainer};

/// Bytes of the checksum at the end of a file.
const HASH_BYTES: usize = 32;

/// What becomes of a file.
#[derive(Arbitrary, Debug)]
struct Change {
    is_cbow: bool,
    has_tree: bool,
    is_corpus: bool,
    /// Places, counted from the start or from the end, and the bytes that are put there.
    edits: Vec<(bool, u16, u8)>,
    /// Bytes that are taken out before the checksum.
    shorter: Option<u8>,
}

fn text() -> [Source; 1] {
    let words =
        (0..600_u32).map(|place| format!("w{}{}", place * place % 31, if place % 50 == 49 { "\n" } else { " " }));
    [Source::text(words.collect::<String>())]
}

fn options() -> ReadOptions<'static> {
    ReadOptions::new().min_count(1).threads(1)
}

static CORPUS: LazyLock<Corpus> = LazyLock::new(|| options().sources(text()).expect("a corpus"));
static DIRECTORY: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a temporary directory"));

fn config(change: &Change) -> Config {
    Config {
        architecture: if change.is_cbow { Architecture::Cbow } else { Architecture::SkipGram },
        objective: if change.has_tree { Objective::HierarchicalSoftmax } else { Objective::NegativeSampling },
        dim: 2,
        epochs: 2,
        threads: Some(1),
        ..Config::default()
    }
}

/// A file as it is written: that of the corpus, or that of a run that was stopped.
fn written(change: &Change) -> Vec<u8> {
    let path = DIRECTORY.path().join("written");
    if change.is_corpus {
        CORPUS.save(&path).expect("a saved corpus");
    } else {
        let stopping = Trainer::with(config(change)).checkpoint(&path, Every::default());
        let stopped = stopping.observe(|_| std::ops::ControlFlow::Break(())).train(&CORPUS);
        assert!(matches!(stopped, Err(w2v::Error::Stopped(_))));
    }
    fs::read(&path).expect("a file")
}

static FILES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let kinds = (0..8).map(|kind| Change {
        is_cbow: kind & 1 > 0,
        has_tree: kind & 2 > 0,
        is_corpus: kind & 4 > 0,
        edits: Vec::new(),
        shorter: None,
    });
    kinds.map(|kind| written(&kind)).collect()
});

fuzz_target!(|change: Change| {
    let kind = usize::from(change.is_cbow) | usize::from(change.has_tree) << 1 | usize::from(change.is_corpus) << 2;
    let mut file = FILES[kind].clone();
    file.truncate(file.len() - HASH_BYTES - usize::from(change.shorter.unwrap_or(0)));
    for &(from_end, place, byte) in &change.edits {
        let place = usize::from(place) % file.len();
        let place = if from_end { file.len() - 1 - place } else { place };
        file[place] = byte;
    }
    let hash = Sha256::digest(&file);
    file.extend_from_slice(&hash);
    let path = DIRECTORY.path().join("changed");
    fs::write(&path, file).expect("a file");
    let is_unchanged = change.edits.is_empty() && change.shorter.unwrap_or(0) == 0;
    if change.is_corpus {
        let saved = options().saved(&path);
        assert!(saved.is_ok() || !is_unchanged);
        if let Ok(corpus) = saved {
            let trained = Trainer::with(Config { epochs: 1, ..config(&change) }).train(&corpus);
            assert!(trained.is_ok() || !is_unchanged);
        }
        return;
    }
    let opened = Checkpoint::open(&path);
    let trained = Trainer::with(config(&change)).resume(&path).train(&CORPUS);
    assert!((opened.is_ok() && trained.is_ok()) || !is_unchanged);
    assert!(opened.is_ok() || trained.is_err(), "what cannot be opened is not gone on from");
});
