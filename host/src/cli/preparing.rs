//! The flags by which a text is made ready.

use super::choice::named;
use super::{Failure, Result};
use clap::Args;
use w2v::Preparation;
use w2v::preparation::{Digits, Inner, Markup, Sentences};

// How a text is made ready. (A doc comment would be shown as the command's.)
#[derive(Args)]
pub(super) struct How {
    /// Leave capitals; else words are lower-cased (and not case-folded: `straße` stays)
    #[arg(long, help_heading = HEADING)]
    keep_case: bool,
    /// Leave punctuation and symbols, each as a word of its own; else they part words and go
    #[arg(long, help_heading = HEADING)]
    keep_punctuation: bool,
    /// Numbers: as they are; spelled digit by digit, as in text8 (`one nine eight four`); or `0`
    /// for each that has no letters
    #[arg(long, help_heading = HEADING, default_value = Preparation::default().digits.name())]
    #[arg(value_parser = named::<Digits>(Digits::ALL.map(Digits::name)))]
    digits: Digits,
    /// Apostrophes between letters stay (`don't`), or part words (`don t`, as in text8; for French)
    #[arg(long, help_heading = HEADING, default_value = Preparation::default().apostrophes.name())]
    #[arg(value_parser = named::<Inner>(Inner::ALL.map(Inner::name)))]
    apostrophes: Inner,
    /// Hyphens between letters, or a letter and a digit, stay (`self-made`), or part words
    #[arg(long, help_heading = HEADING, default_value = Preparation::default().hyphens.name())]
    #[arg(value_parser = named::<Inner>(Inner::ALL.map(Inner::name)))]
    hyphens: Inner,
    /// Where sentences end: at the ends of lines, or there and where UAX #29 says
    #[arg(long, help_heading = HEADING, default_value = Preparation::default().sentences.name())]
    #[arg(value_parser = named::<Sentences>(Sentences::ALL.map(Sentences::name)))]
    sentences: Sentences,
    /// Strip tags and entities of HTML and XML and the markup of MediaWiki; a dump of Wikipedia in
    /// XML gives its articles
    #[arg(long, help_heading = HEADING, default_value = Preparation::default().markup.name())]
    #[arg(value_parser = named::<Markup>(Markup::ALL.map(Markup::name)))]
    markup: Markup,
}

/// What the flags are listed under.
const HEADING: &str = "How text is made ready";

impl How {
    /// What the flags ask for.
    pub(super) fn preparation(&self) -> Preparation {
        let Self { keep_case, keep_punctuation, digits, apostrophes, hyphens, sentences, markup } = *self;
        Preparation { keep_case, keep_punctuation, digits, apostrophes, hyphens, sentences, markup }
    }
}

// Whether a text is made ready on the way, and how.
#[derive(Args)]
pub(super) struct Preparing {
    /// Make the text ready on the way, as `w2v words` does with the same flags
    #[arg(long = "words", help_heading = HEADING)]
    asked: bool,
    #[command(flatten)]
    how: How,
}

impl Preparing {
    /// What the flags ask for, `None` where the text is taken as it is.
    pub(super) fn preparation(&self) -> Option<Preparation> {
        self.asked.then(|| self.how.preparation())
    }

    /// Refuses flags that say how where nothing is made ready.
    pub(super) fn check(&self) -> Result<()> {
        let (asked, default) = (self.how.preparation(), Preparation::default());
        if self.asked || asked == default {
            return Ok(());
        }
        let differs = [
            ("--keep-case", asked.keep_case != default.keep_case),
            ("--keep-punctuation", asked.keep_punctuation != default.keep_punctuation),
            ("--digits", asked.digits != default.digits),
            ("--apostrophes", asked.apostrophes != default.apostrophes),
            ("--hyphens", asked.hyphens != default.hyphens),
            ("--sentences", asked.sentences != default.sentences),
        ];
        let flag = differs.into_iter().find_map(|(flag, differs)| differs.then_some(flag)).unwrap_or("--markup");
        Err(Failure::Misuse(format!("{flag} says how text is made ready, which --words asks for: add --words")))
    }
}
