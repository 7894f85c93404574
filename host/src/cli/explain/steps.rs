//! The part of the page that shows a window and its steps.

use super::pictures::{LONGEST, scale, strip};
use super::{Run, count};
use maud::{Markup, html};
use w2v::explain::{Output, Row, Step, Summary, Window};
use w2v_core::kinds::{Architecture, CbowGradient, Objective};

/// Tokens shown on each side of the center; more if the context is wider.
const AROUND: usize = 12;

/// The most tokens shown on each side of the center, and the most context words in a table.
const MOST: usize = 60;

/// A window: its sentence, its draws and its steps.
pub(super) fn window(run: &Run<'_>, window: &Window) -> Markup {
    let center = run.word(window.word());
    html! {
        p.sentence dir="auto" { (sentence(run, window)) }
        p {
            "The step size is η = " (format!("{:.5}", window.learning_rate)) ". "
            span.dropped { "Struck out" } " is what subsampling dropped before the window was formed. The window's reach was drawn evenly "
            "from 1 to " (run.config.window) ": " (window.reach) ". So the " span.center { "center" } " has "
            (count(window.context.len() as u64, "word")) " of " span.context { "context" } "."
        }
        (single(run, &window.step, &center))
        @if !window.others.is_empty() { (others(run, window, &center)) }
    }
}

/// The tokens around the center.
fn sentence(run: &Run<'_>, window: &Window) -> Markup {
    let center = window.center;
    let first = window.context.first().map_or(center, |&first| first.min(center.saturating_sub(AROUND)));
    let last = window.context.last().map_or(center, |&last| last.max(center + AROUND));
    let (first, last) = (first.max(center.saturating_sub(MOST)), last.min(center + MOST));
    let end = (last + 1).min(window.sentence.len());
    html! {
        @if first > 0 { "… " }
        @for position in first..end {
            @let class = if position == center {
                "center"
            } else if window.context.binary_search(&position).is_ok() {
                "context"
            } else if window.kept.binary_search(&position).is_err() {
                "dropped"
            } else {
                "kept"
            };
            span class=(class) { (run.word(window.sentence[position])) } " "
        }
        @if end < window.sentence.len() { "…" }
    }
}

/// One step: its output rows, h and Σ s w.
fn single(run: &Run<'_>, step: &Step, center: &Markup) -> Markup {
    let tree = run.config.objective == Objective::HierarchicalSoftmax;
    let hidden = &step.hidden;
    let across = scale(step.rows.iter().flat_map(|row| numbers(&row.before)));
    html! {
        p {
            @match run.config.architecture {
                Architecture::SkipGram => {
                    "The hidden vector h is the vector of " b { (run.words(hidden.reads.iter().map(|read| read.word))) }
                }
                Architecture::Cbow => {
                    "The hidden vector h is the mean of the context's vectors (Rong, section 1.2)"
                }
            }
            ", and " b { (center) } " is to be predicted. "
            @if tree {
                "The way to it goes down the Huffman tree from the root. At each node, u is the dot product of h and the node's vector w, and σ(u) is the "
                "probability of branch 0. The label t is 1 where the word's code has a 0, and " span.taken { "blue" } " is the branch that the word takes. Of each branch the "
                "most frequent words are shown."
            } @else {
                "h meets the vector w of the word itself, with the label t = 1, and those of words drawn from the noise distribution, "
                "with the label t = 0. σ(u) is the probability, as the model has it, that the word is from the text and not from the noise."
            }
            " A strip is a vector with a field for each number: blue below zero, red above. The number below a strip is the value of full colour."
        }
        table {
            tr {
                th { "output vector of" }
                @if tree { th { "branch 0" } th { "branch 1" } }
                th.number { "t" } th.number { "u = w·h" } th.number { "σ(u)" }
                @if tree { th.number { "turn taken" } }
                th.number { "loss" } th.number { "s = η (t − σ(u))" } th { "w" } th { "what the kernel added" }
            }
            @for (place, row) in step.rows.iter().enumerate() { (output_row(run, place, row, across)) }
        }
        table {
            tr { th { "h" } td.wide { (whole_strip(numbers(&hidden.vector))) } }
            tr { th { "Σ s w" } td.wide { (whole_strip(step.gradient.iter().copied())) } }
        }
        (told(run, step, tree))
    }
}

