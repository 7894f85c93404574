//! The part of the page that shows a window and its steps.

use super::Run;
use super::pictures::{LONGEST, scale, strip};
use maud::{Markup, html};
use w2v::explain::{Output, Row, Step, Window};
use w2v_core::train::{Architecture, Objective};

/// Tokens shown each side of the center, if the context is not wider.
const AROUND: usize = 12;

/// A window: the sentence, what was drawn, and its steps.
pub(super) fn window(run: &Run<'_>, window: &Window) -> Markup {
    let Some(step) = window.steps.first() else { return html! {} };
    let center = run.word(step.target);
    html! {
        p.sentence {
            (sentence(run, window))
        }
        p {
            "The step size is η = " (format!("{:.5}", window.learning_rate)) ". "
            span.dropped { "Struck out" } " is what subsampling dropped before the window was formed. Its reach was drawn evenly "
            "from 1 to " (run.config.window) ": " (window.reach) ". So the " span.center { "center" } " has "
            (window.context.len()) " words of " span.context { "context" } "."
        }
        (single(run, step, &center))
        @if window.steps.len() > 1 { (others(run, window, &center)) }
    }
}

/// The tokens around the center.
fn sentence(run: &Run<'_>, window: &Window) -> Markup {
    let first = window.context.first().map_or(window.center, |&first| first.min(window.center.saturating_sub(AROUND)));
    let last = window.context.last().map_or(window.center, |&last| last.max(window.center + AROUND));
    let end = (last + 1).min(window.sentence.len());
    html! {
        @if first > 0 { "… " }
        @for position in first..end {
            @let class = if position == window.center {
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

/// One step in all its numbers.
fn single(run: &Run<'_>, step: &Step, center: &str) -> Markup {
    let tree = run.config.objective == Objective::HierarchicalSoftmax;
    let hidden = &step.hidden;
    let is_mean = run.config.architecture == Architecture::Cbow;
    let across = scale(step.rows.iter().flat_map(|row| row.before.iter().map(|&number| number.into())));
    let of_hidden = scale(hidden.vector.iter().map(|&number| number.into()));
    let of_gradient = scale(step.gradient.iter().copied());
    html! {
        p {
            @if is_mean {
                "The hidden vector h is the mean of the context's vectors ("
                (hidden.reads.iter().map(|read| run.word(read.word)).collect::<Vec<_>>().join(", "))
                "; Rong, section 1.2)"
            } @else {
                "The hidden vector h is the vector of " @for read in &hidden.reads { b { (run.word(read.word)) } }
            }
            ", and " b { (center) } " is to be predicted. "
            @if tree {
                "It goes down the Huffman tree from the root: at each node the turn of the code has a label t, 1 for a code bit of 0, and "
                "the node's vector w says how likely it is."
            } @else {
                "It meets the vector w of the word itself, with the label t = 1, and those of words drawn from the noise distribution, "
                "with the label 0."
            }
        }
        table {
            tr {
                th { "output vector of" }
                @if tree { th { "below 0" } th { "below 1" } }
                th { "t" } th { "u = w·h" } th { "σ(u)" } th { "loss" } th { "s = η (t − σ(u))" } th { "w" } th { "what was added to it" }
            }
            @for (place, row) in step.rows.iter().enumerate() { (output_row(run, place, row, across)) }
        }
        table {
            tr { th { "h" } td.wide { (strip(hidden.vector.iter().map(|&number| number.into()), of_hidden)) } td { (bound(of_hidden)) } }
            tr { th { "Σ s w" } td.wide { (strip(step.gradient.iter().copied(), of_gradient)) } td { (bound(of_gradient)) } }
        }
        p {
            "Output vectors receive s h, and "
            @if is_mean {
                "each word of the context " (format!("{:.3}", hidden.part)) " of Σ s w, with the vectors w as they were before"
            } @else {
                "h receives Σ s w, with the vectors w as they were before"
            }
            " (Rong, " @if tree { "section 3.1" } @else { "section 3.2" } "). "
            "The loss of this step was " (format!("{:.5}", step.loss)) " nats"
            @if tree { ", which is −ln of the probability " (format!("{:.5}", (-step.loss).exp())) " that the tree gives the word" }
            "; with the vectors as they are now it would be " (format!("{:.5}", step.loss_after)) ". "
            "All of this is computed from the vectors before the step in double precision. What the kernel wrote, in single precision and "
            "with σ from a table that ends at ±6, differs from it by " (format!("{:.1e}", step.difference)) " at most."
            @if hidden.vector.len() > LONGEST { " The pictures show the first " (LONGEST) " of " (hidden.vector.len()) " numbers." }
        }
    }
}

/// A row of the table of a step; `across` is the scale of all rows' vectors.
fn output_row(run: &Run<'_>, place: usize, row: &Row, across: f64) -> Markup {
    let change: Vec<f64> =
        row.after.iter().zip(&row.before).map(|(&after, &before)| f64::from(after) - f64::from(before)).collect();
    let of_change = scale(change.iter().copied());
    let list = |words: &[u32]| words.iter().map(|&word| run.word(word)).collect::<Vec<_>>().join(", ");
    html! {
        tr {
            @match row.of {
                Output::Target(word) => { td { b { (run.word(word)) } } }
                Output::Noise(word) => { td { (run.word(word)) } }
                Output::Node(node) => {
                    td { "node " (node) }
                    @for (bit, below) in run.explanation.path[place].below.iter().enumerate() {
                        td class=(if row.label == (bit == 0) { "taken" } else { "" }) { (list(below)) }
                    }
                }
            }
            td { (u8::from(row.label)) }
            td.number { (format!("{:+.4}", row.logit)) }
            td.number { (format!("{:.4}", row.probability)) }
            td.number { (format!("{:.4}", row.loss)) }
            td.number { (format!("{:+.2e}", row.error)) }
            td.wide { (strip(row.before.iter().map(|&number| number.into()), across)) (bound(across)) }
            td.wide { (strip(change.iter().copied(), of_change)) (bound(of_change)) }
        }
    }
}

/// What a strip's full colour is.
fn bound(scale: f64) -> Markup {
    html! { small { "±" (format!("{scale:.2e}")) } }
}

/// The other steps of the window, a line each.
fn others(run: &Run<'_>, window: &Window, center: &str) -> Markup {
    html! {
        p { "The window's other words of context predict " b { (center) } " likewise, one after the other:" }
        table {
            tr { th { "h of" } th { "loss" } th { "loss after the step" } th { "largest difference" } }
            @for step in &window.steps[1..] {
                tr {
                    td { @for read in &step.hidden.reads { (run.word(read.word)) } }
                    td.number { (format!("{:.5}", step.loss)) }
                    td.number { (format!("{:.5}", step.loss_after)) }
                    td.number { (format!("{:.1e}", step.difference)) }
                }
            }
        }
    }
}
