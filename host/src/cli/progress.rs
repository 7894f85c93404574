//! Progress on standard error: a bar, plain lines or JSON lines.

use super::Result;
use super::messages::{self, Bar, draw, mention, tell};
use super::output::Output;
use clap::ValueEnum;
use indicatif::{FormattedDuration, HumanBytes, HumanCount};
use serde::Serialize;
use std::io::{IsTerminal, stderr};
use std::path::Path;
use std::time::{Duration, Instant};
use w2v::Config;
use w2v::Vocabulary;
use w2v::messages::escaped;
use w2v::preparation::Counts;
use w2v::train;
use w2v::{Checkpoint, Corpus, Progress, Reading, Saved, Vectors};

/// Time between two lines.
const LINE_INTERVAL: Duration = Duration::from_secs(3);

/// The values of `--progress`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Style {
    /// A bar on a terminal, plain lines elsewhere
    Auto,
    /// A bar that redraws itself
    Bar,
    /// A line every few seconds, and at the end of each epoch
    Plain,
    /// The same as JSON, an object on each line
    Json,
    /// Nothing
    None,
}

/// One JSON line; `event` says which.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event {
    Reading {
        bytes: u64,
        bytes_total: Option<u64>,
        tokens: u64,
    },
    Begin {
        built_in: bool,
        words: usize,
        tokens: u64,
        tokens_kept: u64,
        architecture: &'static str,
        objective: &'static str,
        backend: &'static str,
        arithmetic: &'static str,
        threads: usize,
    },
    Pairs {
        done: u64,
        total: u64,
    },
    Joining {
        tokens: u64,
        tokens_total: u64,
    },
    Joined {
        text: String,
        phrases: usize,
        seconds: f64,
    },
    Prepared {
        text: String,
        words: u64,
        sentences: u64,
        seconds: f64,
    },
    Training {
        epoch: usize,
        epochs: usize,
        epoch_finished: bool,
        tokens: u64,
        tokens_total: u64,
        pairs: u64,
        loss: Option<f64>,
        learning_rate: f64,
        words_per_second: f64,
        seconds_left: f64,
    },
    BeginsAnew {
        checkpoint: String,
    },
    Resumed {
        checkpoint: String,
        epochs: usize,
        tokens: u64,
    },
    Checkpoint {
        checkpoint: String,
        bytes: u64,
        seconds: f64,
    },
    Warning {
        text: String,
    },
    Stopping,
    Explained {
        page: String,
        seconds: f64,
    },
    Counted {
        vocabulary: String,
        words: usize,
        tokens: u64,
        seconds: f64,
    },
    Written {
        model: String,
        words: usize,
        dim: usize,
        seconds: f64,
    },
}

/// Tells the user how far the work has come.
pub(super) struct Reporter {
    style: Style,
    created: Instant,
    /// When training began.
    begun: Instant,
    /// When the last line was printed.
    told: Instant,
    /// Tokens that were read before, all epochs, by the run that this one goes on with.
    before: u64,
}

impl Reporter {
    /// A reporter that has not said anything.
    pub(super) fn new(style: Style) -> Self {
        let style = match style {
            Style::Auto if stderr().is_terminal() => Style::Bar,
            Style::Auto => Style::Plain,
            chosen => chosen,
        };
        let now = Instant::now();
        Self { style, created: now, begun: now, told: now, before: 0 }
    }

    /// Tells how much of the corpus was read.
    pub(super) fn reading(&mut self, reading: &Reading) {
        let &Reading { bytes, tokens, bytes_total, .. } = reading;
        let total = bytes_total.map(|total| format!(" of {}", HumanBytes(total))).unwrap_or_default();
        let text = format!("reading: {}{total}, {} tokens", HumanBytes(bytes), HumanCount(tokens));
        self.show(false, (bytes, bytes_total.unwrap_or(0)), text, &Event::Reading { bytes, bytes_total, tokens });
    }

    /// Tells of something that the user may not want, whatever the style.
    pub(super) fn warn(&self, text: &str) {
        match self.style {
            Style::Json => tell(&json(&Event::Warning { text: text.to_owned() })),
            _ => tell(&format!("warning: {text}")),
        }
    }

    /// Tells how much of the search for phrases is done, in tokens of all its passes.
    pub(super) fn pairs(&mut self, done: u64, total: u64) {
        let share = 100.0 * done as f64 / total.max(1) as f64;
        let text = format!("counting pairs: {share:5.1} %");
        self.show(false, (done, total), text, &Event::Pairs { done, total });
    }

