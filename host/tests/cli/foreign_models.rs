//! Models as other programs write them, and from standard input; the cases of real users where they
//! are at hand.

use crate::{Outcome, Workshop};
use std::fs::{self, File};
use std::path::PathBuf;

/// A model in `file` whose words are `day`, `word` and `night`.
fn of_three(workshop: &Workshop, file: &str, word: &str) {
    let rows = [("day", [0.1_f32, 0.2, 0.3]), (word, [0.3, 0.2, 0.1]), ("night", [0.1, 0.25, 0.3])];
    let mut content = b"3 3\n".to_vec();
    for (word, vector) in rows {
        content.extend_from_slice(word.as_bytes());
        if file.ends_with(".bin") {
            content.push(b' ');
            content.extend(vector.iter().flat_map(|value| value.to_le_bytes()));
        } else {
            vector.iter().for_each(|value| content.extend_from_slice(format!(" {value}").as_bytes()));
            content.push(b'\n');
        }
    }
    workshop.file(file, content);
}

/// The binary on `line`, with the file `input` of the workshop as its standard input.
fn piped(workshop: &Workshop, line: &str, input: &str) -> Outcome {
    let input = File::open(workshop.path(input)).unwrap();
    Outcome::of(line, workshop.command(line).stdin(input).output().unwrap())
}

#[test]
fn words_with_white_space_and_none_at_all_are_words() {
    let workshop = Workshop::new();
    for word in ["", "\u{c}chapter", "\u{b}", "new york", "a\tb", "\rcr"] {
        for file in ["model.vec", "model.bin"] {
            if file == "model.bin" && word.contains(' ') {
                continue;
            }
            of_three(&workshop, file, word);
            let near = workshop.run(&format!("nearest {file} day")).succeeds();
            assert_eq!(near, format!("night\t0.9945\n{word}\t0.7143\n"), "{file} {word:?}");
            let output = workshop.command(&format!("nearest {file} -k 1")).arg(word).output().unwrap();
            assert_eq!(output.stdout, b"night\t0.7293\n", "{file} {word:?}");
        }
    }
}

#[test]
fn questions_name_words_with_blanks() {
    let workshop = Workshop::new();
    of_three(&workshop, "model.vec", "new york");
    workshop.file("questions", "new york\r\nday new york\n");
    assert_eq!(
        piped(&workshop, "nearest model.vec -k 1", "questions").succeeds(),
        "night\t0.7293\n\nnight\t0.9309\n\n"
    );
    workshop.file("questions", "day new york\nnew york night\n");
    assert_eq!(piped(&workshop, "similarity model.vec", "questions").succeeds(), "0.7143\n0.7293\n");
}

#[test]
fn a_model_comes_from_standard_input() {
    let workshop = Workshop::new();
    of_three(&workshop, "model.bin", "week");
    workshop.file("model.zst", zstd::encode_all(&workshop.read("model.bin")[..], 1).unwrap());
    workshop.file("questions", ": s\nday night day night\n");
    for input in ["model.bin", "model.zst"] {
        assert_eq!(piped(&workshop, "nearest - day", input).succeeds(), "night\t0.9945\nweek\t0.7143\n");
        assert_eq!(piped(&workshop, "similarity - day week", input).succeeds(), "0.7143\n");
        let scores = piped(&workshop, "evaluate - --analogies questions", input).succeeds();
        assert!(scores.starts_with("model: 3 words of 3 dimensions\n"), "{scores}");
    }
    workshop.file("cut", &workshop.read("model.bin")[..30]);
    piped(&workshop, "nearest - day", "cut").fails(1, &["standard input: the file ends within row 2 of 3"]);
}

#[test]
fn the_first_words_alone_are_loaded() {
    let workshop = Workshop::new();
    for file in ["model.vec", "model.bin"] {
        of_three(&workshop, file, "week");
        let whole = workshop.read(file);
        // The rest is not even looked at.
        workshop.file(file, [&whole[..whole.len() - 5], b"\n\n?"].concat());
        let line = format!("nearest {file} day");
        assert_eq!(workshop.run(&format!("{line} --top 2")).succeeds(), "week\t0.7143\n");
        workshop.run(&format!("nearest {file} night --top 2")).fails(1, &["`night` is not among the model's 2 words"]);
        workshop.run(&line).fails(1, &[file]);
        workshop.file("questions", ": s\nday week day week\n").file("pairs", "day week 1\nweek day 2\n");
        let scores = workshop.run(&format!("evaluate {file} --analogies questions --top 2")).succeeds();
        assert!(scores.starts_with("model: the first 2 words of 3 dimensions\n"), "{scores}");
        workshop.run(&format!("evaluate {file} --similarity pairs --top 2")).fails(1, &[file]);
    }
}

