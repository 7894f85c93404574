//! The logistic function σ(u) = 1 / (1 + e^−u), and the loss −ln σ(±u) that its errors descend.
//!
//! [`TABLE`] holds both functions as sixteen parabolas each over |u| < 6: 384 bytes of read-only
//! memory, made at compile time. A parabola runs through the function at the ends and the middle of
//! its segment. So the pieces join, and σ(0) is exactly ½. Inside ±6 the table is within
//! [`SIGMOID_ERROR`] of σ and [`LOSS_ERROR`] of the loss. From ±6 on, σ is taken as 0 or 1 and the
//! loss as 0 or |u|, as word2vec.c clamps in negative sampling; both are off by at most
//! [`TAIL_ERROR`]. A NaN is treated as if it were beyond +6, and never indexes the table.
//! [`SMALL_TABLE`] has half as many parabolas.

use crate::kernel::Simd;
use crate::lanes::LANES;
use crate::simd::Scalar;

/// What the steps need of σ. Implement it to bring another table: no `unsafe` code relies on what
/// an implementation returns.
pub trait Sigmoid {
    /// `label − σ(logit)`, label 1 or 0.
    fn error(&self, logit: f32, label: f32) -> f32;

    /// `−ln σ(logit)` for label 1, `−ln σ(−logit)` for label 0.
    fn loss(&self, logit: f32, label: f32) -> f32;

    /// [`error`](Self::error) and [`loss`](Self::loss) of a register of logits.
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

/// σ by `libm::expf`: slow, correct to a few units in the last place, not clamped.
#[derive(Clone, Copy, Debug)]
pub struct Exact;

impl Sigmoid for Exact {
    fn error(&self, logit: f32, label: f32) -> f32 {
        // 1 − σ(u) = σ(−u): no cancellation for a label of 1.
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

/// Where the table ends and the clamp begins.
pub const LIMIT: f32 = 6.0;

/// Largest |[`TABLE`] − σ| inside ±[`LIMIT`].
pub const SIGMOID_ERROR: f32 = 5.4e-5;

/// Largest |[`TABLE`] − loss| inside ±[`LIMIT`].
pub const LOSS_ERROR: f32 = 4.3e-5;

/// Largest |[`SMALL_TABLE`] − σ| inside ±[`LIMIT`].
pub const SMALL_SIGMOID_ERROR: f32 = 3.8e-4;

/// Largest |[`SMALL_TABLE`] − loss| inside ±[`LIMIT`].
pub const SMALL_LOSS_ERROR: f32 = 3.3e-4;

/// Largest difference of σ, or of the loss, from its clamped value: ln(1 + e^−6).
pub const TAIL_ERROR: f32 = 2.48e-3;

/// σ and the loss as `N` parabolas each, 24 bytes of table for each `N`.
#[derive(Clone, Debug)]
pub struct Table<const N: usize = LANES> {
    /// σ(a) ≈ c0 + f·(c1 + f·c2), f the fraction within the segment.
    sigmoid: [[f32; N]; 3],
    /// ln(1 + e^−a), likewise.
    loss: [[f32; N]; 3],
}

/// The table.
pub static TABLE: Table = Table::new();

/// Half of it, for a device that counts bytes: eight parabolas each, 192 bytes.
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
        // How far the logit lies on the wrong side of its label.
        let against = simd.select_less(zero, labels, negated, logits);
        let loss = simd.select_less(against, zero, loss, simd.add(loss, against));
        (simd.sub(labels, sigmoid), loss)
    }
}

/// c0 + f·(c1 + f·c2) with the coefficients of each lane's segment.
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

/// `table[i]` for whole lanes `i` in `0..N`.
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

/// Coefficients of the parabola through `f(0)`, `f(½)` and `f(1)`.
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
