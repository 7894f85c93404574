//! `w2v convert`: every format there and back, and each opened by the program that it is for.

use crate::{Outcome, Workshop, text};
use std::fs::{self, File};
use std::process::Command;
use w2v::{Dtype, Format, Model, Vectors};

/// A trained model in `m.w2v`, and its vectors.
fn trained(workshop: &Workshop) -> Vectors {
    workshop.file("corpus", text(500).replace("blue", "été"));
    workshop.run("train corpus -o m.w2v --dim 8 --epochs 1 --progress none").succeeds();
    Vectors::load(workshop.path("m.w2v")).unwrap()
}

#[track_caller]
fn assert_same(found: &Vectors, expected: &Vectors) {
    assert!(found.words().eq(expected.words()));
    assert_eq!(found.numbers(), expected.numbers());
}

#[test]
fn every_format_is_written_and_read_back() {
    let workshop = Workshop::new();
    let vectors = trained(&workshop);
    workshop.run("convert m.w2v m.bin").succeeds();
    for (out, options) in [
        ("a.txt", ""),
        ("a.bin", ""),
        ("a.bin.gz", ""),
        ("b.w2v", ""),
        ("a.safetensors", ""),
        ("a.glove.txt", ""),
        ("glove.zst", "--format glove"),
        ("a.npy", ""),
        ("projector", "--format projector"),
        ("sentence", "--format sentence-transformers"),
        ("model2vec", "--format model2vec"),
    ] {
        for from in ["m.w2v", "m.bin"] {
            let outcome = workshop.run(&format!("convert {from} {out} {options}"));
            assert_eq!(outcome.stderr, format!("{out}: 8 words of 8 dimensions\n"), "{out}");
            assert_eq!(outcome.succeeds(), "");
            assert_same(&Vectors::load(workshop.path(out)).unwrap(), &vectors);
            // And on from there.
            workshop.run(&format!("convert {out} on.txt")).succeeds();
            assert!(workshop.read("on.txt") == workshop.read("a.txt"), "{out}");
            let first = Vectors::load_first(workshop.path(out), 3).unwrap();
            assert!(first.words().eq(vectors.words().take(3)), "{out}");
            assert_eq!(first.numbers(), &vectors.numbers()[..24], "{out}");
        }
        let near = workshop.run(&format!("nearest {out} red -k 2")).succeeds();
        assert_eq!(near, workshop.run("nearest m.w2v red -k 2").succeeds(), "{out}");
    }
    let whole = Model::load(workshop.path("m.w2v")).unwrap();
    workshop.run("convert m.w2v again.w2v").succeeds();
    assert!(workshop.read("again.w2v") == workshop.read("m.w2v"), "all of a model goes along");
    workshop.run("convert m.w2v top.w2v --top 3").succeeds();
    let first = Model::load(workshop.path("top.w2v")).unwrap();
    assert_eq!(first.vectors().numbers(), &whole.vectors().numbers()[..24]);
    assert!(first.output().is_none() && whole.output().is_some());
}

#[test]
fn a_model_is_converted_between_standard_streams() {
    let workshop = Workshop::new();
    trained(&workshop);
    workshop.run("convert m.w2v m.txt").succeeds();
    for format in ["text", "glove"] {
        let line = format!("convert - - --format {format} --top 2");
        let input = File::open(workshop.path("m.w2v")).unwrap();
        let output = workshop.command(&line).stdin(input).output().unwrap();
        let rows = Outcome::of(&line, output).succeeds();
        let expected = String::from_utf8(workshop.read("m.txt")).unwrap();
        let expected: Vec<&str> = expected.lines().skip(1).take(2).collect();
        let head = if format == "text" { vec!["2 8"] } else { vec![] };
        assert_eq!(rows.lines().collect::<Vec<_>>(), [head, expected].concat());
    }
}

