//! Repeats one step, so that a tool that counts instructions can count its: `instructions BACKEND
//! ARITHMETIC STEP DIM RUNS`.
//!
//! Prints how many pairs a run trains. Two counts with different RUNS tell those of a run from
//! those of the preparation.

use std::error::Error;
use std::hint::black_box;
use w2v_core::simd::Dispatch;
use w2v_measure::{PAIRS, Work, Workbench};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [backend, arithmetic, step, dim, runs] = arguments.as_slice() else {
        return Err("usage: instructions BACKEND ARITHMETIC STEP DIM RUNS".into());
    };
    let dispatch = Dispatch::new(backend.parse()?, arithmetic.parse()?)?;
    let step = Work::STEPS.into_iter().find(|work| work.name() == step);
    let step = step.ok_or_else(|| format!("steps are {}", Work::STEPS.map(Work::name).join(", ")))?;
    let mut bench = Workbench::new(step, dim.parse()?)?;
    for _ in 0..runs.parse()? {
        black_box(bench.run(dispatch)?);
    }
    println!("{PAIRS}");
    Ok(())
}
