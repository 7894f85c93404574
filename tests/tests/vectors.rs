//! Dot product, axpy, add, scale and norm; gather and scatter; the exact softmax: bits of every
//! backend, accuracy, padding.

use w2v_core::error::Error;
use w2v_core::kinds::CbowGradient;
use w2v_core::lanes::{LANES, Lanes};
use w2v_core::matrix::MatrixMut;
use w2v_core::simd::{Dispatch, Kernel, Simd, parts};
use w2v_core::step::HiddenUpdate;
use w2v_core::step::cbow::{Gather, Receive, Scatter};
use w2v_core::step::softmax::Softmax;
use w2v_core::storage::Storage;
use w2v_core::vector;
use w2v_tests::backends::{for_each_backend, name, scalar};
use w2v_tests::bounds::UNIT;
use w2v_tests::cases::ids;
use w2v_tests::inputs::{DIMS, Owned};
use w2v_tests::reference;

/// Every function of `vector` once: on rows 0 and 1 of a matrix, changing rows 2 to 4.
struct Vectors<'a>(&'a mut Owned);

const FACTOR: f32 = 0.7;

impl Kernel for Vectors<'_> {
    /// Dot product and norm.
    type Output = (f32, f32);

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> (f32, f32) {
        let (a, b) = (self.0.row(0).to_vec(), self.0.row(1).to_vec());
        let mut matrix = self.0.as_mut();
        matrix.row_mut(2).into_iter().for_each(|row| vector::axpy(simd, FACTOR, &a, row));
        matrix.row_mut(3).into_iter().for_each(|row| vector::add(simd, &a, row));
        matrix.row_mut(4).into_iter().for_each(|row| vector::scale(simd, FACTOR, row));
        (vector::dot(simd, &a, &b), vector::norm(simd, &a))
    }
}

#[test]
fn vectors_agree() {
    for_each_backend(|dispatch| {
        for dim in DIMS {
            let what = format!("{}, dim {dim}", name(dispatch));
            let before = Owned::random(5, dim, 1.0, 11);
            let (mut found, mut plain) = (before.clone(), before.clone());
            let (dot, norm) = dispatch.run(Vectors(&mut found));
            let (plain_dot, plain_norm) = scalar(dispatch.arithmetic()).run(Vectors(&mut plain));
            assert_eq!(found.bits(), plain.bits(), "{what}");
            assert_eq!((dot.to_bits(), norm.to_bits()), (plain_dot.to_bits(), plain_norm.to_bits()), "{what}");
            assert!(found.padding_is_zero(), "{what}");

            let mut rows = before.to_reference();
            let (a, b) = (rows[0].clone(), rows[1].clone());
            reference::axpy(f64::from(FACTOR), &a, &mut rows[2]);
            reference::axpy(1.0, &a, &mut rows[3]);
            rows[4].iter_mut().for_each(|number| *number *= f64::from(FACTOR));
            found.assert_near(&rows, 4.0 * UNIT, &what);
            // Each term is at most 1; the sum rounds dim/16 + 5 times.
            let bound = UNIT * (dim as f64 / 16.0 + 5.0) * dim as f64;
            assert!((f64::from(dot) - reference::dot(&a, &b)).abs() <= bound, "{what}: dot {dot}");
            assert!((f64::from(norm) - reference::dot(&a, &a).sqrt()).abs() <= bound, "{what}: norm {norm}");
        }
    });
}

/// The canonical order, spelled out: sixteen running sums, then the tree over lanes l + 8, l + 4, l
/// + 2, l + 1.
#[test]
fn the_dot_product_adds_in_the_canonical_order() {
    let matrix = Owned::random(5, 100, 1.0, 5);
    for_each_backend(|dispatch| {
        let fused = dispatch.arithmetic() == w2v_core::simd::Arithmetic::Fused;
        let mut sums = [0.0_f32; LANES];
        for (d, (a, b)) in matrix.numbers(0).zip(matrix.numbers(1)).enumerate() {
            let sum = &mut sums[d % LANES];
            *sum = if fused { a.mul_add(b, *sum) } else { a * b + *sum };
        }
        for width in [8, 4, 2, 1] {
            for lane in 0..width {
                sums[lane] += sums[lane + width];
            }
        }
        let (dot, _) = dispatch.run(Vectors(&mut matrix.clone()));
        assert_eq!(dot.to_bits(), sums[0].to_bits(), "{}", name(dispatch));
    });
}

