//! The page: what it says, in HTML that needs nothing from elsewhere.

use super::{Run, pictures, steps};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use w2v::explain::{Draws, Stage};
use w2v_core::train::{Architecture, Objective};

const STYLE: &str = "
body { font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { text-align: left; padding: .2rem .7rem .2rem 0; vertical-align: top; border-bottom: 1px solid #ddd; }
th { font-weight: 600; white-space: nowrap; }
.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
.wide { min-width: 14rem; }
.strip { width: 100%; min-width: 14rem; height: 14px; display: block; background: #fff; outline: 1px solid #ddd; shape-rendering: crispEdges; }
.sentence { font-size: 1.15rem; line-height: 2; }
.sentence span { padding: .1rem .25rem; }
.center { background: #b2182b; color: #fff; border-radius: 3px; padding: .1rem .25rem; }
.context { background: #d1e5f0; border-radius: 3px; padding: .1rem .25rem; }
.dropped { color: #999; text-decoration: line-through; }
.taken { background: #d1e5f0; }
.row { display: flex; flex-wrap: wrap; gap: 1rem; }
figure { margin: 0; } figcaption { text-align: center; }
small { color: #777; }
";

/// The page.
pub(super) fn page(run: &Run<'_>) -> Markup {
    let title = format!("Inside word2vec: {} with {}", run.config.architecture, run.config.objective);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (title) }
                (beginning(run))
                h2 { "1. What is drawn" }
                (draws(run))
                @for (number, window) in (2..).zip(&run.explanation.windows) {
                    h2 { (number) ". A window of epoch " (window.epoch) }
                    (steps::window(run, window))
                }
                h2 { (2 + run.explanation.windows.len()) ". What becomes of it" }
                (outcome(run))
            }
        }
    }
}

/// What was trained, and how.
fn beginning(run: &Run<'_>) -> Markup {
    let config = run.config;
    html! {
        p {
            (run.tokens) " tokens of " (run.vocabulary.len()) " words, " (config.epochs) " epochs; vectors of " (config.dim)
            " numbers, windows of up to " (config.window) " words each side, seed " (config.seed) ", "
            (run.explanation.backend) " backend, " (run.explanation.arithmetic) " arithmetic."
        }
        p {
            "Every word has an input vector, which is kept in the end and starts with small random numbers. "
            @if config.objective == Objective::HierarchicalSoftmax {
                "Every inner node of a Huffman tree over the words has an output vector, which starts at zero: as long as it is "
            } @else {
                "Every word has an output vector too, which starts at zero: as long as it is "
            }
            "there, its logits are 0, σ is ½, and it does not move the hidden vector but is itself moved. "
            @if config.architecture == Architecture::SkipGram {
                "In skip-gram each word around a center predicts the center"
            } @else {
                "In CBOW the mean of the words around a center predicts the center"
            }
            " (Mikolov et al. 2013; Rong, " i { "word2vec Parameter Learning Explained" } ", whose sections are cited here). "
            "This run took one sentence after the other on one thread; " code { "w2v train" } " takes the same steps in groups and in "
            "another order, which any number of threads can share."
        }
    }
}

/// What is drawn of the words that are looked at.
fn draws(run: &Run<'_>) -> Markup {
    let config = run.config;
    let tree = config.objective == Objective::HierarchicalSoftmax;
    html! {
        p {
            @if config.sample > 0.0 {
                "A token of a word that makes up the share f of the text is kept with a probability of √(t/f) + t/f, t = "
                (config.sample) ", or always where that is over 1. "
            } @else {
                "No token is dropped. "
            }
            @if tree {
                "A word's code in the Huffman tree is the shorter the more frequent it is; each bit is a turn, each turn an output vector."
            } @else {
                "A noise word is drawn with a probability in proportion to the power " (config.exponent) " of its count; "
                (config.negatives) " for each word that is predicted."
            }
        }
        table {
            tr {
                th { "word" } th { "count" } th { "kept" }
                th { @if tree { "code" } @else { "share of noise words" } }
            }
            @for Draws { word, count, keep, noise, code } in &run.explanation.draws {
                tr {
                    td { (run.word(*word)) }
                    td.number { (count) }
                    td.number { (percent(*keep)) }
                    td.number {
                        @if let Some(noise) = noise { (percent(*noise)) }
                        @if let Some(code) = code { code { (code) } }
                    }
                }
            }
        }
    }
}

/// How the words came to where they are.
fn outcome(run: &Run<'_>) -> Markup {
    let explanation = run.explanation;
    html! {
        (pictures::losses(run))
        h3 { "The nearest words, by the cosine of input vectors" }
        table {
            tr { th { "word" } @for stage in &explanation.stages { th { (name(stage)) } } }
            @for (place, Draws { word, .. }) in explanation.draws.iter().enumerate() {
                tr {
                    td { b { (run.word(*word)) } }
                    @for stage in &explanation.stages {
                        td {
                            @for near in &stage.neighbours[place] {
                                (run.word(near.id)) " " small { (format!("{:.2}", near.similarity)) } " "
                            }
                        }
                    }
                }
            }
        }
        h3 { "Where they are" }
        p {
            "Input vectors at length 1, each word with its nearest at the end, seen from the side on which they lie farthest apart at the "
            "end: their first two principal components."
        }
        div.row {
            @for stage in &explanation.stages {
                figure { (pictures::map(run, stage)) figcaption { (name(stage)) } }
            }
        }
        @if let Some(first) = explanation.draws.first() {
            h3 { "What " (run.word(first.word)) " predicts in the end" }
            p {
                "With its input vector for h, the words that are most likely the center beside it"
                @if run.config.objective == Objective::HierarchicalSoftmax {
                    ": the products of σ(±u) along their codes, which add up to 1 over all words (Rong, section 3.1)."
                } @else {
                    ": the softmax of w·h over all words (Rong, section 1.1), which negative sampling does not train but stands in for."
                }
            }
            table {
                @for (word, likely) in &explanation.predicted {
                    tr { td { (run.word(*word)) } td.number { (percent(*likely)) } }
                }
            }
        }
    }
}

/// What a point of the run is called.
fn name(stage: &Stage) -> String {
    match stage.epochs {
        0 => "at the start".to_owned(),
        1 => "after 1 epoch".to_owned(),
        epochs => format!("after {epochs} epochs"),
    }
}

/// A share in percent, with three digits.
fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    let digits = if percent >= 10.0 {
        1
    } else if percent >= 1.0 {
        2
    } else {
        4
    };
    format!("{percent:.digits$} %")
}
