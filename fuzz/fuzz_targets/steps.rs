//! Every step and kernel on every backend, equal to the bit to the plain loops of the same
//! arithmetic.
#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use rand_core::Rng;
use w2v_core::error::Error;
use w2v_core::huffman::{self, Huffman, Link, Path};
use w2v_core::kinds::CbowGradient;
use w2v_core::lanes::{Lanes, blocks};
use w2v_core::rng::{SplitMix64, below};
use w2v_core::sigmoid::{Exact, Sigmoid, TABLE};
use w2v_core::simd::{Dispatch, Kernel, Simd};
use w2v_core::step::cbow::{Gather, Scatter};
use w2v_core::step::negative::NegativeSampling;
use w2v_core::step::path::HierarchicalSoftmax;
use w2v_core::step::softmax::Softmax;
use w2v_core::step::{self, HiddenUpdate};
use w2v_core::vector;
use w2v_fuzz::finite;
use w2v_tests::backends::scalar;
use w2v_tests::cases::PREFETCH;
use w2v_tests::inputs::{Owned, number};

/// Lengths up to a little over the largest common one.
const MAX_DIM: u16 = 320;

/// Words up to this, so that ids repeat.
const MAX_WORDS: u8 = 12;

// What is drawn, each with its own generator.
const INPUT: u64 = 0;
const OUTPUT: u64 = 1;
const HIDDEN: u64 = 2;
const TARGETS: u64 = 3;
const LIST: u64 = 4;
const TREE: u64 = 5;

/// A step's sizes; its ids and numbers are drawn from `seed`.
#[derive(Arbitrary, Debug)]
struct Input {
    step: Step,
    seed: u64,
    dim: u16,
    rows: u8,
    /// Length of the list of negatives or context words.
    listed: u8,
    /// Whether an id may be one that no matrix has.
    foreign: bool,
    replace: bool,
    learning_rate: u32,
    /// Numbers are drawn below 2 to half of this.
    magnitude: i8,
    /// Where in the matrices to put which numbers.
    special: Vec<(u16, u32)>,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Step {
    Vectors,
    Negative,
    NegativeGroup,
    NegativeExact,
    Path,
    PathGroup,
    PathExact,
    Softmax,
    Cbow,
}

/// What a step leaves: its answer and the bits of both matrices and of a row of its own.
type Outcome = (Result<u32, Error>, [Vec<u32>; 3]);

impl Input {
    fn rows(&self) -> u8 {
        2 + self.rows % (MAX_WORDS - 1)
    }

    fn dim(&self) -> usize {
        usize::from(1 + self.dim % MAX_DIM)
    }

    /// A matrix for each `place`.
    fn matrix(&self, place: u64) -> Owned {
        let mut random = SplitMix64::at(&[self.seed, place]);
        let size = 2f32.powi((self.magnitude / 2).into());
        let mut matrix = Owned::zeros(self.rows().into(), self.dim());
        let count = usize::from(self.rows()) * self.dim();
        let special = |at| self.special.iter().find(|(position, _)| usize::from(*position) % count == at);
        let mut at = 0;
        matrix.fill(|_, _| {
            let drawn = number(&mut random, size);
            at += 1;
            special(at - 1).map_or(drawn, |&(_, bits)| finite(bits))
        });
        matrix
    }

    /// Ids of rows for each `place`.
    fn ids(&self, place: u64) -> impl Iterator<Item = u32> {
        let mut random = SplitMix64::at(&[self.seed, place]);
        let limit = u32::from(self.rows()) + u32::from(self.foreign);
        std::iter::repeat_with(move || below(random.next_u32(), limit))
    }

    fn group<const G: usize>(&self, place: u64) -> [u32; G] {
        let mut ids = self.ids(place);
        [(); G].map(|()| ids.next().unwrap_or(0))
    }

    fn list(&self) -> Vec<u32> {
        self.ids(LIST).take(usize::from(self.listed) % (step::MAX_ROWS + 2)).collect()
    }

    /// The target's path in a tree over all rows; empty without such a word.
    fn path(&self) -> Path {
        let mut counts: Vec<u64> = self.ids(TREE).map(|id| 1 << id).take(self.rows().into()).collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let mut links = vec![Link::default(); huffman::required_len(counts.len())];
        let mut weights = vec![0; huffman::required_weights(counts.len())];
        let tree = Huffman::new(&counts, &mut links, &mut weights).expect("falling counts");
        let mut path = Path::new();
        let [word] = self.group(TARGETS);
        if tree.path(word, &mut path).is_err() {
            assert!(path.nodes().is_empty());
        }
        path
    }

    fn learning_rate(&self) -> f32 {
        finite(self.learning_rate)
    }

    fn then(&self) -> HiddenUpdate {
        if self.replace { HiddenUpdate::Gradient } else { HiddenUpdate::Learn }
    }

