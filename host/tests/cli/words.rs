//! `w2v words` and `--words`: the text that is made ready, the same on the way as in a pipe, and
//! what is said of a text that is not.

use crate::{Outcome, Workshop};
use serde_json::Value;
use std::io::Write;
use std::process::Stdio;

/// A text as it comes: capitals, punctuation, a no-break space, a soft hyphen, a byte order mark,
/// a long dash, numbers.
const RAW: &str = "\u{feff}The cat's \u{201c}hat\u{201d} \u{2014} self\u{ad}ish, isn\u{2019}t\u{a0}it?\n\n\
    In 1984 caf\u{e9}s (e.g. Cafe\u{301} Noir) cost $3.50. Well-known!\n";

/// What comes of `line` with `input` on standard input.
fn piped(workshop: &Workshop, line: &str, input: &[u8]) -> Outcome {
    let mut command = workshop.command(line);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    Outcome::of(line, child.wait_with_output().unwrap())
}

#[test]
fn words_are_written_a_sentence_a_line() {
    let workshop = Workshop::new();
    workshop.file("raw", RAW);
    for (flags, expected) in [
        ("", "the cat's hat selfish isn't it\nin 1984 cafés e.g café noir cost 3.50 well known\n"),
        ("--keep-case", "The cat's hat selfish isn't it\nIn 1984 cafés e.g Café Noir cost 3.50 Well known\n"),
        (
            "--hyphens keep --digits mark",
            "the cat's hat selfish isn't it\nin 0 cafés e.g café noir cost 0 well-known\n",
        ),
        (
            "--digits spell --apostrophes part",
            "the cat s hat selfish isn t it\nin one nine eight four cafés e.g café noir cost three five zero well known\n",
        ),
        (
            "--keep-punctuation",
            "the cat's “ hat ” — selfish , isn't it ?\n\
             in 1984 cafés ( e.g . café noir ) cost $ 3.50 . well - known !\n",
        ),
        ("--sentences unicode", "the cat's hat selfish isn't it\nin 1984 cafés e.g\ncafé noir cost 3.50\nwell known\n"),
    ] {
        let ready = workshop.run(&format!("words raw --progress none {flags}")).succeeds();
        assert_eq!(ready, expected, "{flags}");
        // What is ready stays so.
        let again = flags.replace("unicode", "lines");
        let again = piped(&workshop, &format!("words --progress none {again}"), ready.as_bytes()).succeeds();
        assert_eq!(again, ready, "{flags}");
    }
}

#[test]
fn markup_is_stripped() {
    let workshop = Workshop::new();
    workshop
        .file("page.html", "<html><p>H<sub>2</sub>O &amp; caf&eacute;<br>It&#8217;s <b>bold</b></p><script>x</script>");
    let ready = workshop.run("words page.html --markup strip --progress none").succeeds();
    assert_eq!(ready, "h2o café\nit's bold\n");
    let dump = "<page><title>Paris</title><id>7</id><text>'''Paris''' is the [[capital city|capital]]{{cn|x}} of \
        [[France]].&lt;ref&gt;[http://a.b c]&lt;/ref&gt;\n[[File:A.jpg|thumb|A [[view]]]]\n[[Category:Cities]]</text></page>";
    workshop.file("dump.xml", dump);
    let ready = workshop.run("words dump.xml --markup strip --progress none").succeeds();
    assert_eq!(ready, "paris\nparis is the capital of france\n");
}

#[test]
fn threads_and_sources_do_not_change_a_byte() {
    let workshop = Workshop::new();
    // Several parts, some of whose ends are in a line without a line feed.
    let text = format!("{}\n{}", RAW.repeat(10_000), "No end, \u{e9} ".repeat(150_000));
    workshop.file("raw", &text).file("raw.zst", zstd::encode_all(text.as_bytes(), 1).unwrap());
    let one = workshop.run("words raw --threads 1 --progress none").succeeds();
    assert_eq!(one.lines().count(), 20_001);
    for line in ["words raw --threads 2", "words raw --threads 7", "words raw.zst"] {
        workshop.run(&format!("{line} -o ready --progress none")).succeeds();
        assert!(workshop.read("ready") == one.as_bytes(), "{line}");
    }
    let told = piped(&workshop, "words - -o ready --progress json", text.as_bytes());
    assert!(workshop.read("ready") == one.as_bytes());
    let last: Value = serde_json::from_str(told.stderr.lines().last().unwrap()).unwrap();
    assert_eq!((&last["event"], &last["sentences"]), (&"prepared".into(), &20_001.into()));
    assert_eq!(last["words"], one.split_whitespace().count());
}

