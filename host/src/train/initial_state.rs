//! The state of a model before training: its matrices, its noise distributions or its tree, and the
//! probabilities of subsampling.

use super::layout::Partitioning;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::setting::Setting;
use crate::text::vocabulary::Vocabulary;
use rayon::prelude::*;
use w2v_core::huffman::{self, Huffman, Link};
use w2v_core::initial;
use w2v_core::lanes::{Lanes, blocks};
use w2v_core::subsample::keep_share;
use w2v_core::unigram::{Slot, Unigram};

/// Checks that there is memory for `matrices` matrices of `words` rows, before any of them is
/// allocated.
///
/// # Errors
/// [`Error::Setting`] if the system does not provide the memory.
pub(crate) fn check_memory(matrices: usize, words: usize, dim: usize) -> Result<()> {
    let row = blocks(dim);
    // Saturating: no system provides a size beyond `usize`.
    let reserved = Vec::<Lanes>::new().try_reserve_exact(words.saturating_mul(matrices).saturating_mul(row));
    reserved.map_err(|_| Error::Setting {
        setting: Setting::Dim,
        value: dim.to_string(),
        problem: format!(
            "there is no memory for {matrices} matrices of {words} rows of {} bytes; make dim smaller or min-count larger",
            row * size_of::<Lanes>()
        ),
    })
}

/// For each word the probability that subsampling keeps a token, times 2³² (see [`keep_share`]).
pub(crate) fn keep(vocabulary: &Vocabulary, sample: f64) -> Vec<u32> {
    let total = vocabulary.tokens();
    vocabulary.counts().iter().map(|&count| keep_share(count, total, sample)).collect()
}

/// A matrix of zeros, written by the threads of the current pool, because the system provides
/// memory page by page while it is written.
pub(crate) fn zeros(rows: usize, dim: usize) -> Vec<Lanes> {
    rayon::iter::repeat_n(Lanes::ZERO, rows * blocks(dim)).collect()
}

/// The input matrix at its starting values, with word `w` in row `rows[w]`. The threads of the
/// current pool fill it.
pub(crate) fn input(rows: &[u32], config: &Config) -> Vec<Lanes> {
    let per_row = blocks(config.dim);
    let mut words = vec![0; rows.len()];
    for (word, &row) in (0..).zip(rows) {
        words[row as usize] = word;
    }
    let mut input = zeros(rows.len(), config.dim);
    let jobs = input.par_chunks_exact_mut(per_row).zip(&words);
    jobs.for_each(|(row, &word)| initial::fill(config.seed, word, config.dim, row));
    input
}

/// For each partition a noise distribution over the partition's words, one partition after the
/// other. The threads of the current pool compute them.
///
/// # Errors
/// [`Error::Setting`] if the exponent makes a weight infinite, or all weights of a partition zero.
pub(crate) fn noise(partitioning: &Partitioning, counts: &[u64], exponent: f64) -> Result<Vec<Slot>> {
    let mut noise = vec![Slot::default(); counts.len()];
    let parts = partitioning.split(&mut noise, 1).into_par_iter().enumerate();
    parts.try_for_each(|(part, slots)| {
        let counts = partitioning.words(part).map(|word| counts[word as usize]);
        distribution(counts, exponent, slots).map(|_| ())
    })?;
    Ok(noise)
}

/// The noise distribution of words that occur `counts` times, written to `slots`.
///
/// # Errors
/// [`Error::Setting`] if the exponent makes a weight infinite, or all weights zero.
pub(crate) fn distribution(
    counts: impl ExactSizeIterator<Item = u64> + Clone,
    exponent: f64,
    slots: &mut [Slot],
) -> Result<Unigram<'_>> {
    Unigram::new(counts, exponent, slots).map_err(|error| Error::Setting {
        setting: Setting::Exponent,
        value: exponent.to_string(),
        problem: format!("the noise distribution cannot be built: {error}"),
    })
}

/// The links of the Huffman tree of words that occur `counts` times.
///
/// # Errors
/// [`Error::NothingToTrain`] if there are fewer than two words, or if no tree can be built from
/// `counts`.
pub(crate) fn tree(counts: &[u64]) -> Result<Vec<Link>> {
    let words = counts.len();
    if words < 2 {
        let problem = "a tree takes two words at least; a smaller min-count or a longer text would leave some";
        return Err(Error::NothingToTrain(problem.to_owned()));
    }
    let mut links = vec![Link::default(); huffman::required_len(words)];
    let mut weights = vec![0; huffman::required_weights(words)];
    Huffman::new(counts, &mut links, &mut weights)
        .map_err(|error| Error::NothingToTrain(format!("the tree of {words} words cannot be built: {error}")))?;
    Ok(links)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_makes_no_tree() {
        assert_eq!(tree(&[5, 3]).unwrap().len(), huffman::required_len(2));
        let error = tree(&[5]).unwrap_err().to_string();
        assert!(error.starts_with("nothing to train: a tree takes two words at least"), "{error}");
    }

    #[test]
    fn matrices_beyond_all_memory_are_refused() {
        check_memory(2, 1000, 100).unwrap();
        let error = check_memory(2, usize::MAX / 3, 1000).unwrap_err().to_string();
        assert!(error.starts_with("dim 1000: there is no memory"), "{error}");
    }
}
