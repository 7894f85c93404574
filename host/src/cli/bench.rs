//! `w2v bench`: what this machine can do, and how much of it the kernels and the models get.

use super::Result;
use super::choice::{Wish, named_or_auto};
use super::output::stdout;
use clap::Args;
use std::io::Write;
use std::time::Duration;
use w2v::Config;
use w2v::builtin;
use w2v::train;
use w2v::{Backend, Corpus, ReadOptions, Source, Trainer};
use w2v_core::simd::Dispatch;
use w2v_measure::{Work, Workbench, fastest, models, peak};

/// Vector lengths that are measured.
const DIMS: [usize; 5] = [32, 64, 100, 128, 300];

/// What the kernels' table shows.
const WORKS: [Work; 4] = [Work::Dot, Work::Axpy, Work::Negative8, Work::Path8];

/// Time for each figure of a kernel, and for the training of each model.
const KERNEL_TIME: Duration = Duration::from_millis(100);
const MODEL_TIME: Duration = Duration::from_secs(4);

/// `--quick` takes this part of the time, and of the corpus.
const QUICK: u32 = 10;

/// `w2v bench`.
#[derive(Args)]
pub(super) struct Bench {
    /// Measure this instruction set only [default: all that the processor has; models on the
    /// fastest]
    #[arg(long, hide_default_value = true, default_value = "auto")]
    #[arg(value_parser = named_or_auto::<Backend>(Backend::ALL.map(Backend::name)))]
    backend: Wish<Backend>,
    /// Take little time for each figure, which is the less exact
    #[arg(long)]
    quick: bool,
}

impl Bench {
    pub(super) fn run(self) -> Result<()> {
        // Refuses a backend that is not there.
        let best = train::dispatch(&Config { backend: self.backend.0, ..Config::default() })?;
        let part = if self.quick { QUICK } else { 1 };
        let backends: Vec<Dispatch> =
            Dispatch::all().filter(|pair| self.backend.0.is_none_or(|wish| wish == pair.backend())).collect();
        let mut out = stdout()?;
        writeln!(
            out,
            "One thread. Each figure is the best of repeated runs, the one that other programs disturbed least."
        )?;
        writeln!(out, "\nGFLOP/s, and in % of the backend's measured peak, by vector length")?;
        write!(out, "{:<9} {:<10} {:<20}", "backend", "arithmetic", "")?;
        for dim in DIMS {
            write!(out, " {dim:>12}")?;
        }
        writeln!(out)?;
        for dispatch in backends {
            kernels(&mut out, dispatch, KERNEL_TIME / part)?;
        }
        train(&mut out, best, part)
    }
}

/// Prints the peak of one backend and the rates of the kernels on it.
fn kernels(out: &mut impl Write, dispatch: Dispatch, time: Duration) -> Result<()> {
    let peak = peak(dispatch, time);
    let begin = |out: &mut dyn Write, name| {
        write!(out, "{:<9} {:<10} {name:<20}", dispatch.backend().name(), dispatch.arithmetic().name())
    };
    begin(out, "peak")?;
    writeln!(out, " {:>7.1}", peak / 1e9)?;
    for work in WORKS {
        begin(out, work.name())?;
        for dim in DIMS {
            let mut bench = Workbench::new(work, dim)?;
            let time = fastest(time, || bench.run(dispatch).map(drop))?;
            let rate = bench.operations() as f64 / time.as_secs_f64();
            write!(out, " {:>7.1} {:>2.0} %", rate / 1e9, 100.0 * rate / peak)?;
            out.flush()?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Prints how fast each model trains on one `part`-th of the built-in corpus.
fn train(out: &mut impl Write, dispatch: Dispatch, part: u32) -> Result<()> {
    let mut text = builtin::text(Config::default().seed);
    text.truncate(text.len() / part as usize);
    let corpus: Corpus = ReadOptions::new().sources([Source::text(text)])?;
    let (tokens, dim) = (corpus.tokens(), Config::default().dim);
    let (backend, arithmetic) = (dispatch.backend(), dispatch.arithmetic());
    writeln!(
        out,
        "\nMillion words/s: an epoch of {tokens} words of the built-in corpus; {dim} dimensions, {backend} {arithmetic}"
    )?;
    for (architecture, objective) in models() {
        let trainer = Trainer::new().architecture(architecture).objective(objective).epochs(1).threads(1);
        let mut trainer = trainer.backend(backend).arithmetic(arithmetic).keep_output(false);
        let time = fastest(MODEL_TIME / part, || trainer.train(&corpus).map(drop))?;
        let rate = tokens as f64 / time.as_secs_f64();
        writeln!(out, "{:<9} {:<21} {:>7.2}", architecture.name(), objective.name(), rate / 1e6)?;
        out.flush()?;
    }
    Ok(())
}
