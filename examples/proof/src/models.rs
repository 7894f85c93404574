//! The steps and the trainer.

use crate::{slice, slice_mut};
use core::hint::black_box;
use w2v_core::compact::{self, Compact};
use w2v_core::huffman::{Huffman, Link};
use w2v_core::kinds::{Architecture, CbowGradient};
use w2v_core::lanes::Lanes;
use w2v_core::matrix::MatrixMut;
use w2v_core::rng::SplitMix64;
use w2v_core::sigmoid::{Exact, Sigmoid, TABLE};
use w2v_core::simd::{Dispatch, Kernel, Scalar, Simd};
use w2v_core::step::cbow::{Gather, Receive, Scatter};
use w2v_core::step::negative::NegativeSampling;
use w2v_core::step::path::HierarchicalSoftmax;
use w2v_core::step::softmax::Softmax;
use w2v_core::step::{HiddenUpdate, Prefetch};
use w2v_core::storage::{StepRows, Storage};
use w2v_core::train::{Progress, Sampler, Schedule, Sentence, Trainer};
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
        if let Ok(StepRows { matrix, targets, shared }) = Storage::load(matrix, slice(0), slice(0)) {
            black_box((matrix.rows(), targets, shared));
        }
        Storage::store(matrix, slice(0), slice(0), rng);
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
    let (learning_rate, then) = black_box((0.0, HiddenUpdate::Learn));
    let ahead = Prefetch::new(slice(0), [slice(0), slice(0)]);
    let (negatives, nodes, code) = (slice(0), slice(0), black_box(0));
    let step = NegativeSampling::new(hidden, hidden_rows, output, targets, negatives, learning_rate, sigmoid);
    let step = NegativeSampling::prefetch(NegativeSampling::hidden_update(step, then), ahead);
    black_box(Dispatch::run(dispatch, step)).ok();
    let step = HierarchicalSoftmax::new(hidden, hidden_rows, output, nodes, code, learning_rate, sigmoid);
    let step = HierarchicalSoftmax::prefetch(HierarchicalSoftmax::hidden_update(step, then), ahead);
    black_box(Dispatch::run(dispatch, step)).ok();
}

fn others(dispatch: Dispatch, hidden: &mut MatrixMut<'_>, output: &mut MatrixMut<'_>) {
    let (learning_rate, then, hidden_row, target) = black_box((0.0, HiddenUpdate::Learn, 0, 0));
    let (logits, gradient) = (slice_mut(0.0), slice_mut(Lanes::ZERO));
    let step = Softmax::new(hidden, hidden_row, output, target, learning_rate, logits, gradient);
    let step = Softmax::hidden_update(step, then);
    black_box(Dispatch::run(dispatch, step)).ok();

    let context = slice(0).iter().copied();
    let input = hidden.as_ref();
    let gather = Gather::new(&input, context.clone(), slice_mut(Lanes::ZERO));
    black_box(Dispatch::run(dispatch, gather)).ok();
    let division = black_box(CbowGradient::Exact);
    let scatter = Scatter::new(hidden, context, slice(Lanes::ZERO), division);
    black_box(Dispatch::run(dispatch, scatter)).ok();
    let windows = slice((0, CbowGradient::part(division, black_box(1)))).iter().copied();
    let gradients = output.as_ref();
    let receive = Receive::new(&gradients, windows, slice_mut(Lanes::ZERO));
    black_box(Dispatch::run(dispatch, receive)).ok();
}

fn trainer<M: Storage>(dispatch: Dispatch, mut input: M, output: M) {
    Dispatch::run(dispatch, Stored(&mut input));
    let noise = Sampler::Noise(Unigram::from_slots(slice(Slot::ZERO)), black_box(0));
    let tree = Sampler::Tree(Huffman::from_links(slice(Link::ZERO)));
    let schedule = black_box(Schedule { start: 0.0, tokens: 0 });
    black_box(Schedule::learning_rate(&schedule, black_box(0)));
    let mut trainer = Trainer::new(
        input,
        output,
        black_box([noise, tree])[0],
        schedule,
        &TABLE,
        SplitMix64::new(black_box(0)),
        slice_mut(0),
    );
    trainer.architecture = black_box(Architecture::Cbow);
    trainer.division = black_box(CbowGradient::Exact);
    trainer.window = black_box(0);
    trainer.keep = slice(0);
    trainer.read = black_box(0);
    trainer.hidden = slice_mut(Lanes::ZERO);
    let mut progress = Progress::default();
    if let Ok(done) = Trainer::sentence(&mut trainer, dispatch, slice(0)) {
        progress += done;
    }
    let sentence = Sentence::new(&mut trainer, slice(0));
    if let Ok(done) = Kernel::run(sentence, Scalar::<false>) {
        progress += done;
    }
    black_box(progress);
}