/// Each quarter another pattern, both ends set.
const BITS: u16 = 0b1011_0100_0110_1101;

/// Sixteen blocks and a table, through the operations that only some backends override.
struct Blocks<'a>(&'a [Lanes; LANES]);

impl Kernel for Blocks<'_> {
    /// Sums of the blocks one by one, all at once, the first block's entries looked up, and numbers
    /// made of [`BITS`].
    type Output = [Lanes; 4];

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> [Lanes; 4] {
        let mut out = [Lanes::ZERO; 4];
        let blocks = self.0.each_ref().map(|block| simd.sums_from(&block.0));
        out[0].0 = blocks.map(|block| simd.total(block));
        out[1].0 = simd.totals(&blocks);
        // 3, 6, … modulo 16 and a half: a permutation, with fractions to drop.
        let places = core::array::from_fn(|lane| ((3 * (lane + 1)) % LANES) as f32 + 0.5);
        for part in 0..parts::<S>() {
            let places = simd.trunc(simd.load(&places, part));
            simd.store(simd.lookup(&self.0[0].0, places), &mut out[2].0, part);
            simd.store(simd.bits(BITS, part), &mut out[3].0, part);
        }
        out
    }
}

#[test]
fn sums_lookups_and_bits_agree() {
    let matrix = Owned::random(LANES, LANES, 1.0, 6);
    let blocks: [Lanes; LANES] = core::array::from_fn(|row| matrix.row(row)[0]);
    for_each_backend(|dispatch| {
        let [one_by_one, at_once, found, bits] = dispatch.run(Blocks(&blocks));
        let plain = scalar(dispatch.arithmetic()).run(Blocks(&blocks));
        assert_eq!(one_by_one, at_once, "{}", name(dispatch));
        assert_eq!([one_by_one, at_once, found, bits], plain, "{}", name(dispatch));
        let expected: [f32; LANES] = core::array::from_fn(|lane| blocks[0].0[(3 * (lane + 1)) % LANES]);
        assert_eq!(found.0, expected, "{}", name(dispatch));
        let expected = core::array::from_fn(|lane| if BITS & (1 << lane) == 0 { 0.0 } else { 1.0 });
        assert_eq!(bits.0, expected, "{}", name(dispatch));
    });
}

/// Gathers the context of `input` and scatters the mean back, as if it were the gradient.
fn gather_and_scatter(dispatch: Dispatch, input: &mut Owned, context: &[u32], division: CbowGradient) -> Owned {
    let mut hidden = Owned::zeros(1, input.dim());
    let words = || context.iter().copied();
    dispatch.run(Gather::new(&input.as_ref(), words(), hidden.row_mut(0))).expect("a context");
    let gradient = hidden.row(0);
    dispatch.run(Scatter::new(&mut input.as_mut(), words(), gradient, division)).expect("a context");
    hidden
}

#[test]
fn gather_and_scatter_agree() {
    for_each_backend(|dispatch| {
        for dim in DIMS {
            for context in [&[2][..], &[1, 3, 1], &[0, 1, 2, 3, 3, 2, 1, 0, 0, 0]] {
                for division in CbowGradient::ALL {
                    let what = format!("{}, dim {dim}, {context:?}, {division}", name(dispatch));
                    let before = Owned::random(4, dim, 0.5, 21);
                    let (mut found, mut plain) = (before.clone(), before.clone());
                    let hidden = gather_and_scatter(dispatch, &mut found, context, division);
                    let plain_hidden = gather_and_scatter(scalar(dispatch.arithmetic()), &mut plain, context, division);
                    assert_eq!((found.bits(), hidden.bits()), (plain.bits(), plain_hidden.bits()), "{what}");
                    assert!(found.padding_is_zero() && hidden.padding_is_zero(), "{what}");
                    let mut rows = before.to_reference();
                    let mean = reference::gather(&rows, &ids(context));
                    reference::scatter(&mut rows, &ids(context), &mean, division == CbowGradient::Exact);
                    // Ten roundings at most, of numbers up to 5.
                    hidden.assert_near(&vec![mean], 60.0 * UNIT, &what);
                    found.assert_near(&rows, 60.0 * UNIT, &what);
                }
            }
        }
    });
}

/// A matrix's own way to gather.
struct FromStorage<'a, 'm> {
    input: MatrixMut<'m>,
    context: &'a [u32],
    hidden: &'a mut [Lanes],
}

