//! The logistic function σ(u) = 1 / (1 + e^−u), and the loss of a logit u, −ln σ(u) for label 1 and
//! −ln σ(−u) for label 0.
//!
//! [`TABLE`] approximates each function by sixteen parabolas over |u| < 6. It is 384 bytes of
//! read-only memory, computed at compile time. A parabola has the function's values at the two ends
//! and in the middle of its segment. So neighbouring parabolas join, and σ(0) is exactly ½. Inside
//! ±6 the absolute error is at most [`SIGMOID_ERROR`] for σ and [`LOSS_ERROR`] for the loss. From
//! ±6 on, σ is taken as 0 or 1, and the loss as 0 or |u|, as word2vec.c does in negative sampling;
//! both are off by at most [`TAIL_ERROR`]. A NaN is treated as a number beyond +6, and never
//! indexes the table. [`SMALL_TABLE`] has half as many parabolas.

use crate::kernel::Simd;
use crate::lanes::LANES;
use crate::simd::Scalar;

/// σ and the loss, as steps use them. Other crates may implement this trait, for example with
/// another table: no `unsafe` code relies on the numbers that an implementation returns.
pub trait Sigmoid {
    /// `label − σ(logit)`, where `label` is 1 or 0.
    fn error(&self, logit: f32, label: f32) -> f32;

    /// The loss in nats: `−ln σ(logit)` for label 1, `−ln σ(−logit)` for label 0.
    fn loss(&self, logit: f32, label: f32) -> f32;

    /// [`error`](Self::error) and [`loss`](Self::loss) for each lane of a register of logits.
    #[inline(always)]
    fn errors_and_losses<S: Simd>(
        &self,
        simd: S,
        logits: S::Register,
        labels: S::Register,
    ) -> (S::Register, S::Register) {
        let (mut errors, mut losses, mut label) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
        simd.store(logits, &mut errors, 0);
        simd.store(labels, &mut label, 0);
        for ((error, loss), &label) in errors.iter_mut().zip(&mut losses).zip(&label).take(S::WIDTH) {
            let logit = *error;
            *error = self.error(logit, label);
            *loss = self.loss(logit, label);
        }
        (simd.load(&errors, 0), simd.load(&losses, 0))
    }
}

/// σ by `libm::expf`: slow, exact to a few units in the last place, not clamped.
#[derive(Clone, Copy, Debug)]
pub struct Exact;

impl Sigmoid for Exact {
    fn error(&self, logit: f32, label: f32) -> f32 {
        // For label 1, 1 − σ(u) is computed as σ(−u), which avoids cancellation.
        if label > 0.5 { logistic(-logit) } else { -logistic(logit) }
    }

    fn loss(&self, logit: f32, label: f32) -> f32 {
        let against = if label > 0.5 { -logit } else { logit };
        libm::log1pf(libm::expf(-libm::fabsf(against))) + if against > 0.0 { against } else { 0.0 }
    }
}

fn logistic(u: f32) -> f32 {
    if u < 0.0 {
        let small = libm::expf(u);
        small / (1.0 + small)
    } else {
        1.0 / (1.0 + libm::expf(-u))
    }
}

/// The largest |u| of the table. From here on, σ is clamped.
pub const LIMIT: f32 = 6.0;

/// The largest |[`TABLE`] − σ| inside ±[`LIMIT`].
pub const SIGMOID_ERROR: f32 = 5.4e-5;

/// The largest |[`TABLE`] − loss| inside ±[`LIMIT`], in nats.
pub const LOSS_ERROR: f32 = 4.3e-5;

/// The largest |[`SMALL_TABLE`] − σ| inside ±[`LIMIT`].
pub const SMALL_SIGMOID_ERROR: f32 = 3.8e-4;

/// The largest |[`SMALL_TABLE`] − loss| inside ±[`LIMIT`], in nats.
pub const SMALL_LOSS_ERROR: f32 = 3.3e-4;

/// The largest difference of σ, or of the loss, from its clamped value: ln(1 + e^−6).
pub const TAIL_ERROR: f32 = 2.48e-3;

/// σ and the loss as `N` parabolas each: 24 · `N` bytes.
#[derive(Clone, Debug)]
pub struct Table<const N: usize = LANES> {
    /// Coefficients c0, c1 and c2 of each segment: σ(a) ≈ c0 + f·(c1 + f·c2), where f is the
    /// position of a in the segment, 0 to 1.
    sigmoid: [[f32; N]; 3],
    /// The same for ln(1 + e^−a).
    loss: [[f32; N]; 3],
}

/// The usual table: sixteen parabolas for each function, 384 bytes.
pub static TABLE: Table = Table::new();

/// A smaller table, for devices with little memory: eight parabolas for each function, 192 bytes.
pub static SMALL_TABLE: Table<8> = Table::new();

