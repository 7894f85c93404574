//! What steps are fed with, and the operations beneath them.

use crate::{slice, slice_mut};
use core::fmt::{self, Display, Write};
use core::hint::black_box;
use core::str::FromStr;
use w2v_core::error::Error;
use w2v_core::huffman::{self, Huffman, Link, Path};
use w2v_core::kinds::{Architecture, CbowGradient, Objective};
use w2v_core::lanes::{self, LANES, Lanes};
use w2v_core::matrix::disjoint::RowOwner;
use w2v_core::matrix::{self, Matrix, MatrixMut, Row};
use w2v_core::rand_core::{Rng, SeedableRng};
use w2v_core::rng::{self, SplitMix64};
use w2v_core::sigmoid::{Exact, Sigmoid, TABLE, Table};
use w2v_core::simd::{self, Arithmetic, Backend, Dispatch, Kernel, Portable, Scalar, Simd};
use w2v_core::unigram::{self, Negatives, Slot, Unigram};
use w2v_core::window::{self, Window};
use w2v_core::{initial, subsample, vector};

/// Text that nobody reads.
struct Sink;

impl Write for Sink {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        black_box(text);
        black_box(Ok(()))
    }
}

fn read_and_written<T: FromStr<Err = Error> + Display>() {
    match T::from_str(black_box("")) {
        Ok(name) => black_box(write!(Sink, "{name}")),
        Err(error) => black_box(write!(Sink, "{error}")),
    }
    .unwrap_or_default();
}

pub(crate) fn link() {
    names();
    generators();
    samplers();
    tree();
    matrices();
    sigmoids();
    backends();
}

fn names() {
    read_and_written::<Architecture>();
    read_and_written::<Objective>();
    read_and_written::<CbowGradient>();
    read_and_written::<Backend>();
    read_and_written::<Arithmetic>();
    black_box((
        Architecture::name(black_box(Architecture::Cbow)),
        Objective::name(black_box(Objective::NegativeSampling)),
        CbowGradient::name(black_box(CbowGradient::Exact)),
        Backend::name(black_box(Backend::Scalar)),
        Arithmetic::name(black_box(Arithmetic::Fused)),
    ));
}

fn generators() {
    let mut rng = SplitMix64::within(&SplitMix64::at(slice(0)), black_box(0));
    rng = SplitMix64::new(black_box(SplitMix64::state(&rng)));
    black_box((rng.next_u32(), rng.next_u64(), rng::below(black_box(1), black_box(1))));
    rng.fill_bytes(slice_mut(0));
    black_box(SplitMix64::from_seed(black_box([0; 8])));
}

fn samplers() {
    let rng = &mut SplitMix64::new(black_box(0));
    let share = subsample::keep_share(black_box(0), black_box(0), black_box(0.0));
    black_box(subsample::keep_probability(black_box(0), black_box(0), black_box(0.0)));
    black_box(subsample::keeps(share, rng));

    let window = Window::around(black_box(0), window::draw_reach(black_box(0), rng), black_box(0));
    for position in Window::context(&window) {
        black_box(position);
    }

    black_box(unigram::required_len(black_box(0)));
    let counts = slice(0u64).iter().copied();
    black_box(Unigram::from_weights(slice(0.0).iter().copied(), slice_mut(Slot::ZERO))).ok();
    let Ok(noise) = Unigram::new(counts, black_box(0.0), slice_mut(Slot::ZERO)) else { return };
    let noise = black_box([noise, Unigram::from_slots(slice(Slot::ZERO))])[0];
    black_box((Unigram::len(&noise), Unigram::is_empty(&noise), Unigram::draw(&noise, rng)));
    for &slot in Unigram::slots(&noise) {
        black_box((Slot::keep(slot), Slot::alias(slot)));
    }
    let mut negatives = Negatives::new();
    Unigram::draw_negatives(&noise, rng, black_box(0), slice(0), &mut negatives);
    black_box(&negatives);
}

fn tree() {
    black_box((huffman::required_len(black_box(0)), huffman::required_weights(black_box(0))));
    let Ok(tree) = Huffman::new(slice(0), slice_mut(Link::ZERO), slice_mut(0)) else { return };
    let tree = black_box([tree, Huffman::from_links(slice(Link::ZERO))])[0];
    black_box(Huffman::links(&tree));
    let mut path = Path::new();
    black_box((Huffman::words(&tree), Huffman::path(&tree, black_box(0), &mut path))).1.ok();
    black_box((Path::nodes(&path), Path::code(&path)));
}