    /// Tells how many of the text's tokens are written, joined; of the last ones in a line of their
    /// own.
    pub(super) fn joining(&mut self, tokens: u64, tokens_total: u64) {
        let share = 100.0 * tokens as f64 / tokens_total.max(1) as f64;
        let text = format!("joining: {share:5.1} %");
        let event = Event::Joining { tokens, tokens_total };
        self.show(tokens == tokens_total, (tokens, tokens_total), text, &event);
    }

    /// Tells that the text, or the list, is where it was to go.
    pub(super) fn joined(&mut self, output: &Output, phrases: usize) {
        let (text, seconds) = (output.name(), self.created.elapsed().as_secs_f64());
        let noun = if phrases == 1 { "phrase" } else { "phrases" };
        let line = format!("{}: {} {noun} in {seconds:.1} s", escaped(&text), HumanCount(phrases as u64));
        self.say(&line, &Event::Joined { text, phrases, seconds });
    }

    /// Tells that the text is where it was to go, made ready.
    pub(super) fn prepared(&mut self, output: &Output, counts: &Counts) {
        let (text, seconds) = (output.name(), self.created.elapsed().as_secs_f64());
        let &Counts { words, sentences, .. } = counts;
        let rate = HumanBytes((counts.bytes as f64 / seconds.max(1e-9)) as u64);
        let line = format!(
            "{}: {} words in {} lines in {seconds:.1} s ({rate} of text a second)",
            escaped(&text),
            HumanCount(words),
            HumanCount(sentences)
        );
        self.say(&line, &Event::Prepared { text, words, sentences, seconds });
    }

    /// Tells what is going to be trained on `corpus`, that built into the program if it is
    /// `built_in`, by what and on how many threads.
    ///
    /// # Errors
    /// As [`train::dispatch`].
    pub(super) fn begin(&mut self, config: &Config, corpus: &Corpus, built_in: bool) -> Result<()> {
        let dispatch = train::dispatch(config)?;
        let threads = train::threads(config);
        let (vocabulary, tokens) = (corpus.vocabulary(), corpus.tokens());
        let (words, tokens_kept) = (vocabulary.len(), train::tokens_kept(vocabulary, tokens, config.sample));
        let event = Event::Begin {
            built_in,
            words,
            tokens,
            tokens_kept,
            architecture: config.architecture.name(),
            objective: config.objective.name(),
            backend: dispatch.backend().name(),
            arithmetic: dispatch.arithmetic().name(),
            threads,
        };
        let kept =
            (tokens_kept < tokens).then(|| format!(", of which subsampling keeps {} or so", HumanCount(tokens_kept)));
        let text = format!(
            "{}{} words, {} tokens{}; {} with {}; {} backend, {} arithmetic, {threads} {}",
            if built_in { "the corpus built into the program: " } else { "" },
            HumanCount(words as u64),
            HumanCount(tokens),
            kept.unwrap_or_default(),
            config.architecture,
            config.objective,
            dispatch.backend(),
            dispatch.arithmetic(),
            if threads == 1 { "thread" } else { "threads" }
        );
        self.say(&text, &event);
        self.begun = Instant::now();
        self.told = self.begun;
        Ok(())
    }

    /// Tells that the run begins anew, as there is no checkpoint at `path` yet.
    pub(super) fn begins_anew(&self, path: &Path) {
        let checkpoint = path.display().to_string();
        let line = format!("{}: no checkpoint yet; the run begins anew", escaped(&checkpoint));
        self.say(&line, &Event::BeginsAnew { checkpoint });
    }

    /// Tells that the run goes on from `found` in the file at `path`.
    pub(super) fn resumed(&mut self, path: &Path, found: &Checkpoint) {
        let (checkpoint, epochs, tokens) = (path.display().to_string(), found.epochs(), found.tokens());
        self.before = tokens;
        let text = format!(
            "{}: goes on after {} tokens, {epochs} of {} epochs finished",
            escaped(&checkpoint),
            HumanCount(tokens),
            found.config().epochs
        );
        self.say(&text, &Event::Resumed { checkpoint, epochs, tokens });
    }

    /// Tells what became of a checkpoint that was to go to `path`.
    pub(super) fn saved(&self, path: &Path, saved: &w2v::Result<Saved>) {
        let saved = match saved {
            Ok(saved) => saved,
            Err(error) => return self.warn(&format!("{error}; training goes on without this checkpoint")),
        };
        let (checkpoint, bytes, seconds) = (path.display().to_string(), saved.bytes, saved.time.as_secs_f64());
        let text = format!("{}: a checkpoint of {} in {seconds:.2} s", escaped(&checkpoint), HumanBytes(bytes));
        self.say(&text, &Event::Checkpoint { checkpoint, bytes, seconds });
    }

