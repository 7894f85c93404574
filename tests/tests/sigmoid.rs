//! The sigmoid table held to its stated errors, its ends and its neighbours on every backend.

use w2v_core::lanes::{LANES, Lanes};
use w2v_core::sigmoid::{
    Exact, LIMIT, LOSS_ERROR, SIGMOID_ERROR, SMALL_LOSS_ERROR, SMALL_SIGMOID_ERROR, SMALL_TABLE, Sigmoid, TABLE,
    TAIL_ERROR,
};
use w2v_core::simd::{Dispatch, Kernel, Simd, parts};
use w2v_tests::backends::{for_each_backend, name, scalar};
use w2v_tests::reference;

/// Errors and losses of sixteen logits with their labels.
struct Look<'a, T> {
    table: &'a T,
    logits: &'a Lanes,
    labels: &'a Lanes,
}

impl<T: Sigmoid> Kernel for Look<'_, T> {
    type Output = (Lanes, Lanes);

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> (Lanes, Lanes) {
        let (mut error, mut loss) = (Lanes::ZERO, Lanes::ZERO);
        for part in 0..parts::<S>() {
            let (logits, labels) = (simd.load(&self.logits.0, part), simd.load(&self.labels.0, part));
            let (errors, losses) = self.table.errors_and_losses(simd, logits, labels);
            simd.store(errors, &mut error.0, part);
            simd.store(losses, &mut loss.0, part);
        }
        (error, loss)
    }
}

fn look(dispatch: Dispatch, logits: &Lanes, labels: &Lanes) -> (Lanes, Lanes) {
    dispatch.run(Look { table: &TABLE, logits, labels })
}

/// Every multiple of 2⁻¹⁴ from −8 to 8, in blocks.
fn sweep() -> impl Iterator<Item = Lanes> {
    const STEP: f32 = 1.0 / 16384.0;
    (-(8 << 14)..8 << 14).step_by(LANES).map(|start: i32| {
        let mut block = Lanes::ZERO;
        for (lane, number) in block.0.iter_mut().enumerate() {
            *number = (start + lane as i32) as f32 * STEP;
        }
        block
    })
}

fn labels() -> [Lanes; 2] {
    [Lanes::ZERO, Lanes([1.0; LANES])]
}

/// Numbers that a comparison, a conversion or a table index could get wrong.
fn extremes() -> Lanes {
    let (tiny, just_below) = (f32::MIN_POSITIVE, LIMIT.next_down());
    let (max, inf, nan) = (f32::MAX, f32::INFINITY, f32::NAN);
    let denormal = f32::from_bits(1);
    Lanes([
        0.0,
        -0.0,
        tiny,
        -tiny,
        denormal,
        -denormal,
        LIMIT,
        -LIMIT,
        just_below,
        -just_below,
        max,
        -max,
        inf,
        -inf,
        nan,
        -nan,
    ])
}

#[test]
fn the_tables_are_within_their_stated_errors_and_they_are_not_generous() {
    within(&TABLE, SIGMOID_ERROR, LOSS_ERROR);
    within(&SMALL_TABLE, SMALL_SIGMOID_ERROR, SMALL_LOSS_ERROR);
    assert_eq!((size_of_val(&TABLE), size_of_val(&SMALL_TABLE)), (384, 192), "as the documentation says");
}

