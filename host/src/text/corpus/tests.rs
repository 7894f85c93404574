//! The corpus, compared with plain code that splits, counts and sorts.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::text::words::is_space;

const TEXT: &[u8] = b"\n\nthe cat  saw the dog\r\nthe dog\tsaw\x0b\n \nthe \xff\xfe rare\nthe cat saw the cat";

/// Tokens of `text` by sentence.
fn sentences(text: &[u8]) -> Vec<Vec<&[u8]>> {
    text.split(|&byte| byte == b'\n')
        .map(|line| line.split(is_space).filter(|token| !token.is_empty()).collect())
        .collect()
}

/// The words of `text` that occur at least `min_count` times, in the order of their ids, with their
/// counts.
fn ranked(text: &[u8], min_count: u64) -> Vec<(Vec<u8>, u64)> {
    let mut counts: HashMap<&[u8], u64> = HashMap::new();
    for token in sentences(text).concat() {
        *counts.entry(token).or_default() += 1;
    }
    let mut words: Vec<_> = counts.into_iter().filter(|&(_, count)| count >= min_count).collect();
    words.sort_by(|(a, of_a), (b, of_b)| of_b.cmp(of_a).then(a.cmp(b)));
    words.into_iter().map(|(word, count)| (word.to_vec(), count)).collect()
}

/// The ids of a pass over `text`, if the vocabulary is `words`.
fn expected_ids(text: &[u8], words: &[(Vec<u8>, u64)]) -> Vec<u32> {
    let mut ids = Vec::new();
    for sentence in sentences(text) {
        let before = ids.len();
        let place = |token: &&[u8]| words.iter().position(|(word, _)| word == token).map(|id| id as u32);
        ids.extend(sentence.iter().filter_map(place));
        if ids.len() > before {
            ids.push(SENTENCE_END);
        }
    }
    ids
}

fn text(bytes: &[u8]) -> Source {
    Source::Text(bytes.to_vec().into())
}

fn options<'o>(min_count: u64) -> ReadOptions<'o> {
    ReadOptions::new().min_count(min_count)
}

fn read(sources: &[Source], options: ReadOptions<'_>) -> Result<Corpus> {
    options.sources(sources.iter().cloned())
}

fn message(sources: &[Source], options: ReadOptions<'_>) -> String {
    read(sources, options).unwrap_err().to_string()
}

/// All ids of a pass, read `limit` at a time. Checks what each read promises.
fn ids(corpus: &Corpus, limit: usize) -> Vec<u32> {
    let tokens = corpus.tokens();
    let mut pass = corpus.pass();
    let (mut all, mut total) = (Vec::new(), 0);
    loop {
        let mut some = Vec::new();
        let read = pass.read(&mut some, limit).unwrap();
        assert_eq!(read, some.iter().filter(|&&id| id != SENTENCE_END).count());
        if read == 0 {
            assert!(some.is_empty());
            assert_eq!(total, tokens);
            return all;
        }
        assert!(read <= limit && some[0] != SENTENCE_END);
        total += read as u64;
        all.append(&mut some);
        assert!(read == limit || total == tokens);
    }
}

/// Compares the corpus of `sources`, whose text is `text`, with the plain code above.
fn check(sources: &[Source], text: &[u8], min_count: u64, chunk_bytes: usize) {
    let words = ranked(text, min_count);
    let expected = expected_ids(text, &words);
    for threads in [1, 3] {
        let corpus = Corpus::read_chunks(sources, options(min_count).threads(threads), chunk_bytes).unwrap();
        let vocabulary = corpus.vocabulary();
        let pairs: Vec<_> = vocabulary.words().map(|word| word.to_vec()).zip(vocabulary.counts().to_vec()).collect();
        assert!(pairs == words);
        assert_eq!(corpus.tokens(), vocabulary.tokens());
        for limit in [1, 2, 3, 1000] {
            assert!(ids(&corpus, limit) == expected);
        }
    }
}

#[test]
fn blocks_may_end_anywhere() {
    for chunk_bytes in 1..=TEXT.len() + 1 {
        for min_count in [1, 2, 3] {
            check(&[text(TEXT)], TEXT, min_count, chunk_bytes);
        }
    }
}

#[test]
fn the_end_of_a_text_ends_a_sentence() {
    check(&[text(b"a b"), text(b""), text(b"a\n"), text(b"b a")], b"a b\na\nb a", 1, CHUNK_BYTES);
}