#[test]
fn half_precision_is_stored_where_there_is_room_for_it() {
    let workshop = Workshop::new();
    let vectors = trained(&workshop);
    for (out, options, digits) in [
        ("h.safetensors", "--dtype f16", 1e-3),
        ("h.safetensors", "--dtype bf16", 1e-2),
        ("h.npy", "--dtype f16", 1e-3),
        ("h", "--format model2vec --dtype bf16", 1e-2),
        ("i", "--format sentence-transformers --dtype f16", 1e-3),
    ] {
        workshop.run(&format!("convert m.w2v {out} {options}")).succeeds();
        let found = Vectors::load(workshop.path(out)).unwrap();
        assert!(found.words().eq(vectors.words()));
        assert!(found.numbers() != vectors.numbers(), "{out}");
        for (found, exact) in found.numbers().iter().zip(vectors.numbers()) {
            assert!((found - exact).abs() <= digits * exact.abs() + 1e-7, "{out}: {found} {exact}");
        }
    }
    workshop.run("convert m.w2v h.bin --dtype f16").fails(2, &["--dtype f16: this format stores f32"]);
    workshop.run("convert m.w2v b.npy --dtype bf16").fails(1, &["b.npy: cannot write: NumPy has no bf16"]);
}

#[test]
fn what_cannot_be_converted_is_named() {
    let workshop = Workshop::new();
    workshop.with_model();
    fs::create_dir(workshop.path("empty")).unwrap();
    workshop.file("tab.txt", "1 1\na\tb 1\n").file("latin.txt", b"1 1\n\xe9 1\n").file("large.txt", "1 1\na 1e30\n");
    workshop.file("v.npy", b"\x93NUMPY\x01\0\x05\0{}   ").file("pickle", b"\x80\x04\x95\x1e\0");
    for (line, code, parts) in [
        ("model.txt model.txt", 2, &["OUT model.txt: would overwrite another file of this command"][..]),
        ("model.txt empty", 2, &["OUT empty: is a folder; give --format projector"]),
        ("empty a.txt", 1, &["empty: is a folder, and none of the projector"]),
        ("model.txt model.txt --format projector", 2, &["OUT model.txt: is there and cannot be the folder"]),
        ("model.txt - --format npy", 2, &["OUT -: this format is more than one file"]),
        ("model.txt no/a.npy", 1, &["no/a.npy: cannot create"]),
        ("model.txt no/where --format projector", 1, &["no/where: cannot create"]),
        ("tab.txt p --format projector", 1, &["p/metadata.tsv: cannot write: `a\\tb`: a tab ends a word"]),
        ("latin.txt s --format model2vec", 1, &["s/tokenizer.json: cannot write: ", "words are UTF-8"]),
        ("large.txt h.npy --dtype f16", 1, &["h.npy: cannot write: the vector of `a` has 1e30, which f16 cannot hold"]),
        ("v.npy a.txt", 1, &["v.npy: is a NumPy array of another kind"]),
        ("pickle a.txt", 1, &["pickle: is a Python pickle"]),
        ("absent a.txt", 1, &["absent: cannot open"]),
    ] {
        workshop.run(&format!("convert {line}")).fails(code, parts);
    }
    assert!(!workshop.path("h.npy").exists() && !workshop.path("h.words.txt").exists());
    workshop.run("train model.txt -o m.npy").fails(2, &["--output m.npy: ", "w2v convert"]);
}

#[test]
fn the_projector_is_told_to_show_ten_thousand() {
    let workshop = Workshop::new();
    let vectors = Vectors::new((0..10_001).map(|word| format!("w{word}")), 1, vec![1.5; 10_001]).unwrap();
    vectors.save_as(workshop.path("m"), Format::Binary).unwrap();
    let said = workshop.run("convert m p --format projector").stderr;
    assert_eq!(said, "p: 10001 words of 1 dimensions; the projector shows 10000 of them, so --top 10000 would do\n");
    let said = workshop.run("convert m p --format projector --top 10000").stderr;
    assert_eq!(said, "p: 10000 words of 1 dimensions\n");
    let read = |name: &str| String::from_utf8(workshop.read(&format!("p/{name}"))).unwrap();
    assert_eq!(read("metadata.tsv").lines().take(3).collect::<Vec<_>>(), ["word\trank", "w0\t1", "w1\t2"]);
    assert_eq!((read("metadata.tsv").lines().count(), read("tensors.tsv").lines().count()), (10_001, 10_000));
    let config: serde_json::Value = serde_json::from_str(&read("config.json")).unwrap();
    let embedding = &config["embeddings"][0];
    assert_eq!(embedding["tensorShape"], serde_json::json!([10_000, 1]));
    assert_eq!((&embedding["tensorPath"], &embedding["metadataPath"]), (&"tensors.tsv".into(), &"metadata.tsv".into()));
    assert!(read("projector_config.pbtxt").contains("tensor_path: \"tensors.tsv\""));
}

