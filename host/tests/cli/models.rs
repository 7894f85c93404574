//! Model files and what is asked of them: `w2v nearest`, `analogy`, `similarity`, `evaluate`, and
//! gensim.

use crate::{Outcome, Workshop, text};
use std::fs::File;
use std::io::Read;
use std::process::Command;
use w2v::{Model, Vectors, input};

#[test]
fn the_nearest_words_and_the_rest() {
    let workshop = Workshop::new();
    workshop.with_model();
    assert_eq!(workshop.run("nearest model.txt east").succeeds(), "northeast\t0.7071\nnorth\t0.0000\nwest\t-1.0000\n");
    assert_eq!(workshop.run("nearest model.txt east north -k 1").succeeds(), "northeast\t1.0000\n");
    assert_eq!(workshop.run("analogy model.txt west north east -k 1").succeeds(), "northeast\t0.9487\n");
    assert_eq!(workshop.run("similarity model.txt east northeast").succeeds(), "0.7071\n");
}

#[test]
fn questions_come_from_standard_input() {
    let workshop = Workshop::new();
    workshop.with_model();
    for (command, questions, answers) in [
        ("nearest model.txt -k 1", "east\n\n east\tnorth\r\n", "northeast\t0.7071\n\nnortheast\t1.0000\n\n"),
        ("analogy model.txt -k 1", "west north east", "northeast\t0.9487\n\n"),
        ("similarity model.txt", "east northeast\neast west\n", "0.7071\n-1.0000\n"),
        ("similarity model.txt", "", ""),
    ] {
        workshop.file("questions", questions);
        let questions = File::open(workshop.path("questions")).unwrap();
        let outcome = Outcome::of(command, workshop.command(command).stdin(questions).output().unwrap());
        assert_eq!(outcome.succeeds(), answers, "{command}");
    }
    workshop.file("questions", "east\neast south\n\nwest east\n");
    let command = "similarity model.txt";
    let questions = File::open(workshop.path("questions")).unwrap();
    let output = workshop.command(command).stdin(questions).output().unwrap();
    assert_eq!(output.stdout, b"\n\n-1.0000\n");
    let said = [
        "standard input:1: expected 2 words, not 1",
        "standard input:2: `south` is not among the model's 4 words",
        "error: 2 of the questions have no answer",
    ];
    assert_eq!(String::from_utf8(output.stderr).unwrap().lines().collect::<Vec<_>>(), said);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn compressed_files_are_read_like_plain_ones() {
    let workshop = Workshop::new();
    workshop.with_model();
    workshop.file("pairs", "\u{feff}east northeast 9\neast north 5\n");
    for name in ["model.txt", "pairs"] {
        workshop.file(&format!("{name}.zst"), zstd::encode_all(&workshop.read(name)[..], 1).unwrap());
    }
    let scores = workshop.run("evaluate model.txt --similarity pairs").succeeds();
    assert!(scores.contains("2 of 2 pairs known"), "{scores}");
    let again = workshop.run("evaluate model.txt.zst --similarity pairs.zst").succeeds();
    assert_eq!(again.replace(".zst", ""), scores);
}

#[test]
fn outputs_are_compressed_as_they_are_named() {
    let workshop = Workshop::new();
    workshop.file("corpus", text(500));
    for name in ["m.bin", "m.bin.gz", "m.bin.ZST", "m.txt", "m.txt.gz", "m.zst"] {
        let line = format!("train corpus -o {name} --save-vocab v-{name} --dim 8 --epochs 1 --progress none");
        workshop.run(&line).succeeds();
    }
    for (plain, compressed, magic) in [
        ("m.bin", "m.bin.gz", &[0x1f, 0x8b][..]),
        ("m.bin", "m.bin.ZST", &[0x28, 0xb5, 0x2f, 0xfd]),
        ("m.txt", "m.txt.gz", &[0x1f, 0x8b]),
        ("m.txt", "m.zst", &[0x28, 0xb5, 0x2f, 0xfd]),
    ] {
        for prefix in ["", "v-"] {
            let name = format!("{prefix}{compressed}");
            assert!(workshop.read(&name).starts_with(magic), "{name}");
            let mut content = Vec::new();
            input::open(&workshop.path(&name)).unwrap().read_to_end(&mut content).unwrap();
            assert!(content == workshop.read(&format!("{prefix}{plain}")), "{name}");
        }
        let [asked, again] = [plain, compressed].map(|name| workshop.run(&format!("nearest {name} red")).succeeds());
        assert_eq!(asked, again);
        assert_eq!(workshop.read(&format!("{compressed}.json")), workshop.read(&format!("{plain}.json")));
    }
}

#[cfg(unix)]
#[test]
fn words_may_be_any_bytes() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let workshop = Workshop::new();
    workshop.file("model.txt", b"2 1\n\xff\xfe 1\n\xc3\xa9t\xc3\xa9 2\n");
    let mut command = workshop.command("nearest model.txt");
    let output = command.arg(OsStr::from_bytes(b"\xff\xfe")).output().unwrap();
    assert_eq!(output.stdout, "été\t1.0000\n".as_bytes());
}

