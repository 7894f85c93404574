//! A search engine that knows what belongs together: it learns from sessions, the things that a
//! visitor looked at one after the other, and is asked for what is close to one of them, or to
//! several.
//!
//! `cargo run --release -p w2v --example search`

use std::ops::ControlFlow::{self, Break, Continue};
use std::time::{Duration, Instant};
use std::{env, process};
use w2v::{Architecture, Error, Model, Neighbour, ReadOptions, Result, Trainer};

/// The sessions, made as they are read: here lines of a text, in an engine rows of a log.
fn sessions() -> impl Iterator<Item = Vec<String>> {
    let text = String::from_utf8_lossy(&w2v::builtin::text(1)).into_owned();
    let lines: Vec<String> = text.lines().take(20_000).map(str::to_owned).collect();
    lines.into_iter().map(|line| line.split(' ').map(str::to_owned).collect())
}

/// The model of all sessions; or as far as it was trained, when `go_on` breaks.
fn train(go_on: impl Fn() -> ControlFlow<()>) -> Result<Model> {
    let reading = ReadOptions::new().min_count(5).observe(|_| go_on());
    let corpus = reading.sentences(sessions())?;
    println!("{} things in {} looks", corpus.vocabulary().len(), corpus.tokens());

    let trainer = Trainer::new().architecture(Architecture::Cbow).dim(64).epochs(5);
    let mut trainer = trainer.keep_output(false).observe(|progress| {
        if progress.epoch_finished {
            println!("epoch {} of {}, loss {:.3}", progress.epoch, progress.epochs, progress.loss.unwrap_or(f64::NAN));
        }
        go_on()
    });
    match trainer.train(&corpus) {
        Err(Error::Stopped(stopped)) => stopped.into_model(),
        trained => trained,
    }
}

fn show(question: &str, answers: &[Neighbour<'_>]) {
    let answers = answers.iter().map(|near| format!("{} {:.2}", near.word, near.cosine));
    println!("{question}: {}", answers.collect::<Vec<_>>().join(", "));
}

fn main() -> Result<()> {
    // At night: training has an hour.
    let (begun, hour) = (Instant::now(), Duration::from_secs(3600));
    let path = env::temp_dir().join(format!("search-{}.bin", process::id()));
    train(|| if begun.elapsed() < hour { Continue(()) } else { Break(()) })?.save(&path)?;

    // By day: the engine loads the vectors, and answers from several threads if it likes.
    let model = Model::load(&path)?;
    std::fs::remove_file(&path).map_err(Error::io(path.display().to_string(), "remove"))?;
    show("like paris", &model.nearest("paris", 5)?);
    show("like paris and rome, not like italy", &model.nearest_to(&["paris", "rome"], &["italy"], 5)?);
    match model.nearest("atlantis", 5) {
        Err(Error::UnknownWord { word, .. }) => println!("nobody has looked at {word}"),
        found => show("like atlantis", &found?),
    }
    Ok(())
}

#[test]
fn it_runs() {
    main().unwrap();
}

#[test]
fn what_was_trained_until_it_was_cancelled_is_kept() {
    let calls = std::cell::Cell::new(0);
    let cancelled = train(|| if calls.replace(calls.get() + 1) < 6 { Continue(()) } else { Break(()) }).unwrap();
    assert!((1..5).contains(&cancelled.losses().len()) && cancelled.get("paris").is_some());
}
