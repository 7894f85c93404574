//! The steps and the trainer.

use crate::{slice, slice_mut};
use core::hint::black_box;
use w2v_core::compact::{self, Compact};
use w2v_core::huffman::{Huffman, Link};
use w2v_core::matrix::{Lanes, MatrixMut};
use w2v_core::rng::SplitMix64;
use w2v_core::sigmoid::{Exact, Sigmoid, TABLE};
use w2v_core::simd::{Dispatch, Kernel, Scalar, Simd};
use w2v_core::step::cbow::{Gather, Receive, Scatter};
use w2v_core::step::negative::NegativeSampling;
use w2v_core::step::path::HierarchicalSoftmax;
use w2v_core::step::softmax::Softmax;
use w2v_core::step::{Ahead, Hidden};
use w2v_core::storage::{Opened, Storage};
use w2v_core::train::{Architecture, CbowGradient, Progress, Sampler, Schedule, Sentence, Trainer};
use w2v_core::unigram::{Slot, Unigram};

/// Some matrix of unknown size.
fn matrix() -> Option<MatrixMut<'static>> {
    MatrixMut::new(slice_mut(Lanes::ZERO), black_box(0), black_box(0)).ok()
}

/// Some matrix of unknown size, in 16 bits.
fn compact() -> Option<Compact<'static>> {
    black_box(compact::required_len(black_box(0), black_box(0))).ok();
    black_box(compact::widen(compact::round(black_box(0.0), black_box(0))));
    let mut matrix = Compact::new(slice_mut(0), black_box(0), black_box(0), slice_mut(Lanes::ZERO)).ok()?;
    black_box(Compact::set_row(&mut matrix, black_box(0), slice(Lanes::ZERO), &mut SplitMix64::new(black_box(0)))).ok();
    black_box(Compact::row(&matrix, black_box(0)));
    Some(matrix)
}

/// What the trainer does with a matrix of whatever storage.
struct Stored<'a, M>(&'a mut M);

impl<M: Storage> Kernel for Stored<'_, M> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let (Self(matrix), rng) = (self, &mut SplitMix64::new(black_box(0)));
        black_box((Storage::rows(matrix), Storage::dim(matrix)));
        if let Ok(Opened { matrix, own, shared }) = Storage::open(matrix, slice(0), slice(0)) {
            black_box((matrix.rows(), own, shared));
        }
        Storage::close(matrix, slice(0), slice(0), rng);
        let (context, division) = (slice(0).iter().copied(), black_box(CbowGradient::Exact));
        black_box(Storage::gather(matrix, simd, context.clone(), slice_mut(Lanes::ZERO))).ok();
        black_box(Storage::scatter(matrix, simd, context, slice(Lanes::ZERO), division, rng)).ok();
    }
}

pub(crate) fn link(dispatch: Dispatch) {
    let (Some(mut hidden), Some(mut output)) = (matrix(), matrix()) else { return };
    groups::<_, 1>(dispatch, &TABLE, &mut hidden, &mut output);
    groups::<_, 1>(dispatch, &Exact, &mut hidden, &mut output);
    groups::<_, 3>(dispatch, &TABLE, &mut hidden, &mut output);
    groups::<_, 8>(dispatch, &TABLE, &mut hidden, &mut output);
    others(dispatch, &mut hidden, &mut output);
    trainer(dispatch, hidden, output);
    let (Some(hidden), Some(output)) = (compact(), compact()) else { return };
    trainer(dispatch, hidden, output);
}

fn groups<F: Sigmoid, const G: usize>(
    dispatch: Dispatch,
    sigmoid: &F,
    hidden: &mut MatrixMut<'_>,
    output: &mut MatrixMut<'_>,
) {
    let (hidden_rows, targets) = (&black_box([0; G]), &black_box([0; G]));
    let (learning_rate, then) = black_box((0.0, Hidden::Learn));
    let ahead = Ahead { hidden: slice(0), output: [slice(0), slice(0)] };
    let (negatives, nodes, code) = (slice(0), slice(0), black_box(0));
    let step =
        NegativeSampling { hidden, hidden_rows, output, targets, negatives, learning_rate, sigmoid, then, ahead };
    black_box(Dispatch::run(dispatch, step)).ok();
    let step = HierarchicalSoftmax { hidden, hidden_rows, output, nodes, code, learning_rate, sigmoid, then, ahead };
    black_box(Dispatch::run(dispatch, step)).ok();
}

fn others(dispatch: Dispatch, hidden: &mut MatrixMut<'_>, output: &mut MatrixMut<'_>) {
    let (learning_rate, then, hidden_row, target) = black_box((0.0, Hidden::Learn, 0, 0));
    let (logits, gradient) = (slice_mut(0.0), slice_mut(Lanes::ZERO));
    let step = Softmax { hidden, hidden_row, output, target, learning_rate, then, logits, gradient };
    black_box(Dispatch::run(dispatch, step)).ok();

    let context = slice(0).iter().copied();
    let gather = Gather { input: &hidden.as_ref(), context: context.clone(), hidden: slice_mut(Lanes::ZERO) };
    black_box(Dispatch::run(dispatch, gather)).ok();
    let division = black_box(CbowGradient::Exact);
    let scatter = Scatter { input: hidden, context, gradient: slice(Lanes::ZERO), division };
    black_box(Dispatch::run(dispatch, scatter)).ok();
    let windows = slice((0, CbowGradient::part(division, black_box(1)))).iter().copied();
    let receive = Receive { gradients: &output.as_ref(), windows, input: slice_mut(Lanes::ZERO) };
    black_box(Dispatch::run(dispatch, receive)).ok();
}

fn trainer<M: Storage>(dispatch: Dispatch, mut input: M, output: M) {
    Dispatch::run(dispatch, Stored(&mut input));
    let noise = Sampler::Noise(Unigram::from_slots(slice(Slot::ZERO)), black_box(0));
    let tree = Sampler::Tree(Huffman::from_links(slice(Link::ZERO)));
    let schedule = black_box(Schedule { start: 0.0, tokens: 0 });
    black_box(Schedule::learning_rate(&schedule, black_box(0)));
    let mut trainer = Trainer {
        input,
        output,
        architecture: black_box(Architecture::Cbow),
        sampler: black_box([noise, tree])[0],
        division: black_box(CbowGradient::Exact),
        window: black_box(0),
        keep: slice(0),
        schedule,
        sigmoid: &TABLE,
        rng: SplitMix64::new(black_box(0)),
        read: black_box(0),
        kept: slice_mut(0),
        hidden: slice_mut(Lanes::ZERO),
    };
    let mut progress = Progress::default();
    if let Ok(done) = Trainer::sentence(&mut trainer, dispatch, slice(0)) {
        progress += done;
    }
    let sentence = Sentence { trainer: &mut trainer, sentence: slice(0) };
    if let Ok(done) = Kernel::run(sentence, Scalar::<false>) {
        progress += done;
    }
    black_box(progress);
}