/// A model of three words of which one would clear a terminal, in UTF-8 another that would begin a
/// command.
const TERMINAL_COMMANDS: &[u8] = b"3 1\nplain 1\nred\x1b[2J 1\nnext\xc2\x9b 1\n";

#[test]
fn words_are_piped_as_they_are_and_told_without_control_characters() {
    let workshop = Workshop::new();
    workshop.file("model.txt", TERMINAL_COMMANDS).file("questions", ": s\x1b[2J\na b c d\n");
    let nearest = workshop.run("nearest model.txt plain").succeeds();
    assert_eq!(nearest, "red\x1b[2J\t1.0000\nnext\u{9b}\t1.0000\n");
    for line in ["nearest model.txt \x1b[2J", "nearest \x1b[2J plain"] {
        let outcome = workshop.run(line);
        assert!(outcome.stderr.contains("\\u{1b}[2J") && !outcome.stderr.contains('\x1b'), "{}", outcome.stderr);
    }
    workshop.file("corpus", text(100));
    let said = workshop.run("train corpus -o \x1b[2J --dim 1 --epochs 1 --progress plain").stderr;
    assert!(said.contains("\\u{1b}[2J: 8 words") && !said.contains('\x1b'), "{said}");
    let scores = workshop.run("evaluate model.txt --analogies questions").succeeds();
    assert!(scores.contains(" s\\u{1b}[2J ") && !scores.contains('\x1b'), "{scores}");
}

/// `script` of util-linux gives its command a terminal.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_is_sent_no_control_characters_of_words() {
    let workshop = Workshop::new();
    workshop.file("model.txt", TERMINAL_COMMANDS);
    for command in ["nearest model.txt plain", "analogy model.txt plain plain plain"] {
        let command = format!("{} {command}", env!("CARGO_BIN_EXE_w2v"));
        match workshop.shell("exec script -qec \"$COMMAND\" /dev/null").env("COMMAND", command).output() {
            Ok(output) if output.status.code() == Some(127) => println!("skipped: there is no `script` here"),
            output => {
                let shown = String::from_utf8(output.unwrap().stdout).unwrap();
                assert_eq!(shown, "red\\u{1b}[2J\t1.0000\r\nnext\\u{9b}\t1.0000\r\n");
            }
        }
    }
}

#[test]
fn scores_come_with_their_protocol() {
    let workshop = Workshop::new();
    workshop.with_model();
    workshop.file("pairs", "East northeast 9\neast north 5\neast west 1\neast south 7\n");
    workshop.file("questions", ": there\nwest north east northeast\n: gram1\nwest north east west\na b c d\n");
    let scores = workshop.run("evaluate model.txt --similarity pairs --analogies questions --top 4").succeeds();
    let scores: Vec<String> =
        scores.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        scores,
        [
            "model: 4 words of 2 dimensions",
            "protocol: all words lower-cased, the first of equal ones counts; unknown words are dropped",
            "pairs: Spearman 1.000, 3 of 4 pairs known",
            "questions: 3CosAdd among the first 4 words, the question's own left out",
            "there 100.00 % 1 of 1 known, 1 asked",
            "gram1 0.00 % 0 of 1 known, 2 asked",
            "semantic 100.00 % 1 of 1 known, 1 asked",
            "syntactic 0.00 % 0 of 1 known, 2 asked",
            "total 50.00 % 1 of 2 known, 3 asked",
        ]
    );
}