/// Vectors of 100 MB and a word of 134 MB, out of small files.
#[cfg(target_os = "linux")]
#[test]
fn what_memory_cannot_hold_is_refused_in_one_line() {
    let workshop = Workshop::new();
    let word = vec![b'a'; 1 << 27];
    workshop.file("model.zst", zstd::encode_all(&[b"1 2\n", &word[..], b" 1 2\n"].concat()[..], 1).unwrap());
    let mut rows = b"500 50000\n".to_vec();
    for row in 0..500 {
        rows.extend_from_slice(format!("w{row} ").as_bytes());
        rows.resize(rows.len() + 4 * 50_000, 0);
    }
    workshop.file("large.zst", zstd::encode_all(&rows[..], 1).unwrap());
    let asked = |kilobytes: u32, file: &str| {
        let script = format!("ulimit -v {kilobytes}; exec {} nearest {file} w0 -k 1", env!("CARGO_BIN_EXE_w2v"));
        Outcome::of(file, workshop.shell(&script).output().unwrap())
    };
    asked(100_000, "model.zst").fails(1, &["model.zst: cannot read: no memory for the "]);
    asked(100_000, "large.zst").fails(1, &["large.zst: no memory for ", "all 500 words of 50000 numbers take 100 MB"]);
    // The model and a little, and not what doubling would take.
    assert_eq!(asked(160_000, "large.zst").succeeds(), "w1\t0.0000\n");
}

/// The directory of a real user's case, as `w2v_tests::data` finds it.
fn case(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("W2V_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"), PathBuf::from);
    let path = root.join("cases").join(name);
    if !path.exists() {
        println!("skipped: no {} (set W2V_DATA to the directory of test data)", path.display());
        return None;
    }
    Some(path)
}

#[test]
fn real_cases_are_read_or_named() {
    let workshop = Workshop::new();
    let copy = |case_name: &str, files: &[&str]| {
        let Some(path) = case(case_name) else { return false };
        for file in files {
            workshop.file(file, fs::read(path.join(file)).unwrap());
        }
        true
    };
    if copy("05-form-feed-in-a-word", &["model.bin"]) {
        assert_eq!(workshop.run("nearest model.bin day -k 2").succeeds(), "night\t0.9945\n\u{c}chapter\t0.7143\n");
    }
    if copy("06-empty-word-of-gensim", &["model.bin", "model.vec"]) {
        assert_eq!(workshop.run("nearest model.bin day -k 1").succeeds(), "night\t0.9945\n");
        assert_eq!(workshop.run("nearest model.vec day -k 1").succeeds(), "night\t0.9945\n");
    }
    if copy("09-comma-decimals", &["commas.vec", "commas2.vec"]) {
        workshop.run("nearest commas.vec day").fails(1, &["commas.vec:2: `0,1` is not a finite number"]);
        workshop.run("nearest commas2.vec day").fails(1, &["commas2.vec:2: `0,123` is not a finite number"]);
    }
    let others = ["fasttext.bin", "gensim.model", "npy.npy", "magnitude.db", "finalfusion.fifu", "v.safetensors"];
    if copy("10-models-of-other-programs", &[&others[..], &["dl4j.txt", "dl4j2.txt"]].concat()) {
        let named = ["fastText", "gensim", "NumPy", "SQLite", "finalfusion", "safetensors"];
        for (file, name) in others.into_iter().zip(named) {
            workshop.run(&format!("nearest {file} day")).fails(1, &[file, name, "; "]);
        }
        for file in ["dl4j.txt", "dl4j2.txt"] {
            let near = workshop.run(&format!("nearest {file} day -k 1")).succeeds();
            assert_eq!(near, "night\t0.9945\n", "{file}");
        }
    }
    if copy("11-gzip-with-padding", &["padded.gz"]) {
        let words = workshop.run("train padded.gz --save-vocab - --min-count 1 --progress none").succeeds();
        let counts: Vec<u32> = words.lines().map(|line| line.rsplit(' ').next().unwrap().parse().unwrap()).collect();
        assert_eq!((counts[0], counts.iter().sum::<u32>()), (2000, 8000));
    }
}
