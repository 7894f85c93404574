use std::collections::HashMap;
use std::fs;

use safetensors::SafeTensors;
use safetensors::tensor::TensorView;

use super::*;

fn vectors() -> Vectors {
    let numbers = vec![1.0, -2.5, f32::MAX, 0.1, 1e-45, -0.0];
    Vectors::new(["day", "", "new york"], 2, numbers).unwrap()
}

/// A file with all parts that a model may have.
fn whole() -> Vec<u8> {
    let texts = Texts::from([("note".to_owned(), "a \"quoted\" text".to_owned())]);
    let mut file = Vec::new();
    write(&vectors(), Some(&[0.5, 1.5, 2.5, 3.5]), Some(&[9, 9, 1]), texts, &mut file).unwrap();
    file
}

fn read_all(file: &[u8]) -> Result<Loaded> {
    read(file, "m", usize::MAX, true, None)
}

/// [`map`] of `file`, without a least size.
fn mapped(file: &[u8], most: usize) -> Result<Option<Loaded>> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("m.w2v");
    fs::write(&path, file).unwrap();
    map(&File::open(&path).unwrap(), &path, most, 0)
}

fn assert_whole(found: &Loaded) {
    let bits = |numbers: &[f32]| numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
    assert!(found.vectors.words().eq(vectors().words()));
    assert_eq!(bits(found.vectors.numbers()), bits(vectors().numbers()));
    assert_eq!(found.output.as_deref(), Some(&[0.5, 1.5, 2.5, 3.5][..]));
    assert_eq!(found.counts, Some(vec![9, 9, 1]));
    assert_eq!(found.texts["note"], "a \"quoted\" text");
}

#[test]
fn what_was_written_is_read_and_mapped() {
    let file = whole();
    assert_eq!(file, whole());
    assert_whole(&read_all(&file).unwrap());
    let found = mapped(&file, usize::MAX).unwrap().expect("a map");
    assert_whole(&found);
    assert_eq!(found.vectors.nearest("day", 2).unwrap(), vectors().nearest("day", 2).unwrap());
    assert_eq!(found.vectors.id("new york"), Some(2));
}

#[test]
fn the_first_words_alone() {
    for found in [read(&whole()[..], "m", 2, false, None).unwrap(), mapped(&whole(), 2).unwrap().unwrap()] {
        assert!(found.vectors.words().eq(["day", ""]));
        assert_eq!(found.vectors.numbers(), [1.0, -2.5, f32::MAX, 0.1]);
        assert_eq!(found.counts, Some(vec![9, 9]));
    }
}

#[test]
fn others_read_it_and_it_reads_others() {
    let file = whole();
    let theirs = SafeTensors::deserialize(&file).unwrap();
    let input = theirs.tensor("input").unwrap();
    assert_eq!((input.shape(), input.data()[..4].to_vec()), (&[3, 2][..], 1.0_f32.to_le_bytes().to_vec()));
    assert_eq!(theirs.tensor("words").unwrap().data(), b"daynew york");
    let offsets: Vec<u8> = [0_u64, 3, 3, 11].iter().flat_map(|offset| offset.to_le_bytes()).collect();
    assert_eq!(theirs.tensor("word_offsets").unwrap().data(), offsets);

    for name in ["embedding.weight", "whatever"] {
        let numbers: Vec<u8> = vectors().numbers().iter().flat_map(|number| number.to_le_bytes()).collect();
        let tensors = [
            (name, TensorView::new(Kind::F32, vec![3, 2], &numbers).unwrap()),
            ("words", TensorView::new(Kind::U8, vec![11], b"daynew york").unwrap()),
            ("word_offsets", TensorView::new(Kind::U64, vec![4], &offsets).unwrap()),
        ];
        let texts = HashMap::from([("format".to_owned(), "pt".to_owned())]);
        let file = safetensors::serialize(tensors, Some(texts.into_iter().collect())).unwrap();
        let found = read_all(&file).unwrap();
        assert!(found.vectors.words().eq(vectors().words()) && found.counts.is_none() && found.output.is_none());
        assert_eq!(found.vectors.numbers(), vectors().numbers());
        assert!(mapped(&file, usize::MAX).unwrap().is_none(), "its words may come twice");
    }
}

#[test]
fn half_precision_is_read_as_it_was_stored() {
    let vectors = Vectors::new(["a", "b"], 1, vec![0.1, 2.0]).unwrap();
    for (dtype, expected) in [(Dtype::F32, 0.1), (Dtype::F16, 0.099_975_586), (Dtype::Bf16, 0.100_097_656)] {
        let mut file = Vec::new();
        write_vectors(&vectors, dtype, &mut file).unwrap();
        let found = read_all(&file).unwrap();
        assert_eq!(found.vectors.numbers(), [expected, 2.0]);
        let mut again = Vec::new();
        write_vectors(&found.vectors, dtype, &mut again).unwrap();
        assert_eq!(again, file);
    }
}

#[test]
fn a_file_that_is_cut_anywhere_is_refused() {
    let file = whole();
    for len in 0..file.len() {
        let error = read_all(&file[..len]).err().expect("an error").to_string();
        assert!(error.contains("is it cut short?"), "{len}: {error}");
        assert!(mapped(&file[..len], usize::MAX).is_err(), "{len}");
    }
    let longer = [&file[..], b"\0"].concat();
    for error in [read_all(&longer).err(), mapped(&longer, usize::MAX).err()] {
        assert!(error.expect("an error").to_string().contains("is"), "one byte more");
    }
}

