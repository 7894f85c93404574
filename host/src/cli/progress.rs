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

/// The least time between two lines of progress.
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

/// A JSON line. Its field `event` has the name of the variant.
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

/// Reports progress to the user.
pub(super) struct Reporter {
    style: Style,
    created: Instant,
    /// The time at which training began.
    begun: Instant,
    /// The time at which the last line was printed.
    told: Instant,
    /// For a run that continues: the number of tokens that were read before the checkpoint, in all
    /// epochs.
    before: u64,
}

impl Reporter {
    /// A reporter that has not printed anything yet.
    pub(super) fn new(style: Style) -> Self {
        let style = match style {
            Style::Auto if stderr().is_terminal() => Style::Bar,
            Style::Auto => Style::Plain,
            chosen => chosen,
        };
        let now = Instant::now();
        Self { style, created: now, begun: now, told: now, before: 0 }
    }

    /// Reports how much of the corpus was read.
    pub(super) fn reading(&mut self, reading: &Reading) {
        let &Reading { bytes, tokens, bytes_total, .. } = reading;
        let total = bytes_total.map(|total| format!(" of {}", HumanBytes(total))).unwrap_or_default();
        let text = format!("reading: {}{total}, {} tokens", HumanBytes(bytes), HumanCount(tokens));
        self.show(false, (bytes, bytes_total.unwrap_or(0)), text, &Event::Reading { bytes, bytes_total, tokens });
    }

    /// Warns of something that the user may not have intended, in every style.
    pub(super) fn warn(&self, text: &str) {
        match self.style {
            Style::Json => tell(&json(&Event::Warning { text: text.to_owned() })),
            _ => tell(&format!("warning: {text}")),
        }
    }

    /// Reports how much of the search for phrases is done, in tokens of all passes.
    pub(super) fn pairs(&mut self, done: u64, total: u64) {
        let share = 100.0 * done as f64 / total.max(1) as f64;
        let text = format!("counting pairs: {share:5.1} %");
        self.show(false, (done, total), text, &Event::Pairs { done, total });
    }

    /// Reports how many tokens of the text were written with phrases joined. The last call prints a
    /// line of its own.
    pub(super) fn joining(&mut self, tokens: u64, tokens_total: u64) {
        let share = 100.0 * tokens as f64 / tokens_total.max(1) as f64;
        let text = format!("joining: {share:5.1} %");
        let event = Event::Joining { tokens, tokens_total };
        self.show(tokens == tokens_total, (tokens, tokens_total), text, &event);
    }

    /// Reports that the text with joined phrases, or the list of phrases, was written.
    pub(super) fn joined(&mut self, output: &Output, phrases: usize) {
        let (text, seconds) = (output.name(), self.created.elapsed().as_secs_f64());
        let noun = if phrases == 1 { "phrase" } else { "phrases" };
        let line = format!("{}: {} {noun} in {seconds:.1} s", escaped(&text), HumanCount(phrases as u64));
        self.say(&line, &Event::Joined { text, phrases, seconds });
    }

    /// Reports that the prepared text was written.
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

    /// Reports the corpus and the settings of the training that begins. `built_in` says that
    /// `corpus` is the one built into the program.
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

    /// Reports that the run begins anew, because there is no checkpoint at `path` yet.
    pub(super) fn begins_anew(&self, path: &Path) {
        let checkpoint = path.display().to_string();
        let line = format!("{}: no checkpoint yet; the run begins anew", escaped(&checkpoint));
        self.say(&line, &Event::BeginsAnew { checkpoint });
    }

    /// Reports that the run continues from the checkpoint `found` at `path`.
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

    /// Reports the result of writing a checkpoint to `path`.
    pub(super) fn saved(&self, path: &Path, saved: &w2v::Result<Saved>) {
        let saved = match saved {
            Ok(saved) => saved,
            Err(error) => return self.warn(&format!("{error}; training goes on without this checkpoint")),
        };
        let (checkpoint, bytes, seconds) = (path.display().to_string(), saved.bytes, saved.time.as_secs_f64());
        let text = format!("{}: a checkpoint of {} in {seconds:.2} s", escaped(&checkpoint), HumanBytes(bytes));
        self.say(&text, &Event::Checkpoint { checkpoint, bytes, seconds });
    }

    /// Reports the progress of training.
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

    /// Removes the bar.
    pub(super) fn end(&mut self) {
        messages::end();
    }

    /// A function that reports, from any thread and in every style, that the program is about to
    /// stop. `kept` says whether the model as trained so far will be kept.
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

    /// Reports that the page was written.
    pub(super) fn explained(&mut self, output: &Output) {
        let (page, seconds) = (output.name(), self.created.elapsed().as_secs_f64());
        let line = format!("{}: a page in {seconds:.1} s", escaped(&page));
        self.say(&line, &Event::Explained { page, seconds });
    }

    /// Reports that the vocabulary was written, if no model was asked for.
    pub(super) fn counted(&mut self, output: &Output, vocabulary: &Vocabulary) {
        let seconds = self.created.elapsed().as_secs_f64();
        let (name, words, tokens) = (output.name(), vocabulary.len(), vocabulary.tokens());
        let counts = format!("{} words, {} tokens", HumanCount(words as u64), HumanCount(tokens));
        let line = format!("{}: {counts} in {seconds:.1} s", escaped(&name));
        self.say(&line, &Event::Counted { vocabulary: name, words, tokens, seconds });
    }

    /// Reports that the model was written.
    pub(super) fn written(&mut self, output: &Output, vectors: &Vectors) {
        let seconds = self.created.elapsed().as_secs_f64();
        let (words, dim) = (vectors.len(), vectors.dim());
        let model = output.name();
        let name = escaped(&model);
        let text = format!("{name}: {} words of {dim} dimensions in {seconds:.1} s", HumanCount(words as u64));
        self.say(&text, &Event::Written { model, words, dim, seconds });
    }

    /// Shows a state of the work, at `position` of `length`. In styles with lines, a line is
    /// printed only every [`LINE_INTERVAL`], or if it is `due`.
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

    /// Prints a line in the chosen style; nothing in the style `none`.
    fn say(&self, text: &str, event: &Event) {
        match self.style {
            Style::None => {}
            Style::Json => mention(json(event)),
            _ => mention(text.to_owned()),
        }
    }
}

/// Removes the bar from the terminal, however the work ended.
impl Drop for Reporter {
    fn drop(&mut self) {
        self.end();
    }
}

/// `event` as a line of JSON.
fn json(event: &Event) -> String {
    serde_json::to_string(event).unwrap_or_default()
}