#[test]
fn a_model_of_its_own_format_is_trained_and_asked_like_others() {
    let workshop = Workshop::new();
    workshop.file("corpus", text(500)).file("pairs", "red green 9\nred cat 1\n");
    let train = |options: &str| {
        workshop.run(&format!("train corpus {options} --dim 8 --epochs 1 --progress none")).succeeds();
    };
    for options in ["-o m.w2v", "-o m.bin", "-o m.safetensors", "-o m.w2v.zst", "-o one.w2v --threads 1"] {
        train(options);
    }
    train("-o scalar --format w2v --backend scalar --arithmetic unfused");
    train("-o portable --format w2v --backend portable --arithmetic unfused");
    assert!(workshop.read("m.w2v") == workshop.read("one.w2v"), "threads change nothing");
    assert!(workshop.read("scalar") == workshop.read("portable"), "nor do instruction sets");
    for line in ["nearest @ red", "analogy @ red cat green", "similarity @ red cat", "nearest @ red --top 3"] {
        let asked = |model: &str| workshop.run(&line.replace('@', model)).succeeds();
        for model in ["m.w2v", "m.safetensors", "m.w2v.zst"] {
            assert_eq!(asked(model), asked("m.bin"), "{line} {model}");
        }
    }
    let scores = |model: &str| workshop.run(&format!("evaluate {model} --similarity pairs")).succeeds();
    assert_eq!(scores("m.w2v"), scores("m.bin"));
    let model = Model::load(workshop.path("m.w2v")).unwrap();
    assert_eq!(model.config().unwrap().dim, 8);
    assert!(model.output().is_some() && model.vocabulary().unwrap().tokens() == 3000);
    let cut = workshop.read("m.w2v");
    workshop.file("cut.w2v", &cut[..cut.len() - 7]);
    workshop.run("nearest cut.w2v red").fails(1, &["cut.w2v: the file ends within the tensor `words`; is it cut"]);
}

/// Numbers of 20 MB, so that the file is mapped.
#[test]
fn a_large_model_of_its_own_format_answers_as_others_do() {
    let workshop = Workshop::new();
    let (words, dim) = (5000, 1000);
    let numbers = (0..words * dim).map(|n| ((n * 7919 % 1000) as f32 - 500.0) / 64.0).collect();
    let vectors = Vectors::new((0..words).map(|word| format!("w{word}")), dim, numbers).unwrap();
    vectors.save(workshop.path("m.w2v")).unwrap();
    vectors.save(workshop.path("m.bin")).unwrap();
    assert!(workshop.read("m.w2v").len() > 1 << 24);
    workshop.file("questions", (0..40).map(|word| format!("w{word} w{}\n", 2 * word + 1)).collect::<String>());
    for line in ["nearest @ w7 -k 100", "nearest @ w7 w9 --top 50 -k 100", "similarity @", "similarity @ w1 w2"] {
        let asked = |model: &str| {
            let questions = File::open(workshop.path("questions")).unwrap();
            let line = line.replace('@', model);
            Outcome::of(&line, workshop.command(&line).stdin(questions).output().unwrap()).succeeds()
        };
        assert_eq!(asked("m.w2v"), asked("m.bin"), "{line}");
    }
    let whole = workshop.read("m.w2v");
    workshop.file("cut.w2v", &whole[..whole.len() - 1]);
    workshop.run("nearest cut.w2v w1").fails(1, &["cut.w2v: ", "bytes, where its header promises", "is it cut short?"]);
}