#[test]
fn a_file_that_was_altered_anywhere_is_refused() {
    let file = whole();
    let header = Header::read(&mut &file[..], "m").unwrap();
    let numbers: Vec<_> = ["input", "output"].iter().map(|name| header.place(header.tensor(name).unwrap())).collect();
    for at in 0..file.len() {
        for bit in 0..8 {
            let mut altered = file.clone();
            altered[at] ^= 1 << bit;
            let error = read_all(&altered).err().unwrap_or_else(|| panic!("byte {at}, bit {bit}")).to_string();
            assert!(error.starts_with("m: ") && !error.contains('\n'), "{error}");
            // The numbers of a mapped file are not compared with their checksums.
            let is_number = numbers.iter().any(|place| place.contains(&at));
            if bit == 0 {
                let is_refused = mapped(&altered, usize::MAX).is_err();
                assert!(is_refused != is_number || at < 8, "byte {at}");
            }
        }
    }
    let mut altered = file;
    let first = numbers[0].start;
    altered[first..first + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    let found = mapped(&altered, usize::MAX).unwrap().unwrap();
    let error = found.vectors.nearest("", 1).unwrap_err().to_string();
    assert!(error.starts_with("cannot make vectors: the vector of `day` is not finite"), "{error}");
}

/// A file with tensors of these names, types and lengths.
fn file_of(texts: Texts, tensors: &[(&'static str, Kind, &[usize], &[u8])]) -> Vec<u8> {
    let tensors = tensors.iter().map(|&(name, kind, shape, bytes)| Tensor {
        name,
        kind,
        shape: shape.to_vec(),
        write: Box::new(move |to: &mut dyn Write| to.write_all(bytes)),
    });
    let mut file = Vec::new();
    container::write(texts, tensors.collect(), &mut file).unwrap();
    file
}

#[test]
fn what_does_not_make_a_model_is_named() {
    let two = [0_u64, 1, 2].map(u64::to_le_bytes).concat();
    let falling = [0_u64, 3, 2].map(u64::to_le_bytes).concat();
    let rising = [1_u64, 2].map(u64::to_le_bytes).concat();
    let input = ("input", Kind::F32, &[2, 1][..], &[0; 8][..]);
    let words = ("words", Kind::U8, &[2][..], &b"ab"[..]);
    let offsets = ("word_offsets", Kind::U64, &[3][..], &two[..]);
    let format = |text: &str| Texts::from([("format".to_owned(), text.to_owned())]);
    for (texts, tensors, expected) in [
        (Texts::new(), &[][..], "m: is safetensors without word vectors"),
        (Texts::new(), &[input], "m: is safetensors, which has no words"),
        (Texts::new(), &[input, words], "m: is safetensors, which has no words"),
        (format("w2v model 2"), &[input, words, offsets], "m: is of the format w2v model 2, where w2v model 1"),
        (format("w2v checkpoint 1"), &[input], "m: is the checkpoint of a training"),
        (Texts::new(), &[input, ("words", Kind::U8, &[2], b"aa"), offsets], "m: a word comes twice"),
        (Texts::new(), &[input, ("words", Kind::U8, &[2], b"a\n"), offsets], "m: cannot make vectors: the word `\\n`"),
        (Texts::new(), &[input, ("words", Kind::U8, &[1], b"a"), offsets], "m: `word_offsets` does not say"),
        (Texts::new(), &[input, words, ("word_offsets", Kind::U64, &[3], &falling)], "m: `word_offsets` does not"),
        (Texts::new(), &[input, words, ("word_offsets", Kind::U64, &[2], &two[..16])], "m: `word_offsets` does not"),
        (Texts::new(), &[input, words, offsets, ("counts", Kind::U64, &[2], &rising)], "m: `counts` are not those"),
        (Texts::new(), &[input, words, offsets, ("counts", Kind::U64, &[1], &two[8..16])], "m: `counts` are not"),
        (Texts::new(), &[input, words, offsets, ("output", Kind::F32, &[3, 1], &[0; 12])], "m: the tensor `output`"),
        (Texts::new(), &[input, words, offsets, ("output", Kind::I32, &[2, 1], &[0; 8])], "m: the numbers of the"),
        (Texts::new(), &[("input", Kind::F32, &[2, 0], &[]), words, offsets], "m: 0 dimensions, where 1 to 65536"),
        (Texts::new(), &[("a", Kind::F32, &[2, 1], &[0; 8]), ("b", Kind::F32, &[2, 1], &[0; 8])], "m: is safetensors"),
        (Texts::new(), &[("input", Kind::I64, &[1, 1], &[0; 8])], "m: is safetensors without word vectors"),
    ] {
        let file = file_of(texts, tensors);
        let error = read_all(&file).err().unwrap_or_else(|| panic!("{expected}")).to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    let json = |json: &str| [&(json.len() as u64).to_le_bytes(), json.as_bytes()].concat();
    for (file, expected) in [
        (json("{"), "m: is no safetensors: its header cannot be used"),
        (json("{} x"), "m: is no safetensors"),
        (json("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}"), "m: is no safetensors"),
        (json("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}"), "m: is no safetensors"),
        ([&u64::MAX.to_le_bytes()[..], b"{}"].concat(), "m: is no safetensors: its header would have 1844674407"),
    ] {
        let error = read_all(&file).err().unwrap_or_else(|| panic!("{expected}")).to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn a_promise_of_many_numbers_takes_no_memory() {
    let json = r#"{"input":{"dtype":"F32","shape":[1000000000000,4],"data_offsets":[0,16000000000000]}}"#;
    let file = [&(json.len() as u64).to_le_bytes(), json.as_bytes(), &[0; 100]].concat();
    let error = read_all(&file).err().expect("an error").to_string();
    assert_eq!(error, "m: the file ends within the tensor `input`; is it cut short?");
}
