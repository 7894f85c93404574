//! The text of the page, in HTML that needs no other file.

use super::{Run, count, pictures, steps};
use indicatif::HumanCount;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use w2v::explain::{Draws, Stage};
use w2v_core::kinds::{Architecture, Objective};

const STYLE: &str = "
body { font: 15px/1.5 system-ui, sans-serif; max-width: 85rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { text-align: left; padding: .2rem .7rem .2rem 0; vertical-align: top; border-bottom: 1px solid #ddd; }
td:first-child, .branch { min-width: 8rem; }
bdi { overflow-wrap: anywhere; }
th { font-weight: 600; }
th:first-child { white-space: nowrap; }
.number, th.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.wide { min-width: 11rem; }
.strip { width: 100%; min-width: 11rem; height: 14px; display: block; background: #fff; outline: 1px solid #ddd; shape-rendering: crispEdges; }
.sentence { font-size: 1.15rem; line-height: 2; }
.sentence span { padding: .1rem .25rem; }
.center { background: #b2182b; color: #fff; border-radius: 3px; padding: .1rem .25rem; }
.context { background: #d1e5f0; border-radius: 3px; padding: .1rem .25rem; }
.dropped { color: #999; text-decoration: line-through; }
.taken { background: #d1e5f0; }
.row { display: flex; flex-wrap: wrap; gap: 1rem; }
figure { margin: 0 2rem 0 0; } figcaption { text-align: center; }
small { color: #777; white-space: nowrap; }
figure svg { overflow: visible; }
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
                h2 { (2 + run.explanation.windows.len()) ". The vectors afterwards" }
                (outcome(run))
            }
        }
    }
}

/// The first paragraphs: the settings, and how training works.
fn beginning(run: &Run<'_>) -> Markup {
    let config = run.config;
    html! {
        p {
            (count(run.tokens, "token")) " of a vocabulary of " (count(run.vocabulary.len() as u64, "word"))
            " (" code { "--min-count " (run.min_count) } "), " (count(config.epochs as u64, "epoch")) "; vectors of "
            (count(config.dim as u64, "number")) ", windows of up to " (count(config.window as u64, "word")) " each side, "
            "step size " (config.learning_rate()) " at the start and nearly 0 at the end, seed " (config.seed) "; "
            (run.explanation.backend) " backend, " (run.explanation.arithmetic) " arithmetic."
        }
        p {
            "Every word has an input vector. It starts with small random numbers, and it is the word's vector in the finished model. "
            @if config.objective == Objective::HierarchicalSoftmax {
                "Every inner node of a Huffman tree over the words has an output vector, which starts at zero. While it is zero, "
            } @else {
                "Every word has an output vector too, which starts at zero. While it is zero, "
            }
            "its logits are 0 and σ is ½. Such an output vector is changed by a step, but leaves the hidden vector as it is. "
            @if config.architecture == Architecture::SkipGram {
                "In the papers' skip-gram, a center predicts each word around it. Here, as in word2vec.c, each word around a center "
                "predicts the center. Over a whole text both ways train the same pairs equally often on average"
            } @else {
                "In CBOW the mean of the words around a center predicts the center"
            }
            " (Mikolov et al. 2013; Rong, " i { "word2vec Parameter Learning Explained" } ", whose sections are cited here)."
        }
        p {
            "This run took one sentence after the other on one thread, as the kernel's sentence trainer does. " code { "w2v train" }
            " makes steps of the same kind, but several at once"
            @if config.objective == Objective::NegativeSampling { " that share their noise words" }
            ", in another order and with other draws."
        }
    }
}

/// How the words that are looked at are sampled.
fn draws(run: &Run<'_>) -> Markup {
    let config = run.config;
    let tree = config.objective == Objective::HierarchicalSoftmax;
    html! {
        p {
            @if config.sample > 0.0 {
                "If a word is the share f of the text, each of its tokens is kept with the probability √(t/f) + t/f, t = "
                (config.sample) ". A probability over 1 means that all are kept. "
            } @else {
                "No token is dropped. "
            }
            @if tree {
                "A word's code in the Huffman tree is never longer than the code of a rarer word. Each bit is a turn, and each turn has an output vector."
            } @else {
                "A noise word is drawn with a probability proportional to its count to the power " (config.exponent) ". Each predicted word gets up to "
                (config.negatives) " noise words."
            }
        }
        table {
            tr {
                th { "word" } th.number { "count" } th.number { "kept" }
                th.number { @if tree { "code" } @else { "share of noise words" } }
            }
            @for Draws { word, count, keep, noise, code } in &run.explanation.draws {
                tr {
                    td { (run.word(*word)) }
                    td.number { (HumanCount(*count)) }
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

/// What training led to: losses, nearest words, the map and predictions.
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
                                (run.word(near.id)) " " small { (format!("{:.2}", near.cosine)) } " "
                            }
                        }
                    }
                }
            }
        }
        h3 { "Where they are" }
        p {
            "The map shows these words and the three nearest words of each at the end. Their input vectors are scaled to length 1 and projected on the "
            "two directions in which they vary most at the end. These are their first two principal components, which have " (percent(explanation.map.shown))
            " of the variance."
        }
        div.row {
            @for (number, stage) in explanation.stages.iter().enumerate() {
                figure { (pictures::map(run, number)) figcaption { (name(stage)) } }
            }
        }
        h3 { "What " (run.word(explanation.center())) " predicts in the end" }
        p {
            @match run.config.architecture {
                Architecture::SkipGram => { "The words that most likely stand beside it. Its input vector is h. " }
                Architecture::Cbow => { "The most likely centers, if it were the whole context. Its input vector is h. " }
            }
            @if run.config.objective == Objective::HierarchicalSoftmax {
                "The probability of a word is the product of the turns along its code. The probabilities of all words add up to 1 (Rong, section 3.1)."
            } @else {
                "The probability of a word is about proportional to its share of the noise words times e to the power of its logit u: training brings a logit to "
                "ln(how often the pair is seen ÷ how often noise would give it) (Levy & Goldberg 2014, "
                i { "Neural Word Embedding as Implicit Matrix Factorization" } ")."
            }
        }
        table {
            @for (word, likely) in &explanation.predicted {
                tr { td { (run.word(*word)) } td.number { (percent(*likely)) } }
            }
        }
    }
}

/// The heading for a point of the run.
fn name(stage: &Stage) -> String {
    match stage.epochs {
        0 => "at the start".to_owned(),
        1 => "after 1 epoch".to_owned(),
        epochs => format!("after {epochs} epochs"),
    }
}

/// A share, 0 to 1, in percent with three significant digits.
fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    let before_point = if percent > 0.0 { percent.log10().floor() } else { 0.0 };
    let digits = (2.0 - before_point).clamp(0.0, 12.0) as usize;
    format!("{percent:.digits$} %")
}