#[test]
fn a_huge_token_is_one_token() {
    let mut long = b"a ".to_vec();
    long.extend(std::iter::repeat_n(b'x', 3 * CHUNK_BYTES));
    long.extend_from_slice(b" a\na");
    check(&[text(&long)], &long, 1, CHUNK_BYTES);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn compressed_texts_are_told_by_content() {
    let directory = tempfile::tempdir().unwrap();
    let stored = [
        ("plain", TEXT.to_vec()),
        ("gzip", gzip(TEXT)),
        ("members", [gzip(&TEXT[..20]), gzip(b""), gzip(&TEXT[20..])].concat()),
        ("zstd", zstd::encode_all(TEXT, 1).unwrap()),
        ("frames", [zstd::encode_all(&TEXT[..20], 1).unwrap(), zstd::encode_all(&TEXT[20..], 1).unwrap()].concat()),
    ];
    for (name, bytes) in stored {
        let path = directory.path().join(name);
        fs::write(&path, &bytes).unwrap();
        check(&[Source::File(path)], TEXT, 1, 7);
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = directory.path().join(name);
        fs::write(&path, bytes).unwrap();
        Source::File(path)
    };
    let zstd = zstd::encode_all(TEXT, 1).unwrap();
    let mut damaged = gzip(TEXT);
    damaged[20] ^= 0xff;
    for (source, expected) in [
        (Source::File(directory.path().join("absent")), "absent: cannot open"),
        (Source::File(directory.path().to_path_buf()), "is a directory"),
        (file("cut.gz", &gzip(TEXT)[..40]), "cut.gz: cannot read: the gzip stream is cut short"),
        (file("head.gz", &gzip(TEXT)[..5]), "head.gz: cannot read: the gzip stream is cut short"),
        (file("damaged.gz", &damaged), "damaged.gz: cannot read: the gzip stream is damaged"),
        (file("cut.zst", &zstd[..zstd.len() - 3]), "cut.zst: cannot read: the zstd stream is cut short"),
        (file("empty", b""), "there is no word in"),
        (file("blank", b" \r\n\n"), "blank"),
    ] {
        let message = message(&[source], options(1));
        assert!(message.contains(expected), "{message}");
        assert!(!message.contains('\n'), "{message}");
    }
    assert!(message(&[], options(1)).contains("empty list"));
    assert!(message(&[Source::Stdin, text(b"a"), Source::Stdin], options(1)).contains("only once"));
    assert!(message(&[text(TEXT)], options(7)).contains("min-count 6 or less"));
}

#[test]
fn a_given_vocabulary_keeps_its_own_counts() {
    let words = [("dog".as_bytes().to_vec(), 9), (b"the".to_vec(), 8), (b"absent".to_vec(), 7)];
    let given = || {
        let vocabulary = Vocabulary::from_counts(words.clone(), 1).unwrap();
        ReadOptions::new().vocabulary(vocabulary)
    };
    let corpus = read(&[text(TEXT)], given()).unwrap();
    assert_eq!(corpus.vocabulary().counts(), [9, 8, 7]);
    let expected = expected_ids(TEXT, &words);
    assert_eq!(corpus.tokens(), expected.iter().filter(|&&id| id != SENTENCE_END).count() as u64);
    assert_eq!(ids(&corpus, 2), expected);
    assert!(message(&[text(b"other words")], given()).contains("none of the 2 tokens of text in memory"));
}

#[test]
fn passes_do_not_disturb_each_other() {
    let many: String =
        (0..200_000).map(|n| format!("w{}{}", n % 70_000, if n % 9 == 0 { '\n' } else { ' ' })).collect();
    let corpus = read(&[text(many.as_bytes())], options(1)).unwrap();
    let expected = ids(&corpus, 1000);
    std::thread::scope(|scope| {
        let passes = [1, 999, 100_000].map(|limit| {
            scope.spawn({
                let corpus = &corpus;
                move || ids(corpus, limit)
            })
        });
        for pass in passes {
            assert!(pass.join().unwrap() == expected);
        }
    });
}

#[test]
fn reading_is_observed_and_can_be_broken_off() {
    let sources = [text(TEXT), text(b"one more")];
    let mut seen = Vec::new();
    let observed = options(1).observe(|reading| {
        seen.push(*reading);
        ControlFlow::Continue(())
    });
    Corpus::read_chunks(&sources, observed, 16).unwrap();
    let bytes_total = TEXT.len() as u64 + 8;
    let tokens = sentences(TEXT).concat().len() as u64 + 2;
    assert_eq!(seen.last(), Some(&Reading { bytes: bytes_total, tokens, bytes_total: Some(bytes_total) }));
    assert!(seen.is_sorted_by_key(|reading| (reading.bytes, reading.tokens)));

    let broken = read(&sources, options(1).observe(|_| ControlFlow::Break(())));
    assert!(matches!(broken, Err(Error::Stopped(_))));
}

#[test]
fn sentences_are_read_as_the_text_that_has_one_on_each_line() {
    for min_count in [1, 2, 3, 4] {
        let from_text = read(&[text(TEXT)], options(min_count)).unwrap();
        let of_text = from_text.vocabulary();
        let mut last = None;
        let observed = options(min_count).observe(|reading| {
            last = Some(*reading);
            ControlFlow::Continue(())
        });
        let corpus = observed.sentences(sentences(TEXT)).unwrap();
        let vocabulary = corpus.vocabulary();
        assert!(vocabulary.words().eq(of_text.words()) && vocabulary.counts() == of_text.counts());
        assert_eq!(corpus.tokens(), from_text.tokens());
        assert_eq!(ids(&corpus, 3), ids(&from_text, 3));
        let words = sentences(TEXT).concat();
        assert_eq!(
            last,
            Some(Reading { bytes: words.concat().len() as u64, tokens: words.len() as u64, bytes_total: None })
        );

        let given = options(9).vocabulary(of_text.clone());
        let corpus = given.sentences(sentences(TEXT)).unwrap();
        assert_eq!(corpus.vocabulary().counts(), of_text.counts());
        assert_eq!(ids(&corpus, 3), ids(&from_text, 3));
    }
}

#[test]
fn sentences_are_observed_too() {
    // More words than are spooled at once, and sentences without words.
    let words = (0..300_000).map(|number| [format!("word-{}", number % 40_000)]);
    let sentences = words
        .map(|word| word.into_iter().take(1))
        .chain(std::iter::repeat_with(|| ["".to_owned()].into_iter().take(0)).take(100_000));
    let mut seen = Vec::new();
    let observed = options(1).observe(|reading| {
        seen.push(reading.tokens);
        ControlFlow::Continue(())
    });
    let corpus = observed.sentences(sentences).unwrap();
    assert_eq!((corpus.vocabulary().len(), corpus.tokens()), (40_000, 300_000));
    assert_eq!(ids(&corpus, 1000).len(), 600_000);
    // Each sentence with a word makes two steps, so half of the first steps are words. The empty
    // sentences make one step each.
    let steps = 700_000 / (1 << 16);
    assert_eq!(seen.len(), steps + 1);
    assert_eq!((seen[0], seen[steps], seen.is_sorted()), (1 << 15, 300_000, true));
}

#[test]
fn sentences_that_are_none_are_refused() {
    let refused = |sentences: &[&[&str]], options: ReadOptions<'_>, flow| {
        let sentences = sentences.iter().map(|sentence| sentence.iter());
        options.observe(move |_| flow).sentences(sentences).unwrap_err().to_string()
    };
    let go_on = ControlFlow::Continue(());
    let message = refused(&[&["a", "b"], &[], &["New York"]], options(1), go_on);
    assert_eq!(message, "sentences:3: `New York` cannot be a word: it is empty or contains white space");
    assert!(refused(&[&["a", ""]], options(1), go_on).starts_with("sentences:1: `` cannot be a word"));
    assert!(refused(&[&[], &[]], options(1), go_on).contains("there is no word in the sentences"));
    assert!(refused(&[&["a", "b"]], options(2), go_on).contains("none of the 2 distinct words occurs 2 times"));
    let given = options(1).vocabulary(Vocabulary::from_counts([("c", 1)], 1).unwrap());
    assert!(refused(&[&["a", "b"]], given, go_on).contains("none of the 2 tokens of the sentences"));
    assert_eq!(refused(&[&["a"]], options(1), ControlFlow::Break(())), "stopped before the corpus was read");
}

#[test]
fn real_text_of_three_scripts() {
    let data = std::env::var_os("W2V_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"), PathBuf::from);
    for name in ["tr_boun_sentences.txt", "ar_pud_sentences.txt", "zh-wiki-1m.txt"] {
        let path = data.join("utf8").join(name);
        match fs::read(&path) {
            Ok(bytes) => check(&[Source::File(path)], &bytes, 5, 4096),
            Err(problem) if std::env::var_os("W2V_EXPECT_DATA").is_some() => panic!("{}: {problem}", path.display()),
            Err(_) => println!("skipped: no {}; set W2V_DATA to a directory that has it", path.display()),
        }
    }
}
