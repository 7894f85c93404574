//! `w2v explain`: a page that shows what happens inside while a model is trained.

mod page;
mod pictures;
mod steps;

use super::output::{Output, check_free, stdout};
use super::pipes::check_not_read;
use super::progress::{Reporter, Style};
use super::settings::Settings;
use super::{Failure, Result, interrupt};
use clap::Args;
use indicatif::HumanCount;
use maud::{Markup, html};
use std::ffi::OsString;
use w2v::Config;
use w2v::Error;
use w2v::Vocabulary;
use w2v::builtin;
use w2v::explain::{self, Explanation};
use w2v::messages::shown;
use w2v::train;

/// Train, and write a page that shows what happened inside
///
/// The page shows a window of the first epoch and one of the last, and for each a step: every
/// logit, error and loss, and the vectors as strips of colour, beside what the papers' equations
/// say. It shows how neighbours and a map of words come about. `explain` trains on one thread,
/// sentence after sentence, so its vectors are not those of `train`.
#[derive(Args)]
pub(super) struct Explain {
    /// Where to write the page, one HTML file that needs no other; `-` is standard output
    #[arg(short, long, value_name = "PAGE")]
    output: Output,
    /// A word to look at; may be given several times. Steps are shown for the first word that has a
    /// window [default: words of several frequencies; in the built-in corpus, words of several
    /// topics]
    #[arg(long = "word", value_name = "WORD")]
    words: Vec<OsString>,
    #[command(flatten)]
    settings: Settings,
    /// How progress is shown on standard error; `auto` is a bar on a terminal and plain lines
    /// elsewhere
    #[arg(long, value_enum, default_value = "auto")]
    progress: Style,
}

/// Default words to look at: for each of these shares, the first word at which the tokens of this
/// word and of all more frequent words are at least the share of all tokens.
const SHARES: [f64; 7] = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98];

/// The data that the page shows.
struct Run<'a> {
    config: &'a Config,
    vocabulary: &'a Vocabulary,
    /// The number of tokens of the corpus.
    tokens: u64,
    min_count: u64,
    explanation: &'a Explanation,
}

impl Run<'_> {
    /// Word `id` as messages show it.
    fn text(&self, id: u32) -> String {
        shown(self.vocabulary.word(id).unwrap_or_default())
    }

    /// Word `id` in HTML. The word is isolated, because it may be written from right to left in a
    /// page that is not.
    fn word(&self, id: u32) -> Markup {
        html! { bdi { (self.text(id)) } }
    }

    /// The words of `ids`, separated by commas.
    fn words(&self, ids: impl IntoIterator<Item = u32>) -> Markup {
        html! { @for (place, id) in ids.into_iter().enumerate() { @if place > 0 { ", " } (self.word(id)) } }
    }
}

/// `number` and `noun`, which is given in the singular, such as `1 word` or `2,000 words`.
fn count(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", HumanCount(number), if number == 1 { "" } else { "s" })
}

impl Explain {
    pub(super) fn run(self) -> Result<()> {
        let config = self.settings.config();
        explain::validate(&config)?;
        train::dispatch(&config)?;
        match self.output.path() {
            Some(path) => check_free("--output", path, self.settings.files())?,
            None => drop(stdout()?),
        }
        check_not_read("--output", &self.output, self.settings.inputs())?;
        let mut reporter = Reporter::new(self.progress);
        interrupt::catch(reporter.stopping(false))?;
        match self.explain(&config, &mut reporter) {
            Err(Failure::Library(Error::Stopped(_))) => {
                Err(Failure::Interrupted("the page was not written".to_owned()))
            }
            done => done,
        }
    }

    /// Trains and writes the page.
    fn explain(&self, config: &Config, reporter: &mut Reporter) -> Result<()> {
        let corpus = self.settings.read(self.output.spool_dir(), reporter)?;
        let vocabulary = corpus.vocabulary();
        let words = self.words(vocabulary);
        reporter.begin(&Config { threads: Some(1), ..config.clone() }, &corpus, self.settings.is_built_in())?;
        let explanation = explain::explain(&corpus, config, &words, &mut |progress| {
            reporter.training(progress);
            interrupt::check()
        })?;
        reporter.end();
        let (tokens, min_count) = (corpus.tokens(), self.settings.min_count);
        let run = Run { config, vocabulary, tokens, min_count, explanation: &explanation };
        let page = page::page(&run).into_string();
        self.output.write_or_keep(|to| to.write_all(page.as_bytes()), None)?;
        reporter.explained(&self.output);
        Ok(())
    }

    /// The words to look at: the ones named on the command line. If none is named, the showcase of
    /// the built-in corpus, or for any other text at most one word for each of [`SHARES`], from
    /// frequent to rare.
    fn words(&self, vocabulary: &Vocabulary) -> Vec<Vec<u8>> {
        if !self.words.is_empty() {
            return self.words.iter().map(|word| word.as_encoded_bytes().to_vec()).collect();
        }
        if self.settings.is_built_in() {
            let known = builtin::showcase().iter().filter(|word| vocabulary.id(word).is_some());
            let known: Vec<_> = known.map(|word| word.as_bytes().to_vec()).collect();
            if !known.is_empty() {
                return known;
            }
        }
        let mut counted = 0;
        let mut shares = SHARES.iter().peekable();
        let mut words = Vec::new();
        for (word, count) in vocabulary.words().zip(vocabulary.counts()) {
            counted += count;
            let reached = |share: &&f64| counted as f64 >= *share * vocabulary.tokens() as f64;
            if shares.next_if(reached).is_some() {
                while shares.next_if(reached).is_some() {}
                words.push(word.to_vec());
            }
        }
        words
    }
}