impl Kernel for FromStorage<'_, '_> {
    type Output = Result<(), Error>;

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) -> Result<(), Error> {
        Storage::gather(&mut self.input, simd, self.context.iter().copied(), self.hidden)
    }
}

#[test]
fn a_matrix_gathers_as_the_kernel_does() {
    for_each_backend(|dispatch| {
        for dim in DIMS {
            let mut input = Owned::random(4, dim, 0.5, 23);
            for context in [&[2][..], &[1, 3, 1], &[0, 1, 2, 3, 3, 2, 1, 0, 0, 0], &[], &[1, 4]] {
                let before = Owned::random(1, dim, 0.5, 24);
                let [mut found, mut plain, mut expected] = [(); 3].map(|()| before.clone());
                let gather = |dispatch: Dispatch, hidden: &mut Owned| {
                    let words = context.iter().copied();
                    dispatch.run(Gather::new(&input.as_ref(), words, hidden.row_mut(0)))
                };
                let outcome = gather(dispatch, &mut expected);
                let what = format!("{}, dim {dim}, {context:?}", name(dispatch));
                assert_eq!(gather(scalar(dispatch.arithmetic()), &mut plain), outcome, "{what}");
                let storage = FromStorage { input: input.as_mut(), context, hidden: found.row_mut(0) };
                assert_eq!(dispatch.run(storage), outcome, "{what}");
                match outcome {
                    Ok(()) => {}
                    Err(Error::Empty) => assert_eq!(expected.bits(), before.bits(), "{what}"),
                    Err(_) => assert_eq!(expected.bits(), Owned::zeros(1, dim).bits(), "{what}"),
                }
                assert_eq!((found.bits(), plain.bits()), (expected.bits(), expected.bits()), "{what}");
            }
        }
    });
}

#[test]
fn sums_begin_with_zero_and_rows_of_another_length_stay() {
    for_each_backend(|dispatch| {
        for dim in DIMS {
            let mut input = Owned::zeros(1, dim);
            input.row_mut(0).iter_mut().flat_map(|lanes| &mut lanes.0).for_each(|number| *number = -0.0);
            let mut hidden = Owned::random(1, dim, 0.5, 25);
            let gather = |hidden: &mut Owned| {
                let context = [0].into_iter();
                dispatch.run(Gather::new(&input.as_ref(), context, hidden.row_mut(0)))
            };
            gather(&mut hidden).expect("a row");
            assert_eq!(hidden.bits(), Owned::zeros(1, dim).bits(), "{}, dim {dim}", name(dispatch));
            let mut longer = Owned::random(1, dim + 16, 0.5, 26);
            let before = longer.bits();
            assert!(matches!(gather(&mut longer), Err(Error::Dim { .. })), "{}", name(dispatch));
            assert_eq!(longer.bits(), before, "{}, dim {dim}", name(dispatch));
        }
    });
}

#[test]
fn a_window_without_context_is_refused() {
    for_each_backend(|dispatch| {
        for division in CbowGradient::ALL {
            let (mut input, mut hidden) = (Owned::zeros(1, 8), Owned::zeros(1, 8));
            let nothing = || [].into_iter();
            assert_eq!(dispatch.run(Gather::new(&input.as_ref(), nothing(), hidden.row_mut(0))), Err(Error::Empty));
            let gradient = hidden.row(0);
            assert_eq!(
                dispatch.run(Scatter::new(&mut input.as_mut(), nothing(), gradient, division)),
                Err(Error::Empty),
                "{}, {division}",
                name(dispatch)
            );
        }
    });
}