#[test]
fn on_the_way_it_is_the_same_as_in_a_pipe() {
    let workshop = Workshop::new();
    workshop.file("raw", RAW.repeat(100));
    let train = "--dim 8 --epochs 1 --progress none";
    for flags in ["", "--keep-case --digits spell --sentences unicode"] {
        let ready = workshop.run(&format!("words raw --progress none {flags}")).succeeds();
        piped(&workshop, &format!("train - -o piped.bin --save-vocab piped {train}"), ready.as_bytes()).succeeds();
        workshop.run(&format!("train raw --words {flags} -o way.bin --save-vocab way {train}")).succeeds();
        assert!(workshop.read("way.bin") == workshop.read("piped.bin"), "{flags}");
        assert_eq!(workshop.read("way"), workshop.read("piped"), "{flags}");
        let phrases = workshop.run(&format!("phrases raw --words {flags} --progress none")).succeeds();
        assert_eq!(phrases, piped(&workshop, "phrases - --progress none", ready.as_bytes()).succeeds(), "{flags}");
    }
    let record: Value = serde_json::from_slice(&workshop.read("way.bin.json")).unwrap();
    assert_eq!(record["preparation"]["digits"], "spell");
    assert_eq!(record["preparation"]["keep_case"], true);
    let record: Value = serde_json::from_slice(&workshop.read("piped.bin.json")).unwrap();
    assert!(record.get("preparation").is_none());
}

#[test]
fn flags_that_say_how_need_words() {
    let workshop = Workshop::new();
    workshop.file("raw", RAW);
    for (flag, name) in [
        ("--keep-case", "--keep-case"),
        ("--keep-punctuation", "--keep-punctuation"),
        ("--digits mark", "--digits"),
        ("--apostrophes part", "--apostrophes"),
        ("--hyphens keep", "--hyphens"),
        ("--sentences unicode", "--sentences"),
        ("--markup strip", "--markup"),
    ] {
        for command in ["train raw -o m", "phrases raw", "explain raw -o page"] {
            let problem = format!("{name} says how text is made ready, which --words asks for: add --words");
            workshop.run(&format!("{command} {flag}")).fails(2, &[&problem]);
        }
    }
    workshop.run("words raw --digits both").fails(2, &["keep, spell, mark"]);
    workshop.run("words raw --threads 0").fails(2, &["--threads 0: "]);
    workshop.run("words raw -o raw").fails(2, &["--output raw: would overwrite"]);
    workshop.run("words absent").fails(1, &["absent: cannot open"]);
    assert_eq!(workshop.names(), ["raw"]);
}

#[test]
fn what_cannot_be_made_ready_well_is_told() {
    let workshop = Workshop::new();
    workshop.file("latin1", b"un caf\xe9 noir\n".repeat(50)).file("chinese", "今天天氣很好。\n".repeat(50));
    for (file, told) in [
        ("latin1", "warning: 50 times the text has bytes that are not UTF-8, and words are parted there; if"),
        ("chinese", "warning: 300 of 300 words are single characters: in a script without blanks"),
    ] {
        let train = format!("train {file} --words -o m --dim 4 --epochs 1 --progress none");
        for line in [format!("words {file} --progress none"), train] {
            let outcome = workshop.run(&line);
            assert_eq!(outcome.stderr.matches("warning").count(), 1, "{line}: {}", outcome.stderr);
            assert!(outcome.stderr.contains(told), "{line}: {}", outcome.stderr);
            outcome.succeeds();
        }
    }
}

#[test]
fn text_that_is_not_ready_is_told_of_once_and_with_the_fix() {
    let workshop = Workshop::new();
    let letter = |at: usize| char::from(b'a' + at as u8);
    let names: Vec<String> = (0..30).map(|name| format!("name{}{}", letter(name / 6), letter(name % 6))).collect();
    let raw: String = names.iter().map(|name| format!("So, {name}, and {name} too. ")).collect::<String>() + "\n";
    workshop.file("raw", raw.repeat(5)).file("list", names.join("\n") + &"\na list of names".repeat(9));
    let said = |line: &str| {
        let outcome = workshop.run(&format!("{line} -o m --dim 4 --epochs 1 --min-count 1 --progress none"));
        let said = outcome.stderr.clone();
        outcome.succeeds();
        said
    };
    let told = said("train raw");
    assert_eq!(told.lines().count(), 1, "{told}");
    for part in
        ["warning: 32 of 63 words end in punctuation, such as `So,`; ", "--words makes it ready, as `w2v words` does"]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!(said("train raw --words"), "");
    let told = said("train list --words");
    assert!(told.starts_with("warning: 30 of 39 sentences have one word") && told.lines().count() == 1, "{told}");
}
