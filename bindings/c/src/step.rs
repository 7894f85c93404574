//! The update steps.

use crate::choice::{CbowGradient, CbowGradientCode, Dispatch, Hidden, HiddenCode};
use crate::matrix::Matrix;
use crate::memory::{Caller, check_scratch, promised, size};
use crate::status::Status;
use core::ffi::c_void;
use w2v_core::lanes::{Lanes, blocks};
use w2v_core::matrix::MatrixMut;
use w2v_core::sigmoid::TABLE;
use w2v_core::simd;
use w2v_core::step::cbow::{Gather, Scatter};
use w2v_core::step::negative::NegativeSampling;
use w2v_core::step::path::HierarchicalSoftmax;
use w2v_core::step::softmax::Softmax;
use w2v_core::step::{HiddenUpdate, MAX_ROWS};

/// The most output rows of one step.
pub const W2V_MAX_ROWS: usize = 48;

const _: () = assert!(W2V_MAX_ROWS == MAX_ROWS);

/// What all steps of a model have in common.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Step {
    /// What it runs on.
    pub dispatch: Dispatch,
    /// The matrix of the hidden rows: the input matrix, or CBOW's gathered means.
    pub hidden: Matrix,
    /// The output matrix, which shares no memory with `hidden`.
    pub output: Matrix,
    /// Step size.
    pub learning_rate: f32,
    /// What becomes of the hidden rows.
    pub then: HiddenCode,
}

/// A [`Step`] while a call uses it.
struct Opened<'c> {
    dispatch: simd::Dispatch,
    hidden: MatrixMut<'c>,
    output: MatrixMut<'c>,
    learning_rate: f32,
    then: HiddenUpdate,
}

impl Step {
    fn open(self, caller: Caller<'_>) -> Result<Opened<'_>, Status> {
        self.hidden.apart_from(&self.output)?;
        Ok(Opened {
            dispatch: self.dispatch.open()?,
            hidden: self.hidden.open_mut(caller)?,
            output: self.output.open_mut(caller)?,
            learning_rate: self.learning_rate,
            then: Hidden::open(self.then)?,
        })
    }
}

/// Calls a step with its number of pairs as a constant.
macro_rules! grouped {
    ($pairs:expr, $step:ident($($argument:expr),*)) => {
        match $pairs {
            1 => $step::<1>($($argument),*),
            2 => $step::<2>($($argument),*),
            4 => $step::<4>($($argument),*),
            8 => $step::<8>($($argument),*),
            _ => Err(Status::Size),
        }
    };
}

/// Performs one update by negative sampling: `pairs` hidden rows, of which each shall predict its own target
/// and not the negatives, which they share.
///
/// `pairs` is 1, 2, 4 or 8; 1 is the classic step, 8 takes the least time for a pair. Rows may repeat. None of
/// the negatives should be a target; where they come from is the caller's affair: `w2v_unigram_draw`, or items
/// that a user did not choose, or nodes that are no neighbours. Writes the loss from before the update, in
/// nats, summed over the pairs, to `loss` unless that is NULL.
///
/// Fails with `W2V_STATUS_SIZE` for another number of pairs, `W2V_STATUS_ROW`, `W2V_STATUS_DIM`,
/// `W2V_STATUS_NUMBER` for a rate that is not finite, `W2V_STATUS_TOO_MANY_ROWS` beyond `W2V_MAX_NEGATIVES`,
/// `W2V_STATUS_OVERLAP`; then nothing was written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w2v_negative_sampling(
    step: *const Step,
    hidden_rows: *const u32,
    targets: *const u32,
    pairs: usize,
    negatives: *const u32,
    negative_count: usize,
    loss: *mut f32,
) -> Status {
    promised!(|caller: Caller<'_>| {
        let (step, loss) = (caller.read(step)?.open(caller)?, caller.place_if_wanted(loss)?);
        let (hidden_rows, targets) = (caller.slice(hidden_rows, pairs)?, caller.slice(targets, pairs)?);
        let negatives = caller.slice(negatives, negative_count)?;
        loss.put(grouped!(pairs, sample(step, hidden_rows, targets, negatives))?);
        Ok(())
    })
}

fn sample<const G: usize>(
    mut step: Opened<'_>,
    hidden_rows: &[u32],
    targets: &[u32],
    negatives: &[u32],
) -> Result<f32, Status> {
    Ok(step.dispatch.run(
        NegativeSampling::<_, G>::new(
            &mut step.hidden,
            hidden_rows.try_into().map_err(|_| Status::Size)?,
            &mut step.output,
            targets.try_into().map_err(|_| Status::Size)?,
            negatives,
            step.learning_rate,
            &TABLE,
        )
        .hidden_update(step.then),
    )?)
}

/// Performs one update by hierarchical softmax: `group` hidden rows, which all shall take the turn `code` says,
/// bit k at node k, at each of the `node_count` inner nodes.
///
/// `group` is 1, 2, 4 or 8: contexts of one center share its path. `w2v_huffman_path` gives nodes and code; a
/// tree of the caller's own, such as the categories of a shop, does as well. The output matrix has a row for
/// each inner node. Writes the loss from before the update, in nats, summed over the group, to `loss` unless
/// that is NULL.
///
/// Fails like `w2v_negative_sampling`, and with `W2V_STATUS_EMPTY` without nodes, `W2V_STATUS_TOO_MANY_ROWS`
/// beyond `W2V_MAX_ROWS`; then nothing was written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w2v_hierarchical_softmax(
    step: *const Step,
    hidden_rows: *const u32,
    group: usize,
    nodes: *const u32,
    node_count: usize,
    code: u64,
    loss: *mut f32,
) -> Status {
    promised!(|caller: Caller<'_>| {
        let (step, loss) = (caller.read(step)?.open(caller)?, caller.place_if_wanted(loss)?);
        let (hidden_rows, nodes) = (caller.slice(hidden_rows, group)?, caller.slice(nodes, node_count)?);
        loss.put(grouped!(group, walk(step, hidden_rows, nodes, code))?);
        Ok(())
    })
}

