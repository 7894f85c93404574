//! What a model starts from: its matrices, its noise distributions or its tree, and how often words
//! are kept.

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

/// Makes sure that there is memory for `matrices` matrices of `words` rows before any is used.
///
/// # Errors
/// [`Error::Setting`] if the system does not give so much.
pub(crate) fn check_memory(matrices: usize, words: usize, dim: usize) -> Result<()> {
    let row = blocks(dim);
    // Saturating: a size that no number holds is one that no system gives.
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

/// For each word the share of draws that keep a token.
pub(crate) fn keep(vocabulary: &Vocabulary, sample: f64) -> Vec<u32> {
    let total = vocabulary.tokens();
    vocabulary.counts().iter().map(|&count| keep_share(count, total, sample)).collect()
}

/// A matrix of zeros, by the threads of the current pool: the system gives its memory page by page
/// as it is written.
pub(crate) fn zeros(rows: usize, dim: usize) -> Vec<Lanes> {
    rayon::iter::repeat_n(Lanes::ZERO, rows * blocks(dim)).collect()
}

/// The input matrix at its starting values, word `w` in row `rows[w]`; by the threads of the
/// current pool.
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

/// The noise distribution of each partition over its own words, one after the other; by the threads
/// of the current pool.
///
/// # Errors
/// [`Error::Setting`] for an exponent that makes weights too large or too small to add.
pub(crate) fn noise(partitioning: &Partitioning, counts: &[u64], exponent: f64) -> Result<Vec<Slot>> {
    let mut noise = vec![Slot::default(); counts.len()];
    let parts = partitioning.split(&mut noise, 1).into_par_iter().enumerate();
    parts.try_for_each(|(part, slots)| {
        let counts = partitioning.words(part).map(|word| counts[word as usize]);
        distribution(counts, exponent, slots).map(|_| ())
    })?;
    Ok(noise)
}

/// The noise distribution of `counts`, in `slots`.
///
/// # Errors
/// [`Error::Setting`] for an exponent that makes weights too large or too small to add.
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

/// The tree of `counts`.
///
/// # Errors
/// [`Error::NothingToTrain`] for counts that make none.
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
