//! Prints what only a run can tell, one `name value` a line: bytes of memory, and how far
//! the machine's counter of instructions goes in an update.

#![no_std]
#![no_main]

mod machine;
mod stack;

use core::hint::black_box;
use machine::counted;
use semihosting::{println, process};
use stack::deepest;
use static_cell::ConstStaticCell;
use w2v_core::error::Error;
use w2v_core::initial;
use w2v_core::kinds::Architecture;
use w2v_core::lanes::{Lanes, blocks};
use w2v_core::matrix::{MatrixMut, Row};
use w2v_core::sigmoid::TABLE;
use w2v_core::simd::{Kernel, Scalar};
use w2v_core::step::negative::NegativeSampling;
use w2v_core::step::path::HierarchicalSoftmax;
use w2v_core::unigram::Slot;
use w2v_cost::{LENGTH, Matrices, Slots, Tree, VOCABULARY, Work};

static MATRICES: ConstStaticCell<Matrices> = ConstStaticCell::new(Matrices::ZERO);
static SLOTS: ConstStaticCell<Slots> = ConstStaticCell::new([Slot::ZERO; VOCABULARY]);
static TREE: ConstStaticCell<Tree> = ConstStaticCell::new(Tree::ZERO);
static WORK: ConstStaticCell<Work> = ConstStaticCell::new(Work::ZERO);

#[machine::entry]
fn main() -> ! {
    let measured = stacks().and_then(|()| updates::<{ blocks(32) }>(32)).and_then(|()| updates::<{ blocks(100) }>(100));
    if let Err(error) = measured {
        println!("{error}");
    }
    process::exit(i32::from(measured.is_err()))
}

/// Of the trainers: the memory that they need beside matrices, samplers and stack, and the stack.
fn stacks() -> Result<(), Error> {
    let (matrices, slots, tree, work) = (MATRICES.take(), SLOTS.take(), TREE.take(), WORK.take());
    let (counts, sentences) = black_box(([1; VOCABULARY], [[7; LENGTH]; 2]));
    let mut largest = 0;
    for architecture in Architecture::ALL {
        for sampler in [Ok(&mut *slots), Err(&mut *tree)] {
            let (result, bytes) = deepest(|| w2v_cost::any(matrices, architecture, &counts, sampler, work, &sentences));
            result?;
            largest = largest.max(bytes);
        }
    }
    println!("any-work {}\nany-stack {largest}", size_of_val(work));
    let kept = &mut work.kept;
    println!("skip-gram-work {}", size_of_val(kept));
    let (result, bytes) = deepest(|| w2v_cost::skip_gram(matrices, slots, kept, &sentences));
    println!("skip-gram-stack {bytes}");
    result.map(|_| ())
}

/// Rows of each matrix: the hidden rows, and as many output rows as an update has.
const ROWS: usize = 16;

/// Updates, of different rows, whose mean is printed.
const UPDATES: u32 = 8;

const NEGATIVES: [u32; 5] = [9, 10, 11, 12, 13];
const NODES: [u32; 10] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

fn updates<const BLOCKS: usize>(dim: usize) -> Result<(), Error> {
    let mut rows = [[[Lanes::ZERO; BLOCKS]; ROWS]; 2];
    for (word, row) in (0..).zip(rows.as_flattened_mut()) {
        initial::fill(1, word, dim, row);
    }
    let [input, output] = &mut rows;
    for (name, update) in [("pair", pair::<BLOCKS> as Update<BLOCKS>), ("path", path::<BLOCKS>)] {
        let mut ticks = 0;
        for row in 0..UPDATES {
            let mut loss = Ok(0.0);
            ticks += counted(|| loss = update(input, output, dim, row));
            loss?;
        }
        println!("{name}-{dim} {}", ticks / UPDATES);
    }
    Ok(())
}

type Update<const BLOCKS: usize> = fn(&mut [Row<BLOCKS>], &mut [Row<BLOCKS>], usize, u32) -> Result<f32, Error>;

/// One skip-gram pair with 5 negatives.
#[inline(never)]
fn pair<const BLOCKS: usize>(
    input: &mut [Row<BLOCKS>],
    output: &mut [Row<BLOCKS>],
    dim: usize,
    row: u32,
) -> Result<f32, Error> {
    NegativeSampling::new(
        &mut MatrixMut::from_rows(input, dim)?,
        &[row],
        &mut MatrixMut::from_rows(output, dim)?,
        &[row],
        black_box(&NEGATIVES),
        0.025,
        &TABLE,
    )
    .run(Scalar::<false>)
}

/// One path of 10 nodes.
#[inline(never)]
fn path<const BLOCKS: usize>(
    input: &mut [Row<BLOCKS>],
    output: &mut [Row<BLOCKS>],
    dim: usize,
    row: u32,
) -> Result<f32, Error> {
    HierarchicalSoftmax::new(
        &mut MatrixMut::from_rows(input, dim)?,
        &[row],
        &mut MatrixMut::from_rows(output, dim)?,
        black_box(&NODES),
        0b01_1011_0101,
        0.025,
        &TABLE,
    )
    .run(Scalar::<false>)
}
