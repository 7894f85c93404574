//! What a model of the built-in corpus knows, right and wrong, on the terminal.

use super::Result;
use super::output::stdout;
use std::io::{BufWriter, Write};
use w2v::builtin::{self, Question};
use w2v::{Model, Neighbour};

/// Neighbours shown of each word.
const NEIGHBOURS: usize = 6;

/// Right answers and wrong ones shown of each section.
const EXAMPLES: usize = 2;

/// Prints neighbours of some words and answers to analogies.
pub(super) fn show(model: &Model) -> Result<()> {
    let mut out = BufWriter::new(stdout()?);
    writeln!(out, "nearest words")?;
    for word in builtin::showcase() {
        // A high --min-count leaves words out.
        if model.get(word).is_some() {
            let found = model.nearest(word, NEIGHBOURS)?;
            let shown = found.iter().map(|Neighbour { word, cosine, .. }| format!("{word} {cosine:.2}"));
            writeln!(out, "  {word:<12} {}", shown.collect::<Vec<_>>().join("  "))?;
        }
    }
    writeln!(out, "\nanalogies")?;
    let questions: Vec<Question> = builtin::questions().collect();
    let (mut right, mut asked) = (0, 0);
    for section in questions.chunk_by(|one, next| one.section == next.section) {
        let section_score = show_section(&mut out, model, section)?;
        right += section_score.0;
        asked += section_score.1;
    }
    writeln!(out, "\n{right} of {asked} analogies right")?;
    out.flush()?;
    Ok(())
}

/// Prints how many questions of one section are answered correctly, and examples; the numbers of
/// right and of all answers.
fn show_section(out: &mut impl Write, model: &Model, section: &[Question]) -> Result<(usize, usize)> {
    let (mut right, mut wrong) = (Vec::new(), Vec::new());
    for question in section {
        let Question { a, b, c, expected, .. } = *question;
        if [a, b, c, expected].iter().any(|word| model.get(word).is_none()) {
            continue;
        }
        let found = model.analogy(a, b, c, 1)?;
        let answer = found.first().map(|best| best.word).unwrap_or_default();
        if answer == expected {
            right.push(format!("{a} : {b} :: {c} : {expected}"));
        } else {
            wrong.push(format!("{a} : {b} :: {c} : {answer}, not {expected}"));
        }
    }
    let asked = right.len() + wrong.len();
    if let Some(Question { section, .. }) = section.first() {
        writeln!(out, "  {section}: {} of {asked} right", right.len())?;
    }
    for (mark, answers) in [("right", &right), ("wrong", &wrong)] {
        // Spread over the section, whose neighbouring questions share their example.
        for answer in answers.iter().step_by(answers.len().div_ceil(EXAMPLES).max(1)) {
            writeln!(out, "    {mark}  {answer}")?;
        }
    }
    Ok((right.len(), asked))
}