fn within(table: &impl Sigmoid, sigmoid_bound: f32, loss_bound: f32) {
    for_each_backend(|dispatch| {
        let (mut sigmoid_error, mut loss_error, mut tail_error) = (0.0_f64, 0.0_f64, 0.0_f64);
        for logits in sweep() {
            for labels in labels() {
                let (errors, losses) = dispatch.run(Look { table, logits: &logits, labels: &labels });
                for lane in 0..LANES {
                    let (u, label) = (f64::from(logits.0[lane]), labels.0[lane]);
                    let sigmoid = f64::from(label) - f64::from(errors.0[lane]);
                    let off_sigmoid = (sigmoid - reference::sigmoid(u)).abs();
                    let off_loss = (f64::from(losses.0[lane]) - reference::loss(u, label > 0.5)).abs();
                    if u.abs() < f64::from(LIMIT) {
                        sigmoid_error = sigmoid_error.max(off_sigmoid);
                        loss_error = loss_error.max(off_loss);
                    } else {
                        tail_error = tail_error.max(off_sigmoid).max(off_loss);
                    }
                }
            }
        }
        let stated = [(sigmoid_error, sigmoid_bound), (loss_error, loss_bound), (tail_error, TAIL_ERROR)];
        for (found, bound) in stated.map(|(found, bound)| (found, f64::from(bound))) {
            assert!(found <= bound && found > 0.9 * bound, "{}: {found:e} where {bound:e} is stated", name(dispatch));
        }
    });
}

#[test]
fn beyond_the_limit_the_table_clamps_and_nan_counts_as_beyond() {
    for u in [LIMIT, 7.5, 1e30, f32::MAX, f32::INFINITY] {
        assert_eq!((TABLE.error(u, 1.0), TABLE.loss(u, 1.0)), (0.0, 0.0), "{u}, label 1");
        assert_eq!((TABLE.error(u, 0.0), TABLE.loss(u, 0.0)), (-1.0, u), "{u}, label 0");
        assert_eq!((TABLE.error(-u, 1.0), TABLE.loss(-u, 1.0)), (1.0, u), "{}, label 1", -u);
        assert_eq!((TABLE.error(-u, 0.0), TABLE.loss(-u, 0.0)), (0.0, 0.0), "{}, label 0", -u);
    }
    assert_eq!((TABLE.error(f32::NAN, 1.0), TABLE.error(f32::NAN, 0.0)), (0.0, -1.0));
}

#[test]
fn the_table_is_small_and_centred_and_its_pieces_join() {
    assert_eq!(size_of_val(&TABLE), 384);
    assert_eq!((TABLE.error(0.0, 1.0), TABLE.error(0.0, 0.0)), (0.5, -0.5));
    for segment in 1..LANES {
        let joint = segment as f32 * LIMIT / LANES as f32;
        let (before, after) = (TABLE.error(joint.next_down(), 0.0), TABLE.error(joint, 0.0));
        assert!((before - after).abs() < 5e-7, "σ jumps from {before} to {after} at {joint}");
        let (before, after) = (TABLE.loss(joint.next_down(), 1.0), TABLE.loss(joint, 1.0));
        assert!((before - after).abs() < 5e-7, "the loss jumps from {before} to {after} at {joint}");
    }
}

#[test]
fn every_backend_reads_the_same_bits_from_the_table() {
    for_each_backend(|dispatch| {
        let plain = scalar(dispatch.arithmetic());
        for logits in sweep().step_by(7).chain([extremes()]) {
            for labels in labels() {
                let (found, expected) = (look(dispatch, &logits, &labels), look(plain, &logits, &labels));
                let bits = |(errors, losses): (Lanes, Lanes)| (errors.0.map(f32::to_bits), losses.0.map(f32::to_bits));
                assert_eq!(bits(found), bits(expected), "{} at {:?}", name(dispatch), logits.0);
            }
        }
    });
}

#[test]
fn the_exact_sigmoid_is_within_a_few_units_in_the_last_place() {
    for logits in sweep().step_by(5) {
        for u in logits.0.map(|u| 10.0 * u) {
            for label in [false, true] {
                let wide = f64::from(u);
                let error = if label { reference::sigmoid(-wide) } else { -reference::sigmoid(wide) };
                let label_number = f32::from(u8::from(label));
                let found = f64::from(Exact.error(u, label_number));
                assert!((found - error).abs() <= 3e-7 * error.abs(), "error at {u}: {found} where {error} is exact");
                let loss = reference::loss(wide, label);
                let found = f64::from(Exact.loss(u, label_number));
                assert!((found - loss).abs() <= 3e-7 * loss + 1e-30, "loss at {u}: {found} where {loss} is exact");
            }
        }
    }
}