#[test]
fn a_row_receives_what_each_window_would_scatter() {
    let windows: [(u32, usize); 5] = [(0, 1), (2, 3), (2, 7), (1, 4), (0, 10)];
    for_each_backend(|dispatch| {
        for dim in DIMS {
            for division in CbowGradient::ALL {
                let what = format!("{}, dim {dim}, {division}", name(dispatch));
                let gradients = Owned::random(3, dim, 0.5, 22);
                let before = Owned::random(1, dim, 0.5, 23);
                let (mut found, mut scattered) = (before.clone(), before.clone());
                let gradient_rows = gradients.as_ref();
                let receive = |windows: &[(u32, usize)], row: &mut Owned| {
                    let windows = windows.iter().map(|&(window, words)| (window, division.part(words)));
                    dispatch.run(Receive::new(&gradient_rows, windows, row.row_mut(0)))
                };
                receive(&windows, &mut found).expect("windows");
                let mut rows = before.to_reference();
                for (window, words) in windows {
                    let (gradient, input) = (gradients.row(window as usize), &mut scattered.as_mut());
                    let share = if division == CbowGradient::Exact { 1.0 / words as f32 } else { 1.0 };
                    dispatch.run(Axpy(share, gradient, input.row_mut(0).expect("a row")));
                    reference::axpy(f64::from(share), &gradients.to_reference()[window as usize], &mut rows[0]);
                }
                assert_eq!(found.bits(), scattered.bits(), "{what}");
                assert!(found.padding_is_zero(), "{what}");
                found.assert_near(&rows, 20.0 * UNIT, &what);
                let missing = receive(&[(0, 1), (3, 1)], &mut found);
                assert_eq!(missing, Err(Error::Row { row: 3, rows: 3 }), "{what}");
            }
        }
    });
}

/// `vector::axpy` alone.
struct Axpy<'a>(f32, &'a [Lanes], &'a mut [Lanes]);

impl Kernel for Axpy<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        vector::axpy(simd, self.0, self.1, self.2);
    }
}

/// One step of the exact softmax of row 1 against every row of `output`; its loss.
fn softmax(dispatch: Dispatch, input: &mut Owned, output: &mut Owned, target: u32, then: HiddenUpdate) -> f32 {
    let mut gradient = Owned::zeros(1, input.dim());
    dispatch
        .run(
            Softmax::new(
                &mut input.as_mut(),
                1,
                &mut output.as_mut(),
                target,
                0.125,
                &mut [0.0; 30],
                gradient.row_mut(0),
            )
            .hidden_update(then),
        )
        .expect("arguments that fit")
}

#[test]
fn the_exact_softmax_agrees() {
    for_each_backend(|dispatch| {
        for dim in DIMS {
            for then in [HiddenUpdate::Learn, HiddenUpdate::Gradient] {
                let what = format!("{}, dim {dim}, {then:?}", name(dispatch));
                let before = (Owned::random(3, dim, 0.5, 31), Owned::random(30, dim, 0.5, 32));
                let (mut found, mut plain) = (before.clone(), before.clone());
                let loss = softmax(dispatch, &mut found.0, &mut found.1, 17, then);
                let plain_loss = softmax(scalar(dispatch.arithmetic()), &mut plain.0, &mut plain.1, 17, then);
                assert_eq!(loss.to_bits(), plain_loss.to_bits(), "{what}");
                assert_eq!((found.0.bits(), found.1.bits()), (plain.0.bits(), plain.1.bits()), "{what}");
                assert!(found.0.padding_is_zero() && found.1.padding_is_zero(), "{what}");

                let (mut input, mut output) = (before.0.to_reference(), before.1.to_reference());
                let (gradient, expected) = reference::softmax(&input[1], &mut output, 17, 0.125);
                match then {
                    HiddenUpdate::Learn => reference::axpy(1.0, &gradient, &mut input[1]),
                    HiddenUpdate::Gradient => input[1] = gradient,
                }
                // Logits off by at most this change a share by as much of itself, so an update by
                // η/2 of it.
                let logit = UNIT * (dim as f64 / 16.0 + 5.0) * dim as f64 * 0.25;
                let bound = 0.125 * (2.0 * logit + 64.0 * UNIT) + 2.0 * UNIT;
                found.0.assert_near(&input, bound, &what);
                found.1.assert_near(&output, bound, &what);
                assert!((f64::from(loss) - expected).abs() <= 2.0 * logit + 128.0 * UNIT, "{what}: loss {loss}");
            }
        }
    });
}

#[test]
fn the_exact_softmax_bears_logits_beyond_the_range_of_exp() {
    let (mut input, mut output) = (Owned::zeros(2, 1), Owned::zeros(30, 1));
    input.fill(|_, _| 100.0);
    output.fill(|row, _| 10.0 * row as f32);
    let dispatch = Dispatch::detect();
    let loss = softmax(dispatch, &mut input.clone(), &mut output.clone(), 29, HiddenUpdate::Learn);
    assert_eq!(loss, 0.0);
    let loss = softmax(dispatch, &mut input, &mut output, 28, HiddenUpdate::Learn);
    assert_eq!(loss, 1000.0);
    assert!(input.numbers(1).chain(output.numbers(28)).all(f32::is_finite));
}