fn walk<const G: usize>(mut step: Opened<'_>, hidden_rows: &[u32], nodes: &[u32], code: u64) -> Result<f32, Status> {
    Ok(step.dispatch.run(
        HierarchicalSoftmax::<_, G>::new(
            &mut step.hidden,
            hidden_rows.try_into().map_err(|_| Status::Size)?,
            &mut step.output,
            nodes,
            code,
            step.learning_rate,
            &TABLE,
        )
        .hidden_update(step.then),
    )?)
}

/// Returns the bytes of working memory that `w2v_softmax` needs for an output matrix of `rows` rows of `dim`
/// numbers: 4 * (rows + w2v_stride(dim)), rounded up to `W2V_ALIGNMENT`; 0 if they cannot be that many.
#[unsafe(no_mangle)]
pub extern "C" fn w2v_softmax_scratch_size(rows: usize, dim: usize) -> usize {
    size(rows.checked_mul(size_of::<f32>()).and_then(|logits| logits.checked_add(row_size(dim)?)))
}

/// The bytes of a padded row.
pub(crate) fn row_size(dim: usize) -> Option<usize> {
    blocks(dim).checked_mul(size_of::<Lanes>())
}

/// Performs one update by the exact softmax, which the other objectives approximate: the hidden row shall
/// predict the target among all rows of the output matrix. Its cost is in proportion to their number.
///
/// `scratch`, of `scratch_size` bytes, is opaque memory that shares none with the matrices. Writes the loss
/// from before the update, in nats, to `loss` unless that is NULL. Fails like `w2v_negative_sampling`, and with
/// `W2V_STATUS_TOO_SHORT`; then nothing was written to the matrices.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w2v_softmax(
    step: *const Step,
    hidden_row: u32,
    target: u32,
    scratch: *mut c_void,
    scratch_size: usize,
    loss: *mut f32,
) -> Status {
    promised!(|caller: Caller<'_>| {
        let (given, loss) = (caller.read(step)?, caller.place_if_wanted(loss)?);
        let mut step = given.open(caller)?;
        let (rows, dim) = (step.output.rows(), step.output.dim());
        let matrices = [given.hidden.addresses()?, given.output.addresses()?];
        check_scratch(scratch, scratch_size, w2v_softmax_scratch_size(rows, dim), matrices)?;
        let gradient = caller.room(scratch.cast::<Lanes>(), blocks(dim))?;
        let logits = caller.room(scratch.cast::<Lanes>().wrapping_add(blocks(dim)).cast(), rows)?;
        loss.put(
            step.dispatch.run(
                Softmax::new(
                    &mut step.hidden,
                    hidden_row,
                    &mut step.output,
                    target,
                    step.learning_rate,
                    logits,
                    gradient,
                )
                .hidden_update(step.then),
            )?,
        );
        Ok(())
    })
}

/// Writes the mean of the input rows `context`, of which there are `count`, to row `hidden_row` of `hidden`:
/// the hidden row of a CBOW step with `W2V_HIDDEN_GRADIENT`. Words may repeat.
///
/// Fails with `W2V_STATUS_EMPTY` without context, `W2V_STATUS_ROW`, `W2V_STATUS_DIM`, `W2V_STATUS_OVERLAP` for
/// matrices that share memory; then nothing was written, but after an id of `context` that `input` has no row
/// for, the hidden row is zero.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w2v_gather(
    dispatch: Dispatch,
    input: *const Matrix,
    context: *const u32,
    count: usize,
    hidden: *const Matrix,
    hidden_row: u32,
) -> Status {
    promised!(|caller: Caller<'_>| {
        let (input, hidden) = (caller.read(input)?, caller.read(hidden)?);
        input.apart_from(&hidden)?;
        let mut row = hidden.part(hidden_row, 1)?.open_mut(caller)?;
        let (input, context) = (input.open(caller)?, caller.slice(context, count)?.iter().copied());
        let hidden = row.row_mut(0).ok_or(Status::Row)?;
        Ok(dispatch.open()?.run(Gather::new(&input, context, hidden))?)
    })
}

/// Adds row `hidden_row` of `hidden`, the gradient that a step with `W2V_HIDDEN_GRADIENT` has left there, to
/// each of the input rows `context`, of which there are `count`, as `cbow_gradient` says. Words may repeat, and
/// receive it as often.
///
/// Fails like `w2v_gather`, and with `W2V_STATUS_CHOICE`; then nothing was written, but rows of `context` before
/// an id that `input` has no row for have been updated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w2v_scatter(
    dispatch: Dispatch,
    input: *const Matrix,
    context: *const u32,
    count: usize,
    hidden: *const Matrix,
    hidden_row: u32,
    cbow_gradient: CbowGradientCode,
) -> Status {
    promised!(|caller: Caller<'_>| {
        let (input, hidden) = (caller.read(input)?, caller.read(hidden)?);
        input.apart_from(&hidden)?;
        let row = hidden.part(hidden_row, 1)?.open(caller)?;
        let (mut input, context) = (input.open_mut(caller)?, caller.slice(context, count)?.iter().copied());
        let gradient = row.row(0).ok_or(Status::Row)?;
        let division = CbowGradient::open(cbow_gradient)?;
        Ok(dispatch.open()?.run(Scatter::new(&mut input, context, gradient, division))?)
    })
}