    /// Tells how far training has come.
    pub(super) fn training(&mut self, progress: &Progress) {
        let seconds = self.begun.elapsed().as_secs_f64().max(1e-9);
        let rate = progress.tokens.saturating_sub(self.before) as f64 / seconds;
        let left = progress.tokens_total.saturating_sub(progress.tokens) as f64 / rate.max(1.0);
        let text = format!(
            "epoch {}/{}  {:5.1} %  {}  {} words/s  learning rate {:.6}  {} left",
            progress.epoch,
            progress.epochs,
            100.0 * progress.tokens as f64 / progress.tokens_total.max(1) as f64,
            progress.loss.map_or("nothing trained".to_owned(), |loss| format!("loss {loss:.4}")),
            HumanCount(rate as u64),
            progress.learning_rate,
            FormattedDuration(Duration::from_secs_f64(left)),
        );
        let event = Event::Training {
            epoch: progress.epoch,
            epochs: progress.epochs,
            epoch_finished: progress.epoch_finished,
            tokens: progress.tokens,
            tokens_total: progress.tokens_total,
            pairs: progress.pairs,
            loss: progress.loss,
            learning_rate: progress.learning_rate,
            words_per_second: rate,
            seconds_left: left,
        };
        self.show(progress.epoch_finished, (progress.tokens, progress.tokens_total), text, &event);
    }

    /// Clears the bar away.
    pub(super) fn end(&mut self) {
        messages::end();
    }

    /// What tells, from any thread and whatever the style, that the program is about to stop;
    /// `kept` is whether what was trained will be.
    pub(super) fn stopping(&self, kept: bool) -> impl FnOnce() + Send + use<> {
        let style = self.style;
        move || {
            let kept = if kept { "what was trained so far will be kept; " } else { "" };
            let line = match style {
                Style::Json => json(&Event::Stopping),
                _ => format!("stopping; {kept}Ctrl-C again stops at once"),
            };
            mention(line);
        }
    }

    /// Tells that the page is where it was to go.
    pub(super) fn explained(&mut self, output: &Output) {
        let (page, seconds) = (output.name(), self.created.elapsed().as_secs_f64());
        let line = format!("{}: a page in {seconds:.1} s", escaped(&page));
        self.say(&line, &Event::Explained { page, seconds });
    }

    /// Tells that the vocabulary is where it was to go, if it is all that was asked for.
    pub(super) fn counted(&mut self, output: &Output, vocabulary: &Vocabulary) {
        let seconds = self.created.elapsed().as_secs_f64();
        let (name, words, tokens) = (output.name(), vocabulary.len(), vocabulary.tokens());
        let counts = format!("{} words, {} tokens", HumanCount(words as u64), HumanCount(tokens));
        let line = format!("{}: {counts} in {seconds:.1} s", escaped(&name));
        self.say(&line, &Event::Counted { vocabulary: name, words, tokens, seconds });
    }

    /// Tells that the model is where it was to go.
    pub(super) fn written(&mut self, output: &Output, vectors: &Vectors) {
        let seconds = self.created.elapsed().as_secs_f64();
        let (words, dim) = (vectors.len(), vectors.dim());
        let model = output.name();
        let name = escaped(&model);
        let text = format!("{name}: {} words of {dim} dimensions in {seconds:.1} s", HumanCount(words as u64));
        self.say(&text, &Event::Written { model, words, dim, seconds });
    }

    /// Shows a state that will be followed by others, at `position` of `length`; a line only from
    /// time to time or when `due`.
    fn show(&mut self, due: bool, (position, length): (u64, u64), text: String, event: &Event) {
        if self.style == Style::Bar {
            if due {
                mention(text.clone());
            }
            draw(Bar { position, length, text });
        } else if due || self.told.elapsed() >= LINE_INTERVAL {
            self.told = Instant::now();
            self.say(&text, event);
        }
    }

    /// Prints a line in the chosen style.
    fn say(&self, text: &str, event: &Event) {
        match self.style {
            Style::None => {}
            Style::Json => mention(json(event)),
            _ => mention(text.to_owned()),
        }
    }
}

/// Nothing is left on the terminal, however the work has ended.
impl Drop for Reporter {
    fn drop(&mut self) {
        self.end();
    }
}

/// `event` as a line.
fn json(event: &Event) -> String {
    serde_json::to_string(event).unwrap_or_default()
}