    fn run(&self, dispatch: Dispatch) -> Outcome {
        let (mut input, mut output) = (self.matrix(INPUT), self.matrix(OUTPUT));
        let mut row = vec![Lanes::ZERO; blocks(self.dim())];
        let matrices = (&mut input, &mut output);
        let answer = match self.step {
            Step::Vectors => {
                Ok(dispatch.run(Vectors { factor: self.learning_rate(), from: matrices.0.row(0), to: &mut row }))
            }
            Step::Negative => self.negative::<1>(dispatch, matrices, &TABLE),
            Step::NegativeGroup => self.negative::<8>(dispatch, matrices, &TABLE),
            Step::NegativeExact => self.negative::<3>(dispatch, matrices, &Exact),
            Step::Path => self.along_path::<1>(dispatch, matrices, &TABLE),
            Step::PathGroup => self.along_path::<5>(dispatch, matrices, &TABLE),
            Step::PathExact => self.along_path::<1>(dispatch, matrices, &Exact),
            Step::Softmax => self.softmax(dispatch, matrices, &mut row),
            Step::Cbow => self.cbow(dispatch, &mut input, &mut row),
        };
        // A sum that overflowed may meet the padding as infinity times zero.
        if answer.is_ok_and(f32::is_finite) {
            assert!(input.padding_is_zero() && output.padding_is_zero(), "padding was written");
        }
        let row = row.iter().flat_map(|lanes| lanes.0.map(f32::to_bits)).collect();
        let numbers = [input.bits(), output.bits(), row];
        (answer.map(|number| one_nan(number.to_bits())), numbers.map(|bits| bits.into_iter().map(one_nan).collect()))
    }

    fn negative<const G: usize>(
        &self,
        dispatch: Dispatch,
        (input, output): (&mut Owned, &mut Owned),
        sigmoid: &impl Sigmoid,
    ) -> Result<f32, Error> {
        dispatch.run(
            NegativeSampling::new(
                &mut input.as_mut(),
                &self.group::<G>(HIDDEN),
                &mut output.as_mut(),
                &self.group::<G>(TARGETS),
                &self.list(),
                self.learning_rate(),
                sigmoid,
            )
            .hidden_update(self.then())
            .prefetch(PREFETCH),
        )
    }

    fn along_path<const G: usize>(
        &self,
        dispatch: Dispatch,
        (input, output): (&mut Owned, &mut Owned),
        sigmoid: &impl Sigmoid,
    ) -> Result<f32, Error> {
        let path = self.path();
        dispatch.run(
            HierarchicalSoftmax::new(
                &mut input.as_mut(),
                &self.group::<G>(HIDDEN),
                &mut output.as_mut(),
                path.nodes(),
                path.code(),
                self.learning_rate(),
                sigmoid,
            )
            .hidden_update(self.then())
            .prefetch(PREFETCH),
        )
    }

    fn softmax(
        &self,
        dispatch: Dispatch,
        (input, output): (&mut Owned, &mut Owned),
        gradient: &mut [Lanes],
    ) -> Result<f32, Error> {
        let ([hidden_row], [target]) = (self.group(HIDDEN), self.group(TARGETS));
        dispatch.run(
            Softmax::new(
                &mut input.as_mut(),
                hidden_row,
                &mut output.as_mut(),
                target,
                self.learning_rate(),
                &mut vec![0.0; self.rows().into()],
                gradient,
            )
            .hidden_update(self.then()),
        )
    }

    /// The mean of the listed rows, added back to them.
    fn cbow(&self, dispatch: Dispatch, input: &mut Owned, hidden: &mut [Lanes]) -> Result<f32, Error> {
        let context = self.list();
        dispatch.run(Gather::new(&input.as_ref(), context.iter().copied(), hidden))?;
        dispatch.run(Scatter::new(
            &mut input.as_mut(),
            context.iter().copied(),
            hidden,
            if self.replace { CbowGradient::Exact } else { CbowGradient::Undivided },
        ))?;
        Ok(0.0)
    }
}

/// All of [`vector`] on one row; the answer is a dot product and a norm.
struct Vectors<'a> {
    factor: f32,
    from: &'a [Lanes],
    to: &'a mut [Lanes],
}

impl Kernel for Vectors<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> f32 {
        vector::axpy(simd, self.factor, self.from, self.to);
        vector::add(simd, self.from, self.to);
        vector::scale(simd, self.factor, self.to);
        vector::dot(simd, self.from, self.to) + vector::norm(simd, self.from)
    }
}

/// The sign and payload of a NaN are not specified; everything else is.
fn one_nan(bits: u32) -> u32 {
    if f32::from_bits(bits).is_nan() { f32::NAN.to_bits() } else { bits }
}

fuzz_target!(|input: Input| {
    for dispatch in Dispatch::all() {
        let (expected, found) = (input.run(scalar(dispatch.arithmetic())), input.run(dispatch));
        assert!(expected == found, "{dispatch:?}: {found:?} instead of {expected:?}");
    }
});