fn matrices() {
    black_box((lanes::blocks(black_box(0)), matrix::required_len(black_box(0), black_box(0)))).1.ok();
    if let Ok(matrix) = Matrix::new(slice(Lanes::ZERO), black_box(0), black_box(0)) {
        black_box((Matrix::rows(&matrix), Matrix::dim(&matrix), Matrix::row(&matrix, black_box(0))));
        Matrix::prefetch(&matrix, Scalar::<false>, black_box(0));
    }
    black_box(Matrix::from_rows(slice::<Row<2>>([Lanes::ZERO; 2]), black_box(0))).ok();
    black_box(MatrixMut::from_rows(slice_mut::<Row<2>>([Lanes::ZERO; 2]), black_box(0))).ok();
    if let Ok(mut matrix) = MatrixMut::new(slice_mut(Lanes::ZERO), black_box(0), black_box(0)) {
        black_box((MatrixMut::rows(&matrix), MatrixMut::dim(&matrix)));
        black_box(MatrixMut::as_ref(&matrix));
        let mut matrix = MatrixMut::reborrow(&mut matrix);
        if let Some(row) = MatrixMut::row_mut(&mut matrix, black_box(0)) {
            initial::fill(black_box(0), black_box(0), black_box(0), row);
        }
        for mut hand in MatrixMut::into_disjoint(matrix, slice(0), black_box(0)) {
            black_box(RowOwner::owner_index(black_box(0), black_box(0)));
            RowOwner::prefetch(&mut hand, Scalar::<false>, black_box(0));
            black_box(RowOwner::row_mut(&mut hand, black_box(0)));
        }
    }
}

fn sigmoids() {
    fn values<F: Sigmoid>(sigmoid: &F) {
        let (logit, label) = black_box((0.0, 0.0));
        black_box((Sigmoid::error(sigmoid, logit, label), Sigmoid::loss(sigmoid, logit, label)));
    }
    values::<Table>(black_box(&TABLE));
    values(&Exact);
}

fn backends() {
    let (backend, arithmetic) = black_box((Backend::Scalar, Arithmetic::Fused));
    for dispatch in Dispatch::all().chain(Dispatch::new(backend, arithmetic)).chain([Dispatch::detect()]) {
        black_box((Dispatch::backend(dispatch), Dispatch::arithmetic(dispatch)));
    }
    black_box((simd::parts::<Scalar<true>>(), simd::parts::<Portable>()));
}

/// Every operation of a backend.
struct Operations;

impl Kernel for Operations {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let (mut to, from, part) = black_box(([0.0; LANES], [0.0; LANES], 0));
        let (a, b, c) = (Simd::load(simd, &from, part), Simd::splat(simd, black_box(0.0)), Simd::load(simd, &to, part));
        Simd::prefetch(simd, &from);
        for register in [
            Simd::add(simd, a, b),
            Simd::sub(simd, a, b),
            Simd::mul(simd, a, b),
            Simd::mul_add(simd, a, b, c),
            Simd::select_less(simd, a, b, a, c),
            Simd::trunc(simd, a),
            Simd::lookup(simd, &to, a),
            Simd::bits(simd, black_box(0), part),
            Sigmoid::errors_and_losses(&TABLE, simd, a, b).1,
            Sigmoid::errors_and_losses(&Exact, simd, a, b).0,
        ] {
            Simd::store(simd, register, &mut to, part);
            black_box(&to);
        }
        let sums = Simd::accumulate(simd, &from, &to, Simd::sums_from(simd, &from));
        black_box((Simd::total(simd, sums), Simd::totals(simd, &[sums; LANES])));

        let (from, to) = (slice(Lanes::ZERO), slice_mut(Lanes::ZERO));
        vector::axpy(simd, black_box(0.0), from, to);
        vector::add(simd, from, to);
        vector::scale(simd, black_box(0.0), to);
        black_box((vector::dot(simd, from, to), vector::norm(simd, to)));
    }
}

/// A kernel that enters its backend once more.
struct Within;

impl Kernel for Within {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        Simd::enter(simd, Operations);
    }
}

pub(crate) fn operations(dispatch: Dispatch) {
    Dispatch::run(dispatch, Within);
}