#[test]
fn both_formats_hold_the_same_vectors() {
    let workshop = Workshop::new();
    workshop.file("corpus", text(500));
    for output in ["-o m.txt", "-o m.bin", "-o other --format binary"] {
        workshop.run(&format!("train corpus {output} --dim 8 --epochs 1 --progress none")).succeeds();
    }
    assert!(workshop.read("m.bin") == workshop.read("other"));
    let [text, binary] = ["m.txt", "m.bin"].map(|name| Vectors::load(workshop.path(name)).unwrap());
    assert_eq!(text.numbers(), binary.numbers());
    assert!(text.words().eq(binary.words()));
}

/// Loads both formats with gensim and compares them with each other and with what the binary
/// prints.
const GENSIM: &str = r"
import sys
try:
    from gensim.models import KeyedVectors
except ImportError:
    sys.exit(77)
text = KeyedVectors.load_word2vec_format('m.txt')
binary = KeyedVectors.load_word2vec_format('m.bin', binary=True)
assert text.index_to_key == binary.index_to_key
assert (text.vectors == binary.vectors).all()
print('%.4f' % text.similarity('red', 'été'))
";

#[test]
fn gensim_reads_what_was_trained() {
    let workshop = Workshop::new();
    workshop.file("corpus", text(500).replace("blue", "été"));
    for output in ["m.txt", "m.bin"] {
        workshop.run(&format!("train corpus -o {output} --dim 8 --epochs 1 --progress none")).succeeds();
    }
    let python = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    let loaded = Command::new(python).args(["-c", GENSIM]).current_dir(workshop.path(".")).output();
    match loaded {
        Ok(output) if output.status.success() => {
            let ours = workshop.run("similarity m.txt red été").succeeds();
            let theirs = String::from_utf8_lossy(&output.stdout);
            let [ours, theirs] = [ours.as_str(), &theirs].map(|number| number.trim().parse::<f64>().unwrap());
            assert!((ours - theirs).abs() < 2e-4, "{ours} {theirs}");
        }
        Ok(output) if output.status.code() == Some(77) => println!("skipped: python3 has no gensim here"),
        Ok(output) => panic!("{}", String::from_utf8_lossy(&output.stderr)),
        Err(_) => println!("skipped: there is no python3 here"),
    }
}

#[test]
fn words_are_taken_off_and_the_odd_one_is_found() {
    let workshop = Workshop::new();
    workshop.with_model();
    let [toward, away] = [1.0, -1.0].map(|sign| format!("{:.4}", sign * cosine_of_rest()));
    let found = workshop.run("nearest model.txt northeast --without north -k 2").succeeds();
    assert_eq!(found, format!("east\t{toward}\nwest\t{away}\n"));
    let of_two = workshop.run("nearest model.txt northeast --without west north").succeeds();
    assert!(of_two.starts_with("east\t"), "{of_two}");
    assert!(
        workshop.run("nearest model.txt north east --without west --multiply").succeeds().starts_with("northeast\t")
    );
    workshop.run("nearest model.txt north --without south").fails(1, &["`south` is not among the model's 4 words"]);
    let odd = workshop.run("odd model.txt east west northeast").succeeds();
    let words: Vec<&str> = odd.lines().filter_map(|line| line.split('\t').next()).collect();
    assert_eq!(words, ["west", "east", "northeast"]);
    workshop.run("odd model.txt East west").fails(1, &["`East` is not among the model's 4 words, `east` is"]);
    workshop.file("capitals.txt", "2 2\nParis 1 0\nRome 0 1\n");
    workshop.run("nearest capitals.txt paris").fails(1, &["`paris` is not among the model's 2 words, `Paris` is"]);
    workshop.file("questions", "east west northeast\nnorth east\n");
    let questions = std::fs::File::open(workshop.path("questions")).unwrap();
    let answered = workshop.command("odd model.txt").stdin(questions).output().unwrap();
    let answered = Outcome::of("odd model.txt", answered).succeeds();
    assert_eq!(answered.split("\n\n").count(), 3, "{answered}");
}

/// The cosine of east and northeast less north, each of length 1.
fn cosine_of_rest() -> f64 {
    let half = 0.5f64.sqrt();
    half / half.hypot(half - 1.0)
}
