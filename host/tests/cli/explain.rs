//! `w2v explain`: the page it writes, and what it refuses.

use crate::Workshop;

const FLAGS: &str = "--dim 12 --epochs 2 --progress none";

/// A corpus whose words are markup, or no UTF-8.
fn text() -> Vec<u8> {
    b"<b>bold</b> & \"quoted\" 'word' caf\xe9 plain\n".repeat(30)
}

#[test]
fn a_page_shows_the_built_in_corpus_and_needs_nothing_else() {
    let workshop = Workshop::new();
    for model in ["skip-gram negative-sampling", "cbow hierarchical-softmax"] {
        let (architecture, objective) = model.split_once(' ').unwrap();
        let flags = format!("{FLAGS} --architecture {architecture} --objective {objective}");
        let printed = workshop.run(&format!("explain -o - {flags}")).succeeds();
        assert!(printed.starts_with("<!DOCTYPE html>") && printed.ends_with("</html>"));
        assert!(printed.contains(&format!("Inside word2vec: {architecture} with {objective}")));
        for word in ["paris", "queen", "monday"] {
            assert!(printed.contains(&format!("<b><bdi>{word}</bdi></b>")), "{word}");
        }
        assert!(printed.contains(r#"<span class="center"><bdi>paris</bdi></span>"#));
        assert_eq!(printed.matches("<figcaption>").count(), 3);
        // Eight words and more at three stages, and two epochs' losses.
        assert!(printed.matches("<circle").count() > 3 * 8 + 2 && printed.contains("mean loss, nats"));
        for class in ["dropped", "context", "kept"] {
            assert!(printed.contains(&format!(r#"<span class="{class}"><bdi>"#)), "{class}");
        }
        // Names of namespaces are no places to load from.
        let elsewhere = printed.replace(r#"xmlns="http://www.w3.org/2000/svg""#, "");
        for forbidden in ["http:", "https:", "<script", "url(", "@import", "src="] {
            assert!(!elsewhere.contains(forbidden), "{forbidden}");
        }
        workshop.run(&format!("explain -o page.html --threads 1 {flags}")).succeeds();
        assert_eq!(workshop.read("page.html"), printed.as_bytes());
    }
    assert_eq!(workshop.names(), ["page.html"]);
}

#[test]
fn words_of_a_text_are_told_or_chosen_and_never_markup() {
    let workshop = Workshop::new();
    workshop.file("text", text());
    let page = workshop.run(&format!("explain text -o - --sample 0 {FLAGS}")).succeeds();
    assert!(page.contains("&lt;b&gt;bold&lt;/b&gt;") && page.contains("&quot;quoted&quot;"));
    assert!(!page.contains("<b>bold") && page.contains("caf\u{fffd}"));
    let named = format!("explain text -o page.html.gz --sample 0 --word plain --word & {FLAGS}");
    workshop.run(&named).succeeds();
    assert!(workshop.read("page.html.gz").starts_with(b"\x1f\x8b"));
    let told = workshop.run(&named.replace("none", "json"));
    assert!(told.stderr.contains(r#"{"event":"explained","page":"page.html.gz","seconds":"#), "{}", told.stderr);
}

#[test]
fn words_are_chosen_from_frequent_to_rare_and_long_ones_are_cut() {
    let workshop = Workshop::new();
    let counts = [("a", 50), ("b", 10), ("c", 10), ("d", 10), ("e", 10), ("f", 5), ("g", 3), ("h", 2)];
    let text: Vec<String> = counts.iter().map(|(word, count)| format!("{word} ").repeat(*count) + "\n").collect();
    workshop.file("text", text.concat()).file("long", format!("{} a b\n", "z".repeat(1 << 20)).repeat(5));
    let page = workshop.run("explain text -o - --sample 0 --min-count 1 --progress none --epochs 1").succeeds();
    let draws = page.split("<table>").nth(1).unwrap().split("</table>").next().unwrap();
    for (word, _) in counts {
        let there = draws.contains(&format!("<td><bdi>{word}</bdi></td>"));
        assert_eq!(there, word != "h", "{word}: {draws}");
    }
    assert!(workshop.run("explain long -o - --sample 0 --progress none --epochs 1").succeeds().len() < 1 << 20);
    // No word of the showcase is so frequent.
    workshop.run("explain -o page --min-count 5000 --progress none --epochs 1 --dim 4").succeeds();
}

#[test]
fn a_page_says_what_is_special_about_a_step() {
    let workshop = Workshop::new();
    workshop.file("two", "a b\n".repeat(30)).file("many", "a b c\x1bd e f g h\n".repeat(30));
    let page =
        |line: &str| workshop.run(&format!("explain {line} -o - --sample 0 --progress none --epochs 1")).succeeds();
    // The noise of two words is the other one each time; the first step finds output vectors of
    // zeros.
    let two = page("two --dim 4 --word a");
    assert!(two.contains("drawn more than once") && two.contains("all 0") && !two.contains("numbers the first"));
    assert!(
        two.contains("Inside word2vec")
            && two.contains("60 tokens of a vocabulary of 2 words")
            && two.contains("1 epoch;")
    );
    // One is drawn, and cannot be drawn twice.
    let many = page("many --dim 300 --negatives 1 --architecture cbow --window 1");
    assert!(!many.contains("drawn more than once") && many.contains("300 numbers the first 256 are shown"));
    assert!(many.contains("all of Σ s w, as in word2vec.c") && many.contains("c\\u{1b}d") && !many.contains('\x1b'));
    let exact = page("many --architecture cbow --cbow-gradient exact --objective hierarchical-softmax");
    assert!(exact.contains("which is the derivative of the mean") && exact.contains("the product of the turns"));
    assert_eq!(exact.matches("<h2>").count(), 3);
    // Of two words the more frequent one, or the first, has the code 0 or 1, and one turn, which is
    // all of its probability.
    let turn = page("two --word a --objective hierarchical-softmax --learning-rate 0.1");
    let (_, row) = turn.split_once("<td>node 0</td>").unwrap();
    let (row, rest) = row.split_once("</tr>").unwrap();
    let taken = |word: &str| row.contains(&format!(r#"<td class="branch taken"><bdi>{word}</bdi></td>"#));
    assert!(taken("a") && !taken("b"), "{row}");
    let numbers: Vec<&str> =
        row.split(r#"<td class="number">"#).skip(1).map(|cell| cell.split('<').next().unwrap()).collect();
    let [label, _, probability, turn, ..] = numbers[..] else { panic!("{numbers:?}") };
    let number = |text: &str| text.parse::<f64>().unwrap();
    let right = if label == "1" { number(probability) } else { 1.0 - number(probability) };
    assert!((right - number(turn)).abs() < 2e-4, "{numbers:?}");
    let (_, product) = rest.split_once("which is −ln ").unwrap();
    assert!(product.starts_with(turn), "{product:.20} {turn}");
    let refused = workshop.run("explain two -o page --sample 0 --min-count 31");
    refused.fails(1, &["nothing to train"]);
}

#[test]
fn what_cannot_be_explained_is_refused() {
    let workshop = Workshop::new();
    workshop.file("text", text());
    workshop.run("explain").fails(2, &["--output"]);
    workshop.run("explain text -o text").fails(2, &["--output text", "would overwrite"]);
    workshop.run("explain -o page --dim 0").fails(2, &["--dim 0"]);
    workshop.run("explain -o absent/page").fails(1, &["absent/page: cannot create"]);
    workshop.run("explain absent -o page").fails(1, &["absent: cannot open"]);
    workshop
        .run(&format!("explain text -o page --word nowhere {FLAGS}"))
        .fails(2, &["--word nowhere: is not among", "min-count"]);
    workshop.run(&format!("explain text -o page --sample 1e-300 {FLAGS}")).fails(1, &["nothing to train"]);
    assert_eq!(workshop.names(), ["text"]);
}