impl<const N: usize> Table<N> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
    const fn new() -> Self {
        let mut table = Self { sigmoid: [[0.0; N]; 3], loss: [[0.0; N]; 3] };
        let width = LIMIT as f64 / N as f64;
        let mut segment = 0;
        while segment < N {
            let (start, middle, end) = (segment as f64, segment as f64 + 0.5, segment as f64 + 1.0);
            let (start, middle, end) = (exp(-start * width), exp(-middle * width), exp(-end * width));
            let sigmoid = parabola(1.0 / (1.0 + start), 1.0 / (1.0 + middle), 1.0 / (1.0 + end));
            let loss = parabola(ln_1p(start), ln_1p(middle), ln_1p(end));
            let mut power = 0;
            while power < 3 {
                table.sigmoid[power][segment] = sigmoid[power] as f32;
                table.loss[power][segment] = loss[power] as f32;
                power += 1;
            }
            segment += 1;
        }
        table
    }
}

impl<const N: usize> Sigmoid for Table<N> {
    fn error(&self, logit: f32, label: f32) -> f32 {
        self.errors_and_losses(Scalar::<false>, logit, label).0
    }

    fn loss(&self, logit: f32, label: f32) -> f32 {
        self.errors_and_losses(Scalar::<false>, logit, label).1
    }

    #[inline(always)]
    fn errors_and_losses<S: Simd>(
        &self,
        simd: S,
        logits: S::Register,
        labels: S::Register,
    ) -> (S::Register, S::Register) {
        let (zero, one, limit) = (simd.splat(0.0), simd.splat(1.0), simd.splat(LIMIT));
        let negated = simd.sub(zero, logits);
        let size = simd.select_less(logits, zero, negated, logits);
        #[allow(clippy::cast_precision_loss)]
        let position = simd.mul(size, simd.splat(N as f32 / LIMIT));
        #[allow(clippy::cast_precision_loss)]
        let last = simd.splat((N as f32).next_down());
        let position = simd.select_less(position, last, position, last);
        let segment = simd.trunc(position);
        let fraction = simd.sub(position, segment);
        let sigmoid = simd.select_less(size, limit, evaluate(simd, &self.sigmoid, segment, fraction), one);
        let sigmoid = simd.select_less(logits, zero, simd.sub(one, sigmoid), sigmoid);
        let loss = simd.select_less(size, limit, evaluate(simd, &self.loss, segment, fraction), zero);
        // The logit, signed so that a positive number is on the wrong side for the label.
        let against = simd.select_less(zero, labels, negated, logits);
        let loss = simd.select_less(against, zero, loss, simd.add(loss, against));
        (simd.sub(labels, sigmoid), loss)
    }
}

/// In each lane c0 + f·(c1 + f·c2), with the coefficients of the lane's segment.
#[inline(always)]
fn evaluate<S: Simd, const N: usize>(
    simd: S,
    [c0, c1, c2]: &[[f32; N]; 3],
    segment: S::Register,
    fraction: S::Register,
) -> S::Register {
    let slope = simd.mul_add(lookup(simd, c2, segment), fraction, lookup(simd, c1, segment));
    simd.mul_add(slope, fraction, lookup(simd, c0, segment))
}

/// In each lane `table[i]`. Lanes of `i` must be whole numbers in `0..N`.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn lookup<S: Simd, const N: usize>(simd: S, table: &[f32; N], i: S::Register) -> S::Register {
    if let Some(table) = table.first_chunk() {
        return simd.lookup(table, i);
    }
    let mut lanes = [0.0; LANES];
    simd.store(i, &mut lanes, 0);
    for lane in lanes.iter_mut().take(S::WIDTH) {
        *lane = table.get(*lane as usize).copied().unwrap_or_default();
    }
    simd.load(&lanes, 0)
}

/// The coefficients of the parabola through f(0) = `start`, f(½) = `middle` and f(1) = `end`.
const fn parabola(start: f64, middle: f64, end: f64) -> [f64; 3] {
    let curve = 2.0 * start - 4.0 * middle + 2.0 * end;
    [start, end - start - curve, curve]
}

/// e^x for −6 ≤ x ≤ 0, by squaring the Taylor series of e^(x/64).
const fn exp(x: f64) -> f64 {
    let x = x / 64.0;
    let (mut sum, mut term, mut n) = (1.0, 1.0, 1.0);
    while n < 20.0 {
        term *= x / n;
        sum += term;
        n += 1.0;
    }
    let mut squarings = 0;
    while squarings < 6 {
        sum *= sum;
        squarings += 1;
    }
    sum
}

/// ln(1 + y) for 0 ≤ y ≤ 1, as 2·artanh(y / (2 + y)).
const fn ln_1p(y: f64) -> f64 {
    let z = y / (2.0 + y);
    let (mut sum, mut power, mut n) = (0.0, z, 1.0);
    while n < 60.0 {
        sum += power / n;
        power *= z * z;
        n += 2.0;
    }
    2.0 * sum
}