/// Runs `script` in the workshop, after a reader of `m.txt` into `words` and `rows`; says that it
/// is skipped where the Python has not all of `packages`, unless they are expected.
#[track_caller]
fn python(workshop: &Workshop, packages: &str, script: &str) {
    let import =
        format!("try:\n    import {packages}\nexcept ImportError as missing:\n    print(missing)\n    exit(77)\n");
    let model = "lines = open('m.txt', encoding='utf-8').read().split('\\n')[1:-1]\n\
                 words = [line.split(' ')[0] for line in lines]\n\
                 rows = [[float(number) for number in line.split(' ')[1:]] for line in lines]\n";
    let python = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    let mut command = Command::new(python);
    let output =
        command.args(["-c", &[import.as_str(), model, script].concat()]).current_dir(workshop.path(".")).output();
    let missing = match output {
        Ok(output) if output.status.success() => return,
        Ok(output) if output.status.code() == Some(77) => String::from_utf8_lossy(&output.stdout).into_owned(),
        Ok(output) => panic!("{}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => format!("there is no python3 here: {error}"),
    };
    assert!(std::env::var_os("W2V_EXPECT_PYTHON").is_none(), "{packages} are expected: {missing}");
    println!("skipped: {}", missing.trim());
}

/// A trained model as text in `m.txt`, and converted as `out` says.
fn converted(out: &str) -> Workshop {
    let workshop = Workshop::new();
    trained(&workshop);
    for out in ["m.txt", out] {
        workshop.run(&format!("convert m.w2v {out}")).succeeds();
    }
    workshop
}

#[test]
fn numpy_opens_its_array() {
    let workshop = converted("v.npy");
    let script = "
array = numpy.load('v.npy')
assert array.dtype == numpy.float32 and (array == numpy.array(rows, dtype='f4')).all()
assert open('v.words.txt', encoding='utf-8').read().split('\\n')[:-1] == words
numpy.save('again.npy', array.astype('f8'))
open('again.words.txt', 'w', encoding='utf-8').write('\\n'.join(words))
";
    python(&workshop, "numpy", script);
    if workshop.path("again.npy").exists() {
        assert_same(
            &Vectors::load(workshop.path("again.npy")).unwrap(),
            &Vectors::load(workshop.path("m.txt")).unwrap(),
        );
    }
}

#[test]
fn safetensors_opens_its_files() {
    for (out, dtype) in [("v.safetensors", "float32"), ("v.safetensors --dtype f16", "float16"), ("v.w2v", "float32")] {
        let workshop = converted(out);
        let name = out.split(' ').next().unwrap();
        let script = format!(
            "
from safetensors.numpy import load_file, save_file
tensors = load_file('{name}')
assert tensors['input'].dtype == '{dtype}' and numpy.allclose(tensors['input'], rows, rtol=1e-3)
at = tensors['word_offsets']
found = [tensors['words'][at[i]:at[i + 1]].tobytes().decode() for i in range(len(words))]
assert found == words
if '{name}' == 'v.w2v':
    assert sum(tensors['counts']) == 3000 and tensors['output'].shape == tensors['input'].shape
    assert safetensors.safe_open('v.w2v', 'numpy').metadata()['dim'] == '8'
save_file(tensors, 'again.safetensors')
"
        );
        python(&workshop, "numpy, safetensors", &script);
        if workshop.path("again.safetensors").exists() {
            let [again, ours] = ["again.safetensors", name].map(|name| Vectors::load(workshop.path(name)).unwrap());
            assert_same(&again, &ours);
        }
    }
}

#[test]
fn gensim_opens_gloves_text() {
    let workshop = converted("v.glove.txt");
    let script = "
vectors = gensim.models.KeyedVectors.load_word2vec_format('v.glove.txt', no_header=True)
assert vectors.index_to_key == words and numpy.allclose(vectors.vectors, rows)
";
    python(&workshop, "numpy, gensim", script);
}

#[test]
fn model2vec_opens_both_kinds_of_folders() {
    for kind in ["model2vec", "sentence-transformers"] {
        let workshop = converted(&format!("folder --format {kind}"));
        let script = "
model = model2vec.StaticModel.from_pretrained('folder', force_download=False)
rows = numpy.array(rows)
unit = lambda vector: vector / numpy.linalg.norm(vector)
for word, row in zip(words, rows):
    assert numpy.allclose(unit(model.encode(word)), unit(row), atol=1e-5), word
found = model.encode(words[0] + ' nowhere ' + words[1])
assert numpy.allclose(unit(found), unit(rows[0] + rows[1]), atol=1e-5)
";
        python(&workshop, "numpy, model2vec", script);
    }
}

#[test]
fn sentence_transformers_opens_its_folder() {
    let workshop = converted("folder --format sentence-transformers");
    let script = "
model = sentence_transformers.SentenceTransformer('folder', device='cpu')
assert numpy.allclose(model.encode(words), rows, atol=1e-5)
found = model.encode([words[0] + ' nowhere ' + words[1]])[0]
assert numpy.allclose(3 * found, numpy.array(rows[0]) + rows[1], atol=1e-5)
";
    // It needs torch, of gigabytes: continuous integration has model2vec open the folder.
    let expected = std::env::var_os("W2V_EXPECT_SENTENCE_TRANSFORMERS").is_some();
    if expected || std::env::var_os("W2V_EXPECT_PYTHON").is_none() {
        python(&workshop, "numpy, sentence_transformers", script);
    } else {
        println!("skipped: sentence_transformers is not expected");
    }
}

#[test]
fn fasttexts_words_are_as_fasttext_has_them() {
    for grams in ["min_n=3, max_n=5", "min_n=0, max_n=0"] {
        let workshop = converted("unused.bin");
        let script = format!(
            "
from gensim.models import FastText
from gensim.models.fasttext import save_facebook_model, load_facebook_vectors
text = [line.split() for line in open('corpus', encoding='utf-8')]
model = FastText(text, vector_size=8, epochs=1, bucket=500, {grams})
save_facebook_model(model, 'f.bin')
load_facebook_vectors('f.bin').save_word2vec_format('expected.txt')
"
        );
        python(&workshop, "gensim", &script);
        if workshop.path("expected.txt").exists() {
            workshop.run("convert f.bin f.txt").succeeds();
            let [found, expected] = ["f.txt", "expected.txt"].map(|name| Vectors::load(workshop.path(name)).unwrap());
            assert!(found.words().eq(expected.words()));
            for (found, expected) in found.numbers().iter().zip(expected.numbers()) {
                assert!((found - expected).abs() < 1e-6, "{grams}: {found} {expected}");
            }
        }
    }
}

#[test]
fn half_precision_keeps_the_neighbours() {
    let workshop = Workshop::new();
    let vectors = trained(&workshop);
    for dtype in [Dtype::F16, Dtype::Bf16] {
        vectors.save_as(workshop.path("h"), Format::Safetensors(dtype)).unwrap();
        let half = Vectors::load(workshop.path("h")).unwrap();
        for (a, b) in [("red", "green"), ("cat", "dog"), ("red", "cat")] {
            let [exact, found] = [&vectors, &half].map(|vectors| vectors.similarity(a, b).unwrap());
            assert!((exact - found).abs() < 0.01, "{dtype} {a} {b}: {exact} {found}");
        }
    }
}
