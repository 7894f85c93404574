//! What negative sampling draws from, and which tokens subsampling keeps.

use crate::memory::{Caller, promised};
use crate::opaque::{self, Kind};
use crate::rng::Rng;
use crate::status::Status;
use w2v_core::subsample::keep_share;
use w2v_core::unigram::{self, MAX_NEGATIVES, Negatives, Slot};

/// The most negatives of one step.
pub const W2V_MAX_NEGATIVES: usize = 47;

const _: () = assert!(W2V_MAX_NEGATIVES == MAX_NEGATIVES);

/// The noise distribution of negative sampling, an alias table in opaque memory of `w2v_unigram_size(words)`
/// bytes.
///
/// It is only read once it is built, by any number of threads; it holds no address, so it can be copied, stored
/// and mapped. Whoever reads it says how many bytes are there, and is refused where they are not what was
/// built: see "Stored tables" above.
pub struct Unigram(());

impl Kind for Unigram {
    type Item = Slot;

    const TAG: u32 = u32::from_le_bytes(*b"w2u1");

    fn items(words: usize) -> usize {
        unigram::required_len(words)
    }
}

impl Unigram {
    pub(crate) fn open(caller: Caller<'_>, memory: *const Self, size: usize) -> Result<unigram::Unigram<'_>, Status> {
        Ok(unigram::Unigram::from_slots(opaque::open(caller, memory, size)?))
    }
}

/// Returns the bytes that the noise distribution over `words` words needs: 8 * words + 8, rounded up to
/// `W2V_ALIGNMENT`; 0 if they cannot be that many.
#[unsafe(no_mangle)]
pub extern "C" fn w2v_unigram_size(words: usize) -> usize {
    opaque::required_size::<Unigram>(words)
}

/// Builds in `unigram`, memory of `size` bytes, the distribution with P(word) in proportion to count^exponent;
/// word2vec's exponent is 0.75. Takes time in proportion to `words`, so that it can be built anew whenever
/// counts have changed.
///
/// Counts may be in any order; words of count 0 are never drawn if the exponent is positive. Fails with
/// `W2V_STATUS_TOO_SHORT`, with `W2V_STATUS_SIZE` without words, and with `W2V_STATUS_NUMBER` if a weight is
/// not finite or all are zero; then nothing is built.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w2v_unigram_build(
    unigram: *mut Unigram,
    size: usize,
    counts: *const u64,
    words: usize,
    exponent: f64,
) -> Status {
    promised!(|caller: Caller<'_>| {
        let counts = caller.slice(counts, words)?;
        opaque::build(caller, unigram, size, words, |slots| {
            unigram::Unigram::new(counts.iter().copied(), exponent, slots)?;
            Ok(())
        })
    })
}

/// Draws up to `count` words into `negatives`, none of them among the `target_count` `targets`, and writes how
/// many to `drawn`. The distribution is in memory of `size` bytes, at least `w2v_unigram_size` of its words.
///
/// Less than `count` are drawn only where the distribution is all but made up of targets. Without targets,
/// which may be NULL then, it is just drawn from. Fails with `W2V_STATUS_TOO_MANY_ROWS` beyond
/// `W2V_MAX_NEGATIVES`, with `W2V_STATUS_TOO_SHORT` if the distribution is longer than `size`, and with
/// `W2V_STATUS_UNBUILT` if none was built there or a word was drawn that it does not have; then `rng` stays as
/// it was, and nothing else was written, but `negatives` may hold anything.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w2v_unigram_draw(
    unigram: *const Unigram,
    size: usize,
    rng: *mut Rng,
    targets: *const u32,
    target_count: usize,
    negatives: *mut u32,
    count: usize,
    drawn: *mut usize,
) -> Status {
    promised!(|caller: Caller<'_>| {
        if count > MAX_NEGATIVES {
            return Err(Status::TooManyRows);
        }
        let distribution = Unigram::open(caller, unigram, size)?;
        let targets = caller.slice(targets, target_count)?;
        let places = caller.room(negatives, count)?;
        let (mut source, drawn) = (caller.read(rng)?.open(), caller.place(drawn)?);
        let mut found = Negatives::new();
        distribution.draw_negatives(&mut source, count, targets, &mut found);
        // Only a table that was changed after it was built has them.
        if found.iter().any(|&word| word as usize >= distribution.len()) {
            return Err(Status::Unbuilt);
        }
        for (place, &word) in places.iter_mut().zip(&found) {
            *place = word;
        }
        drawn.put(found.len());
        caller.place(rng)?.put(source.close());
        Ok(())
    })
}

/// Fills `shares` with how likely a token of each word is to stay when frequent words are subsampled, min(1,
/// sqrt(threshold / f) + threshold / f) for a word's frequency f, as a share of 2^32. They are what
/// `w2v_trainer.keep` wants.
///
/// Who trains pair by pair keeps a token if its word's share is `UINT32_MAX` or above the upper half of a
/// 64-bit draw. A threshold of 0 keeps everything. Fails with `W2V_STATUS_NUMBER` for one that is negative or
/// not finite.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w2v_keep_shares(counts: *const u64, words: usize, threshold: f64, shares: *mut u32) -> Status {
    promised!(|caller: Caller<'_>| {
        if !(threshold.is_finite() && threshold >= 0.0) {
            return Err(Status::Number);
        }
        let counts = caller.slice(counts, words)?;
        let total = counts.iter().fold(0u64, |total, &count| total.saturating_add(count));
        for (share, &count) in caller.room(shares, words)?.iter_mut().zip(counts) {
            *share = keep_share(count, total, threshold);
        }
        Ok(())
    })
}
