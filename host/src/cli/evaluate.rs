//! `w2v evaluate`: a model's scores, and the protocol they were taken by.

use super::Result;
use super::choice::some;
use super::output::stdout;
use super::query::{RecordCheck, open};
use clap::Args;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use w2v::evaluate::{Evaluator, Section, SectionScore, read_analogies, read_similarities};
use w2v::input;
use w2v::messages::escaped;

/// `w2v evaluate`.
#[derive(Args)]
#[command(group = clap::ArgGroup::new("files").required(true).multiple(true))]
pub(super) struct Evaluate {
    /// A model, text or binary, plain, gzip or zstd; `-` is standard input
    model: PathBuf,
    /// A file of `word word score` lines, plain, gzip or zstd; may be given more than once
    ///
    /// Columns are parted by tabs, semicolons, commas or other white space. Of more than three, the
    /// score is the one that a heading calls SimLex999, score, similarity, human, mean, rating or
    /// the like; without a heading the third or, after a part of speech, the fourth.
    #[arg(long, value_name = "FILE", group = "files")]
    similarity: Vec<PathBuf>,
    /// A file of analogy questions in Google's layout, plain, gzip or zstd
    #[arg(long, value_name = "FILE", group = "files")]
    analogies: Option<PathBuf>,
    /// Analogies are asked and answered among the model's first words only
    #[arg(long, value_name = "WORDS", default_value_t = 30_000, value_parser = some)]
    top: usize,
}

impl Evaluate {
    pub(super) fn run(self) -> Result<()> {
        // All files are read before anything is computed, so that a mistake shows at once.
        let mut similarities = Vec::new();
        for path in &self.similarity {
            similarities.push((path, read_similarities(input::open(path)?, &path.display().to_string())?));
        }
        let analogies = match &self.analogies {
            Some(path) => Some((path, read_analogies(input::open(path)?, &path.display().to_string())?)),
            None => None,
        };
        // Similarities are asked of all words.
        let top = self.similarity.is_empty().then_some(self.top);
        let vectors = open(&self.model, top.unwrap_or(usize::MAX), RecordCheck::Compared)?;
        let evaluator = Evaluator::new(&vectors)?;

        let mut out = BufWriter::new(stdout()?);
        let (words, dim) = (vectors.len(), vectors.dim());
        let first = if top == Some(words) { "the first " } else { "" };
        writeln!(out, "model: {first}{words} words of {dim} dimensions")?;
        writeln!(out, "protocol: all words lower-cased, the first of equal ones counts; unknown words are dropped")?;
        for (path, pairs) in &similarities {
            let score = evaluator.similarity(pairs)?;
            let spearman = score.spearman.map_or("undefined".to_owned(), |spearman| format!("{spearman:.3}"));
            let name = escaped(&path.display().to_string());
            writeln!(out, "{name}: Spearman {spearman}, {} of {} pairs known", score.known, score.pairs)?;
        }
        if let Some((path, sections)) = &analogies {
            let searched = self.top.min(words);
            let name = escaped(&path.display().to_string());
            writeln!(out, "{name}: 3CosAdd among the first {searched} words, the question's own left out")?;
            print_sections(&mut out, sections, &evaluator.analogies(sections, self.top)?)?;
        }
        out.flush()?;
        Ok(())
    }
}

/// Prints the score of each section and of all together, and those of meaning and grammar where
/// there are both.
fn print_sections(out: &mut impl Write, sections: &[Section], scores: &[SectionScore]) -> io::Result<()> {
    let sum = |wanted: &dyn Fn(&Section) -> bool| {
        sections.iter().zip(scores).filter(|(section, _)| wanted(section)).map(|(_, &score)| score).sum()
    };
    for (section, score) in sections.iter().zip(scores) {
        print_score(out, &section.name, score)?;
    }
    let [semantic, syntactic]: [SectionScore; 2] =
        [sum(&|section| !section.is_syntactic()), sum(&Section::is_syntactic)];
    if semantic.questions > 0 && syntactic.questions > 0 {
        print_score(out, "semantic", &semantic)?;
        print_score(out, "syntactic", &syntactic)?;
    }
    print_score(out, "total", &sum(&|_| true))
}

/// Prints one line of the table.
fn print_score(out: &mut impl Write, name: &str, score: &SectionScore) -> io::Result<()> {
    let name = escaped(name);
    let accuracy = score.accuracy().map_or("–".to_owned(), |accuracy| format!("{:.2}", 100.0 * accuracy));
    let SectionScore { correct, known, questions } = score;
    writeln!(out, "  {name:<28} {accuracy:>6} %  {correct:>5} of {known:>5} known, {questions:>5} asked")
}