/// The text below a step: its updates, its loss, and how far the kernel is from the equations.
fn told(run: &Run<'_>, step: &Step, tree: bool) -> Markup {
    let (hidden, Summary { loss, loss_after, difference }) = (&step.hidden, step.summary);
    let twice =
        step.rows.iter().enumerate().any(|(place, row)| step.rows[..place].iter().any(|other| other.of == row.of));
    html! {
        p {
            "Each output vector receives s h, and "
            @match (run.config.architecture, run.config.cbow_gradient) {
                (Architecture::SkipGram, _) => { "h receives Σ s w" }
                (Architecture::Cbow, CbowGradient::Exact) => {
                    "each word of the context " (format!("{:.3}", hidden.part)) " of Σ s w, which is the derivative of the mean"
                }
                (Architecture::Cbow, CbowGradient::Undivided) => {
                    "each word of the context all of Σ s w, as in word2vec.c; the derivative of the mean would be 1/"
                    (hidden.reads.iter().map(|read| read.times).sum::<usize>()) " of it (" code { "--cbow-gradient exact" } ")"
                }
            }
            ". Both are computed from the vectors before the step (Rong, " @if tree { "section 3.1" } @else { "section 3.2" } ")"
            @if twice {
                ", except for a word that was drawn more than once: its vector is read again after each of its updates, and the table shows the sum of "
                "the updates"
            }
            ". "
            "The loss was " (format!("{loss:.5}")) " nats"
            @if tree { ", which is −ln " (format!("{:.5}", (-loss).exp())) ", and this is the probability of the word: the product of the turns" }
            "; right after the step it would be " (format!("{loss_after:.5}")) ". "
        }
        p {
            "Logits, losses, errors and Σ s w are computed here in double precision, by the equations. What the kernel wrote, in single "
            "precision and with σ from a table that is 0 or 1 beyond ±6, differs from them by " (format!("{difference:.1e}")) " at most."
            @if hidden.vector.len() > LONGEST {
                " Of the vectors' " (hidden.vector.len()) " numbers the first " (LONGEST) " are shown."
            }
        }
    }
}

/// Row `place` of the table of a step. `across` is the common scale of all rows' vectors.
fn output_row(run: &Run<'_>, place: usize, row: &Row, across: f64) -> Markup {
    let added: Vec<f64> = numbers(&row.after).zip(numbers(&row.before)).map(|(after, before)| after - before).collect();
    html! {
        tr {
            @match row.of {
                Output::Target(word) => { td { b { (run.word(word)) } } }
                Output::Noise(word) => { td { (run.word(word)) } }
                Output::Node(node) => {
                    td { "node " (node) }
                    @for (bit, below) in run.explanation.path[place].below.iter().enumerate() {
                        td.branch.taken[row.label == (bit == 0)] { (run.words(below.iter().copied())) }
                    }
                }
            }
            td.number { (u8::from(row.label)) }
            td.number { (format!("{:+.4}", row.logit)) }
            td.number { (format!("{:.4}", row.probability)) }
            @if let Output::Node(_) = row.of { td.number { (format!("{:.4}", (-row.loss).exp())) } }
            td.number { (format!("{:.4}", row.loss)) }
            td.number { (format!("{:+.2e}", row.error)) }
            td.wide { (strip(numbers(&row.before), across)) (bound(across)) }
            td.wide { (whole_strip(added)) }
        }
    }
}

/// A strip on a scale of its own.
fn whole_strip(vector: impl IntoIterator<Item = f64, IntoIter: Clone>) -> Markup {
    let numbers = vector.into_iter();
    let own = scale(numbers.clone());
    html! { (strip(numbers, own)) (bound(own)) }
}

/// The label below a strip: the number that full colour stands for.
fn bound(scale: f64) -> Markup {
    html! { small { @if scale > 0.0 { "±" (format!("{scale:.2e}")) } @else { "all 0" } } }
}

/// A vector's numbers.
fn numbers(vector: &[f32]) -> impl Iterator<Item = f64> + Clone {
    vector.iter().map(|&number| number.into())
}

/// The other steps of the window, one line for each.
fn others(run: &Run<'_>, window: &Window, center: &Markup) -> Markup {
    html! {
        p { "The window's other words of context predict " b { (center) } " likewise, one after the other:" }
        table {
            tr { th { "h of" } th.number { "loss" } th.number { "right after the step" } th.number { "largest difference" } }
            @for (word, Summary { loss, loss_after, difference }) in window.others.iter().take(MOST) {
                tr {
                    td { (run.word(*word)) }
                    td.number { (format!("{loss:.5}")) }
                    td.number { (format!("{loss_after:.5}")) }
                    td.number { (format!("{difference:.1e}")) }
                }
            }
        }
        @if window.others.len() > MOST { p { "and " (count((window.others.len() - MOST) as u64, "word")) " more." } }
    }
}
