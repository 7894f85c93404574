//! What can be known before training: the threads, the instruction set, and the number of tokens
//! that subsampling will keep.

use super::phases::MOST_THREADS;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::setting::Setting;
use crate::text::vocabulary::Vocabulary;
use crate::threads;
use w2v_core::kinds::Architecture;
use w2v_core::simd::{Arithmetic, Backend, Dispatch};
use w2v_core::subsample::keep_probability;

/// The number of threads that will train: [`Config::threads`], or one for each processor; with CBOW
/// at most 16.
#[must_use]
pub fn threads(config: &Config) -> usize {
    let wanted = threads::number(config.threads);
    match config.architecture {
        Architecture::SkipGram => wanted,
        Architecture::Cbow => wanted.min(MOST_THREADS),
    }
}

/// The mean number of tokens that subsampling with threshold `sample` keeps in an epoch, for a
/// corpus of `tokens` tokens whose words are as frequent as the counts of `vocabulary` say.
///
/// ```
/// use w2v::{Vocabulary, train::tokens_kept};
///
/// # fn main() -> w2v::Result<()> {
/// let vocabulary = Vocabulary::parse(&b"often 90\nseldom 10\n"[..], "counts", 1)?;
/// assert_eq!(tokens_kept(&vocabulary, vocabulary.tokens(), 0.1), 40 + 10);
/// // The counts may be those of a larger corpus.
/// assert_eq!(tokens_kept(&vocabulary, 10, 0.1), 5);
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn tokens_kept(vocabulary: &Vocabulary, tokens: u64, sample: f64) -> u64 {
    let (counts, total) = (vocabulary.counts(), vocabulary.tokens());
    let kept = counts.iter().map(|&count| count as f64 * keep_probability(count, total, sample)).sum::<f64>();
    (kept * (tokens as f64 / total as f64)).round() as u64
}

/// The backend and the arithmetic that will be used on this machine.
///
/// # Errors
/// [`Error::Setting`] if the machine lacks the [`backend`](Config::backend) or the
/// [`arithmetic`](Config::arithmetic) that is set.
pub fn dispatch(config: &Config) -> Result<Dispatch> {
    Dispatch::choose(config.backend, config.arithmetic).map_err(|_| {
        let known = Dispatch::all().map(|pair| format!("{} {}", pair.backend(), pair.arithmetic()));
        let wish = [config.backend.map(Backend::name), config.arithmetic.map(Arithmetic::name)];
        Error::Setting {
            setting: if config.backend.is_some() { Setting::Backend } else { Setting::Arithmetic },
            value: wish.into_iter().flatten().collect::<Vec<_>>().join(" "),
            problem: format!("not available on this processor; there are {}", known.collect::<Vec<_>>().join(", ")),
        }
    })
}
