use super::*;
use crate::error::Result;

const KIND: Kind = Kind { noun: "test file", format: "test 1" };

/// A file with a list of three numbers and a matrix of two bytes.
fn file() -> Vec<u8> {
    let mut file = Vec::new();
    let texts = BTreeMap::from([("seed", "7".to_owned()), ("other", "with \"quotes\"".to_owned())]);
    let tensors = [
        Tensor { name: "long", dtype: Dtype::U64, shape: vec![3] },
        Tensor { name: "short", dtype: Dtype::U8, shape: vec![2, 1] },
    ];
    let mut writer = TensorWriter::begin(&mut file, KIND, &texts, &tensors).unwrap();
    writer.numbers([1_u64, 2, 1 << 40].map(u64::to_le_bytes)).unwrap();
    writer.bytes(b"ab").unwrap();
    assert_eq!(writer.end().unwrap(), file.len() as u64);
    file
}

/// Reads the two tensors and the seed of such a file.
fn read(file: &[u8]) -> Result<(Vec<u64>, Vec<u8>, u64)> {
    let mut reader = TensorReader::begin(file, "f", KIND)?;
    let seed = reader.value("seed")?;
    let len = reader.list("long", Dtype::U64)?;
    let long = reader.vector(len, u64::from_le_bytes)?;
    assert_eq!(reader.tensor("short", Dtype::U8)?, [2, 1]);
    let short = reader.vector(2, |[byte]: [u8; 1]| byte)?;
    reader.finish()?;
    Ok((long, short, seed))
}

#[test]
fn what_was_written_is_read() {
    let file = file();
    assert_eq!(read(&file).unwrap(), (vec![1, 2, 1 << 40], b"ab".to_vec(), 7));
    // The numbers are aligned, and the crate `safetensors` reads the file.
    let tensors = safetensors::SafeTensors::deserialize(&file).unwrap();
    assert_eq!(tensors.tensor("long").unwrap().data()[..8], 1_u64.to_le_bytes());
    assert_eq!(tensors.tensor(SHA256).unwrap().data(), &Sha256::digest(&file[..file.len() - HASH_BYTES])[..]);
    assert_eq!((file.len() - HASH_BYTES - 2) % 8, 0);
    // `finish` reads the whole file even if no tensor was read before.
    TensorReader::begin(&file[..], "f", KIND).unwrap().finish().unwrap();
}

#[test]
fn files_that_are_cut_short_or_changed_are_refused() {
    let file = file();
    for len in 0..file.len() {
        let error = read(&file[..len]).unwrap_err().to_string();
        assert_eq!(error, "f: is cut short, or no test file", "{len}");
    }
    for at in 0..file.len() {
        let mut changed = file.clone();
        changed[at] ^= 1;
        assert!(read(&changed).is_err(), "byte {at}");
        assert!(TensorReader::begin(&changed[..], "f", KIND).and_then(TensorReader::finish).is_err(), "byte {at}");
    }
    let mut longer = file;
    longer.push(0);
    assert_eq!(read(&longer).unwrap_err().to_string(), "f: goes on after its end: something was added to it");
}

#[test]
fn what_is_no_such_file_is_named() {
    let message = |file: &[u8]| read(file).unwrap_err().to_string();
    assert_eq!(message(b"word 0.25 0.5 and more of a model in text"), "f: is no test file");
    let mut other = file();
    let at = other.windows(6).position(|bytes| bytes == b"test 1").unwrap();
    other[at + 5] = b'2';
    assert_eq!(message(&other), "f: is a file of tensors, but no test file of this version");
    let mut newer = file();
    let version = env!("CARGO_PKG_VERSION");
    let at = newer.windows(version.len()).position(|bytes| bytes == version.as_bytes()).unwrap();
    newer[at] = b'9';
    assert!(message(&newer).starts_with(&format!("f: was written by w2v 9{}", &version[1..])));
}

#[test]
fn tensors_without_a_number_are_found_by_name() {
    let empty = |name| Tensor { name, dtype: Dtype::U16, shape: vec![0] };
    let last = Tensor { name: "last", dtype: Dtype::U8, shape: vec![1] };
    let mut file = Vec::new();
    let tensors = [empty("a"), empty("b"), empty("c"), last];
    let mut writer = TensorWriter::begin(&mut file, KIND, &BTreeMap::new(), &tensors).unwrap();
    writer.bytes(b"x").unwrap();
    writer.end().unwrap();
    // The crate `safetensors` holds names in hash maps, whose order differs from reader to reader.
    for _ in 0..32 {
        let mut reader = TensorReader::begin(&file[..], "f", KIND).unwrap();
        for name in ["a", "b", "c"] {
            assert_eq!(reader.list(name, Dtype::U16).unwrap(), 0);
        }
        assert_eq!(reader.list("last", Dtype::U8).unwrap(), 1);
        assert_eq!(reader.vector(1, |[byte]: [u8; 1]| byte).unwrap(), b"x");
        reader.finish().unwrap();
    }
}
